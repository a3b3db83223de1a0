"""The steps by which anybody checks a dossier with common tools, as they stand in it (VERIFY.txt)."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Protocol

from engine.audit.exports import layout


class Held(Protocol):
    """The records of one log in a dossier, by their numbers in the stream."""

    @property
    def log(self) -> str: ...
    @property
    def first(self) -> int: ...
    @property
    def last(self) -> int: ...


def manual(stream: str, logs: Iterable[Held]) -> str:
    """Return the text. `stream`: the id of the root directive."""
    text = files("engine.audit.exports").joinpath(layout.MANUAL).read_text("utf-8")
    held = "\n".join(f"  {each.log}: {each.first}–{each.last}" for each in logs)
    return text.replace("@STREAM@", stream).replace("@LOGS@", held)
