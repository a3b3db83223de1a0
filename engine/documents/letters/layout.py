"""The lines of a printed document in its form: what a Word template and the typesetter are both given, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from engine.documents.letters.forms import Form, day_line, form_named, lines_of_list, mark_of, number_line
from engine.documents.letters.model import Block, Chapter, CopyTo, Figures, Paragraph, PrintedDocument, Section, Signature, right_columns
from engine.kernel.vietnamese import nfc

DEEPEST = 3  # how far a paragraph is set in at most
NARROWEST, BROADEST = 6, 40  # letters: between these a column of a table is as broad as its contents
LONGEST_WORD = 16  # letters: a longer one may be broken
STANDING = 6  # columns: a table with more of them, and with it its annex, is set on lying pages
ARCHIVE = "lưu"

Sheet = dict[str, Any]


def sheet_of(document: PrintedDocument) -> Sheet:
    """Return the lines of a document, all of them text in one normal form, for templates to set."""
    form = form_named(document.form)
    letter = document.is_letter
    motto = form.motto
    blocks = [_block(each) for block in document.body for each in _split(block)]
    annexed = next((place for place, block in enumerate(blocks) if block["kind"] == "annex"), len(blocks))  # they come behind the signature
    annexes = _with_breadth(blocks[annexed:])
    lines: Sheet = plain(
        {
            "form": form.name,
            "sizes": dict(form.sizes),
            "mirrored": form.mirrored,
            "title": title_of(document),
            "superior": document.superior.upper(),
            "issuer": short_name(document.issuer, document.superior).upper(),
            "star": form.star,
            "number": number_line(form, document.code),
            "about": f"{form.subject_word}{document.subject}" if letter and document.subject else "",
            "motto": motto[0],
            "motto2": motto[1] if len(motto) > 1 else "",
            "place": day_line(document.place, document.day),
            "mark": document.mark.upper(),
            "kind": "" if letter else document.kind.upper(),
            "subject": "" if letter else document.subject,
            "note": document.note,
            "to": document.to[0] if len(document.to) == 1 else "",
            "to_list": lines_of_list(form, list(document.to)) if len(document.to) > 1 else [],
            "author": document.issuer,
            "body": blocks[:annexed],
            "annexes": annexes,
            "sign": signature_lines(form, document.signature),
            "name": document.signature.name,
            "copies": lines_of_list(form, [_copy(form, entry) for entry in document.copies]),
            "recorded": document.recorded,
        }
    )
    return lines


def title_of(document: PrintedDocument) -> str:
    """Return what a reader's program shows as the name of the document."""
    kind = document.kind[:1].upper() + document.kind[1:]
    return " ".join(part for part in (kind, f"số {document.code}" if document.code else "", document.subject) if part)


def short_name(issuer: str, superior: str) -> str:
    """Return the issuer as it stands under its superior: "Ban Tuyên giáo" below "Tỉnh ủy Sơn Bình", whose name it ends with."""
    return issuer[: -len(superior)].strip() if superior and issuer.casefold().endswith(f" {superior.casefold()}") else issuer


def signature_lines(form: Form, signature: Signature) -> list[str]:
    """Return the lines above the name: the mark with that of which it speaks, and the signer's title, in capitals."""
    mark, title, behalf = mark_of(form, signature.authority), signature.title.upper(), signature.behalf.upper()
    if not mark:
        return [title] if title else []
    if mark.startswith("Q"):
        return [f"{mark} {title}".strip()]
    return [line for line in (f"{mark} {behalf}".strip(), title) if line]


def _copy(form: Form, entry: CopyTo) -> str:
    body = entry.body
    if body.casefold().startswith(ARCHIVE):
        body = form.archive_word + body[len(ARCHIVE) :].lstrip(" :")
    return f"{body} ({entry.marker})" if entry.marker else body


def _split(block: Block) -> Iterator[Block]:
    """Yield a block; a paragraph with line breaks as several."""
    if not isinstance(block, Paragraph):
        yield block
        return
    first = block.first
    for line in block.text.splitlines():
        if line.strip():
            yield Paragraph(text=line.strip(), first=first, deep=min(block.deep, DEEPEST))
            first = ""


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Chapter():
            return {"kind": "annex" if block.annex else "chapter", "text": block.text}
        case Section():
            return {"kind": "section", "text": block.text}
        case Paragraph():
            return {"kind": "paragraph", "text": f"{block.first}{block.text}", "deep": block.deep}
        case Figures():
            return _figures(block)


def _with_breadth(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the blocks of annexes; the first of each says whether it has a table that is too broad for a standing page."""
    found: list[dict[str, Any]] = []
    for block in blocks:
        if block["kind"] == "annex":
            begin = {**block, "broad": False}
            found.append(begin)
            continue
        begin["broad"] |= block["kind"] == "figures" and len(block["heads"]) > STANDING
        found.append(block)
    return found


def _figures(block: Figures) -> dict[str, Any]:
    right = right_columns(block.rows, len(block.heads))
    rows = [[{"text": cell, "right": side} for cell, side in zip(row, right, strict=True)] for row in block.rows]
    return {"kind": "figures", "heads": list(block.heads), "rows": rows, "widths": widths(block.heads, block.rows)}


def widths(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return how broad each column is, as shares: what its longest cell asks for, and no usual word in it broken."""
    shares = []
    for place, head in enumerate(heads):
        words = [word for text in (head, *(row[place] for row in rows)) for word in text.split()]
        longest = max((len(row[place]) for row in rows), default=1)
        unbroken = min(max(map(len, words), default=1), LONGEST_WORD)
        shares.append(max(NARROWEST, unbroken + 2, min(BROADEST, max(longest, len(head) // 3))))
    return shares


def plain(value: Any) -> Any:
    """Return a value whose texts are in one normal form and hold no letters that no page can show."""
    match value:
        case str():
            return "".join(letter if letter.isprintable() else " " for letter in nfc(value))
        case list():
            return [plain(each) for each in value]
        case dict():
            return {key: plain(each) for key, each in value.items()}
    return value
