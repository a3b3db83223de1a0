"""Personal values, sealed outside the records: encrypted in a table, with a key that lies in another file (personal_keys.py).

Everywhere else, in rows, in the data of processes and in the history, stands what `seal` returns: {"sealed": id, "commit": digest}.
The commitment is keyed (HMAC-SHA256), since a short value could be guessed from a plain hash; with the key goes the only way to try.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, insert, select

from engine.history.personal_keys import key_for, keys_of
from engine.kernel.canonical import canonical_json
from engine.kernel.clock import stamp
from engine.kernel.ids import new_id
from engine.storage.schema import sealed_value

NONCE = 12  # bytes, as AES-GCM has it (NIST SP 800-38D, 8.2.2: drawn at random)
SEALED = frozenset({"sealed", "commit"})
ERASED = "erased"
GONE = "(đã xóa)"  # for a reader, where a value was
AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a value is: the subject under whose key it stands, the organisation that keeps it, the root directive that it belongs to, if any."""

    subject: str
    organisation: str
    directive: str | None


def seal(connection: Connection, value: Any, owner: Owner, *, title: str, now: datetime) -> dict[str, str]:
    """Keep a value encrypted, and return what stands for it everywhere else. Raises Refused when the subject's key was destroyed."""
    identity, key, content = new_id(now), key_for(owner.subject, now), canonical_json(value)
    nonce = secrets.token_bytes(NONCE)
    kept = nonce + AESGCM(key).encrypt(nonce, content, _bound(identity, owner.subject))
    row = {"id": identity, "subject": owner.subject, "organisation": owner.organisation, "directive": owner.directive, "title": title}
    connection.execute(insert(sealed_value).values(**row, content=kept, made_at=stamp(now)))
    return {"sealed": identity, "commit": _commitment(key, identity, content)}


def is_sealed(value: object) -> bool:
    """Tell whether a value is what stands for a sealed one."""
    return isinstance(value, Mapping) and value.keys() == SEALED


def holds_sealed(data: Any) -> bool:
    """Tell whether there is a sealed value in data, however deep."""
    return next(_sealed_in(data), None) is not None


def unsealed(connection: Connection, data: Any) -> Any:
    """Return data with every sealed value in it opened; one that is erased, or cannot be opened any more, is {"erased": title}."""
    wanted = sorted(set(_sealed_in(data)))
    if not wanted:
        return data
    found: dict[str, Any] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows = connection.execute(select(sealed_value).where(sealed_value.c.id.in_(wanted[start : start + AT_ONCE]))).all()
        keys = keys_of(row.subject for row in rows)
        found |= {row.id: _open(row, keys.get(row.subject)) for row in rows}
    return _with(data, found)


def shown(connection: Connection, data: Any) -> Any:
    """Return data as a page shows them to whoever may see them: sealed values opened, in place of an erased one words that say so."""
    return _said(unsealed(connection, data))


def is_as_committed(connection: Connection, sealed: Mapping[str, str]) -> bool:
    """Tell whether the value that is kept is the one that the history has committed to. False when it cannot be opened any more."""
    row = connection.execute(select(sealed_value).where(sealed_value.c.id == sealed["sealed"])).one_or_none()
    key = keys_of([row.subject]).get(row.subject) if row else None
    if row is None or key is None:
        return False
    value = _open(row, key)
    return not _is_erased(value) and hmac.compare_digest(sealed["commit"], _commitment(key, row.id, canonical_json(value)))


def _open(row: Any, key: bytes | None) -> Any:
    if key is None or row.content is None:
        return {ERASED: row.title}
    content = bytes(row.content)
    try:
        return json.loads(AESGCM(key).decrypt(content[:NONCE], content[NONCE:], _bound(row.id, row.subject)))
    except InvalidTag:  # not what was encrypted here
        return {ERASED: row.title}


def _is_erased(value: object) -> bool:
    return isinstance(value, Mapping) and value.keys() == {ERASED}


def _said(data: Any) -> Any:
    if _is_erased(data):
        return GONE
    if isinstance(data, Mapping):
        return {name: _said(each) for name, each in data.items()}
    return [_said(each) for each in data] if isinstance(data, list) else data


def _sealed_in(data: Any) -> Iterator[str]:
    if is_sealed(data):
        yield str(data["sealed"])
    elif isinstance(data, Mapping):
        for each in data.values():
            yield from _sealed_in(each)
    elif isinstance(data, list):
        for each in data:
            yield from _sealed_in(each)


def _with(data: Any, found: Mapping[str, Any]) -> Any:
    if is_sealed(data):
        return found.get(str(data["sealed"]), {ERASED: ""})
    if isinstance(data, Mapping):
        return {name: _with(each, found) for name, each in data.items()}
    return [_with(each, found) for each in data] if isinstance(data, list) else data


def _bound(identity: str, subject: str) -> bytes:
    """Return what a value is bound to, so that none can be put in the place of another."""
    return canonical_json([identity, subject])


def _commitment(key: bytes, identity: str, content: bytes) -> str:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"chidao/commitment/v1").derive(key)
    return hmac.digest(derived, identity.encode() + b"\0" + content, "sha256").hex()
