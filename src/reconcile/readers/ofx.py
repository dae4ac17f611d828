"""OFX and QFX statements to the ledger: what each raw transaction means."""

import re
from pathlib import PurePath

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import money
from reconcile.errors import InputError
from reconcile.ledger import Rejected, Source, reader_frame
from reconcile.readers import fields, kinds, ofx_amount
from reconcile.readers.ofx_amount import Flags, Ints
from reconcile.readers.ofx_decode import decode
from reconcile.readers.ofx_foreign import Foreign, currency_codes
from reconcile.readers.ofx_scan import Scan, scan
from reconcile.text import Message, masked, may_hold_card

_MARK = re.compile(rb"(?i)OFXHEADER\s*[:=]|<(?:\w+:)?OFX[\s>]|<(?:\w+:)?STMTTRNP?[\s>]")
_REFUND_WORDS = r"(?i)refund|return|revers|chargeback|reembols|rembours|erstatt|返金|返品|取消"
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


def looks_like_ofx(data: bytes) -> bool:
    """Whether the first bytes speak of OFX, in whatever encoding and with or without its header."""
    return _MARK.search(data[:65536].replace(b"\0", b"")) is not None


def read_ofx(
    data: bytes, file: str, sha256: str, *, encoding: str | None = None, currency: str | None = None
) -> tuple[pd.DataFrame, Source]:
    """One OFX file as a reader's frame and what became of it.

    `encoding` overrides what the file claims; `currency` serves statements that name none. Amounts
    are minor units, positive where money went out. `Source.rows` counts the `<STMTTRN>`s: each is
    a transaction or rejected with a reason. Raises `InputError` when there is no statement in the
    file, or when it is cut off before its first whole transaction.
    """
    if not data.strip():
        raise InputError("empty", file=file)
    text, found, guessed = decode(data, file, encoding)
    raw = scan(text)
    rows = raw.rows
    if not raw.statements and rows.empty:
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
    if raw.rows.empty:
        notes.append(Message("ofx.no_rows"))
    return notes


def _ledger(rows: pd.DataFrame, source: Source, given: str | None) -> pd.DataFrame:
    """The rows that can be used, as a reader's frame; the others go to `source.rejected`."""
    posted, user = _dates(rows["DTPOSTED"]), _dates(rows["DTUSER"].fillna(rows["DTTRAN"]))
    billing, unit = _currencies(rows, source, given)
    places = _places(rows, unit)
    printed, readable = ofx_amount.read(rows["TRNAMT"], places)
    dated = (posted.notna() | user.notna()).to_numpy(np.bool_)
    good = readable & dated & ~rows["cut"].to_numpy(np.bool_)
    source.rejected += _rejections(rows, readable, good)

    rows, posted, user = (part[good].reset_index(drop=True) for part in (rows, posted, user))
    billing, unit = (part[good].reset_index(drop=True) for part in (billing, unit))
    foreign = Foreign(rows, billing, unit, -printed[good], places[good], posted.fillna(user))
    source.notes += foreign.notes
    name = rows["EXTDNAME"].fillna(rows["NAME"])
    columns: dict[str, object] = {
        "file": source.file,
        "reference": rows["FITID"],
        "transaction_date": user,
        "posted_date": posted,
        "description": _description(name, rows["MEMO"]),
        "amount": foreign.amount,
        "currency": foreign.currency,
        "decimals": foreign.places,
        "original_amount": pd.array(foreign.original, dtype="Int64"),
        "original_currency": foreign.original_currency,
        "original_decimals": foreign.original_places,
        "conversion_rate": foreign.rate,
        "conversion_date": foreign.date,
        "kind": _kinds(rows, name.fillna(rows["MEMO"]).fillna(""), foreign.amount),
        "status": np.where(
            rows["pending"] | rows["TRNTYPE"].str.upper().eq("HOLD"), "pending", "posted"
        ),
        "layout": source.layout,
        "account_key": rows["ACCTID"],
    }
    return reader_frame(columns, len(rows))


def _dates(texts: pd.Series) -> pd.Series:
    """The first eight digits as a day: `20250305000000[+9:JST]` is 5 March wherever it is read."""
    codes, uniques = pd.factorize(texts)
    digits = pd.Series(uniques, dtype="str").str.extract(r"^(\d{4}-?\d\d-?\d\d)")[0]
    digits = digits.str.replace("-", "", regex=False)
    days = pd.to_datetime(digits, format="%Y%m%d", errors="coerce")
    sensible = days.dt.year.between(fields.FIRST_YEAR, fields.LAST_YEAR)
    days = days.astype("datetime64[us]").where(sensible)
    known = np.append(days.to_numpy("datetime64[us]"), np.datetime64("NaT", "us"))
    return pd.Series(known[codes], index=texts.index, dtype="datetime64[us]")


def _currencies(
    rows: pd.DataFrame, source: Source, given: str | None
) -> tuple[pd.Series, pd.Series]:
    """The statement's currency, and the currency in which TRNAMT is printed, per row."""
    billing = currency_codes(rows["CURDEF"])
    symbol = currency_codes(rows["CURSYM"].fillna(rows["CURRENCY"]))
    inside = symbol.where(rows["CURRENCY"].notna())
    absent = billing.isna() & inside.isna()
    if absent.any():
        code = "ofx.currency_given" if given else "ofx.currency_unknown"
        source.notes.append(Message(code, {"count": int(absent.sum()), "currency": given}))
        billing = billing.mask(absent, given)
    return billing.fillna(inside).astype("str"), inside.fillna(billing).astype("str")


def _places(rows: pd.DataFrame, unit: pd.Series) -> npt.NDArray[np.int64]:
    places = unit.map({code: money.decimals(code) for code in unit.dropna().unique()})
    unknown = unit.isna()
    if unknown.any():
        places = places.mask(unknown, ofx_amount.printed_places(rows["TRNAMT"][unknown]))
    return places.to_numpy(np.int64)


def _rejections(rows: pd.DataFrame, readable: Flags, good: Flags) -> list[Rejected]:
    bad = np.flatnonzero(~good)
    amount, date = (
        rows[name].iloc[bad].fillna("").map(masked).str.slice(0, 40)
        for name in ("TRNAMT", "DTPOSTED")
    )
    cut = rows["cut"].to_numpy(np.bool_)[bad]
    code = np.where(cut, "cut", np.where(readable[bad], "bad_date", "bad_amount"))
    text = np.where(readable[bad], date, amount)
    return [
        Rejected(None, Message(f"ofx.{why}", {"number": int(number) + 1, "text": str(shown)}))
        for number, why, shown in zip(bad, code, text, strict=True)
    ]


def _description(name: pd.Series, memo: pd.Series) -> npt.NDArray[np.object_]:
    """NAME and MEMO, without saying twice what one of them contains."""
    first, second = name.fillna("").to_numpy(object), memo.fillna("").to_numpy(object)
    text = np.where(first == "", second, first)
    for n in np.flatnonzero((first != "") & (second != "")):
        if second[n].startswith(first[n]):
            # Banks cut NAME at 32 characters and repeat it whole in MEMO.
            text[n] = second[n]
        elif second[n] not in first[n]:
            text[n] = f"{first[n]} {second[n]}"
    if may_hold_card("\n\n\n".join(text)):
        text[:] = [masked(one) for one in text]
    return text


def _kinds(rows: pd.DataFrame, text: pd.Series, amount: Ints) -> pd.Series:
    """Kind from words, then TRNTYPE; the direction is the amount's, whatever TRNTYPE claims."""
    owed = pd.Series(amount, index=rows.index)
    kind = kinds.by_words(text, owed, bank=False)
    # "PAYMENT REFUND" is a refund that names what it returns.
    kind = kind.mask(owed.lt(0) & kind.eq("payment") & text.str.contains(_REFUND_WORDS), "refund")
    kind_of = rows["TRNTYPE"].str.upper().str.strip()
    for some, table in (
        (owed.gt(0), _OUT),
        (owed.lt(0) & rows["card"], _IN),
        (owed.lt(0) & ~rows["card"], _BANK_IN),
    ):
        said = kind_of.where(some).map(table)
        kind = kind.mask(said.notna(), said)
    return kind.astype("str")
