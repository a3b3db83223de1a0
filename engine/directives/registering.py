"""Registering from a file: a stored document is read, the clerk corrects what the reader proposes, nothing that was typed is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from engine.directives.reading import read_document
from engine.directives.receive import ReceiveDocument, known_letter, received_by
from engine.documents.legacy_fonts import from_legacy_font
from engine.documents.text import extract_text
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import InvalidInput, NotFound
from engine.kernel.vietnamese import fold, same
from engine.storage.schema import directive, document, draft, organisation

Write = Callable[[Transaction], dict[str, Any]]
PLACE = "register:"  # of drafts: what is being registered, by the digest of its file
MOST_OFFERED = 15  # organisations that a name may mean
LONGEST = 400_000  # characters of a draft


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRegistration:
    """Keep what has been typed about a stored document (its SHA-256) that is not registered yet."""

    sha256: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRegistration:
    """Keep it no longer: it was registered, or is not to be."""

    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRegistrations:
    """What the actor has begun to register; `sha256`: only this one."""

    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A registration that was begun. `data`: what was typed, {} while nothing was."""

    sha256: str
    name: str
    size: int
    saved_at: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStored:
    """Read a stored document for an organisation that wants to register it; `part` (from 1): which letter of a file that holds several."""

    organisation: str
    sha256: str
    part: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """`lines`: the text; `reading`: as `chidao read` gives it, or None with `problem`, the sentence why. `converted`: from an old font."""

    name: str
    lines: tuple[str, ...] = ()
    reading: Mapping[str, Any] | None = None
    parts: int = 1
    problem: InvalidInput | None = None
    converted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseeRegistration:
    """Which organisations a name or symbol may mean, and, with an issuer, whether the letter is known already."""

    organisation: str
    called: str
    symbol: str
    issuer: str | None = None
    number: int | None = None
    issued: str | None = None
    doc_type: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """`offered`: organisations (id, code, name), the likeliest first; `exact`: the first is the one. `known`: the same letter, registered before."""

    offered: tuple[Row[Any], ...] = ()
    exact: bool = False
    known: Row[Any] | None = None
    received_here: bool = False
    issuer: Row[Any] | None = field(default=None)


def decide_keep(command: KeepRegistration, _reading: Reading) -> Write:
    """Keep a draft. Raises InvalidInput when it is too long."""
    data = json.dumps(command.data, ensure_ascii=False)
    if len(data) > LONGEST:
        raise InvalidInput(f"Expected at most {LONGEST:,} characters, but found {len(data):,}. Shorten the items.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        mine = (draft.c.place == PLACE + command.sha256, draft.c.person == transaction.actor.id)
        kept = {"data": data, "saved_at": transaction.at}
        if transaction.connection.execute(update(draft).where(*mine).values(**kept)).rowcount == 0:
            transaction.connection.execute(insert(draft).values(place=PLACE + command.sha256, person=transaction.actor.id, **kept))
        return {"saved_at": transaction.at}

    return apply


def decide_drop(command: DropRegistration, _reading: Reading) -> Write:
    """Forget a draft; the file stays."""

    def apply(transaction: Transaction) -> dict[str, Any]:
        mine = (draft.c.place == PLACE + command.sha256, draft.c.person == transaction.actor.id)
        transaction.connection.execute(delete(draft).where(*mine))
        return {}

    return apply


def answer_registrations(query: ListRegistrations, reading: Reading) -> tuple[Begun, ...]:
    """Return what the actor has begun, the newest first."""
    digest = draft.c.place == PLACE + query.sha256 if query.sha256 else draft.c.place.startswith(PLACE)
    rows = reading.connection.execute(
        select(draft.c.place, draft.c.data, draft.c.saved_at, document.c.name, document.c.size)
        .join(document, PLACE + document.c.sha256 == draft.c.place)
        .where(draft.c.person == reading.actor.id, digest)
        .order_by(draft.c.saved_at.desc())
    )
    return tuple(
        Begun(sha256=row.place.removeprefix(PLACE), name=row.name, size=row.size, saved_at=row.saved_at, data=json.loads(row.data)) for row in rows
    )


def answer_read(query: ReadStored, reading: Reading) -> Read:
    """Read the document of a registration that the actor has begun. Raises NotFound for any other."""
    begun = select(draft.c.place).where(draft.c.place == PLACE + query.sha256, draft.c.person == reading.actor.id)
    row = reading.connection.execute(
        select(document.c.name, document.c.content).where(document.c.sha256 == query.sha256, begun.exists())
    ).one_or_none()
    if row is None:
        raise NotFound(f"Expected a document that you have begun to register, but found {query.sha256!r}. Upload the file.")
    return _read(query.sha256, row.name, bytes(row.content), query.part)


@lru_cache(maxsize=16)
def _read(_sha256: str, name: str, content: bytes, part: int) -> Read:
    """Read a file once: what has the same digest reads the same."""
    try:
        text, converted = from_legacy_font(extract_text(name, content))
    except InvalidInput as problem:
        return Read(name=name, problem=problem)
    lines = tuple(text.split("\n"))
    try:
        found = read_document(name, content)
    except InvalidInput as problem:
        return Read(name=name, lines=lines, problem=problem, converted=converted)
    chosen = found[min(max(part, 1), len(found)) - 1]
    return Read(name=name, lines=lines, reading=chosen.to_json(), parts=len(found), converted=converted)


def answer_foreseen(query: ForeseeRegistration, reading: Reading) -> Foreseen:
    """Say whom the issuer's name means, and whether the letter is known: three statements at most."""
    connection = reading.connection
    offered, exact = _called(connection, query.called, query.symbol.rpartition("/")[2])
    if query.issuer is None:
        return Foreseen(offered=offered, exact=exact)
    issuer = connection.execute(_UNITS.where(organisation.c.id == query.issuer)).one_or_none()
    if issuer is None or not query.issued or not query.symbol:
        return Foreseen(offered=offered, exact=exact, issuer=issuer)
    command = ReceiveDocument(organisation=query.organisation, issuer=query.issuer, number=query.number, issued=query.issued, body={})
    known = known_letter(connection, command, {"doc_type": query.doc_type, "symbol": query.symbol, "subject": query.subject})
    if known is None:
        return Foreseen(offered=offered, exact=exact, issuer=issuer)
    letter: Row[Any] = connection.execute(_LETTER.where(directive.c.id == known.id)).one()
    here = received_by(connection, known.id, query.organisation)
    return Foreseen(offered=offered, exact=exact, known=letter, received_here=here, issuer=issuer)


_LETTER: Select[Any] = select(directive.c.id, directive.c.code, directive.c.subject)
_UNITS: Select[Any] = select(organisation.c.id, organisation.c.code, organisation.c.name, organisation.c.symbol)


def _called(connection: Connection, name: str, symbol: str) -> tuple[tuple[Row[Any], ...], bool]:
    """Return the organisations that a name may mean: those called so, those whose names hold its words, those with the symbol."""
    words = fold(name).split()
    found: list[tuple[int, Row[Any]]] = []
    for row in connection.execute(_UNITS.order_by(organisation.c.name)):
        folded = fold(row.name)
        if name and same(row.name, name):
            found.append((0, row))
        elif words and (all(word in folded for word in words) or row.code == name):
            found.append((1, row))
        elif symbol and row.symbol == symbol:
            found.append((2, row))
    found.sort(key=lambda pair: pair[0])
    return tuple(row for _, row in found[:MOST_OFFERED]), sum(rank == 0 for rank, _ in found) == 1


def corrected(reading: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reading with what the clerk corrected in it: the decision table that proposes a process sees what was confirmed."""
    duty = body.get("obligation") or {"frequency": "none"}
    frequency = duty["frequency"]
    due = {"date": duty["due_date"], "operator": duty.get("due_operator", "before")} if duty.get("due_date") else None
    return {
        **reading,
        **{key: body[key] for key in ("doc_type", "symbol", "subject")},
        "cited_documents": [{"code": each["code"], "date": each.get("date"), "relation": each["relation"]} for each in body.get("basis", [])],
        "items": [_item(each) for each in body.get("items", [])],
        "reporting": {**reading["reporting"], "duty": "final_by_date" if frequency == "once" else frequency, "due": due},
    }


def _item(entry: Mapping[str, Any]) -> dict[str, Any]:
    due = {"date": entry["due_date"], "operator": entry.get("due_operator", "before")} if entry.get("due_date") else None
    return {"id": entry["item_no"], "addressees": entry["addressees"], "actions": [{"id": entry["item_no"], "text": entry["text"], "deadline": due}]}

