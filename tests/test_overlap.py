"""Exports that overlap: what is the same movement, what settled, and what a bank took back."""

import datetime as dt
import itertools
from typing import Any

import pandas as pd
import pytest
from strategies import frame, row

from reconcile import holds, intake, overlap, same_rows, unnamed
from reconcile.combine import combine
from reconcile.ledger import Source
from reconcile.text import Message

Rows = list[dict[str, Any]]
FULL = "4111111111111234"


def day(number: int, month: int = 3) -> dt.date:
    """A day of 2025."""
    return dt.date(2025, month, number)


def combined(*files: Rows, names: tuple[str, ...] = ()) -> tuple[pd.DataFrame, list[Source]]:
    """The ledger of files given as rows, and their sources."""
    names = names or tuple(f"file{n}.csv" for n in range(len(files)))
    sources = [Source(name, f"{n:064}", "plain", "utf-8") for n, name in enumerate(names)]
    parts = [
        frame([{**item, "file": source.file} for item in rows])
        for rows, source in zip(files, sources, strict=True)
    ]
    return combine(parts, sources), sources


def month(first: int, last: int, lag: int | None = None) -> Rows:
    """One purchase a day, each of another amount, posted `lag` days later if given."""
    return [
        row(
            transaction_date=day(n), amount=1000 + n,
            posted_date=None if lag is None else day(n) + dt.timedelta(days=lag),
        )
        for n in range(first, last + 1)
    ]  # fmt: skip


def booked(rows: Rows, lag: int) -> Rows:
    """The same rows as an OFX file shows them: with the day of booking alone."""
    later = dt.timedelta(days=lag)
    return [
        {**item, "transaction_date": None, "posted_date": item["transaction_date"] + later}
        for item in rows
    ]


@pytest.mark.parametrize("repeated", [False, True])
def test_files_that_cut_a_day_in_two(repeated: bool) -> None:
    """Two equal purchases of one card, the last row of one file and the first of the next, would
    be one, though the other cards show that the second file repeats nothing.
    """
    bus = row(transaction_date=day(15), amount=210, account_key="**** 1111")
    first = [{**one, "account_key": "**** 2222"} for one in month(1, 15)]
    other = [
        row(transaction_date=day(15), amount=2000 + n, account_key="**** 2222") for n in range(4)
    ]
    # A second file that begins with the day shows all that the first one did of it.
    last = [first[-1], *other[:2]] if repeated else []
    book, sources = combined([*first, *other[:2], bus], [*last, *other[2:], bus])
    assert book["account"].eq("…1111").sum() == (1 if repeated else 2)
    assert len(book) == 19 + (1 if repeated else 2)
    assert sum(source.duplicates for source in sources) == (4 if repeated else 0)


@pytest.mark.parametrize("lag", [0, 1, 3])
@pytest.mark.parametrize("currency", ["JPY", None])
def test_used_and_booked_days(lag: int, currency: str | None) -> None:
    """A CSV and an OFX of the same month would count every purchase twice."""
    ofx = [{**item, "currency": currency} for item in booked(month(1, 20), lag)]
    for files in ((month(1, 20), ofx), (ofx, month(1, 20))):
        book, _ = combined(*files)
        assert len(book) == 20
        assert book["status"].eq("posted").all()


def test_ambiguous_booking_stays() -> None:
    """One of two equal purchases on neighbouring days would be dropped on a guess."""
    equal = [row(transaction_date=day(n), amount=500) for n in (21, 22)]
    ofx = booked([row(transaction_date=day(20), amount=500)], 3)
    book, _ = combined(month(1, 25) + equal, booked(month(1, 25), 0) + ofx)
    assert book["amount"].eq(500).sum() == 3


def test_unknown_currency_is_any() -> None:
    """An export without its currency would count every purchase a second time."""
    bare = [{**item, "currency": None} for item in month(1, 10)]
    for files in ((month(1, 10), bare), (bare, month(1, 10))):
        book, _ = combined(*files)
        assert book["currency"].tolist() == ["JPY"] * 10


def test_unknown_currency_may_be_one_without_cents() -> None:
    """Yen that a bare export holds as hundredths would be other movements than the same yen."""
    bare = [
        {**item, "currency": None, "decimals": 2, "amount": 100 * item["amount"]}
        for item in month(1, 10)
    ]
    for files in ((month(1, 10), bare), (bare, month(1, 10))):
        book, _ = combined(*files)
        assert book[["currency", "decimals"]].drop_duplicates().to_numpy().tolist() == [["JPY", 0]]
        assert len(book) == 10


def test_hold_at_the_end_settles() -> None:
    """A hold of the last day would stand as taken back beside the charge it became."""
    hold = row(transaction_date=day(10), amount=4800, status="pending")
    charge = row(transaction_date=day(13), amount=4845)
    for files in itertools.permutations(([*month(1, 10), hold], [*month(1, 20), charge])):
        book, _ = combined(*files)
        assert book["status"].eq("posted").all()
        assert len(book) == 21


def test_holds_of_many_cards_are_settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank's cards, looked through one by one, would take hours where a file ends with holds."""
    calls = []
    real = holds.settled
    monkeypatch.setattr(
        holds, "settled", lambda *parts, apart=False: calls.append(1) or real(*parts, apart=apart)
    )
    cards = [f"411111111111{1000 + n}" for n in range(50)]
    early = [row(account_key=key, transaction_date=day(20), status="pending") for key in cards]
    # Clocks and rates differ; one card has another purchase.
    later = [
        row(account_key=key, transaction_date=day(21), posted_date=day(23),
            amount=9000 if key == cards[-1] else 4893)
        for key in cards
    ]  # fmt: skip
    book, sources = combined(early, later)
    assert book["status"].value_counts().to_dict() == {"posted": 50, "pending": 1}
    assert book["account"].value_counts()["…1049"] == 2
    assert sources[0].duplicates == 49
    assert len(calls) == 1


def test_vanished_hold_is_voided() -> None:
    """A cancelled order whose hold the bank dropped would be reported as money still owed."""
    hold = row(transaction_date=day(8), amount=4800, status="pending")
    for files in itertools.permutations(([*month(1, 10), hold], month(1, 20))):
        book, _ = combined(*files)
        assert book.loc[book["status"].eq("voided"), "amount"].tolist() == [4800]


def test_cut_by_posting_date() -> None:
    """Charges of the month's end would be taken for cancelled, as the next export starts later."""
    rows = month(1, 28, lag=1)
    slow = [row(transaction_date=day(12), posted_date=day(17), amount=7000 + n) for n in range(3)]
    rows += slow
    early = [item for item in rows if item["posted_date"] <= day(19)]
    late = [item for item in rows if item["posted_date"] >= day(15)]
    for files in itertools.permutations((early, late)):
        book, _ = combined(*files)
        assert len(book) == len(rows)
        assert book["status"].eq("posted").all()


def test_first_days_of_an_export() -> None:
    """A charge on the first day of a later export would be taken for cancelled."""
    odd = [row(transaction_date=day(n), amount=8000 + n) for n in (5, 6, 7)]
    book, _ = combined(month(1, 20) + odd, month(5, 25))
    assert book.loc[book["status"].eq("voided"), "amount"].tolist() == [8007]


def test_exports_of_the_same_end() -> None:
    """The order of two files would decide whether a charge counts as cancelled."""
    extra = [row(transaction_date=day(10), amount=7777)]
    for files in itertools.permutations((month(1, 20) + extra, month(1, 20))):
        book, _ = combined(*files)
        assert len(book) == 21
        assert book["status"].eq("posted").all()


def test_shown_again_later() -> None:
    """A charge of the newest export would be voided because an export between them lacks it."""
    extra = [row(transaction_date=day(8), amount=7777)]
    files = (month(1, 12) + extra, month(1, 16), month(1, 20) + extra)
    for order in itertools.permutations(files):
        book, _ = combined(*order)
        assert book["status"].eq("posted").all()
        assert len(book) == 21


def test_which_copy_stays() -> None:
    """The id of a purchase, and with it a decision of the user, would hang on the file order."""
    other = [{**item, "description": "ALIPAY*ALIEXPRESS LUX"} for item in month(1, 10)]
    files = list(zip((month(1, 10), other), ("b.csv", "a.csv"), strict=True))
    seen = []
    for order in itertools.permutations(files):
        book, _ = combined(*(rows for rows, _ in order), names=tuple(name for _, name in order))
        seen.append(book)
    pd.testing.assert_frame_equal(seen[0], seen[1])
    assert seen[0]["description"].eq("ALIPAY*ALIEXPRESS").all()


def test_the_copy_that_tells_more_stays() -> None:
    """The price in dollars that one export prints would be lost."""
    told = [{**i, "original_amount": 99, "original_currency": "USD"} for i in month(1, 10)]
    for files in itertools.permutations((month(1, 10), told)):
        book, _ = combined(*files)
        assert book["original_amount"].eq(99).all()


@pytest.mark.parametrize("charged", [4800, 4845])
@pytest.mark.parametrize("count", [2, 3])
def test_equal_holds_all_settle(charged: int, count: int) -> None:
    """Of two equal holds one would stay beside its charge, or be taken for cancelled."""
    holds = [row(transaction_date=day(6), amount=4800, status="pending") for _ in range(count)]
    posted = [row(transaction_date=day(7), amount=charged) for _ in range(count)]
    for files in itertools.permutations((month(1, 10) + holds, month(1, 20) + posted)):
        book, sources = combined(*files)
        assert book["status"].eq("posted").all()
        assert len(book) == 20 + count
        assert sum(source.duplicates for source in sources) == 10 + count


def test_one_charge_settles_one_hold() -> None:
    """The second of two holds, cancelled by the bank, would silently disappear."""
    holds = [row(transaction_date=day(n), amount=4800, status="pending") for n in (5, 6)]
    posted = [row(transaction_date=day(7), amount=4800)]
    book, _ = combined(month(1, 10) + holds, month(1, 20) + posted)
    assert len(book) == 22
    assert book.loc[book["status"].eq("voided"), "transaction_date"].dt.day.tolist() == [5]


def test_files_of_one_name() -> None:
    """Two months saved under one name would count as one that covers the days between them."""
    march = [row(transaction_date=day(n), amount=n) for n in (1, 20)]
    july = [row(transaction_date=day(n, 7), amount=n) for n in (1, 20)]
    book, sources = combined(march, july, names=("card.csv", "card.csv"))
    assert [source.file for source in sources] == ["card.csv", "card.csv (2)"]
    assert book["file"].tolist() == ["card.csv"] * 2 + ["card.csv (2)"] * 2
    spans = [(day(1), day(20)), (day(1, 7), day(20, 7))]
    assert overlap.covered(book) == {"…1234": spans}


def test_one_file_given_twice_keeps_its_name() -> None:
    """The same download in two folders would be listed as two different files."""
    sources = [Source("card.csv", "0" * 64, "plain", "utf-8") for _ in range(2)]
    book = combine([frame(month(1, 5)), frame(month(1, 5))], sources)
    assert {source.file for source in sources} == {"card.csv"}
    assert len(book) == 5


@pytest.mark.parametrize(
    ("keys", "cards"),
    [
        (["411111******1234", FULL], [1, 1]),
        (["4111 11** **** 1234", "4111-1111-1111-1234"], [1, 1]),
        (["550000******1234", FULL, "5500000000001234"], [2, 1, 2]),
        # Two numbers fit, or none: a card of its own.
        (["4***********1234", FULL, "4222222222221234"], [2, 1, 3]),
        (["422222******1234", FULL], [2, 1]),
        (["…1234", "5500000000001234"], [1, 1]),
    ],
)
def test_masked_numbers(keys: list[str], cards: list[int]) -> None:
    """An export with a masked number would count as another card, and its rows twice."""
    book, _ = combined([row(account_key=key, amount=n + 1) for n, key in enumerate(keys)])
    labels = ["…1234" + (f"#{card}" if card > 1 else "") for card in cards]
    assert book.sort_values("amount")["account"].tolist() == labels


@pytest.mark.parametrize(
    ("keys", "issuers", "cards"),
    [
        (["1234", "****1234"], ["chase", "rakuten"], [1, 2]),
        (["5302-42**-****-1234", "****-1234"], ["dcard", "view"], [1, 2]),
        # An issuer's layouts, those of one group, and those that tell no issuer.
        (["1234", "****1234"], ["chase", "chase"], [1, 1]),
        (["1234", "****1234"], ["amex", "amex-uk"], [1, 1]),
        (["1234", FULL, "****1234"], ["chase", None, None], [1, 1, 1]),
        # A full number takes the four digits of its issuer, else of one whose number is not told.
        (["5500000000001234", FULL, "1234"], ["chase", "view", "chase"], [2, 1, 2]),
        (["1234", FULL, "1234"], ["chase", None, "view"], [1, 1, 2]),
    ],
)
def test_cards_of_two_issuers(keys: list[str], issuers: list[str | None], cards: list[int]) -> None:
    """Cards of two banks whose numbers end alike would be one, with the fee of one of them."""
    sources = [
        Source(f"file{n}.csv", f"{n:064}", f"layout{n}", "utf-8", issuer=issuer)
        for n, issuer in enumerate(issuers)
    ]
    parts = [
        frame([row(account_key=key, layout=source.layout, file=source.file, amount=n + 1)])
        for n, (key, source) in enumerate(zip(keys, sources, strict=True))
    ]
    labels = ["…1234" + (f"#{card}" if card > 1 else "") for card in cards]
    for order in (1, -1):
        book = combine(parts[::order], sources[::order])
        assert book.sort_values("amount")["account"].tolist() == labels


def test_two_cards_without_a_number() -> None:
    """The cards of a couple would be mixed into one, and nobody would be told."""
    mine = [row(transaction_date=day(n), amount=1000 + n, account_key="") for n in range(1, 20)]
    yours = [{**item, "amount": item["amount"] + 500} for item in mine]
    for files in itertools.permutations((mine, yours)):
        book, sources = combined(*files)
        assert book["account"].unique().tolist() == ["plain"]
        assert [[note.code for note in source.notes] for source in sources] == [
            ["note.one_card"], ["note.one_card"],
        ]  # fmt: skip
        assert sources[0].notes[0].params == {"other": sources[1].file}


@pytest.mark.parametrize(
    ("key", "shift", "more"), [("****1234", 0, 500), ("", 19, 500), ("", 0, 0)]
)
def test_one_card_needs_no_word(key: str, shift: int, more: int) -> None:
    """Two months of one card, or one month twice, would be called two cards."""
    mine = [row(transaction_date=day(n), amount=1000 + n, account_key=key) for n in range(1, 20)]
    later = [
        {**item, "amount": item["amount"] + more,
         "transaction_date": item["transaction_date"] + dt.timedelta(days=shift)}
        for item in mine
    ]  # fmt: skip
    _, sources = combined(mine, later)
    assert not sources[0].notes


def of_card(rows: Rows, key: str | None) -> Rows:
    """The same rows as an export of this card shows them."""
    return [{**item, "account_key": key} for item in rows]


@pytest.mark.parametrize("key", [None, ""])
def test_a_renamed_export_is_of_the_card_whose_rows_it_repeats(key: str | None) -> None:
    """The number stood in the file's name: every purchase would count for two cards."""
    whole, part = of_card(month(1, 12), FULL), of_card(month(5, 10), key)
    for files in ((whole, part), (part, whole)):
        book, sources = combined(*files)
        assert book["account"].unique().tolist() == ["…1234"]
        assert len(book) == 12
        noted = [[note.code for note in source.notes] for source in sources]
        assert sorted(noted) == [[], ["note.unnamed"]]
    # A later month without a number is nobody's.
    book, _ = combined(whole, of_card(month(13, 20), key))
    assert sorted(book["account"].unique()) == ["plain", "…1234"]


def test_a_renamed_export_without_a_currency_is_known_by_what_it_prints() -> None:
    """Yen that stand as hundredths where no currency is told would count for two cards."""
    bare = [
        {**one, "currency": None, "decimals": 2, "amount": 100 * one["amount"]}
        for one in of_card(month(5, 10), None)
    ]
    book, _ = combined(of_card(month(1, 12), FULL), bare)
    assert book["account"].tolist() == ["…1234"] * 12


def test_cards_with_the_same_amounts_are_not_compared_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The renamed exports of a family, or of many customers, would take hours: prices repeat."""
    calls = []
    real = same_rows.same
    monkeypatch.setattr(same_rows, "same", lambda *parts: calls.append(1) or real(*parts))
    cards = [
        row(account_key=f"411111111111{1000 + n}", source=n, amount=100 * m, decimals=0,
            transaction_date=day(1) + dt.timedelta(days=7 * n + 20 * m))
        for n in range(30) for m in range(12)
    ]  # fmt: skip
    # Each shows what one card does, but its layout alone says whose it is.
    lone = [{**one, "account_key": "", "source": one["source"] + 30} for one in cards]
    rows = frame([*cards, *lone])
    rows = rows.assign(source=[one["source"] for one in (*cards, *lone)])
    rows["account"] = ("…" + rows["account_key"].str[-4:]).where(rows["account_key"].ne(""), "x")
    found = unnamed.owners(rows)
    assert {at - 30: int(owner.account[1:]) - 1000 for at, owner in found.items()} == {
        n: n for n in range(30)
    }
    assert len(calls) <= 60


def test_an_export_that_could_be_of_two_cards_is_of_neither() -> None:
    """Rows of one card would be taken for another's and left out."""
    twins = [of_card(month(1, 12), FULL), of_card(month(1, 12), "****9876")]
    book, _ = combined(*twins, of_card(month(5, 10), None))
    assert book["account"].value_counts().to_dict() == {"…1234": 12, "…9876": 12, "plain": 6}


def test_rows_that_may_count_twice_are_told() -> None:
    """A purchase that a file without a number shows again would be two, and nobody would know."""

    def noted(*files: Rows) -> list[list[Message]]:
        sources = [Source(f"file{n}.csv", f"{n:064}", "plain", "utf-8") for n in range(len(files))]
        rows = [[{**one, "file": source.file} for one in part]
                for part, source in zip(files, sources, strict=True)]  # fmt: skip
        combine([intake.recognise(frame(part)) for part in rows], sources)
        return [source.notes for source in sources]

    other = row(amount=700, description="CORNER SHOP", transaction_date=day(7))
    part = [*of_card(month(4, 5), ""), {**other, "account_key": ""}]
    doubt = Message("note.doubled", {"other": "file0.csv", "count": 2})
    assert noted(of_card(month(1, 12), FULL), part) == [[], [doubt]]
    assert noted(of_card(month(1, 3), FULL), part) == [[], []]
    # Two numbers are two cards, and what another shop's rows have in common harms no case.
    assert noted(of_card(month(1, 12), FULL), of_card(month(4, 5), "****9876")) == [[], []]
    grocer = [{**one, "description": "CORNER SHOP"} for one in month(1, 12)]
    assert noted(of_card(grocer, FULL), of_card(grocer[3:5], "")) == [[], []]


@pytest.mark.parametrize("lag", [0, 3])
@pytest.mark.parametrize("swapped", [False, True])
def test_rows_that_may_count_twice_are_told_by_either_date(lag: int, swapped: bool) -> None:
    """The day of use in one file and of booking in the other would hide that they are the same."""
    used, later = month(4, 5), booked(month(4, 5), lag)
    mine, other = (later, used) if swapped else (used, later)
    whole = [*month(20, 28), *other]
    rows = pd.concat([frame(of_card(whole, FULL)), frame(of_card(mine, None))], ignore_index=True)
    at = pd.Series([0] * len(whole) + [1] * 2)
    rows = rows.assign(source=at, account=at.map({0: "…1234", 1: "plain"}))
    assert unnamed.doubled(rows) == [(1, 0, 2)]


@pytest.mark.parametrize("cards", [1, 30])
def test_only_exports_that_show_the_same_are_compared(
    cards: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five years of monthly exports would take minutes: every month beside every other."""
    calls = []
    real = same_rows.same
    monkeypatch.setattr(same_rows, "same", lambda *parts: calls.append(1) or real(*parts))
    months, each = 30, 12
    rows = [
        row(
            transaction_date=day(1) + dt.timedelta(days=31 * n + one), amount=1000 * n + one,
            account_key=f"411111111111{1000 + n % cards}" if of_card else "",
        )
        for of_card in (False, True) for n in range(months) for one in range(each)
        # Of each month the card's export shows but two rows that the other one does.
        if not of_card or one < 2
    ]  # fmt: skip
    sizes = [each] * months + [2] * months
    ends = list(itertools.accumulate(sizes))
    parts = [rows[end - size : end] for size, end in zip(sizes, ends, strict=True)]
    sources = [Source(f"file{n}.csv", f"{n:064}", "plain", "utf-8") for n in range(2 * months)]
    listed = [
        intake.recognise(frame([{**one, "file": source.file} for one in part]))
        for part, source in zip(parts, sources, strict=True)
    ]
    combine(listed, sources)
    noted = [note.params["other"] for source in sources for note in source.notes]
    assert noted == [source.file for source in sources[months:]]
    assert len(calls) <= 3 * months


def test_few_equal_rows_do_not_make_one_card() -> None:
    """Subscriptions that two cards pay on the same day would join them."""
    shared = month(1, 3)
    other = [{**item, "amount": item["amount"] + 7} for item in month(4, 20)]
    book, _ = combined(of_card(month(1, 20), FULL), of_card([*shared, *other], None))
    assert book["account"].value_counts().to_dict() == {"…1234": 20, "plain": 20}


def test_days_covered_without_the_names_of_files() -> None:
    """A ledger that tells no files would end in a traceback."""
    book = pd.DataFrame({
        "account": ["a", "a", "b"], "file": pd.Series([None] * 3, dtype="str"),
        "transaction_date": pd.to_datetime(["2025-03-01", "2025-03-20", "2025-04-02"]),
        "posted_date": pd.to_datetime([None] * 3),
    })  # fmt: skip
    assert overlap.covered(book) == {
        "a": [(day(1), day(20))], "b": [(day(2, 4), day(2, 4))],
    }  # fmt: skip
