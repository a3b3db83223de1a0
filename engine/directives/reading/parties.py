"""Who is addressed: where the name of an organisation ends and the order to it begins."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.directives.reading.vocabulary import alternation, keys, occurrences
from engine.kernel.vietnamese import CAPITAL, skeleton

_LEAD = re.compile(r"(?:de nghi|yeu cau|giao cho|giao|phan cong|doi voi)\s+")
_NAME_STOP = re.compile(
    r"\s+(?:để|đề|trước|chậm|muộn|theo|qua|thông qua|kết quả|việc|tình hình|trong|vào|bằng|định kỳ|hằng|hàng|cùng|đồng thời|xem xét|tổng hợp|"
    r"và|hoặc|điện thoại|đt|số|nội dung|danh sách|khi|nếu|về|từ|sau|ngay)(?!\w)|[.,;:()]|$",
    re.IGNORECASE,
)
_INNER_JOINT = re.compile(rf"(?:,|\s+và)\s+(?={CAPITAL})(?!(?:S?ĐT|Điện thoại|Email|Zalo|Số)\b)")
_REACH = 400  # an address is not longer than this
_SENTENCE_END = re.compile(rf"[.!?]\s+(?={CAPITAL})")
_STATEMENT = re.compile(r"\s(?:da|chua)\s")  # "Chi bộ đã tổ chức …" tells, it does not order
_RESTRICTION = re.compile(r"\s(?:chưa|đã|còn|chậm)\s.*$")  # "các huyện ủy chưa gửi báo cáo": the body, not what it failed to do
_NAMED_BY_TASK = re.compile(r"(?:ban chi dao|ban quan ly|ban to chuc|to cong tac|hoi dong|tieu ban|to giup viec)$")
_PARTISAN = re.compile(r"\s*(?:dang|chinh tri|doan the|hoi|co so|xa hoi|chinh quyen)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """The organisations at the beginning of a text and the order that follows (empty under a mere heading)."""

    parties: tuple[str, ...]
    order: str


def addressed(text: str, *, ordered: bool = False) -> Addressed | None:
    """Return who the text addresses, or None when it does not begin with an organisation. `ordered`: an ordering verb stands before it."""
    lead = _LEAD.match(skeleton(text))
    named = text[lead.end() :] if lead else text
    if not (starts_with_organisation(named) or ((lead or ordered) and _starts_with_small_letter(named))):
        return None
    end = _end_of_address(named)
    if end is None:
        return None
    parties = tuple(_RESTRICTION.sub("", party) for party in split_parties(named[:end]))
    return Addressed(parties=parties, order=named[end:].lstrip(" :,.-–")) if parties else None


def _starts_with_small_letter(text: str) -> bool:
    """Say whether a body follows the ordering verb in lower case ("yêu cầu ban thường vụ các huyện ủy", "giao phòng Nội vụ")."""
    head = next(iter(occurrences("organisation_heads", text, start_only=True)), None)
    if head is None or skeleton(text).startswith(keys("not_organisations")):
        return False
    if any(verb.end() >= head.end() for verb in occurrences("verbs", text, start_only=True)):
        return False
    return " " in head[0] or text[head.end() :].lstrip()[:1].isupper()


def name_at(text: str, start: int) -> str:
    """Return the name of the body that begins at `start`: up to a stop word or sign, over the commas inside a name."""
    end = start
    while stop := _NAME_STOP.search(text, end):
        end = stop.start()
        inner = _INNER_JOINT.match(text, end)
        if inner is None or starts_with_organisation(text[inner.end() :]):
            break
        end = inner.end()
    return text[start:end].strip()


def before_colon(text: str) -> Addressed | None:
    """Return what stands before a colon as the addressee, for an entry of a list whose other entries name organisations."""
    head, colon, order = text.partition(":")
    if not colon or len(head) > _REACH // 3 or not head[:1].isupper() or find_verb(head) is not None or _SENTENCE_END.search(head):
        return None
    return Addressed(parties=split_parties(head), order=order.strip())


def _end_of_address(text: str) -> int | None:
    window = text[:_REACH]
    colon = window.find(":")
    verb = find_verb(window[:colon] if colon > 0 else window)
    if verb is not None:
        return verb
    if colon > 0 and not _SENTENCE_END.search(window[:colon]):
        return colon
    # A heading names organisations and nothing else.
    plain = len(text) <= _REACH // 2 and not _SENTENCE_END.search(text) and not _STATEMENT.search(skeleton(text))
    return len(text) if plain else None


def starts_with_organisation(text: str) -> bool:
    """Say whether the text begins with an organisation or a group of them."""
    key = skeleton(text)
    group = re.match(rf"(?:(?:cac|nhung|toan the|moi|tat ca|tung|quy)\s+)+{alternation('group_nouns')}(?!\w)", key)
    if group:
        return True
    if not occurrences("organisation_heads", text, start_only=True) or key.startswith(keys("not_organisations")):
        return False
    heads = {found.end() for found in occurrences("organisation_heads", text, start_only=True)}
    ordered = any(
        # Thường trực Tỉnh ủy is a body, though the word is a verb too.
        _is_verb(text, found.start(), found.end()) and not (found.end() in heads and text[found.end() :].lstrip()[:1].isupper())
        for found in occurrences("verbs", text, start_only=True)
    )
    return not ordered and (text[0].isupper() or key.startswith(("doi ngu", "toan the", "quy ")))


def is_order(text: str) -> bool:
    """Say whether the text begins with a verb."""
    return bool(occurrences("verbs", text, start_only=True)) and not starts_with_organisation(text)


def find_verb(text: str) -> int | None:
    """Return where the order begins: the first verb in lower case that is no part of an organisation's name."""
    names = [found.span() for found in occurrences("organisation_names", text)]
    orders = [
        found.start()
        for found in occurrences("verbs", text)
        if found.start() and text[found.start()].islower() and _is_verb(text, found.start(), found.end())
        if not any(begin < found.start() < end for begin, end in names)  # Giáo dục và Đào tạo
    ]
    # Ban Chỉ đạo xây dựng nông thôn mới tham mưu …: the first verb names the body, the second one orders.
    named = (
        len(orders) > 1
        and skeleton(text[orders[0] :]).startswith(keys("verbs_in_names"))
        and _NAMED_BY_TASK.search(skeleton(text[: orders[0]]).rstrip())
    )
    return orders[1 if named else 0] if orders else None


def _is_verb(text: str, start: int, end: int) -> bool:
    before, after, verb = skeleton(text[:start]).rstrip(), skeleton(text[end:]), skeleton(text[start:end])
    if re.match(r"\s*vien\b", after) or before.endswith((" chua", " da", " khong", " duoc")):
        return False
    nouns = "|".join(re.escape(word) for word in keys("words_before_a_noun"))
    if verb in keys("verbs_that_are_also_nouns") and re.search(rf"(?<!\w)(?:{nouns})$", before):
        return False
    if verb == "to chuc" and _PARTISAN.match(after):
        return False
    if verb in keys("verbs_after_a_place_only") and start:
        return _ends_name(text[:start].rstrip(), before) and not _PARTISAN.match(after)
    return True


def _ends_name(text: str, key: str) -> bool:
    """Say whether a name is complete: it ends with a place, a proper noun, or is known as a whole."""
    words = re.split(r"[;,]|\svà\s", text)[-1].split()
    proper = len(words) > 1 and words[-1][:1].isupper()
    return key.endswith(keys("place_words")) or proper or any(found.end() == len(text) for found in occurrences("organisation_names", text))


def split_parties(text: str) -> tuple[str, ...]:
    """Split a list of organisations: at `;`, and at `,` before another organisation (`Sở Văn hóa, Thể thao …` is one)."""
    result: list[str] = []
    for part in text.split(";"):
        start = 0
        for found in re.finditer(r",\s+|\s+và\s+(?=Sở|Ban|Phòng|Văn phòng|Trung tâm|Ủy ban|Uỷ ban|Hội|Đảng ủy|Đảng uỷ|Huyện ủy|Thành ủy|Chi bộ|Công an|Báo|Đài|Trường|Thư viện)", part):
            if _begins_party(part[found.end() :]):
                result.append(part[start : found.start()])
                start = found.end()
        result.append(part[start:])
    return tuple(party for party in (part.strip(" ,.:;-–") for part in result) if party)


def _begins_party(text: str) -> bool:
    key = skeleton(text)
    if key.startswith(("cac ", "doi ngu ", "toan the ", "nhung ")):
        return starts_with_organisation(text)
    return text[:1].isupper() and not re.match(r"(?:Thể thao|Đoàn thể)\b", text) and starts_with_organisation(text)
