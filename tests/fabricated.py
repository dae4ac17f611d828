"""A small, complete `Tables`, made by hand: every verdict, two currencies, and hostile text."""

import datetime as dt

import pandas as pd

from reconcile import ledger
from reconcile.ledger import Rejected, Source
from reconcile.tables import (
    CARD_COLUMNS,
    CASE_COLUMNS,
    CAUSES,
    RATE_COLUMNS,
    SUMMARY_AMOUNTS,
    SUMMARY_COLUMNS,
    UNLINKED_COLUMNS,
    Alternative,
    Due,
    Tables,
    frame,
)
from reconcile.text import LANGUAGES, Message

AS_OF = dt.date(2026, 11, 23)
HOSTILE = (
    '=HYPERLINK("http://evil.example","x")',
    "+1",
    "-2+3 ALIEXPRESS",
    "@SUM(A1)",
    "ALIEXPRESS\x00\x07\x1b[31m RED \u202etxt.exe _x0041_",
    "アリババ　ＡＬＩＥＸＰＲＥＳＳ．ＣＯＭ　シンガポール " + "とても長い説明" * 40,
    "#N/A",
    "[bold]ALIEXPRESS[/bold] <script>alert(1)</script> & $1 $2",
)

# card, day, billed, original (USD) or None, descriptor; negative amounts are refunds.
_ROWS = [
    ("…1234", "2026-06-20", 4845, 3249, "ALIPAY*ALIEXPRESS"),
    ("…1234", "2026-07-18", -4717, -3249, HOSTILE[0]),
    ("…1234", "2026-07-02", 12980, 8710, HOSTILE[5]),
    ("…1234", "2026-07-30", -6490, -4355, "ALIEXPRESS.COM"),
    ("…1234", "2026-08-03", 3300, None, HOSTILE[1]),
    ("…1234", "2026-09-15", 2150, 1440, HOSTILE[4]),
    ("…1234", "2026-10-11", 8800, 5900, HOSTILE[7]),
    ("…5678", "2026-07-05", 5499, None, HOSTILE[2]),
    ("…5678", "2026-08-01", -5499, None, "ALIEXPRESS SINGAPORE"),
    ("…5678", "2026-08-09", 10010, None, HOSTILE[3]),
    ("…5678", "2026-09-02", -8000, None, "ALIPAY SINGAPORE"),
    ("…5678", "2026-09-20", -1299, None, HOSTILE[6]),
    ("…5678", "2026-08-28", 1999, None, "ALIEXPRESS"),
    ("…5678", "2026-10-02", 4210, None, "GREENLEAF GROCERY"),
]

# charges, refunds, causes by name, verdict, confidence, explanation, next step, deadline, due.
_CASES = [
    ([0], [1], {"fx_drift": -83, "fee": 211}, "refunded", 0.98,
     "fx_and_fee", "none", None, None),
    ([2], [3], {"fx_drift": 40, "fee": 250, "missing": 6200}, "partly_refunded", 0.91,
     "part", "check_partial", dt.date(2026, 12, 5), None),
    ([4], [], {"missing": 3300}, "missing", 0.95,
     "nothing", "ask_aliexpress", dt.date(2026, 11, 30),
     Due(3300, "JPY", 0, dt.date(2026, 9, 1), dt.date(2026, 9, 30))),
    ([5], [], {"missing": 2150}, "waiting", 0.9,
     "waiting", "none", None, Due(2150, "JPY", 0, dt.date(2026, 11, 15), dt.date(2026, 12, 14))),
    ([6], [], {}, "voided", 0.88, "voided", "none", None, None),
    ([7], [8], {}, "refunded", 1.0, "exact", "none", None, None),
    ([9], [10], {"kept": 1000, "missing": 1000, "unexplained": 10}, "short", 0.93,
     "short", "open_dispute", dt.date(2026, 11, 28),
     Due(1000, "USD", 2, dt.date(2026, 8, 20), dt.date(2026, 9, 17))),
    ([12], [11], {"missing": 700}, "review", 0.512, "two_stories", "look", None, None),
]  # fmt: skip

# What explain and advice would say; (English, Japanese).
_WORDS = {
    "fx_and_fee": (
        "All of 32.49 USD came back; the yen rose and the card's fee stayed.",
        "32.49 ドルの全額が戻りました。差は円高とカードの手数料によるものです。",
    ),
    "part": (
        "Half of the order came back.",
        "注文の半分が戻りました。",
    ),
    "nothing": (
        "Nothing came back, and the time for it ended on 30 September.",
        "何も戻らないまま、9 月 30 日に期限が過ぎました。",
    ),
    "waiting": (
        "A refund was promised and is on its way.",
        "返金が約束され、手続き中です。",
    ),
    "voided": (
        "The charge left the statement before it was booked.",
        "請求は確定前に取り消されました。",
    ),
    "exact": (
        "Every cent came back.",
        "全額が戻りました。",
    ),
    "short": (
        "10.00 USD stayed with items you kept; another 10.00 USD is due.",
        "10.00 ドルは返金の対象外で、あと 10.00 ドルが戻るはずです。",
    ),
    "two_stories": (
        "This refund may belong to another charge.",
        "この返金は別の請求のものかもしれません。",
    ),
    "step_none": (
        "Nothing to do.",
        "やることはありません。",
    ),
    "step_check_partial": (
        "Look at the order: was the rest delivered? If not, open a dispute.",
        "注文を確認し、残りが届いていなければ異議を申し立ててください。",
    ),
    "step_ask_aliexpress": (
        "Open Refund Information in the order. If it says Processing for over "
        "a week, write to AliExpress; if it says Refund Success, call the card "
        "company with the date and the amount.",
        "注文の「Refund Information」を開いてください。Processing のまま 1 週間を過ぎていれば "
        "AliExpress に、Refund Success ならカード会社にお問い合わせください。",
    ),
    "step_open_dispute": (
        "Open a dispute for 10.00 USD.",
        "10.00 ドルについて異議を申し立ててください。",
    ),
    "step_look": (
        "Look at both charges and tell which one was returned.",
        "二つの請求を見比べてください。",
    ),
    "bad_amount": (
        "“12,3x4” is not an amount.",
        "「12,3x4」は金額として読めません。",
    ),
    "assumed": (
        "No currency is printed; US dollars assumed.",
        "通貨の表記がないため、米ドルとみなしました。",
    ),
}


def _say(key: str, lang: str) -> Message:
    return Message("report.as_is", {"text": _WORDS[key][LANGUAGES.index(lang)]})


def _ledger() -> pd.DataFrame:
    card, day, amount, original, told = map(list, zip(*_ROWS, strict=True))
    rakuten = [name == "…1234" for name in card]
    billed = [abs(a) for a in amount]
    rate = [
        None if o is None else f"{abs(a) / abs(o) * 100:.3f}"
        for a, o in zip(billed, original, strict=True)
    ]
    ours = [name != "GREENLEAF GROCERY" for name in told]
    columns = {
        "id": [f"{n:016x}" for n in range(len(_ROWS))],
        "file": ["enavi202610.csv" if r else "Chase5678_Activity.CSV" for r in rakuten],
        "line": list(range(2, 2 + len(_ROWS))),
        "account": card,
        "transaction_date": day,
        "posted_date": [None if r else d for r, d in zip(rakuten, day, strict=True)],
        "description": told,
        "amount": amount,
        "currency": ["JPY" if r else "USD" for r in rakuten],
        "decimals": [0 if r else 2 for r in rakuten],
        "original_amount": original,
        "original_currency": [None if o is None else "USD" for o in original],
        "original_decimals": [2] * len(_ROWS),
        "conversion_rate": rate,
        "kind": ["refund" if a < 0 else "purchase" for a in amount],
        "status": ["posted"] * len(_ROWS),
        "layout": ["rakuten-card" if r else "chase" for r in rakuten],
        "merchant": ["aliexpress" if o else None for o in ours],
        "merchant_strength": [("weak" if t.startswith("ALIPAY S") else "certain") if o else None
                              for o, t in zip(ours, told, strict=True)],
    }  # fmt: skip
    return frame(ledger.COLUMNS, columns)


def _cases(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    found: dict[str, list[object]] = {name: [] for name in CASE_COLUMNS}
    for n, (charges, refunds, causes, verdict, sure, why, step, deadline, due) in enumerate(_CASES):
        first = rows.iloc[charges[0]]
        charged = int(rows["amount"].iloc[charges].sum())
        shortfall = sum(causes.values())
        one = {
            "id": f"{n:016x}",
            "account": first["account"],
            "charges": [rows["id"].iloc[i] for i in charges],
            "refunds": [rows["id"].iloc[i] for i in refunds],
            "orders": [f"81{n:014d}"] if due else [],
            "fees": [],
            "currency": first["currency"],
            "decimals": first["decimals"],
            "charged": charged,
            "refunded": charged - shortfall,
            "shortfall": shortfall,
            "verdict": verdict,
            "confidence": sure,
            "alternatives": [Alternative((), (rows["id"].iloc[11],), 0.4)]
            if verdict == "review"
            else [],
            "due": due,
            "merchant_strength": "certain",
            "evidence": [_say(why, lang)],
            "explanation": [_say(why, lang)],
            "next_step": step,
            "deadline": deadline,
            "next_text": _say(f"step_{step}", lang),
            "message": None,
            "checklist": [],
        }
        for cause in CAUSES:
            value = causes.get(cause, 0)
            known = sure < 1
            one |= {
                cause: value,
                f"{cause}_low": value - 40 if known else None,
                f"{cause}_high": value + 40 if known else None,
            }
        for name in CASE_COLUMNS:
            found[name].append(one[name])
    return frame(CASE_COLUMNS, found)


def _summary(cases: pd.DataFrame) -> pd.DataFrame:
    found: dict[str, list[object]] = {name: [] for name in SUMMARY_COLUMNS}
    for currency, group in cases.groupby("currency"):
        found["currency"].append(currency)
        found["decimals"].append(group["decimals"].iloc[0])
        waiting = group["shortfall"].where(group["verdict"].eq("waiting"), 0).sum()
        for name in SUMMARY_AMOUNTS:
            gone = {"waiting": waiting, "not_returned": group["missing"].sum() - waiting}
            found[name].append(gone[name] if name in gone else group[name].sum())
    return frame(SUMMARY_COLUMNS, found)


def tables(lang: str = "en") -> Tables:
    """Eight cases on two cards, as of 23 November 2026, with one hole and one rejected line."""
    rows = _ledger()
    cases = _cases(rows, lang)
    return Tables(
        as_of=AS_OF,
        sources=[
            Source("enavi202610.csv", "ab" * 32, "rakuten-card", "utf-8-sig", 329, 7, 2,
                   rejected=[Rejected(9, _say("bad_amount", lang))], issuer="rakuten-card"),
            Source("Chase5678_Activity.CSV", "cd" * 32, "chase", "utf-8", 7, 7,
                   notes=[_say("assumed", lang)]),
        ],
        transactions=rows,
        cases=cases,
        unlinked=frame(UNLINKED_COLUMNS, {"transaction": [], "reason": []}),
        cards=frame(CARD_COLUMNS, {
            "account": ["…1234", "…5678"],
            "issuer": ["rakuten-card", None],
            "fee": ["0.022", None],
            "fee_source": ["issuer table", None],
            "refund_mode": ["double", "unknown"],
            "markup_low": ["0.020", None],
            "markup_high": ["0.026", None],
            "covered": [
                [(dt.date(2026, 6, 1), dt.date(2026, 7, 31)),
                 (dt.date(2026, 9, 1), dt.date(2026, 10, 31))],
                [(dt.date(2026, 6, 1), dt.date(2026, 10, 31))],
            ],
        }),
        rates=frame(RATE_COLUMNS, {
            "base": ["USD"] * 4, "quote": ["JPY"] * 4,
            "date": ["2026-06-19", "2026-07-01", "2026-07-17", "2026-07-29"],
            "rate": ["145.32", "146.05", "147.90", "147.02"], "source": ["ecb"] * 4,
        }),
        summary=_summary(cases),
    )  # fmt: skip


def no_cases(lang: str = "en") -> Tables:
    """The same statements without a single case."""
    full = tables(lang)
    return Tables(
        as_of=AS_OF,
        sources=full.sources,
        transactions=full.transactions,
        cases=frame(CASE_COLUMNS),
        unlinked=full.unlinked,
        cards=full.cards,
        rates=frame(RATE_COLUMNS),
        summary=frame(SUMMARY_COLUMNS),
    )
