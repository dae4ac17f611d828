"""The user's word on earlier cases: confirmed, rejected, not due."""

from pathlib import Path

import pytest

from reconcile import InputError, Reconciliation, reconcile
from reconcile.text import LANGUAGES, render

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_statements/plain/jpy-card-with-originals.csv"
ORDERS = ROOT / "sample_statements/orders.csv"


def run(tmp_path: Path, *rows: str) -> Reconciliation:
    """The sample reconciled with these decisions."""
    path = tmp_path / "decisions.csv"
    path.write_text("\n".join(("Case ID,Decision", *rows)), "utf-8")
    return reconcile(SAMPLE, orders=ORDERS, decisions=path, lang="en")


def the(result: Reconciliation, verdict: str) -> dict[str, object]:
    """The one case of a verdict."""
    found = result.tables.cases[result.tables.cases["verdict"].eq(verdict)]
    assert len(found) == 1
    return dict(found.iloc[0])


def test_rejected_never_returns(tmp_path: Path) -> None:
    """A link that the user rejected would come back on the next run."""
    before = the(run(tmp_path), "review")
    after = run(tmp_path, f"{before['id']},reject")
    assert before["id"] not in set(after.tables.cases["id"])
    # The refund now goes to the other of the two equal charges, without a doubt.
    joined = [row for row in after.tables.cases["refunds"] if row == before["refunds"]]
    assert len(joined) == 1
    assert "review" not in set(after.tables.cases["verdict"])


@pytest.mark.parametrize("by_transactions", [False, True])
def test_confirmed_stands(tmp_path: Path, *, by_transactions: bool) -> None:
    """A reading that the user confirmed would still be asked about."""
    before = the(run(tmp_path), "review")
    name = " ".join([*before["charges"], *before["refunds"]]) if by_transactions else before["id"]
    after = run(tmp_path, f"{name},confirm")
    row = after.case(str(before["id"]))
    assert row["confidence"] == 1.0
    assert row["verdict"] == "refunded"


def test_not_due(tmp_path: Path) -> None:
    """What the user says is not due would still be claimed."""
    before = the(run(tmp_path), "short")
    after = run(tmp_path, f"{before['id']},not due")
    row = after.tables.cases[after.tables.cases["id"].eq(before["id"])].iloc[0]
    assert (row["verdict"], row["missing"], row["due"]) == ("refunded", 0, None)
    causes = ["fx_drift", "fee", "missing", "kept", "unexplained"]
    assert sum(row[cause] for cause in causes) == row["shortfall"]


def test_unknown_word_is_reported(tmp_path: Path) -> None:
    """A decision with a typing error would be dropped in silence."""
    result = run(tmp_path, "0123456789ab,perhaps")
    assert [note.code for note in result.tables.notes] == ["note.order_rejected"]


def test_file_without_columns(tmp_path: Path) -> None:
    """A wrong file given as decisions would be taken for an empty one."""
    path = tmp_path / "decisions.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError, match="decisions_columns"):
        reconcile(SAMPLE, decisions=path)


def test_a_decision_about_a_case_that_is_gone_is_told(tmp_path: Path) -> None:
    """A decision would silently stop to count once the statements changed."""
    before = the(run(tmp_path), "short")
    good = run(tmp_path, f"{before['id']},not due")
    assert "decision.no_case" not in {note.code for note in good.tables.notes}
    after = run(tmp_path, f"{before['id']},not due", "abcdefabcdef,not due", "t1 t2,confirm")
    (note,) = [note for note in after.tables.notes if note.code == "decision.no_case"]
    assert note.params["count"] == 2
    for lang in LANGUAGES:
        assert "decisions.csv" in render(note, lang)
        assert "abcdefabcdef, t1 t2" in render(note, lang)
    # Under other settings the same word is heard again.
    assert note in after.relink(fee=0.02).tables.notes
    assert len(after.relink(fee=0.02).tables.notes) == len(after.tables.notes)


def test_a_rejected_case_was_heard(tmp_path: Path) -> None:
    """A rejection that did its work would be called one of a case that is not there."""
    before = the(run(tmp_path), "review")
    for name in (before["id"], " ".join([*before["charges"], *before["refunds"]])):
        after = run(tmp_path, f"{name},reject")
        assert "decision.no_case" not in {note.code for note in after.tables.notes}
