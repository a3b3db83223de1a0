"""Script tasks: lines of `name = expression`, and what may be kept in the process data."""

from __future__ import annotations

import ast
import keyword
from collections import ChainMap
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from engine.bpmn.builtin_functions import bounded, show, weight
from engine.bpmn.expressions import Functions, check, evaluate
from engine.kernel.errors import InvalidInput

MAX_SCRIPT = 20_000
MAX_NESTING = 20


@dataclass(frozen=True, slots=True)
class Assignment:
    """One line of a script."""

    name: str
    source: str


@lru_cache(maxsize=1024)
def parse_script(source: str) -> tuple[Assignment, ...]:
    """Return the assignments of a script task. Raises InvalidInput when a line is anything else."""
    if len(source) > MAX_SCRIPT:
        raise InvalidInput(f"Expected a script of at most {MAX_SCRIPT} characters, but found {len(source)}.")
    try:
        tree = ast.parse(_dedented(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InvalidInput(f"Expected lines of `name = expression`, but found {source.strip()[:60]!r} ({getattr(error, 'msg', 'too deep')}).") from None
    return tuple(_assignment(statement) for statement in tree.body)


def check_script(source: str, functions: Iterable[str] = ()) -> None:
    """Check a script for deployment. Raises InvalidInput."""
    for assignment in parse_script(source):
        check(assignment.source, functions)


def execute(source: str, data: MutableMapping[str, Any], functions: Functions, *, now: datetime) -> dict[str, Any]:
    """Return what the script assigns over `data`, in order. Raises InvalidInput."""
    assigned: dict[str, Any] = {}
    for assignment in parse_script(source):
        value = evaluate(assignment.source, ChainMap(assigned, data), functions, now=now)
        assigned[assignment.name] = storable(value)
    return assigned


def storable(value: Any) -> Any:
    """Return a copy of `value` as the process data keep it: JSON; dates become ISO texts. Raises InvalidInput on anything else."""
    weight(value)
    return _storable(value, 0)


def _storable(value: Any, depth: int) -> Any:
    if depth > MAX_NESTING:
        raise InvalidInput(f"Expected data at most {MAX_NESTING} levels deep, but found more.")
    if value is None or isinstance(value, str | int | float):
        return bounded(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_storable(item, depth + 1) for item in bounded(value)]
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise InvalidInput(f"Expected texts as keys, but found {show(list(value))}.")
        return {key: _storable(item, depth + 1) for key, item in bounded(value).items()}
    raise InvalidInput(f"Expected a value that JSON can hold, but found {type(value).__name__}.")


def _dedented(source: str) -> str:
    lines = [line.strip() for line in source.splitlines()]
    return "\n".join(lines)


def _assignment(statement: ast.stmt) -> Assignment:
    if not (isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name)):
        raise InvalidInput(f"Expected a line `name = expression`, but found {ast.unparse(statement)[:60]!r}.")
    name = statement.targets[0].id
    if name.startswith("_") or keyword.iskeyword(name):
        raise InvalidInput(f"Expected a name that begins with a letter, but found {name!r}.")
    return Assignment(name, ast.unparse(statement.value))
