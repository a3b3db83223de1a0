"""Linearisability of small cases: what came of commands at once is what comes of them one after the other, in some order.

Herlihy and Wing, "Linearizability" (1990), for two or three commands: all orders are tried on copies of the same database.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

from sqlalchemy import select

from engine.kernel.errors import EngineError
from engine.storage.schema import history_record, instance, metadata
from tests.interleavings.copies import Again, Copies
from tests.interleavings.schedule import Actor

SEALED = {"history_record", "history_stream", "history_head", "stream_head", "command", "definition_file", "alembic_version"}
CHANGING = {"state", "answer", "digest", "idempotency"}
Picture = tuple[tuple[tuple[str, str], ...], tuple[Any, ...]]


def picture(office: Again, outcomes: dict[str, str]) -> Picture:
    """Return what everybody was told and every row, with ids called by the order in which they come up."""
    return tuple(sorted(outcomes.items())), tuple(_rows(office))


def picture_of(office: Again, actors: dict[str, Actor]) -> Picture:
    return picture(office, {name: actor.outcome()[0] for name, actor in actors.items()})


def serial_pictures(copies: Copies, cast: Callable[[Again], dict[str, Callable[[], object]]], *, after: Callable[[Again], object] = lambda _: None) -> set[Picture]:
    """Return the picture after each order in which the commands can be carried out one after the other."""
    with copies.fresh() as office:
        names = sorted(cast(office))
    found = set()
    for order in permutations(names):
        with copies.fresh() as office:
            work, outcomes = cast(office), {}
            for name in order:
                try:
                    work[name]()
                    outcomes[name] = "done"
                except EngineError as error:
                    outcomes[name] = error.code
            after(office)
            found.add(picture(office, outcomes))
    return found


def _rows(office: Again) -> list[Any]:
    """Every row without what differs from run to run: new ids, sealed bytes; the history as who did what with which outcome."""
    with office.database.reading() as connection:
        rows = []
        for table in metadata.sorted_tables:
            if table.name in SEALED:
                continue
            columns = [column for column in table.columns if column.name not in CHANGING and not column.foreign_keys and not column.primary_key]
            plain = [column for column in columns if column.name not in ("token", "work", "subject", "key")]
            rows += [(table.name, *map(str, row)) for row in connection.execute(select(*plain))] if plain else []
        versions = [("version", str(row.ver)) for row in connection.execute(select(instance.c.ver))]
        records = connection.execute(select(history_record.c.action, history_record.c.outcome, history_record.c.actor))
        return sorted([*rows, *versions, *[("history", *map(str, row)) for row in records]])


