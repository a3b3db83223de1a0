"""Where the fields of a form take their choices from: colleagues, organisations, groups, registers, letters, so that nobody types a code.

A field of a form names its source (`"x-source": "posts"`), and each source is one question about the task. A field may also name
what is known already (`"x-from": "subject"`), so that nobody types it again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, select

from engine.history.transaction import Reading
from engine.storage.schema import document
from engine.tasks.queries import task_by_id

MOST = 500  # choices of one source: nobody reads more in one list


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice. `value` is what the form keeps; `within`: the value of another field to which it belongs, "" where it always does.

    `kind`: integer or text, where a value is to be entered for it; `unit`: that of the value; `required`: it must be entered.
    """

    value: str
    label: str
    within: str = ""
    kind: str = ""
    unit: str = ""
    required: bool = False


Source = Callable[[Reading, Row[Any]], list[Choice]]
Facts = Callable[[Reading, Row[Any], Collection[str]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the fields of a form offer. `files`: digest → name of the stored files that the form holds already.

    `known`: what the system knows, by the name that `x-from` gives it.
    """

    by_source: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)

    def of(self, source: str | None, within: str = "") -> tuple[Choice, ...]:
        """Return the choices of a source that belong to `within`, or to everything."""
        return tuple(each for each in self.by_source.get(source or "", ()) if not each.within or each.within == within)


NO_CHOICES = Choices()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChoices:
    """Ask what the fields of a task's form offer. `digests`: of the files that the form holds; `facts`: names of what is known already."""

    task: str
    sources: tuple[str, ...]
    digests: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


_FILES = select(document.c.sha256, document.c.name).where(document.c.sha256.in_(bindparam("b_digests", expanding=True)))


def answer_choices(query: FieldChoices, reading: Reading, *, sources: Mapping[str, Source], facts: Facts) -> Choices:
    """Return the choices of each source that is known; one that nobody knows offers nothing."""
    row = task_by_id(reading, query.task)
    found = {name: tuple(sources[name](reading, row)[:MOST]) for name in dict.fromkeys(query.sources) if name in sources}
    files = {}
    if query.digests:
        files = {each.sha256: each.name for each in reading.connection.execute(_FILES, {"b_digests": sorted(set(query.digests))})}
    return Choices(by_source=found, files=files, known=facts(reading, row, query.facts) if query.facts else {})
