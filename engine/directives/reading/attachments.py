"""What the document says is attached to it, and whether it is in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.directives.reading.lines import Line, Paragraph, Span
from engine.directives.reading.note import CERTAIN, INFERRED, Note, note
from engine.kernel.vietnamese import collapse, skeleton


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One attachment; `what` is the printed description."""

    kind: str
    what: str
    present_in_file: bool
    lines: tuple[Span, ...]


_CUE = re.compile(r"(?<!ban hanh )(?:kem theo|gui kem|dinh kem)|sao gui|quet ma|ma qr|qr ?code")
_KINDS = (
    ("qr_code", re.compile(r"ma qr|qr ?code")),
    ("guide", re.compile(r"huong dan\s+(?!so\b)(?!\d)\w+")),
    ("form", re.compile(r"bieu mau|mau (?:so|bao cao|phieu)|phu luc|bieu so|phieu dang ky|bieu tong hop|mau\b")),
    ("outline", re.compile(r"de cuong")),
    ("list", re.compile(r"danh sach|danh muc")),
    ("document_copy", re.compile(r"\d+\s*-\s*[a-z]+/\w|\d+/[a-z]+-\w|ban (?:pho ?to|sao|chup)|cong van|ke hoach|the le|du thao|de an|thong bao|quyet dinh|van ban|tai lieu|chuong trinh|huong dan")),
)
_THIS = re.compile(r"(?:theo )?(?:cong van|van ban|ke hoach|huong dan|thong bao|quyet dinh) nay")
_NEAR = 60
_CODE = re.compile(r"\d+\s*[-/]\s*[^\W\d_]+\s*[/-]\s*[^\W\d_][\w-]*")
_CLAUSE = re.compile(r"\([^()]*\)|[^.,;:()]+")


def read_attachments(parts: list[Paragraph], appendix: tuple[Line, ...], other_codes: set[str]) -> tuple[list[Attachment], Note]:
    """Return the attachments; one that is mentioned twice is one. `other_codes`: codes of the other documents in the file."""
    found: dict[tuple[str, str], Attachment] = {}
    for part in parts:
        for clause in _CLAUSE.finditer(part.text):
            before = part.key[: clause.start()]
            attachment = _attachment(clause[0], part.key[slice(*clause.span())], before, part.lines, appendix, other_codes)
            if attachment:
                key = attachment.kind, skeleton(attachment.what)
                known = found.get(key)
                found[key] = attachment if known is None else _seen_again(known, part.lines)
    result = list(found.values())
    return result, note(CERTAIN if all(item.kind != "other" for item in result) else INFERRED, [span for item in result for span in item.lines])


def _kind(key: str) -> str | None:
    return next((kind for kind, pattern in _KINDS if pattern.search(key)), None)


def _attachment(text: str, key: str, before: str, lines: Span, appendix: tuple[Line, ...], other_codes: set[str]) -> Attachment | None:
    cue = _CUE.search(key)
    if cue is None:
        return None
    key = _THIS.sub("", key)
    kind = _kind(key) or _kind(before[-_NEAR:]) or "other"
    code = _CODE.search(text)
    copied = code is not None and re.sub(r"\s", "", code[0]) in other_codes
    printed = kind in {"form", "list", "outline"} and bool(appendix)
    return Attachment(kind=kind, what=collapse(text.strip("() ,")), present_in_file=copied or printed, lines=(lines,))


def _seen_again(known: Attachment, lines: Span) -> Attachment:
    return Attachment(kind=known.kind, what=known.what, present_in_file=known.present_in_file, lines=(*known.lines, lines))
