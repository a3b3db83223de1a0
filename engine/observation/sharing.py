"""Several processes that count into one folder, so that each can answer for all: the web process of `chidao serve` and its worker.

To be called before `engine.observation.metrics` is loaded. A process that is started again goes on counting in the file of the one
before it, which had the same name.
"""

from __future__ import annotations

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
def counting_together(process: str) -> Iterator[Path]:
    """Let this process, called `process`, and those that it starts count into one folder, for as long as it lasts."""
    given = environment.shared_metrics()
    folder = given or _new_folder()
    count_as(process, folder)
    try:
        yield folder
    finally:
        if given is None:
            shutil.rmtree(folder, ignore_errors=True)


def count_as(process: str, folder: Path) -> None:
    """Let this process count into `folder` under the name `process`."""
    environment.share_metrics(folder)
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: process)


def _new_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=IN_MEMORY))
    except OSError:
        return Path(tempfile.mkdtemp(prefix=PREFIX))
