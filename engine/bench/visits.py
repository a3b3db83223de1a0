"""The pages that are measured, for whom each is asked, and who asks: an application in this process, through WSGI.

Pages live above the engine, so that the application is brought by whoever measures: `web.application:create_app`, looked up late.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, func, select

from engine.access.sessions import DEMONSTRATION, BeginSession, digest
from engine.audit.texts import KeepTexts
from engine.bootstrap import open_door
from engine.door import Door
from engine.kernel.actor import SYSTEM, Actor, ActorType
from engine.kernel.clock import SimulatedClock, from_stamp
from engine.storage.database import Database
from engine.storage.schema import consolidation, directive, history_record, holding, instance, person, post, post_role, report, user_task

APPLICATION = "web.application:create_app"
DEMONSTRATOR = "engine.demo.main:run_demo"
MEASURER = Actor(type=ActorType.SERVICE, id="bench", auth={"method": "internal"})
OPEN_TASK = user_task.c.status == "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page and for whom it is asked: a role of the person, and what stands in the address, found in the database."""

    name: str
    role: str
    path: str
    found: Select[Any] | None = None


_letters = select(directive.c.id)
_reports = select(report.c.id)
PAGES = (
    Page(name="inbox", role="specialist", path="/work"),
    Page(name="queue", role="specialist", path="/work/queue"),
    Page(name="done", role="specialist", path="/work/done"),
    Page(name="case", role="specialist", path="/case/{}", found=select(instance.c.id).where(instance.c.status == "active")),
    Page(name="overview", role="leader", path="/overview"),
    Page(name="directives", role="leader", path="/directives"),
    Page(name="directive", role="leader", path="/directives/{}", found=_letters),
    Page(name="cascade", role="leader", path="/directives/{}/cascade", found=_letters),
    Page(name="cascade, its picture", role="leader", path="/directives/{}/cascade.json", found=_letters),
    Page(name="milestones", role="leader", path="/directives/{}/milestones", found=_letters),
    Page(name="reports", role="consolidator", path="/reports"),
    Page(name="report", role="consolidator", path="/reports/{}", found=_reports),
    Page(name="consolidation", role="consolidator", path="/consolidations/{}", found=select(consolidation.c.id)),
    Page(name="register", role="clerk", path="/registers"),
    Page(name="report, Word", role="consolidator", path="/print/report/{}.docx", found=_reports),
    Page(name="report, PDF", role="consolidator", path="/print/report/{}.pdf", found=_reports),
    Page(name="search", role="specialist", path="/search?q=tuyen+truyen"),
    Page(name="administration", role="admin", path="/admin"),
)


def form_pages(database: Database) -> list[Page]:
    """Return the page of a task with each form that lies open on a desk."""
    with database.reading() as connection:
        rows = connection.execute(select(user_task.c.form, user_task.c.role).where(OPEN_TASK, user_task.c.form.is_not(None)).distinct().order_by(user_task.c.form)).all()
    return [
        Page(name=f"task {row.form}", role=row.role, path="/task/{}", found=select(user_task.c.id).where(OPEN_TASK, user_task.c.form == row.form))
        for row in rows
    ]


class Visit:
    """Asks for pages of one application as people of the demonstration."""

    def __init__(self, app: Any, database: Database, door: Door) -> None:
        self._app, self._database, self._door = app, database, door
        self._clients: dict[str, Any] = {}
        self._people: dict[str, str] = {}

    def get(self, who: str, path: str) -> Any:
        """Return the answer to a person."""
        if who not in self._clients:
            token = secrets.token_urlsafe(16)
            self._door.execute(BeginSession(person=who, token_hash=digest(token), method=DEMONSTRATION), MEASURER, key=f"bench:{token}")
            self._clients[who] = self._app.test_client()
            with self._clients[who].session_transaction() as kept:
                kept["token"] = token
        return self._clients[who].get(path)

    def addresses(self, page: Page) -> list[tuple[str, str]]:
        """Return the people and addresses of a page: it is measured at the first that its person may see."""
        if page.found is None:
            return [(self._busiest(page.role), page.path)]
        (key,) = page.found.selected_columns
        own = key.table.c.issuer if key.table is directive else key.table.c.organisation
        rows = page.found.add_columns(holding.c.person)
        rows = rows.join_from(key.table, post, post.c.organisation == own).join(holding, (holding.c.post == post.c.id) & holding.c.substitute_for.is_(None))
        rows = rows.join(post_role, (post_role.c.post == post.c.id) & (post_role.c.role == page.role))
        with self._database.reading() as connection:
            told = connection.execute(rows.order_by(key).limit(20)).all()
        return [(row.person, page.path.format(row.id)) for row in told]

    def _busiest(self, role: str) -> str:
        """Return the person with a role on whose desk the most is open."""
        if role not in self._people:
            with self._database.reading() as connection:
                self._people[role] = str(connection.execute(_busiest(role)).scalar_one())
        return self._people[role]


def _busiest(role: str) -> Select[Any]:
    desk = select(user_task.c.organisation, func.count().label("number")).where(OPEN_TASK, user_task.c.role == role).group_by(user_task.c.organisation)
    busy = desk.subquery("busy")
    return (
        select(holding.c.person)
        .join(post, post.c.id == holding.c.post)
        .join(post_role, (post_role.c.post == post.c.id) & (post_role.c.role == role))
        .join(person, person.c.id == holding.c.person)
        .outerjoin(busy, busy.c.organisation == post.c.organisation)
        .order_by(func.coalesce(busy.c.number, 0).desc(), person.c.login)
        .limit(1)
    )


@contextmanager
def served(copy: Path) -> Iterator[Visit]:
    """Serve a database, at the moment of its last record; its texts are read for the search, as a worker would have done."""
    module, _, name = APPLICATION.partition(":")
    make: Callable[..., Any] = getattr(import_module(module), name)
    database = Database(f"sqlite:///{copy}")
    door = door_at_the_end(database)
    read_texts(door)
    yield Visit(make(door, demo=True), database, door)
    database.dispose()


def door_at_the_end(database: Database) -> Door:
    """Return the door of a database at the moment of its last record."""
    with database.reading() as connection:
        last = connection.execute(select(func.max(history_record.c.recorded_at))).scalar_one()
    return open_door(database, SimulatedClock(from_stamp(last)))


def demonstrate(url: str, today: datetime) -> Database:
    """Play the demonstration into an empty database, and return it."""
    module, _, name = DEMONSTRATOR.partition(":")  # it lies beside us, so that it is looked up late
    database: Database = getattr(import_module(module), name)(url, folder=None, months=1, today=today).database
    return database


def holder(connection: Connection, role: str) -> Actor | None:
    """Return somebody who holds a role, None when nobody does."""
    query = select(holding.c.person).join(post, post.c.id == holding.c.post).join(post_role, post_role.c.post == post.c.id)
    row = connection.execute(query.where(post_role.c.role == role).order_by(holding.c.person).limit(1)).scalar_one_or_none()
    return Actor.person(row, method="bench") if row else None


def read_texts(door: Door) -> int:
    """Read the whole history for the search; return how many records that were."""
    read = 0
    while piece := door.execute(KeepTexts(), SYSTEM, key=f"bench:texts:{read}")["read"]:
        read += piece
    return read
