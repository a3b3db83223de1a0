"""What a check says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warning", "problem", "unchecked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One line of the check-up. `note`: something optional is not there; `unchecked`: it could not be looked at."""

    check: str
    level: Level
    said: str
    remedy: str = ""


def ok(check: str, said: str) -> Found:
    """Say that something is as it should be."""
    return Found(check=check, level="ok", said=said)


def exit_code(found: Iterable[Found]) -> int:
    """Return 1 when there is a problem, else 3 when something could not be checked, else 0."""
    levels = {each.level for each in found}
    return 1 if "problem" in levels else 3 if "unchecked" in levels else 0
