"""How long the main pages take over the demonstration, the record of who looked included; the cascade of very many
organisations; and the inbox beside many open tasks.

Each page is asked for through WSGI in this process, as its own person, whose session begins as at the door (`visits.py`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, Engine, event, func, insert, select

from engine.bench.machine import machine, spent_cpu
from engine.bench.visits import OPEN_TASK, PAGES, Page, Visit, form_pages, served
from engine.bench.wide import WIDE, widen, widest
from engine.kernel.clock import SystemClock, stopwatch
from engine.storage.database import Database
from engine.storage.schema import directive, organisation, user_task
from engine.storage.unit_of_work import UnitOfWork

DEMONSTRATOR = "engine.demo.main:run_demo"
PACKAGES = ("chidao", "Flask", "SQLAlchemy", "Jinja2")
ROUNDS = 30
CROWD = 100_000  # open tasks
A_UNIT_HAS = 10  # of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured: the demonstration in a SQLite file (never written to), how often each page is asked for, beside how many tasks; organisations of a wide cascade."""

    demonstration: Path
    rounds: int = ROUNDS
    crowd: int = CROWD
    organisations: int = WIDE


def measure_pages(plan: Plan) -> dict[str, Any]:
    """Return the median of each page in milliseconds, its statements and its bytes, and those of the inbox beside a crowd."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "pages.sqlite3"
        shutil.copy(plan.demonstration, copy)
        with served(copy) as visit:
            pages = {each.name: found for each in _pages(copy) if (found := _measured(visit, each, plan.rounds)) is not None}
        wide = _of_a_wide_cascade(copy, plan) if plan.organisations else None
        crowd = _beside_a_crowd(copy, plan) if plan.crowd else None
    versions = {name: version(name) for name in PACKAGES}
    return {"machine": machine(), "versions": versions, "rounds": plan.rounds, "pages": pages, "wide": wide, "crowd": crowd}


def _pages(copy: Path) -> list[Page]:
    database = Database(f"sqlite:///{copy}")
    forms = form_pages(database)
    database.dispose()
    return [*PAGES, *forms]


def _of_a_wide_cascade(copy: Path, plan: Plan) -> dict[str, Any]:
    database = Database(f"sqlite:///{copy}")
    letter = widest(database)
    widen(database, letter, plan.organisations)
    database.dispose()
    found = select(directive.c.id).where(directive.c.id == letter)
    pages = [replace(page, found=found) for page in PAGES if page.name.startswith("cascade")]
    with served(copy) as visit:
        return {"organisations": plan.organisations, **{page.name: _measured(visit, page, plan.rounds) for page in pages}}


def _beside_a_crowd(copy: Path, plan: Plan) -> dict[str, Any]:
    database = Database(f"sqlite:///{copy}")
    _fill(database, plan.crowd)
    with database.reading() as connection:
        full = _count(connection, select(func.count()).select_from(user_task).where(OPEN_TASK))
    database.dispose()
    with served(copy) as visit:
        return {"open_tasks": full, "organisations": plan.crowd // A_UNIT_HAS, "inbox": _measured(visit, PAGES[0], plan.rounds)}


def _fill(database: Database, tasks: int) -> None:
    """Put open tasks into the database, in organisations of their own as there are in a country; each is like one that is open."""
    with database.reading() as connection:
        like = [dict(row) for row in connection.execute(select(user_task).where(OPEN_TASK).limit(A_UNIT_HAS)).mappings()]
        unit = dict(connection.execute(select(organisation).limit(1)).mappings().one())
    names = [f"crowd-{number:06}" for number in range(max(1, tasks // A_UNIT_HAS))]
    units = [{**unit, "id": name, "code": name, "represented_by": None} for name in names]
    rows = [{**like[number % len(like)], "id": f"crowd-task-{number:08}", "organisation": names[number % len(names)], "assignee": None} for number in range(tasks)]
    with UnitOfWork(database) as work:
        work.connection.execute(insert(organisation), units)
        work.connection.execute(insert(user_task), rows)
        work.commit()


def demonstrated(folder: Path) -> Path:
    """Make the demonstration, with work on everybody's desk; return its file. It lies beside us, so that it is looked up late as well."""
    module, _, name = DEMONSTRATOR.partition(":")
    run_demo: Callable[..., Any] = getattr(import_module(module), name)
    place = folder / "demonstration.sqlite3"
    run_demo(f"sqlite:///{place}", folder=None, months=1, today=SystemClock().now()).database.dispose()
    return place


def _measured(visit: Visit, page: Page, rounds: int) -> dict[str, Any] | None:
    """Return the figures of a page; None when the demonstration has none of the kind for its person."""
    seen = next((place for place in visit.addresses(page) if visit.get(*place).status_code == 200), None)  # OK
    if seen is None:
        return None
    with _counted() as statements:
        answer = visit.get(*seen)
    began = spent_cpu()
    times = [_timed(visit, *seen) for _ in range(rounds)]
    cpu = (spent_cpu() - began) * 1000 / rounds  # what others do on the machine does not count
    return {"ms": round(median(times), 2), "cpu_ms": round(cpu, 2), "slowest_ms": round(max(times), 2), "statements": len(statements), "bytes": len(answer.data)}


def _timed(visit: Visit, who: str, path: str) -> float:
    began = stopwatch()
    visit.get(who, path)
    return (stopwatch() - began) * 1000


@contextmanager
def _counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _count(connection: Connection, query: Any) -> int:
    return int(connection.execute(query).scalar_one())


def lines_of(report: Mapping[str, Any]) -> list[str]:
    """Return the figures as lines for people."""
    rows = [(name, found) for name, found in report["pages"].items()]
    if report["crowd"] and report["crowd"]["inbox"]:
        rows.append((f"inbox beside {report['crowd']['open_tasks']} open tasks", report["crowd"]["inbox"]))
    wide = report["wide"] or {}
    rows += [(f"{name}, {wide['organisations']} organisations", found) for name, found in wide.items() if name != "organisations" and found]
    return [f"{name:44} {each['ms']:8.2f} ms ({each['cpu_ms']:7.2f} of the processor)  {each['statements']:3} statements  {each['bytes']:8} bytes" for name, each in rows]
