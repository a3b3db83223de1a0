"""Several processes that count into one folder, so that each can answer for all: the web process of `chidao serve` and its worker.

To be called before `engine.observation.metrics` is loaded.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import values

from engine.kernel import environment

IN_MEMORY = Path("/dev/shm")  # noqa: S108  counts need no disk, and one that is full would end a process that counts
PREFIX = "chidao-metrics-"


@contextmanager
def counting_together(process: str | None = None) -> Iterator[Path]:
    """Let this process, and those that it starts, count into one folder for as long as this lasts: a new one, unless one is given."""
    given = environment.shared_metrics()
    folder = given or _new_folder()
    count_into(folder, process)
    try:
        yield folder
    finally:
        if given is None:
            forget(folder)


def count_if_shared() -> None:
    """Let this process count the commands of its door, when there is a folder by which anybody can learn of that."""
    folder = environment.shared_metrics()
    if folder is not None:
        count_into(folder)
        from engine.observation.metrics import count_commands  # it loads the library of metrics

        count_commands()


def count_into(folder: Path, process: str | None = None) -> None:
    """Let this process count into `folder`: under its name, where whoever is started again as this goes on; else under its number."""
    folder.mkdir(parents=True, exist_ok=True)
    environment.share_metrics(folder)
    named = process if folder.name.startswith(PREFIX) else None  # in a folder that was given, another may have the same name
    values.ValueClass = values.MultiProcessValue(process_identifier=os.getpid if named is None else lambda: named)


def forget(folder: Path) -> None:
    """Remove what was counted, unless the folder was given to us."""
    if folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def _new_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=IN_MEMORY))
    except OSError:
        return Path(tempfile.mkdtemp(prefix=PREFIX))
