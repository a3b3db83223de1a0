"""A scenario that people have written wrongly: each mistake is one sentence, with the number of its step."""

from __future__ import annotations

from typing import Any

import pytest

from engine.definitions.dry_run import StepRefused
from engine.definitions.dry_run_scenario import read_json, read_scenario, write_scenario
from engine.kernel.errors import InvalidInput
from tests.definitions.plain import drawn, flows, node, tried

SOURCES = drawn(node("startEvent", "s"), node("task", "t"), node("endEvent", "e"), flows("s t e"))


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ([], "a scenario as an object"),
        ("text", "a scenario as an object"),
        (None, "a scenario as an object"),
        ({"stepps": []}, r"found \['stepps'\]"),
        ({"steps": {}}, "the steps as a list"),
        ({"steps": None}, "the steps as a list"),
        ({"steps": [{"advance": "P1D"}] * 10_001}, "at most 10000 steps"),
        ({"start": [1]}, r"the data \('start'\) of the start as an object"),
        ({"process": 5}, "'process' as a text"),
        ({"now": 2024}, "'now' as a text"),
        ({"expect": []}, "'expect' as an object"),
        ({"expect": {"end": True}}, r"found \['end'\]"),
        ({"expect": {"ended": "yes"}}, "'ended' as true or false"),
        ({"expect": {"path": "s t e"}}, "'path' as a list of texts"),
        ({"expect": {"data": []}}, "'data'"),
    ],
)
def test_a_scenario_that_is_none_is_refused(scenario: Any, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_scenario(scenario)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (5, "a step with one of"),
        ([], "a step with one of"),
        ({}, "a step with one of"),
        ({"complete": "t", "advance": "P1D"}, "a step with one of"),
        ({"complete": None}, "a text after 'complete', but found null"),
        ({"complete": ["t"]}, "a text after 'complete'"),
        ({"complete": ""}, "a text after 'complete'"),
        ({"complete": "t", "with": [1]}, r"the data \('with'\) of 'complete' as an object"),
        ({"complete": "t", "with": "x"}, r"the data \('with'\) of 'complete' as an object"),
        ({"complete": "t", "key": "k"}, r"no \['key'\] beside 'complete', where only index, with may stand"),
        ({"complete": "t", "index": 0}, "'index' as a number from 1"),
        ({"complete": "t", "index": True}, "'index' as a number from 1"),
        ({"complete": "t", "index": "2"}, "'index' as a number from 1"),
        ({"message": "m", "key": {}}, "the key of the message as a text"),
        ({"advance": 5}, "a text after 'advance'"),
        ({"advance": "1 day"}, "a duration such as P3D"),
        ({"advance": "P"}, "a duration such as P3D"),
        ({"advance": "2026-13-45"}, "a date such as"),
        ({"advance": "P1D", "fires": "x"}, "'fires' as a list of texts"),
        ({"advance": "P1D", "fires": ["x"]}, "a timer at 'x' that runs"),
        ({"message": "order.paid"}, "the process waits for no message"),
        ({"signal": "alarm"}, "the process waits for no signal"),
    ],
)
def test_a_step_that_is_none_is_refused_with_its_number(step: Any, words: str) -> None:
    with pytest.raises(StepRefused, match=words) as refused:
        tried(SOURCES, {"advance": "PT1H"}, step)
    assert refused.value.details["step"] == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "at line 1, column 2"),
        (b"", "at line 1"),
        ('{"name": "đ"}'.encode("utf-16"), "as UTF-8 text"),
        (b"\xff\xfe\x00", "as UTF-8 text"),
        (b'{"n": NaN}', "a number that JSON has, but found NaN"),
        (b'{"steps": [], "steps": []}', "found 'steps' twice"),
        (b"[" * 100_000, "a nesting that is too large"),
        (b"1" * 10_000, "a number or a nesting"),
        (b'{"n": 1e400}', "a number or a nesting that is too large"),
        (b'{"n": "\\ud800"}', "half of a surrogate pair"),
        (b" " * 5_000_001, "at most 5000000 bytes"),
    ],
    ids=["brace", "empty", "utf-16", "binary", "nan", "twice", "nesting", "number", "infinite", "surrogate", "large"],
)
def test_a_file_that_is_no_json_is_refused_with_its_place(content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read_json(content, "s.json")


def test_a_file_with_a_byte_order_mark_is_read() -> None:
    assert read_json(b'\xef\xbb\xbf{"steps": []}', "s.json") == {"steps": []}


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match="a date such as 2026-01-31"):
        tried(SOURCES, now="yesterday")


def test_a_scenario_is_written_with_a_line_for_each_step() -> None:
    plain = {"name": "Đúng", "steps": [{"complete": "t"}, {"advance": "P1D"}], "expect": {"path": ["s", "t"]}}
    text = write_scenario(plain)
    assert text.splitlines()[:4] == ["{", ' "name": "Đúng",', ' "steps": [', '  {"complete": "t"},']
    assert read_json(text.encode(), "s.json") == plain
    assert read_json(write_scenario({"steps": []}).encode(), "s.json") == {"steps": []}
