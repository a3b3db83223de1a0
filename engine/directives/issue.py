"""Write a directive with what hangs on it: items, indicators, citations, dispatches, obligations, messages."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select

from engine.directives.drafted_indicators import drafted_indicators
from engine.directives.followups import Standing, earlier_directive, standings, tell_recipients
from engine.directives.letter import Letter, Recipient
from engine.directives.letter_parts import write_attachments, write_citations, write_indicators, write_items
from engine.directives.milestones import write_milestones
from engine.directives.obligations import write_obligations
from engine.directory.organisations import organisation_by_id, resolve_groups
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Transaction
from engine.kernel.errors import InvalidInput
from engine.messages.inbox import send
from engine.storage.schema import directive, dispatch, document, inbox

MESSAGE = "directive.dispatched"
SOURCE = "dispatch:"
_ASKED = exists().where(inbox.c.idempotency == SOURCE + dispatch.c.directive + f":{MESSAGE}:" + dispatch.c.organisation)
_UNTOLD = select(dispatch.c.organisation).where(dispatch.c.directive == bindparam("b_directive"), ~_ASKED).order_by(dispatch.c.organisation)


def recipients_of(transaction: Transaction, issuer: str, groups: list[str]) -> list[Recipient]:
    """Resolve the groups of an issuer as of now. Raises InvalidInput for a group that resolves to nobody."""
    found = [
        Recipient(organisation=row.organisation, group=row.code, reports=bool(row.reports))
        for row in resolve_groups(transaction.connection, issuer, groups)
        if row.organisation != issuer
    ]
    if not found:
        name = organisation_by_id(transaction.connection, issuer).name
        raise InvalidInput(
            f"Expected at least one recipient in the groups {', '.join(groups)} of {name}, but they have no member other than "
            "the issuer. Record members with `chidao org import groups`, or choose other groups."
        )
    return found


def write_directive(transaction: Transaction, letter: Letter, recipients: list[Recipient]) -> Fact:
    """Write the directive and send it; return the history's fact."""
    fact = enter_directive(transaction, letter, recipients)
    announce(transaction, letter.id, [entry.organisation for entry in recipients], process=letter.body["process"])
    return fact


def untold(connection: Connection, directive_id: str, limit: int | None = None) -> list[str]:
    """Return the recipients whose case nobody has asked to start yet, in the order of their ids."""
    return list(connection.execute(_UNTOLD.limit(limit), {"b_directive": directive_id}).scalars())


def enter_directive(transaction: Transaction, letter: Letter, recipients: list[Recipient]) -> Fact:
    """Write the directive without telling anybody yet; return the history's fact."""
    body = letter.body
    earlier = earlier_directive(transaction.connection, letter.issuer, body.get("follows_up"))
    _write_letter(transaction, letter, follows_up=earlier)
    write_citations(transaction, letter.id, letter.issuer, body.get("basis", []))
    write_attachments(transaction, letter.id, body.get("attached", []))
    write_items(transaction, letter.id, body.get("items", []))
    write_indicators(transaction, letter.id, letter.parent, drafted_indicators(transaction.connection, body))
    fact = add_recipients(transaction, letter, recipients)
    write_milestones(transaction, letter, body.get("milestones", []))
    return fact


def add_recipients(transaction: Transaction, letter: Letter, recipients: list[Recipient]) -> Fact:
    """Write the receipts of a directive and what they owe on it; return the history's fact."""
    body = letter.body
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
    write_obligations(
        transaction,
        directive_id=letter.id,
        issuer=letter.issuer,
        code=letter.code,
        issued=letter.issued,
        duty=body.get("obligation") or {"frequency": "none"},
        phase_end=body.get("phase_end"),
        reporters=[entry.organisation for entry in recipients if entry.reports],
    )
    return _fact(transaction, letter, recipients)


def announce(transaction: Transaction, directive_id: str, organisations: list[str], *, process: str) -> None:
    """Start the case of a written directive in each organisation: one message each; those with the same payload are written together."""
    letter = transaction.connection.execute(select(directive).where(directive.c.id == directive_id)).one()
    standing = standings(transaction, letter.follows_up, organisations)
    tell_recipients(transaction, letter.id, letter.root, letter.subject, standing)
    alike: dict[Standing, list[str]] = {}
    for organisation_id, entry in standing.items():
        alike.setdefault(entry, []).append(organisation_id)
    common = {"directive": letter.id, "issuer": letter.issuer, "sunset": letter.sunset, "process": process}
    for entry, told in alike.items():
        send(
            transaction,
            message=MESSAGE,
            key=letter.id,
            to=told,
            payload={**common, "followed": entry.followed, "standing": entry.standing, "urge_number": entry.number},
            source=f"{SOURCE}{letter.id}",
            roots=[letter.root],
        )


def _write_letter(transaction: Transaction, letter: Letter, *, follows_up: str | None) -> None:
    body = letter.body
    transaction.connection.execute(
        insert(directive).values(
            id=letter.id,
            root=letter.root,
            parent=letter.parent,
            follows_up=follows_up,
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
