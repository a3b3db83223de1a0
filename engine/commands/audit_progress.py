"""How far the check of the history is, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from engine.audit.verification import Tick


@contextmanager
def watched(records: Mapping[str, int], *, hidden: bool) -> Iterator[Tick]:
    """Show a bar for each log while it is read; yield what is told how many records of a log have been. `records`: of each log."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=hidden or not console.is_terminal) as progress:
        bars = {log: progress.add_task(log, total=number) for log, number in records.items()}

        def tick(log: str, done: int) -> None:
            if log in bars:
                progress.update(bars[log], completed=done)

        yield tick
