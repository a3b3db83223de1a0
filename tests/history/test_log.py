"""The sealed log: whatever is changed in it afterwards, `verify` finds it and names the record."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from engine.history.finding import Finding
from engine.history.log import GENESIS, append, leaf_hash
from engine.history.record import Circumstances, Fact, Subject
from engine.history.verify import verify
from engine.kernel.canonical import canonical_json
from engine.kernel.errors import InvalidInput
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_head, history_record, history_stream, stream_head

WHEN = Circumstances(
    recorded_at="2024-04-01T01:00:00.000Z",
    actor={"type": "person", "id": "lan", "name": "Lê Thị Lan", "post": None},
    on_behalf_of=None,
    auth={"method": "test"},
    policy="test",
    command="key",
    correlation="key",
)
TEN = 10
MIDDLE = 5


def seal(database: Database, facts: list[Fact], circumstances: Circumstances = WHEN) -> None:
    with UnitOfWork(database) as unit:
        append(unit.connection, facts, circumstances, [f"id-{fact.subject.id}" for fact in facts])
        unit.commit()


def fact(number: int) -> Fact:
    """Even numbers belong to the stream `even` as well as to `all`."""
    streams = ("all", "even") if number % 2 == 0 else ("all",)
    return Fact(action="task.completed", subject=Subject(type="task", id=str(number)), streams=streams)


@pytest.fixture
def log(database: Database) -> Database:
    """A log of ten records, sealed by several commands."""
    seal(database, [fact(number) for number in range(1, 5)])
    seal(database, [fact(number) for number in range(5, TEN + 1)])
    return database


def breaks(database: Database) -> list[Finding]:
    with database.reading() as connection:
        return verify(connection)[1]


def tamper(database: Database, *statements: Any) -> None:
    with UnitOfWork(database) as unit:
        for statement in statements:
            unit.connection.execute(statement)
        unit.commit()


def record(seq: int) -> Any:
    return history_record.c.seq == seq


def row(database: Database, seq: int) -> Any:
    with database.reading() as connection:
        return connection.execute(select(history_record).where(record(seq))).one()


def test_an_empty_log_is_intact(database: Database) -> None:
    with database.reading() as connection:
        assert verify(connection) == (0, [])


def test_an_untouched_log_is_intact(log: Database) -> None:
    with log.reading() as connection:
        assert verify(connection) == (TEN, [])


def test_each_record_names_the_hash_of_the_one_before(log: Database) -> None:
    previous = GENESIS
    for seq in range(1, TEN + 1):
        found = row(log, seq)
        sealed = json.loads(bytes(found.body))
        assert (sealed["seq"], sealed["prev"]) == (seq, previous)
        assert bytes(found.body) == canonical_json(sealed)
        previous = leaf_hash(bytes(found.body))
        assert found.record_hash == previous


def test_each_stream_counts_its_own_records(log: Database) -> None:
    with log.reading() as connection:
        query = select(history_stream.c.stream_seq, history_stream.c.seq).where(history_stream.c.stream == "even")
        assert sorted(map(tuple, connection.execute(query))) == [(1, 2), (2, 4), (3, 6), (4, 8), (5, 10)]


def test_no_facts_leave_no_trace(log: Database) -> None:
    seal(log, [])
    with log.reading() as connection:
        assert verify(connection) == (TEN, [])


def test_the_time_of_records_never_runs_backwards(log: Database) -> None:
    seal(log, [fact(11)], replace(WHEN, recorded_at="2020-01-01T00:00:00.000Z"))
    assert row(log, 11).recorded_at == WHEN.recorded_at
    assert breaks(log) == []


@pytest.mark.parametrize("seq", [1, MIDDLE, TEN])
def test_one_changed_byte_of_a_body_is_found(log: Database, seq: int) -> None:
    body = bytearray(row(log, seq).body)
    body[len(body) // 2] ^= 1
    tamper(log, update(history_record).where(record(seq)).values(body=bytes(body)))
    first = breaks(log)[0]
    assert (first.record, first.field) == (seq, "body")


@pytest.mark.parametrize("seq", [1, MIDDLE, TEN])
def test_one_changed_letter_of_a_hash_is_found(log: Database, seq: int) -> None:
    old = row(log, seq).record_hash
    tamper(log, update(history_record).where(record(seq)).values(record_hash=("0" if old[0] != "0" else "1") + old[1:]))
    assert breaks(log)[0].record == seq


@pytest.mark.parametrize("name", ["recorded_at", "action", "outcome", "actor", "subject_type", "subject", "instance"])
def test_a_changed_column_is_found_and_named(log: Database, name: str) -> None:
    tamper(log, update(history_record).where(record(MIDDLE)).values({name: "forged"}))
    found = breaks(log)
    assert (found[0].record, found[0].field, found[0].found) == (MIDDLE, name, "forged")


def test_a_body_that_was_forged_together_with_its_hash_breaks_the_chain(log: Database) -> None:
    sealed = json.loads(bytes(row(log, MIDDLE).body))
    sealed["reason"] = {"code": "forged", "text": "forged"}
    content = canonical_json(sealed)
    tamper(log, update(history_record).where(record(MIDDLE)).values(body=content, record_hash=leaf_hash(content)))
    assert breaks(log)[0].record in {MIDDLE, MIDDLE + 1}
    assert "prev" in {entry.field for entry in breaks(log)}


def test_a_deleted_record_is_missed(log: Database) -> None:
    tamper(log, delete(history_record).where(record(MIDDLE)))
    first = breaks(log)[0]
    assert (first.record, first.field, first.found) == (MIDDLE, "seq", str(MIDDLE + 1))


def test_the_first_record_is_missed_too(log: Database) -> None:
    tamper(log, delete(history_record).where(record(1)))
    assert (breaks(log)[0].record, breaks(log)[0].field) == (1, "seq")


def test_two_swapped_records_are_found(log: Database) -> None:
    moves = [(4, 99), (5, 4), (99, 5)]
    tamper(log, *(update(history_record).where(record(old)).values(seq=new) for old, new in moves))
    assert {4, 5} & {entry.record for entry in breaks(log)}
    assert breaks(log)[0].record == 4


def test_a_cut_tail_is_found(log: Database) -> None:
    tamper(log, delete(history_record).where(history_record.c.seq > TEN - 2))
    assert "head" in {entry.field for entry in breaks(log)}


def test_a_tail_that_was_cut_with_its_head_is_found_by_its_streams(log: Database) -> None:
    last = row(log, TEN - 1)
    tamper(
        log,
        delete(history_record).where(record(TEN)),
        update(history_head).values(seq=TEN - 1, record_hash=last.record_hash),
    )
    assert breaks(log) != []


def test_an_emptied_log_is_found(log: Database) -> None:
    tamper(log, delete(history_record))
    assert breaks(log) != []


def test_a_removed_stream_link_is_found(log: Database) -> None:
    tamper(log, delete(history_stream).where(history_stream.c.stream == "all", history_stream.c.seq == MIDDLE))
    assert [(entry.record, entry.field) for entry in breaks(log)] == [(MIDDLE, "stream link")]


def test_an_invented_stream_link_is_found(log: Database) -> None:
    invented = {"log": row(log, 1).log, "stream": "other", "stream_seq": 1, "seq": MIDDLE, "record_hash": row(log, MIDDLE).record_hash}
    tamper(log, history_stream.insert().values(**invented))
    assert [(entry.record, entry.field, entry.found) for entry in breaks(log)] == [(MIDDLE, "stream", "other")]


def test_a_moved_stream_link_is_found(log: Database) -> None:
    tamper(log, update(history_stream).where(history_stream.c.stream == "even", history_stream.c.stream_seq == 2).values(seq=MIDDLE))
    assert [(entry.record, entry.field) for entry in breaks(log)] == [(4, "stream link"), (MIDDLE, "stream")]


def test_a_changed_stream_head_is_found(log: Database) -> None:
    tamper(log, update(stream_head).where(stream_head.c.stream == "even").values(stream_seq=4))
    assert [entry.field for entry in breaks(log)] == ["stream even"]


def test_a_changed_head_is_found(log: Database) -> None:
    tamper(log, update(history_head).values(seq=TEN + 1))
    assert [entry.field for entry in breaks(log)] == ["head"]


def test_a_number_with_a_fraction_cannot_be_sealed(log: Database) -> None:
    with pytest.raises(InvalidInput, match="float"):
        seal(log, [replace(fact(11), documents=({"size": 1.5},))])
    with log.reading() as connection:
        assert verify(connection) == (TEN, [])
