"""The secrets of an installation, each in a file of its own that only its owner may read. Made once, never overwritten."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key

from engine.kernel import environment
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.address import home

SIGNING_KEY = "signing.pem"  # Ed25519 (RFC 8032), PKCS #8: signs the checkpoints of the history
PUBLIC_KEY = "signing.pub.pem"  # to be kept elsewhere: whoever verifies must not ask us for it
SESSION_SECRET = "session.secret"  # noqa: S105  the name of a file
OWNER_ONLY = 0o600
OWNER_FOLDER = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A file of the folder of keys. `public`: others may read it."""

    name: str
    purpose: str
    public: bool = False


KEY_FILES = (
    KeyFile(name=SIGNING_KEY, purpose="signs the checkpoints of the history"),
    KeyFile(name=PUBLIC_KEY, purpose="verifies them: keep a copy elsewhere", public=True),
    KeyFile(name=SESSION_SECRET, purpose="signs the sessions of people who are signed in"),
)


def folder() -> Path:
    """Return the folder of the keys."""
    return home() / "keys"


def make_missing() -> list[Path]:
    """Make the keys that are not there yet; return them. Raises `Refused` when only half of the signing key is left."""
    place = folder()
    place.mkdir(parents=True, exist_ok=True, mode=OWNER_FOLDER)
    private, public, session = (place / name for name in (SIGNING_KEY, PUBLIC_KEY, SESSION_SECRET))
    if public.exists() and not private.exists():
        message = f"Expected {private} beside {public}, but it is gone. Bring it back from your copy; a new key could not prove the old history."
        raise Refused(message)
    made = []
    if not private.exists():
        key = Ed25519PrivateKey.generate()
        write_new(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        made.append(private)
    if not public.exists():
        write_new(public, signing_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), mode=0o644)
        made.append(public)
    if not session.exists():
        write_new(session, secrets.token_urlsafe(48).encode())
        made.append(session)
    return made


def signing_key() -> Ed25519PrivateKey:
    """Return the key that signs. Raises `InvalidInput` when there is none, or the file holds something else."""
    place = folder() / SIGNING_KEY
    try:
        key = load_pem_private_key(_content(place), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidInput(f"Expected an Ed25519 key in {place}, but found something else. Bring it back from your copy.")
    return key


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


def _content(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError as error:
        message = f"Expected a key in {place}, but it cannot be read: {error.strerror}. Make the keys with `chidao init`, or bring yours back."
        raise InvalidInput(message) from None
