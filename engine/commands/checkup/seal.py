"""The seal of the history: its keys are here, checkpoints are made, and they come to places that nobody can rewrite together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection, select

from engine.commands.checkup.finding import Found, ok
from engine.door import Door
from engine.history.growth import due, heads, last_size
from engine.history.places import ENOUGH, ITSELF, Place, are_outside, configured_places
from engine.history.signing import checkpoint_signer, held
from engine.history.trust import own_trust
from engine.kernel.clock import from_stamp
from engine.kernel.errors import EngineError
from engine.storage.schema import checkpoint_place, history_head

CHECK = "seal"
LATE = timedelta(minutes=10)  # that a record may be without a checkpoint
ELSEWHERE = "Say with CHIDAO_CHECKPOINT_PLACES where else: two folders that this machine's administrator cannot both rewrite."


def seal(connection: Connection, door: Door) -> Iterator[Found]:
    """Check what the seal of the history needs."""
    problems = [*_keys(connection), *_places(connection), *_told(connection), *_late(connection, door)]
    yield from problems
    if not problems:
        sizes = ", ".join(f"{head.log} up to record {last_size(connection, head.log)}" for head in heads(connection))
        yield ok(CHECK, f"checkpoints in {len(configured_places())} places: {sizes or 'nothing has happened yet'}")


def _keys(connection: Connection) -> Iterator[Found]:
    try:
        ring = held()
        checkpoint_signer()
    except EngineError as error:
        yield Found(check=CHECK, level="problem", said=error.message)
        return
    wanted = {row.key_id for row in connection.execute(select(history_head.c.key_id).where(history_head.c.succeeded_by.is_(None)))}
    for key_id in sorted(each for each in wanted if each and each not in ring.by_id):
        said = f"The key {key_id}, with which the history is signed, is not here: nothing can be done until it is."
        yield Found(check=CHECK, level="problem", said=said, remedy="Bring signing.pem back from your copy; if it is lost, `chidao keys renew --lost`.")


def _places(connection: Connection) -> Iterator[Found]:
    """Look at what is configured, and whether a place knows of more records than the database has."""
    places = configured_places()
    if not are_outside():
        said = f"Checkpoints go only to {places[0].folder}, beside the keys: whoever may write there may change the history too."
        yield Found(check=CHECK, level="warning", said=said, remedy=ELSEWHERE)
    elif len(places) < ENOUGH:
        yield Found(check=CHECK, level="warning", said=f"Checkpoints go only to {places[0].folder}.", remedy=ELSEWHERE)
    for head in heads(connection):
        for place in places:
            yield from _beyond(place, head.log, head.seq)


def _beyond(place: Place, log: str, records: int) -> Iterator[Found]:
    try:
        latest = place.latest(log, own_trust().checkpoints)
    except EngineError as error:
        yield Found(check=CHECK, level="problem", said=f"{place.folder}, {log}: {error.message}")
        return
    except OSError as error:
        yield Found(check=CHECK, level="warning", said=f"{place.folder} cannot be read: {error.strerror}.", remedy="Look whether it is there, and at its rights.")
        return
    if latest is not None and latest.size > records:
        said = f"{place.folder} has a checkpoint of {latest.size} records of {log}, but the database has {records}: records are gone."
        yield Found(check=CHECK, level="problem", said=said, remedy="Keep the database as it is and run `chidao audit verify`.")


def _told(connection: Connection) -> Iterator[Found]:
    """Tell what the worker could not do."""
    there = {str(place.folder) for place in configured_places()}
    for row in connection.execute(select(checkpoint_place).where(checkpoint_place.c.error.is_not(None)).order_by(checkpoint_place.c.place)):
        if row.place == ITSELF:
            yield Found(check=CHECK, level="problem", said=row.error)
        elif row.place in there:
            yield Found(check=CHECK, level="warning", said=f"Since {row.failed_at}: {row.error}", remedy="It is tried again by itself, and gets what it has missed.")


def _late(connection: Connection, door: Door) -> Iterator[Found]:
    for head in heads(connection):
        wanted = due(connection, head.log, last_size(connection, head.log))
        if wanted.since and door.clock.now() - from_stamp(wanted.since) > LATE:
            said = f"Records of {head.log} since {wanted.since} are under no checkpoint."
            remedy = "Start a worker where the key of checkpoints is, or run `chidao checkpoint` there."
            yield Found(check=CHECK, level="warning", said=said, remedy=remedy)
