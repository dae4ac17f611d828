"""The command `reconcile`. Imports are late: --help and --version load nothing heavy."""

import gc
import sys
from pathlib import Path
from typing import Any

import click

from reconcile import __version__, commands, usage
from reconcile.ending import orderly
from reconcile.errors import ReconcileError

_GROUPS = (
    ("reports", (
        "output", "html", "journal", "accounts", "json_file", "messages", "calendar", "lang",
        "all_rows", "redact", "quiet", "verbose",
    )),
    ("reading", (
        "layout", "layouts_dir", "encoding", "currency", "cross_check", "list_layouts",
        "sketch_layout",
    )),
    ("judging", (
        "orders", "orders_template", "decisions", "expect", "rates", "fee", "refund_mode", "issuer",
        "as_of", "fail_on_missing",
    )),
    ("other", ("config", "version", "help")),
)  # fmt: skip
_EXAMPLES = """
reconcile statement.csv
reconcile statements/ --lang ja -o refunds.xlsx
reconcile 2025*.csv card.ofx --orders orders.csv --json refunds.json
reconcile statement.csv --fee 2.2% --refund-mode kept
"""
_FILE = click.Path(path_type=Path)


@click.command(
    cls=usage.Command, groups=_GROUPS, epilog=_EXAMPLES,
    context_settings={"max_content_width": 100},
)  # fmt: skip
@click.argument("statements", nargs=-1, metavar="STATEMENT...")
@click.option("-o", "--output", type=_FILE)
@click.option("--html", metavar="FILE", type=_FILE)
@click.option("--journal", metavar="FILE", type=_FILE)
@click.option("--account", "accounts", metavar="PART=NAME", multiple=True)
@click.option("--json", "json_file", metavar="FILE", type=_FILE)
@click.option("--messages", metavar="DIR", type=_FILE)
@click.option("--calendar", metavar="FILE", type=_FILE)
@click.option("--lang")
@click.option("--redact", is_flag=True)
@click.option("--all-rows", is_flag=True, default=None)
@click.option("-q", "--quiet", is_flag=True)
@click.option("-v", "--verbose", count=True)
@click.option("--layout", metavar="NAME")
@click.option("--layouts-dir", type=_FILE)
@click.option("--encoding")
@click.option("--currency", metavar="CODE")
@click.option("--cross-check", is_flag=True, default=None)
@click.option("--sketch-layout", type=_FILE, metavar="FILE")
@click.option("--list-layouts", is_flag=True)
@click.option("--orders", type=_FILE)
@click.option("--decisions", type=_FILE)
@click.option("--orders-template", is_flag=True)
@click.option("--expect", metavar="TEXT", multiple=True)
@click.option("--rates", metavar="ecb|FILE|online")
@click.option("--fee", metavar="PERCENT")
@click.option("--refund-mode", metavar="MODE")
@click.option("--issuer", metavar="KEY")
@click.option("--as-of", metavar="DATE")
@click.option("--fail-on-missing", is_flag=True)
@click.option("--config", type=_FILE)
@click.version_option(__version__, prog_name="reconcile")
def main(statements: tuple[str, ...], **options: Any) -> None:
    """Run the command; what it does is told in `text/` (`command.main`)."""
    try:
        with orderly():
            code = _run(statements, options)
        sys.exit(code)
    except ReconcileError as error:
        commands.complain(error, options["lang"] or "auto", options)
        sys.exit(commands.exit_code(error))


def _run(statements: tuple[str, ...], options: dict[str, Any]) -> int:
    """One call of the command, to its exit code."""
    if _answered(options):
        return 0
    if not statements:
        raise usage.WrongUsage("usage.nothing")
    _load()
    settings = _settings(options)
    # What goes wrong from here on is told in the language of the settings file too.
    options["lang"] = settings.lang
    from reconcile import outputs, spared

    inputs = spared.read(statements, settings)
    config = options["config"] or Path("reconcile.toml")
    inputs += [config] if config.is_file() else []
    outputs.check(options, inputs)
    from reconcile.result import Reconciliation

    tables, failed = _solved(statements, settings, quiet=options["quiet"])
    shown = tables
    if options["redact"]:
        from reconcile import redact

        shown = redact.redacted(tables)
    result = Reconciliation(shown, settings.lang, failed)
    for error in failed:
        commands.complain(error, settings.lang)
    if len(tables.transactions) == 0 and any(source.rejected for source in tables.sources):
        # A report would say that there is no refund, which nobody knows.
        _complain_of_rows(shown.sources, settings.lang)
        return 1
    target = options["output"] or _beside(tables.sources[0].file, statements[0])
    spared.spare(outputs.made(options, target, shown), inputs)
    paths = _written(result, target, options, all_rows=settings.all_rows)
    if not options["quiet"]:
        from reconcile.report import console
        from reconcile.report.screen import screen

        # It must not stand between the lines of a JSON on standard output.
        piped = options["json_file"] == outputs.STDOUT
        if options["verbose"]:
            _tell_sources(shown.sources, result.lang, piped)
        console.render(shown, result.lang, screen(stderr=piped), paths, options["verbose"])
    overdue = tables.cases["verdict"].isin(["missing", "short"]).any()
    return 3 if options["fail_on_missing"] and overdue else 0


def _answered(options: dict[str, Any]) -> bool:
    """Print what some options ask for in place of a run; False where none of them is there."""
    if options["list_layouts"]:
        _list_layouts(options["layouts_dir"])
    elif options["sketch_layout"]:
        from reconcile.readers.sketch import sketch

        click.echo(sketch(options["sketch_layout"]), nl=False)
    elif options["orders_template"]:
        from reconcile.text import choose, say

        click.echo(say("orders.template", choose(options["lang"] or "auto")), nl=False)
    else:
        return False
    return True


def _solved(statements: tuple[str, ...], settings: Any, *, quiet: bool) -> Any:
    """The result tables and the files that could not be read; tells how far it is, if not quiet."""
    from reconcile import pipeline

    if quiet:
        return pipeline.run(statements, settings)
    from reconcile.report import progress
    from reconcile.report.screen import screen
    from reconcile.text import choose

    with progress.shown(screen(stderr=True), choose(settings.lang)) as told:
        return pipeline.run(statements, settings, told)


def _written(result: Any, workbook: Path, options: dict[str, Any], *, all_rows: bool) -> list[Path]:
    """Write all reports that are asked for; the files that the user is told of."""
    from reconcile import outputs

    paths: list[Path] = list(result.to_workbook(workbook, all_rows=all_rows))
    if options["html"]:
        paths.append(result.to_html(options["html"], all_rows=all_rows))
    if options["journal"]:
        paths.append(result.to_journal(options["journal"], options["accounts"]))
    if options["json_file"] == outputs.STDOUT:
        outputs.to_stdout(result.to_json())
    elif options["json_file"]:
        result.to_json(options["json_file"])
        paths.append(options["json_file"])
    if options["messages"]:
        paths += result.to_messages(options["messages"])
    if options["calendar"]:
        paths.append(result.to_calendar(options["calendar"]))
    return paths


def _load() -> None:
    """Import what every run needs, without the garbage collector.

    Imports make hundreds of thousands of objects that all stay; looking through them for garbage,
    then and later, takes a tenth of a short run.
    """
    gc.disable()
    try:
        from reconcile import pipeline, result  # noqa: F401
        from reconcile.report import console, excel, json  # noqa: F401
    finally:
        gc.freeze()
        gc.enable()


def _settings(options: dict[str, Any]) -> Any:
    names = (
        "orders", "decisions", "rates", "fee", "refund_mode", "issuer", "currency", "layout",
        "layouts_dir", "encoding", "as_of", "lang", "all_rows", "cross_check", "expect",
    )  # fmt: skip
    default = Path("reconcile.toml")
    config = options["config"] or (default if default.is_file() else None)
    # Without one of these the settings file's stand.
    return commands.settings({**options, "expect": options["expect"] or None}, names, config)


def _beside(first_file: str, statement: str) -> Path:
    """`statement-refunds.xlsx` beside the first statement, or in the folder that was named."""
    path = Path(statement)
    if path.is_dir():
        return path / "refunds.xlsx"
    folder = Path() if any(sign in str(path.parent) for sign in "*?[") else path.parent
    return folder / f"{Path(first_file).stem}-refunds.xlsx"


def _list_layouts(folder: Path | None) -> None:
    from reconcile import layout

    for known in layout.load(folder):
        click.echo(f"{known.name:24} {known.title}")


def _tell_sources(sources: list[Any], lang: str, piped: bool) -> None:
    from reconcile.text import say

    for source in sources:
        told = say(
            "console.source", lang, file=source.file, layout=source.layout,
            encoding=source.encoding, transactions=source.transactions - source.duplicates,
            rejected=len(source.rejected),
        )  # fmt: skip
        click.echo(told, err=piped)


def _complain_of_rows(sources: list[Any], lang: str) -> None:
    """Say why nothing could be used, by the first rejected row of each file."""
    from reconcile.errors import InputError

    for source in sources:
        if source.rejected:
            first = source.rejected[0]
            place = {"file": source.file, "layout": source.layout, "line": first.line or "-"}
            commands.complain(InputError("no_row", reason=first.reason, **place), lang)
