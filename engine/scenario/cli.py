"""`chidao try`: a process led in memory by a scenario, its scenarios as tests, and a scenario recorded from a real instance."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import click

from engine.definitions.dry_run import StepRefused, lead, open_definition
from engine.definitions.dry_run_expectations import unmet
from engine.definitions.dry_run_files import sources_to_try
from engine.definitions.dry_run_scenario import read_json, read_scenario, write_scenario
from engine.definitions.dry_run_text import told
from engine.installed import OPERATIONS
from engine.kernel.clock import SystemClock
from engine.kernel.errors import DefinitionInvalid, EngineError, InvalidInput
from engine.scenario.trial import OF_OFFICES, Coverage, Trial, coverage, first_process

REFUSED, UNCHECKED = 1, 3
SHOWN = 12  # elements that no scenario reached, named in a line of text


def refusing(action: Callable[..., None]) -> Callable[..., None]:
    """Turn an EngineError into sentences on stderr, and with --json into `error` on stdout; exit code 1."""

    @wraps(action)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            action(*args, **kwargs)
        except EngineError as error:
            for sentence in _sentences(error):
                click.echo(sentence, err=True)
            if kwargs.get("as_json"):
                click.echo(json.dumps(_refusal(error), ensure_ascii=False))
            sys.exit(REFUSED)

    return run


def _sentences(error: EngineError) -> list[str]:
    if isinstance(error, DefinitionInvalid):
        return [finding.sentence() for finding in error.findings]
    if isinstance(error, StepRefused):
        where = f"step {error.details['step']}" if error.details["step"] else "the start"
        return [f"At {where}: {error.message}"]
    return [error.message]


def _refusal(error: EngineError) -> dict[str, Any]:
    place = {"step": 0, "element": "", **{name: error.details[name] for name in ("step", "element") if name in error.details}}
    if not isinstance(error, DefinitionInvalid):
        return {"error": {**place, "message": error.message}}
    first = error.findings[0]
    findings = [finding.plain() for finding in error.findings]
    return {"error": {"step": 0, "element": first.element or "", "message": first.message}, "findings": findings}


@click.command("try")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.argument("scenario", required=False, type=click.Path(path_type=Path))
@click.option("--all", "every", is_flag=True, help="Run every scenario beside the diagram, or in the folder, as a test.")
@click.option("--in-memory", is_flag=True, help="With --all: leave out the office scenarios, which are played on a database.")
@click.option("--record", "instance", metavar="INSTANCE", help="Write the scenario of a real instance to stdout.")
@click.option("--database", help="With --record: its database; else CHIDAO_DATABASE, else a file of your own.")
@click.option("--process", help="Which process of the file, when the scenario does not say.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
@refusing
def try_(
    *,
    file: Path | None,
    scenario: Path | None,
    every: bool,
    in_memory: bool,
    instance: str | None,
    database: str | None,
    process: str | None,
    as_json: bool,
) -> None:
    """Run a process in memory under a simulated clock, led by the steps of a scenario; no database.

    \b
    chidao try FILE.bpmn [SCENARIO.json]   where the process stands after the steps
    chidao try FILE.bpmn|FOLDER --all      the scenarios/*.json beside it, as tests
    chidao try --record INSTANCE           a scenario from what happened to a real instance
    """
    if (file is None) != (instance is not None) or (every and (instance or scenario)):
        raise click.UsageError("Expected FILE.bpmn [SCENARIO.json], or FILE.bpmn (or a folder) with --all, or --record INSTANCE.")
    if instance is not None:
        _record(instance, database)
    elif file is not None and every:
        _run_all(file, in_memory=in_memory, as_json=as_json)
    elif file is not None:
        _run_one(file, _read(scenario), process=process, as_json=as_json)


def _read(path: Path | None) -> Any:
    if path is None:
        return {}
    if not path.is_file():
        raise InvalidInput(f"Expected a scenario at {path}, but there is no such file.")
    return read_json(path.read_bytes(), path.name)


def _run_one(file: Path, plain: Any, *, process: str | None, as_json: bool) -> None:
    if file.is_dir():
        raise InvalidInput(f"Expected a diagram, but {file} is a folder. Name one of its diagrams, or add --all to run its scenarios.")
    if isinstance(plain, Mapping) and plain.keys() & OF_OFFICES:
        raise InvalidInput('Expected a scenario with "steps", but found one of offices and people, which needs a database. Run it with --all.')
    scenario = read_scenario(plain)
    sources = sources_to_try(file)
    wanted = process or scenario.process or first_process(file)
    tried = open_definition(sources, wanted, OPERATIONS)
    answer = lead(tried, scenario, now=SystemClock().now()).answer()
    differences = unmet(scenario.expect, answer) if scenario.expect is not None else []
    if as_json:
        click.echo(json.dumps({**answer, **({"unmet": differences} if differences else {})}, ensure_ascii=False))
    else:
        for line in told(answer, tried.definition):
            click.echo(line)
    for sentence in differences:
        click.echo(sentence, err=True)
    if differences:
        sys.exit(REFUSED)


def _record(instance: str, given: str | None) -> None:
    """Print the scenario of an instance; where its replay differs from what happened, say so and exit 1."""
    from sqlalchemy.exc import SQLAlchemyError

    from engine.audit.recording import record_instance
    from engine.storage.address import database_url
    from engine.storage.database import Database

    database = Database(database_url(given))
    try:
        with database.reading() as connection:
            recording = record_instance(connection, instance)
    except SQLAlchemyError as error:
        click.echo(f"Expected a chidao database at {database.address}, but its history cannot be read: {type(error).__name__}.", err=True)
        sys.exit(UNCHECKED)
    click.echo(write_scenario(recording.scenario))
    for sentence in recording.differences:
        click.echo(sentence, err=True)
    if recording.differences:
        sys.exit(REFUSED)


def _run_all(path: Path, *, in_memory: bool, as_json: bool) -> None:
    from engine.scenario.trials import Trials

    trials = Trials(path=path, operations=OPERATIONS, now=SystemClock().now(), in_memory=in_memory)
    done: list[Trial] = []
    for trial in trials.run():
        done.append(trial)
        if not as_json:
            click.echo(f"{'ĐẠT   ' if trial.passed else 'HỎNG  '} {trial.file}: {trial.name}")
            if trial.message:
                click.echo(f"       {trial.message}")
    left_out = list(coverage(trials.diagrams(), done))
    failed = sum(not trial.passed for trial in done)
    if as_json:
        click.echo(json.dumps(_summary(done, left_out), ensure_ascii=False))
    else:
        for entry in left_out:
            _tell_coverage(entry)
        click.echo(f"{len(done)} kịch bản, {len(done) - failed} đạt, {failed} hỏng.")
    if not done:
        click.echo(f"Expected scenarios in a folder scenarios/ beside {trials.path}, but found none: nothing was tried.", err=True)
    if failed:
        sys.exit(REFUSED)


def _tell_coverage(entry: Coverage) -> None:
    if entry.never and entry.reached:
        more = f" … (+{len(entry.never) - SHOWN})" if len(entry.never) > SHOWN else ""
        click.echo(f"Quy trình {entry.process}: {entry.reached}/{entry.elements} phần tử đã thử; chưa thử: {', '.join(entry.never[:SHOWN])}{more}")
    elif entry.never:
        click.echo(f"Quy trình {entry.process}: chưa thử phần tử nào trong {entry.elements}.")
    else:
        click.echo(f"Quy trình {entry.process}: đã thử cả {entry.elements} phần tử.")


def _summary(trials: list[Trial], left_out: list[Coverage]) -> Mapping[str, Any]:
    return {
        "scenarios": [{name: getattr(trial, name) for name in ("file", "name", "passed", "message", "kind")} for trial in trials],
        "coverage": [
            {"file": entry.file, "process": entry.process, "elements": entry.elements, "reached": entry.reached, "never": list(entry.never)}
            for entry in left_out
        ],
    }
