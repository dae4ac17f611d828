"""Order lists in every known form: what is read, what is due, and which lines are refused."""

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from reconcile import order_formats, order_prices, order_rows, orders
from reconcile.cli import main
from reconcile.errors import InputError, SettingsError
from reconcile.text import LANGUAGES, render

SAMPLES = Path(__file__).parents[1] / "sample_statements" / "orders"


def read(name: str) -> orders.Orders:
    """A sample by its file name."""
    return orders.read(SAMPLES / name)


def row(found: orders.Orders, order: str) -> Any:
    """The row of an order."""
    return found.rows[found.rows["order_id"].eq(order)].iloc[0]


@pytest.mark.parametrize(
    ("name", "form", "count", "refused"),
    [
        ("orders-extension.csv", "extension-items", 5, [7]),
        ("orders-exporter.csv", "exporter-orders", 5, [6, 7]),
        ("orders-exporter-lines.csv", "exporter-lines", 2, [5]),
        ("orders-exporter-totals.tsv", "exporter-totals", 2, []),
        ("orders-backup.xlsx", "data-backup", 3, [6]),
        ("orders-list.csv", "list", 5, [7, 8]),
        ("orders-ja.csv", "list-ja", 4, []),
    ],
)
def test_every_form_is_read(name: str, form: str, count: int, refused: list[int]) -> None:
    """An export would be refused whole, or a bad line would take good ones with it."""
    found = read(name)
    assert found.form == form
    assert len(found.rows) == count
    assert [bad.line for bad in found.rejected] == refused
    for bad in found.rejected:
        assert all(render(bad.reason, lang) for lang in LANGUAGES)
    assert list(found.rows.columns) == list(order_rows.COLUMNS)
    for column, (dtype, _) in order_rows.COLUMNS.items():
        assert str(found.rows[column].dtype) == dtype, column


def test_a_japanese_list_is_read_like_the_english_one() -> None:
    """What a buyer in Japan writes down in Japanese would be refused."""
    found = read("orders-ja.csv").rows
    assert found["total"].tolist() == [3249, 8000, 1980, 1500]
    assert found["due"].tolist() == [3249, 4800, 0, 1500]
    assert found["order_date"].dt.day.tolist() == [4, 5, 6, 7]


def test_every_form_has_a_sample() -> None:
    """A form without a sample could break unseen."""
    seen = {read(path.name).form for path in SAMPLES.iterdir()}
    assert seen == {form.name for form in order_formats.formats()}


def test_items_of_one_order_are_added() -> None:
    """An order of several items would match no charge."""
    found = row(read("orders-extension.csv"), "3051000000010002")
    assert (found["total"], found["line"]) == (3 * 204 + 410, 3)
    # Only one item was cancelled, so only that one is due.
    assert (found["due"], found["known_due"]) == (410, True)


def test_repeated_totals_count_once() -> None:
    """An order of two items would seem to have cost twice its price."""
    assert row(read("orders-exporter-totals.tsv"), "3054000000040001")["total"] == 3249
    assert row(read("orders-exporter-lines.csv"), "3053000000030001")["total"] == 2707


def test_parts_of_a_parent_order_are_added() -> None:
    """The data backup lists parts; the charge is that of the whole."""
    found = read("orders-backup.xlsx")
    assert row(found, "3056000000060002")["total"] == 1022
    assert [note.code for note in found.notes] == ["orders.currency_assumed"]


def test_a_parent_with_its_own_line_is_not_added_to_its_parts() -> None:
    """An order would cost twice its price where the backup has a line for the whole as well."""
    form = next(form for form in order_formats.formats() if form.name == "data-backup")
    table = pd.DataFrame(
        [["1", "0", "900"], ["2", "1", "400"], ["3", "1", "500"]],
        columns=["order_id", "parent_orderid", "payable_amt"],
    ).assign(gmt_create_order_time="2026-05-04", order_status="FINISH")
    found = orders._collect(table, form, "x", pd.RangeIndex(2, 5).to_numpy())
    assert found.rows["total"].tolist() == [900]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("cents", ["1e30", "99999999999999999999", "inf", "12.5"])
def test_cents_that_are_no_amount_are_told(cents: str) -> None:
    """A number too large to count would become another one, and the order be called unpaid."""
    form = next(form for form in order_formats.formats() if form.name == "data-backup")
    table = pd.DataFrame({
        "order_id": ["1"], "parent_orderid": ["0"], "payable_amt": [cents],
        "gmt_create_order_time": ["2026-05-04"], "order_status": ["FINISH"],
    })  # fmt: skip
    found = orders._collect(table, form, "x", pd.RangeIndex(2, 3).to_numpy())
    assert [bad.reason.code for bad in found.rejected] == ["orders.amount"]


def test_other_columns_are_kept() -> None:
    """A remark in the list would be lost."""
    found = row(read("orders-list.csv"), "3055000000050001")
    assert found["extra"] == {"remark": "never shipped"}
    assert row(read("orders-extension.csv"), "3051000000010004")["extra"]["tags"] == "gift"


def test_what_is_due_follows_from_amount_and_status() -> None:
    """Money would be called due that is not, or the other way round."""
    found = read("orders-list.csv")
    due = dict(zip(found.rows["order_id"].fillna("-"), found.rows["due"], strict=True))
    assert due == {
        "3055000000050001": 3249, "3055000000050002": 4800, "3055000000050003": 0,
        "3055000000050004": 1500, "-": 1200,
    }  # fmt: skip
    assert row(found, "3055000000050001")["promised"] == pd.Timestamp("2026-05-20")
    assert row(found, "3055000000050004")["target"] == "wallet"
    # A partial refund without its amount tells nothing of what is due.
    part = row(read("orders-exporter.csv"), "3052000000020003")
    assert (part["due"], part["known_due"]) == (0, False)


@pytest.mark.parametrize(
    ("text", "column", "minor", "currency"),
    [
        ("US $120.95", None, 12095, "USD"),
        ("129,46zł", None, 12946, "PLN"),
        ("￥1,234", None, 1234, "JPY"),
        ("€1.234,56", None, 123456, "EUR"),
        ("EUR 1 234,56", None, 123456, "EUR"),
        ("1,234", "USD", 123400, "USD"),
        ("12.5", "USD", 1250, "USD"),
        ("￥12.50", "CNY", 1250, "CNY"),
        ("1,234.567", "KWD", 1234567, "KWD"),
        ("R$ 10,00", None, 1000, "BRL"),
    ],
)
def test_prices(text: str, column: str | None, minor: int, currency: str) -> None:
    """A price would be read a hundred times too high, or in another currency."""
    told = pd.Series([column], dtype="str")
    value, good, found = order_prices.read(pd.Series([text], dtype="str"), told)
    assert (int(value[0]), bool(good[0]), found[0]) == (minor, True, currency)


@pytest.mark.parametrize(
    ("text", "column"),
    [("$3.00", None), ("US $1.2x", "USD"), ("US $3.00", "EUR"), ("1,23,4", "USD"), ("", "USD"),
     ("12,3", "JPY"), ("3 or 4", "USD")],
)  # fmt: skip
def test_what_is_no_price_is_refused(text: str, column: str | None) -> None:
    """A damaged price would become a wrong sum without a word."""
    told = pd.Series([column], dtype="str")
    _, good, _ = order_prices.read(pd.Series([text], dtype="str"), told)
    assert not good[0]


def test_claims() -> None:
    """A shopper without an export could not say what should come back."""
    found = orders.expect(["2025-06-20 32.49 USD", "2025/06/21 JPY 4,845"])
    assert found.rows["due"].tolist() == found.rows["total"].tolist() == [3249, 4845]
    assert found.rows["order_id"].isna().all()
    for wrong in ("32.49 USD", "2025-06-20 32.49", "yesterday 3 USD", "2025-06-20 0 USD"):
        with pytest.raises(SettingsError) as caught:
            orders.expect([wrong])
        assert caught.value.params["value"] == wrong


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_template_can_be_read_back(tmp_path: Path, lang: str) -> None:
    """Who fills in the template would not know its words, or be told that it is no list."""
    path = tmp_path / "mine.csv"
    told = CliRunner().invoke(main, ["--orders-template", "--lang", lang]).stdout
    assert told.isascii() is (lang == "en")
    path.write_text(told, "utf-8")
    found = orders.read(path)
    assert found.rejected == []
    assert found.rows["state"].tolist() == ["refund_success", "refund_part", "finished"]
    assert found.rows["target"].iloc[0] == "card"
    assert found.rows["due"].tolist() == [3249, 4800, 0]
    assert found.rows["protection_until"].iloc[0] == pd.Timestamp(dt.date(2026, 8, 10))


def test_another_shop_is_named(tmp_path: Path) -> None:
    """Orders of a look-alike shop would be matched with AliExpress's charges."""
    path = tmp_path / "t.csv"
    path.write_text(
        '"Order ID","Item description at order time","Order time","Order total"\n'
        '"PO-1","Case","2025/01/02","15,20 zł"\n', "utf-8",
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        orders.read(path)
    assert (caught.value.code, caught.value.params["shop"]) == ("orders_foreign", "Temu")


def test_a_list_without_its_columns_is_refused(tmp_path: Path) -> None:
    """A list of something else would be read as an empty order list."""
    path = tmp_path / "t.csv"
    path.write_text("order_id,when\n1,2025-01-01\n", "utf-8")
    with pytest.raises(InputError) as caught:
        orders.read(path)
    assert caught.value.code == "orders_columns"
    assert caught.value.params["columns"] == "order_date, currency, total"


def test_real_exports(corpus: Path) -> None:
    """The extension's real export would not be read as its sample is."""
    found = orders.read(corpus / "orders/aliexpress/mypurchases_sample-orders.csv")
    assert found.rejected == []
    assert found.rows["total"].tolist() == [12095, 12946, 408, 1500, 850]
    assert found.rows["due"].tolist() == [0, 0, 0, 0, 850]
    with pytest.raises(InputError):
        orders.read(corpus / "orders/temu/mypurchases_sample-orders.csv")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Awaiting payment", "unpaid"), ("Awaiting shipment", "unshipped"),
        ("Shipped", "shipped"), ("Completed", "finished"), ("Cancelled", "cancelled"),
        ("Refund Success", "refund_success"), ("Refunded", "refund_success"),
        ("Refund Processing", "refund_processing"), ("Partially refunded", "refund_part"),
        ("In dispute", "dispute"), ("Cancellation requested", "cancel_requested"),
        ("Seller out of stock", "out_of_stock"), ("Fake tracking number", "fake_tracking"),
        ("Partial refund offer", "partial_offer"), ("在庫切れ", "out_of_stock"),
        ("返金済み", "refund_success"), ("返金処理中", "refund_processing"),
        ("IN_ISSUE", "dispute"), ("nonsense", None),
    ],
)  # fmt: skip
def test_statuses(status: str, state: str | None) -> None:
    """What a status says of a refund would be misread."""
    found = order_formats.state(pd.Series([status], dtype="str"))[0]
    assert (None if pd.isna(found) else found) == state
