"""The input entries of a decision table: `-`, values, lists of them, comparisons, intervals, `not(…)`, conditions over `?`.

Source: the unary tests of FEEL (DMN 1.3, 10.3.1.2, grammar rules 7 to 12); their operands are our expressions.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.bpmn.language.builtin_functions import show
from engine.bpmn.language.expressions import parse
from engine.bpmn.language.moments import align, comparable
from engine.kernel.errors import InvalidInput

Evaluate = Callable[[str], Any]
Words = Callable[[str], str]

ANYTHING = frozenset({"", "-"})
ORDER: dict[str, Callable[[Any, Any], Any]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
COMPARISON = re.compile(r"(<=|>=|!=|==|<|>|=)\s*(.*)", re.DOTALL)
NOT = re.compile(r"not\s*\(")
QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\?", re.DOTALL)
INPUT = "the_value_of_the_input"  # stands for ? while a condition is read


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
class Condition:
    """One test: a condition over `?`, in whose place stands the expression of the input."""

    source: str

    def operands(self) -> Iterator[str]:
        """Yield the expressions of the test."""
        yield self.source

    def holds(self, value: Any, evaluate: Evaluate) -> bool:
        """Tell whether the condition is true."""
        del value
        found = evaluate(self.source)
        if not isinstance(found, bool):
            raise InvalidInput(f"Expected true or false of {self.source}, but found {show(found)}.")
        return found


Test = Comparison | Interval | Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """An input entry: any of its tests, or none of them when `negated`; without tests everything passes."""

    tests: tuple[Test, ...]
    negated: bool

    def operands(self) -> Iterator[str]:
        """Yield the expressions of the cell."""
        for test in self.tests:
            yield from test.operands()

    def holds(self, value: Any, evaluate: Evaluate) -> bool:
        """Tell whether `value` passes. Raises InvalidInput for values that cannot be compared."""
        return not self.tests or any(test.holds(value, evaluate) for test in self.tests) != self.negated


def parse_cell(source: str, given: str = "", words: Words = str) -> Cell:
    """Return the input entry that `source` writes. Raises InvalidInput.

    `given`: the expression of the input, for `?`. `words`: puts an operand into our language.
    """
    text = source.strip()
    if text in ANYTHING:
        return Cell(tests=(), negated=False)
    reader = _CellReader(given, words)
    negated = NOT.match(text)
    if negated and len(cut(text, ",")) == 1 and text.endswith(")") and not _asks(text):
        return Cell(tests=reader.tests(text[negated.end() : -1]), negated=True)
    return Cell(tests=reader.tests(text), negated=False)


@dataclass(frozen=True, slots=True)
class _CellReader:
    given: str
    words: Words

    def tests(self, text: str) -> tuple[Test, ...]:
        return tuple(self.test(part.strip()) for part in cut(text, ","))

    def test(self, text: str) -> Test:
        if text in ANYTHING:
            raise InvalidInput('Expected a value before and after every comma, but one is missing. Write "a", "b".')
        if _asks(text):
            return self.condition(text)
        if NOT.match(text):
            raise InvalidInput('Expected not(…) around the whole cell, but found it around a part. Write not("a", "b").')
        if compared := COMPARISON.fullmatch(text):
            return Comparison(sign="=" if compared[1] == "==" else compared[1], operand=self.operand(compared[2]))
        ends = cut(text[1:-1], "..") if text[0] in "[(]" and text[-1] in "])[" else []
        if len(ends) == 2:
            above, below = ">=" if text[0] == "[" else ">", "<=" if text[-1] == "]" else "<"
            return Interval(low=self.operand(ends[0]), high=self.operand(ends[1]), above=above, below=below)
        return Comparison(sign="=", operand=self.operand(text))

    def operand(self, text: str) -> str:
        source = self.words(text)
        body = parse(source).body
        if isinstance(body, ast.Compare | ast.BoolOp) or (isinstance(body, ast.UnaryOp) and isinstance(body.op, ast.Not)):
            raise InvalidInput(f"Expected a value to compare the input with, but found the condition {text[:60]}. Write ? for the input, as in ? > 2 and ? < 5.")
        return source

    def condition(self, text: str) -> Condition:
        if not self.given:
            raise InvalidInput(f"Expected an input for the ? of {text[:60]}, but found none.")
        asked = QUOTED.sub(lambda found: INPUT if found[0] == "?" else found[0], text)
        source = self.words(asked)
        parse(source)
        whole = self.given if self.given.isidentifier() else f"({self.given})"
        return Condition(source=source.replace(INPUT, whole))


def _asks(text: str) -> bool:
    return any(found[0] == "?" for found in QUOTED.finditer(text))


def cut(text: str, separator: str) -> list[str]:
    """Return the parts of `text` between separators that stand in no quotes and no brackets. Raises InvalidInput."""
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
        raise InvalidInput(f"Expected a closing quote, but found none in {show(text)}. Add it.")
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
        one, other = comparable(*align(one, other))
        return bool(ORDER[sign](one, other))
    except TypeError:
        raise InvalidInput(f"Expected two values of one kind to compare, but found {show(one)} and {show(other)}.") from None
