"""What tests share: an empty, migrated database of each kind, quickly.

`database` runs a test twice, on SQLite and on PostgreSQL; `sqlite_database` is for tests of what no database changes.
Each test has a database of its own, copied from one that was migrated once per session.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from engine.access import passwords
from engine.storage import Database
from engine.storage import database as storage
from tests import compiled
from tests.demonstration import demonstration
from tests.door.watch import watching
from tests.postgres import PostgresServer
from tests.states import deploy_office, furnish_offices, play_whole, write_to_the_ward
from tests.templates import EMPTY, KINDS, Templates, copied, opened

NUMBERS = count(1)


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_little() -> Iterator[None]:
    """Hashing is slow on purpose, and tests do it hundreds of times; `tests/access/test_passwords.py` sees that the product's is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def _files_outlive_no_power_failure() -> Iterator[None]:
    """Nobody misses a test's database after one; `tests/storage/test_database.py` sees that the product waits for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "SYNCHRONOUS", "OFF")
        yield


@pytest.fixture(scope="session", autouse=True)
def _every_command_is_watched() -> Iterator[None]:
    """Whatever a test sends through the door leaves one transaction with its records, or the test fails."""
    with watching():
        yield


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """What the product compiles for its one database would be compiled for each of ours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "create_engine", compiled.create_engine)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is signed with the keys of whoever runs the tests, and nobody can make some there: who wants keys has a home of their own."""
    nobody = tmp_path_factory.getbasetemp() / "nobody"
    nobody.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHIDAO_HOME", str(nobody))
        patch.setenv("CHIDAO_PERSONAL_KEYS", str(tmp_path_factory.getbasetemp() / "personal.sqlite3"))
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def templates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("templates"), partial(request.getfixturevalue, "postgres_server"))


@pytest.fixture
def sqlite_url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("sqlite", *EMPTY, tmp_path) as url:
        yield url


@pytest.fixture
def postgres_url(templates: Templates, tmp_path: Path) -> Iterator[str]:
    with templates.copy("postgresql", *EMPTY, tmp_path) as url:
        yield url


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture(params=KINDS)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"bare_{next(NUMBERS)}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated, empty database: the test runs on SQLite and on PostgreSQL."""
    yield from opened(database_url)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """A migrated, empty PostgreSQL database."""
    yield from opened(postgres_url)


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A migrated, empty SQLite database."""
    yield from opened(sqlite_url)


@pytest.fixture
def bare_database(bare_url: str) -> Iterator[Database]:
    yield from opened(bare_url)


deployed_database = copied("deployed", deploy_office)  # the small `Office` and the shipped processes
ward_database = copied("ward", write_to_the_ward)  # the same with a letter at work: `Ward`
furnished_database = copied("furnished", furnish_offices)  # the scenarios' offices and the shipped processes


@pytest.fixture(scope="session")
def demonstration_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's database, to be copied and never written to."""
    base = tmp_path_factory.getbasetemp()
    return demonstration(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture
def demonstration_database(demonstration_file: Path, tmp_path: Path) -> Iterator[Database]:
    """The demonstration, played to its end, with work on everybody's desk. The clock of pages over it: `played_until`."""
    copy = tmp_path / "demonstration.sqlite3"
    shutil.copy(demonstration_file, copy)
    yield from opened(f"sqlite:///{copy}")
    copy.unlink()  # at once: some hundred of them would fill a disk


@pytest.fixture(params=KINDS)
def played(request: pytest.FixtureRequest, templates: Templates) -> Iterator[Callable[[str], Database]]:
    """Play a scenario of the shared processes, by its name, to its end: once, for tests that only read."""
    with ExitStack() as open_ones:

        def play_once(scenario: str) -> Database:
            made = Database(templates.url(request.param, f"played_{scenario}", partial(play_whole, scenario)))
            open_ones.callback(made.dispose)
            return made

        yield play_once


def pytest_collection_finish(session: pytest.Session) -> None:
    """Thousands of collected tests stay until the end: the garbage collector need not look through them again and again."""
    gc.collect()
    gc.freeze()
