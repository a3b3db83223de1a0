"""`chidao lint` and `chidao operations`: what a designer asks before deploying."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from engine.command_line import REFUSED, as_json, refusing
from engine.definitions.check import check
from engine.definitions.explain import explain
from engine.definitions.source import load_sources
from engine.installed import OPERATIONS


@click.command()
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
    findings = check(load_sources(paths), operations=OPERATIONS)
    if as_json:
        click.echo(json.dumps({"findings": [entry.plain() for entry in findings]}, ensure_ascii=False))
    else:
        for entry in findings:
            click.echo(f"{entry.severity}: {entry.sentence()}")
    if any(entry.severity == "error" for entry in findings):
        sys.exit(REFUSED)


@click.command()
@as_json
def operations(*, as_json: bool) -> None:
    """List what a service task may do: the names for chidao:operation."""
    from engine.bootstrap import installed_operations

    installed = installed_operations()
    known = {name: (installed.get(name).__doc__ or "").strip().splitlines()[0] for name in installed}
    if as_json:
        click.echo(json.dumps({"operations": [{"name": name, "does": does} for name, does in known.items()]}, ensure_ascii=False))
        return
    for name, does in known.items():
        click.echo(f"{name:24} {does}")
