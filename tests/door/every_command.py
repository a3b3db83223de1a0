"""One of every kind of command, about things that are there, made from the names and types of its fields."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from typing import Any

from sqlalchemy import insert, select

from engine.kernel.clock import stamp
from engine.storage import UnitOfWork
from engine.storage.schema import assignment, dispatch, holding, incident, instance, organisation, person, post, register_entry, user_task
from tests.directives.ward import Ward
from tests.door.office import START

STRANGER, SUBSTITUTION, INCIDENT = "a-stranger", "a-substitution", "an-incident"
FOR_ONESELF = {  # whoever is signed in may do it, and only to what is their own
    *("ChangePassword", "MakeToken", "RevokeToken"),
    *("ChooseDigest", "DropDraft", "DropFilter", "DropRegistration", "KeepFilter", "KeepRegistration", "RenameFilter", "SaveDraft"),
}
PLAIN: dict[str, Any] = {"str": "x", "int": 1, "bool": True}


def furnish(ward: Ward) -> None:
    """Add what a ward at work lacks: somebody without a post, a substitution, an incident."""
    with UnitOfWork(ward.office.database) as unit:
        connection = unit.connection
        connection.execute(insert(person).values(id=STRANGER, login="nguoi.la", name="Người Lạ"))
        seat, who = connection.execute(select(holding.c.post, holding.c.person).limit(1)).one()
        dates = {"valid_from": "2024-01-01", "valid_to": "2030-01-01"}
        connection.execute(insert(holding).values(id=SUBSTITUTION, post=seat, person=STRANGER, substitute_for=who, **{**dates, "valid_to": "2024-01-02"}))
        case = connection.execute(select(instance.c.id, instance.c.organisation).limit(1)).one()
        told = {"element": "x", "call_path": "[]", "message": "x", "data": "{}", "created_at": stamp(START), "failed_at": stamp(START)}
        about = {"instance": case.id, "organisation": case.organisation, "kind": "operation", "work": "x", "attempts": 1}
        connection.execute(insert(incident).values(id=INCIDENT, **about, **told))
        unit.commit()


def things(ward: Ward) -> dict[str, Any]:
    """Return the ids of things that are there, by the names of the fields that take them."""
    with ward.office.database.reading() as connection:

        def one(column: Any, *conditions: Any) -> str:
            return str(connection.execute(select(column).where(*conditions).limit(1)).scalar_one())

        return {
            "task": one(user_task.c.id, user_task.c.status == "open"),
            "instance": one(instance.c.id),
            "organisation": one(dispatch.c.organisation, dispatch.c.directive == ward.letter),
            "directive": ward.letter,
            "assignment": one(assignment.c.id),
            "entry": one(register_entry.c.id),
            "post": one(post.c.id),
            "substitution": SUBSTITUTION,
            "incident": INCIDENT,
            "issuer": one(organisation.c.id),
            "process": "difficulty_raise",
            "design": "x",
        }


def kinds(ward: Ward) -> dict[str, type]:
    """Return the class of every command by its name."""
    names = dict(ward.office.door.commands())
    rooms = [module for name, module in sorted(sys.modules.items()) if name.startswith("engine.")]
    found = {name: thing for module in rooms for name, thing in vars(module).items() if inspect.isclass(thing) and name in names}
    return {name: found[name] for name in names}


def made(kind: type, known: dict[str, Any]) -> Any:
    """Return a command: what it is about is there, the rest is anything of the right type, or left out."""
    fields = [field for field in dataclasses.fields(kind) if field.name in known or _is_needed(field)]
    return kind(**{field.name: known.get(field.name, _plain(str(field.type))) for field in fields})


def _is_needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _plain(kind: str) -> Any:
    for beginning, value in (("dict", {}), ("Mapping", {}), ("list", []), ("tuple", ())):
        if kind.startswith(beginning):
            return value
    return PLAIN[kind.partition(" ")[0]]
