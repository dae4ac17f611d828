"""What the speed benchmark runs: each contender a command of its own process, or why it is absent.

Contenders under other licences are neither imported here nor dependencies: whoever wants them in
the comparison installs them beside this program, and they run as processes of their own.
"""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_AS_OF = "2026-11-23"
_PREPARE = "import sys; path, out = sys.argv[1:3]\n"


@dataclass(frozen=True)
class Contender:
    """A command by workload: `command(path, out)`; `formats` it reads, up to `most` rows.

    `package` is what has to be importable, `program` what has to be on the PATH; None: nothing.
    """

    name: str
    formats: frozenset[str]
    command: Callable[[Path, Path], list[str]]
    package: str | None = None
    program: str | None = None
    most: int = 1_000_000

    def absent(self) -> str | None:
        """Why the contender cannot run here; None where it can."""
        if self.package is not None and importlib.util.find_spec(self.package) is None:
            return f"the Python package {self.package} is not installed"
        if self.program is not None and shutil.which(self.program) is None:
            return f"the program {self.program} is not on the PATH"
        return None

    def version(self) -> str:
        """The version of what runs, as far as it tells."""
        if self.program is not None and shutil.which(self.program) is not None:
            done = subprocess.run(
                [self.program, "--version"], capture_output=True, text=True, check=False
            )
            return done.stdout.split("\n", 1)[0]
        try:
            return metadata.version(self.package) if self.package else ""
        except metadata.PackageNotFoundError:
            return "as checked out"


def _python(code: str) -> Callable[[Path, Path], list[str]]:
    return lambda path, out: [sys.executable, "-c", _PREPARE + code, str(path), str(out)]


_BARE = """
import pandas
pandas.read_csv(path, encoding="cp932" if "cp932" in path else "utf-8")
"""
_OURS = f"""
import datetime
from reconcile import reconcile
found = reconcile(path, as_of=datetime.date.fromisoformat("{_AS_OF}"))
"""
# The job written the obvious way: rows in a loop, the refund after the charge of the same amount,
# all of it into a workbook.
_RECIPE = """
import pandas as pd
rows = pd.read_csv(path)
found = []
for _, row in rows.iterrows():
    if "ALIEXPRESS" in row["Description"]:
        found.append({
            "card": row["Card"], "date": pd.Timestamp(row["Date"]), "amount": float(row["Amount"]),
        })
own = pd.DataFrame(found).sort_values("date")
charges, refunds = own[own["amount"] > 0], own[own["amount"] < 0]
refunds = refunds.assign(key=(-refunds["amount"] / 500).round().astype(int))
charges = charges.assign(key=(charges["amount"] / 500).round().astype(int), charged=charges["date"])
linked = pd.merge_asof(refunds, charges, on="date", by=["card", "key"], suffixes=("", "_charge"))
with pd.ExcelWriter(out, engine="openpyxl") as book:
    linked.to_excel(book, sheet_name="refunds")
    rows.to_excel(book, sheet_name="transactions")
"""
_OFXPARSE = """
import warnings; warnings.simplefilter("ignore")
from ofxparse import OfxParser
with open(path, "rb") as file:
    print(len(OfxParser.parse(file).account.statement.transactions))
"""
_OFXTOOLS = """
from ofxtools.Parser import OFXTree
tree = OFXTree()
tree.parse(path)
print(len(tree.convert().statements[0].transactions))
"""
_BEANGULP = """
from beangulp.importers import csvbase
class Importer(csvbase.Importer):
    date = csvbase.Date("Date", "%Y-%m-%d")
    narration = csvbase.Columns("Description")
    amount = csvbase.Amount("Amount")
    def identify(self, filepath): return True
print(len(Importer("Liabilities:Card", "JPY").extract(path, [])))
"""
_OFXSTATEMENT = """
from ofxstatement.ofx import OfxWriter
from ofxstatement.parser import CsvStatementParser
class Parser(CsvStatementParser):
    mappings = {"date": 0, "memo": 2, "amount": 3, "refnum": 7}
    date_format = "%Y-%m-%d"
    def split_records(self):
        import csv
        rows = csv.reader(self.fin); next(rows)
        return rows
with open(path) as file:
    statement = Parser(file).parse()
statement.account_id, statement.currency, statement.bank_id = "1", "JPY", "1"
with open(out, "w") as target:
    target.write(OfxWriter(statement).toxml())
"""
_CSV2OFX = """
from operator import itemgetter
mapping = {
    "has_header": True, "is_split": False, "bank": "Bank", "currency": "JPY", "delimiter": ",",
    "account": itemgetter("Card"), "date": itemgetter("Date"), "amount": itemgetter("Amount"),
    "payee": itemgetter("Description"),
}
"""
_HLEDGER = (
    "skip 1\nfields date,date2,description,amount\ncurrency JPY \naccount1 liabilities:card\n"
)


def _csv2ofx(path: Path, out: Path) -> list[str]:
    mapping = out.with_suffix(".py")
    mapping.write_text(_CSV2OFX, "utf-8")
    return [sys.executable, "-m", "csv2ofx.main", "-x", str(mapping), "-o", str(path), str(out)]


def _hledger(path: Path, out: Path) -> list[str]:
    rules = out.with_suffix(".rules")
    rules.write_text(_HLEDGER, "utf-8")
    return ["hledger", "-f", str(path), "--rules-file", str(rules), "print", "-o", str(out)]


def _ledger(path: Path, out: Path) -> list[str]:
    # Its CSV reader wants the names of its own columns in the first line.
    own = out.with_suffix(".ledger.csv")
    if not own.exists():
        body = path.read_text("utf-8").split("\n", 1)[1]
        own.write_text("date,,payee,amount,,,,\n" + body, "utf-8")
    journal = ["ledger", "-f", "/dev/null", "convert", str(own), "--output", str(out)]
    return [*journal, "--input-date-format", "%Y-%m-%d", "--account", "Liabilities:Card"]


CSV = frozenset(("plain", "dense", "rakuten", "rakuten-cp932"))
PLAIN = frozenset(("plain", "dense"))
OFX = frozenset(("ofx1", "ofx2"))
BARE, TWIN = "pandas.read_csv", "pandas.read_csv, once more"
OURS, WORKBOOK = "reconcile()", "reconcile() and workbook"
CONTENDERS = (
    Contender(BARE, CSV, _python(_BARE), "pandas"),
    # The same command twice in every round: what lies inside their ratios is noise.
    Contender(TWIN, CSV, _python(_BARE), "pandas"),
    Contender(OURS, CSV | OFX, _python(_OURS), "reconcile"),
    Contender(WORKBOOK, CSV, _python(_OURS + "found.to_excel(out)\n"), "reconcile"),
    Contender(
        "obvious pandas recipe", frozenset(("plain",)), _python(_RECIPE), "openpyxl", most=100_000
    ),
    Contender("beangulp", PLAIN, _python(_BEANGULP), "beangulp", most=100_000),
    Contender("ofxstatement", PLAIN, _python(_OFXSTATEMENT), "ofxstatement", most=100_000),
    Contender("csv2ofx", PLAIN, _csv2ofx, "csv2ofx", most=100_000),
    Contender("hledger", PLAIN, _hledger, program="hledger", most=100_000),
    Contender("ledger", PLAIN, _ledger, program="ledger", most=100_000),
    # Quadratic on SGML: more rows would take minutes.
    Contender("ofxparse", OFX, _python(_OFXPARSE), "ofxparse", most=10_000),
    Contender("ofxtools", OFX, _python(_OFXTOOLS), "ofxtools", most=50_000),
)
