"""Help of the commands, and what is said of wrong usage, in the user's language."""

from collections.abc import Iterator, Sequence
from typing import IO, Any

import click

from reconcile.text import choose, codes, say

_LANG = f"{__name__}.lang"
# So many columns are for the names of options.
_NAMES = 30
# Headings, and the options under each by their names.
Groups = Sequence[tuple[str, Sequence[str]]]


class Command(click.Command):
    """A command whose words stand in `text/`: `command.<name>` says what it does, `help.<option>`
    what an option does. `groups` are the headings (`help_group.<name>`) with the options under
    each; `own` is a group of texts that stand before those of `help`.
    """

    def __init__(self, *args: Any, groups: Groups = (), own: str = "help", **more: Any) -> None:
        super().__init__(*args, **more)
        self.groups, self.own = groups, own

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does. Raises `WrongUsage`."""
        ctx.meta[_LANG] = choose(_asked(args))
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            code, params = _told(error, self)
            raise WrongUsage(code, ctx, **params) from None

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The line that says how the command is called."""
        lang = ctx.meta[_LANG]
        words = [say("usage.options", lang), *self.collect_usage_pieces(ctx)[1:]]
        formatter.write_usage(ctx.command_path, " ".join(words), say("usage.usage", lang))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does."""
        formatter.write_paragraph()
        with formatter.indentation():
            told = say(f"command.{self.name}", ctx.meta[_LANG])
            formatter.write_text(_flowing(told, formatter.width - formatter.current_indent, ctx))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options under their headings, with what each does."""
        lang = ctx.meta[_LANG]
        known = codes(lang)
        asks_help = self.get_help_option(ctx)  # click names it differently from version to version
        by_name = {}
        for param in self.get_params(ctx):
            name = "help" if param is asks_help else str(param.name)
            if isinstance(param, click.Option):
                code = f"{self.own}.{name}"
                param.help = known[code if code in known else f"help.{name}"]
                by_name[name] = param
        for title, names in self.groups or (("options", tuple(by_name)),):
            with formatter.section(say(f"help_group.{title}", lang)):
                records = [by_name[name].get_help_record(ctx) or ("", "") for name in names]
                room = formatter.width - min(max(len(name) for name, _ in records), _NAMES) - 4
                required = say("usage.required", lang)
                formatter.write_dl(
                    [
                        (name, _flowing(told.replace("[required]", required), room, ctx))
                        for name, told in records
                    ],
                    _NAMES,
                )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, each in a line of its own."""
        if self.epilog:
            with formatter.section(say("help_group.examples", ctx.meta[_LANG])):
                for line in self.epilog.strip().split("\n"):
                    formatter.write(f"{'':{formatter.current_indent}}{line.strip()}\n")


class WrongUsage(click.UsageError):
    """A command was called wrongly; `code` (`usage.<what>`) says how."""

    def __init__(self, code: str, ctx: click.Context | None = None, **params: Any) -> None:
        ctx = ctx or click.get_current_context()
        self.lang = ctx.meta[_LANG]
        super().__init__(say(code, self.lang, **params), ctx)

    def show(self, file: IO[Any] | None = None) -> None:
        """How the command is called, where help is, and what is wrong."""
        assert self.ctx is not None
        see = say("usage.try", self.lang, command=f"{self.ctx.command_path} --help")
        click.echo(f"{self.ctx.get_usage()}\n{see}\n\n{self.message}", file, err=True)


def _flowing(told: str, width: int, ctx: click.Context) -> str:
    """Text that click wraps; for Japanese, which has no blanks, the lines it is to leave alone."""
    if ctx.meta[_LANG] != "ja":
        return told
    from reconcile.report.wrap import lines

    return "\n\n".join("\b\n" + "\n".join(lines(part, width)) for part in told.split("\n\n"))


def _told(error: click.UsageError, command: click.Command) -> tuple[str, dict[str, Any]]:
    """What is wrong, as a code of `usage` and its parameters."""
    if isinstance(error, click.NoSuchOption):
        near = error.possibilities or []
        code = "usage.unknown_near" if near else "usage.unknown"
        return code, {"name": error.option_name, "near": near}
    if isinstance(error, click.BadOptionUsage):
        name = error.option_name
        takes = any(name in p.opts for p in command.params if not _is_mark(p))
        return "usage.value" if takes else "usage.no_value", {"name": name}
    if isinstance(error, click.BadParameter) and error.param is not None:
        params = {"name": "/".join(error.param.opts)}
        if isinstance(error, click.MissingParameter):
            return "usage.missing", params
        if isinstance(error.param.type, click.IntRange):
            return "usage.number", {**params, "least": error.param.type.min}
        return "usage.bad", params
    return "usage.extra", {}


def _is_mark(param: click.Parameter) -> bool:
    """Whether an option stands alone, without a value."""
    return isinstance(param, click.Option) and (param.is_flag or param.count)


def _asked(args: Sequence[str]) -> str:
    """The language that these arguments ask for; those behind `--` are no options."""
    words: Iterator[str] = iter(args)
    for word in words:
        if word == "--":
            break
        if word == "--lang":
            return next(words, "auto")
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    return "auto"
