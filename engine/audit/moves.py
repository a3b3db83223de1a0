"""What moved an instance, as its history tells it: when, by whose work, which elements were left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine.history.record import opened
from engine.kernel.clock import from_stamp
from engine.storage.schema import history_record

STARTED, ADVANCED, COMPLETED, CHOSEN, SKIPPED = "instance.started", "instance.advanced", "task.completed", "choice.made", "element.skipped"
BY_HAND = {  # what no step of a scenario does
    "token.moved": "a token was moved by hand",
    "incident.retried": "the data were corrected by hand",
    "instance.migrated": "the instance was migrated",
    "instance.handed_over": "the instance was handed over to another office",
    "instance.ended_by_decision": "the instance was ended by a decision",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One record of the history that moved the instance: when, by which work, and which elements it left."""

    action: str
    at: datetime
    task: str | None
    element: str | None
    work: tuple[tuple[str, str], ...]  # (kind, id of the row), in order
    left: tuple[str, ...]
    changes: Mapping[str, Any]
    version: int | None


def moves_of(connection: Connection, instance_id: str) -> Iterator[Move]:
    """Yield the records that moved an instance, oldest first."""
    columns = history_record.c
    query = select(columns.body).where(columns.instance == instance_id, columns.outcome == "done").order_by(columns.recorded_at, columns.seq)
    for body in connection.execute(query).scalars():
        sealed = opened(body)
        if sealed["action"] not in (STARTED, ADVANCED, COMPLETED, CHOSEN, SKIPPED, *BY_HAND):
            continue
        if sealed["action"] == "incident.retried" and not sealed["changes"]:
            continue  # tried again as it was
        things = sealed["objects"]
        yield Move(
            action=sealed["action"],
            at=from_stamp(sealed["recorded_at"]),
            task=sealed["task"],
            element=sealed["element"],
            work=tuple((thing["type"], thing["id"]) for thing in things if thing["qualifier"] == "done"),
            left=tuple(thing["id"] for thing in things if thing["type"] == "element" and thing["qualifier"] == "left"),
            changes={change["field"]: change["new"] for change in sealed["changes"]},
            version=(sealed["definition"] or {}).get("version"),
        )
