"""After a restore the records go on in another log, which cites the end of the one before and whatever is known to be gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from engine.audit.installation_pages import AskAttention, answer_attention
from engine.audit.texts import behind
from engine.audit.verification import INTACT, TAMPERED
from engine.commands.backup import bring_back, make, opened
from engine.execution.poller import Poller
from engine.history.checkpoint import checkpoint_of
from engine.history.note import note_text
from engine.history.record import ACCESS_LOG, LOG
from engine.history.record import opened as opened_record
from engine.history.series import members, offsets
from engine.history.transaction import Reading
from engine.history.verify import verify
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import InvalidInput
from engine.storage import Database, UnitOfWork, keys
from engine.storage.schema import history_record, person
from tests.history.sealing import Installation, install

SECOND, SECOND_READS = "chidao/log2", "chidao/log2/access"


@pytest.fixture
def saved(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation with eight records under a checkpoint, a backup `backup.zip` of it, and three records after that."""
    found = install(sqlite_database, tmp_path, monkeypatch)
    monkeypatch.setenv("CHIDAO_CHECKPOINT_PLACES", ":".join(str(place.folder) for place in found.places))
    found.grow(8)
    found.grow(2, log=ACCESS_LOG)
    found.maker().look(now=True)
    make(found.database, tmp_path / "backup.zip", found.clock.now())
    found.grow(3)
    found.maker().look(now=True)
    return found


def restored(installation: Installation, name: str = "back.db") -> Installation:
    folder = installation.home.parent
    database = Database(f"sqlite:///{folder / name}")
    with opened(folder / "backup.zip") as (archive, manifest):
        bring_back(database, archive, manifest, installation.clock.now(), file="backup.zip", reason="the disk broke")
    return Installation(database=database, home=installation.home, places=installation.places, clock=installation.clock)


def first(installation: Installation, log: str) -> dict[str, Any]:
    found: dict[str, Any] = opened_record(installation.records(log)[0].body)
    return found


def told(sealed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {change["field"]: change for change in sealed["changes"]}


def test_both_logs_go_on_as_the_second(saved: Installation) -> None:
    back = restored(saved)
    back.grow(2)
    back.grow(1, log=ACCESS_LOG)
    with back.database.reading() as connection:
        assert [(each.log, each.seq) for each in members(connection)] == [(LOG, 10), (SECOND, 3)]
        assert [(each.log, each.seq) for each in members(connection, ACCESS_LOG)] == [(ACCESS_LOG, 2), (SECOND_READS, 2)]
        assert offsets(connection) == {LOG: 0, SECOND: 10}
        assert [verify(connection, log=log)[1] for log in (LOG, SECOND, ACCESS_LOG, SECOND_READS)] == [[], [], [], []]
    assert [row.seq for row in back.records(SECOND)] == [1, 2, 3]
    back.database.dispose()


def test_the_first_record_cites_the_end_the_last_checkpoint_and_the_reason(saved: Installation) -> None:
    back = restored(saved)
    sealed = first(back, SECOND)
    end = back.records(LOG)[-1]
    assert (sealed["action"], sealed["reason"]["text"], sealed["prev"]) == ("database.restored", "the disk broke", "0" * 64)
    assert told(sealed)[f"head of {LOG}"]["old"] == {"seq": 10, "record_hash": end.record_hash}
    assert checkpoint_of(note_text(told(sealed)[f"checkpoint of {LOG}"]["old"])).size == 8
    assert first(back, SECOND_READS)["changes"] == sealed["changes"]
    back.database.dispose()


def test_what_is_gone_is_told_when_a_place_outside_knows_of_it(saved: Installation) -> None:
    back = restored(saved)
    gone = told(first(back, SECOND))[f"records of {LOG} that are gone"]
    assert (gone["old"]["up_to"], gone["new"]["up_to"]) == (13, 10)
    assert back.open(gone["old"]["checkpoint"]).size == 13
    assert f"records of {ACCESS_LOG} that are gone" not in told(first(back, SECOND))
    back.database.dispose()


def test_the_time_does_not_run_backwards_from_one_log_to_the_next(saved: Installation) -> None:
    back = restored(saved)
    assert back.records(SECOND)[0].recorded_at >= back.records(LOG)[-1].recorded_at
    back.database.dispose()


def test_a_second_restore_of_the_same_backup_takes_a_number_that_nobody_has_used(saved: Installation) -> None:
    """Else two trees would be signed under one name."""
    back = restored(saved)
    back.maker().look(now=True)
    again = restored(saved, "again.db")
    assert [each.log for each in members_of(again)] == [LOG, "chidao/log3"]
    again.maker().look(now=True)
    assert again.troubles() == {}
    assert saved.places[0].logs() == [LOG, ACCESS_LOG, SECOND, SECOND_READS, "chidao/log3", "chidao/log3/access"]
    back.database.dispose()
    again.database.dispose()


def members_of(installation: Installation) -> list[Any]:
    with installation.database.reading() as connection:
        return list(members(connection))


def test_the_search_reads_on_through_both_logs(saved: Installation) -> None:
    back = restored(saved)
    with back.database.reading() as connection:
        assert behind(connection) == 11
    while Poller(back.door).do(["texts:texts"]):
        pass
    with back.database.reading() as connection:
        assert behind(connection) == 0
    back.database.dispose()


def test_the_new_log_is_signed_with_the_key_of_the_machine_on_which_it_begins(saved: Installation) -> None:
    for each in (saved.home / "keys").iterdir():
        each.unlink()
    keys.make_missing()
    back = restored(saved)
    [record] = back.records(SECOND)
    assert record.key_id is not None
    assert record.key_id != back.records(LOG)[-1].key_id
    back.database.dispose()


def test_what_is_restored_is_compared_with_all_that_lies_here(saved: Installation) -> None:
    folder = saved.home.parent
    database = Database(f"sqlite:///{folder / 'checked.db'}")
    with opened(folder / "backup.zip") as (archive, manifest):
        found = bring_back(database, archive, manifest, saved.clock.now(), file="backup.zip", reason="the disk broke")
    assert (found.result, list(found.levels)) == (INTACT, [1, 2, 3, 4, 5, 6, 7])
    database.dispose()


def test_a_backup_that_differs_from_the_copy_of_the_hashes_is_not_restored_unless_that_is_said(saved: Installation) -> None:
    """Its chain holds: whoever changed the backup has linked it anew. What lies outside tells."""
    folder = saved.home.parent
    for tile in (saved.places[0].prefix(LOG) / "tile" / "0").rglob("*"):
        if tile.is_file():
            tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    database = Database(f"sqlite:///{folder / 'refused.db'}")
    with opened(folder / "backup.zip") as (archive, manifest):
        with pytest.raises(InvalidInput, match=r"record 1 does not \(hash\)"):
            bring_back(database, archive, manifest, saved.clock.now(), file="backup.zip", reason="the disk broke")
        found = bring_back(database, archive, manifest, saved.clock.now(), file="backup.zip", reason="the disk broke", despite_breaks=True)
    assert found.result == TAMPERED
    database.dispose()


def test_the_newest_acts_of_administrators_are_those_of_both_logs(saved: Installation) -> None:
    back = restored(saved)
    with UnitOfWork(back.database) as unit:
        unit.connection.execute(insert(person).values(id="lan", login="lan", name="Lê Thị Lan"))
        for number, log in ((101, LOG), (102, SECOND)):
            row = {"log": log, "seq": number, "body": b"{}", "record_hash": "0" * 64, "recorded_at": f"2026-04-0{number - 99}T01:00:00.000Z", "action": "account.opened"}
            unit.connection.execute(insert(history_record).values(**row, outcome="done", actor="lan", subject_type="person", subject=log))
        acts = answer_attention(AskAttention(), Reading(connection=unit.connection, now=back.clock.now(), actor=SYSTEM)).acts
    assert [(each.action, each.subject) for each in acts] == [("account.opened", SECOND), ("account.opened", LOG)]
    back.database.dispose()
