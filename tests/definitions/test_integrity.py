"""Stored definitions are immutable: whoever changes one behind the product's back is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from click.testing import CliRunner
from sqlalchemy import delete, select, update

from engine.cli import main
from engine.definitions.command import DeployDefinitions
from engine.definitions.integrity import altered
from engine.storage import Database, UnitOfWork
from engine.storage.schema import definition_file, definition_part, definition_version
from tests.definitions.drawings import drawing, form, lane, user_task
from tests.door.office import Office


def deployed(database: Database) -> Office:
    office = Office(database=database)
    body = f'<bpmn:startEvent id="s"/>{user_task()}<bpmn:endEvent id="e"/><bpmn:sequenceFlow id="a" sourceRef="s" targetRef="u"/>'
    body += '<bpmn:sequenceFlow id="b" sourceRef="u" targetRef="e"/>'
    for title in ("Phiếu", "Phiếu mới"):
        found = {"p.bpmn": drawing(body, lanes=lane("s", "u", "e")), "forms/slip.schema.json": form(title=title)}
        office.do(DeployDefinitions(files={name: content.hex() for name, content in found.items()}, reason="thử"))
    return office


def other_form(office: Office) -> Any:
    """A version's form, exchanged for that of the other version: every file is still what its digest says."""
    with office.database.reading() as connection:
        rows = connection.execute(select(definition_part).where(definition_part.c.path == "forms/slip.schema.json")).all()
    old, new = rows
    return update(definition_part).where(definition_part.c.definition_version == old.definition_version, definition_part.c.path == old.path).values(file=new.file)


CHANGES: dict[str, Callable[[Office], Any]] = {
    "definition_file.content": lambda _: update(definition_file).where(definition_file.c.content.is_not(None)).values(content=b"{}"),
    "definition_version p 1.parts": other_form,
    "definition_version p 2.parts": lambda office: delete(definition_part).where(definition_part.c.definition_version == newest(office)),
    "definition_version p 2.sha256": lambda office: update(definition_version).where(definition_version.c.id == newest(office)).values(sha256="0" * 64),
}


def newest(office: Office) -> str:
    with office.database.reading() as connection:
        return str(connection.execute(select(definition_version.c.id).where(definition_version.c.version == 2)).scalar_one())


def test_a_changed_definition_is_found_and_named(database: Database) -> None:
    office = deployed(database)
    with database.reading() as connection:
        assert list(altered(connection)) == []
    for field, change in CHANGES.items():
        statement = change(office)
        with UnitOfWork(database) as unit:  # never committed
            unit.connection.execute(statement)
            assert field in [entry.field for entry in altered(unit.connection)]


def test_the_audit_tells_of_it(sqlite_database: Database) -> None:
    office = deployed(sqlite_database)
    address = ["audit", "verify", "--database", sqlite_database.url.render_as_string()]
    assert CliRunner().invoke(main, address).output.endswith("intact\n")
    office.change(CHANGES["definition_version p 2.sha256"](office))
    result = CliRunner().invoke(main, [*address, "--json"])
    assert result.exit_code == 1, result.output
    told = json.loads(result.stdout)
    assert (told["result"], told["findings"][0]["level"], told["findings"][0]["field"]) == ("tampered", 6, "definition_version p 2.sha256")
    assert told["findings"][0]["record"] > 0
