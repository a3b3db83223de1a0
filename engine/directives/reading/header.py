"""The letterhead: motto, issuer, superior, place and date, number and symbol, subject; and the addresses of "Kính gửi"."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from engine.directives.reading.dates import number as read_number
from engine.directives.reading.dates import read_date
from engine.directives.reading.lines import Line, Marker, make_line, split_marker
from engine.directives.reading.names import full_name, is_superior, level_of, place_name, proper_name, starts_with_body
from engine.directives.reading.note import CERTAIN, DOUBTFUL, MENDED, MISSING, Note, note
from engine.directives.reading.pieces import ADDRESS, NUMBER, PLACE_DATE, SUBJECT, Kind, Piece, pieces, title_of
from engine.directives.reading.vocabulary import table
from engine.kernel.vietnamese import collapse, same, skeleton

_BODY_START = re.compile(r"(can cu|thuc hien|trien khai|nham|de |tiep tuc|trong thoi gian|thoi gian qua|hien nay|sau khi|ngay \d|dieu \d)")
_PLACE_LINE = re.compile(r"(?:tinh|thanh pho|huyen|quan|thi xa|xa|phuong|thi tran|dac khu)\s(?!uy\b)")
_SIGNING_OFFICE = re.compile(r"(?:CHỦ TỊCH|BỘ TRƯỞNG|GIÁM ĐỐC|HỘI ĐỒNG|[ỦU][ỶY] BAN|BAN (?:THƯỜNG VỤ|CHẤP HÀNH|BÍ THƯ)|TỔNG GIÁM ĐỐC|TRƯỞNG|CỤC TRƯỞNG|TỈNH [ỦU][ỶY]|BÍ THƯ)\b")
_DECIDING = {"quyết định", "nghị quyết", "quy định"}  # the office that decides stands in capitals between subject and bases
_UNFINISHED = re.compile(r"(?:ban thuong vu (?:dang|tinh|huyen|thanh) uy|ban chap hanh dang bo|^dang uy|^dang bo|ban chap hanh)$")
_FIXED = {Kind.MOTTO, Kind.PLACE_DATE, Kind.NUMBER}  # known by their own words wherever two columns were flattened to
_SUBJECT_LIMIT = 120
_LONG_LINE = 70  # a line of running text, without a blank line before it


@dataclass(slots=True, kw_only=True)
class Header:
    """What a letterhead says; None or empty where it is silent."""

    motto: str | None = None
    header_lines: list[str] = field(default_factory=list)
    issuer: str | None = None
    inferred: bool = False
    superior: str | None = None
    level: str | None = None
    place: str | None = None
    place_raw: str | None = None
    day: date | None = None
    doc_type: str | None = None
    number: int | None = None
    symbol: str | None = None
    code: str | None = None
    type_code: str | None = None
    issuer_code: str | None = None
    subject: str | None = None
    recipients: list[str] = field(default_factory=list)
    notes: dict[str, Note] = field(default_factory=dict)
    body_start: int = 0  # index into the document's lines


def read_header(lines: list[Line]) -> Header:
    """Read the letterhead and the addresses of one document."""
    header = Header()
    address = next((index for index, line in enumerate(lines) if ADDRESS.match(line.key)), None)
    title = _title_index(lines, address)
    if title is not None and (address is None or title < address):
        end = _read_title(header, lines, title)
        head = pieces(lines[:title]) + [piece for piece in pieces(_letterhead_only(lines[title + 1 : end if address is None else address])) if piece.kind in _FIXED]
        header.body_start = end
    else:
        head = pieces(lines[:address] if address is not None else lines[: _last_piece(lines)])
        header.body_start = len(lines[:address]) if address is not None else _last_piece(lines)
    _read_motto(header, head)
    _read_place_date(header, head)
    _read_number(header, head)
    if header.subject is None:
        _read_subject(header, head)
    if address is not None:
        header.recipients, header.body_start, header.notes["recipients"] = _read_recipients(lines, address)
    else:
        header.notes["recipients"] = note(MISSING)
    _read_issuer(header, head, lines)
    return header


def _title_index(lines: list[Line], address: int | None) -> int | None:
    """Return the line of a title such as KẾ HOẠCH, which stands before the subject and (if any) the address."""
    for index, line in enumerate(lines[:address]):
        for piece in pieces([line]):
            if piece.kind is Kind.TITLE:
                return index
    return None


def _last_piece(lines: list[Line]) -> int:
    """Return the end of the letterhead of a document without address or title: behind its last piece."""
    last = 0
    for index, line in enumerate(lines[:30]):
        if any(piece.kind not in {Kind.OTHER, Kind.ISSUER} for piece in pieces([line])):
            last = index + 1
    return last


def _read_title(header: Header, lines: list[Line], title: int) -> int:
    named = title_of(lines[title])
    header.doc_type, rest = named or (lines[title].text.lower(), "")
    header.notes["doc_type"] = note(CERTAIN, [lines[title]])
    subject: list[Line] = [make_line(lines[title].number, rest)] if rest else []
    index = title + 1
    while index < len(lines) and not (subject and lines[index].ornament and not lines[index].blank):
        line = lines[index]
        if not line.ornament and not any(piece.kind in _FIXED for piece in pieces(_letterhead_only([line]))):
            gap = bool(subject) and lines[index - 1].blank
            # A plan is often called by what it carries out ("thực hiện Chỉ thị số …"): only a second such line begins the text.
            starts = _BODY_START.match(line.key) and line.text[0].isupper() and (bool(subject) or line.text.endswith((":", ";", ",")))
            body = split_marker(line.text)[0] is not Marker.NONE or starts or ADDRESS.match(line.key)
            signing = _SIGNING_OFFICE.match(line.text) is not None and (header.doc_type in _DECIDING or bool(subject and not subject[-1].capitals))
            if body or signing or len(line.text) > (_SUBJECT_LIMIT if subject else 2 * _SUBJECT_LIMIT) or line.text.endswith(".") or (gap and not line.text[0].islower()):
                break
            subject.append(line)
        index += 1
    _set_subject(header, subject)
    return index


def _letterhead_only(lines: list[Line]) -> list[Line]:
    """Leave out running text, in which a date is no date of issue."""
    return [
        line for line in lines if len(line.text) < _SUBJECT_LIMIT and split_marker(line.text)[0] is Marker.NONE and not _BODY_START.match(line.key)
    ]


def _read_motto(header: Header, head: list[Piece]) -> None:
    found = [piece.line for piece in head if piece.kind is Kind.MOTTO]
    # Two columns may have been flattened in either order; the name of the state comes first.
    found.sort(key=lambda line: line.key.startswith("doc lap"))
    header.motto = " ".join(line.text for line in found) or None
    header.notes["motto"] = note(CERTAIN if found else MISSING, found)


def _read_place_date(header: Header, head: list[Piece]) -> None:
    line = next((piece.line for piece in head if piece.kind is Kind.PLACE_DATE), None)
    found = PLACE_DATE.match(line.key) if line else None
    if line is None or found is None:
        header.notes["place"] = header.notes["date"] = note(MISSING)
        return
    header.place_raw = line.text[slice(*found.span("place"))].strip(" ,")
    header.place = place_name(header.place_raw)
    header.day = read_date(f"{found['day']}/{found['month']}/{found['year']}")
    header.notes["place"] = note(CERTAIN if header.place == header.place_raw else MENDED, [line])
    header.notes["date"] = note(CERTAIN if header.day else MISSING, [line])


def _read_number(header: Header, head: list[Piece]) -> None:
    line = next((piece.line for piece in head if piece.kind is Kind.NUMBER), None)
    found = NUMBER.match(line.text) if line else None
    if line is None or found is None:
        header.notes["number"] = header.notes["symbol"] = header.notes["code"] = note(MISSING)
        header.notes.setdefault("doc_type", note(MISSING))
        return
    header.number = read_number(found["number"].lower().strip(" .…_"))
    header.symbol = re.sub(r"\s", "", found["symbol"])
    separator = "/" if found["sep"] == "/" else "-"
    if header.number is not None:
        header.code = f"{found['number'].strip() if found['number'].strip().isdigit() else header.number}{found['year'] or ''}{separator}{header.symbol}"
    _read_type(header, separator, line)
    for key in ("number", "symbol", "code"):
        header.notes[key] = note(CERTAIN if header.number is not None else MENDED, [line])


def _read_type(header: Header, separator: str, line: Line) -> None:
    """Read the type of document out of the symbol; a state letter (12/UBND-VX) has none there."""
    first, _, rest = (header.symbol or "").replace("/", "-", 1).partition("-")
    kind = table("document_types").get(first)
    header.type_code = first if kind else None
    header.issuer_code = rest if kind else first
    if header.doc_type is None:
        header.doc_type = kind or "công văn"
        header.notes["doc_type"] = note(CERTAIN if kind or separator == "/" else DOUBTFUL, [line])


def _read_subject(header: Header, head: list[Piece]) -> None:
    start = next((index for index, piece in enumerate(head) if piece.kind is Kind.SUBJECT), None)
    if start is not None:
        found = [head[start].line]
        for piece in head[start + 1 :]:
            if piece.kind not in {Kind.OTHER, Kind.ISSUER} or (piece.kind is Kind.ISSUER and not head[start].line.capitals):
                break
            found.append(piece.line)
    else:
        found = [piece.line for piece in head if piece.kind is Kind.OTHER]
    _set_subject(header, found)


def _set_subject(header: Header, found: list[Line]) -> None:
    if len(found) > 1 and found[0].capitals and found[0].key.startswith("cua "):
        found = found[1:]  # CHỈ THỊ CỦA BAN THƯỜNG VỤ TỈNH ỦY: whose document it is, no subject
    text = collapse(" ".join(line.text for line in found))
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    prefix = SUBJECT.match(skeleton(text))
    header.subject = text[prefix.end() if prefix else 0 :].strip(" .,;") or None
    header.notes["subject"] = note(CERTAIN if header.subject else MISSING, found)


def _read_issuer(header: Header, head: list[Piece], lines: list[Line]) -> None:
    found = [piece.line for piece in head if piece.kind is Kind.ISSUER]
    # A subject in capitals stands under V/v and is no part of the issuer.
    found = [line for line in found if header.subject is None or line.text not in header.subject]
    header.header_lines = [line.text for line in found]
    if not found:
        header.notes["superior"] = header.notes["issuer"] = header.notes["level"] = note(MISSING)
        return  # see inference.py
    superior, issuer = _split_issuer(header.header_lines)
    body = "\n".join(line.text for line in lines)
    printed = superior or issuer
    name = as_written(proper_name(issuer), body)
    header.superior = as_written(proper_name(superior), body) if superior else None
    header.issuer = full_name(header.superior, name) if header.superior else name
    header.level = level_of(header.issuer, header.superior)
    mended = skeleton(printed) == skeleton(header.superior or header.issuer) and not same(printed, header.superior or header.issuer)
    header.notes["issuer"] = note(MENDED if mended else CERTAIN, found)
    header.notes["superior"] = note(MENDED if mended else CERTAIN, found if superior else [])
    header.notes["level"] = note(CERTAIN if header.level else MISSING, found)


def _split_issuer(printed: list[str]) -> tuple[str | None, str]:
    """Return the superior and the issuer of the letterhead; names may wrap over several lines."""
    known = next((index for index, text in enumerate(printed) if is_superior(text)), None)
    first = known or 0
    wrapped = [first]
    if _PLACE_LINE.match(skeleton(" ".join(printed[first + 1 : first + 2]))):
        wrapped.append(first + 1)
    rest = [text for index, text in enumerate(printed) if index not in wrapped]
    if _UNFINISHED.search(skeleton(printed[first])):
        return None, collapse(" ".join(printed))  # BAN THƯỜNG VỤ ĐẢNG ỦY / CÔNG AN TỈNH …: one name over two lines
    # Two organisations one under the other; otherwise one name over several lines.
    if rest and (known is not None or (starts_with_body(printed[first]) and starts_with_body(rest[0]))):
        return collapse(" ".join(printed[index] for index in wrapped)), collapse(" ".join(rest))
    return None, collapse(" ".join(printed))


def as_written(name: str, body: str) -> str:
    """Return the name with the capitals that the body of the document gives it, if it occurs there."""
    spellings = Counter(
        found[0] for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", body, flags=re.IGNORECASE) if not found[0].isupper()
    )
    best = [text for text, _ in spellings.most_common() if text[0].isupper()]
    return best[0] if best else name


def _read_recipients(lines: list[Line], address: int) -> tuple[list[str], int, Note]:
    """Return the addresses, the index of the first line behind them, and the note."""
    label = ADDRESS.match(lines[address].key)
    first = lines[address].text[label.end() if label else 0 :].strip()
    entries: list[str] = [first] if first.strip("-–: ") else []
    used = [lines[address]]
    bulleted = first.startswith(("-", "–", "+"))
    gap = False
    for index in range(address + 1, len(lines)):
        line = lines[index]
        if line.blank or line.ornament:
            gap = True
            continue
        bullet = split_marker(line.text)[0] is Marker.BULLET
        if not bullet and (_ends_addresses(line, entries, gap=gap) or (entries and _begins_body(used[-1], line))):
            return _clean(entries), index, note(CERTAIN if entries else MISSING, used)
        fresh = bullet or not entries or (not bulleted and entries[-1].endswith((",", ";", ".")))
        if fresh:
            entries.append(line.text)
        else:
            entries[-1] += f" {line.text}"
        bulleted = bulleted or bullet
        used.append(line)
        gap = False
    return _clean(entries), len(lines), note(DOUBTFUL, used)


def _ends_addresses(line: Line, entries: list[str], *, gap: bool) -> bool:
    if not entries:
        return False
    complete = entries[-1].endswith((",", ";", "."))
    if split_marker(line.text)[0] is not Marker.NONE or (complete and _BODY_START.match(line.key)):
        return True
    if gap:
        return complete or not line.text[0].islower() or len(line.text) > _SUBJECT_LIMIT
    body = complete and len(line.text) > _LONG_LINE and not line.text.endswith((",", ";", "."))
    return entries[-1].endswith(".") or body or len(line.text) > 2 * _SUBJECT_LIMIT


def _begins_body(last: Line, line: Line) -> bool:
    """Say whether a long line with a capital follows a short, unwrapped address."""
    return line.text[0].isupper() and len(line.text) > _LONG_LINE and len(last.text) < 0.6 * len(line.text) and not last.text.endswith((",", ";"))


def _clean(entries: list[str]) -> list[str]:
    bare = [re.sub(r"^[-–—+•]\s*", "", entry).strip(" ,;.:") for entry in entries]
    return [collapse(entry) for entry in bare if entry]
