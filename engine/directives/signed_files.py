"""A file that was signed elsewhere is kept beside a directive, with its digest; its signature is not checked here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import NotFound, Refused
from engine.storage.schema import directive, document, signed_file

LONGEST_NOTE = 500  # characters
UNCHECKED = "unchecked"  # how the history calls a signature that nobody here looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachSignedFile:
    """Attach a stored document (its SHA-256) to a directive as the file that was signed elsewhere; `note` says where."""

    directive: str
    document: str
    note: str = ""


def decide_attach(command: AttachSignedFile, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Check that the file is stored and not attached yet."""
    connection = reading.connection
    file = connection.execute(select(document.c.name, document.c.size).where(document.c.sha256 == command.document)).one_or_none()
    if file is None:
        raise NotFound(f"Expected the digest of a stored file, but found {command.document!r}. Upload the file first.")
    same = select(signed_file.c.id).where(signed_file.c.directive == command.directive, signed_file.c.document == command.document)
    if connection.execute(same).first():
        raise Refused("Expected a file that is not attached yet, but the same one is attached already. Nothing was changed.")
    root = connection.execute(select(directive.c.root).where(directive.c.id == command.directive)).scalar_one()
    note = command.note.strip()[:LONGEST_NOTE]

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        row = {"id": identity, "directive": command.directive, "report": None, "document": command.document, "note": note}
        transaction.connection.execute(insert(signed_file).values(**row, attached_by=transaction.actor.id, attached_at=transaction.at))
        transaction.record(
            Fact(
                action="file.attached",
                subject=Subject(type="directive", id=command.directive),
                objects=(Subject(type="document", id=command.document),),
                changes=(Change(field="note", new=note),),
                documents=({"sha256": command.document, "name": file.name, "size": file.size, "signature": UNCHECKED},),
                streams=(root,),
            )
        )
        return {"signed_file": identity}

    return apply
