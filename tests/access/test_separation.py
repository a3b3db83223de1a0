"""Separation of duties: the other half of a pair is refused, or allowed with a mark and listed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.access.separation import ListExceptions, exceptions, exemption
from engine.directory.directory_import import ImportDirectory
from engine.history.transaction import Reading
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.errors import Denied, Refused
from engine.storage import Database
from engine.storage.schema import organisation, user_task
from tests.access.test_substitution import waiting_for_the_leader
from tests.door.office import Office

PEOPLE = "login,name,organisation,title,roles\npho.ban,Hà Thị Sen,btg,Phó Trưởng ban,leader specialist\n"


def drafted(database: Database, by: str = "pho.ban") -> Office:
    """The draft of a letter is written, and the case waits for its signature; rows as the engine writes them."""
    office = waiting_for_the_leader(database)
    office.do(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"))
    task = office.task("leader_instruction")
    common = {column.name: getattr(task, column.name) for column in user_task.c}
    done = {"id": "drafted", "form": "draft_directive", "name": "Dự thảo", "role": "specialist", "status": "completed", "completed_by": office.actor(by).id}
    office.change(user_task.insert().values(**common | done | {"completed_at": "2024-04-01T01:00:00.000Z"}))
    office.change(user_task.insert().values(**common | {"id": "to sign", "form": "approve_sign", "name": "Ký duyệt", "role": "leader"}))
    return office


def decide(office: Office, actor: Actor, *, represented: bool = False) -> str | None:
    with office.database.reading() as connection:
        reading = Reading(connection=connection, now=office.clock.now(), actor=actor)
        task = connection.execute(select(user_task).where(user_task.c.id == "to sign")).one()
        return exemption(reading, task, represented=represented)


def test_who_wrote_the_draft_does_not_sign_it_and_is_told_who_may(database: Database) -> None:
    office = drafted(database)
    with pytest.raises(Refused, match=r"another person to complete 'Ký duyệt' than Hà Thị Sen, who completed 'Dự thảo' .* Trần Văn Nam may\."):
        decide(office, office.actor("pho.ban"))
    assert decide(office, office.actor("lanh.dao")) is None
    assert decide(office, SYSTEM) is None


def test_where_nobody_else_holds_the_role_it_is_allowed_and_marked(database: Database) -> None:
    office = drafted(database, by="lanh.dao")
    with pytest.raises(Refused, match=r"Hà Thị Sen may\."):
        decide(office, office.actor("lanh.dao"))
    office.change(user_task.update().where(user_task.c.id == "to sign").values(role="standing_board"))
    assert decide(office, office.actor("lanh.dao")) == "author, approver: single_holder"


def test_a_cell_and_an_entry_on_behalf_of_others_are_exempt(database: Database) -> None:
    office = drafted(database)
    assert decide(office, office.actor("pho.ban"), represented=True) == "author, approver: represented"
    office.change(organisation.update().where(organisation.c.code == "btg").values(level="cell"))
    assert decide(office, office.actor("pho.ban")) == "author, approver: level:cell"


def test_exempted_acts_are_listed(database: Database) -> None:
    office = drafted(database)
    with database.reading() as connection:
        assert exceptions(connection) == []
    office.change(user_task.update().where(user_task.c.id == "drafted").values(exempted="author, approver: single_holder"))
    with database.reading() as connection:
        assert exceptions(connection, {office.unit("phuong")}) == []
    (found,) = office.door.ask(ListExceptions(organisation=office.unit("tinh")), SYSTEM)
    with pytest.raises(Denied, match="auditor"):
        office.door.ask(ListExceptions(organisation=office.unit("tinh")), office.actor("lanh.dao"))
    assert (found["person"], found["name"], found["exempted"]) == ("Hà Thị Sen", "Dự thảo", "author, approver: single_holder")
