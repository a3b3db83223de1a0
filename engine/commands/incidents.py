"""`chidao incidents` and `chidao incident resolve|skip|move|tokens`: what failed by itself, and what is done about it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from engine.command_line import as_json, as_person, database_option, refusing, tell
from engine.command_line.actor import acting, door_of, new_key
from engine.commands.versions_text import waits_line
from engine.directory.organisations import organisation_by_code
from engine.door import Door
from engine.execution.poller import Poller
from engine.instances.repairs import RetryIncident, SkipIncident
from engine.instances.show_incidents import OPEN, RESOLVED, RETRYING, ListIncidents, ShowTokens
from engine.instances.token_moves import MoveToken
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.errors import InvalidInput

Json = dict[str, Any]
LABELS = {OPEN: "chờ quản trị", RETRYING: "thử lại lúc", RESOLVED: "đã xử lý"}

reason_option = click.option("--reason", default="", help="What was wrong and what is done about it; needed.")
with_option = click.option("--with", "values", default="{}", metavar="JSON", help='An object: names with their values, such as {"amount": 5}.')


@click.command()
@click.option("--all", "everything", is_flag=True, help="Those that were resolved too.")
@click.option("--organisation", help="Code of the organisation whose incidents are meant.")
@as_person
@database_option
@as_json
@refusing
def incidents(*, everything: bool, organisation: str | None, login: str | None, database: str | None, as_json: bool) -> None:
    """List what failed by itself and waits, oldest first: where, why, how often, and when it is tried again."""
    door = door_of(database)
    if organisation is not None:
        with door.database.reading() as connection:
            organisation = organisation_by_code(connection, organisation).id
    found = door.ask(ListIncidents(organisation=organisation, all=everything), acting(door.database, login))
    tell({"incidents": found}, [line for entry in found for line in _lines(entry)], as_json=as_json)


@click.group()
def incident() -> None:
    """Mend what failed: try it again, pass over it, or move a token. Each needs a reason and is recorded."""


@incident.command()
@click.argument("identity", metavar="INCIDENT")
@with_option
@reason_option
@as_person
@database_option
@as_json
@refusing
def resolve(*, identity: str, values: str, reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Try it again now, with values of the data corrected."""
    door = door_of(database)
    _repair(door, RetryIncident(incident=identity, reason=reason, data=_object(values)), acting(door.database, login), as_json=as_json)


@incident.command()
@click.argument("identity", metavar="INCIDENT")
@with_option
@reason_option
@as_person
@database_option
@as_json
@refusing
def skip(*, identity: str, values: str, reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Let the element that failed count as done, with the given result; a message that starts nothing is dropped."""
    door = door_of(database)
    _repair(door, SkipIncident(incident=identity, reason=reason, result=_object(values)), acting(door.database, login), as_json=as_json)


@incident.command()
@click.argument("instance")
@click.argument("token")
@click.argument("element")
@click.option("--also", multiple=True, help="A further token that becomes one with it, as at a join. May be repeated.")
@reason_option
@as_person
@database_option
@as_json
@refusing
def move(*, instance: str, token: str, element: str, also: tuple[str, ...], reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Move TOKEN (its id, or the element on which it stands) to ELEMENT of the same process or sub-process."""
    door = door_of(database)
    command = MoveToken(instance=instance, token=token, to=element, also=also, reason=reason)
    _repair(door, command, acting(door.database, login), as_json=as_json)


@incident.command()
@click.argument("instance")
@as_person
@database_option
@as_json
@refusing
def tokens(*, instance: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Show where the tokens of a running instance stand."""
    door = door_of(database)
    found = door.ask(ShowTokens(instance=instance), acting(door.database, login))
    lines = [f"{entry['token']} {' › '.join([*entry['call_path'], entry['element']])} {entry['name']}" for entry in found]
    tell({"tokens": found}, lines, as_json=as_json)



def _repair(door: Door, command: Any, actor: Actor, *, as_json: bool) -> None:
    """Carry out a repair and what becomes due by it; tell what became of the incident, or who has to agree."""
    answer = door.execute(command, actor, key=new_key(door))
    if "proposal" in answer:
        line = waits_line(answer)
        tell(answer, [line], as_json=as_json)
        return
    Poller(door).drain()
    found = [entry for entry in door.ask(ListIncidents(all=True), SYSTEM) if entry["id"] == answer.get("incident")]
    lines = [line for entry in found for line in _lines(entry)] or ["đã chuyển"]
    tell({**answer, "incidents": found}, lines, as_json=as_json)


def _object(text: str) -> Json:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidInput(f'Expected a JSON object for --with, such as {{"amount": 5}}, but found {text!r}. Write names in quotation marks.')
    return found


def _lines(entry: Json) -> Iterable[str]:
    where = " › ".join([entry["process"] or "-", *entry["call_path"], entry["element"] or "-"])
    until = entry["next_attempt"] if entry["status"] == RETRYING else entry["resolution"] or ""
    yield f"{entry['id']} {where} ({entry['kind']}, {entry['attempts']} lần) {LABELS[entry['status']]} {until}".rstrip()
    yield f"  {entry['organisation'] or '-'} · {entry['instance'] or '-'}: {entry['message']}"
