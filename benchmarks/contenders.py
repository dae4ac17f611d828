"""What the speed benchmark runs: each contender a command of its own process, or why it is absent.

Contenders under other licences are neither imported here nor dependencies: the extra `bench` and
`make bench` install them, best in an environment of their own, and they run as processes of their
own.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_AS_OF = "2026-11-23"
_PREPARE = "import sys; path, out = sys.argv[1:3]\n"


@dataclass(frozen=True)
class Contender:
    """A command by workload: `command(path, out)`; `formats` it reads, up to `most` rows.

    `package` is what has to be importable, `program` what has to be on the PATH; None: nothing.
    A `peer` runs in the Python that is given for peers, all others in this one.
    """

    name: str
    formats: frozenset[str]
    command: Callable[[Path, Path], list[str]]
    package: str | None = None
    program: str | None = None
    most: int = 1_000_000
    peer: bool = False

    def absent(self, peers: str = sys.executable) -> str | None:
        """Why the contender cannot run here; None where it can."""
        if self.package is not None and self._found(peers) is None:
            return f"the Python package {self.package} is not installed"
        if self.program is not None and shutil.which(self.program) is None:
            return f"the program {self.program} is not on the PATH"
        return None

    def run(self, path: Path, out: Path, peers: str = sys.executable) -> list[str]:
        """The command that reads `path` and may write `out`."""
        first, *rest = self.command(path, out)
        return [peers if self.peer and first == sys.executable else first, *rest]

    def _found(self, peers: str) -> str | None:
        return _versions(peers if self.peer else sys.executable).get(self.package or "")

    def version(self, peers: str = sys.executable) -> str:
        """The version of what runs, as far as it tells."""
        if self.program is not None and shutil.which(self.program) is not None:
            done = subprocess.run(
                [self.program, "--version"], capture_output=True, text=True, check=False
            )
            return done.stdout.split("\n", 1)[0]
        return self._found(peers) or ""


@cache
def _versions(python: str) -> dict[str, str]:
    """The versions of the packages that a Python can import, of those asked about."""
    code = """
import importlib.metadata, importlib.util, json, sys
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "as checked out"
print(json.dumps({n: version(n) for n in sys.argv[1:] if importlib.util.find_spec(n)}))
"""
    names = sorted({one.package for one in CONTENDERS if one.package})
    done = subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


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
_READ = """
from reconcile import read
print(len(read(path)))
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
_OFXPARSE_START = """
import warnings; warnings.simplefilter("ignore")
from ofxparse import OfxParser
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
# Charges and refunds of AliExpress linked by account, amount and days; nothing else is told.
_SPLINK = """
import logging
import pandas as pd, splink
import splink.comparison_library as cl
rows = pd.read_csv(path)
rows = rows[rows["Description"].str.contains("ALIEXPRESS")].reset_index(names="unique_id")
rows = rows.assign(size=rows["Amount"].abs().astype(float), account=rows["Card"])
rows["day"] = pd.to_datetime(rows["Date"]).astype("int64") // 86_400_000_000
tables = [rows[rows["Amount"] > 0], rows[rows["Amount"] < 0]]
steps = [0.0, 0.01, 0.03, 0.05]
settings = splink.SettingsCreator(
    link_type="link_only", comparisons=[cl.ExactMatch("size")],
    blocking_rules_to_generate_predictions=[
        "l.account = r.account and abs(l.size - r.size) <= 0.1 * l.size "
        "and r.day - l.day between 0 and 90"
    ],
)
from splink import DuckDBAPI
database = DuckDBAPI()
keep = ["unique_id", "account", "size", "day"]
named = [database.register(t[keep], dataset_display_name=n) for t, n in zip(tables, "ab")]
linker = splink.Linker(named, settings, log_level=logging.ERROR)
linker.training.estimate_u_using_random_sampling(max_pairs=1e5, seed=1)
print(len(linker.inference.predict(threshold_match_probability=0.1).as_pandas_dataframe()))
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
OURS, WORKBOOK, READ = "reconcile()", "reconcile() and workbook", "reconcile.read()"
OFXPARSE, OFXPARSE_START = "ofxparse", "ofxparse, its start alone"
CONTENDERS = (
    Contender(BARE, CSV, _python(_BARE), "pandas"),
    # The same command twice in every round: what lies inside their ratios is noise.
    Contender(TWIN, CSV, _python(_BARE), "pandas"),
    Contender(OURS, CSV | OFX, _python(_OURS), "reconcile"),
    Contender(WORKBOOK, PLAIN, _python(_OURS + "found.to_excel(out)\n"), "reconcile"),
    Contender(READ, OFX, _python(_READ), "reconcile"),
    Contender(
        "obvious pandas recipe", frozenset(("plain",)), _python(_RECIPE), "openpyxl", most=100_000
    ),
    *(
        # They do not ask which account a row is of, so that one density says all.
        Contender(name, frozenset(("plain",)), _python(code), name, most=100_000, peer=True)
        for name, code in (
            ("beangulp", _BEANGULP),
            ("ofxstatement", _OFXSTATEMENT),
            ("splink", _SPLINK),
        )
    ),
    Contender("csv2ofx", frozenset(("plain",)), _csv2ofx, "csv2ofx", most=100_000, peer=True),
    Contender("hledger", frozenset(("plain",)), _hledger, program="hledger", most=100_000),
    Contender("ledger", frozenset(("plain",)), _ledger, program="ledger", most=100_000),
    # Quadratic on SGML: more rows would take minutes.
    Contender(OFXPARSE, OFX, _python(_OFXPARSE), "ofxparse", most=10_000, peer=True),
    # What its times at any size have in common, to be left out where they are extrapolated.
    Contender(OFXPARSE_START, OFX, _python(_OFXPARSE_START), "ofxparse", most=1_000, peer=True),
    Contender("ofxtools", OFX, _python(_OFXTOOLS), "ofxtools", most=50_000, peer=True),
)
