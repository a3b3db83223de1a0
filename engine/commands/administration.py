"""Organisations, registers, settings, the database: what an administrator does from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import click

from engine.bootstrap import prepare
from engine.command_line import database_option, refusing
from engine.command_line.actor import database_of
from engine.directives import going_live
from engine.directives.printing import COLUMNS as REGISTERS
from engine.directives.printing import PrintRegister, as_csv, as_json, as_text
from engine.directory.directory_import import COLUMNS, ImportDirectory
from engine.directory.organisations import organisation_by_code
from engine.directory.settings import CHOICES, KNOWN, ChangeSetting
from engine.directory.settings import setting as read_setting
from engine.directory.working_calendar import years_without_data
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SystemClock, local_date
from engine.kernel.errors import EngineError
from engine.kernel.ids import new_id
from engine.storage.database import head_revision, revision

FORMATS = {"text": as_text, "csv": as_csv, "json": as_json}


@click.group()
def org() -> None:
    """Organisations, posts, people, recipient groups."""


@org.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice([*COLUMNS, *going_live.COLUMNS]), help="What the file holds; else taken from its name.")
@database_option
@refusing
def org_import(file: Path, kind: str | None, database: str | None) -> None:
    """Import organisations, edges, people, groups, days off, or what runs already, from a CSV file."""
    if not file.is_file():
        raise EngineError(f"Expected a CSV file at {file}, but there is none.")
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError:
        raise EngineError(f"Expected {file} as UTF-8 text, but it is not. Save it as CSV UTF-8.") from None
    clock = SystemClock()
    door = prepare(database_of(database), clock)
    wanted = kind or file.stem
    importing = going_live.ImportRunning if wanted in going_live.COLUMNS else ImportDirectory
    command = importing(kind=wanted, text=text, file=file.name)
    answer = door.execute(command, SYSTEM, key=f"cli:{new_id(clock.now())}")
    click.echo(f"{answer['imported']} rows imported from {file.name}")


@click.group()
def register() -> None:
    """The registers of incoming and outgoing documents."""


@register.command("print")
@click.option("--organisation", required=True, help="Code of the organisation.")
@click.option("--kind", required=True, type=click.Choice(list(REGISTERS)))
@click.option("--term", help="Only this term or year.")
@click.option("--from", "begin", help="First day of entry, YYYY-MM-DD.")
@click.option("--to", "end", help="Last day of entry, YYYY-MM-DD.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@database_option
@refusing
def register_print(*, organisation: str, kind: str, term: str | None, begin: str | None, end: str | None, form: str, database: str | None) -> None:
    """Print a register with the columns of Decree 30/2020."""
    target = database_of(database)
    door = prepare(target, SystemClock())
    with target.reading() as connection:
        unit = organisation_by_code(connection, organisation).id
    query = PrintRegister(organisation=unit, kind=kind, term=term, begin=begin, end=end)
    click.echo(FORMATS[form](door.ask(query, SYSTEM)))


@click.command()
@click.argument("key", required=False)
@click.argument("value", required=False)
@click.option("--reason", default="", help="Who decided it and why; needed for a change.")
@database_option
@refusing
def setting(*, key: str | None, value: str | None, reason: str, database: str | None) -> None:
    """Show the settings, or change one: `chidao setting extensions_max 2 --reason "…"`."""
    clock, target = SystemClock(), database_of(database)
    door = prepare(target, clock)
    if key is not None and value is not None:
        command = ChangeSetting(key=key, value=_setting_value(key, value), reason=reason)
        door.execute(command, SYSTEM, key=f"cli:{new_id(clock.now())}")
    with target.reading() as connection:
        for name, usual in KNOWN.items():
            click.echo(f"{name} {json.dumps(read_setting(connection, name, usual))}")


def _setting_value(key: str, value: str) -> bool | int | str:
    if key in CHOICES:
        return value
    try:
        found: bool | int = json.loads(value)
    except ValueError:
        raise EngineError(f"Expected true, false or a number, but found {value!r}.") from None
    return found


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@database_option
@refusing
def db_upgrade(database: str | None) -> None:
    """Bring the database to the schema of this version, also while processes of the version before are running."""
    target = database_of(database)
    clock = SystemClock()
    before = revision(target)
    prepare(target, clock, upgrade=True)
    if before not in {None, head_revision()}:
        click.echo(f"from revision {before} to {head_revision()}: start web and worker processes again with this version")
    click.echo(f"{target.address} is up to date")
    this = local_date(clock.now()).year
    with target.reading() as connection:
        for year in years_without_data(connection, (this, this + 1)):
            click.echo(f"No day off is known for {year}: only its weekends count. Import its days with `chidao org import calendar.csv`.", err=True)
