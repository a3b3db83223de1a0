from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kernel.vietnamese import CAPITAL, collapse, collation_key, fold, given_name_key, nfc, same, search_key, skeleton, tone_style


@pytest.mark.parametrize(
    ("text", "key"),
    [("Đảng  ủy", "dang uy"), ("ĐƯỜNG", "duong"), ("Số 12–CV", "so 12-cv"), ("cao¹", "cao1"), ("  ", "")],
)
def test_the_search_key_has_no_marks_no_case_and_a_plain_d(text: str, key: str) -> None:
    assert fold(text) == key
    assert fold(unicodedata.normalize("NFD", text)) == key


@given(st.text(alphabet=st.sampled_from("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạếềểễệỡợữựýỳĐƯỜNGẤ –—12/ \n"), max_size=40))
def test_the_key_of_a_long_text_holds_what_the_key_of_a_word_is(text: str) -> None:
    assert collapse(search_key(text)) == fold(text)


@pytest.mark.parametrize(
    ("old", "canonical"),
    [("hoá", "hóa"), ("lan toả", "lan tỏa"), ("uỷ ban", "ủy ban"), ("UỶ BAN", "ỦY BAN"), ("khoẻ", "khỏe"), ("thuỷ", "thủy")],
)
def test_both_tone_placements_give_one_form(old: str, canonical: str) -> None:
    assert tone_style(old) == canonical == tone_style(canonical)
    assert same(old, canonical.upper())


@pytest.mark.parametrize("text", ["quý", "quá", "thuế", "tuệ", "huýt", "toán", "giá", "lụa", "khuyến", "hoàn"])
def test_a_tone_that_has_one_place_only_stays_there(text: str) -> None:
    assert tone_style(text) == text


def test_letters_sort_before_tones_and_numbers_by_value() -> None:
    ordered = ["an", "án", "ăn", "ân", "da", "đa", "đá", "em", "ên", "Xã", "Xã 9", "Xã 10", "Xã 10 A", "y"]
    assert sorted([*ordered[5:], *ordered[:5]], key=collation_key) == ordered


def test_tones_sort_none_grave_hook_tilde_acute_dot() -> None:
    assert sorted(["mạ", "má", "mã", "mả", "mà", "ma"], key=collation_key) == ["ma", "mà", "mả", "mã", "má", "mạ"]


def test_people_sort_by_given_name() -> None:
    names = ["Nguyễn Văn Đạt", "Trần Thị An", "Lê Bình", "Bùi An", ""]
    assert sorted(names, key=given_name_key) == ["", "Bùi An", "Trần Thị An", "Lê Bình", "Nguyễn Văn Đạt"]


def test_the_class_of_capitals_holds_no_small_letter() -> None:
    assert all(letter in CAPITAL and letter.lower() not in CAPITAL for letter in "ĐƯƠÂÊÔĂỦỲẠ")


@given(st.text(alphabet="aăâbcdđeêghoôơuưy áàảãạấờựĐỦ–-1", max_size=40))
def test_a_skeleton_keeps_every_position(text: str) -> None:
    assert len(skeleton(nfc(text))) == len(nfc(text))


@given(st.text(max_size=40))
def test_keys_are_stable_for_any_text(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert collapse(collapse(text)) == collapse(text)
    assert tone_style(tone_style(text)) == tone_style(text)
    collation_key(text)
