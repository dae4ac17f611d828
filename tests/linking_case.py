"""What the tests of linking share: a ledger from a few rows, and links of a whole ledger."""

import numpy as np
import pandas as pd

from reconcile import ledger, markups, merchants, orders, rates
from reconcile.combine import combine
from reconcile.linking.candidates import movements
from reconcile.linking.fit import CardSetup, Links, link
from reconcile.linking.worth import original_currency

Row = tuple[str, str, int, int | None]


def book(rows: list[Row], currency: str = "JPY", original: str = "USD") -> pd.DataFrame:
    """A ledger of AliExpress rows (account, day, billed, original), in minor units."""
    count = len(rows)
    account, day, billed, foreign = zip(*rows, strict=True)
    frame = ledger.reader_frame(
        {
            "file": "test",
            "line": np.arange(count) + 1,
            "account_key": list(account),
            "transaction_date": np.array(day, "datetime64[us]"),
            "description": "ALIEXPRESS.COM",
            "amount": list(billed),
            "currency": currency,
            "decimals": 0 if currency == "JPY" else 2,
            "original_amount": list(foreign),
            "original_currency": [None if value is None else original for value in foreign],
            "kind": ["purchase" if value > 0 else "refund" for value in billed],
            "status": "posted",
            "layout": "test",
        },
        count,
    )
    return combine([frame], [ledger.Source("test", "", "test", "utf-8")])


def linked(
    book: pd.DataFrame, wanted: pd.DataFrame | None = None, setup: dict[str, object] | None = None
) -> Links:
    """Links of a ledger as the pipeline makes them; `wanted` is a list of orders as text."""
    table = rates.ecb()
    rows = book.copy()
    rows[["merchant", "merchant_strength"]] = merchants.match(rows["description"])
    own = rows[rows["merchant"].eq(merchants.ALIEXPRESS)]
    moves = movements(own)
    accounts = moves.accounts
    rows = rows[rows["account"].isin(accounts)]
    rows = rows.assign(original_currency=original_currency(rows, table))
    place = {name: n for n, name in enumerate(accounts)}
    codes = rows["account"].map(place).to_numpy(np.int64).astype(np.int64)
    day = ledger.day(rows).to_numpy("datetime64[D]").astype(np.int64)
    first, last = np.full(len(accounts), 10**9), np.zeros(len(accounts), np.int64)
    np.minimum.at(first, codes, day)
    np.maximum.at(last, codes, day)
    seen = markups.observe(rows, codes, len(accounts), table)
    terms = markups.Terms(**(setup or {}))  # type: ignore[arg-type]
    known = CardSetup([terms] * len(accounts), seen, first, last)
    told = None if wanted is None else orders.normalise(wanted).rows
    return link(moves, table, known, told, rows[rows["merchant"].ne(merchants.ALIEXPRESS)])


def told(links: Links) -> pd.DataFrame:
    """The chosen stories as lists of ids with their confidence."""
    stories, ids = links.stories, links.moves.frame["id"].tolist()
    out = []
    for at in np.flatnonzero(links.solution.chosen).tolist():
        charge, refund = stories.charges_at(at), stories.refunds_at(at)
        out.append(
            {
                "charges": [ids[i] for i in charge],
                "refunds": [ids[i] for i in refund],
                "confidence": float(links.solution.probability[at]),
                "kind": str(stories.kind[at]),
            }
        )
    return pd.DataFrame(out, columns=["charges", "refunds", "confidence", "kind"])
