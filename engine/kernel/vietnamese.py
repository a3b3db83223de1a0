"""Vietnamese text: normal form, search keys, tone placement, sorting.

Nothing here knows about documents or organisations. Source of the rules: DOMAIN.md, section 6.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TypeAlias

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: index for index, letter in enumerate(_ALPHABET, start=1)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền hỏi ngã sắc nặng
_SHAPES = {"\u0306", "\u0302", "\u031b"}  # breve, circumflex, horn: part of the letter, not a tone
_SAME_SIGN = str.maketrans({"đ": "d", "Đ": "D", "–": "-", "—": "-", "‑": "-", "−": "-", "\u00a0": " ", "\u202f": " "})
_SMALL_SIGNS = (("đ", "d"), ("–", "-"), ("—", "-"), ("‑", "-"), ("‐", "-"), ("−", "-"))
_OPEN_PAIR = re.compile(r"(^|[^q])([ou])([aey])([\u0300\u0301\u0303\u0309\u0323])(?![a-z\u0300-\u036f])", re.IGNORECASE)
_MARKS = re.compile("[\u0300-\u036f]+")
_DIGITS = re.compile(r"(\d+)")
#: A regular expression class of the capital letters (a range such as À-Ỹ would hold small ones too).
CAPITAL = "[A-Z" + "".join(chr(code) for code in range(0xC0, 0x1EFA) if chr(code).isupper() and chr(code).isalpha()) + "]"
CollationKey: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], str]


def nfc(text: str) -> str:
    """Return the text in Unicode NFC, the only form that is stored or compared."""
    return unicodedata.normalize("NFC", text)


def collapse(text: str) -> str:
    """Return the text with every run of white space replaced by one space, and none at the ends."""
    return " ".join(text.split())


def skeleton(text: str) -> str:
    """Return NFC text without marks and case, of the same length, so that positions found in it hold in the text."""
    return "".join(_bare(character) for character in text)


def fold(text: str) -> str:
    """Return the search key: NFKC, lower case, no marks, đ as d, single spaces."""
    return collapse(skeleton(nfc(unicodedata.normalize("NFKC", text))))


def search_key(text: str) -> str:
    """Return what `fold` returns but for its spaces: for long texts in which words are only looked for, ten times as fast."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower()
    for sign, same in _SMALL_SIGNS:  # a table for `translate` takes much longer here
        plain = plain.replace(sign, same)
    return plain


def tone_style(text: str) -> str:
    """Return the text with the tone on the first vowel of open oa, oe, uy (hóa, khỏe, ủy): one form for comparing."""
    if text.isascii():
        return text
    return nfc(_OPEN_PAIR.sub(r"\1\2\4\3", unicodedata.normalize("NFD", text)))


def same(left: str, right: str) -> bool:
    """Say whether two strings are equal but for case, tone placement and spacing."""
    return collapse(tone_style(left)).lower() == collapse(tone_style(right)).lower()


def collation_key(text: str) -> CollationKey:
    """Return the sort key of CLDR vi: letters a<ă<â, d<đ … first, tones second; numbers by value."""
    letters: list[int] = []
    tones: list[int] = []
    for part in _DIGITS.split(nfc(collapse(text)).lower()):
        if part.isdecimal():  # not ¹, which is a digit to some and a number to nobody
            # Numbers sort before letters; the length comes first so that 9 < 10.
            digits = part.lstrip("0")
            letters += [-1000 + len(digits), *(int(digit) - 100 for digit in digits)]
            tones.append(0)
        else:
            _add_letters(part, letters, tones)
    return tuple(letters), tuple(tones), text


def given_name_key(name: str) -> tuple[CollationKey, CollationKey]:
    """Return the sort key of a person: given name (the last word) first, then the whole name."""
    words = name.split()
    return collation_key(words[-1] if words else ""), collation_key(name)


def _add_letters(part: str, letters: list[int], tones: list[int]) -> None:
    for character in part:
        marks = unicodedata.normalize("NFD", character)
        shape = unicodedata.normalize("NFC", marks[0] + "".join(mark for mark in marks[1:] if mark in _SHAPES))
        # Space and punctuation sort before every letter and after every number.
        letters.append(_RANK.get(shape, -2000 if character.isspace() else 100 + ord(shape) if shape.isalpha() else -1500))
        tones.append(max((_TONES.get(mark, 0) for mark in marks[1:]), default=0))


@lru_cache(maxsize=4096)
def _bare(character: str) -> str:
    plain = character.translate(_SAME_SIGN)
    return plain if plain.isascii() and plain.islower() else unicodedata.normalize("NFD", plain)[0].lower()[0]
