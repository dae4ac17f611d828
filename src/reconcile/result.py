"""The result of a run, to look at in Python or a notebook and to write out."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from reconcile import spared
from reconcile.errors import ReconcileError, SettingsError
from reconcile.ledger import in_major_units
from reconcile.money import to_decimals
from reconcile.tables import CAUSES, SUMMARY_AMOUNTS, Tables
from reconcile.text import choose, render, sentences
from reconcile.writing import further_rows, write_bytes, write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from reconcile.pipeline import Held
    from reconcile.report.one import CaseView


class Plots:
    """The figures of a run, as matplotlib figures; needs the extra `reconcile[notebook]`.

    `lang` (en or ja) of a call stands in place of the result's.
    """

    def __init__(self, tables: Tables, lang: str) -> None:
        self._tables = tables
        self._lang = lang

    def waterfall(self, currency: str | None = None, lang: str | None = None) -> "Figure":
        """Where the shortfall of one billing currency (default: the commonest) comes from."""
        from reconcile.report import plot

        return plot.waterfall(self._tables, lang or self._lang, currency)

    def delays(self, lang: str | None = None) -> "Figure":
        """How many days the refunds took."""
        from reconcile.report import plot

        return plot.delays(self._tables, lang or self._lang)

    def rates(self, lang: str | None = None) -> "Figure":
        """The card's rates against the reference rates, with the likely range of its fee."""
        from reconcile.report import plot

        return plot.rates(self._tables, lang or self._lang)


class Reconciliation:
    """What a run found. Frames have money as exact `Decimal` in major units, null where unknown.

    `tables` holds the same in minor units; `failed` the files that could not be read. No report is
    written over a file that was read (`inputs`): `SettingsError`, as for the command.
    """

    def __init__(
        self,
        tables: Tables,
        lang: str = "auto",
        failed: list[ReconcileError] | None = None,
        held: "Held | None" = None,
        inputs: Iterable[Path] = (),
    ) -> None:
        self.tables = tables
        self.lang = choose(lang)
        self.failed = failed or []
        self._held = held
        # Whole, since the folder that one is in may be another one later.
        self._inputs = [path.absolute() for path in inputs]

    def relink(self, **options: Any) -> "Reconciliation":
        """The same statements under other settings, as a new result; no statement is read again.

        `options` are fields of `Settings`, such as `fee=0.022`, `refund_mode="kept"`,
        `as_of=date(2026, 11, 1)`, `issuer="rakuten"`, `orders="orders.csv"`, `lang="ja"`; None
        takes a setting back, so that `fee=None` lets the fee be learned. What is not named stays.
        The result is that of `reconcile` with all these settings. Raises `SettingsError` for a
        setting that tells how files are read, and when this result was not made by `reconcile`.
        """
        if self._held is None:
            raise SettingsError("relink_nothing")
        held = self._held.changed(self._held.settings.over(**options))
        inputs = [*self._inputs, *spared.named(held.settings)]
        return Reconciliation(held.tables(), held.settings.lang, self.failed, held, inputs)

    @property
    def cases(self) -> pd.DataFrame:
        """One row per case: the contract's fields, sentences as text."""
        out = self.tables.cases.copy()
        names = ["charged", "refunded", "shortfall", *CAUSES]
        names += [f"{cause}_{end}" for cause in CAUSES for end in ("low", "high")]
        out = out.assign(**{name: to_decimals(out[name], out["decimals"]) for name in names})
        out["explanation"] = [sentences(messages, self.lang) for messages in out["explanation"]]
        out["evidence"] = [[render(m, self.lang) for m in messages] for messages in out["evidence"]]
        out["next_text"] = [render(message, self.lang) for message in out["next_text"]]
        out["message"] = [m and render(m, self.lang) for m in out["message"]]
        out["checklist"] = [[render(m, self.lang) for m in checks] for checks in out["checklist"]]
        return out.drop(columns="decimals")

    @property
    def transactions(self) -> pd.DataFrame:
        """One row per money movement of every merchant."""
        return in_major_units(self.tables.transactions)

    @property
    def cards(self) -> pd.DataFrame:
        """One row per card: fee and its source, refund mode, markup interval, days covered."""
        return self.tables.cards.copy()

    @property
    def rates(self) -> pd.DataFrame:
        """Every reference rate used, with its day and source."""
        return self.tables.rates.copy()

    @property
    def summary(self) -> pd.DataFrame:
        """Sums per billing currency."""
        out = self.tables.summary.copy()
        amounts = {name: to_decimals(out[name], out["decimals"]) for name in SUMMARY_AMOUNTS}
        out = out.assign(**amounts)
        return out.drop(columns="decimals")

    @property
    def unlinked(self) -> pd.DataFrame:
        """Refunds that stand in no case, with the reason as text."""
        out = self.tables.unlinked.copy()
        out["reason"] = [render(message, self.lang) for message in out["reason"]]
        return out

    def case(self, case_id: str) -> "CaseView":
        """One case by its id, to read and to take its fields from; KeyError when there is none."""
        from reconcile.report import digest
        from reconcile.report.one import CaseView

        found = self.cases[self.tables.cases["id"].eq(case_id)]
        if found.empty:
            raise KeyError(case_id)
        story = next(one for one in digest.stories(self.tables) if one.case.id == case_id)
        rows = self.transactions.iloc[list(story.rows)]
        return CaseView(story, found.iloc[0], rows, self.lang)

    def to_json(self, path: str | Path | None = None) -> str:
        """The report contract as JSON text, written to `path` as well where one is given."""
        from reconcile.report import json

        text = json.dumps(self.tables, self.lang)
        if path is not None:
            self._write(Path(path), text.encode())
        return text

    def to_excel(self, path: str | Path, *, all_rows: bool = False) -> Path:
        """Write the Excel report and return its path; see `to_workbook` for very long lists."""
        return self.to_workbook(path, all_rows=all_rows)[0]

    def to_workbook(self, path: str | Path, *, all_rows: bool = False) -> list[Path]:
        """Write the Excel report; its path, and that of a CSV with the rows it has no room for."""
        from reconcile.report import excel

        target = Path(path)
        beside = further_rows(target)
        rest = excel.beyond(self.tables, self.lang, all_rows)
        spared.spare([target, beside] if rest else [target], self._inputs)
        write_whole(
            target,
            lambda temporary: excel.write(self.tables, temporary, self.lang, all_rows, beside.name),
        )
        if not rest:
            return [target]
        # The mark tells spreadsheet programs that the file is UTF-8.
        write_bytes(beside, ("\ufeff" + rest).encode())
        return [target, beside]

    def to_html(self, path: str | Path, *, all_rows: bool = False) -> Path:
        """Write the report as one self-contained HTML page and return its path."""
        from reconcile.report import page

        content, target = page.document(self.tables, self.lang, all_rows), Path(path)
        self._write(target, content.encode())
        return target

    def to_journal(self, path: str | Path, accounts: Iterable[str] = ()) -> Path:
        """Write balanced bookkeeping entries and return their path.

        The suffix decides: `.beancount`, `.hledger` (`.journal`, `.ledger`), else CSV. `accounts`
        name other accounts than the usual ones, as `"card=Liabilities:Visa"`.
        """
        from reconcile.report import journal

        target = Path(path)
        names = journal.accounts(accounts)
        content = journal.document(self.tables, self.lang, target.suffix.lower(), names)
        self._write(target, content.encode())
        return target

    @property
    def plot(self) -> "Plots":
        """Figures: `result.plot.waterfall()`, `.delays()`, `.rates()`."""
        return Plots(self.tables, self.lang)

    def to_calendar(self, path: str | Path) -> Path:
        """Write the deadlines as an .ics calendar and return its path."""
        from reconcile import ics

        target = Path(path)
        self._write(target, ics.calendar(self.tables, self.lang))
        return target

    def to_messages(self, folder: str | Path) -> list[Path]:
        """Write one text per case that asks for an action into a folder; their paths."""
        from reconcile import messages

        return messages.write(self.tables, Path(folder), self.lang, self._write)

    def _write(self, path: Path, data: bytes) -> None:
        """Write a file that was not read."""
        spared.spare([path], self._inputs)
        write_bytes(path, data)

    def _repr_html_(self) -> str:
        from reconcile.report import html

        return html.fragment(self.tables, self.lang)

    def __repr__(self) -> str:
        from reconcile.report import digest

        told = digest.stories(self.tables)
        answer = [digest.headline(self.tables, told), *digest.owed(self.tables, told)]
        return digest.sentence(answer, self.lang)
