"""The page of a record: what proves it is checked when it is asked for, and whatever was changed is named; only for whose it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.audit.desk.record_page import FAILS, HOLDS, NONE, UNKNOWN, RecordPage, ShowRecord
from engine.directory.directory_import import ImportDirectory
from engine.execution.checkpoints import Checkpoints
from engine.history import trust
from engine.history.places import Place
from engine.history.record import ACCESS_LOG, LOG
from engine.kernel.errors import Denied, NotFound
from engine.storage import Database, UnitOfWork, keys
from engine.storage.schema import history_record
from tests.audit.desk.test_replay import AUDITOR, PEOPLE
from tests.door.office import Office

WARDS_AUDITOR = "kiem.tra.xa"


@pytest.fixture
def office(deployed_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office that signs, with a letter that came in, all of it under a checkpoint."""
    monkeypatch.setenv("CHIDAO_HOME", str(tmp_path / "home"))
    keys.make_missing()
    trust.publish()
    made = Office(deployed_database).deploy()
    made.do(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"))
    made.receive()
    Checkpoints(made.door, places=[Place(folder=tmp_path / "place")]).look(now=True)
    return made


def shown(office: Office, seq: int, login: str = AUDITOR, log: str = LOG) -> RecordPage:
    found: RecordPage = office.door.ask(ShowRecord(log=log, seq=seq), office.actor(login))
    return found


def letter(office: Office) -> int:
    """The number of the record of the letter."""
    query = select(history_record.c.seq).where(history_record.c.log == LOG, history_record.c.action == "directive.dispatched")
    with office.database.reading() as connection:
        return int(connection.execute(query.order_by(history_record.c.seq).limit(1)).scalar_one())


def change(office: Office, seq: int, **values: Any) -> None:
    with UnitOfWork(office.database) as unit:
        unit.connection.execute(update(history_record).where(history_record.c.log == LOG, history_record.c.seq == seq).values(**values))
        unit.commit()


def body(office: Office, seq: int) -> bytes:
    with office.database.reading() as connection:
        return bytes(connection.execute(history_record.select().where(history_record.c.log == LOG, history_record.c.seq == seq)).one().body)


def test_a_record_as_it_was_sealed_has_nothing_against_it(office: Office) -> None:
    found = shown(office, letter(office))
    checked = found.checked
    assert found.told.sealed["action"] == "directive.dispatched"
    assert (checked.content, checked.chain, checked.signature, checked.proof, checked.note) == (HOLDS,) * 5
    assert (checked.columns, checked.problem) == ((), "")
    assert found.proof is not None
    assert found.proof.size > found.told.seq
    assert [name for name, _ in found.streams] == [found.told.sealed["subject"]["id"]]
    assert {row.table for row in found.state} >= {"directive", "dispatch"}


CHANGED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a column": ({"outcome": "denied"}, {"columns": ("outcome",)}),
    "the hash": ({"record_hash": "ab" * 32}, {"content": FAILS}),
    "the signature": ({"signature": b"\x00" * 64}, {"signature": FAILS}),
    "no signature": ({"signature": None}, {"signature": FAILS}),
    "a key that nobody has": ({"key_id": "0badc0de"}, {"signature": UNKNOWN, "columns": ("key_id",)}),
}


@pytest.mark.parametrize("what", CHANGED)
def test_what_was_changed_is_named(office: Office, what: str) -> None:
    seq = letter(office)
    values, expected = CHANGED[what]
    change(office, seq, **values)
    checked = shown(office, seq).checked
    assert {name: getattr(checked, name) for name in expected} == expected


def test_one_bit_of_the_bytes_is_named_by_hash_signature_and_proof(office: Office) -> None:
    seq = letter(office)
    content = bytearray(body(office, seq))
    place = content.index(b"CV/TU")
    content[place] ^= 1
    change(office, seq, body=bytes(content))
    checked = shown(office, seq).checked
    assert (checked.content, checked.signature, checked.proof) == (FAILS, FAILS, FAILS)
    assert (checked.chain, checked.note) == (HOLDS, HOLDS)


def test_the_record_behind_a_changed_one_says_that_its_chain_is_broken(office: Office) -> None:
    seq = letter(office)
    change(office, seq, record_hash="ab" * 32)
    assert shown(office, seq + 1).checked.chain == FAILS


def test_bytes_that_are_no_record_are_shown_by_their_columns(office: Office) -> None:
    seq = letter(office)
    change(office, seq, body=b"\xff nothing")
    found = shown(office, seq)
    assert not found.told.whole
    assert found.told.sealed["action"] == "directive.dispatched"
    assert (found.checked.content, found.checked.columns) == (FAILS, ("body",))


def test_what_came_after_the_last_checkpoint_is_not_proved_yet(office: Office) -> None:
    office.receive(8)
    checked = shown(office, office.count(history_record, history_record.c.log == LOG)).checked
    assert (checked.content, checked.signature, checked.proof, checked.note) == (HOLDS, HOLDS, NONE, NONE)


def test_a_look_at_a_record_is_one_of_the_log_of_looks_and_can_be_looked_at_too(office: Office) -> None:
    seq = letter(office)
    shown(office, seq)
    found = shown(office, 1, log=ACCESS_LOG)
    assert (found.told.sealed["action"], found.told.sealed["subject"]["id"]) == ("audit.see", f"{LOG}:{seq}")


def test_the_auditor_of_the_ward_does_not_see_a_record_of_the_office_above(office: Office) -> None:
    with pytest.raises(Denied):
        shown(office, letter(office), WARDS_AUDITOR)


def test_a_record_that_there_is_not_is_not_found(office: Office) -> None:
    for log, seq in ((LOG, 100_000), ("chidao/log7", 1)):
        with pytest.raises(NotFound):
            shown(office, seq, log=log)
