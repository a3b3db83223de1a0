"""The morning mail: what is overdue, due today and new on somebody's desk, at most once on a working day, to whoever has an address.

It is an effect like any other mail, under a key that names the day and the person, so that nobody gets it twice whatever happens. It says
names of tasks and codes of directives, never what stands in them. Without a mail server nothing is noted: mails of long ago help nobody.
From what time on is a setting of the installation (`digest_begins`): offices begin their day at different hours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from engine.directory.settings import DIGEST_BEGINS, KNOWN, setting, write_setting
from engine.directory.working_calendar import calendar_of
from engine.effects.outbox import EMAIL, request
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.instances.incidents import DIGESTS
from engine.kernel import environment
from engine.kernel.actor import Actor
from engine.kernel.clock import ZONE, from_stamp, local_date
from engine.storage.schema import account, mail_choice, person
from engine.storage.wake_ups import Due
from engine.tasks.list_rows import Item, desk_of, open_items

Apply = Callable[[Transaction], dict[str, Any]]
LASTS = timedelta(hours=4, minutes=30)  # who was not written to by then is not any more that day
TOGETHER = 100  # people in one transaction
MOST_LINES = 15  # tasks that a mail names in each group
WRITTEN = "digests_written"  # the setting that keeps how far the mails of a day are: "2024-04-15:ID" or "2024-04-15:all"
ALL = "all"
A_MOMENT = timedelta(milliseconds=1)  # what is due at the end of a day is due at midnight, when the next one begins
SERVER = "CHIDAO_SMTP_URL"
_PEOPLE = (
    select(person.c.id, person.c.name)
    .outerjoin(account, account.c.person == person.c.id)
    .outerjoin(mail_choice, mail_choice.c.person == person.c.id)
    .where(person.c.email.is_not(None), account.c.disabled_at.is_(None))
    .where(mail_choice.c.digest.is_(None) | (mail_choice.c.digest == 1))
    .where(person.c.id > bindparam("b_after"))
    .order_by(person.c.id)
    .limit(TOGETHER)
)
_CHOICE = select(mail_choice.c.digest).where(mail_choice.c.person == bindparam("b_person"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigests:
    """Note the mails of this morning for those who come next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseDigest:
    """Say whether one wants the morning mail."""

    wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDigestChoice:
    """Ask what one has chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestChoice:
    """What somebody has chosen. `address`: where the mail goes; "" when the directory knows none; `server`: mail is sent at all."""

    wanted: bool
    address: str
    server: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What one mail tells."""

    overdue: tuple[Item, ...] = field(default=())
    today: tuple[Item, ...] = field(default=())
    new: tuple[Item, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write about."""
        return not (self.overdue or self.today or self.new)


def digests_due(connection: Connection, now: datetime) -> bool:
    """Tell whether mails of this morning are still to be noted."""
    if not environment.is_set(SERVER):
        return False
    day = local_date(now)
    if not timedelta() <= now - _begins(connection, day) < LASTS or not calendar_of(connection).is_working(day):
        return False
    return setting(connection, WRITTEN, "") != f"{day}:{ALL}"


def _begins(connection: Connection, day: date) -> datetime:
    """Return from when on the mails of a day are sent."""
    return datetime.combine(day, time.fromisoformat(setting(connection, DIGEST_BEGINS, str(KNOWN[DIGEST_BEGINS]))), ZONE)


def decide_send_digests(_command: SendDigests, reading: Reading) -> Apply:
    """Return what notes the mails of up to 100 people; nothing when all have been written to, or it is not the time."""
    connection, now = reading.connection, reading.now
    if not digests_due(connection, now):
        return lambda _transaction: {"noted": 0, "advanced": False}
    day = local_date(now)
    written = setting(connection, WRITTEN, "")
    after = written.partition(":")[2] if written.startswith(f"{day}:") else ""
    people = connection.execute(_PEOPLE, {"b_after": after}).all()
    since = _begins(connection, calendar_of(connection).working_days_before(day, 1))  # when the mails before these went out
    mails = {row.id: (row.name, found) for row in people if not (found := digest_of(connection, row.id, now, since)).is_empty}
    reached = people[-1].id if len(people) == TOGETHER else ALL

    def apply(transaction: Transaction) -> dict[str, Any]:
        noted = 0
        for identity, (name, found) in mails.items():
            payload = {"person": identity, "subject": subject_of(found, day), "text": text_of(found, name, day)}
            noted += request(transaction, key=f"digest.{day:%Y%m%d}.{identity}", kind=EMAIL, payload=payload)
        write_setting(transaction, key=WRITTEN, value=f"{day}:{reached}")
        change = Change(field=WRITTEN, old=written, new=f"{day}:{reached}")
        transaction.record(Fact(action="digests.noted", subject=Subject(type="setting", id=WRITTEN), changes=(change,)))
        if reached != ALL:
            transaction.wake(Due.DIGESTS, DIGESTS)  # for the rest
        return {"noted": noted}

    return apply


def digest_of(connection: Connection, person_id: str, now: datetime, since: datetime) -> Digest:
    """Return what to tell somebody: of the tasks that are theirs, or free where they stand, and not put aside. New is what came after `since`."""
    reading = Reading(connection=connection, now=now, actor=Actor.person(person_id, method="digest"))
    desk = desk_of(reading)
    day = desk.today
    rows = [
        row
        for row in open_items(connection, desk)
        if row.assignee in (None, person_id) and desk.may_do(row) and not (row.later and row.later > day.isoformat())
    ]
    rows.sort(key=lambda row: (row.due_at or "~", row.created_at, row.task))
    overdue = tuple(row for row in rows if row.due_at and _day_due(row) < day)
    today = tuple(row for row in rows if row.due_at and _day_due(row) == day)
    told = {row.task for row in (*overdue, *today)}
    new = tuple(row for row in rows if row.task not in told and from_stamp(row.created_at) > since)
    return Digest(overdue=overdue, today=today, new=new)


def subject_of(found: Digest, day: date) -> str:
    """Return the subject: the day and how much there is of each."""
    parts = ((found.overdue, "quá hạn"), (found.today, "đến hạn hôm nay"), (found.new, "việc mới"))
    told = ", ".join(f"{len(rows)} {words}" for rows, words in parts if rows)
    return f"Việc cần làm ngày {_short(day)}: {told}"


def text_of(found: Digest, name: str, day: date) -> str:
    """Return the mail, with a link only where it is known at which address the pages are reached."""
    lines = [f"Kính gửi {name},", ""]
    for rows, title in ((found.overdue, "Quá hạn"), (found.today, "Đến hạn hôm nay"), (found.new, "Việc mới")):
        if rows:
            lines += [f"{title} ({len(rows)}):", *_lines(rows, day), ""]
    address = environment.value("CHIDAO_ADDRESS")
    if address:
        lines += [f"Mở công việc: {address.rstrip('/')}/work", f"Không muốn nhận thư này nữa: {address.rstrip('/')}/account/mail", ""]
    lines.append("Thư được gửi tự động vào sáng ngày làm việc; xin không trả lời thư này.")
    return "\n".join(lines)


def _lines(rows: Sequence[Item], day: date) -> list[str]:
    told = [_line(row, day) for row in rows[:MOST_LINES]]
    return told if len(rows) <= MOST_LINES else [*told, f"- … và {len(rows) - MOST_LINES} việc khác"]


def _line(row: Item, day: date) -> str:
    about = f" ({row.code})" if row.code else ""
    if not row.due_at:
        return f"- {row.name}{about}"
    due = _day_due(row)
    late = f", trễ {(day - due).days} ngày" if due < day else ""
    return f"- {row.name}{about}, hạn {_short(due)}{late}"


def _day_due(row: Item) -> date:
    return local_date(from_stamp(row.due_at or "") - A_MOMENT)


def _short(day: date) -> str:
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)  # as in documents (DOMAIN.md 3.2)
    return f"{day.day:02d}/{month}/{day.year}"


# -------------------------------------------------------------------------------------------------------------- choosing


def decide_choose_digest(command: ChooseDigest, reading: Reading) -> Apply:
    """Return what keeps the choice; nothing when it is chosen already."""
    before = _wanted(reading.connection, reading.actor.id)
    if before == command.wanted:
        return lambda _transaction: {"wanted": command.wanted}

    def apply(transaction: Transaction) -> dict[str, Any]:
        who = transaction.actor.id
        transaction.connection.execute(delete(mail_choice).where(mail_choice.c.person == who))
        transaction.connection.execute(insert(mail_choice).values(person=who, digest=int(command.wanted), changed_at=transaction.at))
        change = Change(field="digest", old=before, new=command.wanted)
        transaction.record(Fact(action="mail.chosen", subject=Subject(type="person", id=who), changes=(change,)))
        return {"wanted": command.wanted}

    return apply


def answer_digest_choice(_query: ShowDigestChoice, reading: Reading) -> DigestChoice:
    """Return what the actor has chosen."""
    row: Row[Any] | None = reading.connection.execute(select(person.c.email).where(person.c.id == reading.actor.id)).one_or_none()
    return DigestChoice(
        wanted=_wanted(reading.connection, reading.actor.id),
        address=(row.email or "") if row else "",
        server=environment.is_set(SERVER),
    )


def _wanted(connection: Connection, person_id: str) -> bool:
    found = connection.execute(_CHOICE, {"b_person": person_id}).scalar_one_or_none()
    return found != 0
