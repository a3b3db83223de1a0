"""`chidao bench cascade`: the whole way down and up with few bodies, sums checked by the measurement itself. Never asserts a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import active_children

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, update

from engine.bench import cascade_crew
from engine.bench.cascade import Plan, measure_cascade
from engine.bench.cascade_checks import check_history, check_reports, check_sums
from engine.bench.cascade_crew import SharedClock, hired
from engine.bench.cascade_offices import PROFILES, Profile, Tier, bodies_of, profile_named
from engine.bench.cascade_show import lines_of
from engine.bench.cli import bench
from engine.bootstrap import open_door
from engine.directory.organisations import organisation_by_code
from engine.kernel.errors import InvalidInput, NotFound, StepFailed
from engine.reports import periods
from engine.storage.database import Database
from engine.storage.schema import consolidation, consolidation_total, history_record
from engine.storage.unit_of_work import UnitOfWork

TINY = Profile(
    name="tiny",
    cells=True,
    tiers=(
        Tier(code="tinh", name="Ban Tuyên giáo Tỉnh ủy", level="province", number=1),
        Tier(code="xa", name="Đảng ủy xã", level="commune", number=2, below=(0,)),
        Tier(code="chi-bo", name="Chi bộ", level="cell", number=3, below=(1,)),
    ),
)
KEYS = {"profile", "cells", "months", "organisations", "actions", "pieces", "reports", "consolidations", "instances", "seconds", "people_seconds"}
KEYS |= {"pieces_seconds", "driver_seconds", "dispatch_seconds", "month_seconds", "cpu_seconds", "per_second", "instances_per_second", "latency_ms"}
KEYS |= {"database_bytes", "bytes_per_instance", "history_records", "history_bytes_per_record", "workers", "hands", "machine", "versions"}


def test_a_directive_goes_down_all_levels_and_its_reports_come_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periods, "CHUNK", 2)  # as with thousands of bodies: the periods of one day open in several transactions
    url = database.url.render_as_string(hide_password=False)
    told: list[str] = []
    report = measure_cascade(Plan(profile=TINY, url=url, told=told.append))
    assert report.keys() == KEYS
    assert json.loads(json.dumps(report)) == report
    assert (report["organisations"], report["reports"], report["consolidations"]) == (6, 5, 3)
    assert told.count("register_incoming") == told.count("review_report") == 5
    by_kind = report["latency_ms"]["by_kind"]
    assert sum(spent["actions"] for spent in by_kind.values()) == report["actions"] == len(told) + 1  # and the letter was begun
    assert report["pieces"] > report["actions"]
    assert report["seconds"] >= report["people_seconds"] + report["pieces_seconds"]
    assert report["database_bytes"] > report["bytes_per_instance"] * report["instances"] > 0
    assert any("every total the sum of what was reported" in line for line in lines_of(report))
    with pytest.raises(InvalidInput, match="Expected an empty database to measure on"):
        measure_cascade(Plan(profile=TINY, url=url))


def test_a_worker_process_does_the_pieces_under_the_drivers_clock(postgres_url: str) -> None:
    report = measure_cascade(Plan(profile=TINY, cells=False, url=postgres_url, workers=1))
    assert (report["organisations"], report["reports"], report["consolidations"], report["workers"]) == (3, 2, 1, 1)


def test_wrong_work_is_never_reported_as_a_figure(sqlite_database: Database) -> None:
    measure_cascade(Plan(profile=TINY, cells=False, url=sqlite_database.url.render_as_string(hide_password=False)))
    with sqlite_database.reading() as connection:
        top = organisation_by_code(connection, "tinh-1").id
        found = _totals(connection)
        check_sums(connection, top, {"2024-04": found})
        with pytest.raises(StepFailed, match=r"Expected the top's total of 'people' in 2024-04 to be \d+, the sum of what was reported, but found"):
            check_sums(connection, top, {"2024-04": {**found, "people": found["people"] + 1}})
        check_reports(connection, reports=2, consolidations=1)
        with pytest.raises(StepFailed, match="Expected 3 accepted reports, but found 2"):
            check_reports(connection, reports=3, consolidations=1)
        with pytest.raises(StepFailed, match="Expected 2 closed consolidations, but found 1"):
            check_reports(connection, reports=2, consolidations=2)
        check_history(connection)
    with _changed(sqlite_database) as connection, pytest.raises(StepFailed, match="Expected a history without a break, but found"):
        check_history(connection)


@pytest.mark.parametrize(
    ("name", "cells", "bodies", "depth"),
    [("P-demo", True, 31, 4), ("P-province", True, 1_659, 3), ("P-province", False, 159, 2), ("P-new", False, 3_356, 3)],
)
def test_the_profiles_are_those_of_the_table(name: str, cells: bool, bodies: int, depth: int) -> None:
    found = bodies_of(profile_named(name), cells=cells)
    assert len(found) == bodies
    levels: dict[str | None, int] = {None: 0}
    for body in found:
        levels[body.code] = levels[body.above] + 1
    assert max(levels.values()) == depth


def test_the_table_says_whose_month_counts_the_cells() -> None:
    assert {name: profile.cells for name, profile in PROFILES.items()} == {"P-demo": True, "P-province": True, "P-new": False}
    with pytest.raises(NotFound, match="Expected one of the profiles P-demo, P-province, P-new, but found 'P-old'"):
        profile_named("P-old")


def test_the_command_line_refuses_an_unknown_profile_with_a_sentence() -> None:
    done = CliRunner().invoke(bench, ["cascade", "--profile", "P-old"])
    assert done.exit_code == 1
    assert done.stderr == "Expected one of the profiles P-demo, P-province, P-new, but found 'P-old'. Choose one of these.\n"


def test_a_worker_process_that_ends_is_told_and_leaves_nobody_waiting(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cascade_crew, "is_due", lambda _door: True)
    clock = SharedClock(datetime(2024, 4, 1, tzinfo=UTC))
    door = open_door(sqlite_database, clock)
    with pytest.raises(StepFailed, match="Expected the worker processes to do what is due, but one has ended"), hired(door, clock, 1) as crew:
        [process] = active_children()
        process.kill()
        process.join()
        crew.finish()
    assert not active_children()


def _totals(connection: Connection) -> dict[str, int]:
    rows = connection.execute(consolidation_total.join(consolidation).select()).mappings()
    return {row["indicator"]: row["value"] for row in rows}


@contextmanager
def _changed(database: Database) -> Iterator[Connection]:
    """Yield a connection, rolled back later, on which somebody has changed a record of the history."""
    with UnitOfWork(database) as unit:
        unit.connection.execute(update(history_record).where(history_record.c.seq == 3).values(record_hash="0" * 64))
        yield unit.connection
