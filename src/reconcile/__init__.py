"""Find what became of AliExpress refunds on card statements, and why they are short.

`reconcile("statement.csv")` gives a `Reconciliation`; `read("statement.csv")` only the ledger.
"""

from typing import TYPE_CHECKING, Any

from reconcile.errors import (
    ErrorGroup,
    InputError,
    LayoutError,
    OutputError,
    ReconcileError,
    SettingsError,
)
from reconcile.garbage import uncollected

if TYPE_CHECKING:
    import pandas as pd

    from reconcile.intake import Statement
    from reconcile.result import Reconciliation
    from reconcile.settings import Settings

__version__ = "0.1.0"
__all__ = [
    "ErrorGroup",
    "InputError",
    "LayoutError",
    "OutputError",
    "ReconcileError",
    "Reconciliation",
    "Settings",
    "SettingsError",
    "read",
    "reconcile",
]  # fmt: skip


def reconcile(
    *statements: "Statement", settings: "Settings | None" = None, **options: Any
) -> "Reconciliation":
    """Read statements (files, folders, globs, or lists of them), link AliExpress refunds and
    explain shortfalls.

    A statement may be a DataFrame too, with one row per movement. It is read as a CSV file with
    these cells would be: columns that one of the layouts knows, or `date`, `description`, `amount`
    and, where known, `currency`, `account`, `reference`, `status`, `original_amount`,
    `original_currency`. Whether charges are positive is told from the rows, and stated in the
    report. Columns named as in `result.transactions` (at least `transaction_date`, `description`,
    `amount`, `currency`) mean what they mean there: charges positive, refunds negative. Amounts may
    be Decimal, int or text; a float counts as the number it prints as, and is refused when that has
    more decimals than its currency.

    `options` are the fields of `Settings` (`fee=0.022`, `lang="ja"`, `orders="orders.csv"` …).
    Raises `ReconcileError`; an `ErrorGroup` when no file could be read.
    """
    with uncollected():
        from reconcile import intake, pipeline, spared
        from reconcile.result import Reconciliation
        from reconcile.settings import chosen

        asked = chosen(settings, options)
        listed = intake.listed(statements)
        held, failed = pipeline.gather(listed, asked)
        inputs = spared.read(listed, asked)
        return Reconciliation(held.tables(), asked.lang, failed, held, inputs)


def read(
    *statements: "Statement", settings: "Settings | None" = None, **options: Any
) -> "pd.DataFrame":
    """Only the ledger of the statements: one row per money movement, every merchant.

    It is the `transactions` of `reconcile`, which is not asked to link anything.
    """
    with uncollected():
        from reconcile import intake
        from reconcile.ledger import in_major_units
        from reconcile.settings import chosen

        asked = chosen(settings, options)
        return in_major_units(intake.gather(statements, asked).book)


def __getattr__(name: str) -> Any:
    # Late, so that `import reconcile` and the command's --help do not load pandas.
    if name == "Reconciliation":
        from reconcile.result import Reconciliation

        return Reconciliation
    if name == "Settings":
        from reconcile.settings import Settings

        return Settings
    raise AttributeError(name)
