"""`chidao demo`: the main job."""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from engine.command_line import as_json, database_option, refusing
from engine.demo.main import run_demo
from engine.demo.show import show
from engine.kernel.clock import SystemClock

SHARED = Path(__file__).resolve().parents[3] / "shared" / "directives"


@click.command()
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

        done = run_demo(url, folder=folder, months=months, today=SystemClock().now(), tick=tick)
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
