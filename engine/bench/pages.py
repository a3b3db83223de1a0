"""How long the main pages take over the demonstration, the record of who looked included; and the inbox beside many open tasks.

Pages live above the engine, so that the application is brought by whoever measures: `web.application:create_app`, looked up late.
Each page is asked for through WSGI in this process, as its own person, whose session begins as at the door.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, Engine, event, func, insert, select

from engine.access.sessions import DEMONSTRATION, BeginSession, digest
from engine.bench.machine import machine, spent_cpu
from engine.bootstrap import open_door
from engine.kernel.actor import Actor, ActorType
from engine.kernel.clock import SimulatedClock, SystemClock, from_stamp, stopwatch
from engine.storage.database import Database
from engine.storage.schema import directive, history_record, holding, instance, organisation, person, post, post_role, report, user_task
from engine.storage.unit_of_work import UnitOfWork

APPLICATION = "web.application:create_app"
DEMONSTRATOR = "engine.demo.main:run_demo"
PACKAGES = ("chidao", "Flask", "SQLAlchemy", "Jinja2")
ROUNDS = 30
CROWD = 100_000  # open tasks
A_UNIT_HAS = 10  # of them
MEASURER = Actor(type=ActorType.SERVICE, id="bench", auth={"method": "internal"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured: the demonstration in a SQLite file (never written to), how often each page is asked for, beside how many tasks."""

    demonstration: Path
    rounds: int = ROUNDS
    crowd: int = CROWD


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page and for whom it is asked: a role of the person, and what stands in the address, found in the database."""

    name: str
    role: str
    path: str
    found: Any = None


_open_task = user_task.c.status == "open"
PAGES = (
    Page(name="inbox", role="specialist", path="/work"),
    Page(name="queue", role="specialist", path="/work/queue"),
    Page(name="done", role="specialist", path="/work/done"),
    Page(name="task", role="specialist", path="/task/{}", found=select(user_task.c.id).where(_open_task, user_task.c.role == "specialist")),
    Page(name="case", role="specialist", path="/case/{}", found=select(instance.c.id).where(instance.c.status == "active")),
    Page(name="overview", role="leader", path="/overview"),
    Page(name="directives", role="leader", path="/directives"),
    Page(name="directive", role="leader", path="/directives/{}", found=select(directive.c.id)),
    Page(name="reports", role="consolidator", path="/reports"),
    Page(name="report", role="consolidator", path="/reports/{}", found=select(report.c.id)),
    Page(name="search", role="specialist", path="/search?q=tuyen+truyen"),
    Page(name="administration", role="admin", path="/admin"),
)


def measure_pages(plan: Plan) -> dict[str, Any]:
    """Return the median of each page in milliseconds, its statements and its bytes, and those of the inbox beside a crowd."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "pages.sqlite3"
        shutil.copy(plan.demonstration, copy)
        with _served(copy) as visit:
            pages = {each.name: found for each in PAGES if (found := _measured(visit, each, plan.rounds)) is not None}
        crowd = _beside_a_crowd(copy, plan) if plan.crowd else None
    versions = {name: version(name) for name in PACKAGES}
    return {"machine": machine(), "versions": versions, "rounds": plan.rounds, "pages": pages, "crowd": crowd}


def _beside_a_crowd(copy: Path, plan: Plan) -> dict[str, Any]:
    database = Database(f"sqlite:///{copy}")
    _fill(database, plan.crowd)
    with database.reading() as connection:
        full = _count(connection, select(func.count()).select_from(user_task).where(_open_task))
    database.dispose()
    with _served(copy) as visit:
        return {"open_tasks": full, "organisations": plan.crowd // A_UNIT_HAS, "inbox": _measured(visit, PAGES[0], plan.rounds)}


def _fill(database: Database, tasks: int) -> None:
    """Put open tasks into the database, in organisations of their own as there are in a country; each is like one that is open."""
    with database.reading() as connection:
        like = [dict(row) for row in connection.execute(select(user_task).where(_open_task).limit(A_UNIT_HAS)).mappings()]
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


class Visit:
    """Asks for pages of one application as people of the demonstration."""

    def __init__(self, app: Any, database: Database, door: Any) -> None:
        self._app, self._database, self._door = app, database, door
        self._clients: dict[str, tuple[str, Any]] = {}

    def get(self, role: str, path: str) -> Any:
        """Return the answer to a person with a role."""
        return self._as(role)[1].get(path)

    def address(self, page: Page) -> list[str]:
        """Return the addresses that a page may have: it is measured at the first that its person may see."""
        if page.found is None:
            return [page.path]
        who = self._as(page.role)[0]
        units = select(post.c.organisation).join(holding, holding.c.post == post.c.id).where(holding.c.person == who)
        table = page.found.selected_columns[0].table
        own = table.c.issuer if table is directive else table.c.organisation
        with self._database.reading() as connection:
            rows = connection.execute(page.found.where(own.in_(units)).limit(5)).scalars().all()
        return [page.path.format(row) for row in rows]

    def _as(self, role: str) -> tuple[str, Any]:
        if role not in self._clients:
            who, token = self._person(role), secrets.token_urlsafe(16)
            self._door.execute(BeginSession(person=who, token_hash=digest(token), method=DEMONSTRATION), MEASURER, key=f"bench:{token}")
            client = self._app.test_client()
            with client.session_transaction() as kept:
                kept["token"] = token
            self._clients[role] = (who, client)
        return self._clients[role]

    def _person(self, role: str) -> str:
        """Return the person with a role on whose desk the most is open."""
        desk = select(user_task.c.organisation, func.count().label("number")).where(_open_task, user_task.c.role == role).group_by(user_task.c.organisation)
        busy = desk.subquery("busy")
        query = (
            select(holding.c.person)
            .join(post, post.c.id == holding.c.post)
            .join(post_role, (post_role.c.post == post.c.id) & (post_role.c.role == role))
            .join(person, person.c.id == holding.c.person)
            .outerjoin(busy, busy.c.organisation == post.c.organisation)
            .order_by(func.coalesce(busy.c.number, 0).desc(), person.c.login)
            .limit(1)
        )
        with self._database.reading() as connection:
            return str(connection.execute(query).scalar_one())


@contextmanager
def _served(copy: Path) -> Iterator[Visit]:
    module, _, name = APPLICATION.partition(":")
    make: Callable[..., Any] = getattr(import_module(module), name)
    database = Database(f"sqlite:///{copy}")
    with database.reading() as connection:
        last = connection.execute(select(func.max(history_record.c.recorded_at))).scalar_one()
    door = open_door(database, SimulatedClock(from_stamp(last)))
    yield Visit(make(door, demo=True), database, door)
    database.dispose()


def _measured(visit: Visit, page: Page, rounds: int) -> dict[str, Any] | None:
    """Return the figures of a page; None when the demonstration has none of the kind for its person."""
    seen = next((path for path in visit.address(page) if visit.get(page.role, path).status_code == 200), None)  # OK
    if seen is None:
        return None
    with _counted() as statements:
        answer = visit.get(page.role, seen)
    began = spent_cpu()
    times = [_timed(visit, page.role, seen) for _ in range(rounds)]
    cpu = (spent_cpu() - began) * 1000 / rounds  # what others do on the machine does not count
    return {"ms": round(median(times), 2), "cpu_ms": round(cpu, 2), "slowest_ms": round(max(times), 2), "statements": len(statements), "bytes": len(answer.data)}


def _timed(visit: Visit, role: str, path: str) -> float:
    began = stopwatch()
    visit.get(role, path)
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
    return [f"{name:36} {each['ms']:8.2f} ms ({each['cpu_ms']:7.2f} of the processor)  {each['statements']:3} statements  {each['bytes']:8} bytes" for name, each in rows]
