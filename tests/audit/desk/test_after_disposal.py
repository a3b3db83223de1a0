"""After a directive was disposed of: its timeline still has every number, and a stub is held against the record of its disposal."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select, update

from engine.audit.desk.asked import Asked
from engine.audit.desk.record_page import FAILS, HOLDS, RecordPage, ShowRecord
from engine.audit.desk.timeline import ShowTimeline, Timeline
from engine.history.disposed import DISPOSED
from engine.history.record import LOG
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record
from tests.retention.archive import Archive
from tests.states import play_whole
from tests.templates import copied

CALL = "call_from_the_centre"
called = copied(f"played_{CALL}", partial(play_whole, CALL), kinds=("sqlite",))


@pytest.fixture
def disposed(called: Database) -> Archive:
    made = Archive(called)
    [root] = made.roots()
    made.dispose(root)
    return made


def stubs(archive: Archive) -> list[int]:
    return [each["seq"] for each in archive.records() if "disposed" in each]


def shown(archive: Archive, seq: int) -> RecordPage:
    found: RecordPage = archive.ask(ShowRecord(log=LOG, seq=seq), archive.person("auditor"))
    return found


def test_a_stub_is_right_and_names_the_record_of_its_disposal(disposed: Archive) -> None:
    found = shown(disposed, stubs(disposed)[5])
    assert (found.checked.content, found.checked.columns, found.checked.chain) == (HOLDS, (), HOLDS)
    assert found.disposed is not None
    assert found.disposed.seq == disposed.records()[-1]["seq"]


def test_a_stub_without_the_record_of_its_disposal_is_called_wrong(disposed: Archive) -> None:
    with UnitOfWork(disposed.database) as unit:
        unit.connection.execute(update(history_record).where(history_record.c.action == DISPOSED).values(subject="another"))
        unit.commit()
    assert shown(disposed, stubs(disposed)[5]).checked.content == FAILS


def test_one_changed_stub_makes_the_others_doubtful_too(disposed: Archive) -> None:
    first, second, *_ = stubs(disposed)
    with UnitOfWork(disposed.database) as unit:
        mine = (history_record.c.log == LOG, history_record.c.seq == second)
        content = bytes(unit.connection.execute(select(history_record.c.body).where(*mine)).scalar_one())
        unit.connection.execute(update(history_record).where(*mine).values(body=content.replace(b'"outcome":"done"', b'"outcome":"gone"')))
        unit.commit()
    assert shown(disposed, first).checked.content == FAILS


def test_the_timeline_still_has_every_number_and_the_disposal(disposed: Archive) -> None:
    [root] = [each["id"] for each in disposed.records()[-1]["streams"]]
    seen: list[int] = []
    start = ""
    while True:
        page: Timeline = disposed.ask(ShowTimeline(directive=root, asked=Asked(steps=True), oldest=True, start=start), disposed.person("auditor"))
        seen += [record.seq for operation in page.operations for record in operation.records]
        if not page.on:
            break
        start = page.on
    assert set(stubs(disposed)) <= set(seen)
    assert seen == sorted(set(seen))
    assert disposed.records()[-1]["seq"] == seen[-1]
