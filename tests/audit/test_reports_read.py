"""What is read of a month in which a cell corrected its report and a leader overrode a figure: counts, origins, the printed report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, select

from engine.audit.genealogy import depth, leaf_sum, sources_of, totals
from engine.audit.report_parts import sheet_of_report
from engine.audit.report_text import report_text
from engine.storage import Database
from engine.storage.schema import consolidation, consolidation_total, history_record, organisation

LEVELS_BELOW = {"tinh": 3, "btg": 2, "phuong-1": 1, "phuong-2": 1}


@pytest.fixture
def corrected(played: Callable[[str], Database]) -> Iterator[Connection]:
    with played("report_corrected").reading() as connection:
        yield connection


@pytest.fixture
def carried(played: Callable[[str], Database]) -> Iterator[Connection]:
    with played("report_after_cutoff_next_period").reading() as connection:
        yield connection


@pytest.fixture
def final(played: Callable[[str], Database]) -> Iterator[Connection]:
    with played("e3_final_reminders").reading() as connection:
        yield connection


def find(connection: Connection, office: str, period: str = "2024-04") -> str:
    query = select(consolidation.c.id).join(organisation, organisation.c.id == consolidation.c.organisation)
    return str(connection.execute(query.where(organisation.c.code == office, consolidation.c.period == period)).scalar_one())


def figure(connection: Connection, office: str, key: str, revision: int | None = None, period: str = "2024-04") -> Any:
    return next(row for row in totals(connection, find(connection, office, period), revision) if row.indicator == key)


def test_old_and_new_revisions_stand_side_by_side_and_every_figure_leads_to_the_leaves(corrected: Connection) -> None:
    connection = corrected
    for office, old, new in (("phuong-2", 3, 4), ("btg", 12, 13), ("tinh", 12, 13)):
        for revision, value in ((1, old), (2, new), (None, new)):
            total = figure(connection, office, "activities", revision)
            sources = sources_of(connection, total.id)
            assert (total.value, sum(source.value for source in sources), leaf_sum(sources)) == (value, value, value)
            assert depth(sources) <= LEVELS_BELOW[office]
    assert figure(connection, "phuong-1", "activities").value == 7  # nothing below it changed

    # the text of both revisions
    text, before = (report_text(connection, find(connection, "phuong-2"), revision) for revision in (2, 1))
    assert "(Bản tổng hợp lần 2, thay bản lần 1: cấp dưới đính chính báo cáo)" in text
    assert "Chi bộ tổ 1, phường Nam Bình: Đếm lại: bốn buổi." in text
    assert "Đếm lại" not in before
    assert "Bản tổng hợp lần" not in before

    # the history names what was outdated and why
    actions = list(connection.execute(select(history_record.c.action)).scalars())
    assert actions.count("consolidation.outdated") == 3


def test_what_came_after_the_cut_off_is_counted_once_and_marked(carried: Connection) -> None:
    connection = carried
    april, may = (sheet_of_report(connection, find(connection, "phuong-1", period)).counts for period in ("2024-04", "2024-05"))
    assert (april.expected, april.number("on_time"), april.number("missing"), april.carried) == (2, 1, 1, 0)
    assert (may.expected, may.number("on_time"), may.number("missing"), may.carried) == (2, 2, 0, 1)
    assert figure(connection, "phuong-1", "activities").value == 2
    total = figure(connection, "phuong-1", "activities", period="2024-05")
    assert (total.value, [(source.value, source.period, source.carried) for source in sources_of(connection, total.id)]) == (
        7,
        [(5, "2024-04", True), (1, "2024-05", False), (1, "2024-05", False)],
    )
    assert "Chưa báo cáo: Chi bộ tổ 1, phường Đông Sơn." in report_text(connection, find(connection, "phuong-1"))
    assert "(báo cáo tháng 4/2024 chuyển sang)" in report_text(connection, find(connection, "phuong-1", "2024-05"))


def test_a_report_of_a_campaign_prints_every_kind_of_indicator(final: Connection) -> None:
    connection = final
    text = report_text(connection, find(connection, "btg", "final"))
    assert "(Báo cáo kết quả đợt)" in text
    assert "| Tỷ lệ người dự    |      98 % |" in text  # of the sums: the mean of 98,98 % and 50 % would be 74,49 %
    assert "Tỷ lệ người dự: 98 % = 98 (Số người dự) / 100 (Số người được mời)" in text
    assert "- Đảng ủy phường Nam Bình: Còn băn khoăn về giá vé." in text
    assert "Báo cáo chậm: Đảng ủy phường Nam Bình." in text
    words = figure(connection, "tinh", "opinion", period="final").words
    assert words.splitlines() == [
        "Ban Tuyên giáo Tỉnh ủy Mường Sương: Báo chí đưa tin tốt.",
        "Đảng ủy phường Đông Sơn: Nhân dân phấn khởi.",
        "Đảng ủy phường Nam Bình: Còn băn khoăn về giá vé.",
    ]
    counts = sheet_of_report(connection, find(connection, "btg", "final")).counts
    assert (counts.addressed, counts.received, counts.number("late"), counts.reminders, counts.urges) == (3, 3, 1, 2, {1: 1})


def test_every_heading_of_a_consolidated_report_is_there_in_its_order(final: Connection) -> None:
    text = report_text(final, find(final, "btg", "final"))
    heads = ["BÁO CÁO", "I. CÔNG TÁC", "II. KẾT QUẢ", "III. HẠN CHẾ", "IV. NHIỆM VỤ", "V. ĐỀ XUẤT", "PHỤ LỤC 1", "PHỤ LỤC 2", "PHỤ LỤC 3"]
    places = [text.index(head) for head in heads]
    assert places == sorted(places)
    assert max(map(len, text.splitlines())) <= 110
    assert final.execute(select(consolidation_total.c.id)).first() is not None
