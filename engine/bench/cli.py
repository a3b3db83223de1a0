"""`chidao bench`: measurements of the product on this machine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from engine.bench.audit import ACTIONS, NEWEST, RECORDS, measure_audit
from engine.bench.audit import Plan as AuditPlan
from engine.bench.audit import lines_of as lines_of_audit
from engine.bench.beside import FEW, KINDS, MANY, measure_crowd
from engine.bench.beside import Plan as CrowdPlan
from engine.bench.cascade import Plan as CascadePlan
from engine.bench.cascade import measure_cascade
from engine.bench.cascade_offices import PROFILES, profile_named
from engine.bench.cascade_show import lines_of, watched
from engine.bench.fanout import measure_fanout
from engine.bench.finding import TEXTS, measure_search
from engine.bench.finding import Plan as SearchPlan
from engine.bench.finding import lines_of as lines_of_search
from engine.bench.lint import SIZES, measure_lint
from engine.bench.lint import Plan as LintPlan
from engine.bench.pages import CROWD, ROUNDS, demonstrated, measure_pages
from engine.bench.pages import Plan as PagesPlan
from engine.bench.pages import lines_of as lines_of_pages
from engine.bench.running import Plan as RunningPlan
from engine.bench.running import lines_of as lines_of_running
from engine.bench.running import measure_running
from engine.bench.step import WORKLOADS, Plan, measure_step
from engine.bench.where import PARTS, measure_where
from engine.bench.wide import WIDE
from engine.command_line import as_json, database_option, refusing, tell

workers_option = click.option(
    "--workers", default=0, show_default=True, type=click.IntRange(0, 16), help="Worker processes that do the pieces; 0: this one does them, in turns with people."
)


@click.group()
def bench() -> None:
    """Measure what work costs on this machine."""


@bench.command()
@click.option("--actions", default=Plan().actions, show_default=True, type=click.IntRange(min=3), help="Actions of the short process a side.")
@click.option("--where", is_flag=True, help="Instead, tell where the time of one action goes: deciding, writing, sealing, the disk.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def step(*, actions: int, where: bool, as_json: bool) -> None:
    """Measure one action in the product and in a naive baseline over the bare library, both durable in SQLite."""
    if where:
        found = measure_where(actions)
        parts = [f"{name:10} {found['percent'][name]:5.1f} %  {found['parts_ms'][name]:7.3f} ms  {said}" for name, said in PARTS.items()]
        tell(found, [f"one action takes {found['ms']} ms, the mean of {found['actions']}", *parts], as_json=as_json)
        return
    report = measure_step(Plan(actions=actions))
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for workload in WORKLOADS:
        for side in ("product", "naive"):
            found = report[side][workload]
            click.echo(f"{workload:8} {side:8} {found['rate']:8.1f}/s   p50 {found['p50_ms']:7.3f} ms   p95 {found['p95_ms']:7.3f} ms")
        click.echo(f"{workload:8} ratio    {report[f'ratio_{workload}']:8.2f}")
    click.echo(f"cost at iteration 1000 / at 10: {report['growth_1000_to_10']}")
    click.echo(f"state {report['state_bytes']} bytes (naive {report['naive_state_bytes']}), history {report['history_bytes_per_record']} bytes a record")


@bench.command()
@click.option("--size", "sizes", multiple=True, type=click.IntRange(min=20, max=7_000), help="Elements (nodes and flows); may be given several times.")
@click.option("--rounds", default=LintPlan().rounds, show_default=True, type=click.IntRange(min=1), help="Checks of each diagram; the median counts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def lint(*, sizes: tuple[int, ...], rounds: int, as_json: bool) -> None:
    """Measure the check of a diagram by its number of elements, in several shapes."""
    report = measure_lint(LintPlan(sizes=sorted(sizes) or SIZES, rounds=rounds))
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for shape, rows in report["shapes"].items():
        for row in rows:
            click.echo(f"{shape:10} {row['elements']:6} elements {row['seconds']:8.3f} s {row['us_per_element']:7.1f} µs an element")
        click.echo(f"{shape:10} cost per element, large to small: {report['ratio_large_to_small'][shape]}")


@bench.command()
@click.argument("recipients", type=click.IntRange(1, 20_000))
@workers_option
@database_option
@as_json
@refusing
def fanout(*, recipients: int, workers: int, database: str | None, as_json: bool) -> None:
    """Measure one dispatch to N recipients until each of them has its task; on a new SQLite file unless --database names an empty one."""
    report = measure_fanout(recipients, database, workers=workers)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    click.echo(f"{report['recipients']} recipients in {report['seconds']} s: {report['per_second']}/s, {report['history_records']} records")


@bench.command()
@click.option("--profile", required=True, help=f"Bodies that take part: {', '.join(PROFILES)}.")
@click.option("--cells/--no-cells", default=None, help="With the cells, or without; else as the profile says: P-new without, the others with.")
@click.option("--months", default=1, show_default=True, type=click.IntRange(1, 12), help="Months that are reported on.")
@workers_option
@click.option("--hands", default=1, show_default=True, type=click.IntRange(1, 16), help="People who act at the same time.")
@database_option
@as_json
@refusing
def cascade(*, profile: str, cells: bool | None, months: int, workers: int, hands: int, database: str | None, as_json: bool) -> None:
    """Measure a directive down all levels and its monthly reports up again; on a new SQLite file unless --database names an empty one."""
    plan = CascadePlan(profile=profile_named(profile), cells=cells, months=months, workers=workers, hands=hands, url=database)
    with watched(reports=(len(plan.bodies()) - 1) * months) as told:
        report = measure_cascade(replace(plan, told=told))
    tell(report, lines_of(report), as_json=as_json)


@bench.command()
@click.option("--instances", default=CrowdPlan().many, show_default=True, type=click.IntRange(min=200), help="Instances in the full database.")
@click.option("--few", default=CrowdPlan().few, show_default=True, type=click.IntRange(min=20), help="Instances in the other one.")
@click.option("--actions", default=CrowdPlan().actions, show_default=True, type=click.IntRange(3, 1_000), help="People who act in each.")
@as_json
@refusing
def crowd(*, instances: int, few: int, actions: int, as_json: bool) -> None:
    """Measure an action, the work that it brings and a sweep beside few and beside many instances, in turns, on two new SQLite files."""
    report = measure_crowd(CrowdPlan(few=few, many=instances, actions=actions))
    lines = [
        f"{kind:7} beside {report[side]['instances']:7} instances: p50 {report[side][f'{kind}_ms']['p50']:8.3f} ms, p95 {report[side][f'{kind}_ms']['p95']:8.3f} ms"
        for kind in KINDS
        for side in (FEW, MANY)
    ]
    lines += [f"{kind:7} many / few: {report[f'ratio_{kind}']}" for kind in KINDS]
    tell(report, lines, as_json=as_json)


@bench.command()
@click.option("--demonstration", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The SQLite file of a demonstration (`chidao demo`); else one is made.")
@click.option("--rounds", default=ROUNDS, show_default=True, type=click.IntRange(1, 1_000), help="How often each page is asked for; the median counts.")
@click.option("--tasks", default=CROWD, show_default=True, type=click.IntRange(0, 1_000_000), help="Open tasks beside which the inbox is measured; 0: not.")
@click.option("--organisations", default=WIDE, show_default=True, type=click.IntRange(0, 50_000), help="Organisations of a wide cascade; 0: not.")
@as_json
@refusing
def pages(*, demonstration: Path | None, rounds: int, tasks: int, organisations: int, as_json: bool) -> None:
    """Measure the main pages over the demonstration, the record of who looked included, the cascade of many organisations, the inbox beside many open tasks."""
    with TemporaryDirectory() as folder:
        report = measure_pages(PagesPlan(demonstration=demonstration or demonstrated(Path(folder)), rounds=rounds, crowd=tasks, organisations=organisations))
    tell(report, lines_of_pages(report), as_json=as_json)


@bench.command()
@click.option("--texts", default=TEXTS, show_default=True, type=click.IntRange(1, 2_000_000), help="Texts in the full database.")
@click.option("--rounds", default=SearchPlan().rounds, show_default=True, type=click.IntRange(1, 1_000), help="How often each question is asked; the median counts.")
@database_option
@as_json
@refusing
def search(*, texts: int, rounds: int, database: str | None, as_json: bool) -> None:
    """Measure the search over few and many texts; on a new SQLite file unless --database names an empty one."""
    report = measure_search(SearchPlan(texts=texts, rounds=rounds, url=database))
    tell(report, lines_of_search(report), as_json=as_json)


@bench.command()
@click.option("--instances", default=RunningPlan().instances, show_default=True, type=click.IntRange(1, 1_000_000), help="Cases in the full database.")
@click.option("--rounds", default=RunningPlan().rounds, show_default=True, type=click.IntRange(1, 1_000), help="How often each page is asked for; the median counts.")
@database_option
@as_json
@refusing
def running(*, instances: int, rounds: int, database: str | None, as_json: bool) -> None:
    """Measure the pages of a running process beside few and many cases; on a new SQLite file unless --database names an empty one."""
    report = measure_running(RunningPlan(instances=instances, rounds=rounds, url=database))
    tell(report, lines_of_running(report), as_json=as_json)


@bench.command()
@click.option("--records", default=RECORDS, show_default=True, type=click.IntRange(200, 5_000_000), help="Records of the history; about 5 KB of disk each.")
@click.option("--newest", default=NEWEST, show_default=True, type=click.IntRange(min=100), help="Those since the last good checkpoint.")
@click.option("--actions", default=ACTIONS, show_default=True, type=click.IntRange(min=3), help="Actions of people, for the share of the history in one.")
@as_json
@refusing
def audit(*, records: int, newest: int, actions: int, as_json: bool) -> None:
    """Measure what the history costs and how long it takes to verify, whole and since a checkpoint; on a new SQLite file, with keys of its own."""
    report = measure_audit(AuditPlan(records=records, newest=min(newest, records // 2), actions=actions))
    tell(report, lines_of_audit(report), as_json=as_json)
