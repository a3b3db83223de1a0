"""The same facts give the same bytes, and what has no exact form is refused."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kernel.canonical import canonical_json, sha256_hex
from engine.kernel.errors import InvalidInput

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet=st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="abcxyz", max_size=3), inner, max_size=3),
    max_leaves=8,
)


def test_the_order_of_keys_does_not_matter() -> None:
    assert canonical_json({"b": 1, "a": [True, None]}) == canonical_json({"a": (True, None), "b": 1}) == b'{"a":[true,null],"b":1}'


def test_vietnamese_is_the_same_however_its_accents_are_stored() -> None:
    apart = unicodedata.normalize("NFD", "Báo cáo tổng hợp")
    assert canonical_json({apart: apart}) == canonical_json({"Báo cáo tổng hợp": "Báo cáo tổng hợp"})
    assert "ổ".encode() in canonical_json(apart)


@pytest.mark.parametrize("value", [1.5, 1.0, float("nan"), b"bytes", {1, 2}, object()])
def test_what_has_no_exact_form_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match=type(value).__name__):
        canonical_json({"deep": [{"inside": value}]})


@given(PLAIN)
def test_the_bytes_never_depend_on_how_often_they_are_made(value: Any) -> None:
    assert canonical_json(value) == canonical_json(value)


def test_the_digest_is_that_of_the_standard() -> None:
    assert sha256_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
