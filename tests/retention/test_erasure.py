"""Personal values of a form are nowhere but under their key; two persons have them erased, and the history stays as it was sealed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit.verification import INTACT, examine
from engine.bootstrap import prepare
from engine.definitions.command import DeployDefinitions
from engine.definitions.forms import Form
from engine.history import personal_keys
from engine.history.evidence import Evidence
from engine.history.record import opened
from engine.history.sealed_values import is_as_committed, is_sealed, unsealed
from engine.instances.commands import CompleteUserTask
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from engine.retention.erasing import DecideErasure, ProposeErasure, destroy_erased
from engine.retention.holds import SetHold
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record, metadata, person, sealed_value, user_task
from engine.tasks.pages import ShowTask
from tests.definitions.drawings import drawing, form, lane
from tests.instances.bureau import ADMIN, BY_PERSON, Bureau

PHONE = "0912 345 678"
PERSONAL = {"phone": {"type": "string", "title": "Số điện thoại", "x-chidao-personal": True}, "subject": {"type": "string", "title": "Trích yếu"}}
BODY = f'{BY_PERSON}<bpmn:userTask id="t" name="Ghi" chidao:form="slip"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="t"/><bpmn:sequenceFlow id="f2" sourceRef="t" targetRef="e"/>'


class Desk(Bureau):
    """The small office, after its clerk has typed somebody's number into a form."""

    task: str

    def type_in(self) -> Desk:
        content = drawing(BODY, id="p", lanes=lane("s", "t", "e"))
        files = {"p.bpmn": content.hex(), "forms/slip.schema.json": form(properties=PERSONAL, required=[]).hex()}
        self.do(DeployDefinitions(files=files, reason="test"))
        self.begin("p")
        [row] = self.rows(user_task)
        self.task = row.id
        self.do(CompleteUserTask(task=self.task, data={"phone": PHONE, "subject": "Hỏi đầu mối"}), self.actor("van.thu"))
        return self

    def data(self) -> dict[str, Any]:
        [row] = self.rows(user_task, user_task.c.id == self.task)
        return dict(json.loads(row.data))

    def proposed(self, **about: str) -> str:
        return str(self.do(ProposeErasure(reason="Người dân yêu cầu.", **(about or {"task": self.task})), self.actor(ADMIN))["erasure"])

    def erase(self, **about: str) -> None:
        self.do(DecideErasure(erasure=self.proposed(**about), approve=True, reason="Đúng luật."), self.actor("quan.tri.2"))
        destroy_erased(self.database)

    def shown(self) -> Any:
        with self.database.reading() as connection:
            return unsealed(connection, self.data())["phone"]

    def result(self) -> str:
        with self.database.reading() as connection:
            found = examine(connection, Evidence(), state=True)
        assert found.findings == []
        return found.result


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The keys of personal values, in a file of this test alone."""
    place = tmp_path / "own" / "personal.sqlite3"
    place.parent.mkdir()
    monkeypatch.setenv("CHIDAO_PERSONAL_KEYS", str(place))
    return place


@pytest.fixture
def desk(sqlite_database: Database, keys: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk.opened(sqlite_database, monkeypatch)
    assert isinstance(made, Desk)
    return made.type_in()


def everywhere(database: Database) -> str:
    """Return everything that a database holds, as text."""
    with database.reading() as connection:
        return "\n".join(str(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table)))


def test_a_personal_value_stands_nowhere_in_the_database(desk: Desk) -> None:
    assert is_sealed(desk.data()["phone"])
    text = everywhere(desk.database)
    assert "Hỏi đầu mối" in text
    assert PHONE not in text
    [told] = [change for each in desk.rows(history_record, history_record.c.action == "task.completed") for change in opened(each.body)["changes"] if change["field"] == "form.phone"]
    assert told["new"] == desk.data()["phone"]


def test_a_record_says_whether_personal_values_belong_to_it(desk: Desk) -> None:
    done = [opened(each.body) for each in desk.rows(history_record)]
    assert {each["action"] for each in done if each["personal"]} == {"task.completed"}
    assert [each["personal"] for each in done if any(change["field"] == "form.phone" for change in each["changes"])] == [True]


def test_who_may_see_the_task_sees_the_value(desk: Desk) -> None:
    assert desk.shown() == PHONE
    page = desk.door.ask(ShowTask(task=desk.task), desk.actor("van.thu"))
    assert page.data["phone"] == PHONE
    with desk.database.reading() as connection:
        assert is_as_committed(connection, desk.data()["phone"])


def test_an_erased_value_is_gone_and_the_history_is_as_it_was_sealed(desk: Desk, keys: Path) -> None:
    before = desk.data()
    copy = keys.with_name("copy.sqlite3")
    personal_keys.copy_to(copy)
    desk.erase()
    assert desk.data() == before
    assert desk.shown() == {"erased": "Số điện thoại"}
    assert desk.door.ask(ShowTask(task=desk.task), desk.actor("van.thu")).data["phone"] == "(đã xóa)"
    assert desk.result() == INTACT
    [record] = desk.rows(history_record, history_record.c.action == "value.erased")
    told = opened(record.body)
    assert (told["reason"]["text"], told["objects"][0]["id"]) == ("Đúng luật.", desk.task)
    assert PHONE not in str(told)
    assert personal_keys.take_from(copy) == 0  # an older copy of the keys brings nothing back
    assert desk.shown() == {"erased": "Số điện thoại"}


def test_what_a_backup_of_the_database_holds_cannot_be_opened_either(desk: Desk) -> None:
    with desk.database.reading() as connection:
        [kept] = connection.execute(select(sealed_value)).mappings().all()
    desk.erase()
    with UnitOfWork(desk.database) as unit:
        unit.connection.execute(sealed_value.update().values(content=kept["content"], erased_at=None))
        unit.commit()
    assert desk.shown() == {"erased": "Số điện thoại"}


def test_a_machine_that_stopped_before_the_key_went_does_so_later(desk: Desk, keys: Path) -> None:
    desk.do(DecideErasure(erasure=desk.proposed(), approve=True, reason="Đúng luật."), desk.actor("quan.tri.2"))
    assert desk.shown() == {"erased": "Số điện thoại"}  # from the moment of the record
    assert personal_keys.left([f"task:{desk.task}"])
    assert destroy_erased(desk.database) == 1
    assert destroy_erased(desk.database) == 0


def test_two_persons_erase_and_a_hold_keeps_them_from_it(desk: Desk) -> None:
    named = desk.proposed()
    with pytest.raises(Refused, match="Expected another person to decide than the one who proposed the erasure"):
        desk.do(DecideErasure(erasure=named, approve=True, reason="x"), desk.actor(ADMIN))
    with pytest.raises(Denied):
        desk.do(ProposeErasure(task=desk.task, reason="x"), desk.actor("chuyen.vien"))
    with pytest.raises(Refused, match="it is proposed already"):
        desk.proposed()
    day = desk.clock.now().date().isoformat()
    desk.do(SetHold(reason="Đang thanh tra.", from_day=day, to_day=day), desk.actor(ADMIN))
    with pytest.raises(Refused, match="a hold has been in force"):
        desk.do(DecideErasure(erasure=named, approve=True, reason="x"), desk.actor("quan.tri.2"))
    assert desk.shown() == PHONE


def test_an_address_is_erased_where_it_stands(desk: Desk) -> None:
    with UnitOfWork(desk.database) as unit:
        unit.connection.execute(person.update().where(person.c.login == "van.thu").values(email="lan@coquan.vn"))
        unit.commit()
    desk.erase(login="van.thu")
    assert {row.email for row in desk.rows(person, person.c.login == "van.thu")} == {None}
    assert "lan@coquan.vn" not in everywhere(desk.database)
    with pytest.raises(NotFound, match="Expected personal values that are still there"):
        desk.proposed(login="van.thu")


def test_what_is_personal_is_not_handed_to_the_process() -> None:
    schema = {"type": "object", "properties": {"phone": {"type": "string", "x-route": True, "x-chidao-personal": True}}}
    with pytest.raises(InvalidInput, match=r"Expected a personal field .* to stay out of the data of the process, but phone is handed to it"):
        Form("slip", schema)


def test_a_restarted_product_opens_them_again(desk: Desk) -> None:
    prepare(desk.database, desk.clock)
    assert desk.shown() == PHONE
