"""`chidao bench audit`: what the history costs when it is written, how large it is, and how long it takes to verify, whole and since a
checkpoint, and to open a timeline of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from engine.audit.verification import INTACT, Verification, examine
from engine.bench.machine import machine, spent_cpu
from engine.bench.sides import Product
from engine.bench.step import GO_ON
from engine.bench.timeline import measure_timeline
from engine.bench.where import measure_where
from engine.execution.checkpoints import Checkpoints
from engine.history.evidence import brought
from engine.history.log import append_all
from engine.history.places import Place
from engine.history.record import LOG, Change, Circumstances, Fact, Subject, Where, opened
from engine.history.trust import publish
from engine.kernel import environment
from engine.kernel.clock import stopwatch
from engine.kernel.errors import Refused
from engine.storage import keys
from engine.storage.database import Database
from engine.storage.schema import history_record
from engine.storage.unit_of_work import UnitOfWork

AT_ONCE = 1_000  # records of a transaction
A_DIRECTIVE = 500  # records of one stream, on the average
RECORDS, NEWEST, ACTIONS, TIMELINE = 100_000, 10_000, 300, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much to measure. `newest`: records since the last good checkpoint; `actions`: of people, for the share of the history;
    `timeline`: records of the directive whose timeline is opened."""

    records: int = RECORDS
    newest: int = NEWEST
    actions: int = ACTIONS
    timeline: int = TIMELINE


@dataclass(slots=True, kw_only=True)
class Timed:
    """Seconds that passed, and seconds of processor time of this process."""

    seconds: float = 0.0
    cpu: float = 0.0
    found: Verification | None = field(default=None)


def measure_audit(plan: Plan) -> dict[str, Any]:
    """Fill a new SQLite file with records as a person's action leaves them, signed and under checkpoints, and verify it."""
    with tempfile.TemporaryDirectory(prefix="chidao-bench-") as name, environment.installation_in(Path(name) / "home"):
        folder = Path(name)
        keys.make_missing()
        trust, place = publish(), Place(folder=folder / "place")
        share = measure_where(plan.actions)
        product = Product(folder)
        try:
            database, maker = product.door.database, Checkpoints(product.door, places=[place])
            examples, written = _examples(product), Timed()
            _grow(database, examples, plan.records - plan.newest, maker, written)
            proved = _last(database)
            _grow(database, examples, plan.newest, maker, written)
            whole, since = Timed(), Timed()
            _verify(whole, database, trust, place, since=0)
            _verify(since, database, trust, place, since=proved)
            report = _report(plan, share, database, written=written, whole=whole, since=since)
            opened_in = measure_timeline(product, lambda number, stream: _again(examples[number % len(examples)], number, stream), records=plan.timeline)
            return {**report, "timeline": opened_in}
        finally:
            product.close()


def lines_of(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that say a report to people."""
    yield f"{report['records']} records, {report['bytes_per_record']} bytes sealed each, {report['database_bytes_per_record']} bytes of the database each"
    yield f"the history takes {report['share_percent']} % of an action of {report['action_ms']} ms, its signature included"
    yield f"written {report['written_per_second']:.0f}/s, {AT_ONCE} a transaction"
    for what in ("whole", "since"):
        found = report[what]
        yield f"verified {what:5} levels {found['levels']}: {found['records']} records in {found['seconds']} s ({found['per_second']}/s), {found['result']}"
    opened_in = report["timeline"]
    yield (
        f"a timeline of {opened_in['records']} records opens in {opened_in['newest_ms']} ms ({opened_in['cold_ms']} ms the first time), "
        f"its far end in {opened_in['far_back_ms']} ms, one person's in {opened_in['person_ms']} ms; words are looked for in {opened_in['words_ms']} ms"
    )


def _examples(product: Product) -> list[dict[str, Any]]:
    """Return the bodies that real actions left."""
    for _ in range(3):
        identity = product.start("simple3")
        for _ in range(3):
            product.act(identity, GO_ON)
    with product.door.database.reading() as connection:
        rows = connection.execute(select(history_record.c.body).where(history_record.c.action == "task.completed").order_by(history_record.c.seq)).scalars()
        return [opened(body) for body in rows]


def _grow(database: Database, examples: Sequence[dict[str, Any]], records: int, maker: Checkpoints, written: Timed) -> None:
    """Append records, with a checkpoint after each transaction."""
    for first in range(0, records, AT_ONCE):
        told = [_again(examples[number % len(examples)], number) for number in range(first, min(first + AT_ONCE, records))]
        with _timed(written), UnitOfWork(database) as unit:
            append_all(unit.connection, told, [str(each[0].subject.id) for each in told])
            unit.commit()
        maker.look(now=True)


def _again(body: Mapping[str, Any], number: int, stream: str = "") -> tuple[Fact, Circumstances]:
    """Return what leaves such a record once more, about another directive."""
    where = {name: body[name] for name in ("definition", "instance", "element", "task")}
    fact = Fact(
        action=body["action"],
        subject=Subject(**body["subject"]),
        objects=tuple(Subject(**each) for each in body["objects"]),
        changes=tuple(Change(**each) for each in body["changes"]),
        state=tuple(body.get("state", ())),
        where=Where(**where, call_path=tuple(body["call_path"])),
        streams=(stream or f"directive-{number // A_DIRECTIVE}",),
    )
    same = {name: body[name] for name in ("recorded_at", "actor", "on_behalf_of", "auth", "policy", "delegation")}
    return fact, Circumstances(**same, command=f"bench:{number}", correlation=f"bench:{number}")


def _last(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.max(history_record.c.seq)).where(history_record.c.log == LOG)).scalar_one())


def _verify(timed: Timed, database: Database, trust: Path, place: Place, *, since: int) -> None:
    with _timed(timed), database.reading() as connection:
        timed.found = examine(connection, brought(trust=trust, checkpoints=[place.folder], mirrors=[]), since={LOG: since})
    if timed.found.result != INTACT:
        raise Refused(f"Expected a history that verifies, but found {timed.found.findings[:1] or timed.found.missing[:1]}. Tell whoever makes the program.")


@contextmanager
def _timed(timed: Timed) -> Iterator[None]:
    began, used = stopwatch(), spent_cpu()
    yield
    timed.seconds += stopwatch() - began
    timed.cpu += spent_cpu() - used


def _report(plan: Plan, share: Mapping[str, Any], database: Database, *, written: Timed, whole: Timed, since: Timed) -> dict[str, Any]:
    with database.reading() as connection:
        number, sealed = connection.execute(select(func.count(), func.avg(func.length(history_record.c.body)))).one()
        pages, size = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return {
        "machine": machine(),
        "records": number,
        "bytes_per_record": round(float(sealed)),
        "database_bytes_per_record": round(pages * size / number),
        "action_ms": share["ms"],
        "share_percent": share["percent"]["seal"],
        "written_per_second": round(plan.records / written.seconds, 1),
        "whole": _told(whole),
        "since": _told(since),
    }


def _told(timed: Timed) -> dict[str, Any]:
    found = timed.found
    main = next(each for each in found.logs if each.log == LOG) if found else None
    records = main.records - main.since if main else 0
    return {
        "records": records,
        "seconds": round(timed.seconds, 2),
        "cpu_seconds": round(timed.cpu, 2),
        "per_second": round(records / timed.seconds),
        "levels": list(found.levels) if found else [],
        "result": found.result if found else "",
    }
