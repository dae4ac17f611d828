"""Card numbers in what a file prints, cut to their last four digits."""

import re
from itertools import islice

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile.distinct import grouped
from reconcile.text import masked, may_hold_card

# No card number is shorter, or longer.
_SHORTEST, _LONGEST = 13, 19
# What may stand between two digits of one number.
_SIGNS, _MOST = " \t\u00a0\u3000.-", 2
_BETWEEN = r"[\s.\-]{0,2}"
# The first digits that a masked number shows, and the last.
_HEAD = re.compile(r"(\d{4,})[*＊xX•●…#_.]+\d+\W*$")
_TAIL = re.compile(r"(?:^|\D)\d{0,2}(\d{4})\W*$")
# What every second digit counts for in the check of Luhn.
_TWICE = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], np.int8)
# Places looked at together: of a long file all ids may end as the card does.
_TOGETHER = 20_000
# As many ids with the last digits show a number again, if it is in them.
_FEW = 8
# Numbers of more than sixteen digits are above it. Cards begin with 3 to 6.
_SIXTEEN = np.uint64(10**16)
# No more cards than this are believed to end alike.
_CARDS = 4


def cut(texts: list[str]) -> list[str]:
    """The texts without whole card numbers; the same list where there are none."""
    # Quick tests for most files, in which there is none.
    open_ = _with_digits(texts)
    if not len(open_) or not may_hold_card("\n\n\n".join([texts[at] for at in open_])):
        return texts
    out = list(texts)
    for at in open_:
        out[at] = masked(out[at])
    return out


def _with_digits(texts: list[str]) -> list[int]:
    """Which texts may have as many digits as a card number; quicker than to look for one. Those of
    other alphabets, which have digits of their own, all may.
    """
    every = "\n".join(texts)
    if every.count("\n") >= max(len(texts), 1):  # some hold line breaks
        return list(range(len(texts)))
    signs = np.frombuffer(f"{every}\n".encode("utf-8", "surrogatepass"), np.uint8)
    starts = np.append(0, np.flatnonzero(signs == ord("\n"))[:-1])
    digits = np.add.reduceat((signs >= ord("0")) & (signs <= ord("9")), starts, dtype=np.int32)
    other = np.add.reduceat(signs > 127, starts, dtype=np.int32)
    found: list[int] = np.flatnonzero((digits >= _SHORTEST) | (other > 0)).tolist()
    return found


def cut_own(rows: pd.DataFrame) -> pd.DataFrame:
    """A reader's rows; ids in `reference` that hold the whole number of the row's own card show its
    last four digits alone.

    Ids are long numbers, and one in ten of those looks like a card number by chance: only the
    number that the file itself names as the account is looked for, or, where it names a masked one,
    numbers that begin and end so.
    """
    codes, keys = grouped(rows["account_key"])
    shown = [_shown(key) for key in keys.tolist()]
    if not any(tail for _, tail in shown) or not rows["reference"].notna().any():
        return rows
    done = rows["reference"].fillna("").to_numpy(object, copy=True)
    by_key = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[by_key], np.arange(len(keys) + 1))
    changed = False
    for (head, tail), first, end in zip(shown, bounds[:-1], bounds[1:], strict=True):
        if not tail:
            continue
        mine, numbers = by_key[first:end], [head]
        if len(head) < _SHORTEST:
            mine = mine[np.array([tail in each for each in done[mine].tolist()], np.bool_)]
            numbers = _numbers(done[mine].tolist(), head, tail)
        for number in numbers:
            pattern = re.compile(_BETWEEN.join(number))
            if pattern.search("|".join(done[mine].tolist())):
                ids = pd.Series(done[mine], dtype="str")
                done[mine] = ids.str.replace(pattern, f"…{tail}", regex=True).to_numpy(object)
                changed = True
    if not changed:
        return rows
    cut_ids = pd.Series(done, index=rows.index, dtype="str")
    return rows.assign(reference=cut_ids.where(rows["reference"].notna()))


def _shown(key: str) -> tuple[str, str]:
    """What an account's key shows of a card number: its first digits, or all of them, and its last
    four; both empty where it is none.
    """
    number = re.sub(r"\D", "", key)
    if len(number) >= _SHORTEST:
        return (number, number[-4:]) if masked(number) != number else ("", "")
    plain = re.sub(r"[\s\-]", "", key)
    head, tail = _HEAD.search(plain), _TAIL.search(plain)
    return (head[1] if head else "", tail[1]) if tail else ("", "")


def _numbers(ids: list[str], head: str, tail: str) -> list[str]:
    """The card numbers in ids that begin and end so, those that come most often first.

    Of those of which the last digits alone are known, a few fit by chance; they count where they
    are a group of digits by themselves, as long as cards have them, or come again in another id;
    of a few ids, where they begin or end such a group.
    """
    few = len(set(ids)) < _FEW
    signs = np.frombuffer("|".join(dict.fromkeys(ids)).encode("utf-32-le"), np.uint32)
    at = np.flatnonzero((signs >= ord("0")) & (signs <= ord("9")))
    if len(at) < _SHORTEST:
        return []
    digit, gap = (signs[at] - ord("0")).astype(np.int8), np.diff(at)
    other = np.cumsum(~np.isin(signs, [ord(sign) for sign in _SIGNS]))[at]
    # Digits with nothing else between them than may stand inside a number.
    run = np.append(0, np.cumsum((gap > _MOST + 1) | (np.diff(other) > 1)))
    begins, ends = np.append(True, gap > 1), np.append(gap > 1, True)
    four = np.lib.stride_tricks.sliding_window_view(digit, len(tail))
    last = np.flatnonzero((four == [int(sign) for sign in tail]).all(axis=1)) + len(tail) - 1
    found, alone = [np.empty(0, np.uint64)], [np.empty(0, np.bool_)]
    for start in range(0, len(last), _TOGETHER):
        some = last[start : start + _TOGETHER]
        number, first, row = _ending_at(some, digit, run)
        found.append(number)
        usual = (number < _SIXTEEN) & (digit[first] >= 3) & (digit[first] <= 6)
        # Of a few ids none may repeat it.
        edges = begins[first].astype(np.int8) + ends[some[row]]
        alone.append(usual & (edges >= (1 if few else 2)))
    which, place, count = np.unique(np.concatenate(found), return_inverse=True, return_counts=True)
    believed = (np.bincount(place, np.concatenate(alone), len(which)) > 0) | (count > 1)
    # Of those that come as often the longest first, which the shorter ones may be part of.
    order = np.lexsort((which, count))[::-1]
    likely = (str(n) for n in which[order[believed[order] | bool(head)]].tolist())
    return list(islice((n for n in likely if n.startswith(head) and masked(n) != n), _CARDS))


def _ending_at(
    last: npt.NDArray[np.intp], digit: npt.NDArray[np.int8], run: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The numbers of a card's length that pass the check of Luhn and end at these digits: each with
    the place of its first digit, and which of `last` is its own.
    """
    # The last digit first.
    back = last[:, None] - np.arange(_LONGEST)
    value = digit[back]
    counted = np.where(np.arange(_LONGEST) % 2 == 1, _TWICE[value], value)
    good = (back >= 0) & (run[back] == run[last, None]) & (value > 0)
    good &= np.cumsum(counted, axis=1, dtype=np.int16) % 10 == 0
    good[:, : _SHORTEST - 1] = False
    row, length = np.nonzero(good)
    tens = np.uint64(10) ** np.arange(_LONGEST, dtype=np.uint64)
    number = np.cumsum(value[row].astype(np.uint64) * tens, axis=1)
    return number[np.arange(len(row)), length], back[row, length], row
