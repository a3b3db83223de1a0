"""Tokens for programs: shown once, for one kind of use, until revoked, expired, or the account is closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.access.accounts import DisableAccount, OpenAccount
from engine.access.passwords import hashed
from engine.access.sessions import digest
from engine.access.tokens import API, CALENDAR, MOST, MakeToken, RevokeToken, new_token, person_of_token
from engine.kernel.errors import Denied, InvalidInput, Refused
from engine.storage import Database
from engine.storage.schema import access_token
from tests.door.office import Office


def whose(office: Office, token: str, kind: str) -> str | None:
    with office.database.reading() as connection:
        row = person_of_token(connection, token, kind, office.clock.now())
    return row.login if row else None


def make(office: Office, login: str = "van.thu", kind: str = API) -> tuple[str, str]:
    token = new_token(kind)
    answer = office.do(MakeToken(kind=kind, name="Phần mềm văn bản", token_hash=digest(token)), office.actor(login))
    return token, answer["token"]


def test_a_token_stands_for_its_person_in_its_kind_of_use_only(database: Database) -> None:
    office = Office(database)
    token, _ = make(office)
    assert whose(office, token, API) == "van.thu"
    assert whose(office, token, CALENDAR) is None
    assert whose(office, token + "x", API) is None
    with database.reading() as connection:
        assert token not in str(connection.execute(select(access_token)).all())
    assert office.outcomes()[-1] == ("token.made", "done")
    assert office.intact()


def test_a_token_of_the_api_expires_and_that_of_a_calendar_does_not(database: Database) -> None:
    office = Office(database)
    (api, _), (calendar, _) = make(office), make(office, kind=CALENDAR)
    office.clock.advance_to(office.clock.now() + timedelta(days=366))
    assert whose(office, api, API) is None
    assert whose(office, calendar, CALENDAR) == "van.thu"


def test_only_its_person_revokes_a_token(database: Database) -> None:
    office = Office(database)
    token, identity = make(office)
    with pytest.raises(Denied, match="a token of your own"):
        office.do(RevokeToken(token=identity), office.actor("lanh.dao"))
    assert whose(office, token, API) == "van.thu"
    office.do(RevokeToken(token=identity), office.actor("van.thu"))
    office.do(RevokeToken(token=identity), office.actor("van.thu"))
    assert whose(office, token, API) is None
    assert [each for each in office.outcomes() if each == ("token.revoked", "done")] == [("token.revoked", "done")]


def test_a_closed_account_closes_its_tokens(database: Database) -> None:
    office = Office(database)
    office.do(OpenAccount(login="van.thu", password_hash=hashed("con mèo trèo cây cau", login="van.thu")))
    token, _ = make(office)
    office.do(DisableAccount(login="van.thu", reason="nghỉ hưu"))
    assert whose(office, token, API) is None


def test_what_is_no_token_is_not_made(database: Database) -> None:
    office = Office(database)
    actor = office.actor("van.thu")
    with pytest.raises(InvalidInput, match="api or calendar, but found 'root'"):
        office.do(MakeToken(kind="root", name="x", token_hash="0"), actor)
    with pytest.raises(InvalidInput, match="a name of at most 80 characters"):
        office.do(MakeToken(kind=API, name=" ", token_hash="0"), actor)
    for _ in range(MOST):
        make(office)
    with pytest.raises(Refused, match="at most 20 tokens"):
        make(office)
