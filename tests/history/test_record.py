"""What a record leaves out of its sealed bytes is there again when it is read, whatever version wrote it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.history.record import SAME, SCHEMA, USUAL, Circumstances, Fact, Subject, body, opened, sealed_bytes
from engine.kernel.canonical import canonical_json

GENESIS = "0" * 64
ENVELOPE = {"log": "chidao/log1", "seq": 7, "prev": GENESIS, "id": "r7", "streams": [], "engine_version": "1", "spiff_version": "3", "schema": SCHEMA}
LAN = Circumstances(
    recorded_at="2026-03-02T01:00:00.000Z", actor={"type": "person", "id": "lan"}, on_behalf_of=None, auth={"method": "password"}, policy="own", command="c1", correlation="c1"
)
PLAIN = body(Fact(action="task.claimed", subject=Subject(type="task", id="t1")), LAN, envelope=ENVELOPE)

words = st.text(max_size=8)
values = st.recursive(st.none() | st.integers(-5, 5) | words, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2), max_leaves=4)
things = st.lists(st.fixed_dictionaries({"type": st.sampled_from(["directive", "element"]), "id": words, "qualifier": st.sampled_from(["", "directive", "left"])}), max_size=3)
places = st.lists(st.fixed_dictionaries({"id": words, "seq": st.integers(1, 9), "prev": st.sampled_from([GENESIS, "f" * 64])}), max_size=3)
FREE = sorted({*USUAL, *SAME} - {"objects", "streams"})
records = st.fixed_dictionaries(
    {"objects": things, "streams": places, "subject": st.fixed_dictionaries({"type": words, "id": words, "qualifier": words})},
    optional={name: values | st.just(USUAL.get(name)) | st.just(PLAIN[SAME.get(name, name)]) for name in FREE},
)


@settings(max_examples=60, deadline=None)
@given(records)
def test_what_is_sealed_reads_as_it_was_told(unusual: dict[str, Any]) -> None:
    told = {**PLAIN, **unusual}
    assert opened(sealed_bytes(told)) == json.loads(canonical_json(told))


@settings(max_examples=60, deadline=None)
@given(records, records)
def test_different_records_have_different_bytes(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = {**PLAIN, **one}, {**PLAIN, **other}
    assert (sealed_bytes(first) == sealed_bytes(second)) == (canonical_json(first) == canonical_json(second))


@settings(max_examples=60, deadline=None)
@given(records)
def test_a_record_of_the_first_version_left_nothing_out_and_reads_the_same(unusual: dict[str, Any]) -> None:
    told = {**PLAIN, **unusual, "v": 1, "schema": 1}
    assert opened(canonical_json(told)) == json.loads(canonical_json(told))


def test_a_plain_record_names_only_what_is_its_own() -> None:
    told = json.loads(sealed_bytes(PLAIN))
    assert sorted(told) == sorted(["v", "log", "seq", "prev", "id", "engine_version", "spiff_version", "recorded_at", "actor", "auth", "policy", "action", "subject", "command"])
    assert told["subject"] == {"type": "task", "id": "t1"}


def test_nobody_who_reads_a_record_changes_what_the_next_one_holds() -> None:
    opened(sealed_bytes(PLAIN))["changes"].append("forged")
    assert opened(sealed_bytes(PLAIN))["changes"] == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"subject": "t1"}', b'{"subject": {}, "recorded_at": 1, "command": 2, "v": 2, "objects": [1]}'])
def test_bytes_that_are_no_record_are_not_opened(content: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        opened(content)
