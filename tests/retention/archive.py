"""An office whose directives have long been closed, the people who may let them go, and what a check of its history says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import insert, select

from engine.audit.state import differences
from engine.audit.verification import Verification, examine
from engine.bootstrap import prepare
from engine.door import Door
from engine.history.evidence import Evidence
from engine.history.record import LOG, opened
from engine.history.transaction import Reading
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.clock import SimulatedClock
from engine.retention.disposal import DecideDisposal, ProposeDisposal, keeper_of
from engine.storage import Database, UnitOfWork
from engine.storage.schema import directive, history_record, holding, instance, organisation, organisation_edge, person, post, post_role

LATER = datetime(2080, 1, 2, 1, 0, tzinfo=UTC)  # every class but the permanent one is over
AUTHORITY = "15/QĐ-UBND"


@dataclass
class Archive:
    """A database at a late day, through its door."""

    database: Database
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(LATER))
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.door: Door = prepare(self.database, self.clock)
        with UnitOfWork(self.database) as unit:
            if unit.connection.execute(select(person.c.id).where(person.c.id == "admin")).first() is None:
                below = select(organisation_edge.c.child)
                top = unit.connection.execute(select(organisation.c.id).where(organisation.c.id.not_in(below)).order_by(organisation.c.id).limit(1)).scalar_one()
                for role in ("admin", "auditor"):
                    unit.connection.execute(insert(person).values(id=role, login=role, name=f"Người giữ vai {role}", email=f"{role}@coquan.vn"))
                    unit.connection.execute(insert(post).values(id=f"post-{role}", organisation=top, title=role))
                    unit.connection.execute(insert(post_role).values(post=f"post-{role}", role=role))
                    unit.connection.execute(insert(holding).values(id=f"holding-{role}", post=f"post-{role}", person=role, valid_from="2020-01-01"))
                unit.commit()

    def do(self, command: Any, actor: Actor) -> dict[str, Any]:
        return self.door.execute(command, actor, key=f"archive:{next(self.numbers)}")

    def ask(self, query: Any, actor: Actor) -> Any:
        return self.door.ask(query, actor)

    def roots(self) -> list[str]:
        """The root directives that had cases here, in the order in which they came."""
        with self.database.reading() as connection:
            below = directive.alias("below")
            had = select(instance.c.id).join(below, below.c.id == instance.c.directive).where(below.c.root == directive.c.id).exists()
            query = select(directive.c.id).where(directive.c.id == directive.c.root, had).order_by(directive.c.created_at, directive.c.id)
            return list(connection.execute(query).scalars())

    def keeper(self, root: str) -> str:
        with self.database.reading() as connection:
            found = keeper_of(Reading(connection=connection, now=self.clock.now(), actor=SYSTEM), root)
        assert found is not None
        return found

    def person(self, role: str, unit: str | None = None) -> Actor:
        """Somebody with a role, in a unit or anywhere."""
        query = (
            select(person.c.id)
            .join(holding, holding.c.person == person.c.id)
            .join(post, post.c.id == holding.c.post)
            .join(post_role, post_role.c.post == post.c.id)
            .where(post_role.c.role == role, holding.c.substitute_for.is_(None), holding.c.valid_to.is_(None))
        )
        with self.database.reading() as connection:
            found = connection.execute((query.where(post.c.organisation == unit) if unit else query).order_by(person.c.id)).scalars().first()
        assert found is not None, (role, unit)
        return Actor.person(found, method="test")

    def propose(self, root: str) -> str:
        command = ProposeDisposal(directive=root, authority=AUTHORITY, reason="Hết thời hạn bảo quản.")
        return str(self.do(command, self.person("admin"))["disposal"])  # in these offices one person is clerk and leader

    def dispose(self, root: str) -> dict[str, Any]:
        """Propose and decide, by two persons."""
        return self.dispose_named(self.propose(root), root)

    def dispose_named(self, named: str, root: str) -> dict[str, Any]:
        command = DecideDisposal(disposal=named, approve=True, reason="Hội đồng đã xét.")
        return self.do(command, self.person("leader", self.keeper(root)))

    def records(self, *, after: int = 0) -> list[dict[str, Any]]:
        query = select(history_record.c.body).where(history_record.c.log == LOG, history_record.c.seq > after).order_by(history_record.c.seq)
        with self.database.reading() as connection:
            return [opened(body) for body in connection.execute(query).scalars()]

    def verified(self, *, state: bool = True) -> Verification:
        with self.database.reading() as connection:
            return examine(connection, Evidence(), state=state)

    def differences(self, root: str) -> list[str]:
        with self.database.reading() as connection:
            return [each.sentence() for each in differences(connection, root=root)]
