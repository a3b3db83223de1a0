"""An urge cannot be edited or deleted (SP6): the code that runs knows no other change of its row than the answer to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ENGINE = Path(__file__).parents[2] / "engine"
ANSWER = {"answered_at", "answer"}


def statements(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Every place that calls `name(reminder)`: its file and the whole expression around it."""
    for path in sorted(ENGINE.rglob("*.py")):
        source = path.read_text("utf-8")
        if f"{name}(reminder)" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and f"{name}(reminder)" in (ast.get_source_segment(source, node) or ""):
                yield path.name, node


def test_no_code_deletes_a_reminder_or_an_urge() -> None:
    assert list(statements("delete")) == []


def test_only_the_answer_to_an_urge_is_ever_written_into_its_row() -> None:
    changed = {
        keyword.arg
        for _, node in statements("update")
        if isinstance(node.func, ast.Attribute) and node.func.attr == "values"
        for keyword in node.keywords
    }
    assert changed == ANSWER
