"""A Spark session for a run."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconcile.errors import SettingsError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@contextmanager
def started(master: str | None, **conf: str) -> "Iterator[SparkSession]":
    """A session on `master` (None: as the environment says), stopped at the end.

    Workers on this machine run the Python of this process. Raises `SettingsError` where Spark or
    Java is not installed.
    """
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError:
        raise SettingsError("spark_missing") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("reconcile")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    for key, value in conf.items():
        builder = builder.config(key, value)
    if master is not None:
        builder = builder.master(master)
    try:
        spark = builder.getOrCreate()
    except (PySparkRuntimeError, OSError) as error:
        raise SettingsError("spark_start", detail=str(error).splitlines()[0]) from None
    try:
        yield spark
    finally:
        spark.stop()
