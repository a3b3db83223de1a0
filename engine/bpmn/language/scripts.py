"""Script tasks: lines of `name = expression`, and what may be kept in the process data."""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NoReturn

from engine.bpmn.language.bounds import bounded, show, weight
from engine.bpmn.language.expressions import CONSTANTS, Budget, Expression, Functions, check_parsed, evaluate_parsed
from engine.bpmn.language.syntax import Text, inspect, tree_of
from engine.kernel.errors import InvalidInput

MAX_SCRIPT = 20_000
MAX_NESTING = 20


@dataclass(frozen=True, slots=True)
class Assignment:
    """One line of a script."""

    name: str
    expression: Expression


@lru_cache(maxsize=1024)
def parse_script(source: str) -> tuple[Assignment, ...]:
    """Return the assignments of a script task. Raises InvalidInput, naming line and column, when a line is anything else."""
    if len(source) > MAX_SCRIPT:
        raise InvalidInput(f"Expected a script of at most {MAX_SCRIPT} characters, but found {len(source)}.")
    text = _dedented(source)
    return tuple(_assignment(statement, text) for statement in tree_of(text, mode="exec").body)


def check_script(source: str, functions: Iterable[str] = ()) -> None:
    """Check a script for deployment. Raises InvalidInput naming line and column."""
    installed = frozenset(functions)
    for assignment in parse_script(source):
        check_parsed(assignment.expression, installed)


def execute(source: str, data: MutableMapping[str, Any], functions: Functions, *, now: datetime) -> dict[str, Any]:
    """Return what the script assigns over `data`, in order; all its lines share one budget. Raises InvalidInput."""
    assigned: dict[str, Any] = {}
    budget = Budget()
    for assignment in parse_script(source):
        value = evaluate_parsed(assignment.expression, ChainMap(assigned, data), functions, now=now, budget=budget)
        budget.spend_on(value)
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


def _dedented(source: str) -> Text:
    lines = source.split("\n")
    return Text("\n".join(line.strip() for line in lines), tuple(len(line) - len(line.lstrip()) for line in lines), "the script")


def _assignment(statement: ast.stmt, text: Text) -> Assignment:
    if not (isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name)):
        _refuse(f"{ast.unparse(statement)[:60]!r}", statement, text)
    name = statement.targets[0].id
    if name.startswith("_") or name in CONSTANTS:
        _refuse(f"the name {name[:60]!r}", statement, text)
    inspect(statement.value, text)
    return Assignment(name, Expression(text, statement.value))


def _refuse(found: str, statement: ast.stmt, text: Text) -> NoReturn:
    line, column = text.place(statement)
    message = f"Expected a line `name = expression`, its name beginning with a letter, but found {found} at {text.at(line, column)}."
    raise InvalidInput(message, line=line, column=column)
