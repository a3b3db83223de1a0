"""What people write into a form when nothing else is said: the form's example, or what can be read from the case."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, select

from engine.kernel.periods import label
from engine.scenario.filling import example
from engine.scenario.stage import Desk
from engine.storage.schema import directive, indicator, obligation, organisation, recipient_group, user_task

LEAD_DAYS = 5  # by which a handed-down duty is due before one's own


def answer(desk: Desk) -> dict[str, Any]:
    """Return the form that a diligent person fills in; empty for a task without a form."""
    if desk.form is None:
        return {}
    computed = _COMPUTED.get(desk.form.key)
    return computed(desk) if computed else by_example(desk)


def by_example(desk: Desk) -> dict[str, Any]:
    """Return the form's own example with the ids of the case."""
    assert desk.form is not None
    names = {"organisation": desk.task.organisation, "directive": desk.case.directive, **desk.context}
    return example(desk.form.schema, today=desk.today, names=names)


def _directive(desk: Desk) -> Row[Any]:
    return desk.connection.execute(select(directive).where(directive.c.id == desk.case.directive)).one()


def _register_incoming(desk: Desk) -> dict[str, Any]:
    letter = _directive(desk)
    return {
        **by_example(desk),
        "arrival_date": desk.today.isoformat(),
        "issuer_org": letter.issuer,
        "doc_number": "" if letter.number is None else str(letter.number),
        "doc_symbol": letter.symbol,
        "issued_date": letter.issued_date,
        "doc_type": letter.doc_type,
        "subject": letter.subject,
    }


def _leader_instruction(desk: Desk) -> dict[str, Any]:
    own_groups = select(recipient_group.c.id).where(recipient_group.c.owner == desk.task.organisation)
    forwards = desk.connection.execute(own_groups.limit(1)).first() is not None
    return {
        "action": "both" if forwards else "execute",
        "lead_unit": desk.task.organisation,
        "instruction": "Giao chuyên viên chủ trì tham mưu triển khai, báo cáo đúng hạn.",
        "report_needed": True,
    }


def _confirm_shape(desk: Desk) -> dict[str, Any]:
    return {**by_example(desk), "process": desk.context["proposed"]}


def _draft_directive(desk: Desk) -> dict[str, Any]:
    """Return a letter that hands the received one down, with the same duty, due earlier (DOMAIN.md 2.2)."""
    if desk.case.directive is None:  # of the office's own accord
        return by_example(desk)
    letter = _directive(desk)
    unit = desk.connection.execute(select(organisation).where(organisation.c.id == desk.task.organisation)).one()
    groups = desk.connection.execute(
        select(recipient_group.c.code).where(recipient_group.c.owner == unit.id).order_by(recipient_group.c.code)
    )
    return {
        "process": letter.process,
        "doc_type": "công văn",
        "symbol": f"CV/{unit.symbol}",
        "subject": f"Triển khai {letter.doc_type} số {letter.code}: {letter.subject}"[:500],
        "basis": [letter.code],
        "recipient_groups": list(groups.scalars()),
        "items": [{"item_no": "1", "text": f"Thực hiện các nội dung của {letter.doc_type} số {letter.code}.", "addressees": ["Các đơn vị trực thuộc"], "mode": "ongoing"}],
        "obligation": _duty_below(desk, letter.id, unit.id),
        "noi_nhan": [{"body": "Như trên", "marker": None}],
        "signer_title": "TRƯỞNG CƠ QUAN",
        "signer_name": "Người ký",
        "sunset": later(letter.sunset),
    }


def _duty_below(desk: Desk, directive_id: str, unit_id: str) -> dict[str, Any]:
    owed = desk.connection.execute(
        select(obligation).where(obligation.c.directive == directive_id, obligation.c.organisation == unit_id)
    ).one_or_none()
    if owed is None:
        return {"frequency": "none"}
    duty = {"frequency": owed.frequency, "report_type": owed.report_type.split(" (")[0]}
    if owed.frequency == "once":
        last = date.fromisoformat(owed.due_date) - timedelta(days=LEAD_DAYS)
        return {**duty, "due_date": last.isoformat(), "due_operator": "by"}
    return {**duty, "first_period": owed.first_period, "end_period": owed.end_period}


def later(sunset: str) -> str:
    """Return a sunset after the superior's, so that a directive ends by its closing and not by running out."""
    return (date.fromisoformat(sunset) + timedelta(days=15)).isoformat()


def _section(desk: Desk) -> dict[str, Any]:
    period = str(desk.case.period)
    return {
        "assessment": "done",
        "result_narrative": f"{label(period)[:1].upper()}{label(period)[1:]}: đã triển khai các hoạt động theo kế hoạch.",
        "indicators": _figures(desk, desk.context["section"]),
        "difficulties": "Kinh phí còn hạn chế." if period.endswith("4") else "",
    }


def _figures(desk: Desk, obligation_id: str) -> dict[str, Any]:
    """Return figures that differ by office and period and can be checked by hand."""
    query = (
        select(indicator.c.key, indicator.c.aggregation)
        .join(obligation, obligation.c.directive == indicator.c.directive)
        .where(obligation.c.id == obligation_id)
        .order_by(indicator.c.position)
    )
    size = 1 + sum(map(ord, desk.code)) % 5
    month = int("".join(filter(str.isdigit, str(desk.case.period)))[-2:] or 1)
    base = {"activities": size, "people": size * 20 + month, "articles": size + month % 3}
    return {
        row.key: "Dư luận ổn định." if row.aggregation == "text" else base.get(row.key, size)
        for row in desk.connection.execute(query)
        if row.aggregation != "ratio"
    }


def _revise(desk: Desk) -> dict[str, Any]:
    written = (
        select(user_task.c.context, user_task.c.data)
        .where(user_task.c.instance == desk.case.id, user_task.c.form == "report_section")
        .where(user_task.c.status == "completed")
    )
    sections = []
    for row in desk.connection.execute(written):
        content = json.loads(row.data)
        content["section"] = json.loads(row.context)["section"]
        content["result_narrative"] = f"{content.get('result_narrative', '')} Đã bổ sung số liệu theo yêu cầu.".strip()
        sections.append(content)
    return {"sections": sections}


_COMPUTED: dict[str, Callable[[Desk], dict[str, Any]]] = {
    "register_incoming": _register_incoming,
    "leader_instruction": _leader_instruction,
    "confirm_shape": _confirm_shape,
    "draft_directive": _draft_directive,
    "report_section": _section,
    "revise_report": _revise,
}
