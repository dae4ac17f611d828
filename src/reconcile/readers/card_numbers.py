"""Card numbers in what a file prints, cut to their last four digits."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import grouped
from reconcile.text import masked, may_hold_card

# No card number is shorter.
_SHORTEST = 13
_BETWEEN = r"[\s.\-]{0,2}"


def cut(texts: list[str]) -> list[str]:
    """The texts without whole card numbers; the same list where there are none."""
    # Quick tests for most files, in which there is none.
    if _digits_enough(texts) and may_hold_card("\n\n\n".join(texts)):
        return [masked(text) for text in texts]
    return texts


def _digits_enough(texts: list[str]) -> bool:
    """Whether any text may have as many digits as a card number; quicker than to look for one."""
    every = "\n".join(texts)
    if not every.isascii() or every.count("\n") >= max(len(texts), 1):
        return True
    signs = np.frombuffer(f"{every}\n".encode("ascii"), np.uint8)
    starts = np.append(0, np.flatnonzero(signs == ord("\n"))[:-1])
    digits = np.add.reduceat((signs >= ord("0")) & (signs <= ord("9")), starts, dtype=np.int32)
    return bool((digits >= _SHORTEST).any())


def cut_own(rows: pd.DataFrame) -> pd.DataFrame:
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
        pattern = re.compile(_BETWEEN.join(number))
        ids = pd.Series(done[mine], dtype="str")
        if pattern.search("|".join(ids.dropna())):
            done[mine] = ids.str.replace(pattern, f"…{number[-4:]}", regex=True).to_numpy(object)
    return rows if done is None else rows.assign(reference=pd.array(done, dtype="str"))
