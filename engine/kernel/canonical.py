"""Canonical JSON: the same facts always give the same bytes (AUDIT.md 3)."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

from engine.kernel.errors import InvalidInput

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical_json(value: Any) -> bytes:
    """Return `value` as UTF-8 JSON: sorted keys, NFC text, no white space, no floats.

    Raises InvalidInput for a float or any type that JSON does not have.
    """
    return _ENCODER.encode(_plain(value)).encode()


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 digest of `content` in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _plain(value: Any) -> Any:
    kind = type(value)  # the usual kinds by identity: every action makes some hundred values canonical
    if kind is str:
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if value is None or kind is int or kind is bool:
        return value
    if kind is dict:
        return {_plain(name) if type(name) is str else _plain(str(name)): _plain(item) for name, item in value.items()}
    if kind is list or kind is tuple:
        return [_plain(item) for item in value]
    match value:  # what derives from them
        case int():
            return value
        case str():
            return unicodedata.normalize("NFC", value)
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {unicodedata.normalize("NFC", str(key)): _plain(item) for key, item in value.items()}
    raise InvalidInput(
        f"Expected text, whole numbers, lists and objects in a sealed record, but found {type(value).__name__}."
    )
