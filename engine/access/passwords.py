"""Passwords: kept as argon2id hashes (RFC 9106, the library's low-memory parameters), never shown, never in the history."""

from __future__ import annotations

import secrets
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.kernel.errors import InvalidInput
from engine.kernel.vietnamese import fold

LEAST = 12  # characters; length is what counts (NIST SP 800-63B 3.1.1.2)
OBVIOUS = frozenset(files("engine.access").joinpath("obvious_passwords.txt").read_text("utf-8").split())  # without spaces, marks, capitals
MOST = 256  # hashing more would only keep the server busy
GENERATED_BYTES = 15
PREFIX = "$argon2id$"
_hasher = PasswordHasher()


def hashed(password: str, *, login: str) -> str:
    """Return the hash to keep. Raises `InvalidInput` for a password that is too short, too long, the login itself or among the obvious ones."""
    if len(password) < LEAST:
        raise InvalidInput(f"Expected a password of at least {LEAST} characters, but found {len(password)}. Choose a longer one, such as four words.")
    if len(password) > MOST:
        raise InvalidInput(f"Expected a password of at most {MOST} characters, but found {len(password)}. Choose a shorter one.")
    if login and login.lower() in password.lower() and len(password) < len(login) + 8:
        raise InvalidInput("Expected a password that does not hold the login, but found one that does. Choose another.")
    if len(set(password)) < 5:
        raise InvalidInput("Expected a password of at least five different characters, but found fewer. Choose another.")
    if fold(password).replace(" ", "") in OBVIOUS:
        raise InvalidInput("Expected a password that is not among those that everybody tries first, but found one of them. Choose another.")
    return _hasher.hash(password)


def fits(password: str, stored: str) -> bool:
    """Tell whether `password` is the one whose hash is kept."""
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def generated() -> str:
    """Return a new password that nobody could guess."""
    return secrets.token_urlsafe(GENERATED_BYTES)
