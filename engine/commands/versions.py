"""`chidao deploy`, `diff`, `migrate`, `proposals`, `approve`, `refuse`: what runs, in which version, and who agreed to it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from engine.command_line import as_json, as_person, database_option, refusing, tell
from engine.command_line.actor import acting, door_of, new_key
from engine.commands.versions_text import affected_lines, migrated_lines, preview_lines, proposal_line, waits_line
from engine.definitions.command import DeployDefinitions
from engine.definitions.compare import CompareVersions, compare_files
from engine.definitions.differences_text import all_difference_lines, difference_lines
from engine.definitions.proposals import DecideProposal, ListProposals, ShowProposal
from engine.definitions.source import load_sources
from engine.directory.organisations import organisation_by_code
from engine.door import Door
from engine.instances.affected import AffectedInstances
from engine.instances.migration import MigrateBatch, StartMigration
from engine.instances.migration_plan import Plan
from engine.instances.migration_preview import PreviewMigration, ShowMigration
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import InvalidInput
from engine.storage.database import Database

Json = dict[str, Any]


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--reason", default="deployed from the command line", show_default=True)
@click.option("--dry-run", is_flag=True, help="Store nothing: tell which instances run, where they stand, and what would change for them.")
@as_person
@database_option
@as_json
@refusing
def deploy(paths: tuple[Path, ...], *, reason: str, dry_run: bool, login: str | None, database: str | None, as_json: bool) -> None:
    """Check process definitions and store them as new versions."""
    door = door_of(database)
    command = DeployDefinitions.of(load_sources(paths), reason=reason)
    if dry_run:
        found = door.ask(AffectedInstances(files=command.files), acting(door.database, login))
        tell({"dry_run": True, **found}, affected_lines(found), as_json=as_json)
        return
    answer = door.execute(command, acting(door.database, login), key=new_key(door))
    lines = [f"{entry['process']} version {entry['version']} {entry['sha256'][:12]}" for entry in answer["deployed"]]
    tell(answer, lines or [waits_line(answer)], as_json=as_json)


@click.command()
@click.argument("first")
@click.argument("second", required=False)
@click.option("--from", "source", type=int, help="Version to compare with; else the one in force before.")
@click.option("--to", type=int, help="Version that is looked at; else the one in force.")
@as_person
@database_option
@as_json
@refusing
def diff(*, first: str, second: str | None, source: int | None, to: int | None, login: str | None, database: str | None, as_json: bool) -> None:
    """Tell what differs: `chidao diff PROCESS` between stored versions, `chidao diff OLD NEW` between files or folders.

    Elements are compared by their ids; a renamed id is one removed and one added, and a likely pair is suggested.
    """
    if second is not None:
        found = compare_files(load_sources([Path(first)]), load_sources([Path(second)]))
    elif Path(first).exists():
        raise InvalidInput(f"Expected a second file or folder to compare {first} with, but found none. Name the older one first.")
    else:
        door = door_of(database)
        told = door.ask(CompareVersions(process=first, source=source, to=to), acting(door.database, login))
        found = {"processes": [told], "added": [], "removed": []}
    lines = list(all_difference_lines(found["processes"]))
    lines += [f"+ quy trình {process}" for process in found["added"]] + [f"- quy trình {process}" for process in found["removed"]]
    tell(found, lines, as_json=as_json)


@click.command()
@click.argument("process")
@click.option("--to", required=True, type=int, help="Version that the instances are taken to.")
@click.option("--from", "sources", multiple=True, type=int, help="Version that they come from; else every earlier one. May be repeated.")
@click.option("--map", "pairs", multiple=True, metavar="OLD=NEW", help="Element or flow that stands for a renamed one. May be repeated.")
@click.option("--given", multiple=True, metavar="NAME=JSON", help="Value for instances whose data lack it. May be repeated.")
@click.option("--organisation", help="Code of the organisation whose instances are meant.")
@click.option("--directive", help="Id of the directive whose instances are meant.")
@click.option("--instance", "instances", multiple=True, help="Id of an instance that is meant. May be repeated.")
@click.option("--dry-run", is_flag=True, help="Change nothing: tell what would be moved, and what not, and why.")
@click.option("--reason", default="", help="Why; needed for a migration.")
@as_person
@database_option
@as_json
@refusing
def migrate(*, dry_run: bool, reason: str, login: str | None, database: str | None, as_json: bool, **asked: Any) -> None:
    """Take running instances to another version, in batches; one that cannot be taken stays, and says why.

    Timers keep their moment; boundary events that are new begin to listen, their timers count from now.
    """
    door = door_of(database)
    plan, actor = _plan(door.database, asked), acting(door.database, login)
    if dry_run:
        found = door.ask(PreviewMigration(**plan), actor)
        tell(found, [*preview_lines(found), *found["notes"]], as_json=as_json)
        return
    started = door.execute(StartMigration(**plan, reason=reason), actor, key=new_key(door))
    if "migration" not in started:
        tell(started, [waits_line(started)], as_json=as_json)
        return
    done = _carry_out(door, started["migration"])
    tell(done, migrated_lines(done), as_json=as_json)


@click.command()
@click.argument("proposal", required=False)
@click.option("--all", "everything", is_flag=True, help="Those that were decided too.")
@as_person
@database_option
@as_json
@refusing
def proposals(*, proposal: str | None, everything: bool, login: str | None, database: str | None, as_json: bool) -> None:
    """List what waits for a second person, or tell what one proposal would do."""
    door = door_of(database)
    if proposal is not None:
        told = door.ask(ShowProposal(proposal=proposal), acting(door.database, login))
        command = [json.dumps(told["command"], ensure_ascii=False)] if "command" in told else []
        tell(told, [*command, *(line for each in told.get("differences", ()) for line in difference_lines(each))], as_json=as_json)
        return
    found = door.ask(ListProposals(all=everything), acting(door.database, login))
    tell({"proposals": found}, [proposal_line(entry) for entry in found], as_json=as_json)


@click.command()
@click.argument("proposal")
@click.option("--reason", default="", help="Why; needed.")
@as_person
@database_option
@as_json
@refusing
def approve(*, proposal: str, reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Approve a proposal as a second person, and carry it out."""
    door = door_of(database)
    answer = door.execute(DecideProposal(proposal=proposal, approve=True, reason=reason), acting(door.database, login), key=new_key(door))
    done = _carry_out(door, answer["migration"]) if "migration" in answer else {}
    lines = [f"{entry['process']} version {entry['version']} {entry['sha256'][:12]}" for entry in answer.get("deployed", [])]
    lines += migrated_lines(done) if done else ()
    tell({**answer, **done, "status": answer["status"]}, lines or [f"{answer['proposal']} {answer['status']}"], as_json=as_json)


@click.command()
@click.argument("proposal")
@click.option("--reason", default="", help="Why; needed.")
@as_person
@database_option
@as_json
@refusing
def refuse(*, proposal: str, reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Refuse a proposal; whoever made it withdraws it so."""
    door = door_of(database)
    answer = door.execute(DecideProposal(proposal=proposal, approve=False, reason=reason), acting(door.database, login), key=new_key(door))
    tell(answer, [f"{answer['proposal']} {answer['status']}"], as_json=as_json)



def _carry_out(door: Door, migration: str) -> Json:
    """Do the batches of a migration until none is left. Whoever is interrupted goes on by the same command, or a worker does."""
    while not door.execute(MigrateBatch(migration=migration), SYSTEM, key=new_key(door))["ended"]:
        pass
    return dict(door.ask(ShowMigration(migration=migration), SYSTEM))


def _plan(database: Database, asked: Json) -> Json:
    """Return the fields of a plan from the options."""
    code = asked.pop("organisation")
    if code is not None:
        with database.reading() as connection:
            code = organisation_by_code(connection, code).id
    given = {}
    for name, text in _pairs(asked.pop("given"), "--given"):
        try:
            given[name] = json.loads(text)
        except ValueError:
            raise InvalidInput(f"Expected JSON as the value of {name!r} in --given, but found {text!r}. Write a text in quotation marks.") from None
    mapping = dict(_pairs(asked.pop("pairs"), "--map"))
    plan = Plan(**asked, mapping=mapping, given=given, organisation=code)
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}


def _pairs(texts: Iterable[str], option: str) -> Iterable[tuple[str, str]]:
    for text in texts:
        name, sign, value = text.partition("=")
        if not (name and sign and value):
            raise InvalidInput(f"Expected two parts with = between them for {option}, but found {text!r}. Write {option} old=new.")
        yield name, value
