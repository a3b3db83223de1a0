"""The same document printed otherwise: encodings, columns, spelling of tones, spaces, bold, scanning errors."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

_TONES = (
    ("óa", "oá"), ("òa", "oà"), ("ỏa", "oả"), ("ủy", "uỷ"), ("Ủy", "Uỷ"), ("ỦY", "UỶ"), ("úy", "uý"), ("ùy", "uỳ"), ("ụy", "uỵ"), ("ÓA", "OÁ"),
)  # fmt: skip
_MISREAD = dict(zip("ốơưăếổáịđạộủảấửì", "ổouaềồàidaôùàầứí", strict=True))
_LATE = re.compile(r"^\*{0,2}BAN CHẤP HÀNH", re.MULTILINE)


def decomposed(text: str, _: random.Random) -> bytes:
    return unicodedata.normalize("NFD", text).encode()


def windows(text: str, _: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()


def shuffled_header(text: str, rng: random.Random) -> bytes:
    """Permute the pieces above every "Kính gửi"; a second letterhead begins with its superior in capitals."""
    later = _LATE.search(text, 10)
    parts = [text[: later.start()], text[later.start() :]] if later else [text]
    return "\n\n\n".join(_shuffled(part, rng) for part in parts).encode()


def new_tones(text: str, _: random.Random) -> bytes:
    for old, new in _TONES:
        text = text.replace(old, new)
    return text.encode()


def old_tones(text: str, _: random.Random) -> bytes:
    for old, new in _TONES:
        text = text.replace(new, old)
    return text.encode()


def wide_spaces(text: str, rng: random.Random) -> bytes:
    return re.sub(r"(?<=\S) (?=\S)", lambda _: " " * rng.randint(1, 3), text).encode()


def no_bold(text: str, _: random.Random) -> bytes:
    return text.replace("*", "").encode()


def misread_letters(text: str, rng: random.Random) -> bytes:
    return "".join(_MISREAD[letter] if letter in _MISREAD and rng.random() < 0.02 else letter for letter in text).encode()


def misread_digits(text: str, rng: random.Random) -> bytes:
    def scan(found: re.Match[str]) -> str:
        return "".join({"0": "O", "1": "l"}[digit] if digit in "01" and rng.random() < 0.5 else digit for digit in found[0])

    return re.sub(r"\d{1,2}/\d{1,2}/\d{4}|ngày \d\d tháng", scan, text).encode()


def _shuffled(text: str, rng: random.Random) -> str:
    if "Kính gửi" not in text or "TỜ TRÌNH" in text:
        return text  # a title always stands below the letterhead
    head, mark, body = re.split(r"(\n.*Kính gửi)", text, maxsplit=1)
    blocks = [block for block in re.split(r"\n\s*\n", head) if block.strip()]
    rng.shuffle(blocks)
    return "\n\n".join(blocks) + "\n" + mark + body


def doubled_words(text: str, rng: random.Random) -> bytes:
    return re.sub(r"(?<=\s)(và|của|các|về|nắm)(?=\s)", lambda found: found[0] + (f" {found[0]}" if rng.random() < 0.1 else ""), text).encode()


def lost_marks(text: str, rng: random.Random) -> bytes:
    """A word here and there without its marks; not in codes, and not the first word of a line, where the marks of letters decide."""
    return re.sub(r"(?<=[a-zà-ỹ] )[^\W\d_]{3,}(?= [a-zà-ỹ])", lambda found: bare(found[0]) if rng.random() < 0.02 else found[0], text).encode()


def bare(word: str) -> str:
    plain = "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
    return plain.replace("đ", "d").replace("Đ", "D")


def page_breaks(text: str, rng: random.Random) -> bytes:
    """Every long line is torn once in mid-sentence, as at the foot of a page."""

    def tear(found: re.Match[str]) -> str:
        words = found[0].split(" ")
        place = next((index for index in range(len(words) * 2 // 3, len(words)) if words[index - 1][-1:].islower() and words[index][:1].islower()), 0)
        return " ".join(words[:place]) + "\n\n" + " ".join(words[place:]) if place and rng.random() < 0.3 else found[0]

    return re.sub(r"^[^\n|]{250,}$", tear, text, flags=re.MULTILINE).encode()


def spaced_number(text: str, _: random.Random) -> bytes:
    return re.sub(r"^(\*?Số:?) ?(\d+)-(CV|KH|HD|CT|TB)/", r"*\1 \2 - \3/", text, flags=re.MULTILINE).encode()


MUTATIONS: tuple[Callable[[str, random.Random], bytes], ...] = (
    decomposed, windows, shuffled_header, new_tones, old_tones, wide_spaces, no_bold, misread_letters, misread_digits,
    doubled_words, lost_marks, page_breaks, spaced_number,
)  # fmt: skip
