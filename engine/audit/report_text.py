"""A consolidated report as Vietnamese text, in the sections of DOMAIN.md 2.9."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from engine.audit.genealogy import Source, sources_of, totals
from engine.storage.schema import consolidation, consolidation_revision, directive, expected_report, organisation, report_section

STATES = {"accepted": "đã báo cáo", "missing": "CHƯA BÁO CÁO", "expected": "đang chờ", "returned": "đã trả lại"}


def report_text(connection: Connection, consolidation_id: str) -> str:
    """Return the printed text of a closed consolidation."""
    row = connection.execute(
        select(consolidation, organisation.c.name, consolidation_revision.c.form)
        .join(organisation, organisation.c.id == consolidation.c.organisation)
        .join(consolidation_revision, consolidation_revision.c.consolidation == consolidation.c.id)
        .where(consolidation.c.id == consolidation_id)
    ).one()
    expected = connection.execute(
        select(expected_report, organisation.c.name)
        .join(organisation, organisation.c.id == expected_report.c.organisation)
        .where(expected_report.c.consolidation == consolidation_id)
        .order_by(organisation.c.code)
    ).all()
    form = json.loads(row.form or "{}")
    letters = _letters(connection, consolidation_id)
    month = f"{row.period[5:]}/{row.period[:4]}"
    lines = [
        row.name.upper(),
        "",
        "BÁO CÁO",
        f"kết quả triển khai thực hiện {letters} (tháng {month})",
        "",
        "I. Công tác lãnh đạo, chỉ đạo, triển khai",
        f"   Số đơn vị phải báo cáo: {len(expected)}; {_counts(expected)}.",
        "",
        "II. Kết quả",
        *[f"   - {total.label}: {_number(total.value)} {total.unit}" for total in totals(connection, consolidation_id)],
        *_narratives(connection, expected),
        f"   {form.get('narrative', '')}",
        "",
        "III. Hạn chế, khó khăn, vướng mắc",
        f"   {form.get('limitations', '')} {form.get('difficulties', '')}",
        "",
        "IV. Đề xuất, kiến nghị",
        f"   {form.get('proposals', '')}",
        "",
        "Phụ lục 1. Tình hình báo cáo của các đơn vị",
        *[f"   - {entry.name}: {_state(entry)}" for entry in expected],
        "",
        "Phụ lục 2. Nguồn của từng số liệu",
        *_origins(connection, consolidation_id),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _letters(connection: Connection, consolidation_id: str) -> str:
    query = (
        select(directive.c.doc_type, directive.c.code)
        .where(directive.c.id.in_([total.directive for total in totals(connection, consolidation_id)]))
        .order_by(directive.c.code)
    )
    return "; ".join(f"{row.doc_type.capitalize()} số {row.code}" for row in connection.execute(query))


def _counts(expected: Sequence[Any]) -> str:
    accepted = [entry for entry in expected if entry.status == "accepted"]
    late = sum(entry.late for entry in accepted)
    parts = {
        "đúng hạn": len(accepted) - late,
        "chậm": late,
        "không phát sinh": sum(entry.nil for entry in accepted),
        "chưa báo cáo": len(expected) - len(accepted),
    }
    return ", ".join(f"{label} {count}" for label, count in parts.items())


def _state(entry: Any) -> str:
    notes = [STATES[entry.status]]
    notes += ["chậm"] if entry.late else []
    notes += ["không phát sinh"] if entry.nil else []
    notes += [f"trả lại {entry.returned} lần"] if entry.returned else []
    notes += [f"đôn đốc {entry.urged} lần"] if entry.urged else []
    return ", ".join(notes)


def _narratives(connection: Connection, expected: Sequence[Any]) -> list[str]:
    lines = []
    for entry in expected:
        query = select(report_section.c.narrative).where(
            report_section.c.report == entry.report, report_section.c.revision == entry.revision
        )
        texts = sorted({text for text in connection.execute(query).scalars() if text})
        lines += [f"   + {entry.name}: {text}" for text in texts]
    return lines


def _origins(connection: Connection, consolidation_id: str) -> list[str]:
    lines = []
    for total in totals(connection, consolidation_id):
        lines.append(f"   {total.label}: {_number(total.value)}")
        lines += _tree(sources_of(connection, total.id), depth=2)
    return lines


def _tree(sources: tuple[Source, ...], *, depth: int) -> list[str]:
    lines = []
    for source in sources:
        own = f" (trong đó tự làm {_number(source.own)})" if source.below else ""
        lines.append(f"{'   ' * depth}{source.unit}, lần {source.revision}: {_number(source.value)}{own}")
        lines += _tree(source.below, depth=depth + 1)
    return lines


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")
