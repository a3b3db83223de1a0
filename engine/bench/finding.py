"""`chidao bench search`: what a search takes over the texts of the demonstration, and over many more; and what keeping them costs.

The many are copies of those that are there, the words of each in another order, so that they are as long and as alike as real ones; they
belong to the same directives and organisations, so that who may see them is asked as it is of real ones.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from sqlalchemy import Connection, func, insert, select

from engine.audit.finding import FindTexts
from engine.bench.machine import machine, spent_cpu
from engine.bench.visits import demonstrate, door_at_the_end, holder, read_texts
from engine.door import Door
from engine.kernel.actor import Actor
from engine.kernel.clock import SystemClock, stopwatch
from engine.storage.database import Database
from engine.storage.schema import search_text
from engine.storage.unit_of_work import UnitOfWork

QUESTIONS = {  # what is asked: words of nearly every text, a phrase, one word that stands nowhere
    "common": "tuyên truyền",
    "phrase": '"tuần lễ đọc sách"',
    "nowhere": "khongcotunay",
}
TEXTS = 100_000
AT_ONCE = 2_000
SEEN_BY = ("auditor", "clerk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured: texts in all, how often each question is asked; on a new SQLite file, or an empty database at `url`."""

    texts: int = TEXTS
    rounds: int = 9
    url: str | None = None


def measure_search(plan: Plan) -> dict[str, Any]:
    """Return milliseconds of each question over the demonstration's texts and over many, with the ratio, and the records read a second."""
    with tempfile.TemporaryDirectory(prefix="chidao-bench-") as folder:
        database = demonstrate(plan.url or f"sqlite:///{Path(folder) / 'search.db'}", SystemClock().now())
        try:
            return measured(door_at_the_end(database), plan)
        finally:
            database.dispose()


def measured(door: Door, plan: Plan) -> dict[str, Any]:
    """Measure over a database whose history has not been read for the search yet."""
    began = stopwatch()
    records = read_texts(door)
    seconds = stopwatch() - began
    few = _asked(door, plan)
    _fill(door.database, plan.texts)
    many = _asked(door, plan)
    ratios = {name: round(many[name]["ms"] / few[name]["ms"], 1) for name in few if name != "texts"}
    kept = {"records": records, "seconds": round(seconds, 2), "per_second": round(records / seconds) if seconds else 0}
    return {"machine": machine(), "database": door.database.dialect, "rounds": plan.rounds, "kept": kept, "few": few, "many": many, "ratio": ratios}


def _asked(door: Door, plan: Plan) -> dict[str, Any]:
    with door.database.reading() as connection:
        found: dict[str, Any] = {"texts": _count(connection)}
        people = {role: who for role in SEEN_BY if (who := holder(connection, role))}
    for role, who in people.items():
        for name, words in QUESTIONS.items():
            found[f"{name}, {role}"] = _timed(door, FindTexts(text=words), who, plan.rounds)
    return found


def _timed(door: Door, query: FindTexts, who: Actor, rounds: int) -> dict[str, float]:
    door.ask(query, who)
    began, times = spent_cpu(), []
    for _ in range(rounds):
        start = stopwatch()
        door.ask(query, who)
        times.append((stopwatch() - start) * 1000)
    return {"ms": round(median(times), 2), "cpu_ms": round((spent_cpu() - began) * 1000 / rounds, 2)}


def _fill(database: Database, texts: int) -> None:
    """Copy texts until there are as many, with their words in another order."""
    order = Random(20240415)  # noqa: S311  any will do, so long as it is the same
    with database.reading() as connection:
        there = [dict(row) for row in connection.execute(select(search_text).order_by(search_text.c.kind, search_text.c.subject)).mappings()]
    for first in range(len(there), texts, AT_ONCE):
        rows = [_another(there[number % len(there)], number, order) for number in range(first, min(texts, first + AT_ONCE))]
        _put(database, rows)
    if database.dialect == "postgresql":  # which does so by itself, a little later
        with UnitOfWork(database) as unit:
            unit.connection.exec_driver_sql("ANALYZE")
            unit.commit()


def _put(database: Database, rows: Sequence[Mapping[str, Any]]) -> None:
    with UnitOfWork(database) as unit:
        unit.connection.execute(insert(search_text), rows)
        unit.commit()


def _another(row: Mapping[str, Any], number: int, order: Random) -> dict[str, Any]:
    words = str(row["folded"]).split()
    order.shuffle(words)
    return {**row, "subject": f"bench-{number:08}", "folded": f" {' '.join(words)} "}


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(search_text)).scalar_one())


def lines_of(report: Mapping[str, Any]) -> list[str]:
    """Return the figures as lines for people."""
    kept, few, many = report["kept"], report["few"], report["many"]
    told = [f"{kept['records']} records of the history read in {kept['seconds']} s: {kept['per_second']}/s"]
    return told + [
        f"{name:22} {few['texts']:7} texts: {few[name]['ms']:8.2f} ms   {many['texts']:7} texts: {many[name]['ms']:8.2f} ms   ratio {ratio}"
        for name, ratio in report["ratio"].items()
    ]
