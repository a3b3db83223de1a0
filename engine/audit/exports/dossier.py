"""That a dossier of a directive is taken out: whose right it is, the record that says so, and how far the dossier goes.

The record of an export stands itself in the stream of the directive, and the dossier ends with it: its signed number is how many records
there are, so that nobody can leave out the last one (AUDIT.md 3, note 7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from engine.audit.desk.sight import remit_of
from engine.audit.exports.records import root_of
from engine.history.checkpoint import Checkpoint, checkpoint_of
from engine.history.note import note_text
from engine.history.record import LOG, Change, Fact, Subject, opened
from engine.history.series import members
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import InvalidInput, NotFound
from engine.storage.schema import checkpoint, directive, dispatch, history_record, history_stream, organisation, stream_head

EXPORTED = "dossier.exported"
EXPORT = "export"  # the field of the record that tells the id of the export
BEFORE = "records of the stream in earlier logs"  # the field of the record that tells how far the stream went in logs that have ended
MOST_PURPOSE = 500  # letters
_NEWEST = 20  # exports that the page lists
_DIRECTIVE: Select[Any] = (
    select(directive.c.id, directive.c.root, directive.c.code, directive.c.doc_type, directive.c.issued_date, directive.c.subject, directive.c.status)
    .add_columns(organisation.c.name.label("issuer"))
    .join(organisation, organisation.c.id == directive.c.issuer)
)
_EXPORTS: Select[Any] = (
    select(history_record.c.log, history_record.c.seq, history_record.c.body, history_record.c.record_hash, history_stream.c.stream_seq)
    .join_from(history_record, history_stream, (history_stream.c.log == history_record.c.log) & (history_stream.c.seq == history_record.c.seq))
    .where(history_stream.c.stream == bindparam("b_root"), history_record.c.subject == bindparam("b_root"))
    .where(history_record.c.action == EXPORTED, history_record.c.outcome == "done")
    .order_by(history_record.c.recorded_at.desc(), history_record.c.seq.desc())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDossier:
    """Take out the dossier of a directive: of the whole cascade in which it stands. `purpose`: for what, in the words of who asks."""

    directive: str
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDossier:
    """Ask what a dossier of a directive would hold, and which were taken out already."""

    directive: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDossier:
    """Ask for a dossier that was taken out, by the id of the export: to carry it away, again if need be."""

    directive: str
    export: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One export. `record`: its number in `log`; `last`: by log the number of the stream's last record that the dossier holds;
    `covered`: a checkpoint proves all of them."""

    id: str
    root: str
    log: str
    record: int
    record_hash: str
    at: str
    by: str
    purpose: str
    last: Mapping[str, int]
    covered: bool

    @property
    def records(self) -> int:
        """How many records the dossier holds."""
        return sum(self.last.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierPage:
    """What can be taken out. `root`: the row of the directive with which the cascade began; `directives`: how many there are in it."""

    root: Row[Any]
    directives: int
    records: int
    exports: Sequence[Exported]


def unit_of_dossier(reading: Reading, root: str) -> str:
    """Return by which organisation it is decided whether the actor may take out the dossier of a root directive.

    It holds all that came of the directive, so all of it has to lie in the actor's remit: its issuer, or, where it came from outside the
    remit, every organisation to which it was sent. Else it is the issuer, by whose name whoever asks is denied.
    """
    issuer = str(reading.connection.execute(select(directive.c.issuer).where(directive.c.id == root)).scalar_one())
    units = remit_of(reading).units
    sent = set(reading.connection.execute(select(dispatch.c.organisation).where(dispatch.c.directive == root)).scalars())
    return min(sent) if issuer not in units and sent and sent <= units else issuer


def decide_export(command: ExportDossier, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what records the export. Raises NotFound, and InvalidInput for a purpose of too many words."""
    root, purpose = root_of(reading.connection, command.directive), command.purpose.strip()
    if len(purpose) > MOST_PURPOSE:
        raise InvalidInput(f"Expected a purpose of at most {MOST_PURPOSE} letters, but found {len(purpose)}. Say it more shortly.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        export, before = transaction.new_id(), _before(transaction.connection, root)
        asked = (Subject(type="directive", id=command.directive, qualifier="asked"),) if command.directive != root else ()
        transaction.record(
            Fact(
                action=EXPORTED,
                subject=Subject(type="directive", id=root),
                objects=(*asked, Subject(type="directive", id=root, qualifier="root")),
                changes=(Change(field=EXPORT, new=export), *((Change(field=BEFORE, new=before),) if before else ())),
                reason={"code": "purpose", "text": purpose} if purpose else None,
                streams=(root,),
            )
        )
        return {"root": root, "export": export}

    return apply


def answer_dossier(query: ShowDossier, reading: Reading) -> DossierPage:
    """Return what there is to take out. Raises NotFound."""
    connection = reading.connection
    root = root_of(connection, query.directive)
    return DossierPage(
        root=directive_row(connection, root),
        directives=connection.execute(select(func.count()).where(directive.c.root == root)).scalar_one(),
        records=sum(_ends(connection, root).values()),
        exports=exports_of(connection, root)[:_NEWEST],
    )


def answer_open(query: OpenDossier, reading: Reading) -> Exported:
    """Return how far the dossier goes. Raises NotFound for an export that there was not."""
    found = next((each for each in exports_of(reading.connection, root_of(reading.connection, query.directive)) if each.id == query.export), None)
    if found is None:
        raise NotFound("Expected the record of an export of this directive, but there is none with this id. Take the dossier out again.")
    return found


def directive_row(connection: Connection, directive_id: str) -> Row[Any]:
    """Return a directive as a dossier names it: number, type, day, subject, state, and who issued it."""
    return connection.execute(_DIRECTIVE.where(directive.c.id == directive_id)).one()


def directives_of(connection: Connection, root: str) -> Sequence[Row[Any]]:
    """Return all directives of a cascade as above, the root first, then in the order of their days."""
    return connection.execute(_DIRECTIVE.where(directive.c.root == root).order_by(directive.c.id != root, directive.c.issued_date, directive.c.code)).all()


def exports_of(connection: Connection, root: str) -> list[Exported]:
    """Return the exports of a directive's dossier, the newest first."""
    return [_exported(connection, root, row) for row in connection.execute(_EXPORTS, {"b_root": root})]


def is_covered(connection: Connection, exported: Exported) -> bool:
    """Tell whether a checkpoint covers all records of an export by now."""
    found = checkpoint_over(connection, exported.log, exported.record)
    return found is not None and found.size >= exported.record


def checkpoint_over(connection: Connection, log: str, record: int) -> Checkpoint | None:
    """Return the first checkpoint that covers a record; the last one of the log where none does; None where there is none at all."""
    note = note_over(connection, log, record)
    return checkpoint_of(note_text(note)) if note else None


def note_over(connection: Connection, log: str, record: int) -> str | None:
    """Return the signed note of that checkpoint."""
    notes = select(checkpoint.c.note).where(checkpoint.c.log == log)
    first = connection.execute(notes.where(checkpoint.c.size >= record).order_by(checkpoint.c.size).limit(1)).scalar_one_or_none()
    return first or connection.execute(notes.order_by(checkpoint.c.size.desc()).limit(1)).scalar_one_or_none()


def _exported(connection: Connection, root: str, row: Row[Any]) -> Exported:
    sealed = opened(row.body)
    said = {change["field"]: change["new"] for change in sealed["changes"]}
    over = checkpoint_over(connection, row.log, row.seq)
    return Exported(
        id=said[EXPORT],
        root=root,
        log=row.log,
        record=row.seq,
        record_hash=row.record_hash,
        at=sealed["recorded_at"],
        by=str(sealed["actor"]["name"] or sealed["actor"]["id"]),
        purpose=(sealed["reason"] or {}).get("text", ""),
        last={**said.get(BEFORE, {}), row.log: row.stream_seq, **_later(connection, row.log)},
        covered=over is not None and over.size >= row.seq,
    )


def _before(connection: Connection, root: str) -> dict[str, int]:
    """Return by log how far the stream went in the logs that have ended."""
    ends = _ends(connection, root)
    return {each.log: ends[each.log] for each in members(connection, LOG)[:-1] if each.log in ends}


def _later(connection: Connection, log: str) -> dict[str, int]:
    """Return for the logs that came after one that a dossier holds nothing of them: the export was before."""
    names = [each.log for each in members(connection, LOG)]
    return dict.fromkeys(names[names.index(log) + 1 :], 0)


def _ends(connection: Connection, root: str) -> dict[str, int]:
    query = select(stream_head.c.log, stream_head.c.stream_seq).where(stream_head.c.stream == root)
    return {row.log: row.stream_seq for row in connection.execute(query)}
