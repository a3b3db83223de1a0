"""A document arrives from outside (paper, post, another installation): it becomes a directive and starts its case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from engine.directives.issue import write_directive
from engine.directives.letter import Letter, Recipient
from engine.directives.register import code_of
from engine.directory.organisations import organisation_by_id
from engine.history.record import Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.canonical import sha256_hex
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.schema import directive, dispatch, document

MAX_DOCUMENT = 20 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveDocument:
    """Enter an arrived document; `body` has the keys of the draft form (F05) that are known of it."""

    organisation: str
    issuer: str
    number: int | None
    issued: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDocument:
    """Keep a file by its digest. `content` is hexadecimal text, so that the command is plain JSON."""

    organisation: str
    name: str
    media_type: str
    content: str


def decide_receive(command: ReceiveDocument, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse a document that is here already (Decree 30/2020, annex VI: same number, symbol, issuer and date)."""
    connection = reading.connection
    organisation_by_id(connection, command.organisation)
    organisation_by_id(connection, command.issuer)
    code = code_of(command.number, command.body["symbol"])
    known = select(directive.c.id).join(dispatch, dispatch.c.directive == directive.c.id)
    known = known.where(directive.c.issuer == command.issuer, directive.c.code == code)
    known = known.where(directive.c.issued_date == command.issued, dispatch.c.organisation == command.organisation)
    if connection.execute(known).first():
        raise Refused(f"Expected a document that is not registered yet, but {code} of {command.issued} is here already.")
    try:
        issued = date.fromisoformat(command.issued)
    except ValueError:
        raise InvalidInput(f"Expected the document's date as YYYY-MM-DD, but found {command.issued!r}.") from None

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        letter = Letter(
            id=identity,
            issuer=command.issuer,
            root=identity,
            parent=None,
            number=command.number,
            code=code,
            issued=issued,
            body=command.body,
        )
        recipient = Recipient(organisation=command.organisation, group="", reports=True)
        transaction.record(write_directive(transaction, letter, [recipient]))
        return {"directive": identity}

    return apply


def decide_store(command: StoreDocument, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Keep a file once, whatever the number of times that it arrives."""
    try:
        content = bytes.fromhex(command.content)
    except ValueError:
        raise InvalidInput(f"Expected the content of {command.name!r} in hexadecimal, but it is not.") from None
    if not 0 < len(content) <= MAX_DOCUMENT:
        raise InvalidInput(f"Expected a file of 1 byte to 20 MiB, but {command.name!r} has {len(content)} bytes.")
    digest = sha256_hex(content)
    known = reading.connection.execute(select(document.c.sha256).where(document.c.sha256 == digest)).first()

    def apply(transaction: Transaction) -> dict[str, Any]:
        if known is None:
            row = {"sha256": digest, "name": command.name, "media_type": command.media_type, "size": len(content)}
            transaction.connection.execute(insert(document).values(**row, content=content))
        transaction.record(
            Fact(
                action="document.received",
                subject=Subject(type="document", id=digest),
                documents=({"sha256": digest, "name": command.name, "size": len(content), "signature": "none"},),
            )
        )
        return {"sha256": digest}

    return apply
