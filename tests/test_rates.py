"""Reference rates: the last fixing on or before a day, and that day with it."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile import rates
from reconcile.errors import InputError
from reconcile.rates import MAX_AGE_DAYS, RateTable, Series, ecb, from_csv, log_reference
from reconcile.text import LANGUAGES, say

DAYS = st.dates(dt.date(1998, 12, 20), dt.date(2027, 12, 31))
PAIRS = st.tuples(*[st.sampled_from(["EUR", "USD", "JPY", "GBP", "CHF", "PLN"])] * 2)


def one(table: RateTable, base: str, quote: str, day: str | dt.date) -> tuple[float, str]:
    """Rate and day of its fixing on one day."""
    found, fixing = table.lookup(base, quote, np.array([day], "datetime64[D]"))
    return float(found[0]), str(fixing[0])


def write(folder: Path, text: str) -> Path:
    """A rates file with this text."""
    path = folder / "rates.csv"
    path.write_text(text, "utf-8")
    return path


def test_known_fixings() -> None:
    """The rates in the report would not be those that the ECB publishes."""
    assert one(ecb(), "EUR", "USD", "1999-01-04") == (1.1789, "1999-01-04")
    assert one(ecb(), "EUR", "JPY", "1999-01-04") == (133.73, "1999-01-04")


def test_weekend_takes_friday() -> None:
    """A purchase on a Sunday would be judged by Monday's rate, which nobody knew then."""
    friday = one(ecb(), "USD", "JPY", "2025-06-20")
    assert friday[1] == "2025-06-20"
    assert one(ecb(), "USD", "JPY", "2025-06-21") == friday
    assert one(ecb(), "USD", "JPY", "2025-06-22") == friday
    assert one(ecb(), "USD", "JPY", "2025-06-23")[1] == "2025-06-23"


@given(PAIRS, DAYS)
def test_never_a_future_fixing(pair: tuple[str, str], day: dt.date) -> None:
    """A case would be explained by a rate from after the purchase, or by one long out of date."""
    rate, fixing = one(ecb(), *pair, day)
    if fixing == "NaT":
        assert np.isnan(rate)
        return
    age = (day - dt.date.fromisoformat(fixing)).days
    assert 0 <= age <= MAX_AGE_DAYS
    assert rate > 0


def test_outside_the_table() -> None:
    """Days before 1999 or after the last fixing would get a rate that does not exist."""
    last = ecb().last_day("USD", "JPY")
    assert last is not None
    end = dt.date.fromisoformat(str(last))
    assert one(ecb(), "USD", "JPY", end + dt.timedelta(MAX_AGE_DAYS))[1] == str(end)
    assert one(ecb(), "USD", "JPY", end + dt.timedelta(MAX_AGE_DAYS + 1))[1] == "NaT"
    assert one(ecb(), "USD", "JPY", "1998-12-31")[1] == "NaT"
    late = np.array([end + dt.timedelta(400), "1998-12-31", "NaT"], "datetime64[D]")
    _, fixing = ecb().lookup("USD", "JPY", late, stale=True)
    assert [str(day) for day in fixing] == [str(end), "NaT", "NaT"]


@given(PAIRS, DAYS)
def test_cross_rates(pair: tuple[str, str], day: dt.date) -> None:
    """Dollars to yen and yen to dollars would contradict each other."""
    base, quote = pair
    rate, fixing = one(ecb(), base, quote, day)
    back, same = one(ecb(), quote, base, day)
    assert fixing == same
    if fixing != "NaT" and base != quote:
        assert rate * back == pytest.approx(1, rel=1e-12)
        euro = one(ecb(), "EUR", quote, fixing)[0] / one(ecb(), "EUR", base, fixing)[0]
        assert rate == pytest.approx(euro, rel=1e-12)


def test_unknown_currency() -> None:
    """A currency without ECB rates would end the run instead of leaving the cause unknown."""
    assert not ecb().knows("KWD", "JPY")
    assert ecb().last_day("USD", "KWD") is None
    assert np.isnan(one(ecb(), "KWD", "USD", "2025-06-20")[0])


def test_own_rates(tmp_path: Path) -> None:
    """A user's own rates would be left unused, or used on other days than the file says."""
    text = (
        "\ufeffDate, Base,quote,rate,note\n2025-06-20,USD,JPY,145.32,x\n\n2025-06-18,USD,JPY,144,\n"
    )
    table = from_csv(write(tmp_path, text))
    assert table.source == "file"
    assert one(table, "USD", "JPY", "2025-06-19") == (144.0, "2025-06-18")
    assert one(table, "USD", "JPY", "2025-06-24") == (145.32, "2025-06-20")
    assert one(table, "USD", "JPY", "2025-06-17")[1] == "NaT"
    assert one(table, "USD", "JPY", "2025-06-27")[1] == "NaT"
    assert one(table, "JPY", "USD", "2025-06-20")[0] == pytest.approx(1 / 145.32)
    assert not table.knows("EUR", "USD")


def test_own_rates_both_ways(tmp_path: Path) -> None:
    """A file with both directions of a pair would have one silently replaced by the other."""
    text = "date,base,quote,rate\n2025-06-20,JPY,USD,0.006\n2025-06-20,USD,JPY,145\n"
    table = from_csv(write(tmp_path, text))
    assert one(table, "USD", "JPY", "2025-06-20")[0] == 145
    assert one(table, "JPY", "USD", "2025-06-20")[0] == 0.006


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("2025-06-31,USD,JPY,145", 2),
        ("20/06/2025,USD,JPY,145", 2),
        (",USD,JPY,145", 2),
        ("2025-06-20,USD,YEN,145", 2),
        ("2025-06-20,usd,JPY,145", 2),
        ("2025-06-20,USD,JPY,0", 2),
        ("2025-06-20,USD,JPY,-1", 2),
        ("2025-06-20,USD,JPY,inf", 2),
        ("2025-06-20,USD,JPY,nan", 2),
        ('2025-06-20,USD,JPY,"145,3"', 2),
        ("2025-06-20,USD,JPY", 2),
        ("2025-06-20,USD,JPY,145\n\n2025-06-21,USD,JPY,x", 4),
    ],
)
def test_bad_rate_lines(tmp_path: Path, line: str, number: int) -> None:
    """A typing error in the rates file would be used as a rate, or the wrong line be named."""
    with pytest.raises(InputError) as caught:
        from_csv(write(tmp_path, f"date,base,quote,rate\n{line}\n"))
    assert caught.value.code == "rates_row"
    assert caught.value.params["line"] == number


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("date,base,quote\n", "rate"),
        ("day,from,to,rate\n", "date, base, quote"),
        ("", "date, base, quote, rate"),
        ("date;base;quote;rate\n", "date, base, quote, rate"),
    ],
)
def test_missing_rate_columns(tmp_path: Path, text: str, missing: str) -> None:
    """A rates file without a needed column would end in a traceback, not name the column."""
    with pytest.raises(InputError) as caught:
        from_csv(write(tmp_path, text))
    assert caught.value.code == "rates_columns"
    assert caught.value.params["columns"] == missing


def test_rates_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A mistyped name of the rates file, or a folder, would end in a traceback."""
    (tmp_path / "latin.csv").write_bytes(b"date,base,quote,rate,n\xe4me\n")
    for path, code in (
        (tmp_path / "none.csv", "no_file"),
        (tmp_path, "not_a_file"),
        (tmp_path / "latin.csv", "rates_unreadable"),
    ):
        with pytest.raises(InputError) as caught:
            from_csv(path)
        assert caught.value.code == code
        for lang in LANGUAGES:
            assert str(path) in say(f"error.{code}", lang, **caught.value.params)


def test_empty_rates_file(tmp_path: Path) -> None:
    """A rates file with its header alone would end in a traceback."""
    table = from_csv(write(tmp_path, "date,base,quote,rate\n"))
    assert not table.knows("USD", "JPY")


def test_log_reference_knows_no_future() -> None:
    """A link would rest on rates from after the days on which the network can have converted."""
    day = np.array(["2025-06-20"], "datetime64[D]")
    asked: list[np.ndarray] = []
    table = RateTable("EUR", ecb().series, "ecb")
    real = table.lookup

    def watch(base: str, quote: str, days: np.ndarray, *, stale: bool = False) -> object:
        asked.append(days)
        return real(base, quote, days, stale=stale)

    table.lookup = watch  # type: ignore[method-assign, assignment]
    mean, variance = log_reference(table, "USD", "JPY", day, np.array([True]))
    before, same = (one(ecb(), "USD", "JPY", d)[0] for d in ("2025-06-19", "2025-06-20"))
    assert np.exp(mean[0]) == pytest.approx((before * same) ** 0.5)
    assert variance[0] >= 0
    assert max(asked[0]) <= day[0] + 3


def test_log_reference_widens_past_the_end() -> None:
    """Days past the table's end would be judged as surely as days inside it."""
    last = ecb().last_day("USD", "JPY")
    assert last is not None
    days = np.array([last + 10, last + 60], "datetime64[D]")
    mean, variance = log_reference(ecb(), "USD", "JPY", days, np.array([True, True]))
    assert mean[0] == mean[1]
    assert 0 < variance[0] < variance[1]
    assert log_reference(ecb(), "JPY", "JPY", days, np.array([True, True]))[0].tolist() == [0, 0]


def test_log_reference_of_a_file_with_two_days() -> None:
    """A rates file with just the days of a charge and its refund would give rates of no day."""
    day = rates.day_numbers(["2025-06-20", "2025-07-18"])
    table = RateTable("", {}, "file", {("TWD", "JPY"): Series(day, np.array([4.7, 4.56]))})
    asked = np.array(["2025-06-20", "2025-07-18"], "datetime64[D]")
    for booked in (True, False):
        mean, variance = log_reference(table, "TWD", "JPY", asked, np.full(2, booked))
        np.testing.assert_allclose(np.exp(mean), [4.7, 4.56])
        assert (variance < 1e-9).all()
    none, _ = log_reference(table, "TWD", "JPY", asked[:1] - 9, np.array([True]))
    assert np.isnan(none).all()


def test_importing_is_cheap() -> None:
    """Every run would read 7,000 fixings of 40 currencies although it needs two."""
    fresh = rates.ecb.__wrapped__()
    fresh.lookup("USD", "JPY", np.array(["2025-06-20"], "datetime64[D]"))
    assert isinstance(fresh.series, rates._Columns)
    assert sorted(fresh.series.made) == ["JPY", "USD"]
    assert len(fresh.series.rows) < 1500


@pytest.mark.parametrize(
    ("base", "quote", "day"),
    [("USD", "JPY", "1999-01-04"), ("RUB", "USD", "2026-10-01"), ("USD", "JPY", "2026-10-01")],
)
def test_a_part_of_the_table_answers_like_the_whole(base: str, quote: str, day: str) -> None:
    """Old statements, and currencies without a fixing for years, would have no rates."""
    part, whole = rates.ecb.__wrapped__(), rates._all_of_ecb()
    assert len(whole.complete()["USD"].day) > 5 * len(part.series["USD"].day)
    assert part.complete() is whole.series
    asked = np.array(["NaT", day], "datetime64[D]")
    for stale in (False, True):
        told, known = (one.lookup(base, quote, asked, stale=stale) for one in (part, whole))
        for mine, right in zip(told, known, strict=True):
            np.testing.assert_array_equal(mine, right)
    assert part.last_day(base, quote) == whole.last_day(base, quote) is not None
