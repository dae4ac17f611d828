"""OFX and QFX statements to the ledger: what each raw transaction means."""

from collections.abc import Sequence
from pathlib import PurePath

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import money
from reconcile.distinct import distinct
from reconcile.errors import InputError
from reconcile.layout_model import KINDS
from reconcile.ledger import Rejected, Source, reader_frame
from reconcile.readers import card_numbers, fields, kinds, ofx_amount
from reconcile.readers.ofx_amount import Ints
from reconcile.readers.ofx_decode import decode
from reconcile.readers.ofx_foreign import Foreign, currency_codes
from reconcile.readers.ofx_leaf import Flags, Leaf, Rows
from reconcile.readers.ofx_scan import Scan, scan
from reconcile.search import Seen, saying
from reconcile.text import Message, masked

# TRNTYPEs of money that leaves, where amounts have no sign to tell it. At an ATM it may be paid in,
# at a POS given back, and a fee as well.
_LEAVES = ("DEBIT", "CHECK", "DIRECTDEBIT", "REPEATPMT")
# TRNTYPE (OFX 2.2, 11.4.4.3) where money leaves, where money comes in, and in on a bank account.
_OUT = {
    "FEE": "fee",
    "SRVCHG": "fee",
    "INT": "interest",
    "ATM": "cash_advance",
    "CASH": "cash_advance",
}
_IN = {"FEE": "fee", "SRVCHG": "fee", "INT": "interest", "PAYMENT": "payment"}
_BANK_IN = {
    **_IN,
    "DIV": "interest",
    **dict.fromkeys(("DIRECTDEP", "XFER", "DEP", "CASH"), "payment"),
}


def read_ofx(
    data: bytes, file: str, sha256: str, *, encoding: str | None = None, currency: str | None = None
) -> tuple[pd.DataFrame, Source]:
    """One OFX file as a reader's frame and what became of it.

    `encoding` overrides what the file claims; `currency` serves statements that name none. Amounts
    are minor units, positive where money went out. `Source.rows` counts the `<STMTTRN>`s: each is
    a transaction or rejected with a reason. Raises `InputError` when there is no statement in the
    file, or when it is cut off before its first whole transaction.
    """
    if not data or data.isspace():
        raise InputError("empty", file=file)
    text, found, guessed = decode(data, file, encoding)
    raw = scan(text)
    rows = raw.rows
    if not raw.statements and not len(rows):
        if raw.failure is not None:
            raise InputError("ofx_bank_error", file=file, message=masked(raw.failure))
        raise InputError("ofx_no_statement", file=file)
    intuit = raw.intuit or PurePath(file).suffix.lower() == ".qfx"
    source = Source(file, sha256, "qfx" if intuit else "ofx", found, rows=len(rows))
    if guessed:
        source.notes.append(Message("ofx.encoding_guessed", {"encoding": found}))
    frame = _ledger(rows, source, currency)
    source.transactions = len(frame)
    if raw.truncated and frame.empty:
        raise InputError("ofx_truncated", file=file)
    source.notes += _completeness(raw)
    return frame, source


def _completeness(raw: Scan) -> list[Message]:
    notes = []
    if raw.truncated:
        notes.append(Message("ofx.truncated"))
    elif not raw.enveloped:
        notes.append(Message("ofx.no_envelope"))
    if not len(raw.rows):
        notes.append(Message("ofx.no_rows"))
    return notes


def _ledger(rows: Rows, source: Source, given: str | None) -> pd.DataFrame:
    """The rows that can be used, as a reader's frame; the others go to `source.rejected`."""
    posted, user = _dates(rows["DTPOSTED"]), _dates(rows["DTUSER"].otherwise(rows["DTTRAN"]))
    billing, unit = _currencies(rows, source, given)
    places = _places(rows, unit)
    printed, readable = ofx_amount.read(rows["TRNAMT"].coded(), places)
    type_ = _capitals(rows["TRNTYPE"])
    out, in_ = (
        rows["TRNTYPE"].spread(type_.isin(some).to_numpy(np.bool_), False)
        for some in (_LEAVES, ("CREDIT",))
    )
    if ofx_amount.without_signs(printed, out, in_):
        printed = np.where(out, -printed, printed)
        source.notes.append(Message("ofx.unsigned"))
    good = readable & ~(np.isnat(posted) & np.isnat(user)) & ~rows.cut
    source.rejected += _rejections(rows, readable, good)

    rows, billing, unit = rows.at(good), billing.at(good), unit.at(good)
    posted, user = posted[good], user[good]
    day = np.where(np.isnat(posted), user, posted)
    foreign = Foreign(rows, billing, unit, -printed[good], places[good], day)
    source.notes += foreign.notes
    name = rows["EXTDNAME"].otherwise(rows["NAME"])
    held = rows["TRNTYPE"].spread(_capitals(rows["TRNTYPE"]).eq("HOLD").to_numpy(np.bool_), False)
    columns: dict[str, object] = {
        "file": source.file,
        "reference": rows["FITID"].texts(),
        "transaction_date": user,
        "posted_date": posted,
        "description": _description(name, rows["MEMO"]).categorical(),
        "amount": foreign.amount,
        "currency": foreign.currency.categorical(),
        "decimals": foreign.places,
        "original_amount": pd.arrays.IntegerArray(foreign.original, ~foreign.known),
        "original_currency": foreign.original_currency,
        "original_decimals": foreign.original_places,
        "conversion_rate": foreign.rate,
        "conversion_date": foreign.date,
        "kind": _named(_kinds(rows, name.otherwise(rows["MEMO"]), foreign.amount), KINDS),
        "status": _named((rows.pending | held).astype(np.intp), ("posted", "pending")),
        "layout": source.layout,
        "account_key": rows["ACCTID"].categorical(),
    }
    return card_numbers.cut_own(reader_frame(columns, len(rows)))


def _named(numbers: npt.NDArray[np.intp], names: Sequence[str]) -> pd.Categorical:
    """Of a few names, the one by number in each row."""
    return Leaf(numbers, pd.Series(list(names), dtype="str")).categorical()


def _capitals(leaf: Leaf) -> pd.Series:
    return leaf.names.str.upper()


def _dates(leaf: Leaf) -> npt.NDArray[np.datetime64]:
    """The first eight digits as a day: `20250305000000[+9:JST]` is 5 March wherever it is read."""
    digits = leaf.names.str.extract(r"^(\d{4}-?\d\d-?\d\d)")[0]
    digits = digits.str.replace("-", "", regex=False)
    days = pd.to_datetime(digits, format="%Y%m%d", errors="coerce")
    sensible = days.dt.year.between(fields.FIRST_YEAR, fields.LAST_YEAR)
    days = days.astype("datetime64[us]").where(sensible)
    return leaf.spread(days.to_numpy("datetime64[us]"), np.datetime64("NaT", "us"))


def _currencies(rows: Rows, source: Source, given: str | None) -> tuple[Leaf, Leaf]:
    """The statement's currency, and the currency in which TRNAMT is printed, per row."""
    billing = currency_codes(rows["CURDEF"])
    symbol = currency_codes(rows["CURSYM"].otherwise(rows["CURRENCY"]))
    inside = symbol.only(rows["CURRENCY"].there)
    absent = ~billing.there & ~inside.there
    if absent.any():
        code = "ofx.currency_given" if given else "ofx.currency_unknown"
        source.notes.append(Message(code, {"count": int(absent.sum()), "currency": given}))
        billing = billing.put(absent, Leaf.constant(given, len(rows)))
    return billing.otherwise(inside), inside.otherwise(billing)


def _places(rows: Rows, unit: Leaf) -> npt.NDArray[np.int64]:
    known = np.array([money.decimals(code) for code in unit.names], np.int64)
    unknown = ~unit.there
    absent = ofx_amount.printed_places(rows["TRNAMT"].at(unknown).texts()) if unknown.any() else 0
    return unit.spread(known, absent)


def _rejections(rows: Rows, readable: Flags, good: Flags) -> list[Rejected]:
    bad = np.flatnonzero(~good)
    amount, date = (
        rows[name].at(bad).texts().fillna("").map(masked).astype("str").str.slice(0, 40)
        for name in ("TRNAMT", "DTPOSTED")
    )
    code = np.where(rows.cut[bad], "cut", np.where(readable[bad], "bad_date", "bad_amount"))
    text = np.where(readable[bad], date, amount)
    return [
        Rejected(None, Message(f"ofx.{why}", {"number": int(number) + 1, "text": str(shown)}))
        for number, why, shown in zip(bad, code, text, strict=True)
    ]


def _description(name: Leaf, memo: Leaf) -> Leaf:
    """NAME and MEMO, without saying twice what one of them contains."""
    width = len(memo.names) + 1
    codes, pairs = pd.factorize((name.codes + 1) * width + memo.codes + 1)
    first, second = ["", *name.names.tolist()], ["", *memo.names.tolist()]
    texts = [_joined(first[pair // width], second[pair % width]) for pair in pairs.tolist()]
    return Leaf.of(codes, card_numbers.cut(texts))


def _joined(first: str, second: str) -> str:
    if first == "" or (second and second.startswith(first)):
        # Banks cut NAME at 32 characters and repeat it whole in MEMO.
        return second
    return first if second in first else f"{first} {second}"


def _kinds(rows: Rows, text: Leaf, amount: Ints) -> npt.NDArray[np.intp]:
    """Kind from words, then TRNTYPE; the direction is the amount's, whatever TRNTYPE claims."""
    kind = kinds.codes(text.coded(), amount, bank=False, seen=Seen())
    # "PAYMENT REFUND" is a refund that names what it returns.
    paid = np.flatnonzero((amount < 0) & (kind == KINDS.index("payment")))
    if len(paid):
        codes, names = distinct(text.at(paid).coded())
        back = saying([name.lower() for name in names.tolist()], kinds.BACK)
        kind[paid[back[codes]]] = KINDS.index("refund")
    capitals = _capitals(rows["TRNTYPE"]).str.strip()
    for some, table in (
        (amount > 0, _OUT),
        ((amount < 0) & rows.card, _IN),
        ((amount < 0) & ~rows.card, _BANK_IN),
    ):
        meant = [KINDS.index(table[name]) if name in table else -1 for name in capitals.tolist()]
        said = rows["TRNTYPE"].spread(np.array(meant, np.int64), -1)
        kind = np.where(some & (said >= 0), said, kind)
    return kind
