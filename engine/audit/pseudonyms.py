"""What a recorded scenario says in the place of real ones: offices by code, people by the title of their post, ids by number.

People are found by the names and ids of the directory, wherever they stand in a text. A name that the directory does not know
cannot be found: whoever hands a scenario on reads it first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, select

from engine.storage.schema import directive, holding, organisation, person, post

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NOBODY = "Người"


def without_people(connection: Connection, scenario: dict[str, Any]) -> dict[str, Any]:
    """Return the scenario with other words for people, offices, directives and ids; the same one for the same thing throughout."""
    words = _Words(connection)
    return {name: _replaced(value, words.text) for name, value in scenario.items()}


def _replaced(value: Any, text: Callable[[str], str]) -> Any:
    match value:
        case str():
            return text(value)
        case list():
            return [_replaced(each, text) for each in value]
        case dict():
            return {key: _replaced(each, text) for key, each in value.items()}
    return value


class _Words:
    """The words that stand for real ones, each for one thing only: what was equal stays equal, what differed differs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._given: dict[str, str] = {}
        known = [(row.name, row.id) for row in connection.execute(select(person.c.name, person.c.id)) if " " in row.name]
        self._names = dict(sorted(known, key=lambda entry: -len(entry[0])))  # a name that holds another one goes first

    def text(self, text: str) -> str:
        """Return `text` with ids and names replaced."""
        found = ID.sub(lambda match: self._word(match[0]), text)
        for name, identity in self._names.items():
            if name in found:
                found = found.replace(name, self._word(identity))
        return found

    def _word(self, identity: str) -> str:
        if identity not in self._given:
            wanted = next((word for word in self._known(identity) if word), None)
            word, number, taken = wanted or "id-1", 1, set(self._given.values())
            while word in taken:
                number += 1
                word = f"{wanted} ({number})" if wanted else f"id-{number}"
            self._given[identity] = word
        return self._given[identity]

    def _known(self, identity: str) -> Iterator[str | None]:
        connection = self._connection
        yield connection.execute(select(organisation.c.code).where(organisation.c.id == identity)).scalar_one_or_none()
        yield connection.execute(select(directive.c.code).where(directive.c.id == identity)).scalar_one_or_none()
        titles = select(post.c.title).join(holding, holding.c.post == post.c.id).where(holding.c.person == identity)
        yield connection.execute(titles.order_by(holding.c.valid_from, holding.c.id).limit(1)).scalar_one_or_none()
        if connection.execute(select(person.c.id).where(person.c.id == identity)).first() is not None:
            yield NOBODY
