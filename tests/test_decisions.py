"""The user's word on earlier cases: confirmed, rejected, not due."""

import zipfile
from pathlib import Path

import openpyxl
import pytest

from reconcile import InputError, Reconciliation, decisions, reconcile
from reconcile.text import LANGUAGES, render, say

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


def test_not_due_contradicts_nothing(tmp_path: Path) -> None:
    """A report would say that nobody knows whether the rest is due, and then that the user does."""
    before = the(run(tmp_path), "partly_refunded")
    row = run(tmp_path, f"{before['id']},not due").case(str(before["id"]))
    told = str(row["explanation"])
    assert "no order given here says" not in told
    assert "you marked it as not due" in told
    assert told.count("not due") == 1


@pytest.mark.parametrize(
    "header", ["案件ID,判断", "案件番号,判断", "案件の番号,判断", "案件ＩＤ,判断"]
)
def test_japanese_headers(tmp_path: Path, header: str) -> None:
    """A file with the header that the error itself names would be refused."""
    path = tmp_path / "decisions.csv"
    path.write_text(f"{header}\nabcdefabcdef,返金不要\n", "utf-8")
    assert decisions.read(path).by_case == {"abcdefabcdef": "not due"}
    for lang in LANGUAGES:
        path.write_text(f"{header}\n", "utf-8")
        words = [say(f"todo.{name}", lang) for name in ("confirm", "reject", "not_due")]
        rows = [f"abcdefabcde{n},{word}\n" for n, word in enumerate(words)]
        path.write_text(f"{header}\n{''.join(rows)}", "utf-8")
        assert list(decisions.read(path).by_case.values()) == ["confirm", "reject", "not due"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_itself_is_a_file_of_decisions(tmp_path: Path, lang: str) -> None:
    """Who decides in the workbook would be told to download a statement."""
    path = tmp_path / "refunds.xlsx"
    first = reconcile(SAMPLE, orders=ORDERS, lang=lang)
    first.to_excel(path)
    short, back = the(first, "short"), first.tables.cases.set_index("verdict").loc["refunded"]
    book = openpyxl.load_workbook(path)
    sheet = book[say("sheet.todo", lang)]
    column = {cell.value: cell.column for cell in sheet[1]}
    at = {name: column[say(name, lang)] for name in ("field.id", "todo.decision")}
    row = next(n for n in range(2, 20) if sheet.cell(n, at["field.id"]).value == short["id"])
    sheet.cell(row, at["todo.decision"], say("todo.not_due", lang))
    # A row of one's own decides about a case that the sheet does not list.
    wrong = str(back["id"].iloc[0])
    sheet.cell(sheet.max_row + 1, at["field.id"], wrong)
    sheet.cell(sheet.max_row, at["todo.decision"], say("todo.reject", lang))
    book.save(path)
    after = reconcile(SAMPLE, orders=ORDERS, decisions=path, lang=lang)
    assert after.tables.cases.set_index("id").loc[str(short["id"]), "verdict"] == "refunded"
    assert wrong not in set(after.tables.cases["id"])
    assert not [
        n for n in after.tables.notes if n.code in ("decision.no_case", "note.order_rejected")
    ]


def test_another_workbook_is_told_so(tmp_path: Path) -> None:
    """A wrong workbook or archive given as decisions would be called a damaged statement."""
    path = tmp_path / "decisions.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(InputError, match="decisions_sheet"):
        decisions.read(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "Case ID,Decision\n")
    with pytest.raises(InputError, match="decisions_sheet"):
        decisions.read(path)


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
    assert note in after.relink(fee=0.036).tables.notes
    assert len(after.relink(fee=0.036).tables.notes) == len(after.tables.notes)


def test_a_rejected_case_was_heard(tmp_path: Path) -> None:
    """A rejection that did its work would be called one of a case that is not there."""
    before = the(run(tmp_path), "review")
    for name in (before["id"], " ".join([*before["charges"], *before["refunds"]])):
        after = run(tmp_path, f"{name},reject")
        assert "decision.no_case" not in {note.code for note in after.tables.notes}


def test_not_due_where_nothing_is_missing_speaks_of_no_rest(tmp_path: Path) -> None:
    """A report would say that nothing is missing, and then speak of the rest."""
    back = run(tmp_path).tables.cases.set_index("verdict").loc[["refunded"]]
    rows = [f"{one},not due" for one in back["id"]]
    after = run(tmp_path, *rows).tables.cases.set_index("id").loc[back["id"]]
    for said in after["explanation"]:
        assert "decision.not_due_sentence" not in {one.code for one in said}
    assert all("decision.not_due" in {one.code for one in e} for e in after["evidence"])


@pytest.mark.parametrize("words", [("not due", "confirm"), ("confirm", "not due", "confirm")])
@pytest.mark.parametrize("by_transactions", [False, True])
def test_decisions_that_contradict_each_other_are_told_and_not_taken(
    tmp_path: Path, words: tuple[str, ...], *, by_transactions: bool
) -> None:
    """The order of rows would decide what the user meant."""
    first = run(tmp_path)
    before = the(first, "short")
    name = " ".join([*before["charges"], *before["refunds"]]) if by_transactions else before["id"]
    after = run(tmp_path, *(f"{name},{word}" for word in words))
    assert after.tables.cases.equals(first.tables.cases)
    (note,) = after.tables.notes
    assert note.code == "decision.contrary"
    for lang in LANGUAGES:
        assert str(name).split()[0] in render(note, lang)
    # To say the same twice contradicts nothing.
    assert not run(tmp_path, f"{name},{words[0]}", f"{name},{words[0]}").tables.notes


def test_a_case_by_its_id_and_by_its_transactions_is_one_case(tmp_path: Path) -> None:
    """What is said of the transactions would be passed over without a word."""
    first = run(tmp_path)
    before = the(first, "short")
    rows = " ".join([*before["charges"], *before["refunds"]])
    after = run(tmp_path, f"{before['id']},not due", f"{rows},reject")
    assert after.tables.cases.equals(first.tables.cases)
    assert [note.code for note in after.tables.notes] == ["decision.contrary"]
    assert after.relink(fee=0.036).tables.notes[-1].code == "decision.contrary"


@pytest.mark.parametrize("said", ["Not Due", "Ｎｏｔ ｄｕｅ", "not  due", "ＮＯＴ＿ＤＵＥ"])
def test_ids_and_words_are_read_in_any_width_and_case(tmp_path: Path, said: str) -> None:
    """A spreadsheet or an input method that changes letters would lose the decision."""
    before = the(run(tmp_path), "short")
    for name in (before["id"], " ".join([*before["charges"], *before["refunds"]])):
        after = run(tmp_path, f"{str(name).upper()},{said}")
        assert after.tables.cases.set_index("id").loc[str(before["id"]), "due"] is None
        assert not after.tables.notes


def test_a_refund_of_a_rejected_link_says_so(tmp_path: Path) -> None:
    """The user's own word would be told as a gap in the statements."""
    path = tmp_path / "card.csv"
    path.write_text(
        "Date,Description,Debit,Credit,Currency\n2026-01-05,COFFEE,300,,JPY\n"
        "2026-02-01,ALIEXPRESS.COM,5000,,JPY\n2026-02-20,ALIEXPRESS.COM,,5000,JPY\n"
        "2026-06-20,COFFEE,300,,JPY\n",
        "utf-8",
    )
    word = tmp_path / "decisions.csv"
    (case,) = reconcile(path).tables.cases.to_dict("records")
    for name in (case["id"], " ".join([*case["charges"], *case["refunds"]])):
        word.write_text(f"Case ID,Decision\n{name},reject\n", "utf-8")
        after = reconcile(path, decisions=word).tables
        assert [one.code for one in after.unlinked["reason"]] == ["unlinked.rejected"]
