"""A small office for the tests of the core: four invented bodies, their people, one letter on its way.

`tinh` writes to `btg`, which has the wards `phuong` and `bao` below it; `bao` is addressed but owes no report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import func, select

from engine.bootstrap import prepare
from engine.definitions.command import DeployDefinitions
from engine.definitions.source import shipped_sources
from engine.demo.cast import EVERYTHING
from engine.directives.receive import ReceiveDocument
from engine.directory.directory_import import ImportDirectory
from engine.directory.organisations import organisation_by_code
from engine.door import Door
from engine.execution.poller import Poller
from engine.history.verify import verify
from engine.instances.commands import CompleteUserTask
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.clock import SimulatedClock
from engine.storage import Database, UnitOfWork
from engine.storage.schema import command, definition_version, history_record, person, user_task

START = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)  # Monday, 8 o'clock in Vietnam
CSV = {
    "organisations": (
        "code,name,level,symbol,valid_from,valid_to\n"
        "tinh,Thường trực Tỉnh ủy Mường Sương,central,TU,2020-01-01,\n"
        "btg,Ban Tuyên giáo Tỉnh ủy Mường Sương,province,BTGTU,2020-01-01,\n"
        "phuong,Đảng ủy phường Đông Sơn,grassroots,ĐU,2020-01-01,\n"
        "bao,Báo Mường Sương,grassroots,BC,2020-01-01,\n"
    ),
    "edges": (
        "parent,child,line,valid_from,valid_to\n"
        "tinh,btg,committee,2020-01-01,\n"
        "btg,phuong,professional,2020-01-01,\n"
        "btg,bao,professional,2020-01-01,\n"
    ),
    "people": (
        "login,name,organisation,title,roles\n"
        "van.thu,Lê Thị Lan,btg,Văn thư,clerk\n"
        "van.thu.2,Vũ Thị Mai,btg,Văn thư,clerk\n"
        "lanh.dao,Trần Văn Nam,btg,Trưởng ban,leader office_head standing_board\n"
        "chuyen.vien,Phạm Minh An,btg,Chuyên viên,specialist consolidator\n"
        f"bi.thu,Lò Văn Quân,phuong,Bí thư,{EVERYTHING}\n"
        f"tong.bien.tap,Vàng Thu Hà,bao,Tổng biên tập,{EVERYTHING}\n"
    ),
    "groups": (
        "owner,code,name,member,reports\n"
        "btg,duoi,Các đảng ủy phường,phuong,1\n"
        "btg,bao-chi,Các cơ quan báo chí,bao,0\n"
    ),
}
CHECKED = {"authentic": True, "intact": True, "right_addressee": True, "decision": "accept"}


@cache
def shipped() -> dict[str, str]:
    return {name: content.hex() for name, content in shipped_sources().files.items()}


@dataclass(slots=True)
class Office:
    """The door of the office with everything that a test asks of it."""

    database: Database
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(START))
    numbers: Any = field(init=False)
    door: Door = field(init=False)

    def __post_init__(self) -> None:
        self.door = prepare(self.database, self.clock)
        self.numbers = count(1 + self.count(command))  # no key is used again in a copy
        if not self.count(person):  # a copy of an office (`deployed_database`) has its people
            for kind, text in CSV.items():
                self.do(ImportDirectory(kind=kind, text=text, file=f"{kind}.csv"))

    def deploy(self) -> Office:
        if not self.count(definition_version):
            self.do(DeployDefinitions(files=shipped(), reason="test"))
        return self

    def do(self, command: Any, actor: Actor = SYSTEM, *, key: str | None = None) -> dict[str, Any]:
        return self.door.execute(command, actor, key=key or f"test:{next(self.numbers)}")

    def drain(self) -> int:
        return Poller(self.door).drain()

    def unit(self, code: str) -> str:
        with self.database.reading() as connection:
            return str(organisation_by_code(connection, code).id)

    def actor(self, login: str) -> Actor:
        with self.database.reading() as connection:
            return Actor.person(connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one(), method="test")

    def letter(self, number: int = 7, **body: Any) -> ReceiveDocument:
        """A letter from `tinh` to `btg`, monthly for April 2024."""
        duty = {"frequency": "monthly", "report_type": "báo cáo công tác tháng", "first_period": "2024-04", "end_period": "2024-04"}
        whole = {
            "process": "coordination_monthly",
            "doc_type": "công văn",
            "symbol": "CV/TU",
            "subject": "tuyên truyền tháng Tư",
            "obligation": duty,
            "sunset": "2024-05-31",
            **body,
        }
        return ReceiveDocument(organisation=self.unit("btg"), issuer=self.unit("tinh"), number=number, issued="2024-04-01", body=whole)

    def receive(self, number: int = 7, **body: Any) -> str:
        """Let the clerk register a letter, and do what follows by itself."""
        found = self.do(self.letter(number, **body), self.actor("van.thu"))["directive"]
        self.drain()
        return str(found)

    def task(self, form: str, unit: str = "btg") -> Any:
        """The one open task with this form."""
        query = select(user_task).where(user_task.c.form == form, user_task.c.status == "open", user_task.c.organisation == self.unit(unit))
        with self.database.reading() as connection:
            return connection.execute(query).one()

    def complete(self, form: str, login: str, **data: Any) -> None:
        self.do(CompleteUserTask(task=self.task(form).id, data=data), self.actor(login))
        self.drain()

    def count(self, table: Any, *conditions: Any) -> int:
        with self.database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())

    def outcomes(self) -> list[tuple[str, str]]:
        """(action, outcome) of every record, oldest first."""
        columns = history_record.c
        with self.database.reading() as connection:
            return [tuple(row) for row in connection.execute(select(columns.action, columns.outcome).order_by(columns.seq))]

    def change(self, statement: Any) -> None:
        """Do what no command does: as an administrator of the database would."""
        with UnitOfWork(self.database) as unit:
            unit.connection.execute(statement)
            unit.commit()

    def contents(self) -> dict[str, list[Any]]:
        """Every row of every table but the history and Alembic's: to compare before and after a refusal."""
        sealed = {"history_record", "history_stream", "history_head", "stream_head"}
        with self.database.reading() as connection:
            return {
                table.name: sorted(map(str, connection.execute(select(table))))
                for table in user_task.metadata.sorted_tables
                if table.name not in sealed
            }

    def intact(self) -> bool:
        with self.database.reading() as connection:
            return verify(connection)[1] == []
