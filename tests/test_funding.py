"""Payments through PayPal and the card rows that paid for them: one movement, wherever it ended."""

import datetime as dt
import itertools
from pathlib import Path

import pandas as pd
import pytest

from reconcile import pipeline
from reconcile.settings import Settings
from reconcile.tables import Tables
from reconcile.text import LANGUAGES, render

AS_OF = dt.date(2026, 11, 23)
HEADER = (
    "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Reference Txn ID,"
    "Invoice Number"
)
JA_HEADER = (
    "日付,時間,タイムゾーン,名前,タイプ,ステータス,通貨,合計,手数料,正味,取引ID,"
    "リファレンス トランザクションID,請求書番号"
)
PAY, BACK = "Express Checkout Payment", "Payment Refund"
FROM_CARD, TO_CARD = "General Credit Card Deposit", "General Credit Card Withdrawal"


def paypal(
    day: str, amount: str, number: str, kind: str = PAY, *, name: str = "AliExpress",
    of: str = "", currency: str = "USD",
) -> str:  # fmt: skip
    """A line of PayPal's English export; `day` as MM/DD of 2026."""
    what = f"{name},{kind},Completed,{currency},{amount},0,{amount}"
    return f"{day}/2026,10:00:00,PST,{what},{number},{of},"


def card(day: str, amount: str, text: str = "PAYPAL *ALIEXPRESS", currency: str = "USD") -> str:
    """A line of a card's statement; `day` as MM-DD of 2026."""
    return f"2026-{day},{text},{amount},{currency},************4417"


def files(
    folder: Path, service: list[str], statement: list[str], header: str = HEADER
) -> list[Path]:
    """PayPal's export and the card's statement, written."""
    one, two = folder / "Download.csv", folder / "card.csv"
    one.write_text("\n".join([header, *service]) + "\n", "utf-8")
    # Purchases of other shops, so that the statement covers what lies between.
    rest = [card("02-25", "3.10", "METRO"), card("06-28", "4.20", "METRO")]
    head = "Date,Description,Amount,Currency,Card"
    two.write_text("\n".join([head, *statement, *rest]) + "\n", "utf-8")
    return [one, two]


def run(paths: list[Path], orders: Path | None = None, as_of: dt.date = AS_OF) -> Tables:
    """The tables of these files."""
    found, failed = pipeline.run(paths, Settings(as_of=as_of, orders=orders))
    assert not failed
    return found


def codes(found: Tables) -> list[str]:
    """Codes of what is noted on the files."""
    return [note.code for source in found.sources for note in source.notes]


def rows(found: Tables) -> list[tuple[str, int]]:
    """File and amount of every transaction that is not the metro's."""
    book = found.transactions[found.transactions["description"].ne("METRO")]
    return sorted(zip(book["file"], book["amount"], strict=True))


BOUGHT = [paypal("03/03", "-24.90", "P1"), paypal("03/03", "24.90", "D1", FROM_CARD, of="P1")]
RETURNED = [paypal("03/20", "24.90", "R1", BACK, of="P1")]
SENT = [paypal("03/20", "-24.90", "W1", TO_CARD, of="R1")]


def test_counts_once(tmp_path: Path) -> None:
    """A purchase through PayPal would be charged twice, once at PayPal and once on the card."""
    found = run(files(tmp_path, BOUGHT + RETURNED + SENT, [
        card("03/04".replace("/", "-"), "24.90"), card("03-24", "-24.90"),
    ]))  # fmt: skip
    assert rows(found) == [("card.csv", -2490), ("card.csv", 2490)]
    assert [source.duplicates for source in found.sources] == [2, 0]
    case = found.cases.iloc[0]
    assert len(found.cases) == 1
    assert (case["verdict"], case["account"], case["next_step"]) == ("refunded", "…4417", "none")
    said = [render(message, "en") for message in case["evidence"]]
    assert "same payment as in Download.csv, line 2: $24.90" in said


def test_japanese_layout_has_two_rows_per_purchase(tmp_path: Path) -> None:
    """The row with which PayPal takes the money would count as one more payment."""
    lines = [
        "2026/03/03,20:11:05,JST,AliExpress,ウェブペイメント,完了,JPY,\"-3,890\",0,\"-3,890\",P1,,900100",
        "2026/03/03,20:11:05,JST,,クレジットカードによる一般の入金,完了,JPY,\"3,890\",0,\"3,890\",D1,P1,",
    ]  # fmt: skip
    statement = [card("03-05", "3890", "PAYPAL", "JPY")]
    found = run(files(tmp_path, lines, statement, JA_HEADER))
    book = found.transactions.set_index("description").loc["PAYPAL"]
    assert rows(found) == [("card.csv", 3890)]
    assert (book["merchant"], book["merchant_strength"]) == ("aliexpress", "certain")
    assert found.sources[0].lines["funding"] == 1


def test_what_paypal_took_from_the_card_decides(tmp_path: Path) -> None:
    """A dollar purchase that PayPal charged in yen would not be found on a yen card."""
    took = paypal("03/03", "3,950", "D1", FROM_CARD, of="P1", currency="JPY").replace(
        "3,950", "3950"
    )
    near = card("03-04", "3890", "PAYPAL", "JPY")
    found = run(files(tmp_path, [BOUGHT[0], took], [card("03-04", "3950", "PAYPAL", "JPY"), near]))
    assert rows(found) == [("card.csv", 3890), ("card.csv", 3950)]
    kept = found.transactions[found.transactions["amount"].eq(3950)].iloc[0]
    assert (kept["original_amount"], kept["original_currency"]) == (2490, "USD")
    assert kept["merchant"] == "aliexpress"


@pytest.mark.parametrize(("yen", "joined"), [("3980", True), ("4600", False), ("3500", False)])
def test_by_the_reference_rate(tmp_path: Path, yen: str, joined: bool) -> None:
    """Where PayPal does not say what it took, any PayPal row of the card would be taken for it."""
    found = run(files(tmp_path, BOUGHT[:1], [card("03-04", yen, "PAYPAL", "JPY")]))
    assert len(rows(found)) == (1 if joined else 2)


def test_printed_original(tmp_path: Path) -> None:
    """The dollars that a yen card prints itself would not be compared with PayPal's."""
    head = "Date,Description,Amount,Currency,Original Amount,Original Currency,Card"
    paths = files(tmp_path, BOUGHT[:1], [])
    for original, left in (("24.90", 1), ("25.90", 2)):
        line = f"2026-03-04,PAYPAL,3980,JPY,{original},USD,************4417"
        other = "2026-03-24,METRO,480,JPY,,,************4417"
        paths[1].write_text("\n".join([head, line, other]) + "\n", "utf-8")
        assert len(rows(run(paths))) == left


def test_ambiguous_stays(tmp_path: Path) -> None:
    """One of two equal card rows would be called PayPal's on a guess."""
    found = run(files(tmp_path, BOUGHT, [card("03-04", "24.90"), card("03-05", "24.90")]))
    assert len(rows(found)) == 3
    assert "funding.unsure" in codes(found)
    assert "funding.joined" not in codes(found)
    note = next(n for n in found.sources[0].notes if n.code == "funding.unsure")
    assert "2" in render(note, "en")


def test_equal_purchases_in_turn(tmp_path: Path) -> None:
    """Two equal purchases of two days would stay unpaired, and all four rows would count."""
    twice = [*BOUGHT, paypal("03/05", "-24.90", "P2")]
    found = run(files(tmp_path, twice, [card("03-04", "24.90"), card("03-06", "24.90")]))
    assert rows(found) == [("card.csv", 2490)] * 2


def test_two_cards_are_ambiguous(tmp_path: Path) -> None:
    """Which of two cards paid which of two equal payments would be made up."""
    twice = [*BOUGHT, paypal("03/05", "-24.90", "P2")]
    other = card("03-06", "24.90").replace("4417", "8812")
    found = run(files(tmp_path, twice, [card("03-04", "24.90"), other]))
    assert len(rows(found)) == 4


def test_another_shop(tmp_path: Path) -> None:
    """A payment to another shop of the same amount would be called the AliExpress purchase."""
    found = run(files(tmp_path, BOUGHT, [card("03-04", "24.90", "PAYPAL *SPOTIFY")]))
    assert len(rows(found)) == 2
    named = [card("03-04", "24.90", "PAYPAL *SPOTIFY"), card("03-04", "24.90")]
    assert len(rows(run(files(tmp_path, BOUGHT, named)))) == 2


@pytest.mark.parametrize("text", ["ALIEXPRESS.COM LONDON", "CORNER SHOP"])
def test_rows_without_paypal(tmp_path: Path, text: str) -> None:
    """A purchase paid by card directly would vanish beside an equal one through PayPal."""
    assert len(rows(run(files(tmp_path, BOUGHT, [card("03-04", "24.90", text)])))) == 2


@pytest.mark.parametrize("day", ["02-28", "03-12"])
def test_too_far_apart(tmp_path: Path, day: str) -> None:
    """Next month's equal payment would be swallowed."""
    assert len(rows(run(files(tmp_path, BOUGHT, [card(day, "24.90")])))) == 2


def test_either_file_alone(tmp_path: Path) -> None:
    """Giving one file alone would change what it says."""
    paths = files(tmp_path, BOUGHT + RETURNED, [card("03-04", "24.90")])
    assert rows(run(paths[:1])) == [("Download.csv", -2490), ("Download.csv", 2490)]
    alone = run(paths[1:])
    assert rows(alone) == [("card.csv", 2490)]
    assert not [code for code in codes(alone) if code.startswith("funding.")]


def test_order_of_rows_and_files(tmp_path: Path) -> None:
    """The same files would tell another story when they are sorted another way."""
    service = [*BOUGHT, *RETURNED, *SENT, paypal("03/05", "-24.90", "P2")]
    statement = [card("03-04", "24.90"), card("03-06", "24.90"), card("03-24", "-24.90")]
    seen = set()
    for turn in range(3):
        one = service[turn:] + service[:turn]
        for two in itertools.permutations(statement):
            for paths in itertools.permutations(files(tmp_path, one, list(two))):
                found = run(list(paths))
                cases = tuple(map(tuple, found.cases["id"].to_frame().to_numpy()))
                seen.add((tuple(found.transactions["id"]), cases))
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("sent", "until", "as_of", "step"),
    [
        (False, "06-28", AS_OF, "look_paypal"),
        (True, "03-24", dt.date(2026, 3, 30), "wait_paypal"),
        # The day by which it arrives would be told long after that day.
        (True, "03-24", AS_OF, "add_export"),
        (True, "06-28", AS_OF, "ask_paypal"),
    ],
)
def test_refund_that_stopped(
    tmp_path: Path, sent: bool, until: str, as_of: dt.date, step: str
) -> None:
    """Money that lies at PayPal would be called missing, or back on the card."""
    service = BOUGHT + RETURNED + (SENT if sent else [])
    paths = files(tmp_path, service, [card("03-04", "24.90")])
    paths[1].write_text(paths[1].read_text("utf-8").replace("06-28", until), "utf-8")
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "order_id,order_date,currency,total,status,refund_amount,refund_date\n"
        "8001,2026-03-03,USD,24.90,refunded,24.90,2026-03-19\n",
        "utf-8",
    )
    for told in (None, orders):
        found = run(paths, told, as_of)
        case = found.cases.iloc[0]
        assert len(found.cases) == 1
        assert "explain.nothing_missing" not in {said.code for said in case["explanation"]}
        assert (case["verdict"], case["next_step"]) == ("refunded", step)
        assert case["charged"] == case["refunded"] == 2490
        for lang in LANGUAGES:
            texts = [render(message, lang) for message in case["explanation"]]
            assert any("PayPal" in text for text in texts)
            assert "PayPal" in render(case["next_text"], lang)
    assert rows(found) == [("Download.csv", -2490), ("Download.csv", 2490)]
    assert found.sources[1].duplicates == 1


def test_one_part_on_the_card_and_one_at_paypal(tmp_path: Path) -> None:
    """A part that lies at PayPal would be called a refund without a purchase."""
    parts = [
        paypal("03/20", "14.90", "R1", BACK, of="P1"),
        paypal("03/20", "-14.90", "W1", TO_CARD, of="R1"),
        paypal("03/28", "10.00", "R2", BACK, of="P1"),
    ]  # fmt: skip
    found = run(files(tmp_path, BOUGHT + parts, [card("03-04", "24.90"), card("03-24", "-14.90")]))
    assert rows(found) == [("Download.csv", -1000), ("card.csv", -1490), ("card.csv", 2490)]
    assert [reason.code for reason in found.unlinked["reason"]] == ["funding.look_paypal"]
    case = found.cases.iloc[0]
    assert (case["charged"], case["refunded"], case["confidence"]) == (2490, 1490, 1.0)


def test_paypal_says_what_was_refunded(tmp_path: Path) -> None:
    """PayPal's own number of the refunded payment would weigh less than a nearer equal amount."""
    two = [BOUGHT[0], paypal("03/17", "-24.90", "P2"), *RETURNED]
    found = run(files(tmp_path, two, [])[:1])
    book = found.transactions.set_index("id")
    case = found.cases.iloc[0]
    assert book.loc[case["charges"], "reference"].tolist() == ["P1"]
    assert case["confidence"] == 1.0


def test_conversion_by_paypal(tmp_path: Path) -> None:
    """A card company would be asked about rates that PayPal made."""
    lines = [
        BOUGHT[0], paypal("03/03", "3950", "D1", FROM_CARD, of="P1", currency="JPY"),
        RETURNED[0], paypal("03/20", "-3500", "W1", TO_CARD, of="R1", currency="JPY"),
    ]  # fmt: skip
    statement = [card("03-04", "3950", "PAYPAL", "JPY"), card("03-24", "-3500", "PAYPAL", "JPY")]
    found = run(files(tmp_path, lines, statement))
    case = found.cases.iloc[0]
    assert len(found.cases) == 1
    assert "funding.converted" in [message.code for message in case["evidence"]]
    assert case["next_step"] == "ask_paypal"
    assert "more should have come back" in render(case["next_text"], "en")
    told = " ".join(render(message, "en") for message in case["explanation"])
    assert "PayPal's margin" in told
    assert "card's" not in told
    assert found.cards.set_index("account").loc["…4417", "fee_source"] is None or pd.isna(
        found.cards.set_index("account").loc["…4417", "fee_source"]
    )
