"""Reports for others: nothing that names a person, an order or a sum, and the same findings."""

import json
import re
import time
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from click.testing import CliRunner
from tests import contract
from tests.fabricated import tables

from reconcile import merchants, redact
from reconcile.cli import main
from reconcile.report import json as report
from reconcile.tables import CAUSES
from reconcile.text import Ending, Message, render

KEY = b"a key for tests"
SECRET = "GREENLEAF GROCERY"
ORDER = "8123456789012345"
OTHER_ORDER = "3099887766554433"
STATEMENT = f"""Date,Description,Amount,Currency
2025-03-10,ALIEXPRESS.COM LONDON,20.37,USD
2025-03-12,{SECRET},77.41,USD
2025-04-02,ALIEXPRESS.COM LONDON,-20.37,USD
2025-04-20,ALIEXPRESS.COM LONDON,93.19,USD
2025-05-20,MADAM MIM BOOKS,13.13,USD
2025-06-20,Card transaction of 58.71 USD issued by Aliexpress ROBIN Locksley {OTHER_ORDER},58.71,USD
"""
ORDERS = f"""order_id,order_date,currency,total,status,refund_amount,refund_date
{ORDER},2025-04-19,USD,93.19,Refunded,93.19,2025-04-25
3041,2025-04-19,USD,LITTLE JOHN 93.19,Refunded,93.19,2025-04-25
"""


def test_identities_hold() -> None:
    """The causes of a shared report would not add up, and its reader would look for the error."""
    before, after = tables().cases, redact.redacted(tables(), KEY).cases
    causes = after[list(CAUSES)].sum(axis=1)
    assert causes.tolist() == after["shortfall"].tolist()
    assert (after["charged"] - after["refunded"]).tolist() == after["shortfall"].tolist()
    assert after["verdict"].tolist() == before["verdict"].tolist()
    assert (after["charged"] > before["charged"]).sum() > 3


def test_the_contract_holds() -> None:
    """A program that reads reports would stumble over a redacted one."""
    contract.check(json.loads(report.dumps(redact.redacted(tables(), KEY), "en")))


def test_a_card_in_a_letter_is_veiled() -> None:
    """A letter shown to others would tell the digits of the card."""
    whole = tables()
    account = str(whole.transactions["account"].iloc[0])
    letter = Message("report.as_is", {"text": Ending(account)})
    whole.cases["message"] = [letter] * len(whole.cases)
    assert render(letter, "ja") == account.removeprefix("…")
    told = {render(one, "ja") for one in redact.redacted(whole, KEY).cases["message"]}
    assert len(told) == 1
    assert told != {account.removeprefix("…")}


def test_pseudonyms_are_stable_and_secret() -> None:
    """Equal shops would look different, or two reports of one person could be laid side by side."""
    one, again = redact.redacted(tables(), KEY), redact.redacted(tables(), KEY)
    assert report.dumps(one, "en") == report.dumps(again, "en")
    assert report.dumps(redact.redacted(tables()), "en") != report.dumps(one, "en")
    assert not set(one.transactions["id"]) & set(tables().transactions["id"])


def test_a_long_statement_is_veiled_in_seconds() -> None:
    """A year of a shop's card, each row with a reference of its own, would take minutes."""
    whole = tables()
    book, many = whole.transactions, 30_000
    other = book[book["merchant"].isna()].iloc[[0] * many].assign(
        id=[f"{n:016x}" for n in range(many)], reference=[f"REF {n}" for n in range(many)],
        description=[f"{n} CORNER SHOP" for n in range(many)],
    )  # fmt: skip
    long = replace(whole, transactions=pd.concat([book, other], ignore_index=True))
    start = time.perf_counter()
    told = redact.redacted(long, KEY).transactions
    assert time.perf_counter() - start < 10
    assert told["reference"].nunique() >= many
    assert not told["description"].str.contains("CORNER").any()


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Everything that a redacted run prints and writes, as one text."""
    import openpyxl

    home = tmp_path_factory.mktemp("redact")
    (home / "visa-robin-9753.csv").write_text(STATEMENT, "utf-8")
    (home / "orders of robin.csv").write_text(ORDERS, "utf-8")
    out = home / "out"
    out.mkdir()
    done = CliRunner().invoke(main, [
        str(home / "visa-robin-9753.csv"), "--orders", str(home / "orders of robin.csv"),
        "--redact", "-v", "--all-rows", "--lang", "en", "--as-of", "2026-11-23",
        "-o", str(out / "r.xlsx"), "--json", str(out / "r.json"),
        "--html", str(out / "r.html"), "--calendar", str(out / "r.ics"),
        "--journal", str(out / "r.csv"), "--messages", str(out / "letters"),
    ])  # fmt: skip
    assert done.exit_code == 0, done.output
    text = done.output.replace(str(out), "")
    for path in sorted(out.rglob("*")):
        if path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path)
            text += "\n".join(str(c.value) for s in book for row in s.iter_rows() for c in row)
        elif path.is_file():
            text += path.read_text("utf-8")
    contract.check(json.loads((out / "r.json").read_text("utf-8")))
    return text


@pytest.mark.parametrize("secret", [
    SECRET, "MIM BOOKS", "LITTLE JOHN", ORDER, "9753", "robin", "ROBIN", "Locksley", OTHER_ORDER,
    "93.19", "20.37", "58.71",
])  # fmt: skip
def test_no_output_tells_a_secret(outputs: str, secret: str) -> None:
    """A report sent to a forum would tell where its owner shops, and for how much."""
    assert secret not in outputs


@pytest.mark.parametrize("note", [
    Message("crosscheck.sum", {"account": "…9753", "ours": "93.19", "theirs": "93.18"}),
    Message("guess.grouping", {"example": "9,319.00"}),
    Message("note.qif_accounts", {"names": ["Robin's card", "Marian's card"]}),
    Message("decision.no_case", {"file": "robin.csv", "count": 1, "cases": "a51f09c3d2b4"}),
    Message("fees.card_absent", {"card": "…9753"}),
    Message("guess.part_unread", {"reason": Message("error.layout_none", {
        "file": "robin.zip", "seen": "Marian",
    })}),
    Message("report.as_is", {"text": Message("rate_source.said_file", {
        "file": "robin.csv",
    })}),
])  # fmt: skip
def test_no_remark_tells_a_secret(note: Message) -> None:
    """What a remark quotes would name its owner, or give away the factor of all amounts."""
    told = redact.redacted(replace(tables(), notes=[note]), KEY).notes[0]
    secrets = re.compile(r"[Rr]obin|Marian|9753|93\.1|9,319|a51f")
    assert secrets.search(repr(note))
    assert not secrets.search(repr(told))


@pytest.mark.parametrize(("text", "told"), [
    ("ALIPAY*ALIEXPRESS.COM 8123456789012345 TARO YAMADA", "ALIPAY*ALIEXPRESS.COM …"),
    ("ALIEXPRESS.COM 3099887766554433 taro@example.com", "ALIEXPRESS.COM ….com"),
    ("Aliexpress.com, London 31.20 POUND STERLING", "Aliexpress.com, London … POUND STERLING"),
    ("ALIEXPRESS.COM利用国LUX", "ALIEXPRESS.COM利用国LUX"),
    ("アリエクスプレス　山田太郎", "アリエクスプレス …"),
])  # fmt: skip
def test_only_public_words_of_a_descriptor_stay(text: str, told: str) -> None:
    """A sum beside the merchant's name would give the factor away, and with it every sum."""
    assert merchants.shown(text) == told


def test_findings_stay(outputs: str) -> None:
    """A report without its findings would be of no use to whoever is asked for help."""
    assert "ALIEXPRESS.COM LONDON" in outputs
    assert "2025-04-20" in outputs
    assert re.search(r"merchant 1\b", outputs)


def test_the_factor_is_no_whole_number() -> None:
    """Amounts that share a divisor would give the factor, and with it every sum, away."""
    amounts = redact.redacted(tables(), KEY).transactions["amount"].abs().tolist()
    factors = {
        Decimal(a) / b for a, b in zip(amounts, tables().transactions["amount"].abs(), strict=True)
    }
    assert len(factors) > 5
    assert max(factors) - min(factors) < Decimal("0.001")
