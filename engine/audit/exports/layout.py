"""How a dossier is laid out: the names of its files, and the few texts that whoever packs and whoever checks it must write alike."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine.history.note import Verifier
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.vietnamese import skeleton

RECORDS: Final = "records.jsonl"  # the sealed bytes, a record a line, in the order of the stream
PROOFS: Final = "proofs.json"  # for each of these lines its number, hash, signature and proof, a record a line
CHECKPOINT: Final = "checkpoint.txt"
KEYS: Final = "vkeys.txt"
PDF: Final = "dossier.pdf"
OCEL, XES, PROV = "ocel.json", "log.xes", "prov.json"
DOCUMENTS, DOCUMENTS_JSON = "documents/", "documents.json"
DEFINITIONS, DEFINITIONS_JSON = "definitions/", "definitions.json"
MANUAL: Final = "VERIFY.txt"
SEAL: Final = "seal.txt"  # the signed note over the digests of everything else
SEAL_FIRST: Final = "chidao/dossier/v1"  # its first line: a signature under it is never one under a record or a checkpoint
_UNFIT = re.compile(r"[^0-9A-Za-z]+")
_SUFFIX = re.compile(r"\.[0-9A-Za-z]{1,8}$")


def folder_name(code: str, at: str) -> str:
    """Return the name of a dossier: of which letter, and of which day."""
    number = _UNFIT.sub("-", skeleton(code)).strip("-").lower() or "directive"
    return f"dossier-{number}-{local_date(from_stamp(at)):%Y%m%d}"


def checkpoint_file(log: str, *, present: bool) -> str:
    """Return the file of a log's checkpoint; that of the log that goes on has the plain name."""
    return CHECKPOINT if present else f"checkpoint-{_UNFIT.sub('-', log)}.txt"


def document_file(sha256: str, name: str) -> str:
    """Return the file of a document: its digest, with the ending of its name."""
    found = _SUFFIX.search(name)
    return f"{DOCUMENTS}{sha256}{found.group().lower() if found else ''}"


def definition_folder(key: str, version: int) -> str:
    """Return the folder of a version of a process."""
    return f"{DEFINITIONS}{key}-v{version}/"


def pem_of(role: str, key_id: str) -> str:
    """Return the file of a public key."""
    return f"keys/{role}-{key_id}.pem"


def pem(key: Verifier) -> bytes:
    """Return a public key as openssl reads it."""
    return Ed25519PublicKey.from_public_bytes(key.public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def seal_text(root: str, export: str, records: int, tag_manifest: str) -> str:
    """Return what the note over a dossier says: of which stream, which export, how many records, and the digest of tagmanifest-sha256.txt."""
    digest = hashlib.sha256(tag_manifest.encode()).hexdigest()
    return f"{SEAL_FIRST}\nstream {root}\nexport {export}\nrecords {records}\ntagmanifest-sha256 {digest}\n"
