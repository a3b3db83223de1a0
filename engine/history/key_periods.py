"""A new key for the records to come: announced by a record that the old key signs, so that who steals the new one cannot rewrite the past.

Neither comes through the door: no right of a person makes a key, but access to the folder of keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from engine.history.log import append
from engine.history.note import Verifier
from engine.history.record import LOG, Change, Circumstances, Fact, Subject
from engine.history.signing import RecordKey, held, record_key
from engine.history.trust import RENEWED, REPLACED
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import stamp
from engine.kernel.errors import InvalidInput, Refused
from engine.kernel.ids import new_id
from engine.storage import keys
from engine.storage.schema import history_head

_HEADS = select(history_head).where(history_head.c.succeeded_by.is_(None)).order_by(history_head.c.series).with_for_update()
_BEGIN = update(history_head).where(history_head.c.succeeded_by.is_(None)).values(key_id=bindparam("b_key"))
_AT = select(history_head.c.recorded_at).where(history_head.c.series == LOG, history_head.c.succeeded_by.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period that was begun. `old`: None when the key before is not known here; `at`: the moment of the record that announced it."""

    old: Verifier | None
    new: Verifier
    at: str
    record: int


def from_the_command_line(now: datetime, what: str) -> Circumstances:
    """Return the circumstances of what whoever runs this machine does beside the door."""
    return Circumstances(
        recorded_at=stamp(now),
        actor={"type": SYSTEM.type.value, "id": SYSTEM.id, "name": SYSTEM.id, "post": None},
        on_behalf_of=None,
        auth={"method": "command line"},
        policy="system",
        command=f"{what}:{new_id(now)}",
        correlation=f"{what}:{new_id(now)}",
    )


def begin_period(connection: Connection, *, reason: str, now: datetime, lost: bool = False) -> Period:
    """Announce the next key, and let all logs be signed with it from the next record on, in the caller's transaction.

    `lost`: the present key is gone; the record is then signed with the new one, which whoever verifies has to be told of.
    The caller commits, then lets the files follow (`keys.take_next`). Raises `Refused` without a reason, and when the present key is
    said to be lost and is there; `InvalidInput` when it is not there.
    """
    if not reason.strip():
        raise Refused("Expected a reason for a new key, but found none. Say it with --reason; it is recorded in the history.")
    present = next((row.key_id for row in connection.execute(_HEADS).all() if row.series == LOG), None)
    if lost and (present is None or present in held().by_id):
        raise Refused("Expected the present key of the history to be gone, but it is there. Say `chidao keys renew` without --lost.")
    old = None if lost else _old(present)
    new = record_key(keys.make_next())
    if new.key_id == present:  # announced, and then the machine stopped
        return Period(old=None, new=new.signer.verifier, at=str(connection.execute(_AT).scalar_one()), record=0)
    if lost:
        connection.execute(_BEGIN, {"b_key": new.key_id})
    [receipt] = append(connection, [_announcement(old, present, new, reason, lost=lost)], from_the_command_line(now, "keys"), [new_id(now)])
    connection.execute(_BEGIN, {"b_key": new.key_id})
    at = str(connection.execute(_AT).scalar_one())
    return Period(old=old.signer.verifier if old else None, new=new.signer.verifier, at=at, record=receipt.seq)


def _old(present: str | None) -> RecordKey:
    ring = held()
    found = ring.by_id.get(present) if present else ring.present
    if found is None:
        raise InvalidInput(
            f"Expected the present key of the history in {keys.folder()}, but it is not there. Bring it back from your copy; "
            "only when it is lost say `chidao keys renew --lost`."
        )
    return found


def _announcement(old: RecordKey | None, present: str | None, new: RecordKey, reason: str, *, lost: bool) -> Fact:
    before = old.signer.verifier.vkey if old else present
    return Fact(
        action=REPLACED if lost else RENEWED,
        subject=Subject(type="key", id=new.key_id),
        changes=(Change(field="vkey", old=before, new=new.signer.verifier.vkey),),
        reason={"code": "lost" if lost else "renewal", "text": reason},
    )
