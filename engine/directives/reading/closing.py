"""The end of a document: distribution list (Nơi nhận), signer, footnotes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.directives.reading.lines import Line, Marker, make_line, split_marker
from engine.directives.reading.note import CERTAIN, MENDED, MISSING, Note, note
from engine.directives.reading.pieces import AUTHORITY, DISTRIBUTION, is_signature
from engine.directives.reading.vocabulary import table, words
from engine.kernel.vietnamese import CAPITAL, collapse, nfc, skeleton

_MARK = re.compile(r"\s*\^?\s*\((?P<mark>[^()]*)\)\s*$")
_FOOTNOTE = re.compile(r"[¹²³⁴⁵⁶⁷⁸⁹]|\[\d{1,2}\]|\(\d{1,2}\)\s")
_APPENDIX = re.compile(r"(phu luc|mau so|bieu mau|bieu so|danh sach)\b")
_RANK = re.compile(
    r"(?:(?:thiếu|trung|thượng|đại|chuẩn)\s+(?:tướng|tá|tướng|úy)|(?:PGS|GS|TS|ThS|Th\.s|Ths|BS|BSCKI{1,2}|CN|KS|LS|NGND|NGƯT|TTƯT|DS)\b\.?)[\s,.-]*", re.IGNORECASE
)
_NAME_WORD = re.compile(rf"{CAPITAL}[^\W\d_]*\.?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One entry of Nơi nhận; `marker` is b/c, p/h, a number of copies … or None."""

    text: str
    marker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signed; `authority` is None when the head signs."""

    authority: str | None
    on_behalf_of: str | None
    title: str | None
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The end of a document; `start` is the index of its first line."""

    start: int
    noi_nhan: tuple[Distribution, ...]
    signer: Signer | None
    footnotes: tuple[str, ...]
    appendix: tuple[Line, ...]
    notes: dict[str, Note]


def read_closing(lines: list[Line], body_start: int) -> Closing:
    """Read what follows the body."""
    listed = next((i for i in range(body_start, len(lines)) if DISTRIBUTION.match(lines[i].key)), None)
    signed = next((i for i in range(body_start, len(lines)) if is_signature(lines[i])), None)
    start = min((index for index in (listed, signed) if index is not None), default=len(lines))
    tail = _cut_columns(lines[start:])
    footnote = next((i for i, line in enumerate(tail) if _FOOTNOTE.match(line.text) and i > 2), len(tail))
    appendix = next((i for i, line in enumerate(tail) if _APPENDIX.match(line.key) and i > 2), len(tail))
    end = min(footnote, appendix)
    entries, used = _read_list(tail[:end])
    signer, signer_lines = _read_signer([line for line in tail[:end] if line not in used])
    return Closing(
        start=start,
        noi_nhan=tuple(entries),
        signer=signer,
        footnotes=tuple(line.text for line in tail[footnote:appendix] if not line.blank),
        appendix=tuple(tail[appendix:]),
        notes={
            "noi_nhan": note(CERTAIN if entries else MISSING, used),
            "signer": note(MISSING if signer is None else CERTAIN if signer.name else MENDED, signer_lines),
        },
    )


def _cut_columns(lines: list[Line]) -> list[Line]:
    """Cut lines that the list (left) and the signature (right) share, as a PDF text layer gives them."""
    result: list[Line] = []
    titles = "|".join(re.escape(nfc(title)) for title in words("signer_titles"))
    shared = re.compile(rf"\s(?=(?:K/T|T/M|T/L|KT\.|TM\.|TL\.|TUQ\.)\s+[^\W\d_]|(?:{titles})$)")
    for line in lines:
        found = shared.search(line.text)
        if found and not line.capitals:
            result += [make_line(line.number, line.text[: found.start()]), make_line(line.number, line.text[found.end() :])]
        else:
            result.append(line)
    return result


def _read_list(lines: list[Line]) -> tuple[list[Distribution], list[Line]]:
    begin = next((index for index, line in enumerate(lines) if DISTRIBUTION.match(line.key)), None)
    if begin is None:
        return [], []
    label = DISTRIBUTION.match(lines[begin].key)
    first = lines[begin].text[label.end() if label else 0 :].strip()
    entries, used, gap = ([first] if first else []), [lines[begin]], False
    for line in lines[begin + 1 :]:
        if line.blank or line.ornament:
            gap = True
            continue
        bullet = split_marker(line.text)[0] is Marker.BULLET
        if not bullet and (line.capitals or is_signature(line) or not _goes_on(line, entries, gap=gap)):
            # A signature beside the list may interrupt it; entries with a dash may still follow.
            gap = True
            continue
        if bullet or not entries or entries[-1].endswith((",", ";", ".")):
            entries.append(line.text)
        else:
            entries[-1] += f" {line.text}"
        used.append(line)
        gap = False
    return [_entry(text) for text in entries], used


def _goes_on(line: Line, entries: list[str], *, gap: bool) -> bool:
    if not gap:
        return not _is_name(line)
    listed = line.key.startswith(("nhu tren", "nhu kinh gui", "luu", "thuong truc"))
    return listed or (bool(entries) and not entries[-1].endswith(".") and line.text[0].islower())


def _entry(text: str) -> Distribution:
    bare = re.sub(r"^[-–—+•]\s*", "", text).rstrip(" ,;.")
    found = _MARK.search(bare)
    if found is None or not bare[: found.start()].strip():
        return Distribution(text=collapse(bare), marker=None)
    printed = collapse(found["mark"])
    meaning = re.sub(r"^de\s+", "", skeleton(printed))
    known = next((marker for word, marker in table("markers").items() if skeleton(word) == meaning), printed)
    return Distribution(text=collapse(bare[: found.start()]).rstrip(" ,;."), marker=known)


def _read_signer(lines: list[Line]) -> tuple[Signer | None, list[Line]]:
    start = next((index for index, line in enumerate(lines) if is_signature(line)), None)
    if start is None:
        return None, []
    authority = on_behalf_of = name = None
    title: list[str] = []
    used: list[Line] = []
    for line in lines[start:]:
        if line.blank or line.ornament:
            continue
        mark = AUTHORITY.match(line.text)
        if mark and not title:
            # TM. over KT.: the later one is the power by which this person signs.
            authority, on_behalf_of = re.sub(r"\s", "", mark["mark"]), line.text[mark.end() :].strip(" ,")
        elif _is_name(line):
            name = _person(line.text)
        elif line.capitals and name is None:
            title.append(line.text)
        else:
            continue
        used.append(line)
        if name:
            break
    if authority == "Q." and not title and on_behalf_of:
        title, on_behalf_of = [on_behalf_of], None  # the acting head signs as head
    return Signer(authority=authority, on_behalf_of=on_behalf_of, title=collapse(" ".join(title)) or None, name=name), used


def _person(text: str) -> str:
    """Return the name without military rank and degrees."""
    while found := _RANK.match(text):
        text = text[found.end() :]
    return text


def _is_name(line: Line) -> bool:
    """A person: two to six capitalised words and nothing else; in capitals only with a known surname."""
    parts = _person(line.text).split()
    if not (2 <= len(parts) <= 6 and all(_NAME_WORD.match(part) for part in parts)):
        return False
    return not line.capitals or parts[0].title() in words("surnames")
