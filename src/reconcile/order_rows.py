"""Lines of an order list to one row per order, and what each says is due."""

import numpy as np
import pandas as pd

from reconcile import order_formats
from reconcile.ledger import Rejected
from reconcile.money import decimals
from reconcile.text import Message

# States in which nothing has been granted yet.
_OPEN = ("out_of_stock", "cancel_requested", "fake_tracking", "partial_offer", "dispute")
# name: (dtype, meaning)
COLUMNS: dict[str, tuple[str, str]] = {
    "order_id": ("str", "order number as printed; null for a claim"),
    "order_date": ("datetime64[us]", "day of the order"),
    "currency": ("str", "currency of the order"),
    "places": ("int8", "digits after the decimal sign of the amounts"),
    "total": ("int64", "minor units paid for the order"),
    "due": ("int64", "minor units due back; 0 where nothing is"),
    "known_due": ("bool", "whether the row tells what is due (a refund amount, or a status)"),
    "told": ("bool", "whether a refund amount above zero is told"),
    "started": ("bool", "whether the refund clock runs; false: due, but not yet granted"),
    "promised": ("datetime64[us]", "day the refund was promised; null where not told"),
    "refund_to": ("str", "where the refund goes, as printed; may be null"),
    "target": ("str", "card, paypal, wallet or bank; null where not told"),
    "status": ("str", "status as printed; may be null"),
    "state": ("str", "what the status says, see order_formats.toml; may be null"),
    "protection_until": ("datetime64[us]", "last day of Buyer Protection; null where not told"),
    "coupon": ("int64", "minor units of coupons and vouchers; 0 where not told"),
    "shipping": ("int64", "minor units of shipping; -1 where not told"),
    "extra": ("object", "dict of the file's other columns, as printed"),
    "line": ("int64", "1-based line in the file; of several, the first"),
}


def joined(rows: pd.DataFrame, per_line: bool, alone: bool) -> tuple[pd.DataFrame, list[Rejected]]:
    """Lines with the same `group` as one row each, and the orders whose lines contradict.

    `alone`: a line is a whole order, so that several say the same again, or later.
    """
    rule = {one.state: one for one in order_formats.statuses()}
    rank = {one.state: at for at, one in enumerate(order_formats.statuses())}
    state = order_formats.state(rows["status"])
    back = state.map(lambda s: s in rule and rule[s].due == "all").astype("bool")
    rows = rows.assign(
        rank=state.map(rank).fillna(len(rank)).astype("int64"),
        back=np.where(back, rows["total"], 0), backs=back,
        coupon=rows["coupon"].abs(), shipping=rows["shipping"].where(rows["shipped"], -1),
    )  # fmt: skip
    by = rows.groupby("group", sort=False)
    # Items of one order may differ: the one that says most of a refund speaks for the order.
    speaks = rows.sort_values("rank", kind="stable").drop_duplicates("group").set_index("group")
    out = by.first()
    out["order_id"] = out["key"]
    out["status"] = speaks["status"].reindex(out.index)
    for name in ("refund_date", "coupon", "shipping", "told"):
        out[name] = by[name].max()
    first = out["line"]
    faults = {
        "orders.currencies": by["currency"].nunique().gt(1),
        "orders.totals": by["total"].nunique().gt(1) & (not per_line),
    }
    if alone:
        # One refund may be told again, without its day or with it; others are further parts.
        told = rows[rows["told"]].drop_duplicates(["group", "refund_amount", "refund_date"])
        dated = told["refund_date"].notna()
        again = pd.MultiIndex.from_frame(told.loc[dated, ["group", "refund_amount"]])
        same = pd.MultiIndex.from_frame(told[["group", "refund_amount"]]).isin(again)
        parts = told[dated | ~same].groupby("group")["refund_amount"].sum()
        out["refund_amount"] = parts.reindex(out.index).fillna(0).astype("int64")
        faults["orders.refunds"] = out["refund_amount"].gt(out["total"]) & by.size().gt(1)
    if per_line:
        for name in ("total", "refund_amount"):
            out[name] = by[name].sum()
        # Only some items come back, and no amount is told: theirs is due.
        some = by["backs"].any() & ~by["backs"].all() & ~out["told"]
        out["refund_amount"] = out["refund_amount"].where(~some, by["back"].sum())
        out["told"] |= some
    faults["orders.nothing_paid"] = out["total"].le(0)
    bad = pd.Series(False, index=out.index)
    found = []
    for code, which in faults.items():
        found += [
            Rejected(int(first[at]), Message(code, {"text": out.loc[at, "key"] or "-"}))
            for at in out.index[which & ~bad]
        ]
        bad |= which
    return out[~bad].reset_index(), found


def told_due(table: pd.DataFrame) -> pd.DataFrame:
    """What each order says is due, to where and since when: `COLUMNS`."""
    status = table["status"].astype("str")
    state = order_formats.state(status)
    rule = {one.state: one for one in order_formats.statuses()}
    says = state.map(lambda s: rule[s].due if s in rule else "none")
    started = state.map(lambda s: s in rule and rule[s].started).astype("bool")
    total, refund = table["total"].astype("int64"), table["refund_amount"].astype("int64")
    told = table["told"].astype("bool")
    due = np.where(told & refund.gt(0), refund, np.where(says.eq("all") & ~told, total, 0))
    promised = pd.to_datetime(table["refund_date"]).astype("datetime64[us]")
    refund_to = table["refund_to"].where(table["refund_to"].ne(""))
    target = order_formats.target(table["refund_to"].astype("str"))
    paid_by = order_formats.target(table["payment"].astype("str"))
    currency = table["currency"].astype("str")
    # An offer or a claim is not yet a promise, unless the day of one is told.
    granted = told & refund.gt(0) & (promised.notna() | ~state.isin(_OPEN))
    columns = {
        "order_id": table["order_id"].where(table["order_id"].ne("")),
        "order_date": table["order_date"], "currency": currency,
        "places": [decimals(str(name)) for name in currency], "total": total, "due": due,
        "known_due": told | says.eq("all"), "told": told & refund.gt(0),
        "started": started | granted, "promised": promised, "refund_to": refund_to,
        "target": target.where(target.notna(), paid_by),
        "status": status.where(status.ne("")), "state": state,
        "protection_until": pd.to_datetime(table["protection_until"]),
        "coupon": table["coupon"], "shipping": table["shipping"], "extra": table["extra"],
        "line": table["line"],
    }  # fmt: skip
    rows = pd.DataFrame(columns, columns=list(COLUMNS))
    return rows.astype({name: dtype for name, (dtype, _) in COLUMNS.items()})
