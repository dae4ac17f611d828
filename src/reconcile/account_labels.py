"""What accounts are called: '…1234', told apart where several cards end alike."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

# The first and last digits of a card number masked between them, spaces and hyphens removed.
_MASKED = r"^\D*?(\d+)[*＊xX•●…#_]+(\d{4,})\W*$"

# An IBAN in the groups in which it is printed.
_IBAN = r"[A-Z]{2}\d{2}(?: [A-Z\d]{4})+(?: [A-Z\d]{1,3})?"

# Layouts that say nothing of the bank, and so not what the names of accounts are: those that were
# guessed, and QIF.
_ANY_BANK = r"guessed.*|qif"


def of_keys(
    key: pd.Series, layout: pd.Series, issuer: Mapping[str, str] = MappingProxyType({})
) -> tuple[pd.Series, npt.NDArray[np.int64]]:
    """The distinct labels, and which of them each row has; `issuer` is who issues a layout's cards.

    '…1234' per account; cards that share four digits are told apart by '#2', by full number and
    issuer, and accounts that have names alone by their names.
    """
    of_key, keys = pd.factorize(key, use_na_sentinel=False)
    of_layout, layouts = pd.factorize(layout, use_na_sentinel=False)
    codes, pairs = pd.factorize(of_key * len(layouts) + of_layout)
    key = pd.Series(keys, dtype="str").take(pairs // len(layouts)).reset_index(drop=True)
    layout = pd.Series(layouts, dtype="str").take(pairs % len(layouts)).reset_index(drop=True)
    label = plain(key, layout)
    if not label.is_unique:
        label = _told_apart(label, key, layout.map(issuer))
    place, distinct = pd.factorize(label)
    return pd.Series(distinct, dtype="str"), place[codes].astype(np.int64)


def _told_apart(label: pd.Series, key: pd.Series, issuer: pd.Series) -> pd.Series:
    """The labels, those of different full numbers or issuers with '#2' and so on; and those of
    different names where an export of several accounts has nothing else for them.
    """
    numbered = _tail(key).notna()
    # What a bank's layout calls the account, without a number, are the ways to pay with one card.
    name = key.str.strip().str.casefold().where(label.str.fullmatch(_ANY_BANK), "")
    # A masked number ('****1234') may be any of the cards with these digits, so it counts as one.
    number = _by_issuer(label, _numbers(label, key), issuer).where(numbered, name)
    cards = pd.DataFrame({"label": label, "number": number, "numbered": numbered})
    cards = cards.drop_duplicates(["label", "number"]).sort_values(["label", "number"])
    full = cards[cards["number"].str.len().gt(cards["numbered"].map({True: 4, False: 0}))]
    nth = full.groupby("label").cumcount() + 1
    suffix = dict(zip(full["label"] + "\0" + full["number"], nth, strict=True))
    whole = label + "\0" + number
    order = whole.map(suffix).fillna(1).astype("int64")
    return label.where(order.le(1), label + "#" + order.astype("str")).astype("str")


def _by_issuer(label: pd.Series, number: pd.Series, issuer: pd.Series) -> pd.Series:
    """The numbers; of cards of several issuers that end alike, those of which no more is told than
    four digits become the number of their issuer's card, or one of its own.
    """
    # One group may name its cards in several layouts ('amex', 'amex-uk').
    group = issuer.astype("str").str.partition("-")[0]
    clash = group.groupby(label).transform("nunique").gt(1)
    if not clash.any():
        return number
    number = number.copy()
    for at in label[clash].groupby(label[clash]).groups.values():
        mine = pd.DataFrame({"number": number[at], "group": group[at]}).drop_duplicates()
        whole = mine[mine["number"].str.len().gt(4)].sort_values("number")
        of_group = whole.dropna(subset="group").drop_duplicates("group")
        owner = dict(zip(of_group["group"], of_group["number"], strict=True))
        # A number whose issuer nobody tells may be the card of any one of them.
        spare = [one for one in whole["number"].unique() if one not in set(of_group["number"])]
        bare = mine.loc[mine["number"].str.len().le(4), "group"].dropna()
        for name in sorted(set(bare) - set(owner)):
            owner[name] = spare.pop(0) if spare else f"~{name:>4}"
        short = at[(number[at].str.len().le(4) & group[at].notna()).to_numpy(np.bool_)]
        number[short] = group[short].map(owner)
    return number


def plain(key: pd.Series, layout: pd.Series) -> pd.Series:
    """'…1234' or the layout's name: the label of each account, as long as it is the only one."""
    return ("…" + _tail(key)).fillna(layout)


def _tail(key: pd.Series) -> pd.Series:
    key = key.where(~key.str.fullmatch(_IBAN), key.str.replace(" ", ""))
    return key.str.extract(r"(\d{4})\W*$", expand=False)


def _numbers(label: pd.Series, key: pd.Series) -> pd.Series:
    """The digits of each key; of a number masked in its middle, those of the only one that fits."""
    number = key.str.replace(r"\D", "", regex=True).fillna("")
    shown = key.str.replace(r"[\s-]", "", regex=True).str.extract(_MASKED)
    masked = shown[0].notna()
    if not masked.any():
        return number
    table = pd.DataFrame({"label": label, "number": number, "head": shown[0], "tail": shown[1]})
    full = table.loc[~masked, ["label", "number"]].drop_duplicates()
    both = table[masked].reset_index(names="at").merge(full, on="label", suffixes=("", "_full"))
    fits = [
        len(whole) > len(head + tail) and whole.startswith(head) and whole.endswith(tail)
        for whole, head, tail in zip(both["number_full"], both["head"], both["tail"], strict=True)
    ]
    both = both[np.array(fits, np.bool_)].drop_duplicates("at", keep=False)
    number = number.copy()
    number.loc[both["at"]] = both["number_full"].to_numpy()
    return number
