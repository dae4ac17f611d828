"""Laws that hold for every statement: nothing lost or counted twice, sums exact, any order."""

import datetime as dt
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import read_file
from strategies import printed

from reconcile import layout, reconcile
from reconcile.layout import parse
from reconcile.money import decimals
from reconcile.readers.sketch import sketch
from reconcile.tables import CAUSES, Tables

AS_OF = dt.date(2026, 6, 30)
HEAD = "Date,Description,Amount,Currency\n"
SHOPS = ("ALIEXPRESS.COM LONDON", "ALIPAY*ALIEXPRESS", "CORNER SHOP", "ALIPAY SINGAPORE", "CAFE")
FEW = settings(max_examples=5)


@st.composite
def movements(draw: st.DrawFn) -> list[str]:
    """Lines of a statement: charges, each refunded in full, in part or not at all."""
    lines = []
    for _ in range(draw(st.integers(1, 9))):
        shop = draw(st.sampled_from(SHOPS))
        day = dt.date(2026, 1, 1) + dt.timedelta(draw(st.integers(0, 60)))
        amount = draw(st.integers(100, 90_000))
        lines.append(line(day, shop, amount))
        back = draw(st.sampled_from((0, 0, 1, 0.5)))
        if back:
            later = day + dt.timedelta(draw(st.integers(2, 50)))
            lines.append(line(later, shop, -int(amount * back)))
    return sorted(lines)


def line(day: dt.date, shop: str, amount: int) -> str:
    """One line of the statement."""
    return f"{day},{shop},{printed(amount, 2, group='')},USD\n"


def found(*files: list[str], as_of: dt.date = AS_OF, **options: Any) -> Tables:
    """What a run finds in statements of these lines, each a file of its own."""
    with tempfile.TemporaryDirectory() as name:
        paths = []
        for number, lines in enumerate(files):
            paths.append(Path(name) / f"card-{number}.csv")
            paths[-1].write_text(HEAD + "".join(lines), "utf-8")
        if "orders" in options:
            orders = Path(name) / "orders.csv"
            orders.write_text(options["orders"], "utf-8")
            options = {**options, "orders": orders}
        return reconcile(*paths, as_of=as_of, **options).tables


def essence(tables: Tables) -> list[tuple[object, ...]]:
    """Every case as what it says of which transactions, whatever file they stand in."""
    names = ("charged", "refunded", "shortfall", *CAUSES, "verdict", "confidence")
    cases = tables.cases
    ids = [tuple(sorted((*c, *r))) for c, r in zip(cases["charges"], cases["refunds"], strict=True)]
    return sorted(zip(ids, *(cases[name].tolist() for name in names), strict=True))


@FEW
@given(movements())
def test_causes_sum_and_nothing_counts_twice(lines: list[str]) -> None:
    """A shortfall would not be explained to the cent, or a refund be counted in two cases."""
    tables = found(lines)
    cases = tables.cases
    assert (cases["charged"] - cases["refunded"]).tolist() == cases["shortfall"].tolist()
    assert cases[list(CAUSES)].sum(axis=1).astype(int).tolist() == cases["shortfall"].tolist()
    used = [one for name in ("charges", "refunds") for ids in cases[name] for one in ids]
    used += tables.unlinked["transaction"].tolist()
    assert len(used) == len(set(used))
    refunds = tables.transactions.query("merchant == 'aliexpress' and amount < 0")["id"]
    assert set(refunds) <= set(used)


@FEW
@given(movements())
def test_every_line_is_accounted_for(lines: list[str]) -> None:
    """A line of the statement would be lost without a word."""
    tables = found(lines)
    (source,) = tables.sources
    assert sum(source.lines.values()) == len(lines) + 1
    assert len(tables.transactions) + len(source.rejected) == len(lines)


@FEW
@given(movements(), st.integers(0, 999))
def test_order_of_rows(lines: list[str], chance: int) -> None:
    """A statement sorted the other way round would give other findings."""
    mixed = [*lines]
    random.Random(chance).shuffle(mixed)
    assert essence(found(mixed)) == essence(found(lines))


@FEW
@given(movements(), st.integers(0, 18))
def test_splitting(lines: list[str], at: int) -> None:
    """Two exports of half a month each would give other findings than one of the whole month."""
    parts = [part for part in (lines[:at], lines[at:]) if part]
    assert essence(found(*parts)) == essence(found(lines))


@FEW
@given(movements(), st.integers(0, 18))
def test_order_of_files(lines: list[str], at: int) -> None:
    """Naming the newer statement first would give other findings."""
    parts = [part for part in (lines[:at], lines[at:]) if part]
    assert essence(found(*reversed(parts))) == essence(found(*parts))


@FEW
@given(movements())
def test_duplicate_files(lines: list[str]) -> None:
    """A statement downloaded twice would double every purchase."""
    assert essence(found(lines, lines)) == essence(found(lines))


@FEW
@given(movements(), st.integers(1, 400))
def test_a_later_day_never_starts_waiting(lines: list[str], days: int) -> None:
    """A refund told to be missing today would be told to be on its way tomorrow."""
    charge = line(dt.date(2026, 2, 1), "ALIEXPRESS.COM LONDON", 4321)
    orders = (
        "order_id,order_date,currency,total,status,refund_amount,refund_date\n"
        "8123456789012345,2026-01-31,USD,43.21,Refunded,43.21,2026-02-20\n"
    )
    start = dt.date(2026, 2, 21)
    verdicts = [
        dict(zip(tables.cases["id"], tables.cases["verdict"], strict=True))
        for as_of in (start, start + dt.timedelta(days))
        for tables in [found([*lines, charge], as_of=as_of, orders=orders)]
    ]
    for case, verdict in verdicts[0].items():
        assert not (verdict == "missing" and verdicts[1].get(case) == "waiting")


def test_more_information_helps() -> None:
    """Adding the order list, or an export with original amounts, would make the links worse."""
    chance = random.Random(11)
    gains = []
    for _ in range(5):
        size = chance.randrange(3_000, 9_000)
        shop, day = "ALIEXPRESS.COM LONDON", dt.date(2026, 1, 5)
        other = size + chance.randrange(20, 90)
        rows = [
            (day, size, 2 * size), (day + dt.timedelta(3), other, 2 * other),
            (day + dt.timedelta(25), -size, -2 * size + chance.randrange(-60, 60)),
        ]  # fmt: skip
        plain = [line(when, shop, billed) for when, _, billed in rows]
        confidence = []
        for wide in (False, True):
            with tempfile.TemporaryDirectory() as name:
                path = Path(name) / "card.csv"
                head = "Date,Description,Amount,Currency"
                text = "".join(plain)
                if wide:
                    head += ",Original amount,Original currency"
                    text = "".join(
                        f"{one.rstrip()},{original / 100:.2f},EUR\n"
                        for one, (_, original, _) in zip(plain, rows, strict=True)
                    )
                path.write_text(f"{head}\n{text}", "utf-8")
                tables = reconcile(path, as_of=AS_OF).tables
            book = tables.transactions.set_index("amount")["id"]
            truth = [book[rows[0][2]]], [book[rows[2][2]]]
            told = [
                case.confidence
                for case in tables.cases.itertuples()
                if (case.charges, case.refunds) == truth
            ]
            confidence.append(told[0] if told else 0.0)
        gains.append(confidence[1] - confidence[0])
    assert np.mean(gains) >= 0


def test_an_order_list_helps() -> None:
    """Adding the order list would make the links worse, or the user less sure of a true one."""
    chance = random.Random(12)
    gains = []
    for _ in range(5):
        size = chance.randrange(3_000, 9_000)
        first, second = dt.date(2026, 1, 5), dt.date(2026, 1, 8)
        back = first + dt.timedelta(25)
        lines = [
            line(first, SHOPS[0], size),
            line(second, SHOPS[0], size),
            line(back, SHOPS[0], -size),
        ]
        orders = (
            "order_id,order_date,currency,total,status,refund_amount,refund_date\n"
            f"8123456789012345,{first},USD,{size / 100:.2f},Refunded,{size / 100:.2f},{back}\n"
            f"8123456789012346,{second},USD,{size / 100:.2f},Completed,,\n"
        )
        confidence = []
        for options in ({}, {"orders": orders}):
            tables = found(lines, **options)
            book = tables.transactions.sort_values("line")["id"].tolist()
            told = [
                case.confidence
                for case in tables.cases.itertuples()
                if (case.charges, case.refunds) == ([book[0]], [book[2]])
            ]
            confidence.append(told[0] if told else 0.0)
        gains.append(confidence[1] - confidence[0])
    assert np.mean(gains) >= 0


@st.composite
def layouts(draw: st.DrawFn) -> tuple[str, str, list[tuple[str, str, int]]]:
    """A layout, a statement in its form, and what stands in it: day, text, amount of each row."""
    form = draw(st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%Y%m%d"]))
    decimal, group = draw(st.sampled_from([(".", ","), (",", "."), (".", "'"), (",", " ")]))
    sign = draw(st.sampled_from([";", "\t", "|"]))
    negative = draw(st.booleans())
    code = draw(st.sampled_from(["USD", "JPY", "KWD"]))
    order = draw(st.permutations(["Day", "Text", "Sum", "Other"]))
    rows = []
    for number in range(draw(st.integers(1, 6))):
        day = draw(st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31)))
        amount = draw(st.integers(1, 10**9)) * draw(st.sampled_from([1, -1]))
        rows.append((day.isoformat(), f"SHOP {number}", amount))
    lines = [sign.join(order)]
    for day_, text, amount in rows:
        shown = printed(-amount if negative else amount, decimals(code), decimal, group)
        day = dt.date.fromisoformat(day_).strftime(form)
        cells = {"Day": day, "Text": text, "Sum": shown, "Other": "x"}
        lines.append(sign.join(cells[name] for name in order))
    known = (
        f'name = "own"\ntitle = "Own"\ncurrency = "{code}"\n[recognise]\n'
        f"header = {json.dumps(order)}\n[text]\ndelimiter = {json.dumps(sign)}\n[values]\n"
        f"date = [{json.dumps(form)}]\ndecimal = {json.dumps(decimal)}\n"
        f'group = {json.dumps(group)}\ncharge = "{"negative" if negative else "positive"}"\n'
        '[columns]\ntransaction_date = "Day"\ndescription = "Text"\namount = "Sum"\n'
    )
    return known, "\n".join(lines) + "\n", rows


@given(layouts())
def test_layouts_round_trip(made: tuple[str, str, list[tuple[str, str, int]]]) -> None:
    """A layout of the user's own would read other days or amounts than it describes."""
    known, content, rows = made
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.csv"
        path.write_text(content, "utf-8")
        frame, source = read_file(path, [parse(known, "own.toml")])
    assert source.rejected == []
    days = frame["transaction_date"].dt.strftime("%Y-%m-%d").tolist()
    read = zip(days, frame["description"], frame["amount"], strict=True)
    assert [(day, str(text), int(amount)) for day, text, amount in read] == rows


@pytest.mark.parametrize(
    "name", ["plain/jpy-card-with-originals.csv", "plain/gbp-card-debit-credit.csv"]
)
def test_drafts_of_layouts_read_what_they_were_drawn_from(name: str, tmp_path: Path) -> None:
    """A layout drafted from a statement would not read that statement, or read other amounts."""
    path = Path(__file__).parents[1] / "sample_statements" / name
    draft = sketch(path)
    own = parse(draft, "draft.toml")
    (tmp_path / "draft.toml").write_text(draft, "utf-8")
    shelf = layout.load(tmp_path)
    by_draft, _ = read_file(path, shelf, layout=own.name)
    by_guess, _ = read_file(path)
    columns = ["line", "amount", "description"]
    assert by_draft[columns].to_numpy().tolist() == by_guess[columns].to_numpy().tolist()
