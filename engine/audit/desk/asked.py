"""What an auditor asks of the history: filters that a timeline and the search share, as conditions of the database and as a look into each record.

The database finds what stands in columns and, by its bytes, what stands in a record under one spelling; words with or without marks are
looked for in what has been read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, func, literal, or_, select

from engine.audit.desk.told import FORM, Versions
from engine.kernel.canonical import canonical_json
from engine.kernel.vietnamese import fold, search_key
from engine.storage.schema import history_record, instance, organisation, person

MOST_NAMED = 20  # people or organisations that a typed name may stand for
STEPS = ("instance.advanced", "operation.run", "instance.passed_over")  # what the system does between two people
NOT_DONE = ("denied", "refused", "failed")
KINDS: Mapping[str, tuple[str, ...]] = {  # kinds of actions, by how their names begin
    "directives": ("directive.", "dispatch.", "document.", "register.", "file.", "refusal.", "change.", "changes."),
    "work": ("assignment.", "task.", "choice.", "instance.", "element.", "operation.", "filter."),
    "reports": ("report.", "consolidation.", "obligation.", "period", "figures.", "regime.", "indicator_set."),
    "milestones": ("milestone.", "extension.", "difficulty."),
    "urging": ("reminder.", "urge.", "effect.", "digests.", "mail."),
    "words": ("comment.", "remark."),
    "repairs": ("incident.", "token.moved", "element.skipped", "instance.migrated", "instance.ended_by_decision", "instance.handed_over", "migration."),
    "processes": ("process.", "design.", "definition.", "proposal.", "scenario.", "migration."),
    "people": ("person.", "post.", "holding.", "organisation.", "edge.", "group.", "delegation.", "directory.", "going_live.", "substitution."),
    "access": ("session.", "account.", "identity.", "token.made", "token.revoked"),
    "settings": ("setting.", "calendar.", "office_hours.", "demonstration.", "clock.", "key.", "database."),
    "seal": ("checkpoint.", "history.", "state.", "dossier.", "review.", "hold.", "disposal.", "erasure.", "value.", "retention."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Filters; "" asks nothing. `person`, `unit`: what somebody typed of a name, login or code; `kind`: of KINDS; `since`, `until`: ISO days;
    `element`: its id, or words of its name; `field`: a field's name or words of its title, `fields`: names whose words fit it; `value`: words
    of a value that changed; `text`: words anywhere. `steps`: also what the system does between two people."""

    person: str = ""
    unit: str = ""
    kind: str = ""
    action: str = ""
    outcome: str = ""
    since: str = ""
    until: str = ""
    element: str = ""
    field: str = ""
    fields: tuple[str, ...] = ()
    value: str = ""
    text: str = ""
    steps: bool = False


class Sieve:
    """The filters made ready: who and which organisations the typed names stand for, the conditions, and the look into a record."""

    def __init__(self, connection: Connection, asked: Asked) -> None:
        self._connection, self._asked = connection, asked
        self.people = _people(connection, asked.person)
        self.units = _units(connection, asked.unit)
        self._words = fold(asked.text).split()
        self._value = fold(asked.value)
        self._versions = Versions(connection)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Which of the names that were typed stand for nobody: "person", "unit"."""
        asked = self._asked
        return tuple(name for name, typed, found in (("person", asked.person, self.people), ("unit", asked.unit, self.units)) if typed and not found)

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what the database is asked of a row of the history."""
        asked, columns = self._asked, history_record.c
        found: list[ColumnElement[bool]] = []
        if self.people:
            found.append(or_(columns.actor.in_(self.people), *(self._holds(each) for each in self.people)))
        if self.units:
            cases = select(instance.c.id).where(instance.c.organisation.in_(self.units))
            found.append(or_(columns.instance.in_(cases), *(self._holds(each) for each in self.units)))
        if asked.kind in KINDS:
            found.append(or_(*(columns.action.like(f"{each}%") for each in KINDS[asked.kind])))
        if asked.action:
            found.append(columns.action == asked.action)
        elif not asked.steps:
            found.append(columns.action.not_in(STEPS))
        if asked.outcome:
            found.append(columns.outcome == asked.outcome)
        return found

    def fits(self, sealed: Mapping[str, Any], content: bytes) -> bool:
        """Look whether a record fits what the database was not asked."""
        asked = self._asked
        if self._words and not self._says(content):
            return False
        if asked.element and not self._stands_at(sealed):
            return False
        return not (asked.field or asked.value) or self._changed(sealed)

    def _says(self, content: bytes) -> bool:
        said = search_key(content.decode("utf-8", "replace"))
        return all(word in said for word in self._words)

    def _stands_at(self, sealed: Mapping[str, Any]) -> bool:
        element, typed = str(sealed["element"] or ""), self._asked.element
        left = [each["id"] for each in sealed["objects"] if each["type"] == "element"]
        if typed == element or typed in left:
            return True
        return bool(element) and fold(typed) in fold(self._versions.places(sealed)[0].get(element, ""))

    def _changed(self, sealed: Mapping[str, Any]) -> bool:
        changes = sealed["changes"]
        if self._asked.field:
            if any(str(each["field"]).startswith(FORM) for each in changes):
                self._versions.know([sealed])
            titles = self._versions.fields(sealed) if changes else {}
            changes = [each for each in changes if self._is_meant(str(each["field"]), titles)]
        if not self._value:
            return bool(changes)
        return any(self._value in search_key(canonical_json([each["old"], each["new"]]).decode("utf-8")) for each in changes)

    def _is_meant(self, field: str, titles: Mapping[str, Mapping[str, Any]]) -> bool:
        name = field.removeprefix(FORM)
        typed = self._asked.field
        if typed in (name, field) or name in self._asked.fields or field in self._asked.fields:
            return True
        return field.startswith(FORM) and fold(typed) in fold(str(titles.get(name, {}).get("title", "")))

    def _holds(self, text: str) -> ColumnElement[bool]:
        """Return the condition that the sealed bytes hold a text as it is spelt there."""
        wanted = literal(text.encode(), LargeBinary)
        if self._connection.dialect.name == "sqlite":
            return func.instr(history_record.c.body, wanted) > 0
        return func.pg_catalog.position(history_record.c.body, wanted) > 0


def _people(connection: Connection, typed: str) -> list[str]:
    """Return the people whom a typed login or part of a name may mean."""
    wanted = fold(typed)
    if not wanted:
        return []
    rows = connection.execute(select(person.c.id, person.c.login, person.c.name)).all()
    exact = [row.id for row in rows if typed.strip() in (row.login, row.id)]
    return exact or [row.id for row in rows if wanted in fold(row.name)][:MOST_NAMED]


def _units(connection: Connection, typed: str) -> list[str]:
    """Return the organisations that a typed code or part of a name may mean; those of that very name, where there are any."""
    wanted = fold(typed)
    if not wanted:
        return []
    rows = connection.execute(select(organisation.c.id, organisation.c.code, organisation.c.name)).all()
    ways = (
        [row.id for row in rows if typed.strip() in (row.code, row.id)],
        [row.id for row in rows if fold(row.name) == wanted],
        [row.id for row in rows if wanted in fold(row.name)],
    )
    return reduce(lambda found, more: found or more, ways)[:MOST_NAMED]
