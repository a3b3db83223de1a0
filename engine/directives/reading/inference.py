"""The issuer of a document whose letterhead is lost: concluded from symbol, place, the bodies that the text names, and who speaks.

Never silent: `inferred` is set and the confidence says so. Source of the codes: Hướng dẫn 36-HD/VPTW (DOMAIN.md 3.1), Nghị định 30/2020/NĐ-CP.
"""

from __future__ import annotations

import re
from collections import Counter

from engine.directives.reading.header import Header
from engine.directives.reading.items import Mandate
from engine.directives.reading.lines import Line
from engine.directives.reading.names import level_of
from engine.directives.reading.note import INFERRED, MISSING, note
from engine.directives.reading.parties import starts_with_organisation
from engine.directives.reading.vocabulary import grouped, table
from engine.kernel.vietnamese import collapse, same, skeleton

_UNITS = "tinh|thanh pho|huyen|quan|thi xa|xa|phuong|thi tran|dac khu"
_COUNCIL = re.compile(rf"(?:ubnd|uy ban nhan dan)\s+(?P<unit>{_UNITS})\b")
_PLACE_PREFIX = re.compile(r"(?:TP\.?|TX\.?|thành phố|thị xã|huyện|quận|xã|phường)\s*", re.IGNORECASE)
_OWN_COPY = re.compile(r"\bluu\b")  # the archive copy names the issuer's own office
_SPEAKER = re.compile(r"^(?:chủ tịch|giám đốc|lãnh đạo|thường trực)\s+", re.IGNORECASE)


def infer_issuer(header: Header, lines: list[Line], mandate: Mandate | None) -> None:
    """Fill in issuer and level where the letterhead names none, or only an organ without its committee."""
    organ, committees = _by_code(header.issuer_code or "")
    if header.issuer is not None and not (header.superior is None and organ and same(header.issuer, organ)):
        return
    place = _PLACE_PREFIX.sub("", header.place or "", count=1)
    name = _of_party(organ, committees, place, lines) or _of_state(header.issuer_code, place, lines) or _speaker(mandate, place)
    if name is None:
        header.notes["issuer"] = header.notes["level"] = note(MISSING)
        return
    header.issuer, header.inferred = name, True
    header.level = level_of(name, None)
    header.notes["issuer"] = header.notes["level"] = note(INFERRED)


def _by_code(code: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the organ and the committees that an issuer's code may stand for: BTGHU is Ban Tuyên giáo of a Huyện ủy."""
    for suffix, committees in grouped("committee_codes").items():
        organ = table("organ_codes").get(code.removesuffix(suffix)) if code.endswith(suffix) else None
        if organ is not None:
            return organ, committees
    return None, ()


def _of_party(organ: str | None, committees: tuple[str, ...], place: str, lines: list[Line]) -> str | None:
    if organ is None:
        return None
    if committees == ("Trung ương",):
        return f"{organ} Trung ương" if organ else None
    counted: Counter[str] = Counter()
    for committee in committees:
        named = re.compile(rf"\b{skeleton(committee)}\b(?:\s+(?P<unit>xa|phuong|thi tran|dac khu)\b)?")
        for line in lines:
            for found in named.finditer(line.key):
                unit = line.text[slice(*found.span("unit"))].lower() if found["unit"] else ""
                counted[collapse(f"{committee} {unit}")] += 5 if _OWN_COPY.search(line.key) else 1
    if not counted or not place:
        return None
    best = max(counted, key=lambda name: (counted[name], len(name)))
    longer = [name for name in counted if name.startswith(f"{best} ")]
    return collapse(f"{organ} {max(longer, key=lambda name: counted[name]) if longer else best} {place}")


def _of_state(code: str | None, place: str, lines: list[Line]) -> str | None:
    if code != "UBND" or not place:
        return None
    units = Counter(line.text[slice(*found.span("unit"))].lower() for line in lines for found in _COUNCIL.finditer(line.key))
    return f"Ủy ban nhân dân {units.most_common(1)[0][0]} {place}" if units else None


def _speaker(mandate: Mandate | None, place: str) -> str | None:
    """Return the body that orders in the text, with the place where its name ends with a mere kind of unit."""
    if mandate is None or mandate.by is None or not starts_with_organisation(mandate.by):
        return None
    name = _SPEAKER.sub("", mandate.by)
    name = name[:1].upper() + name[1:]
    return collapse(f"{name} {place}") if re.search(rf"(?:\buy|\b(?:{_UNITS}))$", skeleton(name)) else name
