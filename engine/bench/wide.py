"""Widens a cascade, for measuring its pages: under one letter many bodies, each of which hands it down to as many others, all with a duty to report.

Rows like those that are there are written directly, as nothing that is done with them is measured: only for measurements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isqrt
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from engine.storage.database import Database
from engine.storage.schema import directive, dispatch, obligation, organisation, report
from engine.storage.unit_of_work import UnitOfWork

WIDE = 10_000  # organisations
PERIODS = ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10")
STATES = ("06", "05", "05", "03", "01", "00", "06", "02")  # exchange codes (DOMAIN.md 2.10) of one body after the other
LATE_EVERY = 9  # the ninth body owes its newest report still
REPORTS = "wide"


@dataclass(slots=True)
class _Rows:
    """What is to be written, by table."""

    issued: Mapping[str, Any]
    body: Mapping[str, Any]
    rows: dict[Table, list[dict[str, Any]]] = field(default_factory=lambda: {organisation: [], directive: [], dispatch: [], obligation: [], report: []})

    def add_body(self, number: int) -> str:
        """Add an organisation; return its id."""
        name = f"wide-{number:06}"
        self.rows[organisation].append({**self.body, "id": name, "code": name, "name": f"Đảng bộ cơ sở số {number}", "represented_by": None})
        return name

    def hand_down(self, parent: str, issuer: str) -> str:
        """Add the letter by which a body hands another one down; return its id."""
        name = f"letter-{issuer}"
        own = {"id": name, "parent": parent, "issuer": issuer, "code": f"{len(self.rows[directive]) + 1}-CV/W", "document": None, "reading": None, "follows_up": None}
        self.rows[directive].append({**self.issued, **own})
        return name

    def send(self, letter: str, superior: str, to: str, number: int) -> None:
        """Add what a recipient of a letter has: its receipt, its duty to report, reports of six months."""
        status = STATES[number % len(STATES)]
        at = self.issued["created_at"]
        self.rows[dispatch].append({"id": f"d-{to}", "directive": letter, "organisation": to, "recipient_group": "wide", "status": status, "changed_at": at})
        duty = {"directive": letter, "organisation": to, "superior": superior, "report_type": REPORTS, "frequency": "monthly", "status": "open"}
        self.rows[obligation].append({**duty, "id": f"o-{to}", "first_period": PERIODS[0], "next_period": "2026-11"})
        for period in PERIODS:
            status = "open" if period == PERIODS[-1] and number % LATE_EVERY == 0 else "accepted"
            told = {"id": f"r-{to}-{period}", "organisation": to, "report_type": REPORTS, "period": period, "revision": 1, "status": status}
            self.rows[report].append({**told, "due_date": f"{period}-25", "opened_at": at})


def widen(database: Database, letter: str, organisations: int = WIDE) -> None:
    """Put `organisations` bodies below a letter, on two levels."""
    with database.reading() as connection:
        rows = _Rows(issued=_row(connection, directive, letter), body=_row(connection, organisation, None))
        superior = str(rows.issued["issuer"])
    middle = max(1, isqrt(organisations))
    below = iter(range(middle, organisations))
    for number in range(middle):
        body = rows.add_body(number)
        rows.send(letter, superior, body, number)
        lower = [*_some(below, -(-(organisations - middle) // middle))]
        if lower:
            handed = rows.hand_down(letter, body)
            for each in lower:
                rows.send(handed, body, rows.add_body(each), each)
    _write(database, rows.rows)


def widest(database: Database) -> str:
    """Return the letter of the demonstration that has the most recipients."""
    with database.reading() as connection:
        query = select(dispatch.c.directive).join(directive, directive.c.id == dispatch.c.directive).where(directive.c.parent.is_(None))
        return str(connection.execute(query.group_by(dispatch.c.directive).order_by(func.count().desc(), dispatch.c.directive).limit(1)).scalar_one())


def _some(numbers: Iterator[int], most: int) -> Iterator[int]:
    for _, number in zip(range(most), numbers, strict=False):
        yield number


def _row(connection: Connection, table: Table, identity: str | None) -> dict[str, Any]:
    query = select(table).order_by(table.c.id).limit(1)
    return dict(connection.execute(query if identity is None else query.where(table.c.id == identity)).mappings().one())


def _write(database: Database, rows: Mapping[Table, Sequence[Mapping[str, Any]]]) -> None:
    with UnitOfWork(database) as unit:
        for table, each in rows.items():
            if each:
                unit.connection.execute(insert(table), each)
        unit.commit()
