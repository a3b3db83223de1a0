"""What is left of a record whose body was lawfully disposed of (AUDIT.md 8): number, streams, action and date, under the old hash.

The stub stands in the place of the sealed bytes and is not sealed itself; the record of the disposal holds its digest (disposed.py).
It begins with a word with which no sealed bytes begin: theirs have their names in order, and `action` is the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.history.merkle import leaf_hash
from engine.kernel.canonical import canonical_json

BEGINS = b'{"disposed":'
KEPT = ("action", "key", "log", "outcome", "prev", "recorded_at", "seq", "streams", "v")  # what a stub repeats of its record
_HASH = re.compile(r"[0-9a-f]{64}")


def is_stub(content: bytes | memoryview) -> bool:
    """Tell whether these bytes are what is left of a record that was disposed of."""
    return bytes(content[: len(BEGINS)]) == BEGINS


def stub_of(sealed: Mapping[str, Any], disposal: str) -> bytes:
    """Return what stays of an opened record. `disposal`: the id of the disposal under which it goes."""
    return BEGINS + canonical_json(disposal) + b"," + canonical_json({name: sealed[name] for name in KEPT})[1:]


def withheld(disposal: str) -> dict[str, Any]:
    """Return what a reader finds in a stub in place of what is gone."""
    return {
        "actor": {"type": "withheld", "id": "", "name": None, "post": None},
        "auth": {},
        "command": "",
        "engine_version": "",
        "id": "",
        "policy": "",
        "spiff_version": "",
        "subject": {"type": "disposal", "id": disposal},
    }


def leaf_of(content: bytes | memoryview, record_hash: object) -> str:
    """Return the leaf of a record in the tree, in hexadecimal: of a stub the hash that its record had, which nothing else proves here.

    Raises ValueError when a stub has no hash.
    """
    if not is_stub(content):
        return leaf_hash(bytes(content)).hex()
    if not isinstance(record_hash, str) or not _HASH.fullmatch(record_hash):
        raise ValueError(f"Expected the hash of the record beside its stub, but found {record_hash!r}. Run `chidao audit verify`.")
    return record_hash
