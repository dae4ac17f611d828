"""Where Spark's tables go: a folder of any file system that Spark writes to."""

from typing import TYPE_CHECKING, Any

from reconcile.engines import local
from reconcile.errors import OutputError
from reconcile.text import masked

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Folder:
    """The target, filled aside (in `temporary`) and put in place at once."""

    def __init__(self, spark: "SparkSession", target: str) -> None:
        java: Any = spark.sparkContext._jvm
        self._path = java.org.apache.hadoop.fs.Path
        hadoop = spark.sparkContext._jsc.hadoopConfiguration()
        self.target = target.rstrip("/")
        head, slash, name = self.target.rpartition("/")
        parent = head if slash else "."
        self.temporary = f"{parent}/.{name}.{java.java.util.UUID.randomUUID()}"
        self._system = self._path(self.target).getFileSystem(hadoop)

    def check(self) -> None:
        """Raise `OutputError` when the target holds something else than an earlier result."""
        target = self._path(self.target)
        if not self._system.exists(target) or not len(self._system.listStatus(target)):
            return
        if not self._system.exists(self._path(f"{self.target}/{local.SUCCESS}")):
            raise OutputError("not_ours", file=masked(self.target))

    def write(self, name: str, content: str) -> None:
        """Write a small file."""
        stream = self._system.create(self._path(f"{self.temporary}/{name}"), True)
        stream.write(bytearray(content.encode()))
        stream.close()

    def commit(self) -> None:
        """Put what was written in the target's place.

        Raises `OutputError` where that is not possible; what stood there stays.
        """
        self.write(local.SUCCESS, "")
        target, old = self._path(self.target), self._path(f"{self.temporary}.old")
        if self._system.exists(target):
            self._system.rename(target, old)
        if not self._system.rename(self._path(self.temporary), target):
            if self._system.exists(old):
                self._system.rename(old, target)
            raise OutputError("not_written", file=masked(self.target), detail="rename")
        self._system.delete(old, True)

    def drop(self) -> None:
        """Take away what was not put in place."""
        self._system.delete(self._path(self.temporary), True)
