"""What the printed dossier calls actions and outcomes, in the Vietnamese of offices; an action that is not here is told by its own name."""

from __future__ import annotations

from collections.abc import Mapping

ACTIONS: Mapping[str, str] = {
    "assignment.created": "Giao việc cho người chủ trì",
    "assignment.due_changed": "Thay đổi thời hạn thực hiện",
    "assignment.overdue": "Thấy việc quá hạn và báo lãnh đạo",
    "assignment.reassigned": "Giao việc cho người khác",
    "assignment.updated": "Ghi nhận tình hình thực hiện",
    "choice.made": "Chọn hướng xử lý",
    "comment.written": "Ghi ý kiến",
    "consolidation.closed": "Chốt tổng hợp",
    "consolidation.kept": "Lưu số liệu tổng hợp",
    "consolidation.opened": "Mở kỳ tổng hợp",
    "consolidation.overridden": "Điều chỉnh số liệu tổng hợp",
    "difficulty.answered": "Trả lời khó khăn, vướng mắc",
    "difficulty.raised": "Nêu khó khăn, vướng mắc",
    "directive.amended": "Sửa đổi, bổ sung văn bản",
    "directive.answered": "Trả lời văn bản",
    "directive.closed": "Kết thúc theo dõi văn bản",
    "directive.corrected": "Đính chính văn bản",
    "directive.dispatched": "Ban hành và gửi văn bản",
    "directive.disposed": "Tiêu hủy hồ sơ hết thời hạn lưu trữ",
    "directive.issued": "Ban hành văn bản",
    "directive.print": "In văn bản",
    "directive.recalled": "Thu hồi văn bản",
    "directive.replaced": "Thay thế văn bản",
    "dispatch.status_changed": "Ghi nhận tình trạng văn bản tại cơ quan",
    "document.received": "Lưu tệp",
    "document.registered": "Vào sổ văn bản",
    "dossier.exported": "Xuất hồ sơ kiểm chứng",
    "element.skipped": "Bỏ qua bước",
    "extension.decided": "Quyết định việc gia hạn",
    "extension.requested": "Đề nghị gia hạn",
    "file.attached": "Đính kèm tệp đã ký",
    "history.exported": "Xuất lịch sử",
    "incident.raised": "Dừng lại vì chưa thực hiện được",
    "incident.repeated": "Thử lại, chưa được",
    "incident.resolved": "Giải quyết sự cố",
    "incident.retried": "Cho thực hiện lại",
    "instance.advanced": "Hệ thống chuyển bước",
    "instance.ended_by_decision": "Kết thúc hồ sơ theo quyết định",
    "instance.handed_over": "Bàn giao hồ sơ cho cơ quan khác",
    "instance.migrated": "Chuyển hồ sơ sang phiên bản quy trình mới",
    "instance.started": "Mở hồ sơ",
    "milestone.accepted": "Chấp nhận sản phẩm của mốc",
    "milestone.approved": "Phê duyệt mốc",
    "milestone.opened": "Mở mốc",
    "milestone.partner_answered": "Ghi nhận ý kiến của đối tác",
    "milestone.proposed": "Trình duyệt mốc",
    "milestone.reached": "Ghi nhận mốc đã đạt",
    "milestone.rejected": "Không phê duyệt mốc",
    "milestone.returned": "Trả lại sản phẩm của mốc",
    "milestone.submitted": "Nộp sản phẩm của mốc",
    "obligation.deferred": "Lùi kỳ báo cáo đầu tiên",
    "obligation.due_changed": "Thay đổi hạn báo cáo",
    "obligation.opened": "Giao nghĩa vụ báo cáo",
    "operation.run": "Hệ thống thực hiện thao tác",
    "register.entered": "Ghi số vào sổ",
    "register.voided": "Hủy số trong sổ",
    "reminder.sent": "Gửi nhắc việc",
    "report.accepted": "Tiếp nhận báo cáo",
    "report.opened": "Mở báo cáo của kỳ",
    "report.returned": "Trả lại báo cáo",
    "report.sections_added": "Đưa văn bản đến sau vào báo cáo",
    "report.submitted": "Gửi báo cáo",
    "report.went_on": "Gửi báo cáo khi chưa đủ số liệu cấp dưới",
    "task.assigned": "Giao việc cho đồng nghiệp",
    "task.cancelled": "Rút việc",
    "task.claimed": "Nhận việc",
    "task.completed": "Hoàn thành việc",
    "task.released": "Trả việc về hàng chờ của đơn vị",
    "token.moved": "Chuyển hồ sơ sang bước khác",
    "urge.answered": "Trả lời đôn đốc",
    "urge.sent": "Đôn đốc bằng văn bản",
    "value.erased": "Xóa dữ liệu cá nhân đã niêm phong",
}
OUTCOMES: Mapping[str, str] = {"denied": "không có quyền", "refused": "không được chấp nhận", "failed": "không thành"}
STATUSES: Mapping[str, str] = {"issued": "đang thực hiện", "closed": "đã kết thúc", "recalled": "đã thu hồi", "replaced": "đã thay thế"}
SYSTEM = "Hệ thống"


def action(name: str, outcome: str) -> str:
    """Return what was done, and whether it was let."""
    said = ACTIONS.get(name, name)
    return said if outcome == "done" else f"{said} ({OUTCOMES.get(outcome, outcome)})"
