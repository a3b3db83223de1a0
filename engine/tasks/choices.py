"""Where the fields of a form take their choices from: colleagues, organisations, groups, registers, letters, so that nobody types a code.

A field of a form names its source (`"x-source": "posts"`). Each source is one question about the task; `SOURCES` is filled by the
rooms that know the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
SOURCES: dict[str, Source] = {}  # filled by engine.composition.task


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the fields of a form offer. `files`: digest → name of the stored files that the form holds already."""

    by_source: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def of(self, source: str | None, within: str = "") -> tuple[Choice, ...]:
        """Return the choices of a source that belong to `within`, or to everything."""
        return tuple(each for each in self.by_source.get(source or "", ()) if not each.within or each.within == within)


NO_CHOICES = Choices()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChoices:
    """Ask what the fields of a task's form offer. `digests`: of the files that the form holds."""

    task: str
    sources: tuple[str, ...]
    digests: tuple[str, ...] = ()


_FILES = select(document.c.sha256, document.c.name).where(document.c.sha256.in_(bindparam("b_digests", expanding=True)))


def answer_choices(query: FieldChoices, reading: Reading) -> Choices:
    """Return the choices of each source that is known; one that nobody knows offers nothing."""
    row = task_by_id(reading, query.task)
    found = {name: tuple(SOURCES[name](reading, row)[:MOST]) for name in dict.fromkeys(query.sources) if name in SOURCES}
    files = {}
    if query.digests:
        files = {each.sha256: each.name for each in reading.connection.execute(_FILES, {"b_digests": sorted(set(query.digests))})}
    return Choices(by_source=found, files=files)
