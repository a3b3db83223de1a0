"""What a simulated person means to do and knows to be done, in a file that outlives the process.

Each intended action has one idempotency key for ever: who is killed before the answer repeats it under the same key.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A command that somebody means to give: its name, its fields, the person's id."""

    key: str
    name: str
    fields: dict[str, Any]
    person: str
    method: str


class Journal:
    """One line per intent and one per answer; a line is written at once or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def intend(self, intent: Intent) -> None:
        self._write({"intent": dataclasses.asdict(intent)})

    def answered(self, key: str, how: str) -> None:
        self._write({"answered": key, "how": how})

    def open(self) -> list[Intent]:
        """Return what was intended and never answered."""
        answers = self.answers()
        return [intent for intent in self.intents() if intent.key not in answers]

    def intents(self) -> list[Intent]:
        return [Intent(**line["intent"]) for line in self._lines() if "intent" in line]

    def answers(self) -> dict[str, str]:
        """Return what came of each key: done, or refused."""
        return {line["answered"]: line["how"] for line in self._lines() if "answered" in line}

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self._path.exists():
            yield from map(json.loads, self._path.read_text("utf-8").splitlines())

    def _write(self, line: dict[str, Any]) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(descriptor, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        finally:
            os.close(descriptor)
