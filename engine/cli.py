"""The `chidao` command (DESIGN.md 7): 0 done, 1 refused or findings or tampered, 2 usage, 3 could not be checked."""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import SQLAlchemyError

from engine.bench.cli import bench
from engine.bootstrap import installed_operations, prepare
from engine.command_line import REFUSED, UNCHECKED, as_json, database_option, refusing
from engine.definitions.deploy import check
from engine.definitions.explain import explain
from engine.definitions.integrity import LEVEL, altered
from engine.definitions.source import load_sources
from engine.demo.main import run_demo
from engine.demo.show import show
from engine.directives import going_live
from engine.directives.printing import COLUMNS as REGISTERS
from engine.directives.printing import PrintRegister, as_csv, as_text
from engine.directives.printing import as_json as as_json_document
from engine.directives.reading import read_document
from engine.directory.directory_import import COLUMNS, ImportDirectory
from engine.directory.organisations import organisation_by_code
from engine.directory.settings import KNOWN, ChangeSetting
from engine.directory.settings import setting as read_setting
from engine.directory.working_calendar import years_without_data
from engine.history.log import verify
from engine.incidents_cli import COMMANDS as INCIDENTS
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SystemClock, local_date
from engine.kernel.errors import EngineError
from engine.kernel.ids import new_id
from engine.scenario.cli import try_
from engine.storage.address import database_url
from engine.storage.database import Database
from engine.versions.cli import COMMANDS as VERSIONS

SHARED = Path(__file__).resolve().parents[2] / "shared" / "directives"
FORMATS = {"text": as_text, "csv": as_csv, "json": as_json_document}


@click.group()
@click.version_option(package_name="chidao")
def main() -> None:
    """chidao: directives that travel down an organisation, reports that travel back up."""


main.add_command(bench)
for command in (*VERSIONS, *INCIDENTS):
    main.add_command(command)
main.add_command(try_)


@main.command()
@click.option("--months", default=3, show_default=True, type=click.IntRange(1, 60), help="Periods of each directive.")
@click.option("--documents", type=click.Path(path_type=Path), help="Folder of documents; else the real or shipped ones.")
@database_option
@as_json
@refusing
def demo(*, months: int, documents: Path | None, database: str | None, as_json: bool) -> None:
    """Carry directives from document to consolidated report, at every level, under a simulated clock."""
    folder = documents or (SHARED if SHARED.is_dir() else None)
    url = database or f"sqlite:///{Path(tempfile.mkdtemp(prefix='chidao-demo-')) / 'demo.db'}"
    console = Console(file=sys.stderr if as_json else sys.stdout)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("Chuẩn bị…", total=100)

        def tick(day: date, percent: int) -> None:
            progress.update(bar, completed=percent, description=f"Ngày {day:%d/%m/%Y}")

        done = run_demo(url, folder=folder, months=months, tick=tick)
    if as_json:
        click.echo(json.dumps(done.result, ensure_ascii=False))
        return
    with done.database.reading() as connection:
        show(console, connection, done.issued)
    for row in done.result["directives"]:
        console.print(
            f"{row['code']}: {row['organisations']} đơn vị, {row['tasks_completed']} việc, "
            f"{row['reports_submitted']} báo cáo, {row['consolidations']} lần tổng hợp, {row['status']}"
        )
    history = done.result["history"]
    state = "nguyên vẹn" if history["verified"] else "BỊ SỬA ĐỔI"
    console.print(f"Lịch sử: {history['records']} bản ghi, {state}. {done.result['seconds']} giây.")
    if done.skipped:
        console.print(f"Chưa chạy (chưa có quy trình cho dạng này): {', '.join(done.skipped)}")
    console.print(f"Cơ sở dữ liệu: {done.database.address}", soft_wrap=True)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@refusing
def read(files: tuple[Path, ...]) -> None:
    """Read directive documents into structure."""
    documents = []
    for path in files:
        if not path.is_file():
            raise EngineError(f"Expected a document at {path}, but there is no such file.")
        documents += [reading.to_json() for reading in read_document(path.name, path.read_bytes())]
    click.echo(json.dumps({"documents": documents}, ensure_ascii=False, indent=1))


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--explain", "rule", metavar="RULE", help="Print the page of a rule, such as no_default, instead.")
@click.option("--english", is_flag=True, help="With --explain: in English.")
@as_json
@refusing
def lint(paths: tuple[Path, ...], *, rule: str | None, english: bool, as_json: bool) -> None:
    """Check process definitions without deploying them."""
    if rule is not None:
        click.echo(explain(rule, english=english), nl=False)
        return
    if not paths:
        raise click.UsageError("Expected diagrams or folders to check, or --explain RULE, but found neither.")
    findings = check(load_sources(paths), operations=list(installed_operations()))
    if as_json:
        names = ("file", "element", "line", "rule", "severity", "message")
        click.echo(json.dumps({"findings": [{name: getattr(entry, name) for name in names} for entry in findings]}, ensure_ascii=False))
    else:
        for entry in findings:
            click.echo(f"{entry.severity}: {entry.sentence()}")
    if any(entry.severity == "error" for entry in findings):
        sys.exit(REFUSED)


@main.command()
@as_json
def operations(*, as_json: bool) -> None:
    """List what a service task may do: the names for chidao:operation."""
    installed = installed_operations()
    known = {name: (installed.get(name).__doc__ or "").strip().splitlines()[0] for name in installed}
    if as_json:
        click.echo(json.dumps({"operations": [{"name": name, "does": does} for name, does in known.items()]}, ensure_ascii=False))
        return
    for name, does in known.items():
        click.echo(f"{name:24} {does}")


@main.group()
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
    door = prepare(Database(database_url(database)), clock)
    wanted = kind or file.stem
    importing = going_live.ImportRunning if wanted in going_live.COLUMNS else ImportDirectory
    command = importing(kind=wanted, text=text, file=file.name)
    answer = door.execute(command, SYSTEM, key=f"cli:{new_id(clock.now())}")
    click.echo(f"{answer['imported']} rows imported from {file.name}")


@main.group()
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
    target = Database(database_url(database))
    door = prepare(target, SystemClock())
    with target.reading() as connection:
        unit = organisation_by_code(connection, organisation).id
    query = PrintRegister(organisation=unit, kind=kind, term=term, begin=begin, end=end)
    click.echo(FORMATS[form](door.ask(query, SYSTEM)))


@main.command()
@click.argument("key", required=False)
@click.argument("value", required=False)
@click.option("--reason", default="", help="Who decided it and why; needed for a change.")
@database_option
@refusing
def setting(*, key: str | None, value: str | None, reason: str, database: str | None) -> None:
    """Show the settings, or change one: `chidao setting extensions_max 2 --reason "…"`."""
    clock, target = SystemClock(), Database(database_url(database))
    door = prepare(target, clock)
    if key is not None and value is not None:
        try:
            command = ChangeSetting(key=key, value=json.loads(value), reason=reason)
        except ValueError:
            raise EngineError(f"Expected true, false or a number, but found {value!r}.") from None
        door.execute(command, SYSTEM, key=f"cli:{new_id(clock.now())}")
    with target.reading() as connection:
        for name, usual in KNOWN.items():
            click.echo(f"{name} {json.dumps(read_setting(connection, name, usual))}")


@main.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@database_option
@refusing
def db_upgrade(database: str | None) -> None:
    """Bring the database to the schema of this version."""
    target = Database(database_url(database))
    clock = SystemClock()
    prepare(target, clock)
    click.echo(f"{target.address} is up to date")
    this = local_date(clock.now()).year
    with target.reading() as connection:
        for year in years_without_data(connection, (this, this + 1)):
            click.echo(f"No day off is known for {year}: only its weekends count. Import its days with `chidao org import calendar.csv`.", err=True)


@main.group()
def audit() -> None:
    """The sealed history."""


@audit.command("verify")
@database_option
@as_json
@refusing
def audit_verify(*, database: str | None, as_json: bool) -> None:
    """Check bytes, columns, chain, numbers and streams of the history (levels 1 and 2), and stored definitions (level 6)."""
    url = database_url(database)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        click.echo(f"Expected a chidao database at {url}, but there is no such file.", err=True)
        sys.exit(UNCHECKED)
    target = Database(url)
    try:
        with target.reading() as connection:
            records, breaks = verify(connection)
            changed = list(altered(connection))
    except SQLAlchemyError as error:  # a database without our tables, or none: never reported as intact
        click.echo(f"Expected a chidao database at {target.address}, but its history cannot be read: {type(error).__name__}.", err=True)
        sys.exit(UNCHECKED)
    findings = [
        {"level": 1 if entry.field in {"body", "seq"} else 2, "record": entry.seq, "field": entry.field, "expected": entry.expected, "found": entry.found}
        for entry in breaks
    ]
    findings += [{"level": LEVEL, **{name: getattr(entry, name) for name in ("record", "field", "expected", "found")}} for entry in changed]
    result = "tampered" if findings else "intact"
    if as_json:
        click.echo(json.dumps({"result": result, "records": records, "findings": findings}, ensure_ascii=False))
    else:
        for found in findings:
            click.echo(f"record {found['record']}, {found['field']}: expected {found['expected']}, found {found['found']}", err=True)
        click.echo(f"{result}: {records} records")
    if findings:
        sys.exit(REFUSED)
