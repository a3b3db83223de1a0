"""A process is withdrawn: it begins no case from a day on, whoever tries is told why; what runs goes on; it may begin again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine.definitions.design_pages import EnterWorkbench
from engine.definitions.proposals import DecideProposal
from engine.definitions.versions import ShowVersions
from engine.definitions.withdrawing import ResumeProcess, WithdrawProcess, offered
from engine.directives.draft_checks import START, problems_of
from engine.directives.milestones import check_milestones
from engine.directives.starting import ListStarts
from engine.directory.settings import DEPLOYMENT_NEEDS_SECOND_PERSON, ChangeSetting
from engine.history.transaction import Transaction
from engine.instances.commands import StartProcess
from engine.instances.startable import WhatCanStart
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from engine.messages.inbox import send
from engine.storage import UnitOfWork
from engine.storage.schema import directive, incident, instance, process_withdrawal
from tests.door.office import START as BEGAN
from tests.door.office import Office

PROCESS = "coordination_monthly"
ASKED = "extension_request"
TODAY = BEGAN.date()
SENTENCE = "Expected a process that begins new cases, but 'coordination_monthly' was withdrawn from 01/04/2024 on: Có quy trình mới. Choose another one."


@pytest.fixture(autouse=True)
def _as_of_then(office: Office) -> None:
    assert office.clock.now().date() == TODAY


def withdraw(office: Office, actor: Actor = SYSTEM, *, process: str = PROCESS, day: date = TODAY) -> dict[str, str]:
    return office.do(WithdrawProcess(process=process, from_day=day.isoformat(), reason="Có quy trình mới."), actor)


def test_a_letter_of_a_withdrawn_type_is_refused_with_the_reason(office: Office, mine: Actor) -> None:
    withdraw(office, mine)
    with pytest.raises(Refused) as refused:
        office.do(office.letter(), office.actor("van.thu"))
    assert refused.value.message == SENTENCE
    assert office.count(directive) == 0


def test_a_draft_of_a_withdrawn_type_is_told_before_it_is_signed(office: Office, mine: Actor) -> None:
    draft = {"process": PROCESS, "recipient_groups": [], "obligation": {"frequency": "none"}, "items": [], "sunset": "2024-05-31"}
    with office.database.reading() as connection:
        assert SENTENCE not in problems_of(connection, office.unit("btg"), draft, None, today=TODAY)
        assert PROCESS in offered(connection, START, TODAY)
    withdraw(office, mine)
    with office.database.reading() as connection:
        assert SENTENCE in problems_of(connection, office.unit("btg"), draft, None, today=TODAY)
        assert PROCESS not in offered(connection, START, TODAY)


def test_a_draft_with_a_milestone_of_a_withdrawn_type_is_told_too(office: Office, mine: Actor) -> None:
    entries = [{"key": "a", "title": "Mốc", "owner": "btg", "appraiser": "btg", "approver": "btg"}]
    withdraw(office, mine, process="milestone")
    with UnitOfWork(office.database) as unit, pytest.raises(InvalidInput, match="'milestone' was withdrawn"):
        check_milestones(Transaction(connection=unit.connection, now=office.clock.now(), actor=SYSTEM), entries)


def test_until_the_day_it_begins_cases_and_is_offered(office: Office, mine: Actor) -> None:
    withdraw(office, mine, day=TODAY + timedelta(days=2))
    office.receive()
    office.clock.advance_to(BEGAN + timedelta(days=2))
    with pytest.raises(Refused, match="withdrawn from 03/04/2024"):
        office.receive(8)


def test_what_runs_goes_on_and_a_copy_of_a_letter_that_is_out_still_begins_its_case(office: Office, mine: Actor) -> None:
    letter = office.receive()
    before = office.count(instance)
    withdraw(office, mine)
    copy = office.letter()
    office.do(type(copy)(organisation=office.unit("phuong"), issuer=copy.issuer, number=copy.number, issued=copy.issued, body=copy.body), office.actor("bi.thu"))
    office.drain()
    with office.database.reading() as connection:
        begun = connection.execute(select(instance.c.status, instance.c.directive).where(instance.c.organisation == office.unit("phuong"))).all()
    assert [tuple(each) for each in begun] == [("active", letter)]
    assert office.count(instance) == before + 1
    assert office.count(incident) == 0


def test_nobody_starts_it_and_it_is_offered_to_nobody(office: Office, mine: Actor) -> None:
    letter, who = office.receive(), office.actor("chuyen.vien")
    offers = {each.process for each in office.door.ask(ListStarts(directive=letter), who)}
    assert ASKED in offers
    withdraw(office, mine, process=ASKED)
    assert {each.process for each in office.door.ask(ListStarts(directive=letter), who)} == offers - {ASKED}
    assert ASKED not in {each.process for each in office.door.ask(WhatCanStart(directive=letter), who)}
    with pytest.raises(Refused, match="was withdrawn"):
        office.do(StartProcess(process=ASKED, organisation=office.unit("btg"), directive=letter), who)
    office.do(ResumeProcess(process=ASKED, reason="Vẫn cần."), mine)
    assert {each.process for each in office.door.ask(ListStarts(directive=letter), who)} == offers


def test_a_message_that_would_begin_it_is_held_with_the_sentence_and_not_lost(office: Office, mine: Actor) -> None:
    withdraw(office, mine, process="regular_report")
    with UnitOfWork(office.database) as unit:
        transaction = Transaction(connection=unit.connection, now=office.clock.now(), actor=SYSTEM)
        send(transaction, message="period.opened", key="x", to=[office.unit("btg")], payload={"process": "regular_report"}, source="test")
        unit.commit()
    before = office.count(instance)
    office.drain()
    with office.database.reading() as connection:
        (found,) = connection.execute(select(incident.c.message)).scalars().all()
    assert "'regular_report' was withdrawn from 01/04/2024 on" in found
    assert office.count(instance) == before


def test_the_lists_of_what_is_in_force_say_it(office: Office, mine: Actor) -> None:
    withdraw(office, mine, day=TODAY + timedelta(days=1))
    told = {each.key: each.withdrawn_from for each in office.door.ask(EnterWorkbench(), mine).processes}
    assert {key: day for key, day in told.items() if day} == {PROCESS: "2024-04-02"}
    page = office.door.ask(ShowVersions(process=PROCESS), mine)
    assert (page.withdrawn_from, page.withdrawn, page.why) == ("2024-04-02", False, "Có quy trình mới.")
    office.clock.advance_to(BEGAN + timedelta(days=1))
    assert office.door.ask(ShowVersions(process=PROCESS), mine).withdrawn


def test_it_is_recorded_with_who_and_why(office: Office, mine: Actor) -> None:
    withdraw(office, mine)
    office.do(ResumeProcess(process=PROCESS, reason="Nhầm."), mine)
    assert [action for action, _outcome in office.outcomes()][-2:] == ["process.withdrawn", "process.resumed"]
    assert (office.count(process_withdrawal), office.intact()) == (0, True)
    office.receive()


def test_who_withdraws_what_and_when(office: Office, mine: Actor) -> None:
    with pytest.raises(Denied):
        withdraw(office, office.actor("chuyen.vien"))
    with pytest.raises(InvalidInput, match="a later day"):
        withdraw(office, mine, day=TODAY - timedelta(days=1))
    with pytest.raises(InvalidInput, match="a reason"):
        office.do(WithdrawProcess(process=PROCESS, from_day=TODAY.isoformat(), reason=" "), mine)
    with pytest.raises(NotFound):
        withdraw(office, mine, process="none_such")
    with pytest.raises(Refused, match="begins cases"):
        office.do(ResumeProcess(process=PROCESS, reason="Vẫn cần."), mine)
    withdraw(office, mine)
    with pytest.raises(Refused, match="Let it begin again first"):
        withdraw(office, mine)


def test_where_deployments_need_a_second_person_so_does_this(office: Office, mine: Actor, other: Actor) -> None:
    office.do(ChangeSetting(key=DEPLOYMENT_NEEDS_SECOND_PERSON, value=True, reason="Quy chế."))
    proposal = withdraw(office, mine)["proposal"]
    office.receive()
    with pytest.raises(Refused, match="another person"):
        office.do(DecideProposal(proposal=proposal, approve=True, reason="Được."), mine)
    office.clock.advance_to(BEGAN + timedelta(days=3))
    office.do(DecideProposal(proposal=proposal, approve=True, reason="Được."), other)
    with pytest.raises(Refused, match="withdrawn from 04/04/2024"):  # not before it was approved
        office.receive(8)
    again = office.do(ResumeProcess(process=PROCESS, reason="Vẫn cần."), mine)["proposal"]
    office.do(DecideProposal(proposal=again, approve=True, reason="Được."), other)
    office.receive(9)
