"""Second person: where the installation asks for one, nobody deploys or migrates alone, however they try."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from engine.definitions.command import DeployDefinitions
from engine.definitions.proposals import DecideProposal, ListProposals
from engine.directory.directory_import import ImportDirectory
from engine.directory.settings import ChangeSetting
from engine.directory.substitution import RecordSubstitution
from engine.instances.commands import StartProcess
from engine.instances.migration import MigrateBatch, StartMigration
from engine.kernel.errors import Denied, InvalidInput, Refused
from engine.storage import Database
from engine.storage.schema import definition_version, history_record, holding, instance, migration, person, proposal
from tests.definitions.drawings import chain, drawing, form, lane
from tests.door.office import Office

PEOPLE = (
    "login,name,organisation,title,roles\n"
    "ve.mot,Ngô Thị Ba,btg,Người vẽ,process_designer\n"
    "ve.hai,Đỗ Văn Tư,btg,Người vẽ thứ hai,process_designer\n"
    "thay.ve,Bùi Thị Năm,btg,Chuyên viên,specialist\n"
)


def files(*tasks: str) -> dict[str, str]:
    drawn = "".join(f'<bpmn:userTask id="{id}" name="Vào sổ" chidao:form="slip"/>' for id in tasks)
    body = f'<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/>{drawn}<bpmn:endEvent id="e"/>' + chain("s", *tasks, "e")
    found = {"p.bpmn": drawing(body, lanes=lane("s", *tasks, "e")), "forms/slip.schema.json": form()}
    return {name: content.hex() for name, content in found.items()}


@pytest.fixture
def office(database: Database) -> Office:
    office = Office(database=database)
    office.do(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"))
    for name in ("deployment_needs_second_person", "migration_needs_second_person"):
        office.do(ChangeSetting(key=name, value=True, reason="quy chế 3"))
    return office


def propose(office: Office, *tasks: str, login: str = "ve.mot") -> str:
    answer = office.do(DeployDefinitions(files=files(*tasks), reason="mẫu mới"), office.actor(login))
    assert answer["deployed"] == []
    return str(answer["proposal"])


def decide(office: Office, identity: str, login: str, *, approve: bool = True, reason: str = "đã xem") -> dict[str, Any]:
    return office.do(DecideProposal(proposal=identity, approve=approve, reason=reason), office.actor(login))


def substitute(office: Office, absent: str, login: str) -> None:
    """Let `login` act in the post of `absent`."""
    with office.database.reading() as connection:
        query = select(holding.c.post).join(person, person.c.id == holding.c.person).where(person.c.login == absent)
        post = connection.execute(query).scalar_one()
    days = {"valid_from": "2024-04-01", "valid_to": "2024-04-30"}
    office.do(RecordSubstitution(post=post, substitute=login, limits=(), reason="đi công tác", **days))


def versions(office: Office) -> int:
    return office.count(definition_version)


def test_a_deployment_waits_for_another_person(office: Office) -> None:
    waiting = propose(office, "u")
    assert versions(office) == 0
    (listed,) = office.door.ask(ListProposals(), office.actor("ve.hai"))
    assert (listed["proposal"], listed["kind"], listed["subject"], listed["proposed_by"], listed["overtaken"]) == (waiting, "deploy", "p", "ve.mot", False)
    answer = decide(office, waiting, "ve.hai")
    assert [(entry["process"], entry["version"]) for entry in answer["deployed"]] == [("p", 1)]
    assert answer["status"] == "approved"
    assert [action for action, _ in office.outcomes()][-3:] == ["proposal.made", "proposal.approved", "process.deployed"]
    with pytest.raises(Refused, match="was approved"):
        decide(office, waiting, "ve.hai")
    assert versions(office) == 1
    again = office.do(DeployDefinitions(files=files("u"), reason="lại"), office.actor("ve.mot"))
    assert (again["deployed"][0]["version"], "proposal" in again) == (1, False)  # what changes nothing needs nobody
    assert office.intact()


def test_the_system_alone_neither_proposes_nor_approves(office: Office) -> None:
    with pytest.raises(Refused, match="found the system alone"):
        office.do(DeployDefinitions(files=files("u"), reason="mẫu mới"))
    waiting = propose(office, "u")
    with pytest.raises(Refused, match="found the system alone"):
        office.do(DecideProposal(proposal=waiting, approve=True, reason="đã xem"))
    assert versions(office) == 0


def test_nobody_approves_what_they_proposed_in_whosever_name(office: Office) -> None:
    waiting = propose(office, "u")
    with pytest.raises(Refused, match="Expected another person"):
        decide(office, waiting, "ve.mot")
    substitute(office, "ve.mot", "thay.ve")  # acts in the proposer's name
    with pytest.raises(Refused, match="also not in their name"):
        decide(office, waiting, "thay.ve")
    own = propose(office, "w", login="thay.ve")  # proposed in the name of ve.mot
    with pytest.raises(Refused, match="Expected another person"):
        decide(office, own, "ve.mot")
    with pytest.raises(Denied):
        decide(office, waiting, "van.thu")
    assert versions(office) == 0
    assert decide(office, own, "ve.hai")["status"] == "approved"


def test_a_proposal_is_refused_or_withdrawn_for_a_reason(office: Office) -> None:
    first, second = propose(office, "u"), propose(office, "v")
    with pytest.raises(InvalidInput, match="Expected a reason"):
        decide(office, first, "ve.hai", approve=False, reason=" ")
    assert decide(office, first, "ve.hai", approve=False)["status"] == "refused"
    assert decide(office, second, "ve.mot", approve=False)["status"] == "withdrawn"
    assert versions(office) == 0
    listed = office.door.ask(ListProposals(all=True), office.actor("ve.hai"))
    assert {(entry["status"], entry["decided_by"]) for entry in listed} == {("withdrawn", "ve.mot"), ("refused", "ve.hai")}


def test_a_proposal_that_was_overtaken_or_altered_is_refused(office: Office) -> None:
    first, second = propose(office, "u"), propose(office, "v")
    decide(office, second, "ve.hai")
    with pytest.raises(Refused, match="but p was deployed meanwhile"):
        decide(office, first, "ve.hai")
    assert office.door.ask(ListProposals(), office.actor("ve.hai"))[0]["overtaken"] is True
    third = propose(office, "w")
    with office.database.reading() as connection:
        payload = connection.execute(select(proposal.c.payload).where(proposal.c.id == third)).scalar_one()
    office.change(update(proposal).where(proposal.c.id == third).values(payload=payload.replace("mẫu mới", "mẫu khác")))
    with pytest.raises(Refused, match="its content has been changed"):
        decide(office, third, "ve.hai")
    assert versions(office) == 1


def test_a_migration_waits_for_another_person_too(office: Office) -> None:
    decide(office, propose(office, "u"), "ve.hai")
    started = office.do(StartProcess(process="p", organisation=office.unit("btg"), directive=None), office.actor("van.thu"))["instance"]
    decide(office, propose(office, "u", "v"), "ve.hai")
    plan = StartMigration(process="p", to=2, reason="đổi mẫu")
    with pytest.raises(Refused, match="the system alone"):
        office.do(plan)
    waiting = office.do(plan, office.actor("ve.mot"))["proposal"]
    assert office.count(migration) == 0
    with pytest.raises(Refused, match="Expected another person"):
        decide(office, waiting, "ve.mot")
    answer = decide(office, waiting, "ve.hai", reason="đồng ý")
    assert office.do(MigrateBatch(migration=answer["migration"]))["moved"] == 1
    with office.database.reading() as connection:
        moved = select(definition_version.c.version).join(instance, instance.c.definition_version == definition_version.c.id)
        assert connection.execute(moved.where(instance.c.id == started)).scalar_one() == 2
        by = connection.execute(select(migration.c.started_by)).scalar_one()
    assert by == office.actor("ve.mot").id
    assert office.count(history_record, history_record.c.action == "proposal.approved") == 3
