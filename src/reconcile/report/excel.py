"""The Excel report: one workbook, eight sheets, no macro, no link to the outside.

The same tables give the same bytes: no clock is read, and the archive carries fixed times.
"""

import csv
import datetime as dt
import io
from pathlib import Path

from openpyxl.workbook import Workbook
from openpyxl.writer.excel import ExcelWriter

from reconcile import text
from reconcile.report import excel_lists, excel_sheets, excel_summary, excel_time, json
from reconcile.report.digest import spreadsheet_safe, stories
from reconcile.report.excel_rows import Archive
from reconcile.report.excel_style import Pen
from reconcile.tables import Tables

_BEYOND = (
    "transaction_date", "posted_date", "description", "amount", "currency", "kind", "status",
    "original_amount", "conversion_rate", "conversion_date", "fee_amount", "account", "file",
    "line", "merchant", "reference", "id",
)  # fmt: skip


def write(
    tables: Tables, path: Path, lang: str, all_rows: bool = False, rest: str = "transactions.csv"
) -> None:
    """Write the workbook to `path` in `lang` (`en` or `ja`), replacing what is there.

    The Transactions sheet holds the AliExpress rows and all rows of cases; with `all_rows` every
    row. Rows beyond what a sheet holds are those of `beyond`, and the workbook says that they
    stand in the file `rest`. Raises OSError when the file cannot be written.
    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    told = stories(tables)
    pen = Pen(workbook, lang)
    book = excel_sheets.Book(workbook, tables, told, pen, all_rows, rest)
    excel_summary.summary(book)
    excel_sheets.todo(book)
    excel_sheets.refunds(book)
    excel_time.timeline(book)
    excel_lists.transactions(book)
    excel_time.rates(book)
    excel_lists.sources(book)
    excel_lists.guide(book)
    pen.done()
    about = workbook.properties
    about.title = pen.say("excel.title")
    about.creator = "reconcile"
    about.language = lang
    about.created = about.modified = dt.datetime.combine(tables.as_of, dt.time())
    order = {
        f"xl/worksheets/sheet{n}.xml": s.title for n, s in enumerate(workbook.worksheets, start=1)
    }
    results = {name: pen.formulas.get(title, {}) for name, title in order.items()}
    long = {name: pen.long[title] for name, title in order.items() if title in pen.long}
    with path.open("wb") as file, Archive(file, results, long) as archive:
        ExcelWriter(workbook, archive).write_data()


def beyond(tables: Tables, lang: str, all_rows: bool = False) -> str:
    """The transactions that the workbook has no room for as CSV; empty where there are none.

    Days are ISO 8601, amounts decimal text. A text that a spreadsheet would take for a formula
    stands behind an apostrophe.
    """
    if len(tables.transactions) < excel_sheets.MOST_ROWS - 1:
        return ""
    _, outside = excel_sheets.shared_out(tables, stories(tables), all_rows, excel_sheets.MOST_ROWS)
    if not outside:
        return ""
    rows = json.transactions(tables.transactions.iloc[outside])
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [
            text.say(f"field.{name}" if name != "currency" else "timeline.currency", lang)
            for name in _BEYOND
        ]
    )
    writer.writerows([spreadsheet_safe(row[name]) for name in _BEYOND] for row in rows)
    return out.getvalue()
