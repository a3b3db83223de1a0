"""`chidao init` and `chidao user`: an installation in one go, and who may sign in."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.access.accounts import account_of, signs_in
from engine.access.passwords import fits, hashed
from engine.kernel.errors import InvalidInput, NotFound, Refused
from engine.storage import Database, keys
from engine.storage.schema import account, command, history_record
from tests.operations.conftest import Run

ANSWERS = ("--organisation", "TU", "--organisation-name", "Tỉnh ủy", "--administrator", "quan.tri", "--administrator-name", "Quản Trị")
WORD = "bốn con ngựa trắng"


def installed(run: Run, url: str | None = None) -> dict[str, object]:
    place = ("--database", url) if url else ()
    result = run("init", *ANSWERS, "--generate-password", "--no-processes", "--json", *place)
    assert result.exit_code == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_an_installation_is_made_in_one_go(run: Run, home: Path) -> None:
    result = run("init", *ANSWERS, "--generate-password")
    assert result.exit_code == 0, result.stderr
    assert "made   administrator quan.tri in TU" in result.stdout
    assert "Next: `chidao doctor`" in result.stdout
    assert (home / "chidao.db").stat().st_mode & 0o777 == 0o600
    assert {path.name for path in (home / "keys").iterdir()} == {"signing.pem", "signing.pub.pem", "checkpoint.pem", "checkpoint.pub.pem", "session.secret", "vkeys.txt"}
    assert stat.S_IMODE((home / "keys").stat().st_mode) == 0o700
    assert {path.name for path in (home / "keys").iterdir() if keys.open_to_others(path)} == {"signing.pub.pem", "checkpoint.pub.pem", "vkeys.txt"}
    assert run("doctor").exit_code == 0
    assert run("audit", "verify").exit_code == 0


def test_it_works_on_either_database_and_the_password_that_it_shows_opens_the_account(run: Run, bare_url: str) -> None:
    found = installed(run, bare_url)
    database = Database(bare_url)
    with database.reading() as connection:
        opened = signs_in(connection, "quan.tri", str(found["generated"]))
        assert opened is not None
        assert opened.must_change == 1
        assert signs_in(connection, "quan.tri", "another password") is None
        assert signs_in(connection, "nobody", str(found["generated"])) is None
    database.dispose()


def test_a_second_time_it_changes_nothing(run: Run, home: Path) -> None:
    installed(run)
    before = {path: path.read_bytes() for path in (home / "keys").iterdir()}
    result = run("init", "--no-processes", "--json")
    assert json.loads(result.stdout)["made"] == []
    assert {path: path.read_bytes() for path in (home / "keys").iterdir()} == before


def test_what_is_missing_is_named_where_nobody_can_be_asked(run: Run) -> None:
    result = run("init", "--no-processes")
    assert result.exit_code == 1
    assert result.stderr.startswith("Expected --organisation, but found none")


def test_a_signing_key_that_is_gone_is_not_replaced(run: Run, home: Path) -> None:
    installed(run)
    (home / "keys" / "signing.pem").unlink()
    result = run("init")
    assert result.exit_code == 1
    assert "a new key could not prove the old history" in result.stderr


def test_a_key_file_with_something_else_in_it_is_refused(run: Run, home: Path) -> None:
    installed(run)
    (home / "keys" / "signing.pem").write_text("something else")
    with pytest.raises(InvalidInput, match="Expected an Ed25519 key"):
        keys.signing_key()
    assert run("doctor").exit_code == 1


def test_the_session_secret_may_come_from_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(run)
    monkeypatch.setenv("CHIDAO_SESSION_SECRET", "0123456789" * 4)
    assert keys.session_secret() == "0123456789" * 4
    monkeypatch.setenv("CHIDAO_SESSION_SECRET", "short")
    with pytest.raises(InvalidInput, match="at least 32 characters"):
        keys.session_secret()


def test_an_account_is_opened_changed_and_closed_and_the_history_never_holds_a_password(run: Run, database_url: str, tmp_path: Path) -> None:
    there = ("--database", database_url)
    installed(run, database_url)
    (tmp_path / "word").write_text(f"{WORD}\n", encoding="utf-8")
    added = run("user", "add", "thu.ky", "--name", "Thư Ký", "--organisation", "TU", "--roles", "clerk", "--password-file", tmp_path / "word", *there)
    assert added.exit_code == 0, added.stderr
    assert WORD not in added.output
    denied = run("user", "password", "quan.tri", "--generate-password", "--as", "thu.ky", *there)
    assert denied.exit_code == 1
    assert "Expected someone who holds" in denied.stderr
    again = run("user", "add", "thu.ky", "--password-file", tmp_path / "word", *there)
    assert again.exit_code == 1
    assert "has one" in again.stderr

    database = Database(database_url)

    def opens(word: str) -> bool:
        with database.reading() as connection:
            return signs_in(connection, "thu.ky", word) is not None

    assert opens(WORD)
    changed = run("user", "password", "thu.ky", "--generate-password", "--json", *there)
    word = json.loads(changed.stdout)["generated"]
    assert (opens(WORD), opens(word)) == (False, True)
    assert run("user", "disable", "thu.ky", "--reason", "nghỉ hưu", *there).exit_code == 0
    assert not opens(word)
    assert "is to be done" in run("user", "disable", "thu.ky", "--reason", "nghỉ hưu", *there).stderr
    assert run("user", "disable", "thu.ky", "--reason", "trở lại", "--undo", *there).exit_code == 0
    assert opens(word)
    with database.reading() as connection:
        bodies = [bytes(body).decode() for body in connection.execute(select(history_record.c.body)).scalars()]
        answers = connection.execute(select(command.c.answer)).scalars().all()
        hashes = connection.execute(select(account.c.password_hash)).scalars().all()
    actions = [json.loads(body)["action"] for body in bodies if '"account.' in body]
    assert actions == ["account.opened", "account.opened", "account.change", "account.change", "account.password_reset", "account.disabled", "account.change", "account.enabled"]
    assert all(each.startswith("$argon2id$") for each in hashes)
    for secret in (WORD, word, *hashes):
        assert not any(secret in text for text in (*bodies, *answers))
    database.dispose()


def test_a_link_is_made_on_the_command_line_and_the_history_never_holds_it(run: Run, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there = ("--database", database_url)
    installed(run, database_url)
    monkeypatch.setenv("CHIDAO_ADDRESS", "https://chidao.example.vn/")
    made = run("user", "link", "quan.tri", "--json", *there)
    assert made.exit_code == 0, made.stderr
    link = json.loads(made.stdout)["link"]
    address, _, token = link.rpartition("/")
    assert address == "https://chidao.example.vn/password"
    monkeypatch.delenv("CHIDAO_ADDRESS")
    told = run("user", "link", "quan.tri", *there)
    assert "link for quan.tri, shown this once: /password/" in told.stdout
    assert "put the address of your installation in front of it" in told.stdout
    assert "nobody has 'ai.do'" in run("user", "link", "ai.do", *there).stderr
    database = Database(database_url)
    with database.reading() as connection:
        kept = [bytes(body).decode() for body in connection.execute(select(history_record.c.body)).scalars()]
        kept += list(connection.execute(select(command.c.answer)).scalars())
    database.dispose()
    assert any("account.link_made" in each for each in kept)
    assert not any(token in each for each in kept)


def test_an_account_needs_a_person(database: Database, run: Run) -> None:
    result = run("user", "add", "nobody", "--generate-password", "--database", database.url.render_as_string(hide_password=False))
    assert result.exit_code == 1
    assert "nobody has 'nobody'" in result.stderr
    with database.reading() as connection, pytest.raises(NotFound):
        account_of(connection, "nobody")


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("short", "at least 12 characters, but found 5"),
        ("a" * 300, "at most 256 characters"),
        ("aaaaaaaaaaaa", "five different characters"),
        ("nguyen.van.a1", "does not hold the login"),
    ],
)
def test_a_weak_password_is_refused(word: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence) as refused:
        hashed(word, login="nguyen.van.a")
    assert word not in refused.value.message


def test_a_hash_fits_its_password_alone() -> None:
    stored = hashed(WORD, login="a")
    assert fits(WORD, stored)
    assert not fits(WORD + " ", stored)
    assert not fits(WORD, "no hash")


def test_keys_are_made_once(home: Path) -> None:
    assert len(keys.make_missing()) == 5
    first = keys.signing_key().public_key().public_bytes_raw()
    assert keys.make_missing() == []
    assert keys.signing_key().public_key().public_bytes_raw() == first
    (home / "keys" / "signing.pem").unlink()
    with pytest.raises(Refused):
        keys.make_missing()
