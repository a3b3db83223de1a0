"""Print what the demo did: the cascade as a tree, the month table, the consolidated report, the database's path."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.tree import Tree
from sqlalchemy import Connection, select

from engine.audit.cascade import Branch, branches, month_table
from engine.audit.report_text import report_text
from engine.storage.schema import consolidation, directive, obligation, organisation


def show(console: Console, connection: Connection, issued: list[str]) -> None:
    """Print the story of each issued directive (ids), then the last consolidated report of each issuer."""
    for identity in issued:
        row = connection.execute(
            select(directive, organisation.c.name)
            .join(organisation, organisation.c.id == directive.c.issuer)
            .where(directive.c.id == identity)
        ).one()
        tree = Tree(f"[bold]{row.code}[/bold] {row.subject} — {row.name}")
        _grow(tree, branches(connection, identity))
        console.print(tree)
        console.print(_months(month_table(connection, row.root), row.code))
        last = _last_consolidation(connection, row)
        if last:
            console.rule(f"Báo cáo tổng hợp · {row.code}")
            console.print(report_text(connection, last), markup=False, highlight=False, soft_wrap=True)


def _grow(tree: Tree, found: tuple[Branch, ...]) -> None:
    for branch in found:
        code = f" → {branch.code}" if branch.code else ""
        _grow(tree.add(f"{branch.name} [{branch.status}]{code}".replace("[", "\\[")), branch.children)


def _months(rows: list[dict[str, Any]], code: str) -> Table:
    table = Table(title=f"Báo cáo hằng tháng · {code}", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Tháng", min_width=7)
    table.add_column("Nơi tổng hợp", width=24)
    for column in ("Phải", "Đã", "Chậm", "Không", "Trả", "Đôn đốc"):
        table.add_column(column, justify="right", min_width=len(column))
    for row in rows:
        counts = (row[key] for key in ("expected", "accepted", "late", "nil", "returned", "urged"))
        table.add_row(row["period"], row["unit"], *(str(count) for count in counts))
    return table


def _last_consolidation(connection: Connection, row: Any) -> str | None:
    types = select(obligation.c.report_type).where(obligation.c.directive == row.id)
    query = (
        select(consolidation.c.id)
        .where(consolidation.c.organisation == row.issuer, consolidation.c.status == "closed")
        .where(consolidation.c.report_type.in_(types))
        .order_by(consolidation.c.period.desc())
    )
    return connection.execute(query.limit(1)).scalar_one_or_none()
