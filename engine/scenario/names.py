"""The names by which a scenario speaks of rows: offices by code, directives by printed code, `@kind:name` in forms."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, Table, case, exists, select

from engine.directory.organisations import organisation_by_code
from engine.kernel.actor import Actor
from engine.kernel.errors import NotFound
from engine.scenario.filling import TODAY, filled
from engine.scenario.stage import Desk
from engine.storage.schema import assignment, directive, dispatch, holding, metadata, obligation, organisation, person, report

_NAMED = {"organisation": "code", "directive": "code", "person": "login"}  # table → what people call its rows by

_OWNED = {"organisation": organisation, "report": report, "assignment": assignment, "obligation": obligation}


class Names:
    """Translates between ids and the names that people use."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def directive(self, code: str, *, concerning: str | None = None) -> str:
        """Return the newest directive with a printed code, one that concerns the organisation first.

        A printed code is no identity: two bodies may bear the same symbol (DOMAIN.md 1.4.1). Raises NotFound.
        """
        concerned = exists().where(dispatch.c.directive == directive.c.id, dispatch.c.organisation == concerning)
        near = case((directive.c.issuer == concerning, 0), (concerned, 1), else_=2)
        query = select(directive.c.id).where(directive.c.code == code)
        found = self._connection.execute(query.order_by(near, directive.c.created_at.desc(), directive.c.id.desc()).limit(1)).scalar_one_or_none()
        if found is None:
            raise NotFound(f"Expected a directive {code!r}, but there is none yet.")
        return str(found)

    def code(self, directive_id: str | None) -> str | None:
        """Return the printed code of a directive."""
        query = select(directive.c.code).where(directive.c.id == directive_id)
        return self._connection.execute(query).scalar_one_or_none()

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Return the rows of a table with names in the place of ids."""
        words = {name: self._words(name) for name in _NAMED}
        named = {column.name: self._target(column) for column in table.columns}
        return [
            {key: words[target].get(value, value) if (target := named[key]) else value for key, value in row.items()}
            for row in self._connection.execute(select(table)).mappings()
        ]

    def actor(self, login: str) -> Actor:
        """Return the person with a login. Raises NotFound."""
        found = self._connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one_or_none()
        if found is None:
            raise NotFound(f"Expected somebody with the login {login!r}, but found nobody.")
        return Actor.person(found, method="play")

    def resolve(self, value: Any, desk: Desk | None) -> Any:
        """Return what a scenario's form says, with `@today+3` as dates and `@kind` or `@kind:name` as ids."""
        match value:
            case str() if value.startswith("@") and not TODAY.fullmatch(value):
                return self._named(value[1:], desk)
            case list():
                return [self.resolve(each, desk) for each in value]
            case dict():
                return {key: self.resolve(each, desk) for key, each in value.items()}
        return filled(value, desk.today, {}) if desk else value

    def _named(self, name: str, desk: Desk | None) -> str:
        kind, _, rest = name.partition(":")
        if desk is not None and name in desk.context:
            return str(desk.context[name])
        unit, _, code = rest.partition(":")  # @obligation:office:directive
        owner = str(organisation_by_code(self._connection, unit).id) if unit and kind in _OWNED else (desk.task.organisation if desk else "")
        match kind:
            case "organisation" if owner:
                return owner
            case "directive" if rest or desk:
                return self.directive(rest) if rest or desk is None else str(desk.case.directive)
            case "report" if owner:
                return self._first(select(report.c.id).where(report.c.organisation == owner).order_by(report.c.opened_at.desc()))
            case "assignment" | "obligation" if desk:
                table = _OWNED[kind]
                letter = self.directive(code) if code else desk.case.directive
                return self._first(select(table.c.id).where(table.c.directive == letter, table.c.organisation == owner).order_by(table.c.id))
            case "post" if rest:
                held = select(holding.c.post).join(person, person.c.id == holding.c.person).where(person.c.login == rest)
                return self._first(held.order_by(holding.c.id))
            case _ if kind in metadata.tables and "key" in metadata.tables[kind].c:
                table = metadata.tables[kind]
                return self._first(select(table.c.id).where(table.c.key == rest))
        raise NotFound(f"Expected a name such as @organisation:code or @directive:code, but found @{name}.")

    def _first(self, query: Select[Any]) -> str:
        return str(self._connection.execute(query.limit(1)).scalar_one())

    def _words(self, table_name: str) -> dict[Any, Any]:
        table = {"organisation": organisation, "directive": directive}.get(table_name, metadata.tables[table_name])
        return {row[0]: row[1] for row in self._connection.execute(select(table.c.id, table.c[_NAMED[table_name]]))}

    @staticmethod
    def _target(column: Any) -> str | None:
        targets = [key.column.table.name for key in column.foreign_keys]
        return targets[0] if targets and targets[0] in _NAMED else None
