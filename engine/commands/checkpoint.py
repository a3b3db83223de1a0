"""`chidao checkpoint`: signs the present state of the history and brings it outside, now; for a person who holds the key, or a timer."""

from __future__ import annotations

import sys
from typing import Any

import click
from sqlalchemy import select

from engine.bootstrap import open_door
from engine.command_line import REFUSED, as_json, database_option, refusing, tell
from engine.command_line.actor import database_of
from engine.execution.checkpoints import Checkpoints
from engine.history.signing import checkpoint_signer
from engine.kernel.errors import InvalidInput
from engine.storage import keys
from engine.storage.database import revision
from engine.storage.database_clock import clock_of
from engine.storage.revisions import mismatch
from engine.storage.schema import checkpoint_place


@click.command()
@database_option
@as_json
@refusing
def checkpoint(*, database: str | None, as_json: bool) -> None:
    """Make a checkpoint of each log that has grown, and bring it with the hashes of the records to every place.

    The worker does so by itself, where the key lies on its machine. 1: a place could not be reached, or no checkpoint can be made.
    """
    if checkpoint_signer() is None:
        raise InvalidInput(f"Expected the key of checkpoints in {keys.folder() / keys.CHECKPOINT_KEY}, but it is not there. Name it with CHIDAO_CHECKPOINT_KEY.")
    target = database_of(database)
    if (problem := mismatch(target, revision(target))) is not None:
        raise InvalidInput(problem)
    made = Checkpoints(open_door(target, clock_of(target))).look(now=True)
    with target.reading() as connection:
        rows = connection.execute(select(checkpoint_place).order_by(checkpoint_place.c.place, checkpoint_place.c.log)).all()
    found: list[dict[str, Any]] = [{"place": row.place, "log": row.log, "size": row.size, "written_at": row.written_at, "error": row.error} for row in rows]
    lines = [each["error"] or f"{each['place']}: {each['log']} up to record {each['size']}" for each in found]
    tell({"made": made, "places": found}, [f"checkpoints made: {made}", *lines], as_json=as_json)
    if any(each["error"] for each in found):
        sys.exit(REFUSED)
