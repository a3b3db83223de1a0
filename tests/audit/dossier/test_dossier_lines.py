"""What the printed dossier says of a record: in words of people, and nothing of what is sealed apart."""

from __future__ import annotations

from typing import Any

import pytest

from engine.audit.desk.names import Name
from engine.audit.desk.told import Told
from engine.audit.exports.dossier_lines import UNREADABLE, line

UNIT = "018e001b-b680-7233-b6a7-671992936ff7"
NAMES = {UNIT: Name(kind="organisation", id=UNIT, text="Ban Tuyên giáo")}
FIELDS = {"decision": {"title": "Quyết định", "oneOf": [{"const": "accept", "title": "Tiếp nhận"}]}, "phone": {"title": "Điện thoại"}}


def told(action: str = "task.completed", **what: Any) -> Told:
    actor = {"type": "person", "id": "lan", "name": "Lê Thị Lan", "title": "Văn thư", "unit": UNIT}
    sealed = {**UNREADABLE, "action": action, "actor": actor, "recorded_at": "2024-04-01T01:00:00.000Z", **what}
    return Told(log="chidao/log1", seq=1, number=1, sealed=sealed, element="Tiếp nhận văn bản", fields=FIELDS)


def changed(field: str, new: Any, old: Any = None) -> dict[str, Any]:
    return {"changes": [{"field": field, "old": old, "new": new}]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed("form.decision", "accept"), "Quyết định: Tiếp nhận"),
        (changed("form.phone", {"sealed": "x", "commit": "y"}), "Điện thoại: (dữ liệu cá nhân, niêm phong riêng)"),
        (changed("due_at", "2024-05-06", "2024-04-05"), "thời hạn: 05/04/2024 → 06/05/2024"),
        (changed("recipients", [UNIT, "khác"]), "nơi nhận: Ban Tuyên giáo, khác"),
        (changed("late", new=False), "trễ hạn: không"),
        (changed("subject", "", "cũ"), "trích yếu: cũ → (trống)"),
        (changed("rows", [{"a": 1}, {"b": 2}]), "rows: 2 mục"),
        (changed("status", "completed", "open"), ""),
        ({"reason": {"code": "return", "text": "Thiếu số liệu."}}, "Lý do: Thiếu số liệu."),
        ({"reason": {"code": "purpose", "text": "Kiểm tra."}}, "Mục đích: Kiểm tra."),
        ({"documents": [{"sha256": "0" * 64, "name": "bản ký.pdf"}]}, "Tệp: bản ký.pdf"),
        (changed("subject", "x" * 300), f"trích yếu: {'x' * 249}…"),
    ],
)
def test_what_changed_is_said_in_words(change: dict[str, Any], said: str) -> None:
    assert line(told(**change), NAMES) == ["08:00:00 01/04/2024", "Lê Thị Lan (Văn thư, Ban Tuyên giáo)", "Hoàn thành việc “Tiếp nhận văn bản”", said]


def test_a_step_of_the_system_an_attempt_and_what_is_not_there_any_more() -> None:
    step = told("instance.advanced", actor={"type": "system", "id": "system", "name": "system"}, reason={"code": "result", "text": "result"})
    assert line(step, NAMES)[1:] == ["Hệ thống", "Hệ thống chuyển bước “Tiếp nhận văn bản”", ""]
    assert line(told("directive.closed", outcome="denied"), NAMES)[2] == "Kết thúc theo dõi văn bản (không có quyền) “Tiếp nhận văn bản”"
    assert line(told(disposed="x"), NAMES)[3] == "Nội dung bản ghi đã được tiêu hủy."
    assert line(Told(log="", seq=1, number=1, sealed=UNREADABLE, whole=False), NAMES) == ["", "", "Bản ghi không đọc được", ""]


def test_whoever_acts_for_somebody_is_said() -> None:
    assert line(told(on_behalf_of=UNIT), NAMES)[1] == "Lê Thị Lan (Văn thư, Ban Tuyên giáo), thay Ban Tuyên giáo"
