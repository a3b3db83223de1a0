"""One small office with one process of its own: what fails, waits or is chosen in it, the tests draw themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from engine.definitions.command import DeployDefinitions
from engine.directory.directory_import import ImportDirectory
from engine.history.record import opened
from engine.instances.commands import CompleteUserTask, StartProcess
from engine.instances.operations import Call
from engine.instances.show_incidents import ListIncidents, ShowTokens
from engine.kernel.actor import SYSTEM
from engine.reports import operations as report_operations
from engine.storage import Database
from engine.storage.schema import history_record, incident, instance, user_task
from tests.definitions.drawings import drawing, form, lane
from tests.door.office import Office

BY_PERSON = '<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/>'
ADMIN = "quan.tri"
ADMINS = (
    "login,name,organisation,title,roles\n"
    "quan.tri,Đỗ Văn Bình,tinh,Quản trị,admin\n"
    "quan.tri.2,Hà Thị Liên,tinh,Quản trị,admin\n"
)
FORM = {
    "amount": {"type": "integer", "title": "Số", "x-route": True},
    "turn": {"type": "boolean", "title": "Rẽ", "x-route": True},
    "subject": {"type": "string", "title": "Trích yếu"},
}


def service(id: str, operation: str = "enter_archive", parameters: str = "") -> str:
    inner = f"<bpmn:extensionElements>{parameters}</bpmn:extensionElements>" if parameters else ""
    return f'<bpmn:serviceTask id="{id}" chidao:operation="{operation}">{inner}</bpmn:serviceTask>'


def parameter(name: str, value: str) -> str:
    return f'<chidao:parameter name="{name}" value="{value}"/>'


class Archive:
    """What an operation needs: `answer` is what it does next, an error or a result."""

    def __init__(self) -> None:
        self.answer: Exception | dict[str, Any] = {}
        self.given: list[dict[str, Any]] = []

    def enter(self, call: Call) -> dict[str, Any]:
        self.given.append(dict(call.parameters))
        if isinstance(self.answer, Exception):
            raise self.answer
        return dict(self.answer)


class Bureau(Office):
    """An office whose operation `enter_archive` the test leads, and which deploys processes by their body."""

    archive: Archive

    @classmethod
    def opened(cls, database: Database, monkeypatch: pytest.MonkeyPatch) -> Bureau:
        """Return the office with its administrators and an archive that is open."""
        archive = Archive()
        monkeypatch.setitem(report_operations.OPERATIONS, "enter_archive", archive.enter)
        made = cls(database=database)
        made.archive = archive
        made.do(ImportDirectory(kind="people", text=ADMINS, file="people.csv"))
        return made

    def draw(self, body: str, *nodes: str, id: str = "p", head: str = "", unit: str = "btg") -> str:
        """Deploy a process with one lane for the clerk, and start it; return the instance."""
        self.put(drawing(body, id=id, head=head, lanes=lane("s", *nodes)), id)
        return self.begin(id, unit)

    def put(self, content: bytes, id: str) -> None:
        files = {f"{id}.bpmn": content.hex(), "forms/slip.schema.json": form(properties=FORM, required=[]).hex()}
        self.do(DeployDefinitions(files=files, reason="test"))

    def begin(self, process: str = "p", unit: str = "btg") -> str:
        started = str(self.do(StartProcess(process=process, organisation=self.unit(unit), directive=None))["instance"])
        self.drain()
        return started

    def rows(self, table: Any, *conditions: Any) -> list[Any]:
        order = table.c.get("created_at", table.primary_key.columns[0])
        with self.database.reading() as connection:
            return list(connection.execute(select(table).where(*conditions).order_by(order)))

    def open(self) -> list[str]:
        return sorted(row.element for row in self.rows(user_task, user_task.c.status == "open"))

    def rows_of(self, element: str) -> list[Any]:
        return self.rows(user_task, user_task.c.element == element)

    def work(self, element: str) -> Any:
        """The one open task or choice at an element."""
        (row,) = self.rows(user_task, user_task.c.status == "open", user_task.c.element == element)
        return row

    def hand_in(self, element: str, login: str = "van.thu", **data: Any) -> dict[str, Any]:
        done = self.do(CompleteUserTask(task=self.work(element).id, data=data), self.actor(login))
        self.drain()
        return done

    def incident(self) -> Any:
        """The one unresolved incident."""
        (row,) = self.rows(incident, incident.c.resolved_at.is_(None))
        return row

    def listed(self, **asked: Any) -> list[dict[str, Any]]:
        return list(self.door.ask(ListIncidents(**asked), SYSTEM))

    def places(self, identity: str) -> list[str]:
        return [each["element"] for each in self.door.ask(ShowTokens(instance=identity), SYSTEM)]

    def data(self, identity: str) -> dict[str, Any]:
        """The process data of a running instance, as its newest task sees them."""
        row = self.rows(user_task, user_task.c.instance == identity)[-1]
        return dict(json.loads(row.context))

    def status(self, identity: str) -> str:
        return str(self.rows(instance, instance.c.id == identity)[0].status)

    def record(self, action: str) -> dict[str, Any]:
        """The newest record of an action."""
        with self.database.reading() as connection:
            query = select(history_record.c.body).where(history_record.c.action == action).order_by(history_record.c.seq.desc()).limit(1)
            return dict(opened(connection.execute(query).scalar_one()))
