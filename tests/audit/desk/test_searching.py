"""The search over the whole history and the auditor's first page: what fits is found wherever it stands, and only what is the auditor's."""

from __future__ import annotations

from typing import Any

import pytest

from engine.audit.desk import start as first_page
from engine.audit.desk.asked import Asked
from engine.audit.desk.searching import Hits, SearchHistory
from engine.audit.desk.start import Desk, ShowDesk
from engine.directives.standing_page import ShowDirective
from engine.directory.directory_import import ImportDirectory
from engine.directory.settings import ChangeSetting
from engine.instances.commands import CompleteUserTask
from engine.kernel.errors import Denied
from engine.storage import Database
from tests.audit.desk.test_replay import AUDITOR, PEOPLE
from tests.directives.ward import Ward
from tests.door.office import Office

WARDS_AUDITOR = "kiem.tra.xa"


@pytest.fixture
def ward(ward_database: Database) -> Ward:
    office = Office(ward_database)
    office.do(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"))
    return Ward(office)


def searched(ward: Ward, login: str = AUDITOR, *, directive: str = "", **asked: Any) -> Hits:
    more = {name: asked.pop(name) for name in ("reads", "oldest", "start") if name in asked}
    query = SearchHistory(asked=Asked(**asked), directive=directive, **more)
    found: Hits = ward.office.door.ask(query, ward.office.actor(login))
    return found


def actions(found: Hits) -> list[str]:
    return [each.sealed["action"] for each in found.records]


def test_words_are_found_with_and_without_marks_wherever_they_stand(ward: Ward) -> None:
    with_marks, without = searched(ward, text="treo cờ"), searched(ward, text="TREO CO")
    assert [each.seq for each in with_marks.records] == [each.seq for each in without.records]
    assert "directive.dispatched" in actions(with_marks)


def test_a_directive_is_found_by_its_number_and_searched_alone(ward: Ward) -> None:
    other = ward.office.receive()
    found = searched(ward, directive="370-CV/BTGTU")
    assert [each.id for each in found.directives] == [ward.letter]
    assert found.records
    assert all(other not in str(each.sealed) for each in found.records)
    assert [each.id for each in searched(ward, directive="07-cv/tu").directives] == [other]


def test_a_number_that_none_has_is_said(ward: Ward) -> None:
    found = searched(ward, directive="999-CV/XX")
    assert (found.unknown, found.records) == (("directive",), ())


def test_a_value_is_found_by_the_title_of_its_field(ward: Ward) -> None:
    found = searched(ward, field="arrival_number", value="1")
    assert actions(found) == ["document.registered"]


def test_who_looked_is_searched_instead_when_it_is_asked_for(ward: Ward) -> None:
    ward.office.door.ask(ShowDirective(directive=ward.letter), ward.office.actor("lanh.dao"))
    found = searched(ward, reads=True, person="tran van nam")
    assert [(each.sealed["action"], each.sealed["subject"]["id"]) for each in found.records] == [("directive.see", ward.letter)]


def test_what_the_system_did_to_the_installation_is_seen_by_every_auditor(ward: Ward) -> None:
    office = ward.office
    office.do(ChangeSetting(key="extensions_max", value=3, reason="Quy chế mới"))
    for login in (AUDITOR, WARDS_AUDITOR):
        assert actions(searched(ward, login, kind="settings"))[0] == "setting.changed"


def test_the_auditor_of_the_ward_finds_nothing_of_other_offices(ward: Ward) -> None:
    other = ward.office.receive()
    assert any(other in str(each.sealed) for each in searched(ward).records)
    found = searched(ward, WARDS_AUDITOR)
    assert found.partial
    assert found.records
    assert not any(other in str(each.sealed) for each in found.records)


def test_a_page_goes_on_where_the_one_before_ended(ward: Ward) -> None:
    first = searched(ward, steps=True)
    seen = [each.number for each in first.records]
    while first.on:
        first = searched(ward, steps=True, start=first.on)
        seen += [each.number for each in first.records]
    assert seen == sorted(set(seen), reverse=True)
    assert seen[-1] == 1, "the auditor of the province sees all of this small installation"


def test_the_first_page_counts_what_was_done_and_what_was_not_let_through(ward: Ward) -> None:
    office = ward.office
    before = desk(ward)
    with pytest.raises(Denied):
        office.do(CompleteUserTask(task=office.task("execute_update", "phuong").id, data={}), office.actor("van.thu"))
    after = desk(ward)
    assert (after.records, after.refused) == (before.records + 1, before.refused + 1)
    assert after.kinds["work"] == before.kinds["work"] + 1
    assert (after.newest[0].sealed["outcome"], after.newest[0].sealed["actor"]["name"]) == ("denied", None)
    assert not after.partial


def test_the_first_page_of_the_ward_counts_only_what_is_the_wards(ward: Ward) -> None:
    ward.office.receive()
    mine, all_of_it = desk(ward, WARDS_AUDITOR), desk(ward)
    assert mine.partial
    assert sum(mine.kinds.values()) < sum(all_of_it.kinds.values())
    assert {each.sealed["actor"]["name"] for each in mine.newest} == {"Lò Văn Quân"}


def test_only_the_newest_records_are_counted(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_page, "COUNTED", 5)
    assert desk(ward).counted == 5


def desk(ward: Ward, login: str = AUDITOR) -> Desk:
    found: Desk = ward.office.door.ask(ShowDesk(), ward.office.actor(login))
    return found


@pytest.mark.parametrize("query", [SearchHistory(asked=Asked()), ShowDesk()])
def test_nobody_else_may(ward: Ward, query: Any) -> None:
    with pytest.raises(Denied):
        ward.office.door.ask(query, ward.office.actor("lanh.dao"))
