"""The simulated people of a cascade: each does at once what lies on the desk, through the door, in the post that has the role.

What is looked up to know who does what is paid once a round for all desks, and counted apart: it is the driver's cost.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.definitions.repository import definition
from engine.door import Door
from engine.instances.cases import Case
from engine.instances.commands import CompleteUserTask
from engine.kernel.actor import Actor
from engine.kernel.clock import local_date, stopwatch
from engine.kernel.errors import EngineError, StepFailed
from engine.scenario.answers import answer
from engine.scenario.stage import Desk
from engine.storage.schema import holding, instance, organisation, post, post_role, user_task

ROUND = 1_000  # desks that are looked at together
_OPEN = (
    select(user_task, organisation.c.code.label("unit_code"), instance.c.directive, instance.c.period, instance.c.roots)
    .add_columns(instance.c.definition_version, instance.c.business_key)
    .join(instance, instance.c.id == user_task.c.instance)
    .join(organisation, organisation.c.id == user_task.c.organisation)
    .where(user_task.c.status == "open", instance.c.status == "active")
    .order_by(user_task.c.created_at, user_task.c.id)
    .limit(ROUND)
)


@dataclass(slots=True)
class People:
    """Everybody. `figures`: what was written into reports, per period and indicator; `seconds`: what each kind of action took.

    `hands`: how many act at the same time; `acting`: for how many seconds anybody acted.
    """

    door: Door
    issuer: str
    draft: Mapping[str, Any]
    hands: int = 1
    told: Callable[[str], None] = lambda _form: None
    figures: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    acting: float = 0.0
    _posts: dict[tuple[str, str], Actor] = field(default_factory=dict)

    def actor(self, unit: str, role: str) -> Actor:
        """Return who has a role in a body. Raises StepFailed."""
        if not self._posts:  # several hands may each look it up: they find the same
            with self.door.database.reading() as connection:
                self._posts = _posts(connection)
        if (unit, role) not in self._posts:
            raise StepFailed(f"Expected somebody with the role {role!r} in the body {unit}, but found nobody. Its staff is wrong.")
        return self._posts[unit, role]

    def start(self, command: Any, actor: Actor) -> None:
        """Begin the directive: the first action of all."""
        self.seconds["start"].append(self._act("start", command, actor))

    def _act(self, kind: str, command: Any, actor: Actor) -> float:
        """Send a person's command through the door; return how many seconds that took. Raises StepFailed when it is refused."""
        began = stopwatch()
        try:
            self.door.execute(command, actor, key=f"bench:{kind}:{getattr(command, 'task', '')}")
        except EngineError as error:
            raise StepFailed(f"Expected the cascade to run through, but {kind!r} was refused: {error.message}") from error
        return stopwatch() - began

    def work(self) -> int:
        """Do what lies on the desks now, up to a round; return how many tasks that were."""
        answers = self._answers()
        began = stopwatch()
        with ThreadPoolExecutor(self.hands) as office:
            done = office.map(self._complete, answers) if self.hands > 1 else map(self._complete, answers)
            for kind, spent in done:
                self.seconds[kind].append(spent)
                self.told(kind)
        self.acting += stopwatch() - began
        for row, data in answers:
            if row.form == "report_section":
                for key, value in data["indicators"].items():
                    self.figures[row.period][key] += value
        return len(answers)

    def _complete(self, task: tuple[Row[Any], dict[str, Any]]) -> tuple[str, float]:
        """Complete a task; return its kind and how many seconds that took."""
        row, data = task
        kind = row.form or row.element
        return kind, self._act(kind, CompleteUserTask(task=row.id, data=data), self.actor(row.organisation, row.role))

    def _answers(self) -> list[tuple[Row[Any], dict[str, Any]]]:
        """Return the open tasks with what is written into their forms, read together before any is completed."""
        with self.door.database.reading() as connection:
            rows: Sequence[Row[Any]] = connection.execute(_OPEN).all()
            return [(row, self._answer(connection, row)) for row in rows]

    def _answer(self, connection: Connection, row: Row[Any]) -> dict[str, Any]:
        deployment = definition(connection, row.definition_version)
        case = Case(
            id=row.instance,
            deployment=deployment,
            organisation=row.organisation,
            business_key=row.business_key,
            directive=row.directive,
            period=row.period,
            roots=tuple(json.loads(row.roots)),
        )
        desk = Desk(
            connection=connection,
            task=row,
            case=case,
            form=deployment.forms[row.form] if row.form else None,
            context=json.loads(row.context),
            code=row.unit_code,
            today=local_date(self.door.clock.now()),
        )
        if row.form == "draft_directive" and row.organisation == self.issuer:
            return {**answer(desk), **self.draft}
        return answer(desk)


def _posts(connection: Connection) -> dict[tuple[str, str], Actor]:
    query = (
        select(post.c.organisation, post_role.c.role, holding.c.person)
        .join(post_role, post_role.c.post == post.c.id)
        .join(holding, holding.c.post == post.c.id)
        .where(holding.c.valid_to.is_(None))
    )
    return {(row.organisation, row.role): Actor.person(row.person, method="bench") for row in connection.execute(query)}
