"""What can be searched is kept up with the history by workers: in small pieces, after everything else, with no record of its own."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from engine.audit.texts import KeepTexts, behind
from engine.execution.due import due_at, due_texts
from engine.execution.poller import Poller
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import InvalidInput
from engine.kernel.points import listen
from engine.storage import Database
from engine.storage.schema import history_record, incident, search_mark, search_text
from engine.storage.wake_ups import NobodyIsWoken
from tests.execution.hands import door_of, keep, until, working
from tests.instances.bureau import Bureau

KEY = ["texts:texts"]


class Killed(BaseException):
    """As if the process had been killed here."""


def missing(database: Database) -> int:
    with database.reading() as connection:
        return behind(connection)


def kept(bureau: Bureau) -> list[tuple[str, str, str]]:
    with bureau.database.reading() as connection:
        rows = connection.execute(select(search_text.c.kind, search_text.c.subject, search_text.c.folded).order_by(search_text.c.kind, search_text.c.subject))
        return [(row.kind, row.subject, row.folded) for row in rows]


def read_on(bureau: Bureau) -> int:
    """Do piece after piece; return how many it took."""
    pieces = 0
    while Poller(bureau.door).do(KEY):
        pieces += 1
    return pieces


@pytest.mark.parametrize("engine", [True, False])
def test_workers_keep_the_texts_and_leave_no_record_of_it(bureau: Bureau, engine: bool) -> None:
    with working(door_of(bureau, None if engine else NobodyIsWoken())):
        keep(bureau, 3)
        until(lambda: len(kept(bureau)) == 3 and missing(bureau.database) == 0)
    assert bureau.count(history_record, history_record.c.action == "system.KeepTexts") == 0
    assert bureau.count(incident) == 0
    assert bureau.intact()


def test_whoever_plays_without_a_worker_keeps_none(bureau: Bureau) -> None:
    keep(bureau, 1)
    Poller(bureau.door).drain()
    assert (missing(bureau.database) > 0, kept(bureau)) == (True, [])


def test_pieces_are_small_and_the_last_one_leaves_nothing_due(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(bureau, 2)
    Poller(bureau.door).drain()
    left = missing(bureau.database)
    monkeypatch.setattr("engine.audit.texts.BATCH", 3)
    assert read_on(bureau) == -(-left // 3)
    with bureau.database.reading() as connection:
        assert (due_texts(connection, bureau.clock.now()), due_at(connection, bureau.clock.now(), KEY)) == ([], [])


@pytest.mark.parametrize("point", ["door.decided", "door.written", "door.sealed", "door.committed"])
def test_who_is_killed_in_a_piece_has_done_all_of_it_or_nothing_and_the_next_goes_on(bureau: Bureau, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    keep(bureau, 2)
    Poller(bureau.door).drain()
    read_on(bureau)
    whole = kept(bureau)
    bureau.change(delete(search_text))
    bureau.change(delete(search_mark))  # the table can be thrown away
    left = missing(bureau.database)
    monkeypatch.setattr("engine.audit.texts.BATCH", 3)

    def kill(here: str) -> None:
        if here == point:
            raise Killed

    silence = listen(kill)
    try:
        with pytest.raises(Killed):
            Poller(bureau.door).do(KEY)
    finally:
        silence()
    assert missing(bureau.database) == (left - 3 if point == "door.committed" else left)
    read_on(bureau)
    assert (kept(bureau), missing(bureau.database)) == (whole, 0)


def test_a_text_that_cannot_be_read_holds_the_texts_and_nothing_else(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise InvalidInput("Expected a text, but found none.")

    keep(bureau, 1)
    with monkeypatch.context() as patched:
        patched.setattr("engine.audit.texts._tasks", broken)
        read_on(bureau)
    (held,) = bureau.rows(incident)
    assert (held.kind, held.work, held.resolved_at) == ("texts", "texts", None)
    with bureau.database.reading() as connection:
        assert due_texts(connection, bureau.clock.now()) == []
    assert Poller(bureau.door).drain() > 0
    assert bureau.door.execute(KeepTexts(), SYSTEM, key="again")["advanced"] is True
    assert bureau.rows(incident)[0].resolved_at is not None
