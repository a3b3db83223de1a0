"""Lines that an export meets before their turn, kept on disk: however long the history, it takes no more memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from types import TracebackType
from typing import Self


class Spool:
    """Lines under three words, of which each trio has one. A private file keeps them, which is gone with it."""

    def __init__(self) -> None:
        self._kept = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # a server may go on in another thread, never in two at once
        self._kept.execute("PRAGMA journal_mode = OFF")
        self._kept.execute("CREATE TABLE line (part TEXT, thing TEXT, detail TEXT, text TEXT, PRIMARY KEY (part, thing, detail)) WITHOUT ROWID")
        self._kept.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._kept.close()

    def keep(self, part: str, thing: str, detail: str, text: str) -> bool:
        """Keep a line unless there is one in its place; tell whether there was none."""
        return self._kept.execute("INSERT OR IGNORE INTO line VALUES (?, ?, ?, ?)", (part, thing, detail, text)).rowcount == 1

    def put(self, part: str, thing: str, detail: str, text: str) -> None:
        """Keep a line in the stead of the one that is in its place."""
        self._kept.execute("INSERT OR REPLACE INTO line VALUES (?, ?, ?, ?)", (part, thing, detail, text))

    def lines(self, part: str) -> Iterator[tuple[str, str, str]]:
        """Yield (thing, detail, text) of a part in the order of thing and detail."""
        yield from self._kept.execute("SELECT thing, detail, text FROM line WHERE part = ? ORDER BY thing, detail", (part,))
