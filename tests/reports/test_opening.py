"""When periods open and are due: by the superior's regime, once each, and never for nobody."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.kernel.clock import ZONE
from engine.reports import periods
from engine.reports.periods import OpenPeriods, due_obligations, next_opening
from engine.reports.regimes import due_date, next_opening_of
from engine.storage import Database
from engine.storage.schema import (
    consolidation,
    definition_version,
    history_record,
    inbox,
    instance,
    obligation,
    opened_section,
    report,
    reporting_regime,
    subscription,
)
from tests.door.office import Office
from tests.reports.test_recipients import issue


@pytest.fixture
def office(deployed_database: Database) -> Office:
    return Office(database=deployed_database).deploy()


def owed(office: Office, **values: Any) -> str:
    """A letter of btg to the ward, whose duty is changed to `values`; returns the directive."""
    letter = issue(office, ["duoi"])
    office.change(update(obligation).where(obligation.c.directive == letter).values(**{"status": "open", **values}))
    return letter


def go_to(office: Office, day: date) -> None:
    office.clock.advance_to(datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=8))


def messages(office: Office, name: str) -> list[str]:
    with office.database.reading() as connection:
        return sorted(connection.execute(select(inbox.c.organisation).where(inbox.c.name == name)).scalars())


def wait_for_closing(office: Office, letter: str, *, case: str = "case") -> None:
    """As if the case of the ward had come so far that it waits for the closing of the letter."""
    with office.database.reading() as connection:
        start = connection.execute(select(inbox.c.id).where(inbox.c.key == letter)).scalar_one()
    office.change(update(inbox).where(inbox.c.id == start).values(consumed_ver=1))
    whole = {"id": case, "definition_version": first_version(office), "organisation": office.unit("phuong")}
    office.change(
        insert(instance).values(
            **whole, business_key=letter, directive=letter, roots="[]", state=b"", ver=1, status="active", started_at="2024-04-01"
        )
    )
    row = {"id": f"wait-{case}", "instance": case, "organisation": office.unit("phuong"), "element": "track"}
    office.change(insert(subscription).values(**row, message="directive.closed", key=letter))


def first_version(office: Office) -> str:
    with office.database.reading() as connection:
        return str(connection.execute(select(definition_version.c.id).limit(1)).scalar_one())


def test_a_report_is_due_by_the_default_of_its_level(office: Office) -> None:
    owed(office)
    with office.database.reading() as connection:
        assert due_date(connection, office.unit("phuong"), "2024-04") == date(2024, 4, 18)
        assert due_date(connection, office.unit("btg"), "2024-Q2") == date(2024, 6, 25)


def test_a_superiors_own_regime_comes_before_the_default(office: Office) -> None:
    owed(office)
    row = {"id": "own", "superior": office.unit("btg"), "level": "grassroots", "frequency": "monthly", "due_day": 12}
    office.change(insert(reporting_regime).values(**row))
    with office.database.reading() as connection:
        assert due_date(connection, office.unit("phuong"), "2024-04", superior=office.unit("btg")) == date(2024, 4, 12)
        assert due_date(connection, office.unit("bao"), "2024-04") == date(2024, 4, 18)  # owes btg nothing


def test_a_report_owed_once_is_due_on_the_day_of_its_duty(office: Office) -> None:
    owed(office, frequency="once", first_period="final", next_period="final", due_date="2024-01-29", opens_on="2024-01-22")
    with office.database.reading() as connection:
        assert due_date(connection, office.unit("phuong"), "final") == date(2024, 1, 29)
        assert next_opening(connection, date(2024, 1, 1)) == date(2024, 1, 22)
        assert next_opening_of(connection, office.unit("phuong"), "báo cáo tháng", "final") == date(2024, 4, 28)


@pytest.mark.parametrize(
    ("frequency", "period", "opens"),
    [("weekly", "2024-W15", date(2024, 4, 7)), ("monthly", "2024-04", date(2024, 4, 8)), ("quarterly", "2024-Q2", date(2024, 6, 3))],
)
def test_a_period_opens_some_days_before_it_is_due(office: Office, frequency: str, period: str, opens: date) -> None:
    owed(office, frequency=frequency, first_period=period, next_period=period)
    with office.database.reading() as connection:
        assert next_opening(connection, opens - timedelta(days=5)) == opens


def test_nobody_who_waits_means_no_report_and_no_consolidation_before_the_due_day(office: Office) -> None:
    owed(office)
    go_to(office, date(2024, 4, 10))
    assert office.do(OpenPeriods()) == {"opened": 0, "advanced": False}
    assert messages(office, "consolidation.opened") == messages(office, "period.opened") == []
    with office.database.reading() as connection:
        assert next_opening(connection, date(2024, 4, 10)) == date(2024, 4, 18)


def test_on_the_due_day_a_consolidation_opens_even_for_those_who_let_the_directive_lie(office: Office) -> None:
    owed(office)
    go_to(office, date(2024, 4, 18))
    assert office.do(OpenPeriods()) == {"opened": 0, "advanced": True}
    assert office.do(OpenPeriods()) == {"opened": 0, "advanced": False}
    assert (messages(office, "consolidation.opened"), messages(office, "period.opened")) == ([office.unit("btg")], [])


def test_what_nobody_owes_any_more_never_opens(office: Office) -> None:
    owed(office, status="closed")
    go_to(office, date(2024, 5, 30))
    office.do(OpenPeriods())
    office.drain()
    assert office.count(consolidation) == 0


def test_a_report_and_its_consolidation_open_once_each_when_the_case_waits(office: Office) -> None:
    letter = owed(office, end_period="2024-04")
    wait_for_closing(office, letter)
    go_to(office, date(2024, 4, 8))
    assert office.do(OpenPeriods()) == {"opened": 1, "advanced": True}
    assert office.do(OpenPeriods()) == {"opened": 0, "advanced": False}
    assert messages(office, "consolidation.opened") == [office.unit("btg")]
    assert messages(office, "period.opened") == [office.unit("phuong")]


def test_the_one_period_of_a_final_report_opens_once_for_ever(office: Office) -> None:
    letter = owed(office, frequency="once", first_period="final", next_period="final", due_date="2024-04-20", opens_on="2024-04-15")
    wait_for_closing(office, letter)
    go_to(office, date(2024, 4, 15))
    assert office.do(OpenPeriods())["opened"] == 1
    go_to(office, date(2025, 4, 15))
    assert office.do(OpenPeriods()) == {"opened": 0, "advanced": False}
    with office.database.reading() as connection:
        assert next_opening(connection, date(2025, 4, 15)) is None


def test_thousands_of_periods_open_a_chunk_at_a_time(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periods, "CHUNK", 1)
    letters = [owed(office, end_period="2024-04") for _ in range(2)]
    for number, letter in enumerate(letters):
        wait_for_closing(office, letter, case=f"case-{number}")
    go_to(office, date(2024, 4, 8))
    done = [office.do(OpenPeriods()) for _ in range(3)]
    assert done == [{"opened": 1, "advanced": True}] * 2 + [{"opened": 0, "advanced": False}]
    assert messages(office, "consolidation.opened") == [office.unit("btg")]
    assert messages(office, "period.opened") == [office.unit("phuong")]  # both duties in one report


def test_a_sweep_looks_only_at_periods_that_open_by_today(office: Office) -> None:
    for values in ({"next_period": "2024-04"}, {"next_period": "2024-05"}, {"next_period": "2024-09"}):
        letter = owed(office, **values)
        wait_for_closing(office, letter, case=values["next_period"])
    with office.database.reading() as connection:
        assert [row.next_period for row in due_obligations(connection, date(2024, 4, 7))] == []
        assert [row.next_period for row in due_obligations(connection, date(2024, 4, 8))] == ["2024-04"]
        assert sorted(row.next_period for row in due_obligations(connection, date(2024, 5, 8))) == ["2024-04", "2024-05"]


def begun(office: Office, status: str) -> None:
    """As if the ward's report of April had been opened before the letter came."""
    row = {"id": "report", "organisation": office.unit("phuong"), "report_type": "báo cáo tháng", "period": "2024-04", "revision": 0}
    office.change(insert(report).values(**row, status=status, due_date="2024-04-18", opened_at="2024-04-08"))


def late(office: Office, status: str) -> str:
    """A letter whose case has come so far after the report of its period was opened; returns its duty."""
    letter = owed(office)
    wait_for_closing(office, letter)
    begun(office, status)
    go_to(office, date(2024, 4, 12))
    with office.database.reading() as connection:
        return str(connection.execute(select(obligation.c.id).where(obligation.c.directive == letter)).scalar_one())


def recorded(office: Office) -> list[str]:
    with office.database.reading() as connection:
        query = select(history_record.c.action).where(history_record.c.action.startswith("obligation."))
        return sorted(connection.execute(query).scalars())


def test_what_comes_while_the_report_is_written_is_left_to_its_process(office: Office) -> None:
    late(office, "open")
    assert office.do(OpenPeriods()) == {"opened": 0, "advanced": False}
    assert recorded(office) == []


def test_what_has_its_section_already_is_opened_although_the_report_was_opened_before(office: Office) -> None:
    duty = late(office, "submitted")
    office.change(insert(opened_section).values(report="report", obligation=duty))
    assert office.do(OpenPeriods()) == {"opened": 1, "advanced": True}
    assert recorded(office) == ["obligation.opened"]


def test_what_comes_after_the_report_has_gone_begins_with_the_period_after(office: Office) -> None:
    duty = late(office, "submitted")
    assert office.do(OpenPeriods()) == {"opened": 0, "advanced": True}
    assert office.do(OpenPeriods()) == {"opened": 0, "advanced": False}
    with office.database.reading() as connection:
        row = connection.execute(select(obligation).where(obligation.c.id == duty)).one()
    assert (row.first_period, row.next_period, recorded(office)) == ("2024-05", "2024-05", ["obligation.deferred"])
    assert messages(office, "consolidation.opened") == messages(office, "period.opened") == []
