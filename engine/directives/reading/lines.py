"""Lines and paragraphs of a document: cleaning, markers (1. / 2.1 / a) / -), page-break repair. No meaning is read here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from engine.kernel.vietnamese import CAPITAL, collapse, nfc, skeleton

Span = tuple[int, int]


class Marker(StrEnum):
    """What a paragraph begins with."""

    NONE = "none"
    BULLET = "bullet"
    NUMBER = "number"
    ROMAN = "roman"
    LETTER = "letter"
    PAREN = "paren"
    ARTICLE = "article"
    ROW = "row"


_MARKERS = (
    (Marker.ARTICLE, re.compile(r"(Đi[êềếểe]u\s+\d{1,2})[.:]\s*(?=\S)")),
    (Marker.NUMBER, re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})(?:[.):]\s*(?=\D)|\s+)")),
    (Marker.NUMBER, re.compile(rf"(\d{{1,2}})(?:[.):]\s*(?=\D)|/\s|\s?[-–]\s+(?={CAPITAL}))")),
    (Marker.ROMAN, re.compile(r"([IVX]{1,5})(?:[.)]\s*|\s?[-–]\s+)(?=\S)")),
    (Marker.LETTER, re.compile(r"([a-hđ])[.)]\s+")),
    (Marker.PAREN, re.compile(r"\((\d{1,2})\)\s*(?=\S)")),
    (Marker.BULLET, re.compile(r"([-–—+•●▪·])\s*(?=\S)")),
)
_ENDED = re.compile(r"[.!?:;…][\"”')\]¹²³]*$")
_RULE = re.compile(r"[\s*_=.~|:—–-]*$")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_DATA_COLUMNS = 3
_PAGE_NUMBER = re.compile(r"[-–]?\s*\d{1,3}\s*[-–]?$")
_OPENING = re.compile(r"giao |(?:mot|hai|ba|bon|nam) la\b|trong qua trinh|dinh ky|ket thuc|nhan duoc")  # begins a paragraph on a full line too
_SHORT_LINE = 60
_LONG_HEADING = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One printed line: white space collapsed, `*` dropped; `key` is its skeleton, position by position."""

    number: int
    text: str
    key: str

    @property
    def blank(self) -> bool:
        return not self.text

    @property
    def ornament(self) -> bool:
        """A separator: only stars, dashes or dots."""
        return bool(_RULE.match(self.text))

    @property
    def capitals(self) -> bool:
        """Printed in capitals (a header or a signature line)."""
        letters = [character for character in self.text if character.isalpha()]
        return len(letters) > 1 and sum(character.isupper() for character in letters) >= 0.85 * len(letters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Joined lines without their marker; `key` is the skeleton of `text`."""

    marker: Marker
    label: str
    text: str
    key: str
    lines: Span

    @property
    def ended(self) -> bool:
        return bool(_ENDED.search(self.text))

    @property
    def torn(self) -> bool:
        """A parenthesis or a list is still open at the end."""
        return self.text.count("(") > self.text.count(")") or self.text.endswith(",")


def make_line(number: int, raw: str) -> Line:
    """Clean one raw line."""
    text = collapse(_INVISIBLE.sub("", nfc(raw)).replace("*", ""))
    return Line(number=number, text=text, key=skeleton(text))


def to_lines(text: str) -> list[Line]:
    """Cut a text into lines, numbered from 1; a row that only lays out the page gives one line for each cell."""
    result: list[Line] = []
    data = False
    for number, raw in enumerate(text.split("\n"), start=1):
        bars = raw.strip().startswith("|") or raw.rstrip().endswith("|")
        cells = _cells(raw) if bars else []
        data = bars and (data or len([cell for cell in cells if cell]) >= _DATA_COLUMNS)
        if bars and not data:
            result += [make_line(number, part) for cell in cells for part in _BREAK.split(cell)]
        else:
            result.append(make_line(number, _BREAK.sub(" ", raw) if bars else raw))
    return result


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def row_cells(part: Paragraph) -> list[str]:
    """Return the cells of a table's row."""
    return _cells(part.text)


def split_marker(text: str) -> tuple[Marker, str, str]:
    """Return the marker of a line, its label as printed and the text behind it."""
    if text[:2] in {"l.", "l)"}:
        text = "1" + text[1:]  # a misread numeral: no list begins with the letter l
    if text.startswith("|") and text.count("|") >= _DATA_COLUMNS:
        return Marker.ROW, "", text
    for marker, pattern in _MARKERS:
        if found := pattern.match(text):
            return marker, found[1], text[found.end() :]
    return Marker.NONE, "", text


def paragraphs(lines: list[Line]) -> list[Paragraph]:
    """Join lines to paragraphs, then paragraphs that a page break has torn apart."""
    return _repair(_assemble(_without_page_numbers(lines)))


def paragraph(marker: Marker, label: str, text: str, lines: Span) -> Paragraph:
    """Make a paragraph with its skeleton."""
    return Paragraph(marker=marker, label=label, text=text, key=skeleton(text), lines=lines)


def _without_page_numbers(lines: list[Line]) -> list[Line]:
    def alone(index: int) -> bool:
        near = lines[max(index - 1, 0) : index] + lines[index + 1 : index + 2]
        return bool(_PAGE_NUMBER.match(lines[index].text)) and all(line.blank for line in near)

    return [line for index, line in enumerate(lines) if line.blank or not (line.ornament or alone(index))]


def _assemble(lines: list[Line]) -> list[Paragraph]:
    width = _width(lines)
    result: list[Paragraph] = []
    previous: Line | None = None
    for line in lines:
        if not line.blank:
            marker, label, text = split_marker(line.text)
            joins = previous is not None and marker is Marker.NONE and result[-1].marker is not Marker.ROW
            if previous is not None and joins and not _closes(previous, line, width):
                last = result[-1]
                result[-1] = paragraph(last.marker, last.label, f"{last.text} {text}", (last.lines[0], line.number))
            else:
                result.append(paragraph(marker, label, text, (line.number, line.number)))
        previous = None if line.blank else line
    return result


def _width(lines: list[Line]) -> int:
    """Return the width at which the text was wrapped, by the lines that go on in lower case; 0 when no line was wrapped."""
    wrapped = sorted(
        len(left.text) for left, right in pairwise(lines) if not (left.blank or right.blank) and right.text[0].islower() and len(left.text) > _SHORT_LINE
    )
    return wrapped[len(wrapped) // 2] if wrapped else 0


def _closes(previous: Line, line: Line, width: int) -> bool:
    """Say whether a paragraph ends between two neighbouring lines: an ended sentence or a heading on a short line, then a capital."""
    if line.text[0].islower() or (line.text[0].isdigit() and not _ENDED.search(previous.text)) or previous.text.endswith((",", "(", "-", "–")):
        return False
    if _ENDED.search(previous.text):
        return len(previous.text) < 0.85 * width or not width or bool(_OPENING.match(line.key))
    return len(previous.text) < 0.6 * width or not width


def _repair(parts: list[Paragraph]) -> list[Paragraph]:
    result: list[Paragraph] = []
    for part in parts:
        if result and _torn_apart(result[-1], part):
            left = result.pop()
            part = paragraph(left.marker, left.label, f"{left.text} {part.text}", (left.lines[0], part.lines[1]))
        result.append(part)
    return result


def _torn_apart(left: Paragraph, right: Paragraph) -> bool:
    if right.marker is not Marker.NONE or left.ended:
        return False
    if left.torn or right.text[0].islower():
        return True
    if left.marker in {Marker.NONE, Marker.BULLET}:
        return len(left.text) > _SHORT_LINE
    # A numbered heading without punctuation is followed by its own text; only a long one is body text.
    return len(left.text) > _LONG_HEADING
