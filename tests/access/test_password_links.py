"""A link for somebody who forgot the password: made by an administrator, used once, within a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.access.accounts import DisableAccount, OpenAccount, account_of
from engine.access.password_links import MakePasswordLink, UsePasswordLink, link_of, new_link_token
from engine.access.passwords import fits, hashed
from engine.access.sessions import BeginSession, digest, session_of
from engine.kernel.actor import Actor, ActorType
from engine.kernel.errors import Denied, NotFound, Refused
from engine.storage import Database
from engine.storage.schema import command
from tests.door.office import Office

WORD = "bốn từ chẳng liên quan"
PAGES = Actor(type=ActorType.SERVICE, id="web", auth={"method": "internal"})


def make(office: Office, login: str = "van.thu") -> str:
    token = new_link_token()
    office.do(MakePasswordLink(login=login, token_hash=digest(token)))
    return token


def use(office: Office, token: str, word: str = WORD) -> None:
    office.do(UsePasswordLink(token_hash=digest(token), password_hash=hashed(word, login="")), PAGES)


def opens(office: Office, token: str) -> bool:
    with office.database.reading() as connection:
        return link_of(connection, token, office.clock.now()) is not None


def word_fits(office: Office, word: str, login: str = "van.thu") -> bool:
    with office.database.reading() as connection:
        return fits(word, account_of(connection, login).password_hash)


def test_a_link_gives_another_password_once_and_ends_every_session(database: Database) -> None:
    office = Office(database)
    office.do(OpenAccount(login="van.thu", password_hash=hashed("con mèo trèo cây cau", login="")))
    office.do(BeginSession(person=office.actor("van.thu").id, token_hash=digest("s"), method="password"), PAGES)
    token = make(office)
    use(office, token)
    assert word_fits(office, WORD)
    assert not opens(office, token)
    with database.reading() as connection:
        assert session_of(connection, "s", office.clock.now()) is None
        assert token not in str(connection.execute(select(command)).all())
    with pytest.raises(NotFound, match="used or is older than a day"):
        use(office, token, "một mật khẩu khác hẳn")
    assert word_fits(office, WORD)
    assert office.intact()


def test_a_link_lasts_a_day_and_a_newer_one_ends_it(database: Database) -> None:
    office = Office(database)
    first, second = make(office), make(office)
    assert (opens(office, first), opens(office, second)) == (False, True)
    office.clock.advance_to(office.clock.now() + timedelta(hours=24))
    assert not opens(office, second)


def test_who_has_no_account_yet_gets_one_by_the_link(database: Database) -> None:
    office = Office(database)
    use(office, make(office, "chuyen.vien"))
    assert word_fits(office, WORD, "chuyen.vien")


def test_a_closed_account_gets_no_link(database: Database) -> None:
    office = Office(database)
    office.do(OpenAccount(login="van.thu", password_hash=hashed("con mèo trèo cây cau", login="")))
    token = make(office)
    office.do(DisableAccount(login="van.thu", reason="nghỉ hưu"))
    assert not opens(office, token)
    with pytest.raises(Refused, match="closed"):
        make(office)


def test_only_an_administrator_makes_links_and_only_the_pages_use_them(database: Database) -> None:
    office = Office(database)
    with pytest.raises(Denied, match="admin"):
        office.do(MakePasswordLink(login="van.thu", token_hash="0"), office.actor("lanh.dao"))
    with pytest.raises(Denied, match="the system itself"):
        office.do(UsePasswordLink(token_hash="0", password_hash="0"), office.actor("van.thu"))
