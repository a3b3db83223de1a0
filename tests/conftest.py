"""What tests share: an empty, migrated database of each kind, quickly.

`database` runs a test twice, on SQLite and on PostgreSQL; `sqlite_database` is for tests of what no database changes.
Each test has a database of its own, copied from one that was migrated once per session.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from engine.kernel.clock import SimulatedClock
from engine.scenario.scenario import furnish, play, read_scenario
from engine.storage import Database, create_or_upgrade
from tests.demonstration import demonstration
from tests.door.office import Office
from tests.offices import OFFICES
from tests.postgres import PostgresServer
from tests.processes.walk import PROCESSES

NUMBERS = count(1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)  # before any scenario begins


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "chidao.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    _migrate(postgres_server.create("migrated"))
    return "migrated"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "chidao.sqlite3")
    return f"sqlite:///{tmp_path / 'chidao.sqlite3'}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    name = f"test_{next(NUMBERS)}"
    yield postgres_server.create(name, template=postgres_template)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture(params=["sqlite", "postgresql"])
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
    yield from _opened(database_url)


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A migrated, empty SQLite database."""
    yield from _opened(sqlite_url)


@pytest.fixture
def bare_database(bare_url: str) -> Iterator[Database]:
    yield from _opened(bare_url)


@pytest.fixture(scope="session")
def sqlite_deployed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("deployed") / "chidao.sqlite3"
    shutil.copy(sqlite_template, path)
    _deploy(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_deployed(postgres_server: PostgresServer, postgres_template: str) -> str:
    _deploy(postgres_server.create("deployed", template=postgres_template))
    return "deployed"


@pytest.fixture(params=["sqlite", "postgresql"])
def deployed_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the small `Office` and the shipped processes, copied from one that was set up once."""
    yield from _copied(request, tmp_path, "deployed")


@pytest.fixture(scope="session")
def sqlite_office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("office") / "chidao.sqlite3"
    shutil.copy(sqlite_template, path)
    _furnish(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_office(postgres_server: PostgresServer, postgres_template: str) -> str:
    _furnish(postgres_server.create("furnished", template=postgres_template))
    return "furnished"


@pytest.fixture(params=["sqlite", "postgresql"])
def furnished_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the scenarios' offices and the shipped processes, copied from one that was set up once."""
    yield from _copied(request, tmp_path, "office")


def _copied(request: pytest.FixtureRequest, folder: Path, name: str) -> Iterator[Database]:
    """Yield a copy of what the fixture `sqlite_{name}` or `postgres_{name}` made."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue(f"sqlite_{name}"), folder / "chidao.sqlite3")
        yield from _opened(f"sqlite:///{folder / 'chidao.sqlite3'}")
        return
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue(f"postgres_{name}")
    copy = f"{name}_{next(NUMBERS)}"
    yield from _opened(server.create(copy, template=template))
    server.drop(copy)


def _deploy(url: str) -> None:
    database = Database(url)
    Office(database).deploy()
    database.dispose()


def _furnish(url: str) -> None:
    database = Database(url)
    furnish(database, OFFICES, SimulatedClock(LONG_AGO))
    database.dispose()


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.dispose()


def _migrate(url: str) -> None:
    database = Database(url)
    create_or_upgrade(database)
    database.dispose()


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
    yield from _opened(f"sqlite:///{copy}")
    copy.unlink()  # at once: some hundred of them would fill a disk


@pytest.fixture(scope="session")
def plays(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Database]]:
    """Play a scenario of the shared processes to its end on a kind of database: once, for tests that only read."""
    made: dict[tuple[str, str], Database] = {}

    def played(kind: str, scenario: str) -> Database:
        if (kind, scenario) not in made:
            if kind == "sqlite":
                place = tmp_path_factory.mktemp("played") / "chidao.sqlite3"
                shutil.copy(request.getfixturevalue("sqlite_office"), place)
                url = f"sqlite:///{place}"
            else:
                url = request.getfixturevalue("postgres_server").create(f"played_{next(NUMBERS)}", template=request.getfixturevalue("postgres_office"))
            database = made[kind, scenario] = Database(url)
            assert play(read_scenario(PROCESSES / "shared" / "scenarios" / f"{scenario}.json"), database, furnished=True) == []
        return made[kind, scenario]

    yield played
    for database in made.values():
        database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def played(request: pytest.FixtureRequest, plays: Callable[[str, str], Database]) -> Callable[[str], Database]:
    """Play a scenario, by its name: on SQLite and on PostgreSQL. Nothing may be written there."""
    return partial(plays, request.param)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Thousands of collected tests stay until the end: the garbage collector need not look through them again and again."""
    gc.collect()
    gc.freeze()
