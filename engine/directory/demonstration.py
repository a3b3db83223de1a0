"""Whether a database holds a demonstration: only there may anybody sign in as anyone. It is said of an empty one, once and for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, select

from engine.directory.settings import setting, write_setting
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Refused
from engine.storage.database import Database
from engine.storage.schema import command as command_table
from engine.storage.schema import setting as setting_table

DEMONSTRATION = "demonstration"  # no setting that an administrator may change


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginDemonstration:
    """Say of an empty database that it will hold a demonstration."""


def is_demonstration(connection: Connection) -> bool:
    """Tell whether the database was made for a demonstration."""
    return setting(connection, DEMONSTRATION, default=False)


def decide_begin_demonstration(_command: BeginDemonstration, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse where anything has happened: offices that work are never opened to everybody."""
    if reading.connection.execute(select(command_table.c.key).limit(1)).first():
        raise Refused("Expected an empty database for a demonstration, but this one holds data. Name a new file.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        write_setting(transaction, key=DEMONSTRATION, value=True)
        change = Change(field=DEMONSTRATION, new=True)
        transaction.record(Fact(action="demonstration.begun", subject=Subject(type="setting", id=DEMONSTRATION), changes=(change,)))
        return {DEMONSTRATION: True}

    return apply


def refuse_unless_demonstration(database: Database) -> None:
    """Raise Refused unless the database was made for a demonstration. An empty or missing one was not, and is not touched."""
    if database.file is None or database.file.exists():
        with database.reading() as connection:
            if inspect(connection).has_table(setting_table.name) and is_demonstration(connection):
                return
    raise Refused(
        f"Expected a database that `chidao demo` made, but found another at {database.address}. There nobody may sign in as anyone: "
        "leave --demo out, or make one with `chidao demo --database sqlite:///demo.db` and name it with --database."
    )
