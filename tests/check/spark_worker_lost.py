"""A run on two Spark executors, one of which is killed while it works.

Called as a program, since a process has one Spark session: input folder, output folder.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks import scale

from reconcile.engines import session, spark


def executors(parent: int) -> list[int]:
    """Processes of this machine that are executors below a process."""
    above: dict[int, int] = {}
    found = []
    for place in Path("/proc").iterdir():
        if not place.name.isdigit():
            continue
        try:
            above[int(place.name)] = int(
                (place / "stat").read_text("utf-8").rpartition(")")[2].split()[1]
            )
            command = (place / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if b"CoarseGrainedExecutorBackend" in command:
            found.append(int(place.name))

    def ours(number: int) -> bool:
        while number > 1 and number != parent:
            number = above.get(number, 0)
        return number == parent

    return sorted(number for number in found if ours(number))


def kill_one(running: Any, done: list[str]) -> None:
    """Kill an executor as soon as some, but not all, tasks of a stage of solving are done."""
    tracker = running.sparkContext.statusTracker()
    while True:
        for number in tracker.getActiveStageIds():
            stage = tracker.getStageInfo(number)
            if stage and stage.numTasks >= 8 and 1 <= stage.numCompletedTasks < stage.numTasks - 2:
                victim = executors(os.getpid())[0]
                os.kill(victim, signal.SIGKILL)
                done.append(f"{stage.numCompletedTasks} of {stage.numTasks} tasks were done")
                return
        time.sleep(0.02)


def main(source: str, target: str) -> None:
    """Run, kill, write, and say when the executor was killed."""
    path = {"spark.executorEnv.PYTHONPATH": os.environ["PYTHONPATH"]}
    with session.started("local-cluster[2,1,1024]", **scale.QUIET, **path) as running:
        killed: list[str] = []
        thread = threading.Thread(target=kill_one, args=(running, killed), daemon=True)
        thread.start()
        found = spark.run(running, source, scale.SETTINGS, partitions=12)
        found.write(target)
        sys.stdout.write(" ".join(killed))


if __name__ == "__main__":
    main(*sys.argv[1:])
