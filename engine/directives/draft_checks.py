"""What is wrong with a draft before it is signed, one sentence each: told to whoever drafts, not found out when it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from engine.definitions.repository import starters
from engine.definitions.withdrawing import refusal_of
from engine.directives.followups import earlier_directive
from engine.directives.letter_parts import last_day_of
from engine.directives.obligations import last_report_day
from engine.directory.organisations import organisation_by_id
from engine.directory.settings import BEFORE_IS_STRICT, setting
from engine.kernel.periods import ONCE
from engine.storage.schema import (
    directive,
    document,
    obligation,
    organisation,
    recipient_group,
    recipient_group_member,
    reporting_regime,
)

START = "directive.dispatched"


def problems_of(connection: Connection, issuer: str, draft: dict[str, Any], parent: str | None, *, today: date) -> list[str]:
    """Return what keeps a draft (F05) from being issued by `issuer`; `parent` is the letter that it hands down."""
    found = [*_process(connection, draft, today), *_recipients(connection, issuer, draft), *_links(connection, issuer, draft)]
    return [*found, *_dates(connection, draft), *_regime(connection, issuer, draft, parent)]


def _process(connection: Connection, draft: dict[str, Any], today: date) -> Iterator[str]:
    known = starters(connection, START)
    withdrawn = refusal_of(connection, draft["process"], today)
    if withdrawn:
        yield withdrawn
    elif draft["process"] not in known:
        yield f"Expected a deployed process ({', '.join(sorted(known))}), but found {draft['process']!r}. Choose one of them."


def _recipients(connection: Connection, issuer: str, draft: dict[str, Any]) -> Iterator[str]:
    name = organisation_by_id(connection, issuer).name
    for code in draft["recipient_groups"]:
        group = connection.execute(
            select(recipient_group).where(recipient_group.c.owner == issuer, recipient_group.c.code == code)
        ).one_or_none()
        if group is None:
            yield f"Expected a recipient group of {name}, but found {code!r}. Record it with `chidao org import groups`."
            continue
        members = select(func.count()).select_from(recipient_group_member)
        members = members.where(
            recipient_group_member.c.recipient_group == group.id, recipient_group_member.c.organisation != issuer
        )
        if not connection.execute(members).scalar_one():
            yield (
                f'Expected a member of the recipient group "{group.name}" ({code}) of {name}, but it has none. '
                "Record its members with `chidao org import groups`."
            )


def _links(connection: Connection, issuer: str, draft: dict[str, Any]) -> Iterator[str]:
    code = draft.get("follows_up")
    if code and earlier_directive(connection, issuer, code) is None:
        name = organisation_by_id(connection, issuer).name
        yield f"Expected a letter of {name} with the code {code!r} to follow up, but found none. Write its code as it is printed."
    for each in draft.get("attached", []):
        if connection.execute(select(directive.c.id).where(directive.c.id == each)).first() is None:
            yield f"Expected the id of a registered letter to attach, but found {each!r}. Register the letter first."
    digest = draft.get("document")
    if digest and connection.execute(select(document.c.sha256).where(document.c.sha256 == digest)).first() is None:
        yield f"Expected a stored document, but found the digest {digest!r}. Upload it first."


def _dates(connection: Connection, draft: dict[str, Any]) -> Iterator[str]:
    duty, sunset = draft["obligation"], draft["sunset"]
    dues = [("the report", duty.get("due_date") if duty["frequency"] == ONCE else None)]
    dues += [(f"item {item['item_no']}", item.get("due_date")) for item in draft["items"]]
    for what, due in dues:
        if due and sunset < due:
            yield f"Expected the tracking to end after {what} is due ({_day(due)}), but it ends on {_day(sunset)}. Choose a later `sunset`."
    end = draft.get("phase_end")
    if end and duty["frequency"] == ONCE and end > (last := last_report_day(connection, duty).isoformat()):
        yield f"Expected the campaign to end by the last day of its report ({_day(last)}), but it ends on {_day(end)}. Choose an earlier `phase_end`."


def _regime(connection: Connection, issuer: str, draft: dict[str, Any], parent: str | None) -> Iterator[str]:
    """A child's report must be due before the parent's (DOMAIN.md 2.2: check at F05)."""
    duty = draft["obligation"]
    owed = connection.execute(
        select(obligation).where(obligation.c.directive == parent, obligation.c.organisation == issuer, obligation.c.status == "open")
    ).one_or_none()
    if owed is None or duty["frequency"] != owed.frequency:
        return
    if owed.frequency == ONCE:
        last = last_day_of(duty, strict=setting(connection, BEFORE_IS_STRICT, True))
        if last is not None and last >= owed.due_date:
            yield (
                f"Expected the report from below by a day before our own last day ({_day(owed.due_date)}), "
                f"but its last day is {_day(last)}. Choose an earlier `due_date`."
            )
        return
    own = _due_day(connection, issuer, owed.superior, owed.frequency)
    for unit in _reporters(connection, issuer, draft["recipient_groups"]):
        below = _due_day(connection, unit, issuer, owed.frequency)
        if own is not None and below is not None and below >= own:
            name = organisation_by_id(connection, unit).name
            yield (
                f"Expected the {owed.frequency} report of {name} to be due before our own (day {own}), but it is due on day {below}. "
                "Give its level an earlier day in the reporting regime."
            )


def _reporters(connection: Connection, issuer: str, groups: list[str]) -> list[str]:
    query = (
        select(recipient_group_member.c.organisation)
        .join(recipient_group, recipient_group.c.id == recipient_group_member.c.recipient_group)
        .where(recipient_group.c.owner == issuer, recipient_group.c.code.in_(groups), recipient_group_member.c.reports == 1)
        .where(recipient_group_member.c.organisation != issuer)
    )
    return sorted(set(connection.execute(query).scalars()))


def _due_day(connection: Connection, reporter: str, superior: str, frequency: str) -> int | None:
    """Return the due day of a reporter's level: the superior's own rule before the usual one."""
    rules = reporting_regime.c
    query = (
        select(rules.due_day)
        .join(organisation, organisation.c.level == rules.level)
        .where(organisation.c.id == reporter, rules.frequency == frequency)
        .where((rules.superior == superior) | rules.superior.is_(None))
        .order_by(rules.superior.is_(None))
    )
    return connection.execute(query.limit(1)).scalar_one_or_none()


def _day(day: str) -> str:
    return f"{date.fromisoformat(day):%d/%m/%Y}"
