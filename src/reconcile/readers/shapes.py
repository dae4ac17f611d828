"""What a cell looks like: nothing, a number, a day, or other text."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import distinct
from reconcile.money import fold

EMPTY, NUMBER, DAY, TEXT = range(4)
_NUMBER = re.compile(r"[^\w]{0,2}[A-Z]{0,3}[^\w]{0,2}\d[\d.,' ]*[^\w]{0,3}[A-Z]{0,3}")
_DAY = re.compile(r"\d{1,4}[-/.年 ]\d{1,2}(?:[-/.月 ]\d{1,4}日?\.?)?(?:[T ]\d.*)?")


def shapes(column: pd.Series) -> npt.NDArray[np.int64]:
    """The shape of each cell; each distinct text is looked at once."""
    codes, names = distinct(column)

    def shape(cell: str) -> int:
        text = fold(cell)
        if not text:
            return EMPTY
        return NUMBER if _NUMBER.fullmatch(text) else DAY if _DAY.fullmatch(text) else TEXT

    return np.array([shape(name) for name in names], np.int64)[codes]
