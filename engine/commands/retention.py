"""`chidao retention`: what is kept for how long, what is held back, and how it goes: disposal and erasure, by two persons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from engine.command_line import as_json, as_person, database_option, refusing, tell
from engine.command_line.actor import acting, door_of, new_key
from engine.door import Door
from engine.history import personal_keys
from engine.kernel.errors import EngineError
from engine.retention.classes import ChangeRetention
from engine.retention.desk import Desk, ShowRetention
from engine.retention.disposal import DecideDisposal, ProposeDisposal
from engine.retention.erasing import DecideErasure, ProposeErasure, destroy_erased
from engine.retention.holds import LiftHold, SetHold

why = click.option("--reason", default="", help="Why; needed, and recorded.")
file = click.Path(path_type=Path, dir_okay=False)


@click.group()
def retention() -> None:
    """Keeping and letting go."""


@retention.command("show")
@as_person
@database_option
@as_json
@refusing
def show(*, login: str | None, database: str | None, as_json: bool) -> None:
    """List what is closed and for how long it is kept, holds, disposals, personal values and erasures."""
    door = door_of(database)
    found: Desk = door.ask(ShowRetention(), acting(door.database, login))
    closed = [
        {"directive": each.directive, "code": each.code, "class": each.kept.key, "until": each.kept.until and each.kept.until.isoformat(), "over": each.over}
        for each in found.closed
    ]
    rows = {name: [dict(row._mapping) for row in getattr(found, name)] for name in ("holds", "disposals", "values", "erasures")}  # noqa: SLF001  its public name
    tell({"closed": closed, **rows}, _lines(closed, rows), as_json=as_json)


def _lines(closed: list[dict[str, Any]], rows: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    for each in closed:
        yield f"{each['directive']} {each['code']}: {each['class']}, {'kept for ever' if each['until'] is None else 'may go' if each['over'] else 'until ' + each['until']}"
    for row in rows["holds"]:
        about = row["code"] or row["person_name"] or f"{row['from_day']} to {row['to_day']}"
        yield f"hold {row['id']}: {about}, {'lifted' if row['lifted_at'] else 'in force'}: {row['reason']}"
    for row in rows["disposals"]:
        yield f"disposal {row['id']}: {row['code']}, {row['status']}, {row['authority']}, proposed by {row['by_name']}"
    for row in rows["values"]:
        yield f"personal value {row['subject']}: {row['title']}, {row['unit']}, {row['code'] or 'no directive'}"
    for row in rows["erasures"]:
        yield f"erasure {row['id']}: {row['subject']}, {row['status']}, proposed by {row['by_name']}"


@retention.command("class")
@click.argument("process")
@click.argument("retention_class", metavar="CLASS")
@why
@as_person
@database_option
@as_json
@refusing
def of_class(*, process: str, retention_class: str, reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Put the directives of PROCESS (`*`: all without a rule of their own) into another retention class."""
    _do(ChangeRetention(process=process, retention_class=retention_class, reason=reason), login, database, as_json=as_json)


@retention.command("hold")
@click.option("--directive", help="The id of a directive: its whole cascade is held back.")
@click.option("--person", help="The login of somebody: whatever they have done is held back.")
@click.option("--from", "from_day", metavar="YYYY-MM-DD", help="The first day of a period that is held back.")
@click.option("--to", "to_day", metavar="YYYY-MM-DD", help="Its last day.")
@why
@as_person
@database_option
@as_json
@refusing
def hold(*, person: str | None, login: str | None, database: str | None, as_json: bool, **about: Any) -> None:
    """Hold something back from disposal and erasure."""
    _do(SetHold(login=person, **about), login, database, as_json=as_json)


@retention.command("lift")
@click.argument("hold")
@why
@as_person
@database_option
@as_json
@refusing
def lift(*, hold: str, reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Lift a hold."""
    _do(LiftHold(hold=hold, reason=reason), login, database, as_json=as_json)


@retention.command("dispose")
@click.argument("directive")
@click.option("--authority", default="", help="The number of the document that allows it; needed.")
@why
@as_person
@database_option
@as_json
@refusing
def dispose(*, directive: str, authority: str, reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Propose that a directive is disposed of with its whole cascade. A second person decides."""
    _do(ProposeDisposal(directive=directive, authority=authority, reason=reason), login, database, as_json=as_json)


@retention.command("erase")
@click.option("--task", help="The id of a task: what is personal in its form.")
@click.option("--person", help="The login of somebody: their address.")
@why
@as_person
@database_option
@as_json
@refusing
def erase(*, task: str | None, person: str | None, reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Propose that personal values are erased. A second person decides."""
    _do(ProposeErasure(task=task, login=person, reason=reason), login, database, as_json=as_json)


@retention.command("decide")
@click.argument("kind", type=click.Choice(["disposal", "erasure"]))
@click.argument("identity", metavar="ID")
@click.option("--approve/--refuse", default=None, required=True, help="Which of the two.")
@why
@as_person
@database_option
@as_json
@refusing
def decide(*, kind: str, identity: str, approve: bool, reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Decide a disposal or an erasure that another person has proposed. What goes is gone for good."""
    command = DecideDisposal(disposal=identity, approve=approve, reason=reason) if kind == "disposal" else DecideErasure(erasure=identity, approve=approve, reason=reason)
    _do(command, login, database, as_json=as_json)


@retention.command("copy-keys")
@click.argument("target", type=file)
@refusing
def copy_keys(*, target: Path) -> None:
    """Copy the keys of personal values to a file. Keep it apart from backups, and delete it within weeks: what is erased meanwhile, it still opens."""
    personal_keys.copy_to(target)
    click.echo(f"{target}: delete it when the next copy is made")


@retention.command("take-keys")
@click.argument("source", type=file)
@database_option
@refusing
def take_keys(*, source: Path, database: str | None) -> None:
    """Take the keys of a copy that are not here any more; those of what was erased do not come back."""
    taken = personal_keys.take_from(source)
    gone = destroy_erased(door_of(database).database)
    click.echo(f"keys taken: {taken}, of which destroyed again, since their values were erased: {gone}")


def _do(command: Any, login: str | None, database: str | None, *, as_json: bool) -> None:
    door = door_of(database)
    answer = door.execute(command, acting(door.database, login), key=new_key(door))
    _destroy(door)
    tell(answer, [", ".join(f"{name}: {value}" for name, value in answer.items())], as_json=as_json)


def _destroy(door: Door) -> None:
    """Destroy the keys of what was erased; where that fails, a worker does so later."""
    try:
        destroy_erased(door.database)
    except (EngineError, OSError) as error:
        click.echo(f"Expected to destroy the keys of what was erased, but could not: {error}. A worker tries again.", err=True)
