"""Whatever ends a post or closes an account, somebody with a working account still administers the installation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from engine.access.accounts import DisableAccount, OpenAccount
from engine.access.passwords import hashed
from engine.directives.succession import RecordSuccession
from engine.directory.posts import Appoint, ChangePost, CreatePost, EndHolding
from engine.instances.leaving import RecordDeparture
from engine.kernel.errors import Refused
from engine.storage import Database
from engine.storage.schema import holding
from tests.door.office import Office

WHY = "Quyết định số 12-QĐ/TU"
TODAY = "2024-04-01"
HASH = hashed("một mật khẩu dài", login="x")


class Installation(Office):
    """The office with an administrator at the newspaper, `tong.bien.tap`, who has an account; others may become administrators too."""

    def appoint(self, login: str, unit: str = "bao", *, account: bool = True) -> None:
        made = self.do(CreatePost(organisation=self.unit(unit), title="Quản trị", roles=("admin",), reason=WHY))["post"]
        self.do(Appoint(post=made, login=login, valid_from=TODAY, reason=WHY))
        if account:
            self.do(OpenAccount(login=login, password_hash=HASH, must_change=False))

    def seat(self) -> Any:
        with self.database.reading() as connection:
            mine = select(holding).where(holding.c.person == self.actor("tong.bien.tap").id).order_by(holding.c.valid_from.desc())
            return connection.execute(mine).first()


@pytest.fixture
def office(database: Database) -> Installation:
    found = Installation(database)
    found.appoint("tong.bien.tap")
    return found


WAYS: dict[str, Callable[[Installation], Any]] = {
    "a merger": lambda office: RecordSuccession(predecessor=office.unit("bao"), successor=office.unit("btg"), day="2024-03-31", reason=WHY),
    "the end of a post": lambda office: EndHolding(holding=office.seat().id, last_day="2024-04-30", reason=WHY),
    "a post that loses the role": lambda office: ChangePost(post=office.seat().post, title="Biên tập", roles=("clerk",), reason=WHY),
    "a closed account": lambda _office: DisableAccount(login="tong.bien.tap", reason=WHY),
    "a departure": lambda office: RecordDeparture(
        person=office.seat().person, last_day="2024-04-30", successors=(), tasks="queue", close_account=True, reason=WHY
    ),
    "a successor without an account": lambda office: RecordDeparture(
        person=office.seat().person, last_day="2024-04-30", successors=((office.seat().id, "van.thu"),), tasks="queue", close_account=True, reason=WHY
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_last_administrator_stays_whatever_is_tried(office: Installation, way: str) -> None:
    office.appoint("lanh.dao", account=False)  # holds the role, and cannot sign in
    command, before = WAYS[way](office), office.seat()
    with pytest.raises(Refused, match=r"the last administrator\. Appoint another first, with an account"):
        office.do(command)
    assert office.seat() == before


@pytest.mark.parametrize("way", WAYS)
def test_with_a_second_administrator_it_is_done(office: Installation, way: str) -> None:
    office.appoint("lanh.dao", "btg")
    office.do(WAYS[way](office))


def test_a_second_administrator_whose_account_will_be_closed_does_not_count(office: Installation) -> None:
    office.appoint("lanh.dao", "btg")
    with office.database.reading() as connection:
        second = connection.execute(select(holding.c.person).where(holding.c.person == office.actor("lanh.dao").id)).scalars().first()
    assert second is not None
    office.do(RecordDeparture(person=second, last_day="2024-05-31", successors=(), tasks="queue", close_account=True, reason=WHY))
    with pytest.raises(Refused, match="from 2024-06-01 on"):
        office.do(EndHolding(holding=office.seat().id, last_day="2024-04-30", reason=WHY))


def test_where_nobody_has_an_account_the_role_alone_counts(database: Database) -> None:
    office = Installation(database)
    office.appoint("tong.bien.tap", account=False)
    with pytest.raises(Refused, match="the last administrator"):
        office.do(EndHolding(holding=office.seat().id, last_day="2024-04-30", reason=WHY))
