"""Weekdays, Japanese eras and months in full beside the days of statements without a layout."""

import time
from pathlib import Path

import pytest
from reading import days

from reconcile.readers import day_texts


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2025/09/29（月）", "2025/10/03（金）"),
        ("2025年9月29日(月)", "2025年10月3日(金)"),
        ("2025/09/29(月) 10:33", "2025/10/03(金) 9:05"),
        ("2025.09.29 월요일", "2025.10.03 금요일"),
        ("2025-09-29 星期一", "2025-10-03 星期五"),
        ("2025-09-29 (Mon)", "2025-10-03 (Fri)"),
        ("Mo., 29.09.2025", "Fr., 03.10.2025"),
        ("Montag, 29. September 2025", "Freitag, 3. Oktober 2025"),
        ("lun. 29 sept. 2025", "ven. 3 oct. 2025"),
        ("Mon, 29 Sep 2025", "Fri, 3 Oct 2025"),
        ("Mon, Sep 29, 2025", "Fri, Oct 3, 2025"),
        ("29/09/2025 lun", "03/10/2025 vie"),
        ("пн, 29.09.2025", "пт, 03.10.2025"),
        ("令和7年9月29日", "令和7年10月3日"),
        ("R07.09.29", "R07.10.03"),
        ("R7/9/29", "R7/10/3"),
    ],
)
def test_weekdays_and_eras_are_read(first: str, second: str, tmp_path: Path) -> None:
    """Statements that print the weekday, or an era's year, would be refused row by row."""
    content = f'Date;Text;Amount\n"{first}";BOB;-12,00\n"{second}";ALI;-26,81\n'
    assert days(tmp_path, content) == ["2025-09-29", "2025-10-03"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("09/29(月)", "10/03(金)"),
        ("9月29日(月) 10:33", "10月3日(金) 9:05"),
        ("9月29日(月)", "10月3日(金)"),
        ("29 September", "3 October"),
    ],
)
def test_days_without_a_year_have_weekdays_too(first: str, second: str, tmp_path: Path) -> None:
    """A page of an account program, pasted into a file, would not be read."""
    content = f"2025/09/01 - 2025/10/31\nDate;Text;Amount\n{first};BOB;-12,00\n{second};ALI;-9,10\n"
    assert days(tmp_path, content) == ["2025-09-29", "2025-10-03"]


@pytest.mark.parametrize(
    "text",
    ["Mar 13, 2025", "12 mar", "mar 12", "6月28日", "(仮)2025/06/28", "R2 12.50", "10 May 2025"],
)
def test_what_is_no_weekday_stays(text: str) -> None:
    """March would be lost as a Tuesday, and a provisional day be taken for a booked one."""
    assert day_texts.text_tidied(text) == text


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("H31.4.1", "2019.4.1"),
        ("令和元年5月8日", "2019年5月8日"),
        ("平成30年1月2日", "2018年1月2日"),
    ],
)
def test_eras_count_from_their_first_year(text: str, day: str) -> None:
    """A row would lie one or thirty years off."""
    assert day_texts.text_tidied(text) == day


def test_blanks_do_not_slow_the_search_for_weekdays() -> None:
    """A cell full of blanks would take minutes."""
    text = "1" + " " * 100_000 + "(x)"
    started = time.perf_counter()
    assert day_texts.text_tidied(text) == text
    assert time.perf_counter() - started < 5
