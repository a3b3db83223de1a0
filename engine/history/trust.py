"""The trust file: the public keys by which a history is verified, and when each was the present one. Whoever verifies keeps it elsewhere.

One key a line: `records VKEY`, with ` since STAMP` after a renewal and ` until STAMP` when it was renewed; `checkpoints VKEY`.
Lines that begin with # are for people. A key of records may also be learned from the history: the record of a renewal is signed
with the old key and names the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.history.mirror import write_whole
from engine.history.note import Verifier, verifier_of
from engine.history.signing import CHECKPOINTS, RECORDS
from engine.kernel.clock import from_stamp, stamp
from engine.kernel.errors import InvalidInput
from engine.storage import keys

RENEWED = "key.renewed"  # signed with the old key: the chain of trust goes on
REPLACED = "key.replaced"  # the old key was lost: only whoever verifies can say that the new one is right
ROLES = {"records": RECORDS, "checkpoints": CHECKPOINTS}
HEAD = "# Public keys of the history of this installation (chidao). Keep this file where the server cannot write.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A key and its time, as `recorded_at` tells it, both ends included; None: open."""

    role: str
    verifier: Verifier
    since: str | None = None
    until: str | None = None

    def held_at(self, moment: str) -> bool:
        """Tell whether the key was the present one at this moment."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment <= self.until)

    def line(self) -> str:
        """Return the key as a line of the file."""
        told = [self.role, self.verifier.vkey]
        told += ["since", self.since] if self.since else []
        told += ["until", self.until] if self.until else []
        return " ".join(told) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What somebody trusts."""

    keys: tuple[TrustedKey, ...]

    @property
    def records(self) -> Mapping[str, TrustedKey]:
        """The keys of records by their id."""
        return {each.verifier.key_id: each for each in self.keys if each.role == "records"}

    @property
    def checkpoints(self) -> tuple[Verifier, ...]:
        """The keys of checkpoints."""
        return tuple(each.verifier for each in self.keys if each.role == "checkpoints")


def trust_of(text: str) -> Trust:
    """Return what a trust file says. Raises `InvalidInput` for a line that is none, and for one that says a key twice."""
    found: dict[tuple[str, str], TrustedKey] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        key = _key(line, number)
        identity = key.role, key.verifier.key_id
        if identity in found:
            raise InvalidInput(f"Expected each key once in the trust file, but found {key.verifier.key_id} again in line {number}. Remove one line.")
        found[identity] = key
    return Trust(keys=tuple(found.values()))


def read_trust(place: Path) -> Trust:
    """Return what the file says. Raises `InvalidInput` when it cannot be read."""
    try:
        return trust_of(place.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"Expected a trust file at {place}, but it cannot be read: {error}. Name the copy that you keep.") from None


def introduced(sealed: Mapping[str, Any]) -> TrustedKey | None:
    """Return the key that a record announces; None when it announces none. The record's own signature must be right for it to count."""
    if sealed["action"] != RENEWED or sealed["outcome"] != "done":
        return None
    told = {change["field"]: change["new"] for change in sealed["changes"]}
    return TrustedKey(role="records", verifier=verifier_of(str(told.get("vkey"))), since=sealed["recorded_at"])


def own_trust() -> Trust:
    """Return what this installation's own file says, with its present keys where they are missing: for itself, never as a proof."""
    place = keys.folder() / keys.TRUST_FILE
    trust = read_trust(place) if place.exists() else Trust(keys=())
    known = {(each.role, each.verifier.key_id) for each in trust.keys}
    present = {"records": keys.public_key(keys.PUBLIC_KEY), "checkpoints": keys.public_key(keys.CHECKPOINT_PUBLIC)}
    fresh = [TrustedKey(role=role, verifier=Verifier(name=ROLES[role], public=public)) for role, public in present.items() if public]
    return Trust(keys=(*trust.keys, *(each for each in fresh if (each.role, each.verifier.key_id) not in known)))


def publish() -> Path:
    """Write the trust file with the present keys, where they are missing in it; return it."""
    place, trust = keys.folder() / keys.TRUST_FILE, own_trust()
    text = _text(trust.keys)
    if not place.exists() or place.read_text("utf-8") != text:
        write_whole(place, text.encode())
    return place


def publish_renewal(old: Verifier | None, new: Verifier, at: str) -> None:
    """Write into the trust file that at this moment the one key of records ended and the other began."""
    place = keys.folder() / keys.TRUST_FILE
    before = own_trust().keys
    ended = [replace(each, until=at) if old and each.verifier == old else each for each in before if each.verifier != new]
    write_whole(place, _text([*ended, TrustedKey(role="records", verifier=new, since=at)]).encode())


def _text(trusted: Iterable[TrustedKey]) -> str:
    return HEAD + "".join(each.line() for each in trusted)


def _key(line: str, number: int) -> TrustedKey:
    role, vkey, *times = [*line.split(), ""] if len(line.split()) == 1 else line.split()
    told = dict(zip(times[::2], times[1::2], strict=False))
    if role not in ROLES or len(times) % 2 or not set(told) <= {"since", "until"}:
        raise InvalidInput(f"Expected `records VKEY` or `checkpoints VKEY`, with since and until, but found {line[:120]!r} in line {number} of the trust file. Mend it.")
    verifier = verifier_of(vkey)
    return TrustedKey(role=role, verifier=verifier, since=_moment(told.get("since"), number), until=_moment(told.get("until"), number))


def _moment(told: str | None, number: int) -> str | None:
    try:
        return stamp(from_stamp(told)) if told else None
    except ValueError:
        raise InvalidInput(f"Expected a moment such as 2026-04-01T01:00:00.000Z in line {number} of the trust file, but found {told!r}. Mend it.") from None
