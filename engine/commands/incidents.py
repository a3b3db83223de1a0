"""`chidao incidents` and `chidao incident resolve|skip|move|tokens`: what failed by itself, and what is done about it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from engine.bootstrap import prepare
from engine.command_line import as_json, as_person, database_option, refusing
from engine.command_line.actor import acting
from engine.directory.organisations import organisation_by_code
from engine.door import Door
from engine.execution.poller import Poller
from engine.instances.repairs import RetryIncident, SkipIncident
from engine.instances.show_incidents import OPEN, RESOLVED, RETRYING, ListIncidents, ShowTokens
from engine.instances.token_moves import MoveToken
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.clock import SystemClock
from engine.kernel.errors import InvalidInput
from engine.kernel.ids import new_id
from engine.storage.address import database_url
from engine.storage.database import Database

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
    door = _door(database)
    if organisation is not None:
        with door.database.reading() as connection:
            organisation = organisation_by_code(connection, organisation).id
    found = door.ask(ListIncidents(organisation=organisation, all=everything), acting(door.database, login))
    _tell({"incidents": found}, [line for entry in found for line in _lines(entry)], as_json=as_json)


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
    door = _door(database)
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
    door = _door(database)
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
    door = _door(database)
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
    door = _door(database)
    found = door.ask(ShowTokens(instance=instance), acting(door.database, login))
    lines = [f"{entry['token']} {' › '.join([*entry['call_path'], entry['element']])} {entry['name']}" for entry in found]
    _tell({"tokens": found}, lines, as_json=as_json)



def _door(database: str | None) -> Door:
    return prepare(Database(database_url(database)), SystemClock())


def _repair(door: Door, command: Any, actor: Actor, *, as_json: bool) -> None:
    """Carry out a repair and what becomes due by it; tell what became of the incident, or who has to agree."""
    answer = door.execute(command, actor, key=f"cli:{new_id(door.clock.now())}")
    if "proposal" in answer:
        line = f"Đề nghị {answer['proposal']} chờ người thứ hai: chidao approve {answer['proposal']} --as LOGIN --reason …"
        _tell(answer, [line], as_json=as_json)
        return
    Poller(door).drain()
    found = [entry for entry in door.ask(ListIncidents(all=True), SYSTEM) if entry["id"] == answer.get("incident")]
    lines = [line for entry in found for line in _lines(entry)] or ["đã chuyển"]
    _tell({**answer, "incidents": found}, lines, as_json=as_json)


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


def _tell(found: Json, lines: Iterable[str], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)
