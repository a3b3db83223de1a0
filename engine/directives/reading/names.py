"""Names of organisations from capitals: case, place names read through scanning errors, full names, levels."""

from __future__ import annotations

import re

from engine.directives.reading.vocabulary import grouped, keys, occurrences, table, words
from engine.kernel.vietnamese import collapse, same, skeleton, tone_style

_COMMITTEE = re.compile(r"(?:tinh|thanh|huyen|thi|quan|dang) uy\b")
_CENTRAL_COMMITTEE = "ban chap hanh trung uong"
_CITY_PREFIX = re.compile(r"(?:tp\.?|thanh pho|tx\.?|thi xa|huyen|quan|tinh|xa|phuong|thi tran|dac khu)\s+")
_ORGAN = re.compile(r"(?:ban|van phong|uy ban kiem tra|dang doan|trung tam)\b")  # bodies of a committee, named after it
_NO_PLACE = re.compile(r"\b(?:khoi|cac|co quan|doanh nghiep|cong an|quan su|bo doi|truong|so|van phong|benh vien|cong ty|uy ban|hoi dong|ban)\b")
_STATE_BODY = re.compile(r"(?:uy ban nhan dan|ubnd|hoi dong nhan dan|hdnd)\b")


def proper_name(capitals: str) -> str:
    """Return a name printed in capitals with the usual capitals: known organisation names as listed, places word by word."""
    for short, long in table("abbreviations").items():
        capitals = re.sub(rf"(?<!\w){short}(?!\w)", long.upper(), capitals)
    committee = _COMMITTEE.match(skeleton(capitals))
    if committee and not _NO_PLACE.search(skeleton(capitals[committee.end() :])):
        return collapse(f"{_sentence(capitals[: committee.end()])} {_place_in_name(capitals[committee.end() :])}")
    text = _sentence(capitals)
    for name in (*words("provinces"), *reversed(words("organisation_names"))):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", name, text, flags=re.IGNORECASE)
    return re.sub(
        r"(?i)\b(tỉnh|bản|thôn|ấp|khu phố|tổ dân phố|thành phố|huyện|quận|thị xã|xã|phường|tỉnh ủy|thành ủy|huyện ủy)\s+((?:[^\W\d_]+\s)*[^\W\d_]+)$",
        lambda found: f"{found[1].lower()} {_place_in_name(found[2])}",
        text,
    )


def place_name(printed: str) -> str:
    """Return a place with its marks repaired when it is a province's name without some of them (`Hung Yên`)."""
    text = collapse(printed)
    prefix = _CITY_PREFIX.match(skeleton(text))
    head, bare = (text[: prefix.end()], text[prefix.end() :]) if prefix else ("", text)
    for province in words("provinces"):
        if same(province, bare):
            return text
        if skeleton(province) == skeleton(bare) and _marks(bare) < _marks(province):
            return head + province
    return text


def full_name(superior: str, issuer: str) -> str:
    """Return the issuer's name with its place, taken from the superior above it in the letterhead."""
    key = skeleton(superior)
    if key == _CENTRAL_COMMITTEE:
        return issuer if "trung uong" in skeleton(issuer) else f"{issuer} Trung ương"
    if _COMMITTEE.search(skeleton(issuer)) or skeleton(issuer).endswith(key):
        return issuer
    if _COMMITTEE.match(key):
        return f"{issuer} {superior}" if _ORGAN.match(skeleton(issuer)) else issuer
    if state := _STATE_BODY.match(key):
        if same(issuer, "Văn phòng"):
            return f"{issuer} {superior}"
        place = superior[state.end() :].strip()
        return issuer if skeleton(place) in skeleton(issuer) else f"{issuer} {place}"
    return f"{issuer} {superior}" if skeleton(issuer).startswith(("ban thuong truc", "ban thuong vu", "ban chap hanh")) else issuer


def level_of(issuer: str, superior: str | None) -> str | None:
    """Return the level of an issuer: by its own name, else by the body above it."""
    return _level(issuer) or (_level(superior) if superior else None)


def is_superior(capitals: str) -> bool:
    """Say whether a letterhead line names a body that stands above another in letterheads."""
    key = skeleton(capitals)
    return bool(_COMMITTEE.match(key) or _STATE_BODY.match(key) or key == _CENTRAL_COMMITTEE or key.startswith(("dang bo ", "bo ")))


def starts_with_body(capitals: str) -> bool:
    """Say whether a letterhead line begins with the word for a body (not a place, and not the rest of a wrapped name)."""
    return bool(occurrences("letterhead_bodies", capitals, start_only=True)) and "hoi nhap" not in skeleton(capitals)


def _level(name: str) -> str | None:
    key = f" {skeleton(name)} "
    if any(f" {word} " in key for word in ("thanh uy", "thanh pho", "tp", "tp.")):
        return "province" if any(f" {skeleton(city)} " in key for city in words("central_cities")) else "district"
    # One syllable needs its marks: `quận` is not `quân`; "xã hội" is no commune.
    exact = f" {tone_style(name).lower()} ".replace(" xã hội ", " ")
    for level, names in grouped("level_words").items():
        if any(f" {skeleton(word)} " in key if " " in word else f" {word} " in exact for word in names):
            return level
    if key.startswith(" bo ") or any(f" {word} " in key for word in keys("central_bodies")):
        return "central"
    return None


def _place_in_name(capitals: str) -> str:
    text = place_name(capitals.title())
    prefix = _CITY_PREFIX.match(skeleton(text))
    return text[: prefix.end()].lower() + text[prefix.end() :] if prefix else text


def _sentence(capitals: str) -> str:
    lowered = capitals.lower()
    return lowered[:1].upper() + lowered[1:]


def _marks(text: str) -> int:
    return sum(character != bare for character, bare in zip(tone_style(text).lower(), skeleton(text), strict=False))
