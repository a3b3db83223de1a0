"""A letter from `btg` to the ward `phuong`, for the tests of what may happen beside its case."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, Table, select

from engine.directives.receive import ReceiveDocument
from engine.instances.commands import CompleteUserTask, StartProcess
from engine.storage.schema import directive
from tests.door.office import Office
from tests.processes.walk import filled

PEOPLE = {"clerk": "van.thu", "leader": "lanh.dao", "specialist": "chuyen.vien", "consolidator": "chuyen.vien"}
ITEM = {"item_no": "1", "text": "Treo cờ.", "addressees": ["Phường"], "mode": "one_off", "due_date": "2024-04-19", "due_operator": "by"}
DUTY = {"frequency": "once", "report_type": "báo cáo kết quả", "due_date": "2024-05-15", "due_operator": "by"}


class Ward:
    """The office with one letter on its way down; `phuong` has registered it and its specialist works on it."""

    def __init__(self, office: Office, **body: Any) -> None:
        self.office = office.deploy()
        self.letter = self._registered() or self._send(**body)  # a copy (`ward_database`) has the plain letter already

    def _registered(self) -> str | None:
        query = select(directive.c.id).where(directive.c.issuer == self.office.unit("btg"))
        with self.office.database.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def _send(self, **body: Any) -> str:
        office = self.office
        whole = {"process": "coordination_monthly", "doc_type": "công văn", "symbol": "CV/BTGTU", "subject": "treo cờ", "items": [ITEM]}
        whole |= {"obligation": DUTY, "phase_end": "2024-05-05", "sunset": "2024-07-31", **body}
        letter = ReceiveDocument(organisation=office.unit("phuong"), issuer=office.unit("btg"), number=370, issued="2024-04-01", body=whole)
        sent = str(office.do(letter, office.actor("bi.thu"))["directive"])
        office.drain()
        for form in ("check_incoming", "register_incoming"):
            self.fill(form, "phuong")
        self.fill("leader_instruction", "phuong", action="execute", lead_unit="phuong")
        return sent

    def start(self, process: str, unit: str) -> None:
        """Let whoever may start a process about the letter."""
        login = "bi.thu" if unit == "phuong" else "chuyen.vien"
        command = StartProcess(process=process, organisation=self.office.unit(unit), directive=self.letter)
        self.office.do(command, self.office.actor(login))
        self.office.drain()

    def fill(self, form: str, unit: str, **changes: Any) -> None:
        """Complete the open task with this form as its example says, but for `changes`."""
        task = self.office.task(form, unit)
        login = "bi.thu" if unit == "phuong" else PEOPLE[task.role]
        names = json.loads(task.context)
        data = {key: names[value[0][1:]] if isinstance(value, list) and value and str(value[0]).startswith("@") else value for key, value in filled(form).items()}
        self.office.do(CompleteUserTask(task=task.id, data={**data, **changes}), self.office.actor(login))
        self.office.drain()

    def problems(self, unit: str, form: str = "request_refused") -> str:
        """What the person is told instead of an accepted request."""
        return " ".join(json.loads(self.office.task(form, unit).context)["problems"])

    def row(self, table: Table, **where: Any) -> Row[Any]:
        """The one row of a table."""
        with self.office.database.reading() as connection:
            return connection.execute(select(table).filter_by(**where)).one()
