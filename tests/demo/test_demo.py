"""The main job, end to end: documents in, consolidated reports out, on both databases, and every figure explained."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from engine.audit.cascade import family, month_table
from engine.audit.genealogy import leaf_sum, sources_of
from engine.demo.main import Demo, run_demo
from engine.history.record import opened
from engine.history.verify import verify
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.schema import (
    consolidation,
    consolidation_total,
    definition_version,
    directive,
    dispatch,
    expected_report,
    history_record,
    inbox,
    incident,
    indicator,
    instance,
    milestone,
    milestone_dependency,
    obligation,
    operation,
    register_book,
    register_entry,
    reminder,
    report,
    report_revision,
    report_section,
    submission,
    subscription,
    timer,
    user_task,
)

REAL = Path(__file__).resolve().parents[3] / "shared" / "directives"
NUMBERS = count(1)


def kinds() -> Iterator[Any]:
    """The real letters on one kind of database when they are there, the shipped samples on the other."""
    letters = REAL if REAL.is_dir() else None
    yield pytest.param(("sqlite", letters), id="sqlite-real" if letters else "sqlite-samples")
    yield pytest.param(("postgresql", None), id="postgresql-samples")


@pytest.fixture(scope="module", params=list(kinds()))
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path | None, Demo]]:
    """The demo after one month."""
    kind, folder = request.param
    if kind == "sqlite":
        url, server, name = f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.sqlite3'}", None, ""
    else:
        server, name = request.getfixturevalue("postgres_server"), f"demo_{next(NUMBERS)}"
        url = server.create(name)
    done = run_demo(url, folder=folder, months=1)
    yield url, folder, done
    done.database.dispose()
    if server is not None:
        server.drop(name)


@pytest.fixture
def demo(played: tuple[str, Path | None, Demo]) -> Demo:
    return played[2]


@pytest.fixture
def connection(demo: Demo) -> Iterator[Connection]:
    with demo.database.reading() as connection:
        yield connection


def counted(connection: Connection, table: Any, *conditions: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())


SAMPLES = {
    "215-CV/BTGTU": "coordination_monthly",
    "42-CV/BTGTU": "coordination_monthly",
    "58-CV/BTGHU": "campaign_final",
    "01-CV/ThU": "milestone_chain",  # printed without a number: the register gives its first
    "233-CV/BTGTU": "urge_relay",
    "12-CV/BCĐ": "central_call",
}
LETTERS = {
    "930-CV/BTGTU": "coordination_monthly",
    "370-CV/BTGTU": "coordination_monthly",
    "125-CV/BTGHU": "campaign_final",
    "01-CV/TU": "milestone_chain",
    "1469-CV/BTGTU": "urge_relay",
    "33-CV/TTĐN": "central_call",
}
REPORTED = {"coordination_monthly", "campaign_final"}


def test_every_directive_is_carried_to_its_end_by_the_process_of_its_shape(demo: Demo, played: tuple[str, Path | None, Demo]) -> None:
    rows = demo.result["directives"]
    assert {row["status"] for row in rows} == {"completed"}
    assert {row["code"]: row["shape"] for row in rows} == (SAMPLES if played[1] is None else LETTERS)


def test_whoever_is_asked_to_report_does_and_is_consolidated(demo: Demo) -> None:
    for row in demo.result["directives"]:
        assert row["tasks_completed"] > row["organisations"] * 3
        assert (row["consolidations"] > 0) == (row["shape"] in REPORTED)
        assert row["organisations"] > row["consolidations"]
        assert (row["reports_submitted"] > row["consolidations"]) == (row["shape"] in REPORTED)


def test_the_milestones_are_reached_in_time_and_in_order(connection: Connection) -> None:
    rows = connection.execute(select(milestone).order_by(milestone.c.position)).all()
    assert len(rows) == 4
    assert {(row.status, row.late) for row in rows} == {("reached", 0)}
    reached = {row.id: row.reached_at for row in rows}
    pairs = connection.execute(select(milestone_dependency.c.milestone, milestone_dependency.c.depends_on)).all()
    assert pairs
    assert all(reached[earlier] <= reached[later] for later, earlier in pairs)


def test_whoever_has_been_silent_is_urged_by_the_letter_that_follows_up(demo: Demo, connection: Connection) -> None:
    (relay,) = (identity for identity, row in zip(demo.issued, demo.result["directives"], strict=True) if row["shape"] == "urge_relay")
    earlier = connection.execute(select(directive.c.follows_up).where(directive.c.id == relay)).scalar_one()
    told = connection.execute(select(reminder).where(reminder.c.directive == earlier)).all()
    reached = set(connection.execute(select(dispatch.c.organisation).where(dispatch.c.directive == relay)).scalars())
    assert told
    assert {row.organisation for row in told if row.urge_level > 1} <= reached


def test_the_history_is_intact(demo: Demo, connection: Connection) -> None:
    records, breaks = verify(connection)
    assert breaks == []
    assert records == demo.result["history"]["records"] > 1000
    assert demo.result["history"]["verified"] is True


def test_nothing_ever_stopped_at_an_incident(connection: Connection) -> None:
    assert counted(connection, incident) == 0
    assert counted(connection, instance, instance.c.status != "ended") == 0


@pytest.mark.parametrize("table", [user_task, timer, operation], ids=lambda table: table.name)
def test_an_ended_instance_leaves_nothing_open(connection: Connection, table: Any) -> None:
    assert counted(connection, table.join(instance, instance.c.id == table.c.instance), table.c.status == "open", instance.c.status == "ended") == 0


def test_an_ended_instance_waits_for_no_message(connection: Connection) -> None:
    assert counted(connection, subscription.join(instance, instance.c.id == subscription.c.instance), instance.c.status == "ended") == 0


def test_no_result_and_no_start_is_left_unread(connection: Connection) -> None:
    assert counted(connection, inbox, inbox.c.kind != "message", inbox.c.consumed_ver.is_(None)) == 0


def test_every_total_equals_the_figures_that_it_was_computed_from(connection: Connection) -> None:
    totals = connection.execute(
        select(consolidation_total, indicator.c.aggregation)
        .join(indicator, (indicator.c.directive == consolidation_total.c.directive) & (indicator.c.key == consolidation_total.c.indicator))
        .where(indicator.c.aggregation == "sum")
    ).all()
    assert len(totals) > 10
    assert [(row.value, row.computed) for row in totals] == [(sum(source.value for source in sources_of(connection, row.id)),) * 2 for row in totals]
    assert [row.value for row in totals] == [leaf_sum(sources_of(connection, row.id)) for row in totals]
    assert sum(row.value for row in totals) > 0


def test_every_consolidation_is_closed_and_expected_somebody(connection: Connection) -> None:
    assert counted(connection, consolidation, consolidation.c.status != "closed") == 0
    expected = select(expected_report.c.consolidation).distinct()
    assert counted(connection, consolidation, consolidation.c.id.not_in(expected)) == 0


def test_one_office_is_late_and_one_has_its_report_returned(connection: Connection) -> None:
    # one report of it per type: the two sample letters ask for two types in the same month
    late = select(report.c.organisation).join(report_revision, report_revision.c.report == report.c.id).where(report_revision.c.late == 1)
    back = select(report.c.organisation).join(submission, submission.c.report == report.c.id).where(submission.c.status == "returned")
    assert len(set(connection.execute(late).scalars())) == 1
    assert len(set(connection.execute(back).scalars())) == 1


def test_a_returned_report_came_again_and_was_accepted(connection: Connection) -> None:
    returned = connection.execute(select(submission).where(submission.c.status == "returned")).all()
    for back in returned:
        again = select(submission.c.status).where(
            submission.c.report == back.report, submission.c.superior == back.superior, submission.c.revision == back.revision + 1
        )
        assert connection.execute(again).scalar_one() == "accepted"
        assert back.reason


def test_whoever_has_nothing_to_report_says_so_and_why(connection: Connection) -> None:
    reasons = list(connection.execute(select(report_section.c.nil_reason).where(report_section.c.assessment == "nil")).scalars())
    assert reasons
    assert all(reasons)


def test_the_month_table_counts_the_same_as_the_reports(demo: Demo, connection: Connection) -> None:
    rows = {
        (row["period"], row["unit"], row["type"]): row
        for identity in demo.issued
        for root in connection.execute(select(directive.c.root).where(directive.c.id == identity)).scalars()
        for row in month_table(connection, root)
    }
    assert sum(row["late"] for row in rows.values()) == counted(connection, report_revision, report_revision.c.late == 1)
    assert sum(row["returned"] for row in rows.values()) == counted(connection, submission, submission.c.status == "returned")
    assert all(row["accepted"] == row["expected"] for row in rows.values())


def test_each_organisation_owes_one_report_per_directive(demo: Demo, connection: Connection) -> None:
    for identity in demo.issued:
        owing = list(connection.execute(select(obligation.c.organisation).where(obligation.c.directive == identity)).scalars())
        reached = list(connection.execute(select(dispatch.c.organisation).where(dispatch.c.directive == identity)).scalars())
        assert len(owing) == len(set(owing))
        assert set(owing) <= set(reached)


def test_every_directive_that_was_handed_down_is_closed_with_its_obligations(demo: Demo, connection: Connection) -> None:
    members = [member for identity in demo.issued for member in family(connection, identity)]
    assert len(members) > len(demo.issued)
    assert counted(connection, obligation, obligation.c.directive.in_(members), obligation.c.status == "open") == 0


def test_registers_have_no_gap_and_no_number_twice(connection: Connection) -> None:
    for book in connection.execute(select(register_book)).all():
        numbers = sorted(connection.execute(select(register_entry.c.number).where(register_entry.c.register_book == book.id)).scalars())
        assert numbers == list(range(book.next_number - len(numbers), book.next_number))


def test_the_letters_bear_their_printed_numbers(demo: Demo, connection: Connection) -> None:
    codes = {connection.execute(select(directive.c.code).where(directive.c.id == identity)).scalar_one() for identity in demo.issued}
    assert codes in (set(SAMPLES), set(LETTERS))


def test_a_demo_never_runs_into_a_database_that_holds_data(played: tuple[str, Path | None, Demo]) -> None:
    url, folder, done = played
    with pytest.raises(Refused, match="Expected an empty database for the demo"):
        run_demo(url, folder=folder, months=1)
    with done.database.reading() as connection:
        assert verify(connection) == (done.result["history"]["records"], [])


def test_a_folder_without_documents_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="at least one directive with an issuer, a date and recipients"):
        run_demo(f"sqlite:///{tmp_path / 'none.sqlite3'}", folder=tmp_path, months=1)
    with pytest.raises(InvalidInput, match="there is none"):
        run_demo(f"sqlite:///{tmp_path / 'none.sqlite3'}", folder=tmp_path / "missing", months=1)


def test_every_record_of_the_work_stands_in_the_stream_of_a_root_directive(connection: Connection) -> None:
    apart = {"process.deployed", "directory.imported", "going_live.imported", "document.received", "register.opened", "register.entered"}
    apart |= {"demonstration.begun"}
    drafting = set(  # a letter of one's own is in no stream before it is issued: the instance leads to it
        connection.execute(
            select(instance.c.id)
            .join(definition_version, definition_version.c.id == instance.c.definition_version)
            .where(definition_version.c.key == "directive_originate")
        ).scalars()
    )
    roots = set(connection.execute(select(directive.c.root)).scalars())
    for content in connection.execute(select(history_record.c.body)).scalars():
        record = opened(content)
        streams = {place["id"] for place in record["streams"]}
        assert streams <= roots
        if not streams:
            assert record["action"] in apart or record["instance"] in drafting, record["action"]
