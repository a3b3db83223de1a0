"""Old files in the fonts of TCVN3 and VNI become Unicode; Unicode stays as it is."""

from __future__ import annotations

import pytest

from engine.documents.legacy_fonts import from_legacy_font


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("Ban ChÊp hµnh §¶ng bé tØnh Cao B»ng", "Ban Chấp hành Đảng bộ tỉnh Cao Bằng"),
        ("tr­íc ngµy 30/4, ®Ò nghÞ b¸o c¸o", "trước ngày 30/4, đề nghị báo cáo"),
        ("TØNH ñY S¥N B×NH", "TỈNH ỦY SƠN BÌNH"),
        ("Xin chaøo caùc baïn ôû Vieät Nam", "Xin chào các bạn ở Việt Nam"),
        ("Ñeà nghò caùc cô quan baùo caùo tröôùc ngaøy 20", "Đề nghị các cơ quan báo cáo trước ngày 20"),
    ],
)
def test_text_of_an_old_font_becomes_unicode(printed: str, text: str) -> None:
    assert from_legacy_font(printed) == (text, True)


@pytest.mark.parametrize("text", ["Đề nghị các cơ quan báo cáo trước ngày 20", "Only English letters", "12/2024", ""])
def test_other_text_stays(text: str) -> None:
    assert from_legacy_font(text) == (text, False)
