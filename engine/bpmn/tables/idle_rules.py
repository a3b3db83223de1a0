"""What a decision table holds without effect: columns nobody looks at, rules that never get their turn or stand in each other's way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

from lxml import etree

from engine.bpmn.language.builtin_functions import show
from engine.bpmn.language.expressions import evaluate
from engine.bpmn.language.moments import parse_moment
from engine.bpmn.tables.decisions import FIRST, UNIQUE, Input, Table
from engine.bpmn.tables.unary_tests import Cell, Condition
from engine.kernel.errors import EngineError

Problem = tuple[str | None, str]  # element id, sentence

ANYTHING = Cell(tests=(), negated=False)
MAX_RULES = 500  # pairs are compared
NOBODYS_TIME = datetime(2000, 1, 1, tzinfo=UTC)
KINDS = {
    "string": "a text", "number": "a number", "double": "a number", "integer": "a whole number", "long": "a whole number",
    "boolean": "true or false", "date": "a date", "datetime": "a time", "dateandtime": "a time",
}  # fmt: skip
WHOLE = frozenset({"integer", "long"})


class _Unknown(Exception):
    """The value depends on the data or on the clock."""


def problems(nodes: etree._Element, table: Table) -> Iterator[Problem]:
    """Yield (element id, sentence) for what the decisionTable `nodes` holds without effect."""
    inputs, outputs, rules = (list(nodes.iterfind(f"{{*}}{name}")) for name in ("input", "output", "rule"))
    yield from _unread(table, inputs)
    yield from _useless(table, rules)
    yield from _mistyped(table, rules)
    yield from _undeclared(table, rules, outputs)
    if table.hit_policy == UNIQUE and len(table.rules) <= MAX_RULES:
        yield from _overlapping(table, rules)


def _unread(table: Table, inputs: list[etree._Element]) -> Iterator[Problem]:
    for place, column in enumerate(table.inputs):
        if all(rule.cells[place] == ANYTHING for rule in table.rules):
            yield inputs[place].get("id"), f"Expected a rule that looks at the input {column.label!r}, but every cell is a dash. Fill one, or remove it."


def _useless(table: Table, rules: list[etree._Element]) -> Iterator[Problem]:
    earlier: dict[tuple[Cell, ...], int] = {}
    for place, rule in enumerate(table.rules):
        first = earlier.setdefault(rule.cells, place)
        if first != place and table.hit_policy in {FIRST, UNIQUE}:
            yield rules[place].get("id"), f"Expected every rule to ask for something else, but rules {first + 1} and {place + 1} ask for the same. Remove one."
    if table.hit_policy == FIRST:
        for place, rule in enumerate(table.rules[:-1]):
            if all(cell == ANYTHING for cell in rule.cells):
                message = f"Expected rule {place + 1}, which fits everything, to be the last one, but others follow that never get their turn. Move it down."
                yield rules[place].get("id"), message


# --- kinds ----------------------------------------------------------------------------------------------------------


def _mistyped(table: Table, rules: list[etree._Element]) -> Iterator[Problem]:
    for number, (rule, node) in enumerate(zip(table.rules, rules, strict=True), start=1):
        for cell, column in zip(rule.cells, table.inputs, strict=True):
            for test in cell.tests:
                if isinstance(test, Condition):
                    continue
                for value in _constants(test.operands()):
                    if not _is_of(column.type, value):
                        message = f"Expected {_kind(column.type)} in rule {number}, input {column.label!r}, but found {show(value)}, which it never is. Change one."
                        yield node.get("id"), message
        for source, output in zip(rule.results, table.outputs, strict=True):
            for value in _constants([source]):
                if not _is_of(output.type, value):
                    message = f"Expected {_kind(output.type)} in rule {number}, output {output.name!r}, as its type says, but found {show(value)}. Change one."
                    yield node.get("id"), message


def _undeclared(table: Table, rules: list[etree._Element], outputs: list[etree._Element]) -> Iterator[Problem]:
    for place, (output, node) in enumerate(zip(table.outputs, outputs, strict=True)):
        values = list(_constants(output.values))
        if not output.values or len(values) < len(output.values):
            continue
        for number, rule in enumerate(table.rules, start=1):
            for value in _constants([rule.results[place]]):
                if value not in values:
                    message = f"Expected one of {', '.join(output.values)} in rule {number}, output {output.name!r}, but found {show(value)}. Add it to the output values."
                    yield rules[number - 1].get("id") or node.get("id"), message


def _kind(type_: str) -> str:
    return KINDS.get(_plain(type_), type_)


def _plain(type_: str) -> str:
    return type_.rpartition(":")[2].replace(" ", "").lower()


def _is_of(type_: str, value: Any) -> bool:
    """Tell whether a value can be of a typeRef; what we do not know fits."""
    plain = _plain(type_)
    if isinstance(value, list | tuple):
        return all(_is_of(type_, each) for each in value)
    if value is None or plain not in KINDS:
        return True
    if plain == "boolean":
        return isinstance(value, bool)
    if plain in {"number", "double", *WHOLE}:
        return isinstance(value, int | float) and not isinstance(value, bool) and (plain not in WHOLE or float(value).is_integer())
    if plain == "string":
        return isinstance(value, str)
    return isinstance(value, date) or (isinstance(value, str) and _is_moment(value))


def _is_moment(text: str) -> bool:
    try:
        parse_moment(text)
    except EngineError:
        return False
    return True


def _constants(sources: Any) -> Iterator[Any]:
    for source in sources:
        try:
            yield _constant(source)
        except _Unknown:
            continue


@lru_cache(maxsize=4096)
def _constant(source: str) -> Any:
    """Return the value of an expression that needs neither data nor clock. Raises _Unknown."""
    if "today" in source or "now" in source:
        raise _Unknown
    try:
        return evaluate(source, {}, {}, now=NOBODYS_TIME)
    except EngineError:
        raise _Unknown from None


# --- rules that fit the same ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Column:
    """One input: values that stand for all there are, and for each rule the set of those that pass, as bits; None: not known."""

    values: list[Any]
    passing: list[int | None]


def _overlapping(table: Table, rules: list[etree._Element]) -> Iterator[Problem]:
    """Yield every rule that fits together with an earlier one, with values that both fit."""
    sources = [column.source for column in table.inputs]
    if len(set(sources)) < len(sources):
        return  # two columns of one value are not independent
    columns = [_column(table, place) for place in range(len(table.inputs))]
    for later in range(len(table.rules)):
        for earlier in range(later):
            found = [_common(column, earlier, later) for column in columns]
            if all(each for each in found) and table.rules[earlier].cells != table.rules[later].cells:
                both = ", ".join(f"{column.source} = {show(each[0])}" for column, each in zip(table.inputs, found, strict=True))
                message = f"Expected rules that exclude each other, but rules {earlier + 1} and {later + 1} both fit when {both}. Narrow one, or choose FIRST."
                yield rules[later].get("id"), message
                break


def _common(column: _Column, one: int, other: int) -> list[Any]:
    """Return a value that passes both rules, in a list; none when there is none or when it is not known."""
    left, right = column.passing[one], column.passing[other]
    if left is None or right is None or not left & right:
        return []
    both = left & right
    return [column.values[(both & -both).bit_length() - 1]]


def _column(table: Table, place: int) -> _Column:
    cells = [rule.cells[place] for rule in table.rules]
    constants = list(_constants({source: None for cell in cells for test in cell.tests for source in test.operands() if not isinstance(test, Condition)}))
    values = list(_standing_for(constants, table.inputs[place]))
    return _Column(values, [_bits(cell, values) for cell in cells])


def _bits(cell: Cell, values: list[Any]) -> int | None:
    """Return which values pass, as bits; None when the cell is not made of constants."""
    if any(isinstance(test, Condition) for test in cell.tests):
        return None
    found = 0
    for place, value in enumerate(values):
        try:
            found |= cell.holds(value, _constant) << place
        except _Unknown:
            return None
        except EngineError:
            continue  # a value of another kind
    return found


def _standing_for(constants: list[Any], column: Input) -> Iterator[Any]:
    """Yield values such that every cell that is made of these constants treats any other value like one of them."""
    flat = [part for each in constants for part in (each if isinstance(each, list | tuple) else [each])]
    numbers = sorted({each for each in flat if type(each) in {int, float}})
    texts = sorted({each for each in flat if isinstance(each, str)})
    days = sorted({each for each in flat if type(each) is date})
    moments = sorted({each for each in flat if isinstance(each, datetime)})
    yield from numbers
    if numbers:
        yield from (numbers[0] - 1, numbers[-1] + 1)
        if _plain(column.type) not in WHOLE:
            yield from ((one + other) / 2 for one, other in pairwise(numbers))
        yield from (one + 1 for one in numbers)
    yield from texts
    yield from (f"{text} …" for text in texts)
    for many, step in ((days, timedelta(days=1)), (moments, timedelta(minutes=1))):
        for each in many:
            yield from (each, each - step, each + step)
    if any(isinstance(each, bool) for each in flat) or not (numbers or texts or days or moments):
        yield from (True, False)
    yield from (None for each in flat[:1] if each is None)
