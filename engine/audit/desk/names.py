"""The names of what records name by ids: organisations, people, posts, letters, reports, tasks, cases, files; as they are called today."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, literal, select

from engine.storage.schema import (
    assignment,
    consolidation,
    difficulty,
    directive,
    document,
    instance,
    milestone,
    obligation,
    organisation,
    person,
    post,
    report,
    user_task,
)

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
DIGEST = re.compile(r"[0-9a-f]{64}")
AT_ONCE = 500  # ids of one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """What something is called. `kind`: the table in which it is; `beside`: what tells it from others of that name, "" when nothing is needed."""

    kind: str
    id: str
    text: str
    beside: str = ""


def ids_in(value: Any) -> Iterator[str]:
    """Yield the ids and digests that stand in a record, wherever they stand."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from ids_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from ids_in(each)
    elif isinstance(value, str):
        if DIGEST.fullmatch(value):
            yield value
        else:
            yield from ID.findall(value)


def names_of(connection: Connection, ids: Iterable[str]) -> dict[str, Name]:
    """Return the names of those ids that are known; a dozen statements for a page, however many records are on it."""
    wanted = sorted(set(ids))
    found: dict[str, Name] = {}
    for first in range(0, len(wanted), AT_ONCE):
        piece = wanted[first : first + AT_ONCE]
        for kind, query, key in _QUERIES:
            here = [each for each in piece if each not in found and (DIGEST.fullmatch(each) is not None) == (kind == "document")]
            if here:
                rows = connection.execute(query.where(key.in_(here)))
                found |= {row.id: Name(kind=kind, id=row.id, text=str(row.text), beside=str(row.beside or "")) for row in rows}
    return found


def _named(key: Any, text: Any, beside: Any = None) -> Select[Any]:
    return select(key.label("id"), text.label("text"), (literal("") if beside is None else beside).label("beside"))


_QUERIES: tuple[tuple[str, Select[Any], Any], ...] = (
    ("organisation", _named(organisation.c.id, organisation.c.name), organisation.c.id),
    ("person", _named(person.c.id, person.c.name), person.c.id),
    ("directive", _named(directive.c.id, directive.c.code, directive.c.subject), directive.c.id),
    ("user_task", _named(user_task.c.id, user_task.c.name, organisation.c.name).join(organisation, organisation.c.id == user_task.c.organisation), user_task.c.id),
    ("post", _named(post.c.id, post.c.title, organisation.c.name).join(organisation, organisation.c.id == post.c.organisation), post.c.id),
    ("instance", _named(instance.c.id, organisation.c.name).join(organisation, organisation.c.id == instance.c.organisation), instance.c.id),
    ("document", _named(document.c.sha256, document.c.name), document.c.sha256),
    (
        "assignment",
        _named(assignment.c.id, organisation.c.name, directive.c.code)
        .join(organisation, organisation.c.id == assignment.c.organisation)
        .join(directive, directive.c.id == assignment.c.directive),
        assignment.c.id,
    ),
    (
        "report",
        _named(report.c.id, report.c.report_type, organisation.c.name + " · " + report.c.period).join(organisation, organisation.c.id == report.c.organisation),
        report.c.id,
    ),
    (
        "consolidation",
        _named(consolidation.c.id, consolidation.c.report_type, organisation.c.name + " · " + consolidation.c.period).join(
            organisation, organisation.c.id == consolidation.c.organisation
        ),
        consolidation.c.id,
    ),
    (
        "obligation",
        _named(obligation.c.id, obligation.c.report_type, organisation.c.name).join(organisation, organisation.c.id == obligation.c.organisation),
        obligation.c.id,
    ),
    ("milestone", _named(milestone.c.id, milestone.c.title, milestone.c.key), milestone.c.id),
    ("difficulty", _named(difficulty.c.id, difficulty.c.description), difficulty.c.id),
)
