"""Reminders and urges (SP6): each is a row that is written once, counted per matter and organisation, never edited or deleted.

A reminder (level 0) calls to mind; an urge has a level: 1 notice, 2 written, 3 from leader to leader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, update

from engine.directives.standing import directive_by_id, superior_of
from engine.directory.organisations import organisation_by_code, organisation_by_id
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.kernel.errors import Refused
from engine.messages.inbox import send
from engine.storage.schema import dispatch, organisation, reminder

REMINDER, NOTICE, WRITTEN, LEADER_TO_LEADER = range(4)
MESSAGE = "urge.sent"
NOTHING_OPEN = ("02", "06", "15")  # sent back, completed, recalled
MAX_SHOWN = 200  # organisations in a task's data, which stays small


@dataclass(frozen=True, slots=True, kw_only=True)
class Urge:
    """Whom a reminder or urge reaches, and of what. `about` names the matter exactly: urges are counted by it."""

    organisation: str
    role: str
    about: str
    level: int = REMINDER
    directive: str | None = None
    consolidation: str | None = None
    content: str | None = None
    new_due: str | None = None


def remind(call: Call) -> dict[str, Any]:
    """Remind a role of this organisation of something not yet done. Parameters: role, about."""
    unit, role, about = call.case.organisation, call.parameter("role"), call.parameter("about")
    remember_urge(call, Urge(organisation=unit, role=role, about=about, directive=call.case.directive))
    return {}


_REMEMBER = insert(reminder)
_SO_FAR = select(func.coalesce(func.max(reminder.c.number), 0)).where(
    reminder.c.organisation == bindparam("b_organisation"), reminder.c.about == bindparam("b_about"), reminder.c.urge_level > REMINDER
)


def remember_urge(call: Call, urge: Urge) -> str:
    """Write one reminder or urge with its fact; return its id.

    `number` counts the urges to one organisation about one matter (as VNPT iOffice does); a reminder has number 0.
    Two writers cannot take the same number: the second is refused by the database and tries again.
    """
    transaction, sender = call.transaction, call.case.organisation
    identity = transaction.new_id()
    number = urges_so_far(call, organisation=urge.organisation, about=urge.about) + 1 if urge.level > REMINDER else 0
    row = {
        "id": identity,
        "organisation": urge.organisation,
        "from_organisation": sender if sender != urge.organisation else None,
        "instance": call.case.id,
        "role": urge.role,
        "about": urge.about,
        "urge_level": urge.level,
        "directive": urge.directive,
        "consolidation": urge.consolidation,
        "number": number,
        "content": urge.content,
        "new_due": urge.new_due,
        "sent_at": transaction.at,
    }
    transaction.connection.execute(_REMEMBER, row)
    told = {"about": urge.about, "role": urge.role, "level": urge.level, "number": number}
    told |= {"content": urge.content, "new_due": urge.new_due}
    call.record(
        "reminder.sent" if urge.level == REMINDER else "urge.sent",
        Subject(type="organisation", id=urge.organisation),
        objects=(Subject(type="reminder", id=identity),),
        changes=tuple(Change(field=name, new=value) for name, value in told.items() if value is not None),
    )
    return identity


def urges_so_far(call: Call, *, organisation: str, about: str) -> int:
    """Return how often this organisation was urged about this matter."""
    return int(call.transaction.connection.execute(_SO_FAR, {"b_organisation": organisation, "b_about": about}).scalar_one())


def urge_unit(call: Call, urge: Urge) -> str:
    """Urge another organisation and ask it for an explanation: its own short instance starts (SP6). Return the urge's id."""
    identity = remember_urge(call, urge)
    number = urges_so_far(call, organisation=urge.organisation, about=urge.about)
    payload = {"reminder": identity, "directive": urge.directive, "urge_number": number, "urge_level": urge.level}
    send(
        call.transaction,
        message=MESSAGE,
        key=identity,
        to=[urge.organisation],
        payload={**payload, "urge_content": urge.content or "", "urge_due": urge.new_due or ""},
        source=f"urge:{identity}",
        roots=call.case.roots,
    )
    return identity


def open_work(call: Call) -> dict[str, Any]:
    """Show with whom a directive is still open. Parameter: directive. Result: open_units (name, code, since when), urge_targets."""
    connection, letter = call.transaction.connection, call.parameter("directive")
    query = (
        select(organisation.c.id, organisation.c.code, organisation.c.name, dispatch.c.status, dispatch.c.changed_at)
        .join(dispatch, dispatch.c.organisation == organisation.c.id)
        .where(dispatch.c.directive == letter, dispatch.c.status.not_in(NOTHING_OPEN))
        .order_by(organisation.c.name)
        .limit(MAX_SHOWN)
    )
    rows = connection.execute(query).all()
    shown = [
        {"code": row.code, "name": row.name, "status": row.status, "urges": urges_so_far(call, organisation=row.id, about=letter)} for row in rows
    ]
    return {"open_units": shown, "urge_targets": [row.code for row in rows]}


def check_urge(call: Call) -> dict[str, Any]:
    """Look for what keeps an urge from being sent. Parameters: directive, form (F14). Result: problems."""
    connection, unit = call.transaction.connection, call.case.organisation
    form, letter = call.form(call.parameter("form")), _letter(call)
    if letter.issuer != unit:
        names = [organisation_by_id(connection, each).name for each in (unit, letter.issuer)]
        return {"problems": [f"Expected a directive that {names[0]} has issued, but {letter.code} is from {names[1]}. Urge for your own directives."]}
    open_units = {row["code"]: row["name"] for row in open_work(call)["open_units"]}
    return {
        "problems": [
            f"Expected an organisation with which {letter.code} is still open ({', '.join(sorted(open_units.values()))}), but found {code!r}. Leave it out."
            for code in form["targets"]
            if code not in open_units
        ]
    }


def send_urges(call: Call) -> dict[str, Any]:
    """Urge every target in writing. Parameters: directive, form. Result: urged (how many).

    From leader to leader (level 3) our own superior gets a copy (DOMAIN.md T7).
    """
    form, letter = call.form(call.parameter("form")), _letter(call)
    level, day = int(form["level"]), local_date(call.transaction.now)
    said = {"about": letter.id, "directive": letter.id, "content": form["content"], "new_due": form.get("new_due")}
    role = "leader" if level == LEADER_TO_LEADER else "specialist"
    targets = [organisation_by_code(call.transaction.connection, code).id for code in dict.fromkeys(form["targets"])]
    for target in targets:
        urge_unit(call, Urge(organisation=target, role=role, level=level, **said))
    superior = superior_of(call.transaction.connection, call.case.organisation, letter.id, day) if level == LEADER_TO_LEADER else None
    if superior:
        remember_urge(call, Urge(organisation=superior, role="leader", level=REMINDER, **said))
    return {"urged": len(targets)}


def answer_urge(call: Call) -> dict[str, Any]:
    """Write the explanation beside the urge, once, and lay it on the desk of whoever urged.

    Parameters: form; reminder, or followed: the directive of which the newest urge without an answer is meant.
    """
    form = call.form(call.parameter("form"))
    row = _urge(call)
    identity = row.id
    plan = f" ({form['plan_date']})" if form.get("plan_date") else ""
    text = f"{form['explanation']}{plan}"
    done = call.transaction.connection.execute(
        update(reminder).where(reminder.c.id == identity, reminder.c.answered_at.is_(None)).values(answered_at=call.transaction.at, answer=text)
    )
    if done.rowcount != 1:
        raise Refused(
            f"Expected an urge without an answer, but it was answered on {row.answered_at}. An answer cannot be changed; report the new state instead."
        )
    call.record("urge.answered", Subject(type="reminder", id=identity), changes=(Change(field="answer", new=text),))
    if row.from_organisation:
        note = Urge(organisation=row.from_organisation, role="consolidator", about=identity, directive=row.directive, content=text, new_due=form.get("plan_date"))
        remember_urge(call, note)
    return {}


def _urge(call: Call) -> Row[Any]:
    if "reminder" in call.parameters:
        return call.transaction.connection.execute(select(reminder).where(reminder.c.id == call.parameter("reminder"))).one()
    urged = select(reminder).where(reminder.c.directive == call.parameter("followed"), reminder.c.organisation == call.case.organisation)
    urged = urged.where(reminder.c.urge_level > REMINDER, reminder.c.answered_at.is_(None))
    return call.transaction.connection.execute(urged.order_by(reminder.c.number.desc()).limit(1)).one()


def _letter(call: Call) -> Row[Any]:
    return directive_by_id(call.transaction.connection, call.parameter("directive"))


URGING: dict[str, Any] = {
    "remind": remind,
    "open_work": open_work,
    "check_urge": check_urge,
    "send_urges": send_urges,
    "answer_urge": answer_urge,
}
