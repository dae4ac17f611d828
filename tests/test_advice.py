"""Next steps, clocks, letters and calendar; the table of docs/advice.md is read and tried."""

import datetime as dt
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fabricated
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile import advice, clock, ics, messages, order_formats
from reconcile.advice import Situation
from reconcile.clock import Closing
from reconcile.tables import VERDICTS
from reconcile.text import LANGUAGES, Message, Money, codes, render, say

DOCS = Path(__file__).parents[1] / "docs" / "advice.md"
AS_OF = dt.date(2026, 11, 23)
YEN = Money(4845, "JPY", 0)
WHOLE = [(dt.date(2026, 1, 1), AS_OF)]
# Nothing came of an order that AliExpress says it has refunded; the statements cover everything.
MISSING = Situation(
    verdict="missing", as_of=AS_OF, amount=YEN, promised=Money(3249, "USD", 2), charged=YEN,
    charge_day=dt.date(2026, 8, 10), order="3041", state="refund_success", target="card",
    order_day=dt.date(2026, 8, 10), since=dt.date(2026, 10, 1), clock_ends=dt.date(2026, 10, 30),
    covered=WHOLE, account="…1234", currency="JPY", description="ALIPAY*ALIEXPRESS",
    countries=frozenset(("JP",)),
)  # fmt: skip
WAITING = MISSING._replace(
    verdict="waiting", since=dt.date(2026, 11, 12), clock_ends=dt.date(2026, 12, 11),
    covered=[(dt.date(2026, 1, 1), dt.date(2026, 12, 31))],
)  # fmt: skip
PART = MISSING._replace(verdict="partly_refunded", refunded=YEN, refund_day=dt.date(2026, 10, 2))
SHORT = PART._replace(verdict="short")
# Every step with a situation that leads to it, and the letter that goes with it.
STEPS: list[tuple[str, Situation, str | None]] = [
    ("none", PART._replace(verdict="refunded"), None),
    ("none", MISSING._replace(verdict="voided"), None),
    ("review", MISSING._replace(verdict="review"), None),
    ("wait", WAITING, None),
    ("wait_export", WAITING._replace(covered=WHOLE), None),
    ("add_export", MISSING._replace(verdict="waiting", covered=WHOLE[:0]), None),
    ("ask_seller_cancel",
     WAITING._replace(state="out_of_stock", since=dt.date(2026, 11, 20), clock_ends=None),
     "seller_cancel"),
    ("ask_seller_cancel",
     WAITING._replace(state="cancel_requested", since=dt.date(2026, 11, 20), clock_ends=None),
     "seller_cancel_requested"),
    ("open_dispute", WAITING._replace(state="cancel_requested", clock_ends=None),
     "aliexpress_cancel_requested"),
    ("open_dispute", WAITING._replace(state="out_of_stock", clock_ends=None),
     "aliexpress_cancel"),
    ("open_dispute", WAITING._replace(state="fake_tracking", clock_ends=None),
     "aliexpress_dispute"),
    ("check_offer", WAITING._replace(state="partial_offer", clock_ends=None), "seller_offer"),
    ("check_wallet", WAITING._replace(target="wallet"), "aliexpress_wallet"),
    ("check_wallet", MISSING._replace(target="bank"), "aliexpress_wallet"),
    ("contact_aliexpress", WAITING._replace(state="refund_processing"), "aliexpress_processing"),
    ("contact_aliexpress", MISSING._replace(state="refund_processing"), "aliexpress_processing"),
    ("contact_aliexpress", SHORT, "aliexpress_short"),
    ("contact_aliexpress",
     SHORT._replace(short_by="coupon", coupon=Money(300, "USD", 2)), "aliexpress_coupon"),
    ("find_charge", MISSING._replace(charge=False), None),
    ("find_charge", MISSING._replace(
        verdict="review", charge=False, unseen=True, state="refund_processing",
     ), None),
    ("check_card", MISSING._replace(expires=dt.date(2026, 9, 30)), "issuer_expired"),
    # Nothing was sent yet, or nobody says so: the card company cannot find it.
    ("contact_aliexpress",
     MISSING._replace(state="refund_processing", expires=dt.date(2026, 9, 30)),
     "aliexpress_processing"),
    ("refund_information", MISSING._replace(state=None, expires=dt.date(2026, 9, 30)),
     "aliexpress_missing"),
    ("paypal_dispute", MISSING._replace(target="paypal", expires=dt.date(2026, 9, 30)),
     "paypal_dispute"),
    ("paypal_dispute", MISSING._replace(target="paypal"), "paypal_dispute"),
    ("ask_issuer", MISSING, "issuer_refund"),
    ("ask_issuer", PART._replace(verdict="refunded", gap=YEN), "issuer_rate"),
    ("wait_booked", PART._replace(verdict="refunded", gap=YEN, pending=True), None),
    ("chargeback", MISSING._replace(since=dt.date(2026, 9, 1)), "issuer_chargeback"),
    ("refund_information", MISSING._replace(state="cancelled"), "aliexpress_missing"),
    ("refund_information", MISSING._replace(state=None), "aliexpress_missing"),
    ("check_part", PART, "seller_part"),
    ("refund_information", WAITING._replace(clock_ends=dt.date(2026, 11, 20)), None),
    ("follow_claim", WAITING._replace(state="dispute", clock_ends=None), None),
]  # fmt: skip


def entries() -> list[tuple[str, str]]:
    """(sort, code) of every entry in the first table of docs/advice.md."""
    table = DOCS.read_text("utf-8").split("## Clocks")[0]
    cells = [line.split("|")[2] for line in table.splitlines() if line.startswith("| ")][1:]
    found = [re.fullmatch(r"(\w+):(\w+)", word) for cell in cells for word in cell.split()]
    assert all(found)
    return [(match[1], match[2]) for match in found if match]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_statements_without_a_day_end_on_none(lang: str) -> None:
    """The advice would break off where the day of the last statement should stand."""
    step = advice.advise(WAITING._replace(covered=[]))
    assert step.code == "wait_export"
    assert step.text.code == "advice.wait_export_none"
    assert "{" not in render(step.text, lang)


@pytest.mark.parametrize(("sort", "code"), sorted(set(entries())))
def test_every_entry_of_the_table_is_there(sort: str, code: str) -> None:
    """The documentation would promise a rule or a letter that does not exist."""
    known = {
        "step": {row["code"] for row in clock.table()["step"]},
        "clock": set(clock.rules()),
        "check": {row["code"] for row in clock.table()["check"]},
        "state": {one.state for one in order_formats.statuses()},
        "verdict": set(VERDICTS),
    }
    texts = {name.split(".", 1)[1] for name in codes("en") if name.startswith(f"{sort}.")}
    assert code in known.get(sort, texts)


def test_the_table_leaves_nothing_out() -> None:
    """A rule or a letter would have no place in the guide it comes from."""
    found = set(entries())
    for row in clock.table()["step"]:
        assert ("step", row["code"]) in found
        assert "letter" not in row or ("message", row["letter"]) in found
    assert {code for sort, code in found if sort == "clock"} == set(clock.rules())
    states = {one.state for one in order_formats.statuses()}
    assert {code for sort, code in found if sort == "state"} == states
    checks = {row["code"] for row in clock.table()["check"]}
    assert {code for sort, code in found if sort == "check"} == checks
    assert {code for sort, code in found if sort == "verdict"} == set(VERDICTS)


def test_the_table_of_clocks_is_the_data() -> None:
    """The documentation would tell other days than the program counts."""
    table = DOCS.read_text("utf-8").split("## Clocks")[1].split("Business days")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    told = {row[0]: row[1:] for row in rows[1:]}
    for code, rule in clock.rules().items():
        unit = " business" if rule.unit == "business" else ""
        days = f"{rule.first}–{rule.last}{unit}"
        assert told[code] == [days, rule.start, rule.source, rule.strength]


@pytest.mark.parametrize(("code", "situation", "letter"), STEPS)
def test_the_step_follows_from_the_case(
    code: str, situation: Situation, letter: str | None
) -> None:
    """A buyer would be sent to the wrong place, or with the wrong words."""
    found = advice.advise(situation)
    assert (found.code, found.letter) == (code, letter)
    assert found.deadline is None or found.deadline >= AS_OF
    for lang in LANGUAGES:
        text = render(found.text, lang)
        assert text
        assert "{" not in text
        assert all(render(check, lang) for check in found.checklist)


DAYS = st.dates(dt.date(2025, 6, 1), dt.date(2027, 6, 1))
# `st.builds` would want a strategy for every field, those with defaults too.
SITUATIONS = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(VERDICTS),
        "as_of": DAYS,
        "since": st.none() | DAYS,
        "clock_ends": st.none() | DAYS,
        "order_day": st.none() | DAYS,
        "charge_day": st.none() | DAYS,
        "protection": st.none() | DAYS,
        "state": st.none() | st.sampled_from([one.state for one in order_formats.statuses()]),
        "target": st.none() | st.sampled_from(["card", "paypal", "wallet", "bank"]),
        "charge": st.booleans(),
        "covered": st.lists(st.tuples(DAYS, DAYS).map(sorted).map(tuple), max_size=2),  # type: ignore[arg-type]
        "closing": st.none() | st.builds(Closing, st.integers(1, 31), st.integers(1, 31)),
        "expires": st.none() | DAYS,
    }
).map(lambda facts: Situation(**facts))


@given(SITUATIONS)
def test_nobody_is_told_to_wait_until_a_day_that_is_past(situation: Situation) -> None:
    """A buyer would be told to wait until last week, or until no day at all."""
    found = advice.advise(situation)
    assert found.deadline is None or found.deadline >= situation.as_of
    if found.code in ("wait", "wait_export"):
        assert situation.clock_ends is not None
        assert situation.clock_ends >= situation.as_of


def test_every_step_is_reached() -> None:
    """A step that no case leads to would be advice that nobody gets."""
    steps = {(row["code"], row.get("letter")) for row in clock.table()["step"]}
    assert {(code, letter) for code, _, letter in STEPS} == steps


@pytest.mark.parametrize(
    ("situation", "deadline"),
    [
        (MISSING, dt.date(2027, 1, 29)),
        (WAITING, dt.date(2026, 12, 11)),
        (MISSING._replace(target="paypal"), dt.date(2027, 2, 6)),
        (WAITING._replace(state="fake_tracking", protection=dt.date(2026, 11, 30)),
         dt.date(2026, 11, 30)),
        (SHORT._replace(protection=dt.date(2026, 12, 1)), dt.date(2026, 12, 1)),
        (SHORT, dt.date(2027, 1, 29)),
        # AliExpress hears of nothing once Buyer Protection has ended; the card company may.
        (WAITING._replace(state="refund_processing", protection=dt.date(2026, 11, 30)),
         dt.date(2026, 11, 30)),
        (WAITING._replace(state="refund_processing"), dt.date(2027, 3, 12)),
        # Between the first and the last day on which it may end there is still time.
        (WAITING._replace(state="refund_processing", order_day=dt.date(2026, 9, 14)),
         dt.date(2026, 12, 13)),
        # A wallet knows no chargeback.
        (WAITING._replace(target="wallet", order_day=dt.date(2026, 10, 1)),
         dt.date(2026, 11, 30)),
        (WAITING._replace(target="wallet"), None),
        # What is over is no deadline; the sentence says so.
        (PART, None),
    ],
)  # fmt: skip
def test_deadlines(situation: Situation, deadline: dt.date | None) -> None:
    """A buyer would miss the last day, or be told of one that is long past."""
    found = advice.advise(situation)
    assert found.deadline == deadline
    if deadline is None:
        assert "try all the same" in render(found.text, "en")


def test_what_is_said_of_a_protection_that_has_ended() -> None:
    """Its usual end would be told as certain, and as the end of a dispute that is open."""
    late = PART._replace(as_of=dt.date(2029, 1, 1))
    assert "unless it was extended" in render(advice.advise(late).text, "en")
    told = advice.advise(late._replace(protection=dt.date(2026, 11, 30)))
    assert "Buyer Protection, until 30 Nov 2026, is over" in render(told.text, "en")
    dispute = WAITING._replace(state="dispute", clock_ends=None)
    assert advice.advise(dispute).code == "follow_claim"
    for day, said in ((dispute.as_of, "does not end before"), (late.as_of, "until it says")):
        now = dispute._replace(as_of=day, order_day=dispute.as_of)
        text = render(advice.advise(now).text, "en")
        assert said in text
        assert "try all the same" not in text


def test_steps_follow_the_clocks() -> None:
    """A step would be told on other days than its clock says."""
    days = {row["code"]: row["days"] for row in clock.table()["step"] if "days" in row}
    rules = clock.rules()
    assert days["chargeback"] == [rules["issuer_lag"].last + 1, rules["chargeback"].last]
    assert days["contact_aliexpress"][0] == rules["processing"].last + 1
    for lang, until in (("en", "within {} days"), ("ja", "{} 日以内")):
        said = say("advice.paypal_dispute", lang, amount="", more="")
        assert until.format(rules["paypal_escalate"].last) in said


def test_every_deadline_has_a_clock() -> None:
    """A step would count to a day that no source tells."""
    kinds = {row["deadline"] for row in clock.table()["step"]}
    assert kinds - {"none", "clock", "protection_or_chargeback"} <= set(clock.rules())


def test_business_days_leave_out_bank_holidays() -> None:
    """A refund over New Year would be called late although Japan's banks were closed."""
    since = dt.date(2025, 12, 15)
    assert advice.clock_end(since) == dt.date(2026, 1, 12)
    # 31 December to 3 January and 12 January are closed.
    assert advice.clock_end(since, frozenset(("JP",))) == dt.date(2026, 1, 16)
    assert clock.country("JPY") == "JP"
    assert clock.country("EUR") is None


@given(
    since=st.dates(dt.date(2010, 1, 1), dt.date(2035, 1, 1)),
    countries=st.frozensets(st.sampled_from(["JP", "US", "GB", "XX"])),
)
def test_a_clock_never_ends_early(since: dt.date, countries: frozenset[str]) -> None:
    """A refund within its 20 business days would be called missing."""
    first, last = clock.span("refund", since, countries)
    assert since < first < last
    assert (last - since).days >= 26
    assert last.weekday() < 5


@pytest.mark.parametrize(
    ("since", "ends", "as_of", "covered", "late"),
    [
        ("2026-10-01", "2026-10-30", "2026-11-23", [("2026-09-01", "2026-10-30")], True),
        ("2026-10-01", "2026-10-30", "2026-10-30", [("2026-09-01", "2026-12-30")], False),
        ("2026-10-01", "2026-10-30", "2026-11-23", [("2026-09-01", "2026-10-29")], False),
        ("2026-10-01", "2026-10-30", "2026-11-23", [("2026-10-02", "2026-11-29")], False),
        ("2026-10-01", "2026-10-30", "2026-11-23",
         [("2026-09-01", "2026-10-10"), ("2026-10-20", "2026-11-30")], False),
    ],
)  # fmt: skip
def test_missing_needs_the_whole_clock_covered(
    since: str, ends: str, as_of: str, covered: list[tuple[str, str]], late: bool
) -> None:
    """Money would be called missing that stands in an export which is not there."""
    day = dt.date.fromisoformat
    spans = [(day(a), day(b)) for a, b in covered]
    assert advice.overdue(day(since), day(ends), day(as_of), spans) is late


def test_the_export_to_add_is_named() -> None:
    """A buyer would be told to add an export without being told which."""
    holes = [(dt.date(2026, 9, 1), dt.date(2026, 10, 10)), (dt.date(2026, 10, 20), AS_OF)]
    found = advice.advise(MISSING._replace(verdict="waiting", covered=holes))
    text = render(found.text, "en")
    assert "…1234 from 11 Oct 2026 to 19 Oct 2026" in text
    assert "30 Oct 2026" in text


@pytest.mark.parametrize(
    ("day", "closing", "closes", "paid"),
    [
        ("2026-11-15", Closing(15, 10), "2026-11-15", "2026-12-10"),
        ("2026-11-16", Closing(15, 10), "2026-12-15", "2027-01-10"),
        ("2026-02-10", Closing(31, 27), "2026-02-28", "2026-03-27"),
        ("2026-11-30", Closing(31, 4, 2), "2026-11-30", "2027-01-04"),
    ],
)
def test_the_statement_of_a_day(day: str, closing: Closing, closes: str, paid: str) -> None:
    """A refund would be looked for on the wrong bill."""
    found = clock.statement(dt.date.fromisoformat(day), closing)
    assert [each.isoformat() for each in found] == [closes, paid]


def test_the_statement_is_said() -> None:
    """A buyer who is offset next month would think that the money is lost."""
    text = render(advice.advise(WAITING._replace(closing=Closing(31, 27))).text, "en")
    assert "it is on the statement paid on 27 Dec 2026" in text
    assert "closes on 31 Dec 2026 and is paid on 27 Jan 2027" in text
    late = WAITING._replace(closing=Closing(15, 10), as_of=dt.date(2026, 12, 1))
    text = render(advice.advise(late).text, "en")
    assert "on the statement that closes on 15 Dec 2026 and is paid on 10 Jan 2027" in text


def test_buyer_protection_is_said_as_a_range_unless_told() -> None:
    """A claim would be raised after AliExpress stopped taking it."""
    waiting = WAITING._replace(state="out_of_stock", order_day=dt.date(2026, 10, 1))
    text = render(advice.advise(waiting).text, "en")
    assert "between 30 Nov 2026 and 30 Dec 2026" in text
    told = waiting._replace(protection=dt.date(2026, 12, 8))
    assert "ends on 8 Dec 2026" in render(advice.advise(told).text, "en")


def test_a_gap_in_the_rates_is_named() -> None:
    """A buyer would be sent to the card company without knowing what to ask about."""
    found = advice.advise(PART._replace(verdict="refunded", gap=Money(159, "JPY", 0)))
    assert "¥159 more" in render(found.text, "en")
    assert "159円" in render(found.text, "ja")
    assert found.checklist == ()


def test_the_checklist_is_filled_in() -> None:
    """A buyer would be asked what the order list already answers."""

    def answers(s: Situation) -> dict[str, str]:
        said = [check.code.removeprefix("checklist.") for check in advice.checklist(s)]
        return {name: answer for name, _, answer in (code.rpartition("_") for code in said)}

    found = answers(MISSING)
    assert found["refund_information"] == found["wallet"] == found["statement_end"] == "yes"
    assert found["card_expired"] == found["debit_negative"] == "open"
    found = answers(MISSING._replace(state="refund_processing", target="wallet"))
    assert found["refund_information"] == found["wallet"] == "no"
    found = answers(MISSING._replace(state="cancel_requested", expires=dt.date(2027, 1, 31)))
    assert (found["cancel_accepted"], found["card_expired"]) == ("no", "yes")
    found = answers(SHORT._replace(short_by="shipping"))
    assert found["shipping"] == "no"


@pytest.mark.parametrize(
    ("expires", "answer"),
    [("2026-11-22", "no"), ("2026-11-23", "soon"), ("2026-12-10", "soon"), ("2026-12-11", "yes")],
)
def test_a_card_has_expired_when_its_day_is_over(expires: str, answer: str) -> None:
    """A buyer would be told that a card is good which expired last month, or the other way."""
    day = dt.date.fromisoformat(expires)
    checks = {check.code: check for check in advice.checklist(WAITING._replace(expires=day))}
    assert f"{day.day} {day:%b %Y}" in render(checks[f"checklist.card_expired_{answer}"], "en")
    # A clock that was over before the card's end leaves the card expired all the same.
    over = MISSING._replace(clock_ends=dt.date(2026, 10, 30), expires=dt.date(2026, 10, 31))
    assert any(check.code == "checklist.card_expired_no" for check in advice.checklist(over))


def test_an_expired_card_is_said_where_aliexpress_is_asked_first() -> None:
    """A buyer would wait for AliExpress alone while the money bounces."""
    expired = MISSING._replace(state="refund_processing", expires=dt.date(2026, 9, 30))
    assert "…1234 expired on 30 Sep 2026" in render(advice.advise(expired).text, "en")
    assert "expired" not in render(advice.advise(MISSING._replace(state=None)).text, "en")


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        (MISSING, "chargeback by the card company is usually possible until 29 Jan 2027"),
        (MISSING._replace(target="paypal"), "PayPal takes disputes until 6 Feb 2027"),
        (WAITING._replace(state="out_of_stock", since=dt.date(2026, 11, 20), clock_ends=None,
                          order_day=dt.date(2026, 11, 20)),
         "not cancelled by 27 Nov 2026"),
    ],
)  # fmt: skip
def test_a_deadline_says_what_it_is_for(situation: Situation, said: str) -> None:
    """A buyer would take the last day of a chargeback for that of Buyer Protection."""
    found = advice.advise(situation)
    assert said in render(found.text, "en")
    assert found.deadline is not None
    assert f"{found.deadline.day} {found.deadline:%b %Y}" in said


@pytest.mark.parametrize(("code", "situation", "letter"), [s for s in STEPS if s[2]])
def test_letters_are_filled_in(code: str, situation: Situation, letter: str) -> None:
    """A letter would go out with a gap, or without the order number."""
    found = messages.letter(advice.advise(situation), situation)
    assert found is not None
    text = render(found, "en")
    assert text == render(found, "ja")
    assert "{" not in text
    assert "(…)" not in text
    assert "（……）" not in text
    japanese = bool(re.search(r"[ぁ-ん]", text))
    assert japanese is letter.startswith("issuer")
    assert letter in ("issuer_expired", "issuer_rate") or "3041" in text
    assert not re.search(r"^Hello,\n\n[a-z]", text)
    assert not japanese or ("よろしくお願いいたします" in text and "末尾1234のカード" in text)


def test_letters_to_issuers_abroad_are_english() -> None:
    """An American bank would get a letter in Japanese."""
    abroad = MISSING._replace(currency="USD", countries=frozenset(("US",)))
    found = messages.letter(advice.advise(abroad), abroad)
    assert found is not None
    assert "Could you check" in render(found, "ja")


def test_letters_name_what_the_merchant_sent() -> None:
    """A bank's fee row in the sum would be a refund that nobody finds."""
    dollars = {"amount": Money(5356, "USD", 2), "charged": Money(5200, "USD", 2)}
    abroad = MISSING._replace(
        **dollars, promised=Money(5200, "USD", 2), currency="USD", countries=frozenset(("US",))
    )
    for since in (MISSING.since, dt.date(2026, 9, 1)):
        found = abroad._replace(since=since)
        letter = messages.letter(advice.advise(found), found)
        assert letter is not None
        assert "$53.56" not in render(letter, "en")
        assert "$52.00" in render(letter, "en")
    # In another currency the bill's own amount helps the issuer to find it.
    letter = messages.letter(advice.advise(MISSING), MISSING)
    assert letter is not None
    assert "4,845円（$32.49）" in render(letter, "ja")


def test_a_label_of_a_guessed_layout_is_shown_to_nobody() -> None:
    """A bank would be asked about a card that it does not have."""
    for situation in (MISSING, WAITING._replace(covered=WHOLE)):
        nameless = situation._replace(account="guessed-7b1d")
        found = advice.advise(nameless)
        letter = messages.letter(found, nameless)
        assert "guessed" not in render(found.text, "en")
        assert letter is None or "guessed" not in render(letter, "en")


@pytest.mark.parametrize("state", ["cancel_requested", "fake_tracking"])
@pytest.mark.parametrize("since", [dt.date(2026, 11, 20), dt.date(2026, 11, 1)])
def test_no_reason_is_given_that_no_data_tell(state: str, since: dt.date) -> None:
    """A buyer would send AliExpress a reason that is not true."""
    situation = WAITING._replace(state=state, since=since, clock_ends=None)
    found = advice.advise(situation)
    letter = messages.letter(found, situation)
    assert letter is not None
    for text in (letter, found.text):
        assert "out of stock" not in render(text, "en").lower()
    for text in (letter.params["text"].message, found.text):
        assert "在庫切れ" not in render(text, "ja")


def test_looking_has_no_last_day() -> None:
    """A buyer would wait with a look until the last day of what has to follow it."""
    found = advice.advise(MISSING._replace(state=None))
    assert found.code == "refund_information"
    assert "A chargeback by the card company is usually possible until" in render(found.text, "en")
    late = MISSING._replace(state=None, since=dt.date(2026, 3, 1))
    assert "deadline for a chargeback" in render(advice.advise(late).text, "en")


def test_a_doubtful_pair_without_rivals_is_no_choice_of_two() -> None:
    """The user would look for another reading that is not there."""
    review = MISSING._replace(verdict="review")
    assert "Other readings" not in render(advice.advise(review).text, "en")
    assert "Other readings" in render(advice.advise(review._replace(rivals=True)).text, "en")


def test_file_names_are_safe() -> None:
    """An order number with a slash would write outside the folder."""
    name = messages.file_name("ab12", "ask_issuer", ["../../etc/passwd\n" + "9" * 300])
    assert re.fullmatch(r"[A-Za-z0-9-]+\.txt", name)
    assert len(name) < 120
    assert messages.file_name("ab12", "wait", []) == "wait-ab12.txt"


def test_texts_are_written(tmp_path: Path) -> None:
    """`--messages` would leave out a case that needs its buyer."""
    tables = fabricated.tables("en")
    written: dict[str, str] = {}
    paths = messages.write(
        tables, tmp_path / "new", "en",
        lambda path, data: written.update({path.name: data.decode()}),
    )  # fmt: skip
    acting = ~tables.cases["next_step"].isin(["none", "wait", "wait_export", "review"])
    assert len(paths) == len(written) == acting.sum()
    assert any("What to do:" in text and "By: " in text for text in written.values())


SENT = Money(3200, "USD", 2)


@pytest.mark.parametrize(
    ("situation", "english", "japanese"),
    [
        (SHORT._replace(promised=Money(4800, "USD", 2), paid=Money(8000, "USD", 2), returned=SENT),
         "$16.00 of $48.00 (¥4,845 as billed by my card) has not come",
         "$48.00のうち$16.00（カードの請求額で4,845円相当）がまだ届いていません"),
        (SHORT, "¥4,845 of what is due (as billed by my card) has not come",
         "返金されるはずの額のうち、4,845円相当がまだ届いていません"),
        (SHORT._replace(amount=Money(1640, "USD", 2), promised=Money(4800, "USD", 2),
                        refunded=SENT),
         "$16.00 of $48.00 has not come", "$48.00のうち$16.00がまだ届いていません"),
        (SHORT._replace(amount=Money(1640, "USD", 2), promised=Money(4800, "USD", 2)),
         "about $16.40 of $48.00 has not come", "$48.00のうち約$16.40がまだ届いていません"),
    ],
)  # fmt: skip
def test_the_shop_is_told_what_is_missing_in_its_own_money(
    situation: Situation, english: str, japanese: str
) -> None:
    """AliExpress would be asked for yen it knows nothing of, or for money that has come."""
    found = messages.letter(advice.advise(situation), situation)
    assert found is not None
    assert english in render(found, "en")
    assert japanese in render(found.params["text"].message, "ja")


def test_the_rest_is_asked_about_before_it_is_asked_for() -> None:
    """A buyer would claim that items were not sent, which nobody knows."""
    found = messages.letter(advice.advise(PART), PART)
    assert found is not None
    text = render(found, "en")
    assert "Are there items of this order that were not sent" in text
    assert "that you did not send" not in text
    assert "ありますか" in render(found.params["text"].message, "ja")
    own = PART._replace(paid=Money(3249, "USD", 2), returned=Money(2166, "USD", 2))
    found = messages.letter(advice.advise(own), own)
    assert found is not None
    assert "¥4,845 ($32.49)" in render(found, "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_letter_lacks_is_said(lang: str) -> None:
    """A seller would get a letter about order "(order number)"."""
    nameless = PART._replace(order=None)
    found = advice.advise(nameless)
    letter = messages.letter(found, nameless)
    assert letter is not None
    step = render(messages.step(found.text, letter), lang)
    assert "(order number)" in step
    # Who reads no English is told what the words to look for mean.
    assert ("「(order number)」（注文番号）" in step) == (lang == "ja")
    assert "（空欄）" not in step
    own = render(letter.params["text"].message, "ja")
    assert "（注文番号）" in own
    assert "order number" not in own
    assert messages.step(found.text, None) == found.text
    known = messages.letter(found, PART)
    assert messages.step(found.text, known) == found.text


def test_a_letter_names_the_sum_of_several_days() -> None:
    """An issuer would look for the whole sum on each of the days."""
    days = Message("explain.days_2", {"day1": dt.date(2026, 10, 2), "day2": dt.date(2026, 10, 5)})
    several = PART._replace(verdict="refunded", gap=YEN, refund_day=days)
    found = messages.letter(advice.advise(several), several)
    assert found is not None
    told = render(found.params["text"].message, "ja")
    assert "10月2日と2026年10月5日に、合わせて4,845円の返金" in told


def test_the_day_of_an_order_is_no_promise() -> None:
    """AliExpress would be held to a promise that it gave on another day."""
    undated = MISSING._replace(state="refund_processing", dated=False)
    found = messages.letter(advice.advise(undated), undated)
    assert found is not None
    assert "was promised on (…)" in render(found, "en")


def test_a_letter_can_be_read_by_who_sends_it() -> None:
    """A Japanese buyer would send English words without knowing what they say."""
    advised = advice.advise(SHORT)
    case = SimpleNamespace(
        explanation=[], next_text=advised.text, deadline=None, next_step=advised.code,
        message=messages.letter(advised, SHORT), checklist=[],
    )  # fmt: skip
    shown = messages.sheet(case, "ja")
    assert "Human agent, please." in shown
    assert "文面の内容（日本語訳）" in shown
    assert "担当者" in shown.split("日本語訳")[1]
    assert "What it says" not in messages.sheet(case, "en")


def calendar(lang: str = "en") -> bytes:
    """A calendar of three cases."""
    tables = fabricated.tables(lang)
    steps = {"check_partial": "check_part", "ask_aliexpress": "contact_aliexpress"}
    tables.cases["next_step"] = tables.cases["next_step"].replace(steps)
    return ics.calendar(tables, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_calendar_keeps_to_the_standard(lang: str) -> None:
    """A calendar program would refuse the file (RFC 5545, 3.1 and 3.6)."""
    data = calendar(lang)
    assert data.endswith(b"END:VCALENDAR\r\n")
    lines = data.split(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    # Folding never cuts a character in two.
    assert all(line.decode("utf-8") is not None for line in lines)
    whole = data.replace(b"\r\n ", b"").decode()
    assert whole.count("BEGIN:VEVENT") == whole.count("END:VEVENT") == 3
    for name in ("UID", "DTSTAMP", "DTSTART;VALUE=DATE", "SUMMARY"):
        assert len(re.findall(rf"^{name}:\S", whole, re.MULTILINE)) == 3
    assert "DTSTAMP:20261123T000000Z" in whole
    assert data == calendar(lang)


@given(text=st.text(max_size=300))
def test_calendar_text_comes_back(text: str) -> None:
    """A sentence with commas or line breaks would end its event."""
    plain = ics.escape(text)
    line = ics.fold("SUMMARY:" + plain) if plain.isprintable() else ics.fold("SUMMARY:x")
    assert all(len(part) <= 75 for part in line.split(b"\r\n"))
    assert "\n" not in plain
    assert not re.search(r"(?<!\\)(?:\\\\)*[,;]", plain)


def test_every_message_exists_in_both_languages() -> None:
    """A reader of Japanese would get an English sentence, or none."""
    for group in ("advice", "message", "checklist", "orders"):
        names: list[Any] = [
            {name for name in codes(lang) if name.startswith(f"{group}.")} for lang in LANGUAGES
        ]
        assert names[0] == names[1]
    steps = {row["code"] for row in clock.table()["step"]}
    for code in steps:
        assert f"advice.{code}" in codes("en")
        assert f"advice.title_{code}" in codes("en")
