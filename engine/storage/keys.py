"""The secrets of an installation, each in a file of its own that only its owner may read. Made once, never overwritten."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from engine.kernel import environment
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.address import home

SIGNING_KEY = "signing.pem"  # Ed25519 (RFC 8032), PKCS #8: signs each record of the history
NEXT_KEY = "signing.next.pem"  # that of the next period, until its first record is there
PUBLIC_KEY = "signing.pub.pem"  # to be kept elsewhere: whoever verifies must not ask us for it
CHECKPOINT_KEY = "checkpoint.pem"  # signs checkpoints; may lie with somebody else: CHIDAO_CHECKPOINT_KEY
CHECKPOINT_PUBLIC = "checkpoint.pub.pem"
TRUST_FILE = "vkeys.txt"  # all public keys with their periods, for `chidao audit verify --trust`
SESSION_SECRET = "session.secret"  # noqa: S105  the name of a file
OWNER_ONLY = 0o600
OWNER_FOLDER = 0o700
PUBLIC_MODE = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A file of the folder of keys. `public`: others may read it."""

    name: str
    purpose: str
    public: bool = False


KEY_FILES = (
    KeyFile(name=SIGNING_KEY, purpose="signs each record of the history"),
    KeyFile(name=PUBLIC_KEY, purpose="verifies them: keep a copy elsewhere", public=True),
    KeyFile(name=CHECKPOINT_KEY, purpose="signs the checkpoints of the history; another person may hold it"),
    KeyFile(name=CHECKPOINT_PUBLIC, purpose="verifies them: keep a copy elsewhere", public=True),
    KeyFile(name=TRUST_FILE, purpose="tells whoever verifies all public keys with their periods: keep a copy elsewhere", public=True),
    KeyFile(name=SESSION_SECRET, purpose="signs the sessions of people who are signed in"),
)


def folder() -> Path:
    """Return the folder of the keys."""
    return home() / "keys"


def make_missing() -> list[Path]:
    """Make the keys that are not there yet; return them. Raises `Refused` when only half of the signing key is left.

    A checkpoint key whose public half alone is here lies with somebody else, and is not made again.
    """
    place = folder()
    place.mkdir(parents=True, exist_ok=True, mode=OWNER_FOLDER)
    private, public, session = (place / name for name in (SIGNING_KEY, PUBLIC_KEY, SESSION_SECRET))
    if public.exists() and not private.exists():
        message = f"Expected {private} beside {public}, but it is gone. Bring it back from your copy; a new key could not prove the old history."
        raise Refused(message)
    made = _make_pair(private, public)
    if not (place / CHECKPOINT_PUBLIC).exists() and environment.path("CHIDAO_CHECKPOINT_KEY") is None:
        made += _make_pair(place / CHECKPOINT_KEY, place / CHECKPOINT_PUBLIC)
    if not session.exists():
        write_new(session, secrets.token_urlsafe(48).encode())
        made.append(session)
    return made


def signing_key() -> Ed25519PrivateKey:
    """Return the key that signs records. Raises `InvalidInput` when there is none, or the file holds something else."""
    return _key_in(folder() / SIGNING_KEY)


def held_key(name: str) -> Ed25519PrivateKey | None:
    """Return the key in a file of the folder; None when there is no such file. Raises `InvalidInput` when it holds something else."""
    place = folder() / name
    return _key_in(place) if place.exists() else None


def checkpoint_key() -> Ed25519PrivateKey | None:
    """Return the key that signs checkpoints; None when it lies with somebody else. Raises `InvalidInput` when the file holds something else."""
    elsewhere = environment.path("CHIDAO_CHECKPOINT_KEY")
    return _key_in(elsewhere) if elsewhere else held_key(CHECKPOINT_KEY)


def public_key(name: str) -> bytes | None:
    """Return the 32 bytes of the public key in a file of the folder; None when there is none. Raises `InvalidInput` as above."""
    place = folder() / name
    if not place.exists():
        return None
    try:
        key = load_pem_public_key(_content(place))
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidInput(f"Expected an Ed25519 public key in {place}, but found something else. Bring it back from your copy.")
    return key.public_bytes_raw()


def make_next() -> Ed25519PrivateKey:
    """Make the key of the next period, or return the one that was made when a renewal did not come to its end."""
    place = folder() / NEXT_KEY
    if not place.exists():
        write_new(place, _pem(Ed25519PrivateKey.generate()))
    return _key_in(place)


def take_next() -> None:
    """Let the next period's key be the present one. The old one is gone: whoever takes this machine later cannot sign for its time."""
    place = folder()
    public = _public_pem(_key_in(place / NEXT_KEY))
    (place / NEXT_KEY).replace(place / SIGNING_KEY)
    fresh = place / f"{PUBLIC_KEY}.new"
    fresh.unlink(missing_ok=True)
    write_new(fresh, public, mode=PUBLIC_MODE)
    fresh.replace(place / PUBLIC_KEY)


def contents() -> dict[str, bytes]:
    """Return every file of the folder by its name, for a backup. Raises `InvalidInput` when the signing key cannot be read."""
    return {each.name: _content(folder() / each.name) for each in KEY_FILES if each.name == SIGNING_KEY or (folder() / each.name).exists()}


def session_secret() -> str:
    """Return what signs sessions: CHIDAO_SESSION_SECRET where several machines serve the same pages, else the file.

    Raises `InvalidInput` when there is neither, or it is too short to be one.
    """
    found = environment.value("CHIDAO_SESSION_SECRET") or _content(folder() / SESSION_SECRET).decode(errors="replace").strip()
    if len(found) < 32:
        raise InvalidInput("Expected a session secret of at least 32 characters, but found a shorter one. Make one with `chidao init`.")
    return found


def open_to_others(place: Path) -> bool:
    """Tell whether somebody besides the owner may read or write the file."""
    return bool(place.stat().st_mode & 0o077)


def write_new(place: Path, content: bytes, *, mode: int = OWNER_ONLY) -> None:
    """Write a file that must not exist yet, with its rights from the first moment, and down to the disk."""
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_pair(private: Path, public: Path) -> list[Path]:
    """Make a key where there is none, and its public half; return what was made."""
    made = []
    if not private.exists():
        write_new(private, _pem(Ed25519PrivateKey.generate()))
        made.append(private)
    if not public.exists():
        write_new(public, _public_pem(_key_in(private)), mode=PUBLIC_MODE)
        made.append(public)
    return made


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _key_in(place: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_content(place), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidInput(f"Expected an Ed25519 key in {place}, but found something else. Bring it back from your copy.")
    return key


def _content(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError as error:
        message = f"Expected a key in {place}, but it cannot be read: {error.strerror}. Make the keys with `chidao init`, or bring yours back."
        raise InvalidInput(message) from None
