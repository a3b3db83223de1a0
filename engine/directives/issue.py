"""Write a directive with what hangs on it: items, indicators, citations, dispatches, obligations, messages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from engine.directory.organisations import resolve_groups
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Transaction
from engine.kernel.calendar import first_period
from engine.kernel.errors import InvalidInput
from engine.messages.inbox import send
from engine.storage.schema import (
    citation,
    directive,
    directive_item,
    dispatch,
    document,
    indicator,
    obligation,
)

MESSAGE = "directive.dispatched"


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


def recipients_of(transaction: Transaction, issuer: str, groups: list[str]) -> list[Recipient]:
    """Resolve the groups of an issuer as of now. Raises InvalidInput when nobody is left."""
    found = [
        Recipient(organisation=row.organisation, group=row.code, reports=bool(row.reports))
        for row in resolve_groups(transaction.connection, issuer, groups)
        if row.organisation != issuer
    ]
    if not found:
        raise InvalidInput(f"Expected at least one recipient in the groups {groups}, but found none. Choose other groups.")
    return found


def write_directive(transaction: Transaction, letter: Letter, recipients: list[Recipient]) -> Fact:
    """Write the directive and send it; return the history's fact."""
    body = letter.body
    _write_letter(transaction, letter)
    _write_items(transaction, letter.id, body.get("items", []))
    _write_indicators(transaction, letter, body.get("indicators", []))
    rows = [
        {
            "id": transaction.new_id(),
            "directive": letter.id,
            "organisation": recipient.organisation,
            "recipient_group": recipient.group,
            "status": "00",
            "changed_at": transaction.at,
        }
        for recipient in recipients
    ]
    transaction.connection.execute(insert(dispatch), rows)
    duty = body.get("obligation") or {"frequency": "none"}
    if duty["frequency"] != "none":
        _write_obligations(transaction, letter, duty, [entry for entry in recipients if entry.reports])
    send(
        transaction,
        message=MESSAGE,
        key=letter.id,
        to=[recipient.organisation for recipient in recipients],
        payload={"directive": letter.id, "issuer": letter.issuer, "sunset": body["sunset"], "process": body["process"]},
        source=f"dispatch:{letter.id}",
        roots=[letter.root],
    )
    return _fact(transaction, letter, recipients)


def _write_letter(transaction: Transaction, letter: Letter) -> None:
    body = letter.body
    transaction.connection.execute(
        insert(directive).values(
            id=letter.id,
            root=letter.root,
            parent=letter.parent,
            issuer=letter.issuer,
            process=body["process"],
            doc_type=body["doc_type"],
            number=letter.number,
            symbol=body["symbol"],
            code=letter.code,
            issued_date=letter.issued.isoformat(),
            subject=body["subject"],
            document=body.get("document"),
            reading=json.dumps(body, ensure_ascii=False),
            sunset=body["sunset"],
            status="issued",
            created_at=transaction.at,
        )
    )
    bases = [base if isinstance(base, dict) else {"code": base} for base in body.get("basis", [])]
    rows = [
        {
            "id": transaction.new_id(),
            "directive": letter.id,
            "code": base["code"],
            "cited_date": base.get("date"),
            "relation": base.get("relation", "implements"),
        }
        for base in bases
    ]
    if rows:
        transaction.connection.execute(insert(citation), rows)


def _write_items(transaction: Transaction, directive_id: str, items: list[dict[str, Any]]) -> None:
    rows = [
        {
            "id": transaction.new_id(),
            "directive": directive_id,
            "item_no": item["item_no"],
            "text": item["text"],
            "addressees": json.dumps(item.get("addressees", []), ensure_ascii=False),
            "mode": item.get("mode", "ongoing"),
        }
        for item in items
    ]
    if rows:
        transaction.connection.execute(insert(directive_item), rows)


def _write_indicators(transaction: Transaction, letter: Letter, wanted: list[dict[str, Any]]) -> None:
    if not wanted and letter.parent:
        inherited = select(indicator).where(indicator.c.directive == letter.parent).order_by(indicator.c.position)
        wanted = [dict(row) for row in transaction.connection.execute(inherited).mappings()]
    rows = [
        {
            "directive": letter.id,
            "key": entry["key"],
            "position": position,
            "label": entry["label"],
            "unit": entry.get("unit", ""),
            "aggregation": entry.get("aggregation", "sum"),
        }
        for position, entry in enumerate(wanted)
    ]
    if rows:
        transaction.connection.execute(insert(indicator), rows)


def _write_obligations(
    transaction: Transaction, letter: Letter, duty: dict[str, Any], reporters: list[Recipient]
) -> None:
    begin = duty.get("first_period") or first_period(letter.issued)
    rows = [
        {
            "id": transaction.new_id(),
            "directive": letter.id,
            "organisation": reporter.organisation,
            "superior": letter.issuer,
            "report_type": duty["report_type"],
            "frequency": duty["frequency"],
            "first_period": begin,
            "end_period": duty.get("end_period"),
            "next_period": begin,
            "status": "open",
        }
        for reporter in reporters
    ]
    if rows:
        transaction.connection.execute(insert(obligation), rows)


def _fact(transaction: Transaction, letter: Letter, recipients: list[Recipient]) -> Fact:
    files: tuple[dict[str, Any], ...] = ()
    if letter.body.get("document"):
        row = transaction.connection.execute(
            select(document.c.name, document.c.size).where(document.c.sha256 == letter.body["document"])
        ).one_or_none()
        if row is None:
            raise InvalidInput(f"Expected a stored document, but found the digest {letter.body['document']!r}. Upload it first.")
        files = ({"sha256": letter.body["document"], "name": row.name, "size": row.size, "signature": "none"},)
    changes = (
        Change(field="code", new=letter.code),
        Change(field="subject", new=letter.body["subject"]),
        Change(field="recipients", new=[recipient.organisation for recipient in recipients]),
        Change(field="obligation", new=letter.body.get("obligation")),
    )
    objects = (
        Subject(type="organisation", id=letter.issuer, qualifier="issuer"),
        *(Subject(type="organisation", id=entry.organisation, qualifier="recipient") for entry in recipients),
        Subject(type="directive", id=letter.root, qualifier="root"),
    )
    return Fact(
        action="directive.dispatched",
        subject=Subject(type="directive", id=letter.id),
        objects=objects,
        changes=changes,
        documents=files,
        basis=letter.code,
        streams=(letter.root,),
    )

