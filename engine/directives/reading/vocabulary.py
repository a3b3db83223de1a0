"""The word lists of the reader, from data/vocabulary.json: general office vocabulary, never a person or a file."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

from engine.kernel.vietnamese import skeleton, tone_style


@cache
def _data() -> dict[str, Any]:
    return dict(json.loads(resources.files(__package__).joinpath("data/vocabulary.json").read_text(encoding="utf-8")))


@cache
def words(name: str) -> tuple[str, ...]:
    """Return the list `name` in tone style, longest first, so that an alternation prefers the longer entry."""
    return tuple(sorted((tone_style(word) for word in _data()[name]), key=len, reverse=True))


@cache
def table(name: str) -> dict[str, str]:
    """Return the table `name` (word → word)."""
    return dict(_data()[name])


@cache
def grouped(name: str) -> dict[str, tuple[str, ...]]:
    """Return the table of lists `name`, in the order of the file."""
    return {key: tuple(value) for key, value in _data()[name].items()}


@cache
def keys(name: str) -> tuple[str, ...]:
    """Return the list `name` as skeletons (no marks, lower case)."""
    return tuple(skeleton(word) for word in words(name))


@cache
def alternation(name: str) -> str:
    """Return the list `name` as a regular expression group over skeletons."""
    return "(?:" + "|".join(re.escape(entry) for entry in keys(name)) + ")"


@cache
def _tolerant(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Words of one syllable need their marks (`giao` is not `giáo`); longer ones are safe without, so scanning errors pass."""
    short = [re.escape(word.lower()) for word in words(name) if " " not in word]
    long = [re.escape(skeleton(word)) for word in words(name) if " " in word]
    return re.compile(rf"(?<!\w)(?:{'|'.join(short) or '(?!)'})(?!\w)"), re.compile(rf"(?<!\w)(?:{'|'.join(long) or '(?!)'})(?!\w)")


def occurrences(name: str, text: str, *, start_only: bool = False) -> list[re.Match[str]]:
    """Return where words of the list `name` occur in `text`, in order, the longer word first; positions hold in `text`."""
    short, long = _tolerant(name)
    lowered, key = tone_style(text).lower(), skeleton(text)
    if start_only:
        return [found for found in (long.match(key), short.match(lowered)) if found]
    found = [*long.finditer(key), *short.finditer(lowered)]
    return sorted(found, key=lambda match: (match.start(), -match.end()))
