"""The disk of a PostgreSQL server is full in mid-run: everything waits, and goes on when there is room. Needs the right to mount."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.crash.director import Director
from tests.crash.orphans import orphans
from tests.crash.outcome import Told, differences, outcome
from tests.crash.scene import SMALL, prepare_scene
from tests.crash.server import MortalServer

SIZE = "500m"
PAGE = 64 * 1024
OUTAGE = 60.0  # seconds in which somebody must meet the full disk


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small disk in memory, on which everything temporary is made."""
    folder = Path(tempfile.mkdtemp(prefix="chidao-disk-"))
    folder.chmod(0o755)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0755", "tmpfs", folder], check=False, capture_output=True, text=True)
    if done.returncode:
        folder.rmdir()
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()


def test_a_server_whose_disk_is_full_goes_on_when_there_is_room(disk: Path, tmp_path: Path, undisturbed: Told) -> None:
    server = MortalServer(fsync="off")
    try:
        url = server.create("full")
        moment = prepare_scene(url)
        with Director(url=url, folder=tmp_path, cast=SMALL, begins=moment) as director:
            ballast = _fill(disk)  # before anybody goes on: a quick machine would have done all of this moment's work
            director.start("client")
            director.start("worker")
            patience = time.monotonic() + OUTAGE
            while "No space left on device" not in (server.data.parent / "log").read_text() and time.monotonic() < patience:
                director.revive()
                time.sleep(0.1)
            assert "No space left on device" in (server.data.parent / "log").read_text()
            ballast.unlink()
            try:
                psycopg.connect(server.url("postgres")).close()
            except psycopg.OperationalError:  # it gave up: somebody starts it again
                server.restart()
            director.run(moments=1)
            with director.database.reading() as connection:
                assert differences(undisturbed, outcome(connection)) == []
                assert orphans(connection, over=False) == []
    finally:
        server.stop()


def _fill(disk: Path) -> Path:
    """Write until nothing more goes onto the disk, whatever the server writes meanwhile; a page of room is left for its log."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        with suppress(OSError):
            while True:
                file.write(bytes(PAGE))
        file.truncate(file.tell() - PAGE)
    return ballast

