"""Bytes of a regular text to cells, by pandas' parser."""

import csv
import io
import warnings
from typing import Any

import pandas as pd

# From so many bytes on, to know a column's distinct texts while it is parsed saves more than it
# takes (measured: equal at 200,000).
CODED = 1_000_000
# So many of a long table's first records show which columns repeat their texts.
_FIRST = 2_000


def cells(data: bytes, delimiter: str, width: int, quoted: bool) -> pd.DataFrame | None:
    """Cells as text, in long files as categoricals; None where a quote never closes.

    A record over several lines may have more cells than any line has; what pandas would cut off
    with a warning is read again with room for it.
    """
    while True:
        try:
            return strictly(data, delimiter, width, quoted)
        except pd.errors.ParserWarning:
            width *= 2
        except pd.errors.ParserError as error:
            if "EOF inside string" in str(error):
                return None
            if width > len(data):
                raise
            width *= 2


def strictly(data: bytes, delimiter: str, width: int, quoted: bool) -> pd.DataFrame:
    """Cells as text, of a long file as categoricals. Raises pandas' errors and, where a record has
    more cells than `width`, its `ParserWarning`.
    """

    def read(dtype: Any, *, whole: bool, rows: int | None = None) -> pd.DataFrame:
        return pd.read_csv(
            io.BytesIO(data),
            sep=delimiter,
            header=None,
            names=range(width),
            index_col=False,
            dtype=dtype,
            low_memory=not whole,
            na_filter=False,
            skip_blank_lines=False,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            engine="c",
            nrows=rows,
        )

    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        if len(data) >= CODED:
            # Parsed at once: the categories of chunks would have to be united.
            varied = _varied(read(object, whole=True, rows=_FIRST))
            kinds = {n: object if n in varied else "category" for n in range(width)}
            found = read(kinds, whole=True)
            for name in varied:
                codes, texts = pd.factorize(found[name])
                found[name] = pd.Categorical.from_codes(codes, pd.Index(texts, dtype="str"))
            if all(found[name].cat.categories.dtype == "str" for name in found):
                return found
            # A column of numbers alone has become numbers, '01' the same as '1'.
        return read(object, whole=False)


def _varied(cells: pd.DataFrame) -> list[int]:
    """Columns of words most of which differ, as descriptors do.

    Parsed as categories they would be sorted, which takes longer than the parsing does.
    """
    out = []
    for name in cells:
        texts = cells[name].unique()
        words = sum(any(map(str.isalpha, text)) for text in texts)
        if 2 * words > len(cells):
            out.append(int(str(name)))
    return out
