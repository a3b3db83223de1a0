"""A document read into structure: the values, how sure each is, and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from engine.directives.reading.attachments import Attachment, read_attachments
from engine.directives.reading.citations import Citation, read_citations
from engine.directives.reading.closing import Closing, read_closing
from engine.directives.reading.header import Header, read_header
from engine.directives.reading.inference import infer_issuer
from engine.directives.reading.items import Item, Mandate, read_items, read_mandate
from engine.directives.reading.lines import Line, Span, paragraphs, to_lines
from engine.directives.reading.note import MENDED, Note, note
from engine.directives.reading.pieces import split_documents
from engine.directives.reading.reporting import Contact, Reporting, read_contact, read_reporting
from engine.documents.legacy_fonts import from_legacy_font
from engine.documents.text import extract_text
from engine.kernel.errors import InvalidInput

#: A directive shows at least this many of: number, place and date, motto, issuer, addresses, distribution list, signer.
_LEAST_SIGNS = 4
_LONGEST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One document of a file."""

    file: str
    part: int
    parts_in_file: int
    lines: Span
    header: Header
    mandate: Mandate | None
    cited_documents: tuple[Citation, ...]
    items: tuple[Item, ...]
    reporting: Reporting
    contact: Contact | None
    attachments: tuple[Attachment, ...]
    closing: Closing
    notes: dict[str, Note]

    def to_json(self) -> dict[str, Any]:
        """Return the reading with the keys of directives/README.md, and `confidence` and `evidence` by key."""
        return {**_head(self), **_body(self), **_tail(self), **_trust(self)}


def read_document(name: str, content: bytes) -> list[Reading]:
    """Read the directives of one file, in their order.

    Raises InvalidInput when the file cannot be read as text or holds no directive.
    """
    text, converted = from_legacy_font(extract_text(name, content))
    documents = [part for part in split_documents(to_lines(text)) if part]
    parts = [(lines, header, read_closing(lines, header.body_start)) for lines in documents for header in [read_header(lines)]]
    parts = [part for part in parts if _signs(part[1], part[2]) >= _LEAST_SIGNS]
    if not parts:
        raise InvalidInput(
            f"Expected a directive (number and symbol, place and date, addresses, signer), but {name} shows too few of them; "
            "hand in the letter, plan or guideline itself, as text with its letterhead and signature.",
            file=name,
        )
    codes = [header.code for _, header, _ in parts]
    return [
        _doubted(reading) if converted else reading
        for index, (lines, header, closing) in enumerate(parts, start=1)
        for reading in [_read(name, index, len(parts), lines, header, closing, {code for code in codes if code and code != header.code})]
    ]


def _doubted(reading: Reading) -> Reading:
    """Converted text is marked for review: no key is certain."""
    notes = {key: replace(value, confidence=min(value.confidence, MENDED)) for key, value in reading.notes.items()}
    return replace(reading, notes=notes)


def _signs(header: Header, closing: Closing) -> int:
    found = (header.symbol, header.place, header.motto, header.issuer, header.recipients or header.subject, closing.noi_nhan, closing.signer)
    return sum(bool(sign) for sign in found)


def _read(name: str, part: int, count: int, lines: list[Line], header: Header, closing: Closing, others: set[str]) -> Reading:
    body = paragraphs(lines[header.body_start : closing.start])
    if long := next((part for part in body if len(part.text) > _LONGEST), None):
        raise InvalidInput(
            f"Expected paragraphs of at most {_LONGEST:,} characters, but the one at line {long.lines[0]} of {name} has {len(long.text):,}; "
            "check that the file is the letter itself.",
            file=name,
        )
    mandate = read_mandate(body)
    infer_issuer(header, lines, mandate)
    cited, cited_note = read_citations(body, header)
    items, items_note = read_items(body, mandate, header.recipients, header.day)
    reporting, reporting_note = read_reporting(body, header.day)
    contact, contact_note = read_contact(body)
    attached, attached_note = read_attachments(body, closing.appendix, others)
    notes = {
        **header.notes, **closing.notes, "cited_documents": cited_note, "items": items_note, "reporting": reporting_note,
        "contact": contact_note, "attachments": attached_note, "lines": note(100, [(lines[0].number, lines[-1].number)]),
    }  # fmt: skip
    return Reading(
        file=name, part=part, parts_in_file=count, lines=(lines[0].number, lines[-1].number), header=header, mandate=mandate,
        cited_documents=tuple(cited), items=tuple(items), reporting=reporting, contact=contact, attachments=tuple(attached),
        closing=closing, notes=notes,
    )  # fmt: skip


def _head(reading: Reading) -> dict[str, Any]:
    header = reading.header
    state = bool(header.symbol and header.code and re.match(r"\d+(/\d{4})?/", header.code)) or "cong hoa" in (header.motto or "").lower()
    return {
        "file": reading.file,
        "part": reading.part,
        "parts_in_file": reading.parts_in_file,
        "lines": list(reading.lines),
        "format": "state" if state else "party",
        "motto": header.motto,
        "issuer": {"name": header.issuer, "header_lines": header.header_lines, "inferred": header.inferred},
        "superior": {"name": header.superior},
        "level": header.level,
        "place": header.place,
        "place_raw": header.place_raw if header.place_raw != header.place else None,
        "date": header.day.isoformat() if header.day else None,
        "doc_type": header.doc_type,
        "number": header.number,
        "symbol": header.symbol,
        "code": header.code,
        "type_code": header.type_code,
        "issuer_code": header.issuer_code,
        "subject": header.subject,
        "recipients": header.recipients,
    }


def _body(reading: Reading) -> dict[str, Any]:
    mandate, reporting = reading.mandate, reading.reporting
    return {
        "cited_documents": [
            {
                "code": cited.code, "date": cited.day.isoformat() if cited.day else None, "relation": cited.relation.value,
                "doc_type": cited.doc_type, "issuer": cited.issuer, "lines": [list(span) for span in cited.lines],
            }
            for cited in reading.cited_documents
        ],
        "mandate": None if mandate is None else {"by": mandate.by, "verb": mandate.verb, "to": list(mandate.to)},
        "items": [_item(item) for item in reading.items],
        "reporting": {
            "duty": reporting.duty.value, "frequency": reporting.frequency, "due": reporting.due.to_json() if reporting.due else None,
            "due_day_of_month": reporting.due_day, "embedded_in": reporting.embedded_in, "to": reporting.to, "quote": reporting.quote,
        },
    }  # fmt: skip


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "lines": list(item.lines),
        "heading": item.heading,
        "addressees": list(item.addressees),
        "actions": [
            {"id": action.id, "text": action.text, "deadline": action.deadline.to_json() if action.deadline else None}
            for action in item.actions
        ],
    }


def _tail(reading: Reading) -> dict[str, Any]:
    contact, signer = reading.contact, reading.closing.signer
    return {
        "contact": None if contact is None else {
            "to": contact.to, "via": contact.via, "phone": contact.phone, "email": contact.email, "for": contact.matter,
        },
        "attachments": [
            {"kind": one.kind, "what": one.what, "present_in_file": one.present_in_file, "lines": [list(span) for span in one.lines]}
            for one in reading.attachments
        ],
        "noi_nhan": [{"text": entry.text, "marker": entry.marker} for entry in reading.closing.noi_nhan],
        "signer": None if signer is None else {
            "authority": signer.authority, "on_behalf_of": signer.on_behalf_of, "title": signer.title, "name": signer.name,
        },
        "footnotes": list(reading.closing.footnotes),
    }  # fmt: skip


def _trust(reading: Reading) -> dict[str, Any]:
    return {
        "confidence": {key: value.confidence for key, value in sorted(reading.notes.items())},
        "evidence": {key: [list(span) for span in value.lines] for key, value in sorted(reading.notes.items())},
    }
