"""Due days as a calendar that programs fetch (RFC 5545): one event a day's duty, the whole day, without any person's name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from engine.audit.calendar_days import DueDay
from engine.kernel.clock import from_stamp

LONGEST_LINE = 75  # octets, without the line break (RFC 5545 3.1)
NAME = "Chỉ đạo: việc đến hạn"


def as_calendar(days: Iterable[DueDay], address: str | None, made_at: datetime) -> str:
    """Return the calendar as text, made at a moment; with links only where `address` says at which address the pages are reached."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//chidao//calendar//VI", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"X-WR-CALNAME:{escaped(NAME)}", "X-WR-TIMEZONE:Asia/Ho_Chi_Minh", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"]
    for day in days:
        lines += _event(day, address, made_at)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(entry: DueDay, address: str | None, made_at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.kind}-{entry.id}@chidao"
    yield f"DTSTAMP:{made_at:%Y%m%dT%H%M%SZ}"  # of a published calendar the moment of making: a program takes a later one for the newer (3.8.7.2)
    yield f"CREATED:{from_stamp(entry.since):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escaped(entry.title)}"
    if address:
        yield f"URL:{address.rstrip('/')}/{entry.kind if entry.kind == 'task' else 'reports'}/{entry.id}"
    yield "TRANSP:TRANSPARENT"
    yield "CLASS:PRIVATE"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """Return a text as a value of a calendar (RFC 5545 3.3.11)."""
    for letter in ("\\", ";", ","):
        text = text.replace(letter, f"\\{letter}")
    return " ".join(text.split())


def _folded(line: str) -> Iterator[str]:
    """Yield a line in pieces of at most 75 octets, none of which ends inside a letter; those that go on begin with a space."""
    piece, room = "", LONGEST_LINE
    for letter in line:
        if len(piece.encode()) + len(letter.encode()) > room:
            yield piece
            piece, room = " ", LONGEST_LINE
        piece += letter
    yield piece
