"""A directive type is a folder that a designer may copy: no Python knows its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.walk import DRAWINGS, definition

ROOT = Path(__file__).parents[2]
CODE = sorted(path for room in ("engine", "web") for path in (ROOT / room).rglob("*.py"))
SHAPES = {path.stem for path in DRAWINGS if definition(path.stem).start_message == "directive.dispatched" and path.parent.name == path.stem}


def texts(tree: ast.AST) -> Iterator[str]:
    """Every string of the code that is no docstring."""
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    yield from (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said)


def test_there_are_the_five_shapes() -> None:
    assert {"coordination_monthly", "campaign_final", "milestone_chain", "urge_relay", "central_call"} <= SHAPES


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_names_a_shape(path: Path) -> None:
    assert [text for text in texts(ast.parse(path.read_text("utf-8"))) if text in SHAPES] == []
