"""`chidao init`: a new installation in one go. Whatever is there already stays, so it may be run again."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import click
from sqlalchemy import func, select

from engine.access.accounts import accounts
from engine.bootstrap import prepare
from engine.command_line import as_json, database_option, refusing, tell
from engine.command_line.actor import database_of, new_key
from engine.commands.user import employ, generate, open_account, password, password_file
from engine.definitions.command import DeployDefinitions
from engine.definitions.source import shipped_sources
from engine.directory.directory_import import COLUMNS, ImportDirectory
from engine.door import Door
from engine.history import trust
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SystemClock, local_date
from engine.kernel.errors import InvalidInput
from engine.storage import keys
from engine.storage.address import home
from engine.storage.database import head_revision, revision
from engine.storage.disks import refuse_network_disk
from engine.storage.schema import definition_version, organisation, person

ADMINISTRATOR = {"title": "Quản trị hệ thống", "roles": "admin"}
LEVEL = "central"  # a label: the top of what this installation knows


@dataclass(slots=True)
class Done:
    """What was made and what stayed, in the order in which it happened; a password that was made here."""

    made: list[str] = field(default_factory=list)
    stayed: list[str] = field(default_factory=list)
    word: str | None = None

    def tell(self, what: str, *, new: bool) -> None:
        (self.made if new else self.stayed).append(what)


@click.command()
@click.option("--organisation", help="Code of the first organisation, such as TINH-UY.")
@click.option("--organisation-name", help="Its name.")
@click.option("--level", default=LEVEL, show_default=True, help="Its level, a label.")
@click.option("--administrator", metavar="LOGIN", help="Login of the first administrator.")
@click.option("--administrator-name", help="Name of the first administrator.")
@password_file
@generate
@click.option("--no-processes", is_flag=True, help="Do not deploy the processes that the package ships.")
@database_option
@as_json
@refusing
def init(*, database: str | None, as_json: bool, no_processes: bool, **given: Any) -> None:
    """Set up an installation: database, keys, first organisation, first administrator, the shipped processes.

    What is not given is asked for in a terminal. What is there already stays as it is.
    """
    done, clock = Done(), SystemClock()
    folder = home()
    done.tell(f"folder {folder}", new=not folder.exists())
    folder.mkdir(parents=True, exist_ok=True, mode=keys.OWNER_FOLDER)
    target = database_of(database)
    refuse_network_disk(target, clock)
    fresh = revision(target) is None
    door = prepare(target, clock)
    done.tell(f"database {target.address} at revision {head_revision()}", new=fresh)
    made = keys.make_missing()
    made += [] if (keys.folder() / keys.TRUST_FILE).exists() else [trust.publish()]
    for place in made:
        done.tell(f"key {place}", new=True)
    done.stayed += [f"key {keys.folder() / each.name}" for each in keys.KEY_FILES if keys.folder() / each.name not in made]
    unit = _first_organisation(door, given, done)
    _first_administrator(door, unit, given, done)
    if not no_processes:
        _processes(door, done)
    told = {"home": str(folder), "database": target.address, "made": done.made, "stayed": done.stayed} | ({"generated": done.word} if done.word else {})
    tell(told, _lines(done), as_json=as_json)


def _first_organisation(door: Door, given: dict[str, Any], done: Done) -> str:
    """Make the first organisation, unless there is one; return the code of the one in which the administrator has a post."""
    with door.database.reading() as connection:
        codes = connection.execute(select(organisation.c.code).order_by(organisation.c.valid_from, organisation.c.id)).scalars().all()
    if codes:
        done.stayed.append(f"{len(codes)} organisations, {codes[0]} first")
        return str(given["organisation"] or codes[0])
    code = _asked(given["organisation"], "--organisation", "Code of the first organisation")
    name = _asked(given["organisation_name"], "--organisation-name", "Its name")
    day = local_date(door.clock.now()).isoformat()
    row = {"code": code, "name": name, "level": given["level"], "symbol": "", "valid_from": day, "valid_to": ""}
    door.execute(ImportDirectory(kind="organisations", text=_csv("organisations", row), file="--organisation"), SYSTEM, key=new_key(door))
    done.made.append(f"organisation {code}")
    return code


def _first_administrator(door: Door, unit: str, given: dict[str, Any], done: Done) -> None:
    with door.database.reading() as connection:
        there = accounts(connection)
        known = set(connection.execute(select(person.c.login)).scalars())
    if there:
        done.stayed.append(f"{len(there)} accounts")
        return
    login = _asked(given["administrator"], "--administrator", "Login of the first administrator")
    word = password(login, file=given["password_file"], generate=given["generate_password"])
    if login not in known:
        name = _asked(given["administrator_name"], "--administrator-name", "Name of the first administrator")
        employ(door, SYSTEM, {"login": login, "name": name, "organisation": unit, **ADMINISTRATOR})
    open_account(door, SYSTEM, login, word, must_change=given["generate_password"])
    done.made.append(f"administrator {login} in {unit}")
    done.word = word if given["generate_password"] else None


def _processes(door: Door, done: Done) -> None:
    """Deploy what the package ships, unless something is deployed."""
    with door.database.reading() as connection:
        count = connection.execute(select(func.count(definition_version.c.key.distinct()))).scalar_one()
    if count:
        done.stayed.append(f"{count} processes")
        return
    answer = door.execute(DeployDefinitions.of(shipped_sources(), reason="chidao init"), SYSTEM, key=new_key(door))
    done.made.append(f"{len(answer['deployed'])} processes")


def _asked(given: str | None, option: str, question: str) -> str:
    if given:
        return given
    if not sys.stdin.isatty():
        raise InvalidInput(f"Expected {option}, but found none, and there is no terminal to ask in. What was made so far stays; give the option and run it again.")
    found: str = click.prompt(question, err=True)
    return found


def _csv(kind: str, row: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS[kind])
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue()


def _lines(done: Done) -> Iterator[str]:
    yield from (f"made   {what}" for what in done.made)
    yield from (f"there  {what}" for what in done.stayed)
    if done.word:
        yield f"password, shown this once, to be changed at the first sign-in: {done.word}"
    yield f"Keep a copy of {keys.folder()} where no backup of the database lies, and of {keys.TRUST_FILE} where this machine cannot write."
    yield "Say with CHIDAO_CHECKPOINT_PLACES where the checkpoints of the history are to go: two folders that this machine's administrator cannot both rewrite."
    yield "Next: `chidao doctor`, then `chidao org import FILE.csv` for the other organisations and people, then `chidao serve`."
