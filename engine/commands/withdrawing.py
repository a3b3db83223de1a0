"""`chidao withdraw`, `resume`: a process that begins no new case from a day on, and one that does again."""

from __future__ import annotations

import click

from engine.command_line import as_json, as_person, database_option, refusing, tell
from engine.command_line.actor import acting, door_of, new_key
from engine.commands.versions_text import waits_line
from engine.definitions.design_pages import EnterWorkbench, Workbench
from engine.definitions.withdrawing import ResumeProcess, WithdrawProcess
from engine.kernel.clock import local_date


@click.command()
@click.argument("process", required=False)
@click.option("--from", "day", metavar="YYYY-MM-DD", help="First day on which it begins no new case; else today.")
@click.option("--reason", default="", help="Why; needed.")
@as_person
@database_option
@as_json
@refusing
def withdraw(*, process: str | None, day: str | None, reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Let a process begin no new case from a day on; cases that run end as they are drawn. Without PROCESS: list what is withdrawn."""
    door = door_of(database)
    actor = acting(door.database, login)
    if process is None:
        found: Workbench = door.ask(EnterWorkbench(), actor)
        rows = [{"process": each.key, "from_day": each.withdrawn_from, "running": each.running} for each in found.processes if each.withdrawn_from]
        tell({"withdrawn": rows}, [f"{row['process']} from {row['from_day']}, {row['running']} cases run" for row in rows] or ["none is withdrawn"], as_json=as_json)
        return
    command = WithdrawProcess(process=process, from_day=day or local_date(door.clock.now()).isoformat(), reason=reason)
    answer = door.execute(command, actor, key=new_key(door))
    tell(answer, [waits_line(answer) if "proposal" in answer else f"{process} begins no new case from {answer['from_day']} on"], as_json=as_json)


@click.command()
@click.argument("process")
@click.option("--reason", default="", help="Why; needed.")
@as_person
@database_option
@as_json
@refusing
def resume(*, process: str, reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Let a process that was withdrawn begin cases again."""
    door = door_of(database)
    answer = door.execute(ResumeProcess(process=process, reason=reason), acting(door.database, login), key=new_key(door))
    tell(answer, [waits_line(answer) if "proposal" in answer else f"{process} begins cases again"], as_json=as_json)
