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

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

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
    *statements: "str | Path", settings: "Settings | None" = None, **options: Any
) -> "Reconciliation":
    """Read statements (files, folders, globs), link AliExpress refunds and explain shortfalls.

    `options` are the fields of `Settings` (`fee=0.022`, `lang="ja"`, `orders="orders.csv"` …).
    Raises `ReconcileError`; an `ErrorGroup` when no file could be read.
    """
    from reconcile import pipeline
    from reconcile.result import Reconciliation

    chosen = _settings(settings, options)
    tables, failed = pipeline.run(statements, chosen)
    return Reconciliation(tables, chosen.lang, failed)


def read(
    *statements: "str | Path", settings: "Settings | None" = None, **options: Any
) -> "pd.DataFrame":
    """Only the ledger of the statements: one row per money movement, every merchant."""
    return reconcile(*statements, settings=settings, **options).transactions


def _settings(settings: "Settings | None", options: dict[str, Any]) -> "Settings":
    from pathlib import Path

    from reconcile.settings import Settings

    for name in ("orders", "layouts_dir"):
        if options.get(name) is not None:
            options[name] = Path(options[name])
    return (settings or Settings()).with_values(**options)


def __getattr__(name: str) -> Any:
    # Late, so that `import reconcile` and the command's --help do not load pandas.
    if name == "Reconciliation":
        from reconcile.result import Reconciliation

        return Reconciliation
    if name == "Settings":
        from reconcile.settings import Settings

        return Settings
    raise AttributeError(name)
