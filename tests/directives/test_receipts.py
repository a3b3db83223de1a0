"""The receipt of a letter: what looks like it, what it is linked with, and what nobody waits for any more."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.directives.cases import has_active_case
from engine.storage import Database
from engine.storage.schema import directive, dispatch, inbox, obligation, receipt_source
from tests.door.office import CHECKED, Office

DUPLICATE = CHECKED | {"decision": "duplicate", "reason": "Đã nhận từ Tỉnh ủy."}


@pytest.fixture
def office(deployed_database: Database) -> Office:
    return Office(deployed_database).deploy()


def receive_twice(office: Office, **body: Any) -> Office:
    """The letter of `tinh`, accepted, and then its relay by another superior."""
    office.receive(7)
    office.complete("check_incoming", "van.thu", **CHECKED)
    command = replace(office.letter(7, **{"symbol": "CV/BC", **body}), issuer=office.unit("bao"))
    office.do(command, office.actor("van.thu"))
    office.drain()
    return office


def seen(office: Office) -> dict[str, Any]:
    return dict(json.loads(office.task("check_incoming").context))


def test_the_clerk_sees_the_letter_that_another_superior_has_relayed_before(office: Office) -> None:
    assert seen(receive_twice(office))["duplicates"] == ["07-CV/TU (2024-04-01, Thường trực Tỉnh ủy Mường Sương)"]


def test_a_letter_about_something_else_looks_like_none(office: Office) -> None:
    assert seen(receive_twice(office, subject="về việc khác"))["duplicates"] == []


def test_an_urgent_letter_says_so(office: Office) -> None:
    office.receive(7, urgency="flash")
    assert seen(office)["urgency"] == "flash"


def test_a_duplicate_is_one_receipt_with_two_sources(office: Office) -> None:
    receive_twice(office).complete("check_incoming", "van.thu", **DUPLICATE, same_as="07-CV/TU", channel="paper")
    with office.database.reading() as connection:
        source = connection.execute(select(receipt_source)).one()
        codes = {row.id: row.code for row in connection.execute(select(directive))}
        owed = {codes[row.directive]: row.status for row in connection.execute(select(obligation))}
        states = {codes[row.directive]: row.status for row in connection.execute(select(dispatch))}
    assert (codes[source.directive], codes[source.same_as], source.channel) == ("07-CV/TU", "07-CV/BC", "paper")
    assert owed == {"07-CV/TU": "open", "07-CV/BC": "closed"}
    assert states["07-CV/BC"] == "03"


def test_a_duplicate_of_what_is_not_here_comes_back_to_the_clerk(office: Office) -> None:
    receive_twice(office).complete("check_incoming", "van.thu", **DUPLICATE, same_as="99-CV/TU")
    said = seen(office)["problem"]
    assert said.startswith("Expected the code of another letter that is here, but found '99-CV/TU'. Alike: 07-CV/TU.")
    assert office.count(receipt_source) == 0


def test_whoever_gives_a_letter_back_waits_for_its_closing_no_more(office: Office) -> None:
    letter = office.receive(7)
    row = {"idempotency": "x", "organisation": office.unit("btg"), "kind": "message", "payload": "{}", "roots": "[]", "created_at": "2024-04-01"}
    office.change(insert(inbox).values(id="0190", name="directive.closed", key=letter, **row))
    office.complete("check_incoming", "van.thu", **CHECKED | {"decision": "return", "reason": "Nhầm."})
    assert office.count(inbox, inbox.c.consumed_ver.is_(None)) == 0


def test_a_case_is_active_from_the_letter_s_way_until_its_last_status(office: Office) -> None:
    letter = office.do(office.letter(7), office.actor("van.thu"))["directive"]

    def active() -> bool:
        with office.database.reading() as connection:
            return has_active_case(connection, letter, office.unit("btg"))

    assert active()  # nobody has begun it yet
    office.drain()
    assert active()
    office.complete("check_incoming", "van.thu", **CHECKED | {"decision": "return", "reason": "Nhầm."})
    assert not active()
