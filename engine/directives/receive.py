"""A document arrives from outside (paper, post, another installation): it becomes a directive and starts its case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from engine.definitions.withdrawing import check_begins, offered
from engine.directives.arrival import ARRIVED, UNDETERMINED, facts_of_body
from engine.directives.issue import add_recipients, announce, enter_directive
from engine.directives.letter import Letter, Recipient
from engine.directives.reading.facts import facts
from engine.directives.register import code_of
from engine.directory.organisations import organisation_by_id
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.canonical import sha256_hex
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, InvalidInput, Refused
from engine.kernel.vietnamese import same
from engine.messages.inbox import send
from engine.storage.schema import directive, dispatch, document, organisation, receipt_source

MAX_DOCUMENT = 20 * 1024 * 1024  # bytes
NORMAL = "normal"  # the only secrecy that may be entered
NEEDED = ("doc_type", "symbol", "subject", "sunset")
READ = ("doc_type", "symbol", "subject")  # what a reading may tell in their place


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveDocument:
    """Enter an arrived document; `body` has the keys of the draft form (F05) that are known of it.

    `reading`: the document as `chidao read` gives it. Without `process` in the body a person is asked to confirm the one
    that the decision table proposes. `channel`: paper, email, axis, internal.
    """

    organisation: str
    issuer: str
    number: int | None
    issued: str
    body: dict[str, Any]
    reading: dict[str, Any] | None = None
    channel: str = "paper"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDocument:
    """Keep a file by its digest. `content` is hexadecimal text, so that the command is plain JSON."""

    organisation: str
    name: str
    media_type: str
    content: str


def decide_receive(command: ReceiveDocument, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Register a document once, however often and wherever it arrives.

    The same issuer, type, number, symbol and date are the same document, and with a blank number the same subject too
    (DOMAIN.md 1.4.1; Decree 30/2020, annex VI). A second copy in one organisation is one receipt with another source
    (DOMAIN.md 2.7); in another organisation it is a receipt of the same directive.
    """
    connection = reading.connection
    organisation_by_id(connection, command.organisation)
    level = organisation_by_id(connection, command.issuer).level
    body, issued = _body(command), _day(command.issued)
    if not body["process"] and not offered(connection, ARRIVED, local_date(reading.now)):
        raise Refused(f"Expected a deployed process that starts with {ARRIVED!r}, but there is none. Deploy it, or name the process of the document.")
    known = known_letter(connection, command, body)
    if known is None and body["process"]:  # whoever gets a copy of a letter that is there works as the others do
        check_begins(connection, body["process"], local_date(reading.now))
    told = _facts(command.reading) if command.reading else facts_of_body(body, level)

    def apply(transaction: Transaction) -> dict[str, Any]:
        _lock(transaction.connection, command.issuer)
        if known_letter(transaction.connection, command, body) != known:
            raise Conflict("Expected the document as it was looked for, but somebody has just entered it.")
        if known is not None and received_by(transaction.connection, known.id, command.organisation):
            return _add_source(transaction, command, known)
        identity = known.id if known else transaction.new_id()
        letter = Letter(
            id=identity,
            issuer=command.issuer,
            root=known.root if known else identity,
            parent=known.parent if known else None,
            number=command.number,
            code=code_of(command.number, body["symbol"]),
            issued=issued,
            body=body,
        )
        _enter(transaction, letter, command.organisation, new=known is None)
        _tell(transaction, letter, command.organisation, told)
        return {"directive": letter.id, "duplicate": False}

    return apply


def _body(command: ReceiveDocument) -> dict[str, Any]:
    """Return the body with what the reading adds to it. Raises InvalidInput, or Refused for a classified document."""
    read = command.reading or {}
    body = {**{key: read[key] for key in READ if read.get(key)}, **command.body, "channel": command.channel}
    secrecy = body.get("secrecy") or read.get("secrecy") or NORMAL
    if secrecy != NORMAL:
        raise Refused(
            f"Expected a document without a mark of secrecy, but found {secrecy!r}. It may not be entered here: "
            "keep it in the register of classified documents, outside this system."
        )
    missing = [key for key in NEEDED if not body.get(key)]
    if missing:
        raise InvalidInput(f"Expected {', '.join(NEEDED)} of the document, but {', '.join(missing)} is missing. Enter it.")
    return {**body, "process": body.get("process") or UNDETERMINED}


def _facts(read: dict[str, Any]) -> dict[str, Any]:
    try:
        return facts(read)
    except (KeyError, TypeError) as error:
        raise InvalidInput(f"Expected the reading of a document as `chidao read` gives it, but it lacks {error}. Read the document again.") from None


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise InvalidInput(f"Expected the document's date as YYYY-MM-DD, but found {written!r}.") from None


def known_letter(connection: Connection, command: ReceiveDocument, body: dict[str, Any]) -> Row[Any] | None:
    """Return the directive with this identity, wherever it has arrived."""
    columns: list[Any] = [directive.c.id, directive.c.root, directive.c.parent, directive.c.doc_type, directive.c.symbol, directive.c.subject]
    alike = select(*columns).where(directive.c.issuer == command.issuer, directive.c.issued_date == command.issued)
    alike = alike.where(directive.c.number.is_not_distinct_from(command.number)).order_by(directive.c.created_at, directive.c.id)
    for row in connection.execute(alike):
        numbered = command.number is not None or same(row.subject, body["subject"])
        if numbered and same(row.doc_type, body["doc_type"]) and same(row.symbol, body["symbol"]):
            return row
    return None


def received_by(connection: Connection, directive_id: str, organisation_id: str) -> bool:
    query = select(dispatch.c.id).where(dispatch.c.directive == directive_id, dispatch.c.organisation == organisation_id)
    return connection.execute(query).first() is not None


def _lock(connection: Connection, issuer: str) -> None:
    """Let no other document of the issuer be entered meanwhile: two copies may arrive at once."""
    connection.execute(select(organisation.c.id).where(organisation.c.id == issuer).with_for_update(key_share=True))


def _add_source(transaction: Transaction, command: ReceiveDocument, known: Row[Any]) -> dict[str, Any]:
    transaction.connection.execute(
        insert(receipt_source).values(
            id=transaction.new_id(),
            directive=known.id,
            organisation=command.organisation,
            channel=command.channel,
            arrived_at=transaction.at,
            note=command.body.get("note"),
            same_as=None,
        )
    )
    transaction.record(
        Fact(
            action="document.duplicate",
            subject=Subject(type="directive", id=known.id),
            objects=(
                Subject(type="organisation", id=command.organisation, qualifier="recipient"),
                Subject(type="directive", id=known.root, qualifier="root"),
            ),
            changes=(Change(field="channel", new=command.channel),),
            streams=(known.root,),
        )
    )
    return {"directive": known.id, "duplicate": True}


def _enter(transaction: Transaction, letter: Letter, recipient: str, *, new: bool) -> None:
    write = enter_directive if new else add_recipients
    transaction.record(write(transaction, letter, [Recipient(organisation=recipient, group="", reports=True)]))


def _tell(transaction: Transaction, letter: Letter, recipient: str, told: dict[str, Any]) -> None:
    """Start the case, or, when nobody has said by which process, the question for it."""
    if letter.body["process"]:
        announce(transaction, letter.id, [recipient], process=letter.body["process"])
        return
    send(
        transaction,
        message=ARRIVED,
        key=letter.id,
        to=[recipient],
        payload={"directive": letter.id, "issuer": letter.issuer, "sunset": letter.body["sunset"], **told},
        source=f"arrival:{letter.id}",
        roots=[letter.root],
    )


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
