"""EXPRESSIONS.md tells the truth: every example has the value that stands beside it, and every function has an example."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.bpmn import evaluate
from engine.bpmn.language.builtin_functions import BUILTIN, CLOCK
from engine.bpmn.language.foreign_expressions import translated
from engine.definitions.functions import FUNCTIONS
from engine.kernel.clock import ZONE

PAGE = (Path(__file__).parents[2] / "engine/bpmn/language/EXPRESSIONS.md").read_text(encoding="utf-8")
OURS, _, ELSEWHERE = PAGE.partition("## Biểu thức của công cụ khác")
ROW = re.compile(r"^\| `(.+?)` \| `(.+?)` \|", re.MULTILINE)
DATA = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
NOW = datetime(2024, 4, 1, 8, tzinfo=ZONE)


def value(source: str) -> Any:
    return evaluate(source, DATA, FUNCTIONS, now=NOW)


@pytest.mark.parametrize(("example", "expected"), ROW.findall(OURS))
def test_an_example_has_the_value_beside_it(example: str, expected: str) -> None:
    assert value(example) == value(expected)
    assert type(value(example)) is type(value(expected))


@pytest.mark.parametrize(("there", "here"), ROW.findall(ELSEWHERE))
def test_an_expression_of_another_tool_is_read_as_the_page_says(there: str, here: str) -> None:
    assert translated(there) == here


def test_every_function_has_an_example_and_no_other_is_named() -> None:
    examples = " ".join(example for example, _ in ROW.findall(OURS))
    assert set(re.findall(r"([a-z_]+)\(", examples)) == {*BUILTIN, *CLOCK, *FUNCTIONS}


def test_every_row_of_the_page_is_an_example() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert len(rows) == len(ROW.findall(PAGE)) > 80
