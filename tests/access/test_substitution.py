"""An absent leader: who acts, in which days, what is kept back, and how the record says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from engine.directory.substitution import EndSubstitution, RecordSubstitution
from engine.history.record import opened
from engine.instances.commands import ClaimTask, CompleteUserTask, ReleaseTask
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from engine.storage import Database
from engine.storage.schema import history_record, post
from tests.directives.test_register_numbers import REGISTERED
from tests.door.office import CHECKED, Office

FILED = {"action": "file", "instruction": "Lưu để biết", "report_needed": False}


def seat(office: Office, title: str) -> str:
    with office.database.reading() as connection:
        return str(connection.execute(select(post.c.id).where(post.c.title == title)).scalar_one())


def record(office: Office, login: str = "chuyen.vien", **changes: Any) -> RecordSubstitution:
    values = {"valid_from": "2024-04-01", "valid_to": "2024-04-05", "limits": (), "reason": "đi công tác", **changes}
    return RecordSubstitution(post=values.pop("post", None) or seat(office, "Trưởng ban"), substitute=login, **values)


def waiting_for_the_leader(deployed_database: Database) -> Office:
    office = Office(deployed_database).deploy()
    office.receive()
    office.complete("check_incoming", "van.thu", **CHECKED)
    office.complete("register_incoming", "van.thu", **REGISTERED)
    return office


def test_a_substitute_acts_for_the_leader_and_the_record_says_for_whom(database: Database) -> None:
    office = waiting_for_the_leader(database)
    found = office.do(record(office), office.actor("lanh.dao"))["substitution"]
    office.complete("leader_instruction", "chuyen.vien", **FILED)
    query = select(history_record.c.body).where(history_record.c.action == "task.completed").order_by(history_record.c.seq.desc())
    with database.reading() as connection:
        body = opened(connection.execute(query.limit(1)).scalar_one())
    assert body["actor"]["name"] == "Phạm Minh An"
    assert body["on_behalf_of"] == office.actor("lanh.dao").id
    assert body["delegation"] == {
        "id": found,
        "mark": "K/T",
        "for": {"id": office.actor("lanh.dao").id, "name": "Trần Văn Nam"},
        "valid_from": "2024-04-01",
        "valid_to": "2024-04-05",
    }
    assert office.intact()


def test_outside_its_days_the_substitution_is_named(database: Database) -> None:
    office = waiting_for_the_leader(database)
    office.do(record(office), office.actor("lanh.dao"))
    task = office.task("leader_instruction").id
    office.clock.advance_to(datetime(2024, 4, 6, 1, tzinfo=UTC))
    with pytest.raises(Denied, match=r"K/T Trần Văn Nam \(Trưởng ban\) from 2024-04-01 to 2024-04-05, but today is 2024-04-06. Ask Trần Văn Nam"):
        office.do(CompleteUserTask(task=task, data=FILED), office.actor("chuyen.vien"))


def test_what_is_kept_back_stays_with_the_leader(database: Database) -> None:
    office = waiting_for_the_leader(database)
    office.do(record(office, limits=("leader_instruction", "task.release")), office.actor("lanh.dao"))
    task = office.task("leader_instruction").id
    with pytest.raises(Denied, match=r"'leader_instruction' is kept back\. Ask Trần Văn Nam"):
        office.do(CompleteUserTask(task=task, data=FILED), office.actor("chuyen.vien"))
    office.do(ClaimTask(task=task), office.actor("lanh.dao"))
    with pytest.raises(Denied, match=r"'leader_instruction' is kept back"):
        office.do(ReleaseTask(task=task, reason="x"), office.actor("chuyen.vien"))


def test_an_ended_substitution_allows_nothing_more(database: Database) -> None:
    office = waiting_for_the_leader(database)
    found = office.do(record(office), office.actor("lanh.dao"))["substitution"]
    office.do(EndSubstitution(substitution=found, reason="đã về"), office.actor("lanh.dao"))
    assert office.outcomes()[-1] == ("delegation.ended", "done")
    with pytest.raises(Denied, match="to 2024-03-31, but today is 2024-04-01"):
        office.do(CompleteUserTask(task=office.task("leader_instruction").id, data=FILED), office.actor("chuyen.vien"))
    with pytest.raises(Refused, match="that of Trưởng ban ended on 2024-03-31"):
        office.do(EndSubstitution(substitution=found, reason="đã về"), office.actor("lanh.dao"))


def test_only_the_leader_or_an_administrator_records_it_and_a_substitute_does_not_pass_it_on(database: Database) -> None:
    office = Office(database)
    with pytest.raises(Denied, match="leader"):
        office.do(record(office, "van.thu"), office.actor("van.thu"))
    office.do(record(office), office.actor("lanh.dao"))
    with pytest.raises(Refused, match="a substitute may not pass the substitution on"):
        office.do(record(office, "van.thu"), office.actor("chuyen.vien"))
    office.do(record(office, "van.thu"))


@pytest.mark.parametrize(
    ("changes", "kind", "match"),
    [
        ({"valid_to": "2024-03-31"}, InvalidInput, "ends on or after its first day and today"),
        ({"valid_from": "1/4"}, InvalidInput, "YYYY-MM-DD, but found '1/4'"),
        ({"reason": " "}, InvalidInput, "Expected the reason of the absence"),
        ({"login": "lanh.dao"}, InvalidInput, "Expected somebody else than Trần Văn Nam"),
        ({"login": "bi.thu"}, InvalidInput, "a post in the same organisation on 2024-04-01, but found 'bi.thu'"),
        ({"limits": ("aprove_sign",)}, InvalidInput, "a deployed form or of an action to keep back, but found 'aprove_sign'"),
        ({"post": "none"}, NotFound, "Expected the id of a post"),
        ({"valid_from": "2019-01-01"}, Refused, "the post Trưởng ban on 2019-01-01, but it is vacant"),
    ],
)
def test_a_wrong_substitution_is_refused(database: Database, changes: dict[str, Any], kind: type[Exception], match: str) -> None:
    office = Office(database)
    before = office.contents()
    with pytest.raises(kind, match=match):
        office.do(record(office, **changes))
    assert office.contents() == before


def test_the_same_days_are_not_recorded_twice(database: Database) -> None:
    office = Office(database)
    office.do(record(office))
    with pytest.raises(Refused, match="Phạm Minh An does not act as Trưởng ban yet, but found 2024-04-01 to 2024-04-05"):
        office.do(record(office, valid_from="2024-04-05", valid_to="2024-04-09"))
