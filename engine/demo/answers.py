"""What the demo's people write into each form: one function per form, no matter which directive it is for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from engine.storage.schema import (
    directive,
    indicator,
    obligation,
    organisation,
    recipient_group,
    user_task,
)

INDICATORS = [
    {"key": "activities", "label": "Số hoạt động tuyên truyền đã tổ chức", "unit": "cuộc", "aggregation": "sum", "required": True},
    {"key": "people", "label": "Số lượt người được tuyên truyền", "unit": "lượt người", "aggregation": "sum", "required": True},
    {"key": "articles", "label": "Số tin, bài đã đăng", "unit": "tin, bài", "aggregation": "sum", "required": True},
]


@dataclass(slots=True)
class Story:
    """What goes wrong in the first months: one report late, one returned, one nil. Keys: (organisation code, period)."""

    late: set[tuple[str, str]] = field(default_factory=set)
    returned: set[tuple[str, str]] = field(default_factory=set)
    nil: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a person sees when answering: the task, its case, the connection, the draft for a letter to be issued."""

    connection: Connection
    task: Any
    case: Any
    code: str
    today: str
    context: dict[str, Any]
    story: Story
    draft: dict[str, Any] | None


def answer(desk: Desk) -> dict[str, Any]:
    """Return the form that the person of the demo fills in."""
    return _ANSWERS[desk.task.form](desk)


def _directive(desk: Desk) -> Any:
    return desk.connection.execute(select(directive).where(directive.c.id == desk.case.directive)).one()


def _check_incoming(_desk: Desk) -> dict[str, Any]:
    return {"authentic": True, "intact": True, "right_addressee": True, "decision": "accept"}


def _register_incoming(desk: Desk) -> dict[str, Any]:
    letter = _directive(desk)
    return {
        "arrival_date": desk.today,
        "issuer_org": letter.issuer,
        "doc_number": "" if letter.number is None else str(letter.number),
        "doc_symbol": letter.symbol,
        "issued_date": letter.issued_date,
        "doc_type": letter.doc_type,
        "subject": letter.subject,
        "urgency": "normal",
        "secrecy": "normal",
        "channel": "axis",
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


def _draft_directive(desk: Desk) -> dict[str, Any]:
    return desk.draft if desk.draft is not None else _relayed(desk)


def _relayed(desk: Desk) -> dict[str, Any]:
    """Return a letter that hands the received one down, with the same duty (DOMAIN.md 2.2)."""
    letter = _directive(desk)
    unit = desk.connection.execute(select(organisation).where(organisation.c.id == desk.task.organisation)).one()
    owed = desk.connection.execute(
        select(obligation).where(obligation.c.directive == letter.id, obligation.c.organisation == unit.id)
    ).one()
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
        "obligation": {"frequency": "monthly", "report_type": owed.report_type, "first_period": owed.first_period, "end_period": owed.end_period},
        "noi_nhan": [{"body": "Như trên", "marker": None}],
        "signer_title": "TRƯỞNG CƠ QUAN",
        "signer_name": "Người ký",
        "sunset": later(letter.sunset),
    }


def later(sunset: str) -> str:
    """Return a sunset after the superior's, so that a directive ends by its closing and not by running out."""
    return (date.fromisoformat(sunset) + timedelta(days=15)).isoformat()


def _check_form(_desk: Desk) -> dict[str, Any]:
    names = ("header", "number_format", "place_date", "subject", "recipients", "authority_mark", "distribution_list")
    return {"checklist": dict.fromkeys(names, True), "result": "pass"}


def _sign(_desk: Desk) -> dict[str, Any]:
    return {"decision": "sign"}


def _number(desk: Desk) -> dict[str, Any]:
    return {"issued_date": desk.today}


def _execute(desk: Desk) -> dict[str, Any]:
    return {
        "status": "in_progress",
        "activity_date": desk.today,
        "activity_form": "meeting",
        "narrative": "Đã quán triệt nội dung văn bản và phân công người theo dõi.",
    }


def _section(desk: Desk) -> dict[str, Any]:
    period = desk.case.period
    if (desk.code, period) in desk.story.nil:
        return {"assessment": "nil", "nil_reason": "Trong tháng không phát sinh hoạt động.", "indicators": {}}
    return {
        "assessment": "done",
        "result_narrative": f"Tháng {period[5:]}/{period[:4]}: đã triển khai các hoạt động theo kế hoạch.",
        "indicators": _figures(desk, desk.context["section"]),
        "difficulties": "Kinh phí còn hạn chế." if period.endswith("4") else "",
    }


def _figures(desk: Desk, obligation_id: str) -> dict[str, int]:
    """Return figures that differ by office and month and can be checked by hand."""
    query = (
        select(indicator.c.key)
        .join(obligation, obligation.c.directive == indicator.c.directive)
        .where(obligation.c.id == obligation_id)
        .order_by(indicator.c.position)
    )
    size = 1 + sum(map(ord, desk.code)) % 5
    month = int(desk.case.period[5:])
    base = {"activities": size, "people": size * 20 + month, "articles": size + month % 3}
    return {key: base.get(key, size) for key in desk.connection.execute(query).scalars()}


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


def _merge(_desk: Desk) -> dict[str, Any]:
    return {"general_assessment": "Các nhiệm vụ được triển khai đúng yêu cầu, đúng tiến độ."}


def _review(desk: Desk) -> dict[str, Any]:
    sender, period, revision = desk.context["reporter"], desk.context["period"], desk.context["revision"]
    if revision == 1 and (sender, period) in desk.story.returned:
        return {"decision": "return", "reason": "Thiếu số liệu minh chứng, đề nghị bổ sung.", "revise_by": desk.today}
    return {"decision": "accept"}


def _consolidate(_desk: Desk) -> dict[str, Any]:
    return {
        "narrative": "Các đơn vị đã nghiêm túc triển khai, kết quả chuyển biến rõ so với kỳ trước.",
        "limitations": "Một số đơn vị gửi báo cáo chậm.",
        "difficulties": "Kinh phí ở cơ sở còn hạn chế.",
        "proposals": "Đề nghị cấp trên tiếp tục quan tâm, hỗ trợ tài liệu.",
    }


def _close(desk: Desk) -> dict[str, Any]:
    return {"reason": "fulfilled", "date": desk.today, "summary": "Các nghĩa vụ báo cáo đã hoàn thành."}


_ANSWERS: dict[str, Callable[[Desk], dict[str, Any]]] = {
    "check_incoming": _check_incoming,
    "register_incoming": _register_incoming,
    "leader_instruction": _leader_instruction,
    "draft_directive": _draft_directive,
    "check_form": _check_form,
    "approve_sign": _sign,
    "number_dispatch": _number,
    "execute_update": _execute,
    "report_section": _section,
    "revise_report": _revise,
    "regular_report": _merge,
    "review_report": _review,
    "consolidate": _consolidate,
    "close_directive": _close,
}
