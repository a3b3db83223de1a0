"""Every command that opens a database: what is wrong with it is told in one sentence, never with a traceback, and changes nothing."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from engine.bootstrap import open_door
from engine.cli import COMMANDS
from engine.kernel.clock import SystemClock, stamp
from engine.kernel.errors import InvalidInput
from engine.observation.readiness import readiness
from engine.storage import Database, UnitOfWork, database, disks, revisions
from engine.storage.difficulties import DIFFICULTIES, sentence
from engine.storage.disks import file_system, is_network, refuse_network_disk
from engine.storage.schema import worker
from tests.operations.conftest import Run
from tests.postgres import PostgresServer

NOWHERE = "postgresql://office:hush@127.0.0.1:1/chidao"
OPENING = {  # each command that opens a database, with what it must be given besides
    "deploy": ("processes",),
    "export": ("{folder}/new",),
    "diff": ("directive_arrive",),
    "migrate": ("directive_arrive", "--to", "2"),
    "proposals": (),
    "approve": ("1", "--as", "a", "--reason", "b"),
    "refuse": ("1", "--as", "a", "--reason", "b"),
    "incidents": (),
    "incident": ("skip", "1", "--reason", "b"),
    "register": ("print", "--organisation", "a", "--kind", "incoming"),
    "org": ("import", "{folder}/people.csv"),
    "setting": (),
    "db": ("upgrade",),
    "init": (),
    "user": ("list",),
    "backup": ("{folder}/new.zip",),
    "demo": (),
    "serve": ("--port", "0"),
    "worker": (),
    "effects": (),
    "withdraw": (),
    "resume": ("directive_arrive", "--reason", "b"),
    "keys": ("renew", "--reason", "b"),
    "retention": ("show",),
}


def one_sentence(run: Run, *arguments: str | Path, code: int = 1) -> str:
    result = run(*arguments)
    assert result.exit_code == code, result.output
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("Expected ")
    assert line.endswith(".")
    return line


@pytest.mark.parametrize("command", OPENING)
def test_a_server_that_does_not_answer(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "people.csv").write_text("login,name,organisation,title,roles\n")
    arguments = [each.format(folder=tmp_path) for each in OPENING[command]]
    line = one_sentence(run, command, *arguments, "--database", NOWHERE)
    assert "no server answers there" in line
    assert "hush" not in line


def test_the_auditor_is_told_that_nothing_was_checked(run: Run) -> None:
    assert "no server answers there" in run("audit", "verify", "--database", NOWHERE).stderr
    assert "no server answers there" in run("doctor", "--database", NOWHERE).stdout


def test_no_command_with_a_database_is_forgotten() -> None:
    without = {"doctor", "configuration", "read", "lint", "operations", "try", "audit", "bench", "restore", "effect", "letter", "checkpoint"}
    assert set(COMMANDS) - set(OPENING) <= without


def test_a_database_and_a_user_that_the_server_does_not_know(run: Run, postgres_server: PostgresServer) -> None:
    assert "has no database of that name. Make it with `createdb`" in one_sentence(run, "setting", "--database", postgres_server.url("unheard_of"))
    stranger = postgres_server.url("postgres").replace("postgres@", "stranger:hush@")
    line = one_sentence(run, "setting", "--database", stranger)
    assert "knows no such user" in line
    assert "hush" not in line


@pytest.mark.parametrize("address", ["chidao.db", "mysql://host/name", "sqlite://", "sqlite:////no/such/folder/x.db", "sqlite:////proc/chidao.db"])
def test_a_wrong_address(run: Run, address: str) -> None:
    one_sentence(run, "setting", "--database", address)


def test_a_file_that_is_no_database(run: Run, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Kính gửi: " * 500)
    assert "the file is no SQLite database" in one_sentence(run, "setting", "--database", f"sqlite:///{tmp_path / 'letter.txt'}")


def at_revision(found: str, url: str) -> None:
    target = Database(url)
    with UnitOfWork(target) as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": found})
        unit.commit()
    target.dispose()


def test_a_schema_of_a_newer_program(run: Run, database_url: str) -> None:
    at_revision("9999", database_url)
    line = one_sentence(run, "setting", "--database", database_url)
    assert "but found revision 9999. Use the program that made it, or a newer one" in line
    assert "revision 9999" in one_sentence(run, "db", "upgrade", "--database", database_url)


def test_a_schema_of_an_older_program_is_upgraded_by_db_upgrade_alone(run: Run, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(database.MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "migrations" / "versions" / "next.py").write_text(
        f'revision = "next"\ndown_revision = "{revisions.head_revision()}"\n\n\ndef upgrade():\n    pass\n', encoding="utf-8"
    )
    monkeypatch.setattr(database, "MIGRATIONS", tmp_path / "migrations")
    monkeypatch.setattr(revisions, "MIGRATIONS", tmp_path / "migrations")
    for command in ("setting", "serve", "worker"):
        assert "Bring it to this version with `chidao db upgrade`" in one_sentence(run, command, "--database", database_url)
    done = run("db", "upgrade", "--database", database_url)
    assert done.exit_code == 0
    assert "start web and worker processes again" in done.stdout
    assert run("setting", "--database", database_url).exit_code == 0


def test_a_server_that_meets_an_upgrade_goes_on_until_it_is_started_again(database: Database) -> None:
    door = open_door(database, SystemClock())
    assert readiness(door)["schema"].ok
    at_revision("9999", database.url.render_as_string(hide_password=False))
    found = readiness(door)["schema"]
    assert (found.ok, found.sentence.endswith("Start it again with the new version.")) == (True, True)


def test_a_database_of_another_program(run: Run, bare_url: str) -> None:
    target = Database(bare_url)
    with UnitOfWork(target) as unit:
        unit.connection.execute(text("CREATE TABLE customers (id INTEGER)"))
        unit.commit()
    for command in (("setting",), ("db", "upgrade")):
        assert "found the table customers of another program" in one_sentence(run, *command, "--database", bare_url)
    target.dispose()


def test_rights_that_are_missing(run: Run, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.storage.database.os.access", lambda *_: False)  # root may everything
    assert "but this user may not" in one_sentence(run, "setting", "--database", sqlite_url)
    assert "its folder may not be written" in one_sentence(run, "setting", "--database", f"sqlite:///{tmp_path / 'new.db'}")


def test_a_file_that_may_only_be_read(run: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = database._prepare_sqlite

    def read_only(connection: sqlite3.Connection, record: object) -> None:
        usual(connection, record)
        connection.execute("PRAGMA query_only = ON")

    monkeypatch.setattr(database, "_prepare_sqlite", read_only)
    assert "it may only be read. Give the user who runs chidao the right" in one_sentence(run, "setting", "--database", sqlite_url)


def test_a_full_disk(run: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = database._prepare_sqlite

    def full(connection: sqlite3.Connection, record: object) -> None:
        usual(connection, record)
        connection.execute("PRAGMA max_page_count = 1")  # SQLite takes the present size for the most

    monkeypatch.setattr(database, "_prepare_sqlite", full)
    monkeypatch.setattr("engine.door.FEW", 2)  # it would rest before the others
    line = one_sentence(run, "init", "--organisation", "A", "--organisation-name", "A", "--administrator", "a", "--administrator-name", "A", "--generate-password", "--database", sqlite_url)
    assert "its disk is full. Make room" in line


@pytest.mark.parametrize(
    ("said", "state", "found"),
    [
        ('connection failed: FATAL:  password authentication failed for user "office"', None, "refuses the user or the password"),
        ("[Errno -2] Name or service not known", None, "the name of the host is not known"),
        ("connection timeout expired", None, "does not answer in time"),
        ("FATAL:  sorry, too many clients already", None, "no connection left"),
        ("xin lỗi", "53300", "no connection left"),
        ("ổ đĩa đầy", "53100", "its disk is full"),
        ("could not extend file: No space left on device", None, "its disk is full"),
        ("database disk image is malformed", None, "is damaged"),
        ("server closed the connection unexpectedly", None, "has broken off"),
        ("disk I/O error", None, "cannot be read or written"),
        ("database is locked", None, "held its lock for too long"),
        ("a new complaint\nwith more lines", None, "could not be opened or used: a new complaint"),
    ],
)
def test_what_a_driver_complains_of_is_told(said: str, state: str | None, found: str) -> None:
    complaint = psycopg.OperationalError(said) if state is None else type("Told", (psycopg.OperationalError,), {"sqlstate": state})(said)
    told = sentence(OperationalError("SELECT", {}, complaint), "postgresql://host/name")
    assert found in told
    assert told.endswith(".")
    assert "\n" not in told


def test_every_difficulty_has_a_remedy() -> None:
    assert [each.found for each in DIFFICULTIES if not each.remedy.endswith(".")] == []


MOUNTS = """
/dev/vda / ext4 rw 0 0
server:/data /srv nfs4 rw 0 0
/dev/vdb /srv/local ext4 rw 0 0
me@host: /home/me/far\\040away fuse.sshfs rw 0 0
//server/share /mnt/share cifs rw 0 0
shared /mnt/nine 9p rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "kind", "network"),
    [
        ("/srv/chidao.db", "nfs4", True),
        ("/srv/local/chidao.db", "ext4", False),
        ("/srvlocal/chidao.db", "ext4", False),
        ("/home/me/far away/chidao.db", "fuse.sshfs", True),
        ("/mnt/share/a/b/chidao.db", "cifs", True),
        ("/mnt/nine/chidao.db", "9p", True),
        ("/data/chidao.db", "ext4", False),
    ],
)
def test_a_network_disk_is_known_by_its_mount(tmp_path: Path, place: str, kind: str, network: bool) -> None:
    (tmp_path / "mounts").write_text(MOUNTS)
    assert file_system(Path(place), tmp_path / "mounts") == kind
    assert is_network(kind) is network


@pytest.fixture
def shared(sqlite_url: str, tmp_path: Path) -> Callable[[], None]:
    """Open a server on a file that lies on a network disk."""
    (tmp_path / "mounts").write_text(f"server:/data {tmp_path} nfs4 rw 0 0\n")
    target = Database(sqlite_url)
    return lambda: refuse_network_disk(target, SystemClock(), mounts=tmp_path / "mounts")


def test_two_servers_on_one_file_over_a_network_disk(shared: Callable[[], None], sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match=r"lies on a network disk \(nfs4\), where two servers would destroy it"):
        shared()
    monkeypatch.setenv("CHIDAO_NETWORK_DISK", "yes")
    shared()
    here, there = (f"{disks.socket.gethostname()}:1", "other-host:7")
    for place in (here, there):
        now = stamp(SystemClock().now())
        with UnitOfWork(sqlite_database) as unit:
            unit.connection.execute(worker.insert().values(id=place, place=place, started_at=now, swept_at=now))
            unit.commit()
        if place is here:
            shared()
    with pytest.raises(InvalidInput, match="but a worker on other-host has looked for work within the last minute"):
        shared()


def test_serve_refuses_a_network_disk(run: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(disks, "file_system", lambda *_: "nfs4")
    for command in (("serve", "--port", "0"), ("worker",), ("init",)):
        assert "network disk" in one_sentence(run, *command, "--database", sqlite_url)
