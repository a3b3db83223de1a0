"""The office's work: somebody works, nothing is held, what should be there is there, and a backup is not old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection, func, select

from engine.access.accounts import accounts
from engine.audit.backups import last_backup
from engine.audit.nights import last_night, overdue_since
from engine.audit.verification import INTACT, TAMPERED, UNCHECKED, examine
from engine.audit.verifying import runs
from engine.commands.checkup.finding import Found, Level, ok
from engine.commands.checkup.personal import personal
from engine.commands.checkup.seal import seal
from engine.directory.working_calendar import years_without_data
from engine.door import Door
from engine.effects.outbox import counts
from engine.execution.mail import configured_mail_server
from engine.execution.status import SILENT, status
from engine.execution.webhooks import configured_endpoints
from engine.history.finding import LEVELS
from engine.history.own_evidence import own_evidence
from engine.kernel.clock import from_stamp, local_date, stamp
from engine.kernel.errors import EngineError
from engine.storage.schema import definition_version, effect, history_head

LATE = 300.0  # seconds that due work may wait before somebody should look
OLD = timedelta(days=7)  # of a backup
BY_ITSELF = "A worker on the machine with the keys checks it each night: see that one runs, or run `chidao audit verify --since last`."
BY_HAND = "Run `chidao audit verify --since last` each night, and the whole now and then; or choose an hour with the setting nightly_check."
BACK = timedelta(seconds=5)  # that a clock may stand behind the last record


def office(door: Door, *, thorough: bool) -> Iterator[Found]:
    """Check an installation whose schema is this program's."""
    yield from _work(door)
    with door.database.reading() as connection:
        yield from _effects(connection)
        yield from _clock(connection, door)
        yield from _definitions(connection)
        yield from _calendar(connection, door)
        yield from _people(connection)
        yield from _backup(connection, door)
        yield from seal(connection, door)
        yield from personal(connection)
        yield _verified(connection, door)
        if thorough:
            yield from _history(connection)


def _work(door: Door) -> Iterator[Found]:
    found = status(door)
    if found.workers:
        yield ok("worker", f"{found.workers} workers looked for work within the last {SILENT.total_seconds():.0f} s")
    else:
        ago = f"for {found.sweep_seconds:.0f} s" if found.sweep_seconds is not None else "ever"
        yield Found(check="worker", level="warning", said=f"No worker has looked for work {ago}.", remedy="Start `chidao serve`, or `chidao worker`.")
    due = sum(found.due.values())
    if found.oldest_seconds > LATE:
        kinds = ", ".join(f"{count} {kind}" for kind, count in found.due.items() if count)
        remedy = "See that workers run; start more of them."
        yield Found(check="queue", level="warning", said=f"Due work has waited for {found.oldest_seconds:.0f} s ({kinds}).", remedy=remedy)
    else:
        yield ok("queue", f"{due} pieces of work are due")
    if found.held:
        yield Found(check="incidents", level="warning", said=f"{found.held} incidents wait for an administrator.", remedy="See `chidao incidents`.")
    else:
        yield ok("incidents", f"none waits for an administrator, {found.retrying} are tried again by themselves")


def _effects(connection: Connection) -> Iterator[Found]:
    found = counts(connection)
    failed = {name: found.get(name, 0) for name in ("dead", "unsure") if found.get(name, 0)}
    if failed:
        told = ", ".join(f"{count} {name}" for name, count in failed.items())
        yield Found(check="effects", level="warning", said=f"E-mails and calls that did not go through: {told}.", remedy="See `chidao effects`.")
    else:
        yield ok("effects", f"{found.get('open', 0)} e-mails and calls wait to be sent, none has failed")
    try:
        configured = {"email"} if configured_mail_server() else set()
        configured |= {f"webhook:{name}" for name in configured_endpoints()}
    except EngineError:
        return  # said of the settings
    waiting = connection.execute(select(effect.c.channel, func.count()).where(effect.c.status == "open").group_by(effect.c.channel)).all()
    for channel, count in waiting:
        if channel not in configured:
            remedy = "Configure it (`chidao configuration`), or drop them with `chidao effects`."
            yield Found(check="effects", level="warning", said=f"{count} wait for {channel}, which is not configured.", remedy=remedy)


def _clock(connection: Connection, door: Door) -> Iterator[Found]:
    last = connection.execute(select(func.max(history_head.c.recorded_at))).scalar()
    if last and from_stamp(last) > door.clock.now() + BACK:
        remedy = "Set this machine's clock right (NTP). New records take the moment of the last one until then."
        yield Found(check="clock", level="problem", said=f"The clock stands behind the last record of the history, {last}.", remedy=remedy)
    else:
        yield ok("clock", "the clock stands behind no record")


def _definitions(connection: Connection) -> Iterator[Found]:
    count = connection.execute(select(func.count(definition_version.c.key.distinct()))).scalar_one()
    if count:
        yield ok("processes", f"{count} processes are deployed")
    else:
        yield Found(check="processes", level="warning", said="No process is deployed.", remedy="`chidao init` deploys the shipped ones, `chidao deploy` yours.")


def _calendar(connection: Connection, door: Door) -> Iterator[Found]:
    this = local_date(door.clock.now()).year
    missing = years_without_data(connection, (this, this + 1))
    for year in missing:
        level: Level = "warning" if year == this else "note"
        remedy = "Import its days with `chidao org import calendar.csv`."
        yield Found(check="calendar", level=level, said=f"No day off is known for {year}: only its weekends count.", remedy=remedy)
    if not missing:
        yield ok("calendar", f"days off of {this} and {this + 1} are known")


def _people(connection: Connection) -> Iterator[Found]:
    open_ones = [each for each in accounts(connection) if each.disabled_at is None]
    if open_ones:
        yield ok("accounts", f"{len(open_ones)} people may sign in")
    else:
        yield Found(check="accounts", level="warning", said="Nobody may sign in.", remedy="Open an account with `chidao init` or `chidao user add`.")


def _backup(connection: Connection, door: Door) -> Iterator[Found]:
    last = last_backup(connection)
    if last is None:
        yield Found(check="backup", level="warning", said="No backup was ever made with `chidao backup`.", remedy="Make one, and one each night.")
        return
    age = door.clock.now() - from_stamp(last)
    if age > OLD:
        yield Found(check="backup", level="warning", said=f"The last backup is {age.days} days old.", remedy="Make one each night with `chidao backup`.")
    else:
        yield ok("backup", f"the last backup was made at {last}")


def _verified(connection: Connection, door: Door) -> Found:
    """Look at the last check of the history that was recorded."""
    now, last = door.clock.now(), next(iter(runs(connection, 1)), None)
    if last is not None and last.result == TAMPERED:
        remedy = "See `chidao audit verify`; keep the database as it is."
        return Found(check="verification", level="problem", said=f"The check of the history at {last.at} found changes.", remedy=remedy)
    if since := overdue_since(connection, now, last.at if last else None):
        said = f"The history was last checked {(now - since).days} days ago." if last else f"The history has never been checked, since {stamp(since)}."
        return Found(check="verification", level="warning", said=said, remedy=BY_ITSELF if last_night(connection, now) else BY_HAND)
    if last is None:
        return Found(check="verification", level="note", said="The history has never been checked.", remedy=BY_ITSELF)
    if last.result == UNCHECKED:
        said = f"The check of the history at {last.at} had nothing to compare with: {last.missing[0]}"
        return Found(check="verification", level="warning", said=said, remedy="Give it what was missing.")
    return ok("verification", f"the history was found intact at {last.at}, levels {', '.join(map(str, last.levels))}")


def _history(connection: Connection) -> Iterator[Found]:
    """Check all logs, at every level for which the installation has something to compare with, and the tables against the history."""
    found = examine(connection, own_evidence(), state=True)
    levels = ", ".join(f"{level} {LEVELS[level]}" for level in found.levels)
    rest = ", ".join(f"{level} {name}" for level, name in LEVELS.items() if level not in found.levels)
    for said in found.missing:
        yield Found(check="history", level="unchecked", said=said)
    if found.result == TAMPERED:
        first, count = found.findings[0], sum(each.count for each in found.logs)
        said = f"The history does not verify, {count} findings, the first: {first.sentence()}"
        yield Found(check="history", level="problem", said=said, remedy="See `chidao audit verify --state`; keep the database as it is.")
    elif found.result == INTACT:
        records = ", ".join(f"{each.records} records of {each.log}" for each in found.logs)
        yield ok("history", f"{records} verify, levels {levels}" + (f"; nothing here to compare with at levels {rest}" if rest else ""))
