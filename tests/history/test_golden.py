"""Histories as released versions have left them verify for ever: what is in `golden/` is never made again (AUDIT.md 9.13).

A folder for each version, and for each of the record that it wrote: the rows of the history (`rows.jsonl`; signatures in
hexadecimal), the trust file, checkpoints and mirror.
`python -m tests.history.golden VERSION` makes the folder of a version, once.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from engine.audit.verification import INTACT, examine
from engine.history.evidence import brought
from engine.history.record import ACCESS_LOG, LOG
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record, metadata

GOLDEN = Path(__file__).parent / "golden"
VERSIONS = sorted(each.name for each in GOLDEN.iterdir() if each.is_dir())


def load(database: Database, folder: Path) -> None:
    with UnitOfWork(database) as unit:
        for line in (folder / "rows.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            table = metadata.tables[row.pop("table")]
            if table is history_record:
                row |= {"body": row["body"].encode(), "signature": bytes.fromhex(row["signature"])}
            unit.connection.execute(insert(table).values(**row))
        unit.commit()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_history_of_an_earlier_version_verifies(database: Database, version: str) -> None:
    folder = GOLDEN / version
    load(database, folder)
    with database.reading() as connection:
        found = examine(connection, brought(trust=folder / "vkeys.txt", checkpoints=[folder / "place"], mirrors=[folder / "place"]))
    assert (found.result, found.findings, found.missing) == (INTACT, [], [])
    assert {each.log: each.records > 0 for each in found.logs} == {LOG: True, ACCESS_LOG: True}
    assert found.levels == [1, 2, 3, 4, 5, 6]


def test_what_is_golden_is_compared_and_not_just_read(sqlite_database: Database) -> None:
    folder = GOLDEN / VERSIONS[0]
    load(sqlite_database, folder)
    with UnitOfWork(sqlite_database) as unit:
        unit.connection.execute(update(history_record).where(history_record.c.log == LOG, history_record.c.seq == 5).values(action="forged"))
        found = examine(unit.connection, brought(trust=folder / "vkeys.txt", checkpoints=[], mirrors=[]))
    assert [(each.record, each.field) for each in found.findings] == [(5, "action")]
