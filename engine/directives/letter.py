"""A directive about to be written, and those whom it goes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A frozen recipient: the organisation, the group that named it, and whether it must report."""

    organisation: str
    group: str
    reports: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A directive about to be written. `body` is the draft form (F05)."""

    id: str
    issuer: str
    root: str
    parent: str | None
    number: int | None
    code: str
    issued: date
    body: dict[str, Any]
