"""The commands `reconcile-many` and `reconcile-spark`: very many accounts, tables for output."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconcile import __version__, commands, usage
from reconcile.ending import orderly
from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    from reconcile.engines.local import Counts
    from reconcile.settings import Settings

Command = Callable[..., None]
_FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option("--input", "inputs", metavar="PATTERN", multiple=True, required=True),
    click.option("--output", metavar="DIR", required=True),
    click.option("--partitions", type=click.IntRange(1)),
    click.option("--no-pool", is_flag=True),
    click.option("--config", type=_FILE),
    click.option("--layout", metavar="NAME"),
    click.option("--layouts-dir", type=_FILE),
    click.option("--encoding"),
    click.option("--currency", metavar="CODE"),
    click.option("--orders", type=_FILE),
    click.option("--decisions", type=_FILE),
    click.option("--pool", type=_FILE),
    click.option("--rates", metavar="ecb|FILE"),
    click.option("--fee", metavar="PERCENT"),
    click.option("--refund-mode", metavar="MODE"),
    click.option("--issuer", metavar="KEY"),
    click.option("--as-of", metavar="DATE"),
    click.option("--lang"),
    click.version_option(__version__, prog_name="reconcile"),
)  # fmt: skip
# Those of them that are settings.
_SETTINGS = (
    "layout", "layouts_dir", "encoding", "currency", "orders", "decisions", "pool", "rates", "fee",
    "refund_mode", "issuer", "as_of", "lang",
)  # fmt: skip


def _options(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(cls=usage.Command, own="help_many", context_settings={"max_content_width": 100})
@_options
@click.option("--workers", type=click.IntRange(1))
def many(workers: int | None, **options: Any) -> None:
    """Run `reconcile-many` (`command.many`)."""

    def work(settings: "Settings") -> "Counts":
        from reconcile.engines import local
        from reconcile.report import progress
        from reconcile.report.screen import screen
        from reconcile.text import choose

        with progress.shown(screen(stderr=True), choose(settings.lang)) as told:
            return local.run(
                options["inputs"], options["output"], settings, workers=workers,
                partitions=options["partitions"], pooled=not options["no_pool"], progress=told,
            )  # fmt: skip

    _told(options, work)


@click.command(cls=usage.Command, own="help_many", context_settings={"max_content_width": 100})
@_options
@click.option("--master", metavar="URL")
def spark(master: str | None, **options: Any) -> None:
    """Run `reconcile-spark` (`command.spark`)."""

    def work(settings: "Settings") -> "Counts":
        from reconcile.engines import session
        from reconcile.engines import spark as engine

        with session.started(master) as running:
            found = engine.run(
                running, options["inputs"], settings,
                partitions=options["partitions"], pooled=not options["no_pool"],
            )  # fmt: skip
            return found.write(options["output"])

    _told(options, work)


def _told(options: dict[str, Any], work: "Callable[[Settings], Counts]") -> None:
    """Run and say what was written, or what is wrong."""
    from reconcile.text import choose, say

    try:
        with orderly():
            settings = commands.settings(options, _SETTINGS, options["config"])
            options["lang"] = settings.lang
            counts = work(settings)
            told = {name: f"{value:,}" for name, value in counts._asdict().items()}
            click.echo(say("console.many", choose(settings.lang), file=options["output"], **told))
    except ReconcileError as error:
        commands.complain(error, options["lang"] or "auto", options)
        sys.exit(commands.exit_code(error))
