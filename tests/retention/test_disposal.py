"""What belongs to a closed directive goes when its time is over and two persons say so; the history still proves itself, and says why it has gaps."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import func, select, update

from engine.audit.verification import INTACT, TAMPERED, examine
from engine.history.disposed import DISPOSED
from engine.history.evidence import Evidence
from engine.kernel.actor import Actor
from engine.kernel.errors import Denied, Refused
from engine.retention.belongings import GO, STAY, going
from engine.retention.classes import ChangeRetention
from engine.retention.disposal import DecideDisposal
from engine.retention.holds import LiftHold, SetHold
from engine.retention.removal import WITHHELD
from engine.storage import Database, UnitOfWork
from engine.storage.schema import directive, disposal, history_record, metadata, person, register_entry, user_task
from tests.retention.archive import AUTHORITY, Archive
from tests.states import play_whole
from tests.templates import copied

CALL, SHARED = "call_from_the_centre", "report_two_superiors"
called_on_both = copied(f"played_{CALL}", partial(play_whole, CALL))
called = copied(f"played_{CALL}", partial(play_whole, CALL), kinds=("sqlite",))
reported = copied(f"played_{SHARED}", partial(play_whole, SHARED), kinds=("sqlite",))


@pytest.fixture
def archive(called: Database) -> Archive:
    return Archive(called)


@pytest.fixture
def archive_on_both(called_on_both: Database) -> Archive:
    return Archive(called_on_both)


def left(archive: Archive, root: str) -> dict[str, int]:
    """Return how many rows of each table that goes are still there."""
    with archive.database.reading() as connection:
        counted = {name: connection.execute(select(func.count()).select_from(metadata.tables[name]).where(going(metadata.tables[name], root))).scalar_one() for name in GO}
    return {name: number for name, number in counted.items() if number}


def test_every_table_goes_or_stays_and_says_why() -> None:
    tables = {table.name for table in metadata.sorted_tables}
    assert GO.keys() | STAY.keys() == tables
    assert not GO.keys() & STAY.keys()


def test_what_was_disposed_of_leaves_stubs_and_the_check_says_under_which_record(archive_on_both: Archive) -> None:
    archive = archive_on_both
    [root] = archive.roots()
    before = {each["seq"]: each for each in archive.records()}
    assert left(archive, root)
    answer = archive.dispose(root)
    assert left(archive, root) == {}
    found, last = archive.verified(), archive.records()[-1]
    assert (found.result, found.findings) == (INTACT, [])
    [told] = found.disposed
    assert (told.by, told.count) == (last["seq"], answer["records"])
    assert f"disposed under record {last['seq']}" in told.sentence()
    assert (last["action"], last["basis"], last["reason"]["text"]) == (DISPOSED, AUTHORITY, "Hội đồng đã xét.")
    assert answer["records"] > 90
    stubs = [each for each in archive.records() if "disposed" in each]
    assert len(stubs) == answer["records"]
    for each in stubs:  # number, streams, action and date are left, and nothing of who and what
        same = {name: before[each["seq"]][name] for name in ("seq", "streams", "action", "recorded_at", "prev")}
        assert {name: each[name] for name in same} == same
        assert (each["actor"]["id"], each["changes"], each["state"], each["reason"]) == ("", [], [], None)


def test_of_the_directives_number_code_and_date_are_left(archive: Archive) -> None:
    [root] = archive.roots()
    with archive.database.reading() as connection:
        before = connection.execute(select(directive.c.code, directive.c.issued_date).where(directive.c.root == root).order_by(directive.c.id)).all()
    archive.dispose(root)
    with archive.database.reading() as connection:
        rows = connection.execute(select(directive).where(directive.c.root == root).order_by(directive.c.id)).all()
        entries = connection.execute(select(register_entry.c.subject).where(register_entry.c.directive.in_([row.id for row in rows]))).scalars().all()
    assert [(row.code, row.issued_date) for row in rows] == [tuple(each) for each in before]
    assert {row.subject for row in rows} == {WITHHELD}
    assert entries
    assert set(entries) == {WITHHELD}


def test_a_record_that_answers_two_directives_goes_with_the_second(reported: Database) -> None:
    archive = Archive(reported)
    first, second = archive.roots()
    archive.dispose(first)
    found = archive.verified()
    assert (found.result, found.findings) == (INTACT, [])
    kept = [each for each in archive.records() if "disposed" not in each and {first, second} <= {stream["id"] for stream in each["streams"]}]
    assert kept
    archive.dispose(second)
    found = archive.verified()
    assert (found.result, found.findings) == (INTACT, [])
    numbers = {each["seq"] for each in kept}
    assert all("disposed" in each for each in archive.records() if each["seq"] in numbers)
    assert len(found.disposed) == 2


# --- what is no disposal ------------------------------------------------------------------------------------------


def test_bodies_that_somebody_takes_out_by_hand_are_named(archive_on_both: Archive) -> None:
    archive = archive_on_both
    [root] = archive.roots()
    archive.dispose(root)
    [told] = archive.verified().disposed
    stub = select(history_record.c.body).where(history_record.c.seq == told.spans[0][0])
    with UnitOfWork(archive.database) as unit:  # as if it were of the same disposal
        content = unit.connection.execute(stub.where(history_record.c.log == told.log)).scalar_one()
        whole = select(history_record.c.seq).where(history_record.c.action == "process.deployed").order_by(history_record.c.seq).limit(1)
        seq = unit.connection.execute(whole).scalar_one()
        unit.connection.execute(update(history_record).where(history_record.c.seq == seq, history_record.c.log == told.log).values(body=content))
        unit.commit()
    found = archive.verified(state=False)
    assert found.result == TAMPERED
    assert {(each.record, each.field) for each in found.findings} >= {(seq, "body")}


def test_the_same_done_by_sql_is_no_disposal(archive: Archive) -> None:
    [root] = archive.roots()
    archive.dispose(root)
    with UnitOfWork(archive.database) as unit:  # the record of the disposal is all that makes it one
        record = unit.connection.execute(select(history_record.c.seq).where(history_record.c.action == DISPOSED)).scalar_one()
        unit.connection.execute(update(history_record).where(history_record.c.seq == record).values(subject="another"))
        unit.commit()
    found = archive.verified(state=False)
    assert found.result == TAMPERED
    assert any("a stub of the disposal" in each.found for each in found.findings)


def test_rows_that_are_put_back_are_named(archive_on_both: Archive) -> None:
    archive = archive_on_both
    [root] = archive.roots()
    with archive.database.reading() as connection:
        row = connection.execute(select(user_task).where(going(user_task, root)).order_by(user_task.c.id).limit(1)).mappings().one()
    archive.dispose(root)
    with UnitOfWork(archive.database) as unit:
        if archive.database.dialect == "sqlite":
            unit.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        else:
            unit.connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        unit.connection.execute(user_task.insert().values(**row))
        found = [each.field for each in examine(unit.connection, Evidence(), state=True).findings]
    assert found == [f"user_task {row['id']} row"]


# --- when and by whom ---------------------------------------------------------------------------------------------


def test_before_its_time_is_over_nothing_goes(archive: Archive) -> None:
    [root] = archive.roots()
    archive = Archive(archive.database, clock=type(archive.clock)(datetime(2027, 1, 4, 1, 0, tzinfo=UTC)))
    with pytest.raises(Refused, match=r"Expected a directive whose time is over, but .* is kept until .* \(class years_5\)\. Wait until then\."):
        archive.propose(root)


def test_what_is_kept_for_ever_does_not_go(archive: Archive) -> None:
    [root] = archive.roots()
    archive.do(ChangeRetention(process="central_call", retention_class="permanent", reason="Có ý nghĩa lịch sử."), archive.person("admin"))
    with pytest.raises(Refused, match="is kept for ever"):
        archive.propose(root)


def test_whoever_proposes_does_not_decide(archive: Archive) -> None:
    [root] = archive.roots()
    unit = archive.keeper(root)
    named = archive.propose(root)
    with UnitOfWork(archive.database) as held:  # a leader who proposed as the office's clerk
        held.connection.execute(update(disposal).where(disposal.c.id == named).values(proposed_by=archive.person("leader", unit).id))
        held.commit()
    with pytest.raises(Refused, match="Expected another person to decide than the one who proposed the disposal"):
        archive.do(DecideDisposal(disposal=named, approve=True, reason="x"), archive.person("leader", unit))
    with pytest.raises(Denied):
        archive.do(DecideDisposal(disposal=named, approve=True, reason="x"), archive.person("admin"))
    archive.do(DecideDisposal(disposal=named, approve=False, reason="Chưa nên."), archive.person("leader", unit))
    assert left(archive, root)
    archive.dispose(root)  # a refused one may be proposed again


def test_nothing_goes_while_the_tables_say_something_else_than_the_history(archive: Archive) -> None:
    [root] = archive.roots()
    named = archive.propose(root)
    with UnitOfWork(archive.database) as unit:
        unit.connection.execute(update(directive).where(directive.c.root == root).values(sunset="2031-01-01"))
        unit.commit()
    with pytest.raises(Refused, match="Expected the tables to hold what the history tells before anything goes, but: Expected sunset of directive"):
        archive.do(DecideDisposal(disposal=named, approve=True, reason="x"), archive.person("leader", archive.keeper(root)))
    assert left(archive, root)


@pytest.mark.parametrize("kind", ["directive", "person", "period"])
def test_a_hold_keeps_everything_until_it_is_lifted(archive: Archive, kind: str) -> None:
    [root] = archive.roots()
    acted = next(each for each in archive.records() if each["action"] == "task.completed" and each["actor"]["type"] == "person")
    with archive.database.reading() as connection:
        login = connection.execute(select(person.c.login).where(person.c.id == acted["actor"]["id"])).scalar_one()
    day = acted["recorded_at"][:10]
    about = {"directive": {"directive": root}, "person": {"login": login}, "period": {"from_day": day, "to_day": day}}[kind]
    admin = archive.person("admin")
    hold = archive.do(SetHold(reason="Thanh tra đang kết luận.", **about), admin)["hold"]
    with pytest.raises(Refused, match=r"a hold has been in force since 02/01/2080: Thanh tra đang kết luận\. Have it lifted first\."):
        archive.propose(root)
    archive.do(LiftHold(hold=hold, reason="Đã kết luận."), admin)
    archive.dispose(root)
    assert archive.verified(state=False).result == INTACT


def test_a_hold_that_is_set_after_the_proposal_counts_too(archive: Archive) -> None:
    [root] = archive.roots()
    named = archive.propose(root)
    archive.do(SetHold(reason="Có đơn thư.", directive=root), archive.person("admin"))
    with pytest.raises(Refused, match="a hold has been in force"):
        archive.do(DecideDisposal(disposal=named, approve=True, reason="x"), archive.person("leader", archive.keeper(root)))


def test_an_auditor_sees_it_and_changes_nothing(archive: Archive) -> None:
    [root] = archive.roots()
    auditor: Actor = archive.person("auditor")
    for command in (SetHold(reason="x", directive=root), ChangeRetention(process="central_call", retention_class="permanent", reason="x")):
        with pytest.raises(Denied):
            archive.do(command, auditor)
