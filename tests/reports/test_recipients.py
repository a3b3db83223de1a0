"""Who must report is frozen when a letter goes out: later changes of a group change nothing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Table, select

from engine.directives.issue import recipients_of, write_directive
from engine.directives.letter import Letter
from engine.history.transaction import Transaction
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import InvalidInput, NotFound
from engine.storage import Database, UnitOfWork
from engine.storage.schema import dispatch, obligation, recipient_group_member
from tests.door.office import Office

BODY = {
    "process": "coordination_monthly",
    "doc_type": "công văn",
    "symbol": "CV/BTGTU",
    "subject": "tuyên truyền",
    "obligation": {"frequency": "monthly", "report_type": "báo cáo tháng"},
    "sunset": "2024-12-31",
}


@pytest.fixture
def office(deployed_database: Database) -> Office:
    return Office(database=deployed_database).deploy()


def issue(office: Office, groups: list[str], issued: date = date(2024, 4, 10)) -> str:
    with UnitOfWork(office.database) as unit:
        transaction = Transaction(connection=unit.connection, now=office.clock.now(), actor=SYSTEM)
        identity, issuer = transaction.new_id(), office.unit("btg")
        recipients = recipients_of(transaction, issuer, groups)
        letter = Letter(id=identity, issuer=issuer, root=identity, parent=None, number=1, code="01-CV/BTGTU", issued=issued, body=BODY)
        write_directive(transaction, letter, recipients)
        unit.commit()
    return identity


def column(office: Office, table: Table, directive: str) -> set[str]:
    with office.database.reading() as connection:
        return set(connection.execute(select(table.c.organisation).where(table.c.directive == directive)).scalars())


def test_a_group_changed_after_dispatch_changes_no_recipient(office: Office) -> None:
    letter = issue(office, ["duoi", "bao-chi"])
    office.change(recipient_group_member.delete())
    assert column(office, dispatch, letter) == {office.unit("phuong"), office.unit("bao")}


def test_the_press_is_addressed_but_owes_no_report(office: Office) -> None:
    assert column(office, obligation, issue(office, ["duoi", "bao-chi"])) == {office.unit("phuong")}


@pytest.mark.parametrize(("issued", "first"), [(date(2024, 4, 20), "2024-04"), (date(2024, 4, 21), "2024-05")])
def test_the_first_period_needs_ten_days_of_its_month(office: Office, issued: date, first: str) -> None:
    letter = issue(office, ["duoi"], issued)
    with office.database.reading() as connection:
        assert connection.execute(select(obligation.c.first_period).where(obligation.c.directive == letter)).scalar_one() == first


def test_an_unknown_group_is_refused_with_the_known_ones(office: Office) -> None:
    with pytest.raises(NotFound, match="bao-chi, duoi"):
        issue(office, ["nobody"])


def test_a_letter_to_nobody_is_refused(office: Office) -> None:
    with pytest.raises(InvalidInput, match="at least one recipient"):
        issue(office, [])
