"""Designs: what a designer changes before it is deployed. A design holds the files that differ from those in force, no others.

Keeping a file is no act: it leaves no fact in the history until the design is deployed (`engine.definitions.command`). A design
belongs to the designer who began it; others see it, are told where they change the same file, and copy what they want.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from engine.definitions.in_force import sources_in_force
from engine.definitions.source import DECISION, DECISIONS, DIAGRAM, FORM, FORMS, MAX_BYTES, Sources
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.canonical import sha256_hex
from engine.kernel.errors import Conflict, Denied, InvalidInput, NotFound, Refused
from engine.storage.schema import design, design_file, person

Apply = Callable[[Transaction], dict[str, Any]]
OPEN = "open"
LONGEST_NAME = 200  # characters
LONGEST_PATH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginDesign:
    """Begin a set of changes under a name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDesignFile:
    """Keep a file of a design as it is now. `edition`: the one that was changed, 0 when the design did not hold the file yet."""

    design: str
    path: str
    text: str
    edition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDesignFile:
    """Take a file away: once the design is deployed, nothing may call it any more. `edition` as in `KeepDesignFile`."""

    design: str
    path: str
    edition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreDesignFile:
    """Let a file be as it is in force again: the design forgets it."""

    design: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardDesign:
    """Give a design up, for a reason. What was kept stays to be read."""

    design: str
    reason: str


def decide_begin(command: BeginDesign, _reading: Reading) -> Apply:
    """Begin a design of the actor's. Raises InvalidInput for a name that is empty or too long."""
    name = command.name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(f"Expected a name of 1 to {LONGEST_NAME} characters, but found {len(name)}. Say in a few words what will change.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        row = {"id": identity, "name": name, "designer": transaction.actor.id, "status": OPEN}
        transaction.connection.execute(insert(design).values(**row, begun_at=transaction.at, changed_at=transaction.at))
        transaction.record(Fact(action="design.begun", subject=Subject(type="design", id=identity), changes=(Change(field="name", new=name),)))
        return {"design": identity}

    return apply


def decide_keep(command: KeepDesignFile, reading: Reading) -> Apply:
    """Keep a file. Raises Refused when it was kept elsewhere meanwhile, InvalidInput for a path or a size that cannot be."""
    try:
        content = command.text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInput(f"Expected text, but found half a character at position {error.start} of {command.path!r}. Remove it.") from None
    if len(content) > MAX_BYTES:
        raise InvalidInput(f"Expected a file of at most {MAX_BYTES:,} bytes, but {command.path} has {len(content):,}. Make it smaller.")
    check_path(command.path)
    return keeping(command.design, command.path, command.edition, content, reading)


def decide_remove(command: RemoveDesignFile, reading: Reading) -> Apply:
    """Take a file away; one that the design itself brought is forgotten. Raises NotFound when there is no such file."""
    file_of(reading.connection, command.design, command.path)
    if command.path not in sources_in_force(reading.connection).files:
        return decide_restore(RestoreDesignFile(design=command.design, path=command.path), reading)
    return keeping(command.design, command.path, command.edition, None, reading)


def decide_restore(command: RestoreDesignFile, reading: Reading) -> Apply:
    """Forget what the design changed in a file."""
    own_design(reading, command.design)

    def apply(transaction: Transaction) -> dict[str, Any]:
        here = (design_file.c.design == command.design, design_file.c.path == command.path)
        transaction.connection.execute(delete(design_file).where(*here))
        _touch(transaction, command.design)
        return {"path": command.path}

    return apply


def decide_discard(command: DiscardDesign, reading: Reading) -> Apply:
    """Give the actor's design up. Raises InvalidInput without a reason."""
    row = own_design(reading, command.design)
    if not command.reason.strip():
        raise InvalidInput("Expected a reason for giving the design up, but found none. Say why.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        end_design(transaction, row.id, "discarded", reason=command.reason.strip())
        return {"design": row.id}

    return apply


def end_design(transaction: Transaction, identity: str, status: str, *, reason: str, **more: Any) -> None:
    """Write down that a design was deployed, proposed or discarded."""
    ended = None if status == "proposed" else transaction.at
    transaction.connection.execute(update(design).where(design.c.id == identity).values(status=status, ended_at=ended, changed_at=transaction.at, **more))
    transaction.record(Fact(action=f"design.{status}", subject=Subject(type="design", id=identity), reason={"code": status, "text": reason}))


def check_path(path: str) -> None:
    """Raise InvalidInput unless `path` can be a file of a process: a diagram, forms/*.schema.json or decisions/*.dmn, in folders or not."""
    parts = path.split("/")
    kind = DIAGRAM if path.endswith(DIAGRAM) else FORM if path.endswith(FORM) else DECISION if path.endswith(DECISION) else ""
    folder = {FORM: FORMS, DECISION: DECISIONS}.get(kind)
    placed = folder is None or folder in parts[:-1]
    plain = all(part not in {"", ".", ".."} and not part.startswith(".") for part in parts) and "\\" not in path
    if not (kind and placed and plain and len(path) <= LONGEST_PATH and path.isprintable()):
        raise InvalidInput(
            f"Expected the path of a diagram (name{DIAGRAM}), a form ({FORMS}/name{FORM}) or a decision table ({DECISIONS}/name{DECISION}), "
            f"but found {path!r}. Give it such a name."
        )


_DESIGN = select(design, person.c.name.label("designer_name")).join(person, person.c.id == design.c.designer).where(design.c.id == bindparam("b_design"))
_FILES = select(design_file).where(design_file.c.design == bindparam("b_design")).order_by(design_file.c.path)


def design_by_id(connection: Connection, identity: str) -> Row[Any]:
    """Return a design with its designer's name. Raises NotFound."""
    row = connection.execute(_DESIGN, {"b_design": identity}).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a design, but found {identity!r}, which none has.", design=identity)
    return row


def own_design(reading: Reading, identity: str) -> Row[Any]:
    """Return an open design of the actor's. Raises Denied for another's, Refused for one that has ended."""
    row = design_by_id(reading.connection, identity)
    if row.designer != reading.actor.id:
        raise Denied(f"Expected a design of one's own, but {row.name!r} is the design of {row.designer_name}. Copy it to change it.")
    if row.status != OPEN:
        raise Refused(f"Expected an open design, but {row.name!r} was {row.status}. Begin a new one.")
    return row


def files_of(connection: Connection, identity: str) -> dict[str, Row[Any]]:
    """Return the files that a design changes, by path; `content` None for one that was taken away."""
    return {row.path: row for row in connection.execute(_FILES, {"b_design": identity})}


def sources_of(connection: Connection, identity: str) -> Sources:
    """Return all files as they would be in force: those of today with the changes of the design."""
    return laid_over(sources_in_force(connection), {path: row.content for path, row in files_of(connection, identity).items()})


def laid_over(sources: Sources, changes: Mapping[str, bytes | None]) -> Sources:
    """Return `sources` with the files in `changes` instead; None takes one away."""
    files = {**sources.files, **changes}
    return Sources(files={path: bytes(content) for path, content in files.items() if content is not None})


def file_of(connection: Connection, identity: str, path: str) -> bytes:
    """Return a file as the design has it. Raises NotFound."""
    content = sources_of(connection, identity).files.get(path)
    if content is None:
        raise NotFound(f"Expected a file of the design, but it has none at {path!r}. Choose one of its files.", path=path)
    return content


def keeping(identity: str, path: str, edition: int, content: bytes | None, reading: Reading, *, rebased: bool = False) -> Apply:
    """Return what keeps a file of the actor's design. `rebased`: it now rests on what is in force today, not on what it began with."""
    own_design(reading, identity)
    in_force = sources_in_force(reading.connection).files.get(path)
    base = sha256_hex(in_force) if in_force is not None else None
    here = (design_file.c.design == identity, design_file.c.path == path)
    present = select(design_file.c.edition).where(*here)
    kept = reading.connection.execute(present).scalar() or 0
    if kept != edition:
        raise Refused(
            f"Expected to change edition {edition} of {path}, but it was kept again meanwhile, in another window. "
            "Open it again, or keep yours under another name.",
            edition=kept,
        )

    def apply(transaction: Transaction) -> dict[str, Any]:
        if (transaction.connection.execute(present).scalar() or 0) != edition:
            raise Conflict(f"Expected to be the only one who keeps {path}, but another window was faster.")
        values = {"content": content, "edition": edition + 1, "kept_at": transaction.at}
        if kept:
            transaction.connection.execute(update(design_file).where(*here).values(**values, **({"base": base} if rebased else {})))
        else:
            transaction.connection.execute(insert(design_file).values(design=identity, path=path, base=base, **values))
        _touch(transaction, identity)
        return {"path": path, "edition": edition + 1, "kept_at": transaction.at}

    return apply


def _touch(transaction: Transaction, identity: str) -> None:
    transaction.connection.execute(update(design).where(design.c.id == identity).values(changed_at=transaction.at))
