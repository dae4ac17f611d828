"""Statements of any size for the speed benchmark: CSV and OFX, the same bytes for the same sizes.

Of every 100,000 rows 1,000 are AliExpress charges and 200 their refunds; the rest are other
shops', a thirtieth of them abroad. Rows are dealt out evenly over the accounts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks import ecb

DENSITY = 5_000  # rows of an account, unless all are in one
_FIRST_DAY, _DAYS = "2023-01-10", 1_000
_FEE = 0.022
_SHOPS = (
    "SEVEN-ELEVEN", "AEON STYLE", "ENEOS SS", "TOKYO GAS", "YODOBASHI CAMERA", "JR EAST",
    "STARBUCKS", "LAWSON", "MATSUMOTO KIYOSHI", "UNIQLO", "NITORI", "KOMERI",
)  # fmt: skip
_ABROAD = ("BOOKING.COM AMSTERDAM", "STEAMGAMES.COM", "HOTEL LUTETIA PARIS", "GITHUB.COM")
_EUR, _USD, _JPY = (ecb.CURRENCIES.index(code) for code in ("EUR", "USD", "JPY"))
_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")
_HEADER = "利用日,利用店名・商品名,利用者,支払方法,利用金額,手数料/利息,支払総額,8月支払金額"


@dataclass(frozen=True)
class Movements:
    """Rows of a statement, newest last: `yen` and `cents` (US dollars, 0: none) are signed."""

    day: npt.NDArray[np.int64]
    account: npt.NDArray[np.int64]
    description: npt.NDArray[np.object_]
    yen: npt.NDArray[np.int64]
    cents: npt.NDArray[np.int64]
    rate: npt.NDArray[np.float64]


def movements(rows: int, accounts: int, seed: int = 7) -> Movements:
    """`rows` movements over `accounts` cards (at least 500 rows)."""
    rng = np.random.default_rng([seed, rows, accounts])
    charges, refunds = rows // 100, rows // 500
    rest = rows - charges - refunds
    day = rng.integers(0, _DAYS, rest)
    bought = rng.integers(0, _DAYS - 60, charges)
    back = bought[:refunds] + rng.integers(8, 60, refunds)
    day = np.concatenate([day, bought, back]) + np.datetime64(_FIRST_DAY, "D").astype(np.int64)
    card = np.arange(rest) % accounts
    own = np.arange(charges) % accounts
    account = np.concatenate([card, own, own[:refunds]])
    abroad = rng.random(rest) < 1 / 30
    # Five descriptors of six are of regular shops, the sixth carries a number of its own.
    shop = np.array(_SHOPS, object)[rng.integers(0, len(_SHOPS), rest)]
    branch = rng.integers(0, 150, rest)
    unique = rng.integers(10**7, 10**8, rest)
    number = np.where(rng.random(rest) < 1 / 6, unique, branch)
    name = shop + " " + number.astype(str).astype(object)
    name[abroad] = np.array(_ABROAD, object)[rng.integers(0, len(_ABROAD), int(abroad.sum()))]
    description = np.concatenate([name, np.full(charges + refunds, "ALIPAY*ALIEXPRESS", object)])
    price = np.exp(rng.normal(np.log(1_800), 0.85, charges)).astype(np.int64) + 100
    share = np.where(rng.random(refunds) < 0.8, 1.0, rng.uniform(0.2, 0.9, refunds))
    returned = (price[:refunds] * share).astype(np.int64)
    cents = np.concatenate([np.where(abroad, rng.integers(500, 30_000, rest), 0), price, -returned])
    codes = np.full(rows, _USD), np.full(rows, _JPY)
    fixing = ecb.mid(*codes, day) * (1 + rng.normal(0.0035, 0.002, rows))
    rate = np.round(fixing * (1 + _FEE), 3)
    at_home = np.concatenate([rng.integers(120, 30_000, rest), np.zeros(charges + refunds, int)])
    yen = np.where(cents != 0, np.trunc(cents / 100 * rate), at_home).astype(np.int64)
    order = np.lexsort((rng.random(rows), day))
    return Movements(*(part[order] for part in (day, account, description, yen, cents, rate)))


def accounts_for(rows: int, *, dense: bool = False) -> int:
    """Cards of a statement: one for each `DENSITY` rows, or one for all."""
    return 1 if dense else max(rows // DENSITY, 1)


def plain_csv(path: Path, rows: int, *, dense: bool = False) -> Path:
    """A CSV of eight columns in UTF-8, the card in a column of its own."""
    found = movements(rows, accounts_for(rows, dense=dense))
    foreign = found.cents != 0
    day = found.day.astype("datetime64[D]")
    dollars = pd.Series(found.cents / 100).map("{:.2f}".format).where(foreign, "")
    table = pd.DataFrame(
        {
            "Date": day.astype(str),
            "Posted Date": (day + 2).astype(str),
            "Description": found.description,
            "Amount": found.yen,
            "Currency": "JPY",
            "Original Amount": dollars,
            "Original Currency": np.where(foreign, "USD", ""),
            "Card": pd.Series(1_000 + found.account).map("**** **** **** {}".format),
        }
    )
    table.to_csv(path, index=False, lineterminator="\n")
    return path


def rakuten_csv(path: Path, rows: int, *, encoding: str, notes: bool) -> Path:
    """A Rakuten e-NAVI export of one card; `notes`: foreign rows have their FX row below."""
    found = movements(rows, accounts_for(rows, dense=True))
    days = pd.Series(found.day.astype("datetime64[D]").astype(str)).str.replace("-", "/")
    lines = []
    movement = zip(
        days, found.description, found.yen.tolist(), found.cents.tolist(), found.rate.tolist(),
        strict=True,
    )  # fmt: skip
    for date, name, yen, cents, rate in movement:
        lines.append(f'"{date}","{name}","本人","1回払い","{yen}","0","{yen}","{yen}"')
        if notes and cents:
            told = f"現地利用額　　　　　　　　{abs(cents) / 100:.3f}変換レート　{rate:.3f}円"
            lines.append(f'"","{told.translate(_WIDE)}","","","","","",""')
    path.write_text("\r\n".join([_HEADER, *lines, ""]), encoding, newline="")
    return path


def ofx(path: Path, rows: int, *, version: int) -> Path:
    """An OFX card statement in dollars, SGML (1) or XML (2)."""
    found = movements(rows, accounts_for(rows, dense=True))
    days = pd.Series(found.day.astype("datetime64[D]").astype(str)).str.replace("-", "")
    shut: Callable[[str], str] = (lambda tag: f"</{tag}>") if version == 2 else (lambda tag: "")
    parts = []
    for number, (date, name, yen) in enumerate(
        zip(days, found.description, found.yen.tolist(), strict=True)
    ):
        leaves = (
            ("TRNTYPE", "CREDIT" if yen < 0 else "DEBIT"), ("DTPOSTED", f"{date}120000"),
            ("TRNAMT", f"{-yen / 100:.2f}"), ("FITID", f"{date}{number:07d}"),
            ("NAME", name),
        )  # fmt: skip
        body = "\n".join(f"<{tag}>{text}{shut(tag)}" for tag, text in leaves)
        parts.append(f"<STMTTRN>\n{body}\n</STMTTRN>\n")
    first, last = days.iloc[0], days.iloc[-1]
    status = f"<STATUS><CODE>0{shut('CODE')}<SEVERITY>INFO{shut('SEVERITY')}</STATUS>"
    head = (
        f"<OFX><SIGNONMSGSRSV1><SONRS>{status}<DTSERVER>{last}{shut('DTSERVER')}"
        f"<LANGUAGE>ENG{shut('LANGUAGE')}</SONRS></SIGNONMSGSRSV1>"
        f"<CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>1{shut('TRNUID')}{status}"
        f"<CCSTMTRS><CURDEF>USD{shut('CURDEF')}<CCACCTFROM><ACCTID>4111000011112222"
        f"{shut('ACCTID')}</CCACCTFROM><BANKTRANLIST><DTSTART>{first}{shut('DTSTART')}"
        f"<DTEND>{last}{shut('DTEND')}\n"
    )
    tail = (
        f"</BANKTRANLIST><LEDGERBAL><BALAMT>0.00{shut('BALAMT')}<DTASOF>{last}{shut('DTASOF')}"
        "</LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>\n"
    )
    sgml = (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:UTF-8\nCHARSET:NONE\n"
        "COMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
    )
    xml = (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<?OFX OFXHEADER="200" '
        'VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
    )
    text = (xml if version == 2 else sgml) + head + "".join(parts) + tail
    path.write_text(text, "utf-8")
    return path
