"""A month, clicked through by three people: what is written, submitted, returned, revised, accepted and consolidated stands right on every page."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from tests.pages import send
from tests.web.reports.conftest import Office, row_of, words_of

SPECIALIST, SECRETARY = "phuong.2.can.bo", "phuong.2.bi.thu"
CONSOLIDATOR, HEAD = "btg.tong.hop", "btg.truong.ban"
OWN = "Số hoạt động đã tổ chức"


def hand_in(month: Office, client: FlaskClient, code: str, form: str, **fields: Any) -> None:
    """Hand in the form of the oldest such task of an office, and let follow what follows by itself."""
    complete(month, client, month.task(code, form), **fields)


def complete(month: Office, client: FlaskClient, task: str, **fields: Any) -> None:
    page = f"/task/{task}"
    answer = send(client, page, {"do": "complete", **{f"/{name.replace('__', '/')}": value for name, value in fields.items()}})
    assert answer.status_code == 303, words_of(answer.text)
    month.settle()


def submit(month: Office) -> None:
    """Merge, sign and issue the report of the ward."""
    clerk, secretary = month.client(SPECIALIST), month.client(SECRETARY)
    hand_in(month, clerk, "phuong-2", "regular_report", general_assessment="Phường làm đều.")
    hand_in(month, secretary, "phuong-2", "approve_sign", decision="sign")
    hand_in(month, clerk, "phuong-2", "number_dispatch", issued_date="16/04/2024")


def test_the_month_goes_through_and_every_page_tells_it_right(month: Office) -> None:
    clerk, secretary = month.client(SPECIALIST), month.client(SECRETARY)
    superior, head = month.client(CONSOLIDATOR), month.client(HEAD)
    report, above = month.report("phuong-2"), month.consolidation("btg")

    beside = clerk.get(f"/task/{month.task('phuong-2', 'report_section')}").text
    below = int(row_of(beside, OWN)[2])  # what the cell of the ward has reported
    assert "Chỉ nhập phần đơn vị tự thực hiện" in beside
    assert words_of(superior.get(f"/consolidations/{above}").text).count("chưa đến hạn") >= 1

    hand_in(month, clerk, "phuong-2", "report_section", assessment="done", result_narrative="Phường tổ chức một buổi.", indicators__activities="1", indicators__people="10")
    assert "Phường tổ chức một buổi." in clerk.get(f"/reports/{report}").text
    assert "Phường tổ chức một buổi." not in superior.get(f"/reports/{report}").text  # not submitted yet
    assert "đã soạn 1 trên 1 mục" in words_of(clerk.get("/reports").text)

    submit(month)
    page = superior.get(f"/reports/{report}").text
    assert row_of(page, OWN)[2:4] == ["1", str(1 + below)]
    assert "đúng hạn" in page
    assert "Phường làm đều." in page
    assert row_of(superior.get(f"/consolidations/{above}").text, "Đảng ủy phường Nam Bình")[1].endswith("đã gửi, chờ kiểm tra")
    assert row_of(superior.get(f"/task/{month.review(report)}").text, OWN)[2:4] == ["1", str(1 + below)]

    send_back = {"decision": "return", "reason": "Thiếu số liệu minh chứng.", "revise_by": "18/04/2024"}
    review(month, superior, report, **send_back)
    returned = words_of(clerk.get(f"/reports/{report}").text)
    assert "Ban Tuyên giáo Tỉnh ủy Mường Sương đã trả lại báo cáo này. Thiếu số liệu minh chứng. Bổ sung chậm nhất ngày 18/04/2024" in returned
    assert "Thiếu số liệu minh chứng." in words_of(clerk.get("/reports").text)

    section = section_of(month, clerk)
    revised = {"sections#": "1", "sections__0__section": section, "sections__0__assessment": "done", "sections__0__result_narrative": "Phường tổ chức hai buổi."}
    hand_in(month, clerk, "phuong-2", "revise_report", **revised, sections__0__indicators__activities="2", sections__0__indicators__people="25")
    hand_in(month, secretary, "phuong-2", "approve_sign", decision="sign")
    hand_in(month, clerk, "phuong-2", "number_dispatch", issued_date="16/04/2024")
    page = superior.get(f"/reports/{report}").text
    assert "Bản lần 2" in page
    assert "<del>một</del>" in page
    assert "<ins>hai</ins>" in page
    assert changed(page) == [str(1 + below), str(2 + below), "+1"]

    review(month, superior, report, decision="accept")
    assert "đã tiếp nhận" in words_of(clerk.get(f"/reports/{report}").text)
    review(month, superior, month.report("phuong-1"), decision="accept")
    summed = row_of(superior.get(f"/consolidations/{above}").text, OWN)
    assert "2 trên 2 đơn vị đã được tiếp nhận" in words_of(superior.get(f"/consolidations/{above}").text)

    hand_in(month, superior, "btg", "consolidate", narrative="Hai phường đã thực hiện.")
    hand_in(month, head, "btg", "approve_sign", decision="sign")
    page = superior.get(f"/consolidations/{above}").text
    assert row_of(page, OWN)[3] == summed[2]
    assert "Hai phường đã thực hiện." in page
    total = page.split("/figures/")[1].split('"')[0]
    sources = superior.get(f"/figures/{total}").text
    assert row_of(sources, "Đảng ủy phường Nam Bình")[3:] == ["2", str(2 + below)]
    assert row_of(sources, "Chi bộ tổ 1, phường Nam Bình")[3:] == [str(below), str(below)]
    assert "Ban Tuyên giáo Tỉnh ủy Mường Sương" in clerk.get(f"/reports/{report}").text.split("Số liệu đã đi đến đâu")[1]


def review(month: Office, client: FlaskClient, report: str, **fields: Any) -> None:
    complete(month, client, month.review(report), **fields)


def section_of(month: Office, client: FlaskClient) -> str:
    """Return the value that stands for the section in the form of a revision."""
    page = client.get(f"/task/{month.task('phuong-2', 'revise_report')}").text
    return page.split("/sections/0/section")[1].split('value="')[1].split('"')[0]


def changed(page: str) -> list[str]:
    """Return the row of the first figure that changed: before, now, difference."""
    found = row_of(page[page.index("Thay đổi so với bản lần 1") :], OWN)
    return [found[2], found[3], found[4].split(" ")[0]]
