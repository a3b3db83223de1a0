"""A directive with all its descendants, as the history has them in the one stream of the root: which of its records are about some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, String, bindparam, cast, select, union

from engine.audit.desk.sight import Remit, Sight
from engine.kernel.errors import NotFound
from engine.storage.schema import (
    assignment,
    change_request,
    difficulty,
    directive,
    directive_item,
    dispatch,
    extension,
    instance,
    milestone,
    obligation,
    opened_section,
    organisation,
    signed_file,
    user_task,
)

_HEAD: Select[Any] = (
    select(directive.c.id, directive.c.root, directive.c.code, directive.c.subject, directive.c.issuer, directive.c.issued_date, organisation.c.name.label("issuer_name"))
    .join(organisation, organisation.c.id == directive.c.issuer)
    .where(directive.c.id == bindparam("b_directive"))
)
_PARTS = (instance, dispatch, directive_item, assignment, obligation, milestone, difficulty, extension, change_request)  # what has a directive


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The directive that is asked about. `root`: whose stream its records are in; `descendants`: how many were handed down from it."""

    id: str
    root: str
    code: str
    subject: str
    issuer: str
    issuer_name: str
    issued_date: str
    descendants: int


class Family:
    """Tells of a record in the stream of the root whether it is about the directive or its descendants, and an auditor's to see."""

    def __init__(self, connection: Connection, remit: Remit, head: Head) -> None:
        self._remit, self._head = remit, head
        self._sight = Sight(connection, remit)
        self._ids = None if head.id == head.root else _ids(connection, head.id)

    @property
    def whole(self) -> bool:
        """Whether all records of the stream are shown: it is the root's, and its issuer lies in the remit."""
        return self._ids is None and not self.partial

    @property
    def partial(self) -> bool:
        """Whether only what concerns the organisations of the auditor is shown: the directive came to them from above."""
        return not self._remit.whole and self._head.issuer not in self._remit.units

    def holds(self, sealed: Mapping[str, Any]) -> bool:
        """Tell whether a record is shown."""
        if self._ids is not None and not self._is_about(sealed, self._ids):
            return False
        return not self.partial or self._sight.sees(sealed)

    def _is_about(self, sealed: Mapping[str, Any], ids: frozenset[str]) -> bool:
        if sealed["instance"]:
            return sealed["instance"] in ids
        return any(each["id"] in ids for each in (sealed["subject"], *sealed["objects"]))


def head_of(connection: Connection, directive_id: str) -> Head:
    """Return what is asked about. Raises NotFound."""
    row = connection.execute(_HEAD, {"b_directive": directive_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a directive, but found {directive_id!r}, which none has. Look for it in the list of directives.")
    count = len(connection.execute(_below(row["id"])).all()) - 1
    return Head(**row, descendants=count)


def subjects_of(directive_id: str) -> Select[Any]:
    """Return the query for whatever somebody can look at of a directive and its descendants: letters, cases, tasks, reports, files."""
    below = _below(directive_id).cte("below")
    letters = select(below.c.id)
    cases = select(cast(instance.c.id, String)).where(instance.c.directive.in_(letters))
    files = select(directive.c.document).where(directive.c.id.in_(letters), directive.c.document.is_not(None))
    signed = select(cast(signed_file.c.document, String)).where(signed_file.c.directive.in_(letters))
    tasks = select(cast(user_task.c.id, String)).where(user_task.c.instance.in_(cases))
    reports = select(cast(opened_section.c.report, String)).join(obligation, obligation.c.id == opened_section.c.obligation).where(obligation.c.directive.in_(letters))
    return select(union(letters, cases, files, signed, tasks, reports).subquery().c[0])


def _below(directive_id: str) -> Select[Any]:
    """Return the query for the ids of a directive and of all that were handed down from it."""
    first = select(cast(directive.c.id, String).label("id")).where(directive.c.id == directive_id).cte(recursive=True)
    walked = first.union(select(cast(directive.c.id, String)).join(first, directive.c.parent == first.c.id))
    return select(walked.c.id)


def _ids(connection: Connection, directive_id: str) -> frozenset[str]:
    """Return the ids of the directives and of what hangs on them."""
    letters = _below(directive_id)
    found = set(connection.execute(letters).scalars())
    for table in _PARTS:
        found |= set(connection.execute(select(table.c.id).where(table.c.directive.in_(letters))).scalars())
    return frozenset(found)
