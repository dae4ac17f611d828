"""The card's own number inside the bank's ids of its rows, cut to four digits as everywhere."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import grouped
from reconcile.text import masked

# No card number is shorter.
_SHORTEST = 13
_BETWEEN = r"[\s.\-]{0,2}"


def cut(rows: pd.DataFrame) -> pd.DataFrame:
    """A reader's rows; ids in `reference` that hold the whole number of the row's own card show its
    last four digits alone.

    Ids are long numbers, and one in ten of those looks like a card number by chance: only the
    number that the file itself names as the account is looked for.
    """
    codes, keys = grouped(rows["account_key"])
    done: npt.NDArray[np.object_] | None = None
    for place, key in enumerate(keys.tolist()):
        number = re.sub(r"\D", "", key)
        if len(number) < _SHORTEST or masked(number) == number:
            continue
        if done is None:
            done = rows["reference"].astype("str").to_numpy(object, copy=True)
        mine = np.flatnonzero(codes == place)
        pattern = _BETWEEN.join(number)
        ids = pd.Series(done[mine], dtype="str")
        done[mine] = ids.str.replace(pattern, f"…{number[-4:]}", regex=True).to_numpy(object)
    return rows if done is None else rows.assign(reference=pd.array(done, dtype="str"))
