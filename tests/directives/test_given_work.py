"""Who is given work finds what it is about: the item of the letter and what the leader wrote; nobody else learns it."""

from __future__ import annotations

import pytest

from engine.directives.given_work import GivenWork, ShowGivenWork
from engine.kernel.errors import NotFound
from engine.storage import Database
from engine.storage.schema import assignment
from tests.directives.ward import ITEM, Ward
from tests.door.office import Office
from tests.processes.walk import filled

NONE_SUCH = "018e001b-0000-7000-8000-000000000000"


@pytest.fixture
def ward(ward_database: Database) -> Ward:
    return Ward(Office(ward_database))


def given(ward: Ward, login: str, *, work: str = "") -> GivenWork:
    query = ShowGivenWork(directive=ward.letter, assignment=work or ward.row(assignment).id)
    found: GivenWork = ward.office.door.ask(query, ward.office.actor(login))
    return found


def test_an_assignment_says_its_item_and_the_instruction(ward: Ward) -> None:
    found = given(ward, "bi.thu")
    assert (found.number, found.text, found.due) == ("1", ITEM["text"], ITEM["due_date"])
    assert (found.instruction, bool(found.by), bool(found.at)) == (filled("leader_instruction")["instruction"], True, True)


def test_an_assignment_of_another_letter_or_office_is_not_found(ward: Ward) -> None:
    with pytest.raises(NotFound, match="Expected an assignment of this directive"):
        given(ward, "bi.thu", work=NONE_SUCH)
