"""The pieces of a letterhead, each known by its own pattern and never by its place; and where documents begin in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise

from engine.directives.reading.dates import DIGIT
from engine.directives.reading.lines import Line, make_line
from engine.directives.reading.vocabulary import keys, table
from engine.kernel.vietnamese import skeleton


class Kind(StrEnum):
    """What one header line is."""

    MOTTO = "motto"
    PLACE_DATE = "place_date"
    NUMBER = "number"
    TITLE = "title"
    SUBJECT = "subject"
    ISSUER = "issuer"
    OTHER = "other"


MOTTO = re.compile(r"dang cong san viet nam|cong hoa xa hoi chu nghia viet nam|doc lap\s*-\s*tu do\s*-\s*hanh phuc")


def _calendar(month: str, year: str) -> str:
    return rf"ngay\s*(?P<day>{DIGIT}{{0,2}}[.… ]*)\s*{month}\s*(?P<month>{DIGIT}{{0,2}}[.… ]*)\s*{year}\s*(?P<year>{DIGIT}{{4}})"


PLACE_DATE = re.compile(rf"(?P<place>[^,;:()]{{2,40}}?)\s*,?\s*{_calendar('(?:thang|/)', '(?:nam|/)')}\s*\.?$")
_DATE_INSIDE = re.compile(_calendar("thang", "nam"))
_SYMBOL = r"(?:[^\W\d_]{1,12}(?:(?:\s*[-/&]\s*|\.)[^\W\d_]{1,12}\d*)+|(?<=/)[^\W\d_]{2,12}(?!\w))"
NUMBER = re.compile(rf"s\w\s*[:.]?\s*(?P<number>[0-9OoIl .…_]*?)(?P<year>/\d{{4}})?\s*(?P<sep>[-–/])\s*(?P<symbol>{_SYMBOL})", re.IGNORECASE)
SUBJECT = re.compile(r"\(?v\s?[/.]?\s?v\b[\s:.]*|ve viec\b[\s:]*")
ADDRESS = re.compile(r"[-\s]*kinh g[uo]i\b\s*:?|(?:thu tuong chinh phu|uy ban nhan dan|chu tich)[^,;.]{0,60}\bdien\s*:$")
DISTRIBUTION = re.compile(r"[-\s]*noi nhan\b\s*:?")
_MARK = re.compile(r"(thuong |hoa |toi |tuyet )?(khan|mat|toc)( hen gio)?$|du thao\b|sao y\b|khong pho bien")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One recognised piece of the letterhead."""

    kind: Kind
    line: Line


def pieces(lines: list[Line]) -> list[Piece]:
    """Name every printed line of a letterhead; lines that two columns share are cut apart first."""
    result: list[Piece] = []
    for line in lines:
        for part in _cut(line):
            if not (part.blank or part.ornament or _MARK.match(part.key)):
                result.append(Piece(kind=kind_of(part), line=part))
    return result


def kind_of(line: Line) -> Kind:
    """Name one header line."""
    if MOTTO.match(line.key):
        return Kind.MOTTO
    if PLACE_DATE.match(line.key):
        return Kind.PLACE_DATE
    if is_number(line):
        return Kind.NUMBER
    if SUBJECT.match(line.key):
        return Kind.SUBJECT
    if line.capitals and title_of(line):
        return Kind.TITLE
    return Kind.ISSUER if line.capitals else Kind.OTHER


def title_of(line: Line) -> tuple[str, str] | None:
    """Return the type of document that a title line names, and what follows it on the line; None when it is no title."""
    found = _title().fullmatch(line.key)
    if found is None:
        return None
    names = {skeleton(name): name for name in table("document_types").values()}
    return names[found["type"]], line.text[slice(*found.span("rest"))].strip()


def is_number(line: Line) -> bool:
    """Say whether the line is `Số 12-CV/TU` or `Số: 12/UBND-VX`, the number possibly blank."""
    return line.key.startswith("so") and NUMBER.match(line.text) is not None


def anchors(line: Line) -> bool:
    """Say whether the line can only stand in a letterhead."""
    return any(
        (part.capitals and MOTTO.fullmatch(part.key)) or PLACE_DATE.match(part.key) or is_number(part) or part.key.startswith("v/v ")
        for part in _cut(line)
    )


def split_documents(lines: list[Line]) -> list[list[Line]]:
    """Cut a file into its documents: a new letterhead after a distribution list or a signature begins the next one."""
    starts = [0]
    closed = False
    for index, line in enumerate(lines):
        if DISTRIBUTION.match(line.key) or is_signature(line):
            closed = True
        elif closed and anchors(line):
            starts.append(_letterhead_start(lines, index, starts[-1]))
            closed = False
    return [_trim(lines[begin:end]) for begin, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


AUTHORITY = re.compile(r"(?P<mark>K\s?/\s?T|T\s?/\s?M|T\s?/\s?L|T\s?/\s?UQ|KT\.|TM\.|TL\.|TUQ\.|Q\.)\s*(?=\S)")


def is_signature(line: Line) -> bool:
    """Say whether the line is `K/T TRƯỞNG BAN`, `TM. …` or a signer's title alone in capitals."""
    return bool(AUTHORITY.match(line.text)) or (line.capitals and line.key in keys("signer_titles"))


def _letterhead_start(lines: list[Line], index: int, floor: int) -> int:
    start = index
    for position in range(index - 1, floor, -1):
        line = lines[position]
        if line.blank or line.ornament:
            continue
        if not (line.capitals or anchors(line)) or is_signature(line):
            break
        start = position
    return start


def _trim(lines: list[Line]) -> list[Line]:
    printed = [index for index, line in enumerate(lines) if not line.blank]
    return lines[printed[0] : printed[-1] + 1] if printed else []


@cache
def _title() -> re.Pattern[str]:
    """A type, what makes it a joint one, and words that already belong to the subject (THÔNG BÁO KẾT LUẬN …)."""
    names = sorted({skeleton(name) for name in table("document_types").values()} - {"cong van"}, key=len, reverse=True)
    return re.compile(rf"(?P<type>{'|'.join(names)})(?:\s+(?:lien tich|phoi hop|hanh dong|lien nganh))?:?(?P<rest>\s+(?:ket luan|cua ban|ve viec|to chuc|trien khai|thuc hien).*)?")


def _cut(line: Line) -> list[Line]:
    """Cut a line that holds the left and the right column (a PDF text layer gives such lines)."""
    cuts = {0, len(line.text)}
    for pattern in (MOTTO, _DATE_INSIDE):
        for found in pattern.finditer(line.key):
            begin = _place_start(line.text, found.start()) if pattern is _DATE_INSIDE else found.start()
            cuts |= {begin, found.end()}
    if len(cuts) == 2:
        return [line]
    symbol = NUMBER.search(line.text)
    if symbol and line.key.startswith("so", symbol.start()):
        cuts |= set(symbol.span())
    return [make_line(line.number, line.text[begin:end].strip(" ,")) for begin, end in pairwise(sorted(cuts))]


def _place_start(text: str, end: int) -> int:
    """Return where the place before `, ngày …` begins: the capitalised words in front of it that are not all capitals."""
    start = end
    for word in reversed(list(re.finditer(r"\S+", text[:end]))):
        plain = word[0].strip(",.")
        city = plain in {"TP", "TX", "T.P"}
        if plain and not city and (not plain[0].isupper() or (plain.isupper() and len(plain) > 1)):
            break
        start = word.start()
    return start
