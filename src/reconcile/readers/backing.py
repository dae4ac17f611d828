"""Where a payment service's movements came from or went to: its own rows about card and bank.

PayPal lists a payment and, in a row of its own, the money it took from the card for it; a refund
and, likewise, what it sent on to the card. Those rows are no movements, but they tell in which
amount and currency the other side shows the same money.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.readers import fields
from reconcile.readers.columns import Columns
from reconcile.readers.rows import TRANSACTION, Roles

# The name of the rule of such rows in a layout.
FUNDING = "funding"


def backing(
    columns: Columns, roles: Roles, amount: npt.NDArray[np.int64], billing: pd.Series,
    line: npt.NDArray[np.int64],
) -> pd.DataFrame:  # fmt: skip
    """Per transaction (`line`) its `number`, the number it is `related` to, its `invoice`, and the
    `minor` units (owed positive) and `currency` that card or bank show of it; null where not told.

    `amount` is in minor units, owed positive, for all rows of the file; so are all columns.
    """
    told = {name: _text(columns, name) for name in ("reference", "related", "invoice")}
    table = pd.DataFrame(
        {
            "line": line, "number": told["reference"].array, "related": told["related"].array,
            "invoice": told["invoice"].array, "amount": amount, "currency": billing.array,
        }
    )  # fmt: skip
    moves = table[roles.are(TRANSACTION)]
    rows = table[roles.are(FUNDING) & table["related"].notna().to_numpy(np.bool_)]
    own = moves.dropna(subset="number").drop_duplicates("number", keep=False)
    back = moves[moves["related"].notna() & moves["amount"].lt(0)]
    back = back.drop_duplicates("related", keep=False)
    at = pd.concat(
        [
            _of(rows, own, "number"),
            # What was sent on to the card may name the payment instead of its refund.
            _of(rows[rows["amount"].gt(0)], back, "related"),
        ]
    )
    at = at[~at.index.duplicated()]
    paid = (
        pd.DataFrame(
            {
                "line": at,
                "minor": -rows["amount"].reindex(at.index),
                "currency": rows["currency"].reindex(at.index),
            }
        )
        .groupby("line")
        .agg(minor=("minor", "sum"), currency=("currency", "first"), kinds=("currency", "nunique"))
    )
    paid = paid[paid["kinds"].eq(1)]
    out: pd.DataFrame = moves[["line", "number", "related", "invoice"]].merge(
        paid[["minor", "currency"]], left_on="line", right_index=True, how="left"
    )
    return out.astype({"minor": "Int64", "currency": "str"}).reset_index(drop=True)


def _of(rows: pd.DataFrame, moves: pd.DataFrame, key: str) -> pd.Series:
    """The line of the movement that each row pays for or sends on: the other side of its money."""
    both = rows["related"].map(moves.set_index(key)["line"])
    sign = rows["related"].map(moves.set_index(key)["amount"])
    fits = both.notna() & np.sign(sign).eq(-np.sign(rows["amount"]))
    return pd.Series(both[fits].astype("int64"))


def _text(columns: Columns, name: str) -> pd.Series:
    def read(unique: pd.Series) -> pd.Series:
        text = fields.plain(unique)
        return text.where(text.ne(""))

    return fields.on_unique(columns.text(name), read)
