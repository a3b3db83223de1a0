"""How long an auditor waits for the timeline of a directive with many records, for a page far back in it, and for one that a filter narrows."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

from sqlalchemy import insert, select

from engine.audit.desk.asked import Asked
from engine.audit.desk.searching import SearchHistory
from engine.audit.desk.timeline import ShowTimeline, Timeline
from engine.bench.sides import Product
from engine.directory.directory_import import ImportDirectory
from engine.history.log import append_all
from engine.history.record import Circumstances, Fact
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.clock import stamp, stopwatch
from engine.kernel.ids import new_id
from engine.storage.schema import directive, organisation, person
from engine.storage.unit_of_work import UnitOfWork

RECORDS, AT_ONCE, TIMES = 10_000, 1_000, 7
PEOPLE = "login,name,organisation,title,roles\nbench.auditor,Trần Thị Bình,bench,Kiểm tra viên,auditor\n"
Tell = Callable[[int, str], tuple[Fact, Circumstances]]  # a number and a stream → what leaves a record there


def measure_timeline(product: Product, tell: Tell, *, records: int = RECORDS) -> dict[str, Any]:
    """Give one directive so many records, and open its timeline as an auditor does; every look is recorded, as always. Milliseconds."""
    letter = _letter(product)
    for first in range(0, records, AT_ONCE):
        told = [tell(number, letter) for number in range(first, min(first + AT_ONCE, records))]
        with UnitOfWork(product.door.database) as unit:
            append_all(unit.connection, told, [new_id(product.door.clock.now()) for _ in told])
            unit.commit()
    product.door.execute(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"), SYSTEM, key="bench:auditor")
    with product.door.database.reading() as connection:
        auditor = Actor.person(connection.execute(select(person.c.id).where(person.c.login == "bench.auditor")).scalar_one())

    def waited(query: Any) -> float:
        began = stopwatch()
        product.door.ask(query, auditor)
        return (stopwatch() - began) * 1000

    usual = Asked(steps=True)
    far: Timeline = product.door.ask(ShowTimeline(directive=letter, asked=usual, oldest=True), auditor)
    looked_for = {
        "newest": ShowTimeline(directive=letter, asked=usual),
        "far_back": ShowTimeline(directive=letter, asked=usual, start=far.on),
        "person": ShowTimeline(directive=letter, asked=Asked(person="bench.auditor", steps=True)),
        "words": SearchHistory(asked=Asked(text="khong co gi", steps=True)),
    }
    return {"records": records, "cold_ms": round(waited(looked_for["newest"]), 1), **{f"{name}_ms": round(median(waited(query) for _ in range(TIMES)), 1) for name, query in looked_for.items()}}


def _letter(product: Product) -> str:
    now = product.door.clock.now()
    identity = new_id(now)
    row = {"id": identity, "root": identity, "process": "bench", "doc_type": "công văn", "symbol": "CV/DO", "code": "1-CV/DO", "subject": "đo"}
    with UnitOfWork(product.door.database) as unit:
        issuer = unit.connection.execute(select(organisation.c.id).limit(1)).scalar_one()
        days = {"issued_date": stamp(now)[:10], "sunset": stamp(now)[:10], "status": "issued", "created_at": stamp(now)}
        unit.connection.execute(insert(directive).values(**row, **days, issuer=issuer))
        unit.commit()
    return identity
