"""The input entries of a decision table: `-`, values, lists of them, comparisons, intervals, `not(…)`.

Source: the unary tests of FEEL (DMN 1.3, 10.3.1.2, grammar rules 7 to 12); their operands are our expressions.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from engine.bpmn.builtin_functions import show
from engine.bpmn.moments import align
from engine.kernel.errors import InvalidInput

Evaluate = Callable[[str], Any]

ANYTHING = frozenset({"", "-"})
ORDER: dict[str, Callable[[Any, Any], Any]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
COMPARISON = re.compile(r"(<=|>=|!=|==|<|>|=)\s*(.*)", re.DOTALL)
NOT = re.compile(r"not\s*\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One test: how the input must stand to a value. Equal to a list means in it."""

    sign: str
    operand: str

    def operands(self) -> Iterator[str]:
        """Yield the expressions of the test."""
        yield self.operand

    def holds(self, value: Any, evaluate: Evaluate) -> bool:
        """Tell whether `value` passes."""
        other = evaluate(self.operand)
        if self.sign in ORDER:
            return _ordered(value, other, self.sign)
        found = any(_same(value, each) for each in other) if isinstance(other, list | tuple) and not isinstance(value, list) else _same(value, other)
        return found != (self.sign == "!=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One test: between two values. `above`, `below`: the signs of the two ends."""

    low: str
    high: str
    above: str
    below: str

    def operands(self) -> Iterator[str]:
        """Yield the expressions of the test."""
        yield from (self.low, self.high)

    def holds(self, value: Any, evaluate: Evaluate) -> bool:
        """Tell whether `value` passes."""
        return _ordered(value, evaluate(self.low), self.above) and _ordered(value, evaluate(self.high), self.below)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """An input entry: any of its tests, or none of them when `negated`; without tests everything passes."""

    tests: tuple[Comparison | Interval, ...]
    negated: bool

    def operands(self) -> Iterator[str]:
        """Yield the expressions of the cell."""
        for test in self.tests:
            yield from test.operands()

    def holds(self, value: Any, evaluate: Evaluate) -> bool:
        """Tell whether `value` passes. Raises InvalidInput for values that cannot be compared."""
        return not self.tests or any(test.holds(value, evaluate) for test in self.tests) != self.negated


@lru_cache(maxsize=4096)
def parse_cell(source: str) -> Cell:
    """Return the input entry that `source` writes. Raises InvalidInput."""
    text = source.strip()
    if text in ANYTHING:
        return Cell(tests=(), negated=False)
    negated = NOT.match(text)
    if negated and len(_cut(text, ",")) == 1 and text.endswith(")"):
        return Cell(tests=_tests(text[negated.end() : -1]), negated=True)
    return Cell(tests=_tests(text), negated=False)


def _tests(text: str) -> tuple[Comparison | Interval, ...]:
    return tuple(_test(part.strip()) for part in _cut(text, ","))


def _test(text: str) -> Comparison | Interval:
    if text in ANYTHING:
        raise InvalidInput('Expected a value before and after every comma, but one is missing. Write "a", "b".')
    if NOT.match(text):
        raise InvalidInput('Expected not(…) around the whole cell, but found it around a part. Write not("a", "b").')
    if compared := COMPARISON.fullmatch(text):
        return Comparison(sign="=" if compared[1] == "==" else compared[1], operand=compared[2])
    ends = _cut(text[1:-1], "..") if text[0] in "[(]" and text[-1] in "])[" else []
    if len(ends) == 2:
        above, below = ">=" if text[0] == "[" else ">", "<=" if text[-1] == "]" else "<"
        return Interval(low=ends[0], high=ends[1], above=above, below=below)
    return Comparison(sign="=", operand=text)


def _cut(text: str, separator: str) -> list[str]:
    """Return the parts of `text` between separators that stand in no quotes and no brackets."""
    parts, start, depth, quote, place = [], 0, 0, "", 0
    while place < len(text):
        letter = text[place]
        if quote:
            place += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif depth == 0 and text.startswith(separator, place):
            parts.append(text[start:place])
            place += len(separator) - 1
            start = place + 1
        else:
            depth += (letter in "([{") - (letter in ")]}")
        place += 1
    if quote:
        raise InvalidInput(f"Expected a closing quote, but found none in {text!r}. Add it.")
    return [*parts, text[start:]]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) != isinstance(other, bool):
        return False  # true is not 1
    if isinstance(one, date) != isinstance(other, date) and one is not None and other is not None:
        one, other = align(one, other)
    return bool(one == other)


def _ordered(one: Any, other: Any, sign: str) -> bool:
    """Compare two values; nothing is neither more nor less than anything."""
    if one is None or other is None:
        return False
    if isinstance(one, bool) or isinstance(other, bool):
        raise InvalidInput(f"Expected numbers, texts or dates to compare, but found {show(one)} and {show(other)}.")
    try:
        if isinstance(one, date) or isinstance(other, date):
            one, other = align(one, other)
        return bool(ORDER[sign](one, other))
    except TypeError:
        raise InvalidInput(f"Expected two values of one kind to compare, but found {show(one)} and {show(other)}.") from None
