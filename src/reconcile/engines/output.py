"""What the engines write: four flat tables, the same columns and types from every engine.

Money is whole minor units beside its `decimals`; sentences are text in the run's language; lists
of ids and sentences are lists, other structures JSON text.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from reconcile.errors import InputError
from reconcile.ledger import COLUMNS, Source
from reconcile.tables import CARD_COLUMNS, CASE_COLUMNS
from reconcile.text import render, sentences

if TYPE_CHECKING:
    import pyarrow as pa

# Kinds of columns, by the dtype of the tables they come from.
_OF_DTYPE = {
    "str": "text", "int64": "int", "Int64": "int", "int8": "small", "float64": "real",
    "datetime64[us]": "time",
}  # fmt: skip
_DTYPE = {
    "text": "str", "int": "Int64", "small": "Int8", "real": "float64", "time": "datetime64[us]",
    "day": "object", "texts": "object",
}  # fmt: skip
_SPARK = {
    "text": "string", "int": "bigint", "small": "tinyint", "real": "double",
    "time": "timestamp_ntz", "day": "date", "texts": "array<string>",
}  # fmt: skip


def _cases() -> dict[str, str]:
    due = {
        "due_amount": "int", "due_currency": "text", "due_decimals": "small", "due_since": "day",
        "due_clock_ends": "day",
    }  # fmt: skip
    special = {
        "alternatives": "text", "explanation": "text", "next_text": "text", "message": "text",
        "deadline": "day",
    }  # fmt: skip
    out: dict[str, str] = {}
    for name, (dtype, _) in CASE_COLUMNS.items():
        if name == "due":
            out |= due
        else:
            out[name] = special.get(name) or _OF_DTYPE.get(dtype, "texts")
    return out


def _plain(columns: dict[str, tuple[str, str]]) -> dict[str, str]:
    return {name: _OF_DTYPE.get(dtype, "texts") for name, (dtype, _) in columns.items()}


SCHEMAS: dict[str, dict[str, str]] = {
    "cases": _cases(),
    "transactions": _plain(COLUMNS),
    "cards": _plain(CARD_COLUMNS),
    "rejected": {"file": "text", "line": "int", "reason": "text"},
}


def spark_schema(table: str) -> str:
    """The columns of a table as Spark's DDL."""
    return ", ".join(f"`{name}` {_SPARK[kind]}" for name, kind in SCHEMAS[table].items())


def flat_cards(cards: pd.DataFrame) -> pd.DataFrame:
    """Cards with the days that they cover as text."""
    days = [
        [f"{a.isoformat()}/{b.isoformat()}" for a, b in spans]
        for spans in cards["covered"].tolist()
    ]
    return cards.assign(covered=pd.Series(days, cards.index, dtype=object))


def flat_cases(cases: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Cases with their sentences in a language and everything else in plain columns."""
    columns: dict[str, Any] = {}
    for name in CASE_COLUMNS:
        values = cases[name]
        if name == "due":
            for place, part in enumerate(("amount", "currency", "decimals", "since", "clock_ends")):
                columns[f"due_{part}"] = [None if due is None else due[place] for due in values]
        elif name in ("evidence", "checklist"):
            columns[name] = [_rendered(told, lang) for told in values.tolist()]
        elif name == "explanation":
            columns[name] = [sentences(told, lang) for told in values]
        elif name in ("next_text", "message"):
            columns[name] = [told and render(told, lang) for told in values]
        elif name == "alternatives":
            columns[name] = [
                json.dumps([one._asdict() for one in told], ensure_ascii=False) for told in values
            ]
        else:
            columns[name] = values.array
    # Given and not guessed: a column of nulls would be of another type than one with values.
    typed = {
        name: pd.Series(columns[name], cases.index, dtype=_DTYPE[kind])
        for name, kind in SCHEMAS["cases"].items()
    }
    return pd.DataFrame(typed)


def _rendered(told: list[Any], lang: str) -> list[str]:
    return [render(message, lang) for message in told]


def rejected(sources: list[Source], lang: str) -> pd.DataFrame:
    """The lines that could not be used, with the reason; all other lines of a file were."""
    rows = [
        (one.file, bad.line, render(bad.reason, lang)) for one in sources for bad in one.rejected
    ]
    found = pd.DataFrame(rows, columns=["file", "line", "reason"])
    return found.astype({"file": "str", "line": "Int64", "reason": "str"})


def has_arrow() -> bool:
    """Whether pyarrow is installed; without it tables are written as CSV."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return False
    return True


def need_arrow(file: str) -> None:
    """Raise `InputError` when Parquet is asked for and pyarrow is not installed."""
    if not has_arrow():
        raise InputError("parquet_missing", file=file)


def frame(table: "pa.Table") -> pd.DataFrame:
    """An Arrow table as a pandas frame; whole numbers with nulls stay whole numbers."""
    import pyarrow as pa

    exact = {pa.int64(): pd.Int64Dtype(), pa.int8(): pd.Int8Dtype()}
    out: pd.DataFrame = table.to_pandas(types_mapper=exact.get)
    return out


def arrow(table: str, frame: pd.DataFrame, *, coded: bool = False) -> "pa.Table":
    """A flat frame as an Arrow table of exactly the schema's types.

    `coded`: texts of which the distinct ones are known stay so, as Parquet holds them anyway.
    """
    import pyarrow as pa

    kinds = {
        "text": pa.string(), "int": pa.int64(), "small": pa.int8(), "real": pa.float64(),
        "time": pa.timestamp("us"), "day": pa.date32(), "texts": pa.list_(pa.string()),
    }  # fmt: skip
    arrays = []
    for name, kind in SCHEMAS[table].items():
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            found = pa.array(column, from_pandas=True)
            if not coded:
                found = found.cast(kinds[kind])
        else:
            values: Any = column.tolist() if kind in ("texts", "day") else column
            found = pa.array(values, type=kinds[kind], from_pandas=True)
        arrays.append(found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found)
    return pa.Table.from_arrays(arrays, names=list(SCHEMAS[table]))


# Columns of which hardly two rows are alike: Parquet would look for distinct values in vain.
_UNLIKE = ("id", "line", "amount")


def write(table: str, frame: pd.DataFrame, path: Path) -> None:
    """Write a flat frame: Parquet, or CSV by the suffix; the same rows give the same bytes."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        # Without Arrow's own schema: a reader meets texts, whichever way they were held here.
        pq.write_table(
            arrow(table, frame, coded=True), path, compression="zstd", store_schema=False,
            use_dictionary=[name for name in SCHEMAS[table] if name not in _UNLIKE],
        )  # fmt: skip
        return
    out = frame[list(SCHEMAS[table])].copy()
    for name, kind in SCHEMAS[table].items():
        if kind == "texts":
            out[name] = [json.dumps(told, ensure_ascii=False) for told in out[name]]
        elif kind == "small":
            out[name] = out[name].astype("Int8")
    out.to_csv(path, index=False, lineterminator="\n", date_format="%Y-%m-%d")
