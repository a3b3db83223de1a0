"""Each record is signed by a key that the database does not hold (Ed25519, RFC 8032): a forged record is named, however well it is chained.

What is signed is `CONTEXT`, a newline, the record's hash in hexadecimal, a newline: with a word of its own before it, so that no
signature under a checkpoint or a witness's note can be passed off as one under a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.history.note import Signer, Verifier
from engine.kernel.errors import InvalidInput
from engine.storage import keys

RECORDS = "chidao/records"  # the name under which keys sign records
CHECKPOINTS = "chidao/checkpoints"  # and checkpoints: another key, which another person may hold
CONTEXT = "chidao/record/v1"

_States = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKey:
    """A key that signs records, with its id computed once."""

    key_id: str
    signer: Signer

    def sign(self, record_hash: str) -> bytes:
        """Return the signature of the record with this hash."""
        return self.signer.private.sign(message(record_hash))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """The keys of records that this machine holds. `present`: that of the file `signing.pem`."""

    present: RecordKey | None
    by_id: Mapping[str, RecordKey]


def message(record_hash: str) -> bytes:
    """Return what is signed for the record with this hash."""
    return f"{CONTEXT}\n{record_hash}\n".encode()


def is_signed(record_hash: str, signature: bytes, by: Verifier) -> bool:
    """Tell whether the key signed the record with this hash."""
    return by.verify(message(record_hash), signature)


def record_key(private: Ed25519PrivateKey) -> RecordKey:
    """Return a private key as one that signs records."""
    signer = Signer(name=RECORDS, private=private)
    return RecordKey(key_id=signer.verifier.key_id, signer=signer)


def checkpoint_signer() -> Signer | None:
    """Return what signs checkpoints; None where the key lies with somebody else. Raises `InvalidInput` when the file holds no key."""
    private = keys.checkpoint_key()
    return Signer(name=CHECKPOINTS, private=private) if private else None


def key_of_period(key_id: str | None) -> RecordKey | None:
    """Return the key with which the period's records are signed. None: none was begun, and there are no keys here.

    Raises `InvalidInput` when the period's key is not on this machine: what would be appended could not be proved.
    """
    ring = held()
    if key_id is None:
        return ring.present
    found = ring.by_id.get(key_id)
    if found is None:
        raise InvalidInput(
            f"Expected the key {key_id} in {keys.folder()}, with which the history is signed, but it is not there. "
            "Nothing was changed; bring it back from your copy, or say that it is lost with `chidao keys renew --lost`."
        )
    return found


def held() -> Ring:
    """Return the keys of records on this machine, read again when their files have changed."""
    places = [keys.folder() / name for name in (keys.SIGNING_KEY, keys.NEXT_KEY)]
    states = tuple(state for place in places if (state := _state(place)))
    found = _known.get(states)
    if found is None:
        found = _read()
        _known.clear()
        _known[states] = found
    return found


_known: dict[_States, Ring] = {}  # at most one: that of the files as they are


def _state(place: Path) -> tuple[str, int, int, int] | None:
    try:
        found = place.stat()
    except OSError:
        return None
    return str(place), found.st_ino, found.st_size, found.st_mtime_ns


def _read() -> Ring:
    present, following = (record_key(key) if key else None for key in (keys.held_key(keys.SIGNING_KEY), keys.held_key(keys.NEXT_KEY)))
    return Ring(present=present, by_id={each.key_id: each for each in (present, following) if each})
