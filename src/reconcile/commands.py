"""What the commands share: settings from their options, and errors in the user's language."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from reconcile.errors import ErrorGroup, LayoutError, ReconcileError, SettingsError

if TYPE_CHECKING:
    from reconcile.settings import Settings


# Options whose values are looked at late.
_LATE = ("issuer", "rates")


def settings(options: Mapping[str, Any], names: Iterable[str], config: Path | None) -> "Settings":
    """The settings of the file `config` with the options of these names put in.

    What is wrong with an option is told under the name that the user typed.
    """
    from reconcile.settings import Settings
    from reconcile.settings_toml import from_toml

    base = from_toml(config) if config else Settings()
    given = {name: options[name] for name in names}
    try:
        return base.with_values(**given)
    except SettingsError as error:
        raise _typed(error) from None


def _typed(error: ReconcileError) -> ReconcileError:
    """What is wrong with an option, under the name that the user typed."""
    if not isinstance(error, SettingsError) or "key" not in error.params:
        return error
    key = str(error.params["key"]).replace("_", "-")
    return SettingsError(error.code, **{**error.params, "key": f"--{key}"})


def complain(
    error: ReconcileError, lang: str, options: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """Say what is wrong, a line for each error, on the standard error output.

    `options` are those of the command: what one of them was given for has the name of an option.
    """
    from reconcile.text import choose, clean, say

    for one in error.errors if isinstance(error, ErrorGroup) else (error,):
        if (key := one.params.get("key")) in _LATE and options.get(str(key)):
            # Only with what was read can be told that no issuer or rates are called so.
            one = _typed(one)
        click.echo(clean(say(f"error.{one.code}", choose(lang), **one.params)), err=True)


def exit_code(error: ReconcileError) -> int:
    """2 for wrong usage, 1 for all else."""
    return 2 if isinstance(error, SettingsError | LayoutError) else 1
