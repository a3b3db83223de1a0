"""The nightly check: one worker makes it once a night, from the last good checkpoint on, and what it finds, or that it was not made, is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from engine.audit.nights import overdue_since
from engine.audit.verification import INTACT, TAMPERED
from engine.audit.verifying import Run, ShowSeal, runs
from engine.directory.settings import ChangeSetting
from engine.execution.nightly import NightlyCheck, Stopped
from engine.execution.presence import Presence
from engine.history.record import LOG
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import ZONE, stamp
from engine.storage import Database, UnitOfWork, keys
from engine.storage.schema import history_record, worker
from tests.history.sealing import Installation, install

TWO = timedelta(hours=2)


@pytest.fixture
def installation(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation in which eight records were made on the first of April, 8 o'clock in Vietnam, under a checkpoint."""
    found = install(sqlite_database, tmp_path, monkeypatch)
    monkeypatch.setenv("CHIDAO_CHECKPOINT_PLACES", ":".join(str(place.folder) for place in found.places))
    found.grow(8)
    found.maker().look(now=True)
    return found


def at(installation: Installation, day: int, hour: int) -> None:
    """Let it be this hour in Vietnam of a day in April 2026."""
    installation.clock.advance_to(datetime(2026, 4, day, hour, tzinfo=ZONE))


def checks(installation: Installation) -> list[Run]:
    with installation.database.reading() as connection:
        return runs(connection, 10)


def look(installation: Installation, presence: Presence | None = None) -> str | None:
    found = NightlyCheck(installation.door, presence).look()
    return found.result if found else None


def test_it_is_made_once_after_the_hour_and_recorded_with_its_levels(installation: Installation) -> None:
    at(installation, 2, 1)
    assert look(installation) is None
    at(installation, 2, 3)
    assert look(installation) == INTACT
    assert look(installation) is None
    [run] = checks(installation)
    assert (run.by, run.result, list(run.levels)) == ("system", INTACT, [1, 2, 3, 4, 5, 6])
    at(installation, 3, 3)
    assert look(installation) == INTACT


def test_the_next_one_begins_behind_the_last_good_checkpoint(installation: Installation) -> None:
    at(installation, 2, 3)
    look(installation)
    installation.grow(5)
    installation.maker().look(now=True)
    at(installation, 3, 3)
    look(installation)
    assert [{each["log"]: each["since"] for each in run.logs}[LOG] for run in checks(installation)] == [8, 0]


def test_a_history_that_began_after_the_hour_waits_for_the_next_night(installation: Installation) -> None:
    at(installation, 1, 23)
    assert look(installation) is None


def test_a_change_is_found_and_told_on_the_page_and_no_later_check_of_the_same_night_hides_it(installation: Installation) -> None:
    with UnitOfWork(installation.database) as unit:
        unit.connection.execute(update(history_record).where(history_record.c.log == LOG, history_record.c.seq == 5).values(actor="somebody else"))
        unit.commit()
    at(installation, 2, 3)
    assert look(installation) == TAMPERED
    assert look(installation) is None
    assert checks(installation)[0].findings[0]["record"] == 5


def test_another_hour_can_be_chosen_or_none(installation: Installation) -> None:
    installation.door.execute(ChangeSetting(key="nightly_check", value="05:00", reason="Máy nghỉ lúc 2 giờ."), SYSTEM, key="hour")
    at(installation, 2, 4)
    assert look(installation) is None
    at(installation, 2, 5)
    assert look(installation) == INTACT
    installation.door.execute(ChangeSetting(key="nightly_check", value="never", reason="Kiểm tra bằng tay."), SYSTEM, key="never")
    at(installation, 9, 6)
    assert look(installation) is None


def test_only_the_first_of_the_workers_makes_it(installation: Installation) -> None:
    at(installation, 2, 3)
    mine = Presence(installation.door)
    assert look(installation, mine) is None  # nobody knows of me yet
    mine.tell()
    now = stamp(installation.clock.now())
    with UnitOfWork(installation.database) as unit:
        unit.connection.execute(insert(worker).values(id="0-before-me", place="elsewhere", started_at=now, swept_at=now))
        unit.commit()
    assert look(installation, mine) is None
    with UnitOfWork(installation.database) as unit:
        unit.connection.execute(update(worker).where(worker.c.id == "0-before-me").values(swept_at=stamp(installation.clock.now() - timedelta(minutes=5))))
        unit.commit()
    assert look(installation, mine) == INTACT


def test_without_keys_nothing_is_called_checked(installation: Installation) -> None:
    for each in (installation.home / "keys").iterdir():
        each.unlink()
    assert keys.public_key(keys.PUBLIC_KEY) is None
    at(installation, 2, 3)
    assert look(installation) is None
    assert checks(installation) == []


def test_a_check_ends_in_the_middle_when_the_worker_does_and_is_not_recorded(installation: Installation) -> None:
    at(installation, 2, 3)
    check = NightlyCheck(installation.door)
    check.stop()
    with pytest.raises(Stopped):
        check.look()
    assert checks(installation) == []
    assert look(installation) == INTACT


@pytest.mark.parametrize(("hour", "days", "overdue"), [("02:00", 1, False), ("02:00", 2, True), ("never", 6, False), ("never", 8, True)])
def test_a_check_that_was_not_made_is_overdue_after_a_night_or_after_a_week_where_people_make_it(
    installation: Installation, hour: str, days: int, overdue: bool
) -> None:
    at(installation, 2, 3)
    look(installation)
    installation.door.execute(ChangeSetting(key="nightly_check", value=hour, reason="x"), SYSTEM, key="hour")
    last = checks(installation)[0].at
    installation.clock.advance_to(installation.clock.now() + timedelta(days=days))
    with installation.database.reading() as connection:
        assert (overdue_since(connection, installation.clock.now(), last) is not None) == overdue
    seal = installation.door.ask(ShowSeal(), SYSTEM)
    assert (seal.overdue is not None, seal.night is not None) == (overdue, hour != "never")


def test_a_history_that_was_never_checked_is_overdue_from_its_beginning(installation: Installation) -> None:
    installation.clock.advance_to(installation.clock.now() + TWO)
    assert installation.door.ask(ShowSeal(), SYSTEM).overdue is None
    installation.clock.advance_to(installation.clock.now() + timedelta(days=2))
    assert installation.door.ask(ShowSeal(), SYSTEM).overdue == datetime(2026, 4, 1, 8, tzinfo=ZONE)
