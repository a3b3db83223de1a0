"""Makes the golden history of a version, once: `python -m tests.history.golden VERSION`. A folder that is there is never touched."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.history.record import ACCESS_LOG
from engine.storage import Database, create_or_upgrade, keys
from engine.storage.schema import checkpoint, history_head, history_record, history_stream, stream_head
from tests.door.office import CHECKED, Office
from tests.history.sealing import Installation, install
from tests.history.test_signing import renew

TABLES = (history_head, stream_head, history_record, history_stream, checkpoint)


def make(version: str) -> None:
    """Let an office receive a letter, look, renew its key and go on, under checkpoints; write what is left to the folder of the version."""
    folder = Path(__file__).parent / version
    folder.mkdir()
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        database = Database(f"sqlite:///{name}/golden.sqlite3")
        create_or_upgrade(database)
        installation = install(database, Path(name), patch)
        office = Office(database, installation.clock)
        office.deploy()
        office.receive()
        office.complete("check_incoming", "van.thu", **CHECKED)
        installation.grow(3, log=ACCESS_LOG)
        installation.maker().look(now=True)
        renew(installation)
        office.receive(8)
        installation.grow(3, log=ACCESS_LOG)
        installation.maker().look(now=True)
        office.receive(9)
        _write(installation, folder)
        database.dispose()


def _write(installation: Installation, folder: Path) -> None:
    with installation.database.reading() as connection, (folder / "rows.jsonl").open("w", encoding="utf-8") as file:
        for table in TABLES:
            for row in connection.execute(select(table)).mappings():
                file.write(json.dumps({"table": table.name, **{key: _plain(key, value) for key, value in row.items()}}, ensure_ascii=False) + "\n")
    shutil.copy(installation.home / "keys" / keys.TRUST_FILE, folder)
    shutil.copytree(installation.places[0].folder, folder / "place")


def _plain(name: str, value: Any) -> Any:
    if name == "body":
        return value.decode()
    return value.hex() if isinstance(value, bytes) else value


if __name__ == "__main__":
    make(sys.argv[1])
