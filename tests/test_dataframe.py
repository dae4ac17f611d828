"""Movements in a DataFrame: the same story as the same cells in a file, and no money lost to
binary floats."""

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from reconcile import reconcile
from reconcile.errors import ErrorGroup, InputError
from reconcile.readers import dataframe
from reconcile.result import Reconciliation

SAMPLES = Path(__file__).parents[1] / "sample_statements"
AS_OF = dt.date(2026, 11, 23)
PLAIN = """\
date,description,amount,currency,account,original_amount,original_currency
2026-03-10,ALIEXPRESS.COM,48.45,USD,****1234,41.90,EUR
2026-03-12,CORNER SHOP,5,USD,****1234,,
2026-03-14,"SHOP, OTHER",1234.50,USD,****1234,,
2026-04-02,ALIEXPRESS.COM,-48.05,USD,****1234,-41.90,EUR
"""


def story(result: Reconciliation) -> Any:
    """All that a result says, but for the files it was read from."""
    told = json.loads(result.to_json())
    del told["sources"]
    for row in told["transactions"]:
        del row["file"]
    return told


def one_row(**changed: object) -> pd.DataFrame:
    """A charge and its refund, with some columns of the charge replaced."""
    charge: dict[str, object] = {
        "date": "2026-03-10", "description": "ALIEXPRESS.COM", "amount": "48.45", "currency": "USD",
        "account": "****1234",
    }  # fmt: skip
    refund = {**charge, "date": "2026-04-02", "amount": "-48.45"}
    return pd.DataFrame([{**charge, **changed}, refund])


@pytest.mark.parametrize(
    "name",
    [
        "plain/jpy-card-with-originals.csv",
        "plain/gbp-card-debit-credit.csv",
        "chase/Chase4417_Activity20250301_20250430_20250502.CSV",
        "reconcile/transactions.csv",
    ],
)
def test_same_story_as_the_file(name: str) -> None:
    """A statement loaded into pandas would be explained differently than the file it came from."""
    path = SAMPLES / name
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    key = {"currency": "USD"} if name.startswith("chase") else {}
    from_file = reconcile(path, as_of=AS_OF, lang="en", **key)
    from_frame = reconcile(cells, as_of=AS_OF, lang="en", **key)
    told, wanted = story(from_frame), story(from_file)
    if name.startswith("chase"):  # there the account stands in the file's name alone
        assert [c["shortfall"] for c in told["cases"]] == [c["shortfall"] for c in wanted["cases"]]
    else:
        assert told == wanted
    assert from_frame.tables.sources[0].file == dataframe.NAME
    assert len(from_frame.cases) > 0


def test_same_story_whatever_holds_the_amounts() -> None:
    """Amounts as Decimal, int, float or text would give different money, or no money at all."""
    frame = pd.read_csv(io.StringIO(PLAIN), dtype=str, keep_default_na=False)
    wanted = story(reconcile(frame, as_of=AS_OF, lang="en"))
    assert [case["shortfall"] for case in wanted["cases"]] == ["0.40"]
    assert wanted["transactions"][0]["original_amount"] == "41.90"

    def decimals(text: str) -> object:
        return Decimal(text) if text else None

    floats = pd.read_csv(io.StringIO(PLAIN))
    assert floats["amount"].dtype == "float64"
    exact = frame.assign(
        amount=frame["amount"].map(Decimal), original_amount=frame["original_amount"].map(decimals)
    )
    days = frame.assign(date=pd.to_datetime(frame["date"]))
    few = frame.astype({"currency": "category", "description": "category"})
    dates = frame.assign(date=[dt.date.fromisoformat(day) for day in frame["date"]])
    for other in (floats, exact, days, few, dates, frame.set_index(pd.Index([7, 7, 7, 7]))):
        assert story(reconcile(other, as_of=AS_OF, lang="en")) == wanted


def test_whole_numbers_that_pandas_made_floats() -> None:
    """A yen column with one empty cell becomes floats in pandas; 4845.0 would not be read."""
    frame = pd.DataFrame(
        {
            "date": ["2026-03-10", "2026-03-11", "2026-04-02"],
            "description": ["ALIEXPRESS.COM", "note", "ALIEXPRESS.COM"],
            "amount": [4845, None, -4717],
            "currency": "JPY",
        }
    )
    result = reconcile(frame, as_of=AS_OF, lang="en")
    assert result.cases["shortfall"].tolist() == [Decimal(128)]
    assert [bad.line for bad in result.tables.sources[0].rejected] == [3]


def test_categories_with_gaps() -> None:
    """A column of few values, which many frames hold as categories, would end in a traceback."""
    frame = pd.DataFrame(
        {
            "date": pd.Categorical(["2025-05-02", "2025-05-20", None]),
            "description": pd.Categorical(["ALIEXPRESS.COM", "ALIEXPRESS.COM", "a blank row"]),
            "amount": pd.Categorical([-53, 53, None]),
            "currency": pd.Categorical(["USD", "USD", None]),
        }
    )
    result = reconcile(frame)
    assert result.transactions["amount"].tolist() == [53, -53]
    assert len(result.cases) == 1


def test_own_columns_keep_their_meaning() -> None:
    """Transactions taken from one result and given to the next would change sides or kinds."""
    first = reconcile(SAMPLES / "plain" / "jpy-card-with-originals.csv", as_of=AS_OF, lang="en")
    rows = first.transactions
    again = reconcile(rows, as_of=AS_OF, lang="en")
    same = ["id", "account", "amount", "kind", "status", "original_amount", "original_currency"]
    pd.testing.assert_frame_equal(again.transactions[same], rows[same])
    assert story(again)["cases"] == story(first)["cases"]
    # Refunds alone are still refunds, though nothing else tells which side is which.
    back = rows[rows["kind"].eq("refund")]
    assert reconcile(back, lang="en").transactions["kind"].eq("refund").all()


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"amount": 0.1 + 0.2}, "amount"),
        ({"amount": 4845.5, "currency": "JPY"}, "amount"),
        ({"original_amount": 32.499, "original_currency": "USD"}, "original_amount"),
    ],
)
def test_floats_that_are_no_amount_are_refused(changed: dict[str, object], column: str) -> None:
    """A sum worked out in floats would be rounded in silence, or its row be left out."""
    with pytest.raises(ErrorGroup) as caught:
        reconcile(one_row(**changed))
    (error,) = caught.value.errors
    assert (error.code, error.params["column"]) == ("frame_float", column)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (pd.DataFrame(), "empty"),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), "frame_columns"),
        (one_row(description=["a", "list"]), "frame_cell"),
        (one_row(amount=True), "frame_cell"),
        (one_row(amount=float("inf")), "frame_cell"),
        (one_row(amount=Decimal("Infinity")), "frame_cell"),
        (pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
         "frame_levels"),
    ],
)  # fmt: skip
def test_frames_that_cannot_be_read(frame: pd.DataFrame, code: str) -> None:
    """A frame without usable columns would end in a traceback from deep inside."""
    with pytest.raises(ErrorGroup) as caught:
        reconcile(frame)
    assert [error.code for error in caught.value.errors] == [code]
    assert f"[{code}]" in str(caught.value)
    assert dataframe.NAME in str(caught.value)


def test_frames_beside_files(tmp_path: Path) -> None:
    """A frame given beside a file, or two frames, would replace each other."""
    path = tmp_path / "card.csv"
    path.write_text(PLAIN, "utf-8")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    alone = reconcile(path, lang="en")
    both = reconcile(path, frame, lang="en")
    assert both.transactions["id"].tolist() == alone.transactions["id"].tolist()
    rows = alone.transactions
    halves = reconcile(rows.iloc[:2], rows.iloc[2:], lang="en")
    assert halves.cases["shortfall"].tolist() == alone.cases["shortfall"].tolist()
    assert {s.file for s in halves.tables.sources} == {"DataFrame", "DataFrame (2)"}


def test_a_list_of_statements(tmp_path: Path) -> None:
    """What `glob.glob` gives would have to be taken apart first."""
    paths = [str(tmp_path / name) for name in ("april.csv", "may.csv")]
    for n, path in enumerate(paths):
        row = f"2025-0{n + 4}-02,ALIEXPRESS.COM,{n + 20}.00,USD\n"
        Path(path).write_text("date,description,amount,currency\n" + row, "utf-8")
    apart, whole = reconcile(*paths), reconcile(paths)
    assert whole.to_json() == apart.to_json()
    assert len(whole.transactions) == 2
    # A pattern that fits no file gives an empty list.
    with pytest.raises(InputError, match="No statement was named"):
        reconcile([])


def test_frame_is_left_as_it_was() -> None:
    """A user's own table would change under their hands."""
    frame = pd.read_csv(io.StringIO(PLAIN))
    before = frame.copy(deep=True)
    reconcile(frame)
    pd.testing.assert_frame_equal(frame, before)
