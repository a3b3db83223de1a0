"""Signed notes of c2sp.org/signed-note: a text, a blank line, and signature lines; and keys as one line of text (vkeys).

Only Ed25519 (signature type 1) is made and understood. Signatures by unknown keys are left aside, as the specification asks for:
so that a witness may add its own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.kernel.errors import InvalidInput

ED25519 = b"\x01"
DASH = "— "
ID_BYTES = 4
PUBLIC_BYTES = 32
MOST_SIGNATURES = 64  # a note with more is refused: nobody has that many keys, and each costs time


class UnknownSigner(InvalidInput):
    """Nobody who is known has signed the note: nothing can be said of it, neither that it is right nor that it was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A public key with the name that its holder goes by. `key_id`: eight hexadecimal digits."""

    name: str
    public: bytes

    @property
    def key_id(self) -> str:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID_BYTES].hex()

    @property
    def vkey(self) -> str:
        """The key as one line: NAME+ID+BASE64."""
        return f"{self.name}+{self.key_id}+{base64.b64encode(ED25519 + self.public).decode()}"

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether this key signed `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A private key with the name under which it signs."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        return Verifier(name=self.name, public=self.private.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A note that somebody known has signed. `by`: those of them whose signature was checked."""

    text: str
    by: tuple[Verifier, ...]


def verifier_of(vkey: str) -> Verifier:
    """Return the key that a line NAME+ID+BASE64 stands for. Raises `InvalidInput` when it is no Ed25519 key, or its id is another's."""
    name, plus, rest = vkey.strip().partition("+")
    told, second, encoded = rest.partition("+")
    key = _decoded(encoded)
    if not (plus and second and _is_name(name)) or len(key) != 1 + PUBLIC_BYTES or key[:1] != ED25519:
        raise InvalidInput(f"Expected a key as NAME+ID+BASE64 of an Ed25519 key, but found {vkey.strip()!r}. Copy the whole line again.")
    found = Verifier(name=name, public=key[1:])
    if found.key_id != told:
        raise InvalidInput(f"Expected the id {found.key_id} for the key of {name}, but found {told}. Copy the whole line again.")
    return found


def sign(text: str, signers: Iterable[Signer]) -> str:
    """Return the note with `text`, signed by each of the signers. Raises `InvalidInput` for what a note cannot hold."""
    if not text.endswith("\n") or not _is_text(text):
        raise InvalidInput("Expected lines of text that end with a newline and have no control characters, but found another text. Mend the text.")
    return text + "\n" + "".join(_line(text, signer) for signer in signers)


def open_note(note: str, known: Iterable[Verifier]) -> Opened:
    """Return the text of a note that at least one known key has signed.

    Raises `InvalidInput` when it is no note or a known key's signature does not verify, `UnknownSigner` when no known key has signed it.
    """
    text, lines = _parts(note)
    keys = {(key.name, key.key_id): key for key in known}
    by: dict[tuple[str, str], Verifier] = {}
    for line in lines:
        name, signature = _signature(line)
        identity = (name, signature[:ID_BYTES].hex())
        key = keys.get(identity)
        if key is None:
            continue
        if not key.verify(text.encode(), signature[ID_BYTES:]):
            raise InvalidInput(f"Expected the signature of {name} ({key.key_id}) over the note, but found another. The note was changed; ask for the original.")
        by[identity] = key
    if not by:
        found = ", ".join(sorted({_signature(line)[0] for line in lines}))
        raise UnknownSigner(f"Expected a note signed by a key that is trusted, but found only signatures of {found}. Add the right key to the trust file.")
    return Opened(text=text, by=tuple(by.values()))


def note_text(note: str) -> str:
    """Return the text of a note whoever has signed it: only to be cited, never to be believed. Raises `InvalidInput` when it is no note."""
    return _parts(note)[0]


def _parts(note: str) -> tuple[str, list[str]]:
    body, blank, signatures = note.rpartition("\n\n")
    lines = signatures.removesuffix("\n").split("\n")
    whole = blank and body and signatures.endswith("\n") and _is_text(note) and len(lines) <= MOST_SIGNATURES
    if not whole or not all(line.startswith(DASH) for line in lines):
        raise InvalidInput("Expected a signed note (text, a blank line, lines of signatures), but found something else. Use the file as it was written.")
    return body + "\n", lines


def _signature(line: str) -> tuple[str, bytes]:
    name, space, encoded = line.removeprefix(DASH).partition(" ")
    signature = _decoded(encoded)
    if not space or not _is_name(name) or len(signature) <= ID_BYTES:
        raise InvalidInput(f"Expected a signature line with a name and base64, but found {line!r}. Use the file as it was written.")
    return name, signature


def _line(text: str, signer: Signer) -> str:
    key = signer.verifier
    if not _is_name(key.name):
        raise InvalidInput(f"Expected a name of a key without spaces and plus signs, but found {key.name!r}. Choose another name.")
    signature = bytes.fromhex(key.key_id) + signer.private.sign(text.encode())
    return f"{DASH}{key.name} {base64.b64encode(signature).decode()}\n"


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(letter.isspace() or letter < " " for letter in name)


def _is_text(text: str) -> bool:
    return all(letter >= " " or letter == "\n" for letter in text)
