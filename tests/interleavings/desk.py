"""A small process over which people and workers meet: one task of the clerks, withdrawn by a timer; and what must hold afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from engine.definitions.command import DeployDefinitions
from engine.directory.directory_import import ImportDirectory
from engine.execution.poller import Poller
from engine.instances.commands import StartProcess
from engine.kernel.clock import SimulatedClock
from engine.storage import Database
from engine.storage.schema import command, history_record, holding, inbox, instance, operation, person, subscription, timer, user_task
from tests.definitions.drawings import drawing, flow, form, lane
from tests.door.office import START, Office

THIRD = "login,name,organisation,title,roles\nvan.thu.3,Bùi Văn Tư,btg,Văn thư,clerk\n"
FORM = {"subject": {"type": "string", "title": "Trích yếu"}}
BODY = (
    '<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/>'
    '<bpmn:userTask id="u" name="Vào sổ" chidao:form="slip"/>'
    '<bpmn:boundaryEvent id="t" attachedToRef="u"><bpmn:timerEventDefinition>'
    '<bpmn:timeDuration>"PT1H"</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>'
    '<bpmn:userTask id="v" name="Hỏi lại" chidao:form="slip"/>'
    '<bpmn:endEvent id="e"/><bpmn:endEvent id="f"/>' + flow("s", "u") + flow("u", "e") + flow("t", "v") + flow("v", "f")
)
PARALLEL = (
    '<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/><bpmn:parallelGateway id="g"/>'
    + "".join(f'<bpmn:userTask id="u{number}" name="Ô {number}" chidao:form="slip"/>' for number in range(12))
    + '<bpmn:parallelGateway id="j"/><bpmn:endEvent id="e"/>'
    + flow("s", "g")
    + "".join(flow("g", f"u{number}") + flow(f"u{number}", "j") for number in range(12))
    + flow("j", "e")
)


def desk(database: Database) -> tuple[Any, Any]:
    """Furnish: the office, the process `p` with its one task open at nine o'clock, a minute before its timer."""
    office = Office(database)
    office.do(ImportDirectory(kind="people", text=THIRD, file="people.csv"))
    files = {"p.bpmn": drawing(BODY, lanes=lane("s", "u", "v")), "q.bpmn": drawing(PARALLEL, id="q", lanes=lane("s", *(f"u{n}" for n in range(12))))}
    office.do(DeployDefinitions(files={**{name: text.hex() for name, text in files.items()}, "forms/slip.schema.json": form(properties=FORM, required=[]).hex()}, reason="test"))
    started = office.do(StartProcess(process="p", organisation=office.unit("btg"), directive=None))["instance"]
    Poller(office.door).drain()
    return str(started), lambda: SimulatedClock(START + timedelta(minutes=59))


def task(office: Office, element: str = "u") -> Any:
    """The newest row of a task."""
    with office.database.reading() as connection:
        return connection.execute(select(user_task).where(user_task.c.element == element).order_by(user_task.c.id.desc())).first()


def post_of(office: Office, login: str) -> str:
    """The post that a person holds."""
    query = select(holding.c.post).join(person, person.c.id == holding.c.person).where(person.c.login == login)
    with office.database.reading() as connection:
        return str(connection.execute(query).scalars().first())


def sound(office: Office) -> None:
    """Check what holds after any schedule: the history verifies, no row points at nothing or stays open in what has ended."""
    assert office.intact()
    with office.database.reading() as connection:
        for table in (user_task, timer, operation):
            query = select(table.c.id).join(instance, instance.c.id == table.c.instance)
            left = connection.execute(query.where(instance.c.status == "ended", table.c.status == "open")).all()
            assert left == [], f"open rows of {table.name} in instances that have ended"
        listening = select(subscription.c.id).join(instance, instance.c.id == subscription.c.instance).where(instance.c.status == "ended")
        assert connection.execute(listening).all() == []
        unread = select(inbox.c.id).join(instance, instance.c.id == inbox.c.instance).where(instance.c.status == "ended", inbox.c.consumed_ver.is_(None))
        assert connection.execute(unread).all() == []
        transitions = select(history_record.c.instance, history_record.c.seq).where(
            history_record.c.instance.is_not(None), history_record.c.outcome == "done", history_record.c.action.in_(STEPS)
        )
        moved: dict[str, int] = {}
        for row in connection.execute(transitions):
            moved[row.instance] = moved.get(row.instance, 0) + 1
        versions = {row.id: row.ver for row in connection.execute(select(instance.c.id, instance.c.ver))}
        assert {key: value for key, value in moved.items() if key in versions} == versions, "one record for each transition, one transition for each record"


STEPS = ("instance.started", "instance.advanced", "task.completed", "choice.made", "element.skipped", "token.moved", "instance.migrated")


def answered(office: Office, *keys: str) -> list[str]:
    """Which of these commands are remembered."""
    with office.database.reading() as connection:
        return sorted(connection.execute(select(command.c.key).where(command.c.key.in_(keys))).scalars())
