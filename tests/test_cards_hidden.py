"""Card numbers in every place of a statement, looked for in every kind of output."""

import random
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from reconcile.cli import main

_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
FORMS = ("plain", "spaces", "dashes", "wide", "no check digit")


def card(chance: random.Random, valid: bool = True) -> str:
    """A number of 16 digits as cards have it, with or without a right check digit."""
    digits = [4, *(chance.randrange(10) for _ in range(14))]
    doubled = [sum(divmod(2 * d, 10)) if at % 2 == 0 else d for at, d in enumerate(digits)]
    last = (-sum(doubled)) % 10
    return "".join(map(str, digits)) + str(last if valid else (last + 5) % 10)


def shown(number: str, form: str) -> str:
    """The number as a statement prints it."""
    groups = [number[at : at + 4] for at in range(0, 16, 4)]
    if form == "spaces":
        return " ".join(groups)
    if form == "dashes":
        return "-".join(groups)
    return number.translate(_WIDE) if form == "wide" else number


@pytest.mark.parametrize("form", FORMS)
def test_no_output_shows_a_card(form: str, tmp_path: Path) -> None:
    """A card number would stand in a report that is sent to a shop, or in a log."""
    chance = random.Random(form)
    numbers = [card(chance, valid=form != "no check digit") for _ in range(4)]
    column, text, file, odd = (shown(number, form) for number in numbers)
    if form == "no check digit":
        # Without a check digit only a column that says so tells a card number.
        text = file = odd = "x"
    path = tmp_path / f"card {file}.csv"
    path.write_text(
        "Date,Description,Amount,Currency,Card number\n"
        f"2025-03-01,ALIEXPRESS.COM {text},20.37,USD,{column}\n"
        f"2025-03-20,ALIEXPRESS.COM {text},-10.00,USD,{column}\n"
        f"2025-03-21,SHOP,{odd} y,USD,{column}\n{odd},SHOP,1.00,USD,{column}\n",
        "utf-8",
    )
    (tmp_path / "orders.csv").write_text(
        "order_id,order_date,currency,total,status,refund_amount,refund_date\n"
        f"8123456789012345,2025-03-01,USD,20.37,Refunded,{odd},2025-03-05\n", "utf-8",
    )  # fmt: skip
    out = tmp_path / "out"
    out.mkdir()
    done = CliRunner().invoke(main, [
        str(path), "--orders", str(tmp_path / "orders.csv"), "-v", "--all-rows", "--lang", "en",
        "--as-of", "2026-11-23", "-o", str(out / "r.xlsx"), "--json", str(out / "r.json"), "--html",
        str(out / "r.html"), "--calendar", str(out / "r.ics"), "--journal", str(out / "r.csv"),
        "--messages", str(out / "letters"),
    ])  # fmt: skip
    assert done.exit_code == 0, done.output
    everything = done.output + done.stderr
    for written in sorted(out.rglob("*")):
        if written.suffix == ".xlsx":
            book = openpyxl.load_workbook(written)
            everything += "\n".join(
                str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row
            )
        elif written.is_file():
            everything += written.read_text("utf-8")
    plain = everything.translate(
        {ord(wide): str(n) for n, wide in enumerate("０１２３４５６７８９")}
    )
    joined = plain.replace(" ", "").replace("-", "").replace("\n", "")
    for number in numbers:
        assert number not in joined
        assert number[:12] not in joined
    assert f"…{numbers[0][-4:]}" in plain
