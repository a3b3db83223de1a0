"""Print what the demo did: the cascade as a tree, the tables of reports, milestones and urges, the consolidated report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.tree import Tree
from sqlalchemy import Connection, Row, func, select

from engine.audit.cascade import Branch, branches, month_table
from engine.audit.report_text import report_text
from engine.directives.milestone_table import chain_table
from engine.kernel.periods import label
from engine.storage.schema import consolidation, directive, milestone, obligation, organisation, reminder

Side = Literal["left", "right"]
STATES = {"00": "chưa đến", "01": "đã đến", "02": "từ chối", "03": "đã tiếp nhận", "04": "đã phân công", "05": "đang thực hiện", "06": "hoàn thành", "13": "thu hồi", "15": "đồng ý thu hồi", "16": "từ chối thu hồi"}


def show(console: Console, connection: Connection, issued: list[str]) -> None:
    """Print the story of each issued directive (ids)."""
    for identity in issued:
        row = connection.execute(
            select(directive, organisation.c.name)
            .join(organisation, organisation.c.id == directive.c.issuer)
            .where(directive.c.id == identity)
        ).one()
        tree = Tree(f"[bold]{row.code}[/bold] {row.subject} — {row.name} [dim]({row.process})[/dim]")
        _grow(tree, branches(connection, identity))
        console.print(tree)
        for table in (_reports(connection, row), _milestones(connection, row), _chain(connection, row), _urges(connection, row)):
            if table is not None:
                console.print(table)
        last = _last_consolidation(connection, row)
        if last:
            console.rule(f"Báo cáo tổng hợp · {row.code}")
            console.print(report_text(connection, last), markup=False, highlight=False, soft_wrap=True)


def _grow(tree: Tree, found: tuple[Branch, ...]) -> None:
    for branch in found:
        code = f" → {branch.code}" if branch.code else ""
        state = STATES.get(branch.status, branch.status)
        _grow(tree.add(f"{branch.name} [{branch.status} {state}]{code}".replace("[", "\\[")), branch.children)


def _table(title: str, columns: Mapping[str, Side]) -> Table:
    """Return an empty table; columns: heading → justification."""
    table = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, side in columns.items():
        table.add_column(heading, justify=side, min_width=min(8, len(heading)))
    return table


def _reports(connection: Connection, row: Row[Any]) -> Table | None:
    rows = month_table(connection, row.id)
    counts = ("expected", "accepted", "late", "nil", "returned", "urged")
    heads = ("Phải", "Đã", "Chậm", "Không", "Trả", "Đôn đốc")
    table = _table(f"Báo cáo theo kỳ · {row.code}", {"Kỳ": "left", "Nơi tổng hợp": "left", **dict.fromkeys(heads, "right")})
    for entry in rows:
        table.add_row(label(entry["period"]), entry["unit"], *(str(entry[key]) for key in counts))
    return table if rows else None


def _milestones(connection: Connection, row: Row[Any]) -> Table | None:
    query = (
        select(milestone, organisation.c.name)
        .join(organisation, organisation.c.id == milestone.c.owner)
        .where(milestone.c.directive == row.id)
        .order_by(milestone.c.position)
    )
    rows = connection.execute(query).all()
    table = _table(f"Các mốc · {row.code}", {"Mốc": "left", "Nơi làm": "left", "Chậm nhất": "left", "Xong": "left", "Lần nộp": "right", "Trễ": "right"})
    for entry in rows:
        table.add_row(entry.title[:60], entry.name, _day(entry.last_day), _day(entry.reached_at), str(entry.version), "trễ" if entry.late else "")
    return table if rows else None


def _chain(connection: Connection, row: Row[Any]) -> Table | None:
    """The room that was left on the first day by which something was due, and where it was scarcest."""
    query = select(func.min(milestone.c.last_day)).where(milestone.c.directive == row.id)
    first = connection.execute(query).scalar_one_or_none()
    if first is None:
        return None
    day = date.fromisoformat(first)
    heads: dict[str, Side] = {"Bước": "left", "Nơi làm": "left", "Chậm nhất": "left", "Sớm nhất": "left", "Dự trữ": "right", "Găng": "right"}
    table = _table(f"Dự trữ (ngày làm việc) cuối ngày {day:%d/%m/%Y} · {row.code}", heads)
    for step in chain_table(connection, row.id, day):
        room = "" if step.float is None else str(step.float)
        what = f"→ {step.stage}" if step.stage else step.title[:60]
        table.add_row(what, step.owner, _day(step.last_day), _day(step.earliest, "đã xong"), room, "găng" if step.critical else "")
    return table


def _day(text: str | None, otherwise: str = "—") -> str:
    """Return a day of a row as people write it."""
    return f"{date.fromisoformat(text[:10]):%d/%m/%Y}" if text else otherwise


def _urges(connection: Connection, row: Row[Any]) -> Table | None:
    query = (
        select(reminder, organisation.c.name)
        .join(organisation, organisation.c.id == reminder.c.organisation)
        .where(reminder.c.directive.in_([row.id, row.follows_up]), reminder.c.urge_level > 0)
        .order_by(reminder.c.sent_at, organisation.c.name)
    )
    rows = connection.execute(query).all()
    table = _table(f"Đôn đốc · {row.code}", {"Ngày": "left", "Nơi được đôn đốc": "left", "Mức": "right", "Lần": "right"})
    for entry in rows:
        table.add_row(_day(entry.sent_at), entry.name, str(entry.urge_level), str(entry.number))
    return table if rows else None


def _last_consolidation(connection: Connection, row: Row[Any]) -> str | None:
    types = select(obligation.c.report_type).where(obligation.c.directive == row.id)
    query = (
        select(consolidation.c.id)
        .where(consolidation.c.organisation == row.issuer, consolidation.c.status == "closed")
        .where(consolidation.c.report_type.in_(types))
        .order_by(consolidation.c.period.desc())
    )
    return connection.execute(query.limit(1)).scalar_one_or_none()
