"""Whether the stored documents are still what their digests say, and whether those that the history names are there (level 6)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from engine.storage.schema import document

AT_ONCE = 4  # documents in memory at a time: each may have 20 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class AlteredDocument:
    """A document that is not what its digest says."""

    sha256: str
    field: str
    expected: str
    found: str


def altered_documents(connection: Connection, digests: Collection[str] | None = None) -> Iterator[AlteredDocument]:
    """Yield every stored document whose content or size is not that of its digest; only of `digests`, where they are given."""
    query = select(document.c.sha256, document.c.size, document.c.content).order_by(document.c.sha256)
    query = query if digests is None else query.where(document.c.sha256.in_(digests))
    for row in connection.execute(query.execution_options(yield_per=AT_ONCE)):
        content = row.content.encode() if isinstance(row.content, str) else bytes(row.content or b"")  # SQLite keeps whatever somebody writes
        found = hashlib.sha256(content).hexdigest()
        if found != row.sha256:
            yield AlteredDocument(sha256=row.sha256, field="content", expected=row.sha256, found=found)
        elif row.size != len(content):
            yield AlteredDocument(sha256=row.sha256, field="size", expected=str(len(content)), found=str(row.size))


def missing_documents(connection: Connection, digests: Collection[str]) -> set[str]:
    """Return those of `digests` under which no document is stored."""
    return set(digests) - set(connection.execute(select(document.c.sha256).where(document.c.sha256.in_(digests))).scalars())
