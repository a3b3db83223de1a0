"""Documents that the text cites: code, date and how the citing document stands to each of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engine.directives.reading.dates import FULL_DATE, read_date
from engine.directives.reading.header import Header
from engine.directives.reading.lines import Paragraph, Span
from engine.directives.reading.note import CERTAIN, DOUBTFUL, Note, note
from engine.directives.reading.vocabulary import grouped, table
from engine.kernel.vietnamese import CAPITAL, collapse, skeleton


class Relation(StrEnum):
    """What the citing document does with the cited one; the earlier in this list wins among several mentions."""

    ATTACHES = "attaches"
    FOLLOWS_UP = "follows_up"
    IMPLEMENTS = "implements"
    BASED_ON = "based_on"
    REFERS_TO = "refers_to"


_STRENGTH = {relation: index for index, relation in enumerate(Relation)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One cited document, its mentions merged."""

    code: str
    day: date | None
    relation: Relation
    doc_type: str | None
    issuer: str | None
    lines: tuple[Span, ...]


_TYPES = "|".join(sorted(table("document_types"), key=len, reverse=True))
_PARTY_CODE = rf"(?P<number>\d[\dOl]{{0,4}})\s*[-–]\s*(?P<kind>{_TYPES}|{CAPITAL}[^\W\d_]{{1,5}})\s*/\s*(?P<issuer>{CAPITAL}[\w&.-]*)"
_STATE_CODE = rf"(?P<state>\d[\dOl]{{0,4}}(?:/\d{{4}})?/{CAPITAL}[^\W\d_]*(?:[-.][^\W\d_]+\d?)+|(?<=[Ss]ố )\d{{1,5}}/[A-ZĐ]{{2,12}}(?![\w-]))"
_CODE = re.compile(rf"(?<![\w/]){_PARTY_CODE}|(?<![\w/-]){_STATE_CODE}")
_DATE_BEHIND = re.compile(rf"\s*,?\s*(?:ngay\s+)?(?P<date>{FULL_DATE})")
_DATE_BEFORE = re.compile(rf"(?<!\w)ngay\s+(?P<date>{FULL_DATE})")
_ATTACH = re.compile(r"(?:gui kem|(?<!ban hanh )kem theo|dinh kem|sao gui|sao luc|ban pho ?to|ban sao)[^.;]{0,60}$")
_ATTACHED = re.compile(r"[^.;()]*\((?:xin |co )?(?:gui |dinh |sao )?(?:kem|ban sao|ban pho ?to|van ban)[^()]*\)")
_OWN_RULES = {"KH", "CTr", "NQ", "CT", "QĐ", "QĐi", "QC", "KL", "HD", "ĐA"}  # carried out; a letter of one's own is followed up
_LEADS = {skeleton(word): relation for relation, words in grouped("citation_leads").items() for word in words}
_LEAD = re.compile(rf"(?:^|[.;,:(]\s*|\bva\s+|\bde\s+|\bnham\s+)(?P<word>{'|'.join(sorted(map(re.escape, _LEADS), key=len, reverse=True))})\s")
_ORDER = re.compile(r"(?<!y kien )(?<!\w)(?:de nghi|yeu cau|ban hanh ke hoach|huong dan nhu sau|chi dao nhu sau)(?!\w)")
_CODE_BETWEEN = re.compile(r"\d+\s?[-/]\s?[a-z]+|huong dan|mau |bieu |phu luc|danh sach")
_BOARD = re.compile(r"^(?:ban thuong vu|thuong truc|lanh dao)\s+")  # speaks for its committee
_SENTENCE = re.compile(rf"[.!?…][\s\"”)]+(?=(?:{CAPITAL}|\())")
_ISSUER_BEHIND = re.compile(rf"\s*(?:,\s*)?(?:của\s+)+(?P<name>{CAPITAL}[^,;.()]*?)(?=\s+(?:về|gửi|ban hành|phê duyệt|quy định|tại|đề nghị|yêu cầu|và\s+[A-ZĐ])(?!\w)|[,;.()]|$)")
_ISSUER_BEFORE = re.compile(r"(?:^|[,.;]\s*)(?P<name>\w[^,;.()]*?)\s+(?:da\s+)?(?:co|ban hanh|ra)\s+(?:[^\W\d_]+\s+){1,3}so\s*$")  # over a skeleton


def read_citations(parts: list[Paragraph], header: Header) -> tuple[list[Citation], Note]:
    """Return the cited documents in the order of their first mention."""
    merged: dict[str, Citation] = {}
    for part in parts:
        for mention in _mentions(part, header):
            if mention.code != header.code:
                known = merged.get(mention.code)
                merged[mention.code] = _merge(known, mention) if known else mention
    result = list(merged.values())
    undated = any(citation.day is None for citation in result)
    return result, note(DOUBTFUL if undated else CERTAIN, [span for citation in result for span in citation.lines])


def _mentions(part: Paragraph, header: Header) -> list[Citation]:
    result: list[Citation] = []
    for start, end in _sentences(part.text):
        sentence = part.text[start:end]
        previous_end = 0
        for found in _CODE.finditer(sentence):
            result.append(_mention(sentence, found, previous_end, header, part.lines))
            previous_end = found.end()
    return result


def _mention(sentence: str, found: re.Match[str], previous_end: int, header: Header, lines: Span) -> Citation:
    key = skeleton(sentence)
    behind = _DATE_BEHIND.match(key, found.end())
    before = list(_DATE_BEFORE.finditer(key, previous_end, found.start()))
    printed = behind or (before[-1] if before else None)
    issuer = _ISSUER_BEHIND.match(sentence, behind.end() if behind else found.end()) or _ISSUER_BEFORE.search(key[: found.start()])
    name = collapse(sentence[slice(*issuer.span("name"))]) if issuer else None
    code = _code(found)
    return Citation(
        code=code,
        day=read_date(printed["date"]) if printed else None,
        relation=_relation(key, found.span(), _own(code, name, header), found["kind"] or _state_type(code)),
        doc_type=table("document_types").get(found["kind"] or _state_type(code)) or _named_type(key[: found.start()]),
        issuer=name,
        lines=(lines,),
    )


def _code(found: re.Match[str]) -> str:
    if found["state"]:
        return found["state"]
    digits = found["number"].replace("O", "0").replace("l", "1")
    return f"{digits}-{found['kind']}/{found['issuer'].rstrip('.-')}"


def _state_type(code: str) -> str:
    return code.rsplit("/", 1)[-1].partition("-")[0]


def _named_type(before: str) -> str | None:
    names = {skeleton(name): name for name in table("document_types").values()}
    last = re.search(rf"({'|'.join(names)})\s+so\s*$", before)
    return names[last[1]] if last else None


def _relation(key: str, place: Span, own: bool, kind: str) -> Relation:  # noqa: FBT001 - private, one caller
    before = key[: place[0]]
    if _ATTACH.search(before) or _attached_behind(key, place[1]):
        return Relation.ATTACHES
    leads = list(_LEAD.finditer(before))
    # A lead in the middle of a sentence governs only when a list of bases began with one.
    governs = bool(leads) and not _ORDER.search(before, leads[-1].end())
    if own and not (governs and kind in _OWN_RULES):
        return Relation.FOLLOWS_UP
    return Relation(_LEADS[leads[-1]["word"]]) if governs else Relation.REFERS_TO


def _attached_behind(key: str, end: int) -> bool:
    """Say whether a bracket behind the code says that the document itself is attached ("(có bản sao kèm theo)")."""
    bracket = _ATTACHED.match(key, end)
    return bracket is not None and not _CODE_BETWEEN.search(key[end : bracket.end()])


def _own(code: str, name: str | None, header: Header) -> bool:
    """Say whether the cited document came from the citing issuer: the same symbol, and no other issuer named."""
    if header.issuer_code is None or header.issuer is None or not re.search(rf"[-/]{re.escape(header.issuer_code)}$", code):
        return False
    if name is None:
        # A city's committee may print the symbol of the province's one; at the other levels the same symbol is the same body.
        return "-" in code.partition("/")[0] and header.level not in {None, "district"}
    own, cited = skeleton(header.issuer), _BOARD.sub("", re.split(r"\s+-\s+", skeleton(name))[0])
    return own.startswith(cited) or cited.startswith(own)


def _merge(left: Citation, right: Citation) -> Citation:
    return Citation(
        code=left.code,
        day=left.day or right.day,
        relation=min(left.relation, right.relation, key=lambda relation: _STRENGTH[relation]),
        doc_type=left.doc_type or right.doc_type,
        issuer=left.issuer or right.issuer,
        lines=tuple(dict.fromkeys(left.lines + right.lines)),
    )


def _sentences(text: str) -> list[tuple[int, int]]:
    found = list(_SENTENCE.finditer(text))
    starts = [0, *(one.end() for one in found)]
    return list(zip(starts, [*(one.start() + 1 for one in found), len(text)], strict=True))
