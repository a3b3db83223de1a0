"""The history is carried away while it is written: how far it is stands on the page, and it can be taken out again at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

AUDITOR = "tanthuan.144"
Visit = Callable[..., Page]


def test_a_file_is_carried_away_with_a_word_on_how_far_it_is_and_the_next_one_after_it(visit: Visit) -> None:
    page = visit(AUDITOR, "/audit/exports")
    said = page.locator("#export-said")
    page.fill("#since", "32/01/2025")
    page.fill("#purpose", "Kiểm tra quý I")
    page.get_by_role("button", name="Xuất tệp").click()
    expect(page.get_by_role("alert")).to_contain_text("32/01/2025")
    page.fill("#since", "")
    page.fill("#until", "28/02/2025")
    for form, suffix in (("XES (XML)", ".xes"), ("Bảng (CSV)", ".csv")):
        name = carried_away(page, form)
        assert name == f"lich-su-2025-02-28{suffix}"
        expect(said).to_contain_text(f"{name} đã đầy đủ")
        expect(said).to_be_focused()
        page.fill("#until", "28/02/2025")
        page.fill("#purpose", "Kiểm tra quý I")
    expect(page.get_by_role("row")).to_have_count(3)  # with the headings


def carried_away(page: Page, form: str) -> str:
    """Take out a file; return its name when it is whole."""
    page.get_by_label(form, exact=True).check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Xuất tệp").click()
    content = Path(download.value.path()).read_bytes()
    assert content.endswith((b"</log>\n", b"\r\n"))
    return download.value.suggested_filename
