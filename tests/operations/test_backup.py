"""`chidao backup` and `chidao restore`: one file for either database, whole or refused, and the history says that it happened."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, insert, select, text, update

from engine.history.record import opened
from engine.history.verify import verify
from engine.kernel.clock import SystemClock, stamp
from engine.storage import Database, UnitOfWork, revision, revisions
from engine.storage import database as storage
from engine.storage.portable import manifest_of, own_tables, write
from engine.storage.schema import document, history_record, metadata, person, setting, worker
from tests.operations.conftest import Run
from tests.postgres import PostgresServer
from tests.states import furnish_offices
from tests.templates import Templates

ODD = "Dấu \u2028 dòng\nmới \"ngoặc\" \\ ' 𝔻 \r"
LONG_AGO = "2020-01-01T00:00:00.000Z"
ON_SQLITE = pytest.mark.parametrize("furnished_database", ["sqlite"], indirect=True)  # what no database changes
BYTES = bytes(range(256)) * 40


@pytest.fixture
def office(furnished_database: Database) -> str:
    """The address of a database with offices, processes, and rows that are hard to copy."""
    with UnitOfWork(furnished_database) as unit:
        unit.connection.execute(insert(document).values(sha256=hashlib.sha256(BYTES).hexdigest(), name=ODD, media_type="x", size=len(BYTES), content=BYTES))
        unit.connection.execute(insert(worker).values(id="1", place="here:1", started_at=LONG_AGO, swept_at=LONG_AGO))
        unit.connection.execute(insert(setting).values(key="odd", value=ODD))
        unit.commit()
    return furnished_database.url.render_as_string(hide_password=False)


@pytest.fixture
def saved(run: Run, office: str, tmp_path: Path) -> Path:
    result = run("backup", tmp_path / "b.zip", "--database", office)
    assert result.exit_code == 0, result.stderr
    return tmp_path / "b.zip"


def rows(url: str) -> dict[str, list[str]]:
    """Return every row of every table but those of the restore itself, as text, in an order that no database gives."""
    database = Database(url)
    with database.reading() as connection:
        found = {table.name: sorted(map(repr, connection.execute(select(table)).all())) for table in metadata.sorted_tables if table.name != "worker"}
    database.dispose()
    return found


def at_work(url: str, *, now: bool) -> None:
    database = Database(url)
    with UnitOfWork(database) as unit:
        unit.connection.execute(update(worker).values(swept_at=stamp(SystemClock().now()) if now else LONG_AGO))
        unit.commit()
    database.dispose()


def refused(run: Run, *arguments: str | Path) -> str:
    result = run(*arguments)
    assert result.exit_code == 1
    return result.stderr


def changed(source: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Copy a backup, each member as `change` makes it."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


@pytest.mark.parametrize(("furnished_database", "server"), [("sqlite", True), ("postgresql", False)], indirect=["furnished_database"])
def test_every_row_comes_back_on_either_database(
    run: Run, office: str, server: bool, tmp_path: Path, postgres_server: PostgresServer, request: pytest.FixtureRequest
) -> None:
    before = rows(office)
    saved = request.getfixturevalue("saved")
    assert saved.stat().st_mode & 0o777 == 0o600
    name = f"back_{abs(hash(tmp_path))}"
    url = postgres_server.create(name) if server else f"sqlite:///{tmp_path / 'back.db'}"
    result = run("restore", saved, "--database", url)
    assert result.exit_code == 0, result.stderr
    after = rows(url)
    assert {table: found for table, found in after.items() if not table.startswith(("history", "stream"))} == {
        table: found for table, found in before.items() if not table.startswith(("history", "stream"))
    }
    database = Database(url)
    with database.reading() as connection:
        records, breaks = verify(connection)
        begun = [verify(connection, log=log) for log in ("chidao/log2", "chidao/log2/access")]
        last = {(row.log, row.action) for row in connection.execute(select(history_record).where(history_record.c.log.like("chidao/log2%")))}
        assert connection.execute(select(worker)).all() == []
        keys = [len(connection.dialect.get_foreign_keys(connection, table)) for table in own_tables(connection)]
    assert (records, breaks, begun) == (len(before["history_record"]), [], [(1, []), (1, [])])
    assert last == {("chidao/log2", "database.restored"), ("chidao/log2/access", "database.restored")}
    assert sum(keys) == sum(len(table.foreign_keys) for table in metadata.sorted_tables)
    database.dispose()
    again = run("backup", tmp_path / "again.zip", "--json", "--database", url)
    assert json.loads(again.stdout)["head"] == records + 1
    if server:
        postgres_server.drop(name)


def test_a_backup_is_recorded_in_the_history_but_not_in_itself(run: Run, office: str, saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        manifest = manifest_of(archive)
    database = Database(office)
    with database.reading() as connection:
        row = connection.execute(select(history_record).where(history_record.c.action == "database.backed_up")).one()
    assert row.seq == manifest.head + 1
    told = {change["field"]: change["new"] for change in opened(row.body)["changes"]}
    assert (told["file"], told["head"], told["keys"]) == ("b.zip", manifest.head, False)
    database.dispose()
    assert "backup: the last backup was made at" in run("doctor", "--database", office).stdout


@ON_SQLITE
def test_a_backup_is_never_written_over_another(run: Run, office: str, saved: Path) -> None:
    before = saved.read_bytes()
    assert "backups are not overwritten" in refused(run, "backup", saved, "--database", office)
    assert saved.read_bytes() == before


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(run: Run, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no such file" in refused(run, "backup", tmp_path / "b.zip", "--database", f"sqlite:///{tmp_path / 'none.db'}")
    assert "could not: No such file or directory" in refused(run, "backup", tmp_path / "no" / "b.zip", "--database", sqlite_url)

    def full(*_arguments: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.commands.backup.write", full)
    assert "No space left on device" in refused(run, "backup", tmp_path / "b.zip", "--database", sqlite_url)
    assert [path.name for path in tmp_path.iterdir() if "b.zip" in path.name] == []


def test_a_database_that_holds_work_is_not_overwritten_unless_it_is_said(run: Run, office: str, saved: Path) -> None:
    before = rows(office)
    assert "say --replace delete-what-is-there" in refused(run, "restore", saved, "--database", office)
    assert "Expected --replace delete-what-is-there" in refused(run, "restore", saved, "--replace", "yes", "--database", office)
    assert rows(office) == before
    at_work(office, now=True)
    assert "but one on here:1 has looked for work" in refused(run, "restore", saved, "--replace", "delete-what-is-there", "--database", office)
    at_work(office, now=False)
    result = run("restore", saved, "--replace", "delete-what-is-there", "--reason", "thử", "--database", office)
    assert result.exit_code == 0, result.stderr
    assert rows(office)["organisation"] == before["organisation"]


DAMAGES: dict[str, tuple[Callable[[str, bytes], bytes | None], str]] = {
    "a changed row": (lambda name, content: content.replace(b"a", b"b", 1) if name == "tables/person.jsonl" else content, "table person"),
    "a row less": (lambda name, content: content.split(b"\n", 1)[1] if name == "tables/person.jsonl" else content, "table person"),
    "a table less": (lambda name, content: None if name == "tables/person.jsonl" else content, "table person"),
    "a cell less": (lambda name, content: b'["x"]\n' if name == "tables/person.jsonl" else content, ""),
    "no manifest": (lambda name, content: None if name == "manifest.json" else content, "with a manifest"),
    "a newer format": (lambda name, content: content.replace(b'"version": 1', b'"version": 2') if name == "manifest.json" else content, "found format 2"),
    "a newer schema": (lambda name, content: content.replace(b'"schema": "0', b'"schema": "9') if name == "manifest.json" else content, "found revision 9"),
    "another column": (lambda name, content: content.replace(b'"login"', b'"logout"') if name == "manifest.json" else content, "found person"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_restores_nothing(run: Run, saved_once: Path, tmp_path: Path, damage: str) -> None:
    nothing_comes_of(damage, run, f"sqlite:///{tmp_path / 'back.db'}", saved_once, tmp_path)


@pytest.mark.parametrize("damage", ["a row less", "a cell less"])
def test_nor_does_it_on_a_server(run: Run, bare_url: str, saved_once: Path, tmp_path: Path, damage: str) -> None:
    nothing_comes_of(damage, run, bare_url, saved_once, tmp_path)


def nothing_comes_of(damage: str, run: Run, bare_url: str, saved_once: Path, tmp_path: Path) -> None:
    change, found = DAMAGES[damage]
    broken = changed(saved_once, tmp_path / "broken.zip", change)
    line = refused(run, "restore", broken, "--database", bare_url)
    assert line.startswith("Expected ")
    assert found in line
    database = Database(bare_url)
    with database.reading() as connection:
        assert own_tables(connection) == []
    database.dispose()


@pytest.fixture(scope="session")
def saved_once(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    database = Database(templates.url("sqlite", "furnished", furnish_offices))
    with database.reading() as connection, (folder / "b.zip").open("wb") as file:
        write(connection, file, now=SystemClock().now(), program="test", keys={})
    database.dispose()
    return folder / "b.zip"


def test_a_file_that_was_cut_off_or_is_something_else(run: Run, saved_once: Path, tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "cut.zip").write_bytes(saved_once.read_bytes()[:-2000])
    (tmp_path / "letter.txt").write_text("Kính gửi")
    for file in ("cut.zip", "letter.txt"):
        assert "is something else, or was cut off" in refused(run, "restore", tmp_path / file, "--database", sqlite_url)
    assert "there is no such file" in refused(run, "restore", tmp_path / "none.zip", "--database", sqlite_url)
    flipped = bytearray(saved_once.read_bytes())
    flipped[len(flipped) // 3] ^= 0xFF
    (tmp_path / "flipped.zip").write_bytes(flipped)
    assert refused(run, "restore", tmp_path / "flipped.zip", "--check").startswith("Expected ")
    assert run("restore", saved_once, "--check").exit_code == 0


@ON_SQLITE
def test_a_history_that_was_tampered_with_is_restored_only_when_it_is_said_and_recorded(run: Run, office: str, tmp_path: Path) -> None:
    database = Database(office)
    with UnitOfWork(database) as unit:
        unit.connection.execute(text("UPDATE history_record SET actor = 'somebody else' WHERE seq = 2"))
        unit.commit()
    database.dispose()
    assert run("backup", tmp_path / "b.zip", "--database", office).exit_code == 0
    url = f"sqlite:///{tmp_path / 'back.db'}"
    assert "record 2 does not (actor)" in refused(run, "restore", tmp_path / "b.zip", "--database", url)
    assert run("restore", tmp_path / "b.zip", "--despite-breaks", "--database", url).exit_code == 0
    restored = Database(url)
    with restored.reading() as connection:
        body = connection.execute(select(history_record.c.body).where(history_record.c.action == "database.restored", history_record.c.log == "chidao/log2")).scalar_one()
    assert [each["new"] for each in opened(body)["changes"] if each["field"] == "breaks"] == [1]
    restored.dispose()


def test_keys_travel_only_when_it_is_said(run: Run, home: Path, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("init", "--organisation", "A", "--organisation-name", "A", "--administrator", "a", "--administrator-name", "A", "--generate-password",
               "--no-processes", "--database", sqlite_url).exit_code == 0  # fmt: skip
    run("backup", tmp_path / "without.zip", "--database", sqlite_url)
    run("backup", tmp_path / "with.zip", "--with-keys", "--database", sqlite_url)
    secret = (home / "keys" / "signing.pem").read_bytes()
    with zipfile.ZipFile(tmp_path / "without.zip") as archive:
        assert [name for name in archive.namelist() if "keys" in name] == []
    monkeypatch.setenv("CHIDAO_HOME", str(tmp_path / "elsewhere"))
    result = run("restore", tmp_path / "with.zip", "--with-keys", "--database", f"sqlite:///{tmp_path / 'back.db'}")
    assert result.exit_code == 0, result.stderr
    brought = tmp_path / "elsewhere" / "keys" / "signing.pem"
    assert brought.read_bytes() == secret
    assert brought.stat().st_mode & 0o777 == 0o600


def test_a_backup_of_the_schema_before_is_brought_to_this_one(run: Run, saved_once: Path, bare_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(storage.MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    words = 'op.add_column("person", sa.Column("remark", sa.Text(), nullable=False, server_default=sa.text("\'-\'")))'
    (tmp_path / "migrations" / "versions" / "next.py").write_text(
        f'import sqlalchemy as sa\nfrom alembic import op\n\nrevision = "next"\ndown_revision = "{revisions.head_revision()}"\n\n\ndef upgrade():\n    {words}\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(storage, "MIGRATIONS", tmp_path / "migrations")
    monkeypatch.setattr(revisions, "MIGRATIONS", tmp_path / "migrations")
    result = run("restore", saved_once, "--database", bare_url)
    assert result.exit_code == 0, result.stderr
    database = Database(bare_url)
    assert revision(database) == "next"
    with database.reading() as connection:
        assert set(connection.execute(text("SELECT remark FROM person")).scalars()) == {"-"}
        assert connection.execute(select(person.c.id)).first() is not None
    database.dispose()


def test_every_kind_of_column_can_be_copied() -> None:
    kinds = {column.type.python_type for table in metadata.sorted_tables for column in table.columns if not isinstance(column.type, LargeBinary)}
    assert kinds <= {str, int}
