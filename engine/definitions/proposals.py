"""Second person: a command is laid down as a proposal, and somebody else approves it, for a reason, before it happens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from engine.access.authorise import STANDING, Standing
from engine.definitions.differences import differences
from engine.definitions.outline import Outline, outline
from engine.definitions.repository import find_latest, stored_sources
from engine.definitions.source import Sources
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.actor import ActorType
from engine.kernel.canonical import canonical_json, sha256_hex
from engine.kernel.errors import Conflict, InvalidInput, NotFound, Refused
from engine.storage.schema import person, proposal

Apply = Callable[[Transaction], dict[str, Any]]
CarryOut = Callable[..., Apply]  # (payload, reading, *, proposal, by) → what does it
OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideProposal:
    """Approve a proposal, or refuse it, for a reason. Whoever made it can only withdraw it."""

    proposal: str
    approve: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListProposals:
    """Ask for the proposals, newest first; with `all` also those that were decided."""

    all: bool = False


def propose(
    reading: Reading, *, kind: str, subject: str, payload: Mapping[str, Any], basis: Mapping[str, str | None], reason: str
) -> Apply:
    """Return what keeps a proposal. `basis`: process → the version in force that it reckons with. Raises Refused for the system."""
    if reading.actor.type is not ActorType.PERSON:
        raise Refused(
            f"Expected a person who proposes to {kind} {subject}, since a second person has to approve it, but found the system alone. "
            "Say who acts: on the command line with --as LOGIN."
        )
    row = {
        "kind": kind,
        "subject": subject,
        "payload": json.dumps(payload, ensure_ascii=False),
        "digest": _digest(payload),
        "basis": json.dumps(basis),
        "reason": reason,
        "proposed_by": reading.actor.id,
        "proposed_for": _absent(reading),
        "status": OPEN,
    }

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        transaction.connection.execute(insert(proposal).values(id=identity, proposed_at=transaction.at, **row))
        changes = (Change(field="kind", new=kind), Change(field="digest", new=row["digest"]), Change(field="basis", new=dict(basis)))
        transaction.record(_fact("proposal.made", identity, subject, changes=changes, code="proposed", reason=reason))
        return {"proposal": identity}

    return apply


def decide_proposal(command: DecideProposal, reading: Reading, *, carry_out: Mapping[str, CarryOut]) -> Apply:
    """Refuse whoever may not decide and what has been overtaken; return what carries the proposal out, or closes it."""
    row = proposal_by_id(reading.connection, command.proposal)
    if row.status != OPEN:
        raise Refused(f"Expected an open proposal, but {row.id} was {row.status} at {row.decided_at}. Make a new one.")
    if not command.reason.strip():
        raise InvalidInput("Expected a reason for the decision on the proposal, but found none. Say why.")
    own = _is_own(row, reading)
    if not command.approve:
        return lambda transaction: _close(transaction, row, "withdrawn" if own else "refused", command.reason)
    _check_second_person(reading, row, own=own)
    payload = json.loads(row.payload)
    if _digest(payload) != row.digest:
        raise Refused(f"Expected the proposal {row.id} as it was made, but its content has been changed. Make a new one.")
    _check_basis(reading.connection, row)
    do = carry_out[row.kind](payload, reading, proposal=row.id, by=row.proposed_by)

    def apply(transaction: Transaction) -> dict[str, Any]:
        answer = _close(transaction, row, "approved", command.reason)
        if _overtaken(transaction.connection, row):
            raise Conflict("Expected the versions that the proposal reckons with to be in force still, but one has just been deployed.")
        return {**do(transaction), **answer}

    return apply


def answer_proposals(query: ListProposals, reading: Reading) -> list[dict[str, Any]]:
    """List proposals; an open one that was overtaken says so."""
    by, decided = person.alias("by"), person.alias("decided")
    chosen = (
        select(proposal, by.c.login.label("by_login"), decided.c.login.label("decided_login"))
        .join(by, by.c.id == proposal.c.proposed_by)
        .outerjoin(decided, decided.c.id == proposal.c.decided_by)
        .order_by(proposal.c.id.desc())
    )
    rows = reading.connection.execute(chosen if query.all else chosen.where(proposal.c.status == OPEN))
    return [
        {
            "proposal": row.id,
            "kind": row.kind,
            "subject": row.subject,
            "status": row.status,
            "proposed_by": row.by_login,
            "proposed_at": row.proposed_at,
            "reason": row.reason,
            "digest": row.digest,
            "overtaken": row.status == OPEN and bool(_overtaken(reading.connection, row)),
            "decided_by": row.decided_login,
            "decided_at": row.decided_at,
            "decision_reason": row.decision_reason,
        }
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowProposal:
    """Ask what a proposal would do."""

    proposal: str


def answer_proposal(query: ShowProposal, reading: Reading) -> dict[str, Any]:
    """Return the command that a proposal holds; of a deployment the differences to what is in force instead of the files."""
    row = proposal_by_id(reading.connection, query.proposal)
    payload = json.loads(row.payload)
    told = {"proposal": row.id, "kind": row.kind, "subject": row.subject, "status": row.status, "reason": row.reason}
    if "files" not in payload:
        return {**told, "command": payload}
    new = outline(Sources.of_hexadecimal(payload["files"]))
    return {**told, "differences": [_against_force(reading.connection, new, process) for process in row.subject.split(", ")]}


def _against_force(connection: Connection, new: Outline, process: str) -> dict[str, Any]:
    current = find_latest(connection, process)
    old = outline(stored_sources(connection, current.id) if current else Sources(files={}))
    return {"from": {"version": current.version, "sha256": current.sha256} if current else None, **differences(old, new, process)}


def proposal_by_id(connection: Connection, identity: str) -> Row[Any]:
    """Return a proposal's row. Raises NotFound."""
    row = connection.execute(select(proposal).where(proposal.c.id == identity)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a proposal, but found {identity!r}, which none has.")
    return row


def _is_own(row: Row[Any], reading: Reading) -> bool:
    """Tell whether the actor, or whom they act for, made the proposal or had it made in their name."""
    made = {row.proposed_by, row.proposed_for} - {None}
    return bool(made & {reading.actor.id, _absent(reading)})


def _check_second_person(reading: Reading, row: Row[Any], *, own: bool) -> None:
    if reading.actor.type is not ActorType.PERSON:
        raise Refused("Expected a second person who approves, but found the system alone. Say who acts: on the command line with --as LOGIN.")
    if own:
        raise Refused(
            f"Expected another person than the one who proposed to {row.kind} {row.subject}, also not in their name or as their substitute, "
            "but found the same. Ask a colleague."
        )


def _check_basis(connection: Connection, row: Row[Any]) -> None:
    overtaken = _overtaken(connection, row)
    if overtaken:
        raise Refused(
            f"Expected the versions that the proposal of {row.proposed_at} reckons with to be in force still, but {', '.join(overtaken)} "
            "was deployed meanwhile. Look at the differences and make a new proposal."
        )


def _overtaken(connection: Connection, row: Row[Any]) -> list[str]:
    found = []
    for process, version in json.loads(row.basis).items():
        current = find_latest(connection, process)
        if (current.id if current else None) != version:
            found.append(process)
    return found


def _close(transaction: Transaction, row: Row[Any], status: str, reason: str) -> dict[str, Any]:
    closed = update(proposal).where(proposal.c.id == row.id, proposal.c.status == OPEN)
    by = transaction.actor.id if transaction.actor.type is ActorType.PERSON else None
    values = {"status": status, "decided_by": by, "decided_at": transaction.at, "decision_reason": reason}
    if transaction.connection.execute(closed.values(**values)).rowcount != 1:
        raise Conflict(f"Expected the proposal {row.id} to be open, but somebody else has just decided it.")
    changes = (Change(field="status", old=OPEN, new=status), Change(field="digest", new=row.digest))
    transaction.record(_fact(f"proposal.{status}", row.id, row.subject, changes=changes, code=status, reason=reason))
    return {"proposal": row.id, "status": status}


def _fact(action: str, identity: str, subject: str, *, changes: tuple[Change, ...], code: str, reason: str) -> Fact:
    return Fact(
        action=action,
        subject=Subject(type="proposal", id=identity),
        objects=(Subject(type="definition", id=subject),),
        changes=changes,
        reason={"code": code, "text": reason},
    )


def _absent(reading: Reading) -> str | None:
    standing: Standing | None = reading.seen.get(STANDING)
    return standing.on_behalf_of if standing and standing.delegation else None


def _digest(payload: Mapping[str, Any]) -> str:
    return sha256_hex(canonical_json(dict(payload)))
