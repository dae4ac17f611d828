"""Everything that can go wrong and that a user should read about, as one small family.

An error holds a message code and its parameters, never a finished sentence, so that it can be
said in the user's language. Importing this module imports nothing.
"""


class ReconcileError(Exception):
    """A problem to be told to the user in one message; never a traceback.

    `code` names a sentence in `text/*.toml` under `error.`; `params` fills it in.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __reduce__(self) -> tuple[object, ...]:
        """As worker processes send it: what it holds, since it is not made from `args` alone."""
        return _rebuilt, (type(self), self.args, vars(self))

    def __str__(self) -> str:
        """The sentence in the user's language, and the code to look it up by."""
        # Late: the sentences are only read when one is shown.
        from reconcile.text import choose, say

        return f"{say(f'error.{self.code}', choose('auto'), **self.params)} [{self.code}]"


class InputError(ReconcileError):
    """A statement, orders or rates file that cannot be read at all."""


class LayoutError(ReconcileError):
    """A layout file that does not say what a layout must say; names the key."""


class SettingsError(ReconcileError):
    """An option or a `reconcile.toml` key with a value that makes no sense."""


class OutputError(ReconcileError):
    """A report that could not be written; nothing half-written is left behind."""


class ErrorGroup(ReconcileError):  # noqa: N818 - named like the built-in groups
    """All the files that could not be read, told together (a reader stops at none of them)."""

    def __init__(self, errors: "tuple[ReconcileError, ...]") -> None:
        super().__init__("group", count=len(errors))
        self.errors = errors

    def __str__(self) -> str:
        """The sentences of all errors, one a line."""
        return "\n".join(str(error) for error in self.errors)


def _rebuilt(
    kind: type[ReconcileError], args: tuple[object, ...], held: dict[str, object]
) -> ReconcileError:
    error = kind.__new__(kind, *args)
    vars(error).update(held)
    return error
