"""The distinct texts of a column, so that each is looked at once however many rows there are."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

_FEW = 200  # fewer texts are searched one by one


def distinct(texts: pd.Series) -> tuple[npt.NDArray[np.intp], pd.Series]:
    """Which of the distinct texts each row has, and those (`str`, null as empty).

    A categorical knows its texts; of its categories some may be in no row.
    """
    if isinstance(texts.dtype, pd.CategoricalDtype):
        codes = np.asarray(texts.cat.codes).astype(np.intp)
        names = pd.Series(texts.cat.categories, dtype="str")
        if len(names) > len(codes):
            used, codes = np.unique(codes, return_inverse=True)
            names = names.take(used[used >= 0]).reset_index(drop=True)
            codes = codes - int(np.count_nonzero(used < 0))
        if len(codes) and codes.min() < 0:
            codes[codes < 0] = len(names)
            names = pd.concat([names, pd.Series([""], dtype="str")], ignore_index=True)
        return codes, names
    codes, uniques = pd.factorize(texts, use_na_sentinel=False)
    return codes, pd.Series(uniques, dtype="str").fillna("")


# What could keep a pattern from matching in a text that others stand before and behind.
_LOOKS_AROUND = re.compile(r"\(\?<?!|\(\?>|[*+?}]\+|\\[AZ]")


def holding(texts: Sequence[str], pattern: re.Pattern[str]) -> npt.NDArray[np.bool_]:
    """In which texts the pattern is found.

    All are searched as one text first, which takes a fraction of the time where few hold it.
    """
    search, out = pattern.search, np.zeros(len(texts), np.bool_)
    if len(texts) < _FEW or _LOOKS_AROUND.search(pattern.pattern):
        out[:] = [search(text) is not None for text in texts]
        return out
    ends = np.cumsum([len(text) + 1 for text in texts])
    lines = re.compile(pattern.pattern, pattern.flags | re.MULTILINE)
    spans = [found.span() for found in lines.finditer("\n".join(texts))]
    if not spans:
        return out
    first, last = np.searchsorted(ends, np.array(spans), side="right").T
    for number in {n for a, b in zip(first, last, strict=True) for n in range(a, b + 1)}:
        if number < len(texts):
            out[number] = search(texts[number]) is not None
    return out
