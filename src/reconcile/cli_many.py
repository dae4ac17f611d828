"""The commands `reconcile-many` and `reconcile-spark`: very many accounts, tables for output."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconcile import __version__, commands
from reconcile.ending import orderly
from reconcile.errors import ReconcileError

if TYPE_CHECKING:
    from reconcile.engines.local import Counts
    from reconcile.settings import Settings

Command = Callable[..., None]
_FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option(
        "--input", "inputs", metavar="PATTERN", multiple=True, required=True,
        help="Parquet files with ledger columns, or statements; may be repeated.",
    ),
    click.option(
        "--output", metavar="DIR", required=True, help="Folder for the tables; replaced as a whole."
    ),
    click.option("--partitions", type=click.IntRange(1), help="Parts to deal the accounts out to."),
    click.option("--no-pool", is_flag=True, help="Cards of one issuer do not teach each other."),
    click.option("--config", type=_FILE, help="Settings file; the options below stand before it."),
    click.option("--layout", metavar="NAME", help="Layout of the statements."),
    click.option("--layouts-dir", type=_FILE, help="Folder with layouts of your own (TOML)."),
    click.option("--encoding", help="Encoding of the statements, such as cp932."),
    click.option("--currency", metavar="CODE", help="Billing currency where no file tells it."),
    click.option("--orders", type=_FILE, help="AliExpress orders (CSV, TSV or XLSX)."),
    click.option("--decisions", type=_FILE, help="Your word on earlier cases (CSV)."),
    click.option("--pool", type=_FILE, help="The pool.json of another run, instead of learning."),
    click.option("--rates", metavar="ecb|FILE", help="Exchange rates [default: ecb]."),
    click.option("--fee", metavar="PERCENT", help="Foreign-transaction fee of all cards."),
    click.option("--refund-mode", metavar="MODE", help="What the fee does on a refund."),
    click.option("--issuer", metavar="KEY", help="Issuer whose fees apply, such as rakuten."),
    click.option("--as-of", metavar="DATE", help="Day deadlines count from [default: today]."),
    click.option("--lang", help="Language of the sentences: en, ja or auto [default: auto]."),
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


@click.command(context_settings={"max_content_width": 100})
@_options
@click.option("--workers", type=click.IntRange(1), help="Processes [default: processors].")
def many(workers: int | None, **options: Any) -> None:
    """Reconcile very many accounts with the processors of this machine."""

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


@click.command(context_settings={"max_content_width": 100})
@_options
@click.option("--master", metavar="URL", help="Spark master [default: as spark-submit says].")
def spark(master: str | None, **options: Any) -> None:
    """Reconcile very many accounts on Apache Spark; needs Java 17 and reconcile[spark]."""

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

    lang = options["lang"] or "auto"
    try:
        with orderly():
            counts = work(commands.settings(options, _SETTINGS, options["config"]))
            told = {name: f"{value:,}" for name, value in counts._asdict().items()}
            click.echo(say("console.many", choose(lang), file=options["output"], **told))
    except ReconcileError as error:
        commands.complain(error, lang)
        sys.exit(commands.exit_code(error))
