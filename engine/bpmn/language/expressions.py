"""The expression language: conditions, keys, timers, parameters, assignments. EXPRESSIONS.md shows it to designers.

Nothing here reaches `eval` or `exec`. `a.b` reads data, never an attribute of Python, so nothing leads from a value to the
interpreter's inside.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from engine.bpmn.language.budget import Budget
from engine.bpmn.language.builtin_functions import ARITY, OTHER_WORDS, bounded
from engine.bpmn.language.evaluation import Evaluation, Functions
from engine.bpmn.language.syntax import CONSTANTS, Text, inspect, short, tree_of
from engine.kernel.errors import EngineError, InvalidInput

__all__ = ["CONSTANTS", "Budget", "Expression", "Functions", "check", "check_parsed", "evaluate", "evaluate_parsed", "parse"]

MAX_SOURCE = 4_000


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression, ready to be evaluated any number of times."""

    text: Text
    body: ast.expr

    @property
    def source(self) -> str:
        """Return what the designer wrote."""
        return self.text.source


@lru_cache(maxsize=4096)
def parse(source: str) -> Expression:
    """Return the checked expression. Raises InvalidInput, naming line and column, when it is not one sentence of the language."""
    written = source.strip()
    if not written or len(written) > MAX_SOURCE:
        raise InvalidInput(f"Expected an expression of 1 to {MAX_SOURCE} characters, but found {len(written)}.")
    text = Text(written)
    tree = tree_of(text)
    inspect(tree.body, text)
    return Expression(text, tree.body)


def check(source: str, functions: Iterable[str] = ()) -> None:
    """Check an expression for deployment, also that it calls only functions that are there. Raises InvalidInput."""
    check_parsed(parse(source), functions)


def check_parsed(expression: Expression, functions: Iterable[str] = ()) -> None:
    """Check the calls of a parsed expression. Raises InvalidInput naming line and column."""
    installed = frozenset(functions)
    for node in ast.walk(expression.body):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            _check_call(expression.text, node, node.func.id, installed)


def _check_call(text: Text, node: ast.Call, name: str, installed: frozenset[str]) -> None:
    least, most = ARITY.get(name, (0, None))
    known = name in ARITY or name in installed
    if known and least <= len(node.args) and (most is None or len(node.args) <= most):
        return
    line, column = text.place(node)
    place = text.at(line, column)
    if not known:
        nearest = _nearest(name, sorted({*ARITY, *installed}))
        raise InvalidInput(f"Expected a function that is there, but found {name[:60]}(…) at {place}. {nearest}", line=line, column=column)
    wanted = f"{least}" if least == most else f"{least} or more" if most is None else f"from {least} up to {most}"
    raise InvalidInput(f"Expected {wanted} arguments of {name}, but found {len(node.args)} at {place}.", line=line, column=column)


def _nearest(name: str, known: list[str]) -> str:
    other = OTHER_WORDS.get(name) or next(iter(get_close_matches(name[:60], known, n=1, cutoff=0.6)), None)
    return f"Did you mean {other}?" if other else f"There are {', '.join(known)}."


def evaluate(source: str, data: Mapping[str, Any], functions: Functions, *, now: datetime) -> Any:
    """Return the value of `source` over `data`; `now` is what today() and now() mean. Raises InvalidInput naming line and column."""
    return evaluate_parsed(parse(source), data, functions, now=now, budget=Budget())


def evaluate_parsed(expression: Expression, data: Mapping[str, Any], functions: Functions, *, now: datetime, budget: Budget) -> Any:
    """Return the value of a parsed expression, taking its steps from `budget`. Raises InvalidInput naming line and column."""
    evaluation = Evaluation(data, functions, now, budget)
    try:
        return bounded(evaluation.value(expression.body))
    except InvalidInput as error:
        line, column = expression.text.place(evaluation.at or expression.body)
        message = f"{error.message.rstrip()} At {expression.text.at(line, column)}."
        raise InvalidInput(message, **{"line": line, "column": column, **error.details}) from None
    except EngineError:
        raise
    except Exception as error:  # noqa: BLE001  whatever an installed function raises is a failure of this expression
        line, column = expression.text.place(evaluation.at or expression.body)
        place = expression.text.at(line, column)
        message = f"Expected a value of the expression {short(expression.source)}, but found {_reason(error)} at {place}."
        raise InvalidInput(message, line=line, column=column) from None


def _reason(error: Exception) -> str:
    if isinstance(error, ZeroDivisionError):
        return "a division by zero"
    if isinstance(error, OverflowError):
        return "a number or a date beyond all bounds"
    return f"{type(error).__name__}: {str(error)[:200]}"
