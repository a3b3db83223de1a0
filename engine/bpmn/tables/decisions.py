"""Decision tables (DMN 1.3, chapter 8) and what one decides over the data of a process. Reads no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.bpmn.language.builtin_functions import show
from engine.bpmn.tables.unary_tests import Cell, Evaluate
from engine.kernel.errors import InvalidInput

UNIQUE, FIRST, ANY, PRIORITY = "UNIQUE", "FIRST", "ANY", "PRIORITY"
COLLECT, RULE_ORDER, OUTPUT_ORDER = "COLLECT", "RULE ORDER", "OUTPUT ORDER"
HIT_POLICIES = (UNIQUE, FIRST, ANY, PRIORITY, COLLECT, RULE_ORDER, OUTPUT_ORDER)
SEVERAL = frozenset({COLLECT, RULE_ORDER, OUTPUT_ORDER})  # these answer with lists
RANKED = frozenset({PRIORITY, OUTPUT_ORDER})


def _total(values: Sequence[Any]) -> Any:
    return sum(values)


AGGREGATIONS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "SUM": _total,
    "MIN": lambda values: min(values, default=None),
    "MAX": lambda values: max(values, default=None),
    "COUNT": len,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A column that is looked at: its heading, its expression and its typeRef."""

    label: str
    source: str
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A column that is answered: its name in the data, and what it is when no rule fits (an expression).

    `values`: the expressions of its outputValues, the first of the highest priority. `type`: its typeRef.
    """

    name: str
    default: str | None
    values: tuple[str, ...] = ()
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row: a cell for each input, an expression for each output."""

    cells: tuple[Cell, ...]
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A decision table. Rules are counted from 1, as the editor does."""

    key: str
    hit_policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    @property
    def parts(self) -> int:
        """The number of its cells: what one decision may cost grows with it."""
        return (len(self.inputs) + len(self.outputs)) * (len(self.rules) + 1)


Hit = tuple[int, Rule]


def decide(table: Table, evaluate: Evaluate) -> dict[str, Any]:
    """Return output name → value. Raises InvalidInput, naming the decision, when it does not decide.

    `evaluate` gives the value of an expression over the data.
    """
    given = [(column, _evaluated(table, f"input {column.label!r}", column.source, evaluate)) for column in table.inputs]
    hits = [hit for hit in enumerate(table.rules, start=1) if _fits(table, hit, given, evaluate)] if table.hit_policy != FIRST else []
    if table.hit_policy == FIRST:
        first = next((hit for hit in enumerate(table.rules, start=1) if _fits(table, hit, given, evaluate)), None)
        hits = [first] if first else []
    answering = all(column.default is not None for column in table.outputs)
    if not hits and (answering or table.hit_policy not in SEVERAL):
        return _defaults(table, given, evaluate)
    if table.hit_policy in RANKED:
        hits = _ranked(table, hits, evaluate)
    if table.hit_policy == PRIORITY:
        return _results(table, hits[0], evaluate)
    if table.hit_policy in SEVERAL:
        return _collected(table, [_results(table, hit, evaluate) for hit in hits])
    return _single(table, hits, given, evaluate)


def _fits(table: Table, hit: Hit, given: list[tuple[Input, Any]], evaluate: Evaluate) -> bool:
    number, rule = hit
    for cell, (column, value) in zip(rule.cells, given, strict=True):
        try:
            if not cell.holds(value, evaluate):
                return False
        except InvalidInput as error:
            raise InvalidInput(f"{error.message} In rule {number}, input {column.label!r}, of the decision {table.key}.") from error
    return True


def _results(table: Table, hit: Hit, evaluate: Evaluate) -> dict[str, Any]:
    number, rule = hit
    pairs = zip(table.outputs, rule.results, strict=True)
    return {column.name: _evaluated(table, f"rule {number}, output {column.name!r}", source, evaluate) for column, source in pairs}


def _evaluated(table: Table, place: str, source: str, evaluate: Evaluate) -> Any:
    try:
        return evaluate(source)
    except InvalidInput as error:
        raise InvalidInput(f"{error.message} In {place}, of the decision {table.key}.") from error


def _ranked(table: Table, hits: list[Hit], evaluate: Evaluate) -> list[Hit]:
    """Return the hits by the places of their answers among the outputValues; the first output weighs most."""
    orders = [[evaluate(value) for value in column.values] for column in table.outputs]

    def places(hit: Hit) -> list[int]:
        found = _results(table, hit, evaluate)
        return [_place(table, column, order, found[column.name]) for column, order in zip(table.outputs, orders, strict=True)]

    return sorted(hits, key=places)


def _place(table: Table, column: Output, order: list[Any], value: Any) -> int:
    if value not in order:
        raise InvalidInput(
            f"Expected one of the output values {', '.join(column.values)} for {column.name!r} of the decision {table.key}, but found {show(value)}."
        )
    return order.index(value)


def _single(table: Table, hits: list[Hit], given: list[tuple[Input, Any]], evaluate: Evaluate) -> dict[str, Any]:
    numbers = " and ".join(str(number) for number, _ in hits)
    if table.hit_policy == UNIQUE and len(hits) > 1:
        raise InvalidInput(
            f"Expected one rule of the decision {table.key} to fit, but the rules {numbers} fit: {_shown(given)}. "
            "Make them exclude each other, or choose the hit policy FIRST."
        )
    found = [_results(table, hit, evaluate) for hit in hits]
    if any(each != found[0] for each in found):
        raise InvalidInput(
            f"Expected the rules {numbers} of the decision {table.key} to say the same, but they differ: {_shown(given)}. Make them agree."
        )
    return found[0]


def _defaults(table: Table, given: list[tuple[Input, Any]], evaluate: Evaluate) -> dict[str, Any]:
    if any(column.default is None for column in table.outputs):
        raise InvalidInput(
            f"Expected a rule of the decision {table.key} to fit, but none does: {_shown(given)}. Add a rule for it, or default outputs."
        )
    return {column.name: _evaluated(table, f"the default of {column.name!r}", column.default or "", evaluate) for column in table.outputs}


def _collected(table: Table, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the list of every output's values, or the one number that they are reduced to."""
    lists = {column.name: [each[column.name] for each in found] for column in table.outputs}
    if table.aggregation is None:
        return dict(lists)
    ((name, values),) = lists.items()
    if table.aggregation != "COUNT" and not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        raise InvalidInput(f"Expected numbers for the {table.aggregation} of {name!r} of the decision {table.key}, but found {show(values)}.")
    return {name: AGGREGATIONS[table.aggregation](values)}


def _shown(given: list[tuple[Input, Any]]) -> str:
    return ", ".join(f"{column.source} = {show(value)}" for column, value in given) or "it asks for nothing"
