"""Personal values: the keys that open them are here, and those of erased ones are not."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from engine.commands.checkup.finding import Found, ok
from engine.history.personal_keys import left, place
from engine.storage.schema import erasure, sealed_value

CHECK = "personal values"


def personal(connection: Connection) -> Iterator[Found]:
    """Check the file of their keys against what is kept and what was erased; nothing is said where nothing personal was ever sealed."""
    kept = set(connection.execute(select(sealed_value.c.subject).where(sealed_value.c.erased_at.is_(None)).distinct()).scalars())
    erased = set(connection.execute(select(erasure.c.subject).where(erasure.c.status == "done")).scalars())
    there = left(kept | erased)
    if lost := kept - there:
        said = f"The keys of {len(lost)} forms with personal values are not in {place()}: nobody can read these values."
        yield Found(check=CHECK, level="problem", said=said, remedy="Bring them back with `chidao retention take-keys` from your copy, or name the file with CHIDAO_PERSONAL_KEYS.")
    if again := erased & there:
        said = f"The keys of {len(again)} erased values are still in {place()}."
        yield Found(check=CHECK, level="problem", said=said, remedy="Start a worker on this machine: it destroys them within a minute.")
    if (kept or erased) and not lost and not again:
        yield ok(CHECK, f"{len(kept)} forms with personal values, each with its key")
