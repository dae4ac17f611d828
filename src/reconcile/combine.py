"""The ledgers of several files become one, with each movement once."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reconcile import account_labels, overlap, row_ids, unnamed
from reconcile.ledger import COLUMNS, Source, constant, empty, spelled
from reconcile.text import Message, masked

# Stands behind every day of this millennium, in days since 1970.
_NO_DAY = 400_000


def combine(parts: list[pd.DataFrame], sources: list[Source]) -> pd.DataFrame:
    """Join the frames of all files into one ledger, each real movement once.

    A movement that two files both show (overlapping exports) is kept once; identical movements
    inside one file are different purchases and all stay. Charges that a later export of the same
    days lacks become `voided`. Sets `Source.duplicates`, and numbers `Source.file` where different
    files share a name. The result does not depend on the order of files or rows.
    """
    frames = [part.assign(source=number) for number, part in enumerate(parts) if len(part)]
    for frame in frames if name_apart(sources) else []:
        name = sources[int(str(frame["source"].iat[0]))].file
        frame["file"] = pd.Series(name, frame.index, dtype="str")
    if not frames:
        return empty()
    if len(frames) > 1:
        # Categories of several files would have to be united.
        rows = pd.concat([spelled(frame) for frame in frames], ignore_index=True)
    else:
        rows = frames[0]
    rows.index = pd.RangeIndex(len(rows))
    issuer = {source.layout: source.issuer for source in sources if source.issuer}
    labels, place = account_labels.of_keys(rows["account_key"], rows["layout"], issuer)
    rows["account"] = pd.Categorical.from_codes(place, pd.Index(labels))
    known: dict[int, unnamed.Owner] = {}
    if len(frames) > 1:
        rows["account"] = rows["account"].astype("str")
        known = unnamed.owners(rows)
        for at, owner in known.items():
            rows.loc[rows["source"].eq(at), "account_key"] = owner.key
            shown = {"account": masked(owner.account), "count": owner.rows}
            sources[at].notes.append(Message("note.unnamed", shown))
        if known:
            labels, place = account_labels.of_keys(rows["account_key"], rows["layout"], issuer)
            rows["account"] = pd.array(labels.to_numpy(object)[place], dtype="str")
    # Whose an export is was found by what it repeats, which does not say what it ought to show.
    shared = overlap.compare(rows, known)
    duplicate = shared.repeated | shared.settled
    for number, count in rows.loc[duplicate, "source"].value_counts().items():
        sources[int(str(number))].duplicates = int(count)
    for account, one, two in shared.strange:
        # A printed number says which card it is.
        if not account.startswith("…"):
            for mine, other in ((one, two), (two, one)):
                told = {"other": sources[other].file}
                sources[mine].notes.append(Message("note.one_card", told))
    # Of all that is bought, only what the shops' cases are made of does harm when it counts twice.
    if len(frames) > 1 and "merchant" in rows:
        for at, other, count in unnamed.doubled(rows[rows["merchant"].notna()]):
            values = {"other": sources[other].file, "count": count}
            sources[at].notes.append(Message("note.doubled", values))
    if shared.vanished.any():
        rows = spelled(rows)
        rows.loc[shared.vanished, "status"] = "voided"
    if duplicate.any():
        kept = np.flatnonzero(~duplicate)
        rows, place = rows.iloc[kept].reset_index(drop=True), place[kept]
    mixed = row_ids.numbers(rows, labels, place)
    rank = np.asarray(labels.rank(method="dense"), np.int64)
    day = rows["transaction_date"].fillna(rows["posted_date"])
    # As sorting by account, day (null last) and id: hex digits sort as their numbers do.
    since = day.to_numpy("datetime64[D]").astype(np.int64)
    since[day.isna().to_numpy(np.bool_)] = _NO_DAY
    order = _order(np.asarray(rank[place], np.int64), since, mixed)
    out: dict[str, Any] = {name: rows[name].array.take(order) for name in COLUMNS if name in rows}
    out["id"] = pd.array(row_ids.hex_ids(mixed[order]), dtype="str")
    for name in ("merchant", "merchant_strength"):
        if name not in out:
            out[name] = constant(None, len(rows))
    return pd.DataFrame({name: out[name] for name in COLUMNS}, copy=False)


def name_apart(sources: list[Source]) -> bool:
    """Tell different files of one name apart, 'march.csv' and 'march.csv (2)', if there are any."""
    if len({source.file for source in sources}) == len(sources):
        return False
    listed = pd.DataFrame({"file": [s.file for s in sources], "sha": [s.sha256 for s in sources]})
    nth = listed.groupby("file")["sha"].rank(method="dense").astype("int64")
    for number in np.flatnonzero(nth > 1):
        sources[number].file += f" ({nth[number]})"
    return bool(nth.gt(1).any())


def _order(
    rank: npt.NDArray[np.int64], since: npt.NDArray[np.int64], mixed: npt.NDArray[np.uint64]
) -> npt.NDArray[np.intp]:
    """Row numbers by rank, then day, then hash."""
    low = int(since.min())
    span = int(since.max()) - low + 1
    bits = ((int(rank.max()) + 1) * span).bit_length()
    if bits <= 40:
        # All three in one number, of the hash as many bits as fit: sorted in a third of the time.
        key = (rank * span + (since - low)).astype(np.uint64) << np.uint64(64 - bits)
        key |= mixed >> np.uint64(bits)
        order = np.argsort(key)
        key = key[order]
        if (key[1:] != key[:-1]).all():
            return order
    return np.lexsort((mixed, since, rank))
