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
def alternation(name: str, *, bare: bool = True) -> str:
    """Return the list `name` as a regular expression group, over skeletons or (bare=False) over lower-case tone-style text."""
    entries = keys(name) if bare else tuple(word.lower() for word in words(name))
    return "(?:" + "|".join(re.escape(entry) for entry in entries) + ")"
