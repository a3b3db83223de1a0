"""A cascade for people: how far it is while it runs, and its figures afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

RECEIVED, ACCEPTED = "register_incoming", "review_report"  # the forms that show how far the letter and the reports are


@contextmanager
def watched(*, reports: int) -> Iterator[Callable[[str], None]]:
    """Show on a terminal how many bodies have received the letter and how many reports were looked at; yield what is told each action."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("offices are furnished", total=None)
        done = {RECEIVED: 0, ACCEPTED: 0}

        def told(form: str) -> None:
            if form in done:
                done[form] += 1
                text = f"letter received by {done[RECEIVED]}, reports accepted"
                progress.update(bar, description=text, completed=done[ACCEPTED], total=reports)

        yield told


def lines_of(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that say a report to people."""
    cells = "with cells" if report["cells"] else "without cells"
    tools = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    yield f"{report['profile']} ({cells}), {report['months']} month(s): {report['organisations']} organisations; {tools}"
    yield f"{report['reports']} reports, {report['consolidations']} consolidations, every total the sum of what was reported"
    yield (
        f"{report['seconds']:.1f} s: letter down {report['dispatch_seconds']:.1f} s, reports up {report['month_seconds']:.1f} s; "
        f"people {report['people_seconds']:.1f} s, pieces {report['pieces_seconds']:.1f} s, the driver itself {report['driver_seconds']:.1f} s; "
        f"{report['cpu_seconds']:.1f} s of processor"
    )
    yield (
        f"{report['actions']} actions ({report['per_second']}/s), {report['pieces']} pieces, {report['instances']} instances "
        f"({report['instances_per_second']}/s), workers: {report['workers'] or 'none, the driver in turns with people'}"
    )
    yield (
        f"database {report['database_bytes'] / 1e6:.1f} MB, {report['bytes_per_instance']} bytes an instance, "
        f"{report['history_records']} history records of {report['history_bytes_per_record']} bytes"
    )
    yield f"{'an action (ms)':24} {'number':>7} {'p50':>8} {'p95':>8} {'p99':>8}"
    whole = report["latency_ms"]
    for kind, spent in [*whole["by_kind"].items(), ("all", {"actions": report["actions"], **whole})]:
        yield f"{kind:24} {spent['actions']:7} {spent['p50']:8.2f} {spent['p95']:8.2f} {spent['p99']:8.2f}"
