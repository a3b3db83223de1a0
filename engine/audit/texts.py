"""What can be searched, kept up with the history: which directive, document, task, report or comment a record tells of is read again.

Decision 0026: the table is made of other rows and can be thrown away; nothing that people do waits for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, insert, select, update

from engine.audit.running_counts import add_counts, count
from engine.documents.legacy_fonts import from_legacy_font
from engine.documents.text import extract_text
from engine.history.record import LOG
from engine.history.series import members
from engine.history.transaction import Reading, Transaction
from engine.instances.incidents import TEXTS
from engine.kernel.errors import Conflict, InvalidInput
from engine.kernel.vietnamese import fold
from engine.storage.schema import (
    comment,
    directive,
    directive_item,
    document,
    history_record,
    instance,
    organisation,
    report,
    report_revision,
    report_section,
    search_mark,
    search_text,
    user_task,
)
from engine.storage.wake_ups import Due

BATCH = 200  # records of the history in one transaction
FILES = 5  # of them that bring a file: reading one may take seconds
LONGEST = 200_000  # characters of a text; what stands after them is not found
DIRECTIVE, DOCUMENT, TASK, REPORT, COMMENT = "directive", "document", "task", "report", "comment"
KINDS = (DIRECTIVE, DOCUMENT, TASK, REPORT, COMMENT)
OF_INSTANCES = {"task", "instance"}
_WORDS = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepTexts:
    """Read the next records of the history for searching."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text as it is kept."""

    kind: str
    subject: str
    title: str
    text: str
    at: str
    directive: str | None = None
    organisation: str | None = None
    instance: str | None = None
    role: str | None = None

    def row(self) -> dict[str, Any]:
        """Return the row of the table."""
        cut = self.text[:LONGEST]
        names = ("kind", "subject", "title", "at", "directive", "organisation", "instance", "role")
        return {**{name: getattr(self, name) for name in names}, "text": cut, "folded": folded(f"{self.title} {cut}")}


def folded(text: str) -> str:
    """Return the words of a text without marks and case, each between spaces: a word begins where a space stands before it."""
    return f" {_WORDS.sub(' ', fold(text)).strip()} "


def behind(connection: Connection) -> int:
    """Return how many records of the history have not been read yet."""
    return sum(each.head - each.mark for each in _unread(connection))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unread:
    """A log that has records which were not read yet."""

    log: str
    mark: int
    head: int


def _unread(connection: Connection) -> list[_Unread]:
    """Return the logs with records that were not read yet, the first one first: a restore begins another one."""
    marks = {row.log: row.seq for row in connection.execute(select(search_mark.c.log, search_mark.c.seq))}
    return [_Unread(log=each.log, mark=marks.get(each.log, 0), head=each.seq) for each in members(connection) if each.seq > marks.get(each.log, 0)]


def decide_keep_texts(_command: KeepTexts, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Read the next records and the rows that they tell of: a short piece. What is left is due again."""
    connection = reading.connection
    found = next(iter(_unread(connection)), _Unread(log=LOG, mark=0, head=0))
    log, mark, head = found.log, found.mark, found.head
    columns = history_record.c
    unread: Select[Any] = select(columns.seq, columns.subject_type, columns.subject, columns.instance)
    unread = unread.where(columns.log == log, columns.seq > mark, columns.seq <= min(head, mark + BATCH), columns.outcome == "done")
    records = connection.execute(unread.order_by(columns.seq)).all()
    piece = _few_files(connection, records)
    last = piece[-1].seq if len(piece) < len(records) else min(head, mark + BATCH)
    texts = list(_texts(connection, piece))
    counts = count(connection, log, mark + 1, last)  # the history is read once for both

    def apply(transaction: Transaction) -> dict[str, Any]:
        if last > mark:
            _move(transaction.connection, log, mark, last)
            _write(transaction.connection, texts)
            add_counts(transaction.connection, counts)
        if last < head:
            transaction.wake(Due.TEXTS, TEXTS)  # for the rest
        return {"read": last - mark, "advanced": last > mark}

    return apply


def _few_files(connection: Connection, records: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """Return the records up to the one with which there would be too many files to read."""
    letters = {record.subject for record in records if record.subject_type == DIRECTIVE}
    known = exists().where(search_text.c.kind == DOCUMENT, search_text.c.subject == directive.c.id)
    files = select(directive.c.id).where(directive.c.id.in_(letters), directive.c.document.is_not(None), ~known)
    unread, seen = set(connection.execute(files).scalars()), set[str]()
    for index, record in enumerate(records):
        if record.subject in unread and record.subject not in seen:
            if len(seen) == FILES:
                return records[:index]
            seen.add(record.subject)
    return records


def _move(connection: Connection, log: str, mark: int, last: int) -> None:
    moved = connection.execute(update(search_mark).where(search_mark.c.log == log, search_mark.c.seq == mark).values(seq=last)).rowcount
    if moved == 0 and mark > 0:
        raise Conflict("Expected to go on reading the history for searching, but somebody else has just done so.")
    if moved == 0:
        connection.execute(insert(search_mark).values(log=log, seq=last))


def _write(connection: Connection, texts: Sequence[Text]) -> None:
    for kind in KINDS:
        subjects = [each.subject for each in texts if each.kind == kind]
        if subjects:
            connection.execute(delete(search_text).where(search_text.c.kind == kind, search_text.c.subject.in_(subjects)))
    if texts:
        connection.execute(insert(search_text), [each.row() for each in texts])


def _texts(connection: Connection, records: Sequence[Row[Any]]) -> Iterator[Text]:
    told: dict[str, set[str]] = {}
    for record in records:
        if record.subject_type in OF_INSTANCES and record.instance:
            told.setdefault("instance", set()).add(record.instance)
        else:
            told.setdefault(record.subject_type, set()).add(record.subject)
    yield from _directives(connection, sorted(told.get("directive", ())))
    yield from _tasks(connection, sorted(told.get("instance", ())))
    yield from _reports(connection, sorted(told.get("report", ())))
    yield from _comments(connection, sorted(told.get("comment", ())))


def _directives(connection: Connection, ids: Sequence[str]) -> Iterator[Text]:
    rows = connection.execute(
        select(directive, organisation.c.name).join(organisation, organisation.c.id == directive.c.issuer).where(directive.c.id.in_(ids))
    ).all()
    items: dict[str, list[str]] = {}
    for each in connection.execute(select(directive_item).where(directive_item.c.directive.in_(ids)).order_by(directive_item.c.id)):
        items.setdefault(each.directive, []).append(f"{each.item_no}. {each.text}")
    for row in rows:
        told = "\n".join([f"{row.doc_type}, {row.name}", *items.get(row.id, [])])
        yield Text(
            kind=DIRECTIVE, subject=row.id, title=f"{row.code} {row.subject}", text=told, at=row.created_at, directive=row.id, organisation=row.issuer
        )
    yield from _documents(connection, [row for row in rows if row.document])


def _documents(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[Text]:
    """The text of a file never changes: what has been taken from it once is kept."""
    ids = [row.id for row in rows]
    kept = set(connection.execute(select(search_text.c.subject).where(search_text.c.kind == DOCUMENT, search_text.c.subject.in_(ids))).scalars())
    for row in rows:
        if row.id in kept:
            continue
        file = connection.execute(select(document.c.name, document.c.content).where(document.c.sha256 == row.document)).one()
        try:
            text, _converted = from_legacy_font(extract_text(file.name, bytes(file.content)))
        except InvalidInput:
            continue  # a scan without the program for it: the letter is still found by what was entered
        yield Text(kind=DOCUMENT, subject=row.id, title=f"{row.code} ({file.name})", text=text, at=row.created_at, directive=row.id, organisation=row.issuer)


def _tasks(connection: Connection, instances: Sequence[str]) -> Iterator[Text]:
    query = (
        select(user_task, instance.c.directive, directive.c.code, directive.c.subject)
        .join(instance, instance.c.id == user_task.c.instance)
        .outerjoin(directive, directive.c.id == instance.c.directive)
        .where(user_task.c.instance.in_(instances), user_task.c.status != "cancelled")
    )
    for row in connection.execute(query):
        about = f" {row.code} {row.subject}" if row.code else ""
        yield Text(
            kind=TASK,
            subject=row.id,
            title=row.name,
            text=f"{about}\n{_said(row.data)}".strip(),
            at=row.completed_at or row.created_at,
            directive=row.directive,
            organisation=row.organisation,
            instance=row.instance,
            role=row.role,
        )


def _said(data: str | None) -> str:
    """Return the sentences in a form; ids, codes of choices and days are left out."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)
        elif isinstance(value, str) and " " in value.strip():
            found.append(value.strip())

    walk(json.loads(data) if data else None)
    return "\n".join(found)


def _reports(connection: Connection, ids: Sequence[str]) -> Iterator[Text]:
    newest = (report_revision.c.report == report.c.id) & (report_revision.c.revision == report.c.revision)
    rows = connection.execute(
        select(report, report_revision.c.general_assessment, report_revision.c.code, report_revision.c.submitted_at, organisation.c.name)
        .join(report_revision, newest)
        .join(organisation, organisation.c.id == report.c.organisation)
        .where(report.c.id.in_(ids))
    ).all()
    same = (report_section.c.report == report.c.id) & (report_section.c.revision == report.c.revision)
    sections: dict[str, list[str]] = {}
    for each in connection.execute(select(report_section).join(report, same).where(report.c.id.in_(ids))):
        parts = (each.narrative, each.difficulties, each.proposals, each.next_tasks, each.nil_reason)
        sections.setdefault(each.report, []).extend(part for part in parts if part)
    for row in rows:
        yield Text(
            kind=REPORT,
            subject=row.id,
            title=f"{row.code} {row.report_type}, {row.name}",
            text="\n".join([row.general_assessment, *sections.get(row.id, [])]),
            at=row.submitted_at,
            organisation=row.organisation,
        )


def _comments(connection: Connection, ids: Sequence[str]) -> Iterator[Text]:
    query = select(comment, instance.c.organisation, instance.c.directive).join(instance, instance.c.id == comment.c.instance).where(comment.c.id.in_(ids))
    for row in connection.execute(query):
        yield Text(
            kind=COMMENT,
            subject=row.id,
            title=row.title,
            text=row.text,
            at=row.written_at,
            directive=row.directive,
            organisation=row.organisation,
            instance=row.instance,
        )
