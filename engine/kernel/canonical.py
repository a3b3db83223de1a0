"""Canonical JSON: the same facts always give the same bytes (AUDIT.md 3)."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any

from engine.kernel.errors import InvalidInput


def canonical_json(value: Any) -> bytes:
    """Return `value` as UTF-8 JSON: sorted keys, NFC text, no white space, no floats.

    Raises InvalidInput for a float or any type that JSON does not have.
    """
    text = json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 digest of `content` in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int():
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
