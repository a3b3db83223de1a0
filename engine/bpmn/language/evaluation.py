"""Evaluates a checked syntax tree over process data, counting every step. Knows nothing of Python's attributes."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from engine.bpmn.language.budget import VALUES_A_STEP, Budget
from engine.bpmn.language.builtin_functions import BUILTIN, CLOCK, LIGHT, bounded, show, weight
from engine.bpmn.language.date_functions import part_of
from engine.bpmn.language.moments import Duration, align, comparable, shift
from engine.bpmn.language.syntax import CONSTANTS
from engine.kernel.errors import InvalidInput

Functions = Mapping[str, Callable[..., Any]]

COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.Add: operator.add,
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.Not: operator.not_, ast.USub: operator.neg, ast.UAdd: operator.pos}
DATES = (date, timedelta, Duration)


class Evaluation:
    """One evaluation: the data, the names bound by comprehensions, the steps left. `at`: the innermost part that failed."""

    def __init__(self, data: Mapping[str, Any], functions: Functions, now: datetime, budget: Budget) -> None:
        self.data = data
        self.functions = functions
        self.now = now
        self.budget = budget
        self.bound: dict[str, Any] = {}
        self.at: ast.AST | None = None

    def value(self, node: ast.expr) -> Any:
        """Return the value of `node`. Raises InvalidInput and what operators and installed functions raise."""
        self.budget.left -= 1
        if self.budget.left < 0:
            self.at = self.at or node
            self.budget.spend(0)
        try:
            return _VALUE[type(node)](self, node)
        except Exception:
            if self.at is None:
                self.at = node
            raise

    def constant(self, node: ast.Constant) -> Any:
        return node.value

    def name(self, node: ast.Name) -> Any:
        name = node.id
        if name in self.bound:
            return self.bound[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        try:
            return self.data[name]
        except KeyError:
            pass
        if name in BUILTIN or name in CLOCK or name in self.functions:
            raise InvalidInput(f"Expected a name of the process data, but found the function {name}. Write {name}(…).", unknown=name)
        near = get_close_matches(name[:60], list(self.data)[:1000], n=1, cutoff=0.7)
        if near:
            raise InvalidInput(f"Expected the process data to have {show(name)}, but found no such name. Did you mean {near[0]}?", unknown=name)
        raise InvalidInput(f"Expected the process data to have {show(name)}, but found no such name.", unknown=name)

    def attribute(self, node: ast.Attribute) -> Any:
        """Read data by name: `report.total` is report["total"]; dates and durations have parts."""
        whole = self.value(node.value)
        if isinstance(whole, Mapping):
            if node.attr in whole:
                return whole[node.attr]
            raise InvalidInput(f"Expected {show(node.attr)} to be in {show(whole)}, but found no such part.")
        if isinstance(whole, DATES):
            return part_of(whole, node.attr)
        remedy = f"Write date(…).{node.attr} for the part of a date." if isinstance(whole, str) else ""
        if isinstance(whole, list | tuple):
            remedy = f"Write [each.{node.attr} for each in …]."
        message = f"Expected a dict or a date before .{node.attr[:60]}, but found {show(whole)}."
        raise InvalidInput(f"{message} {remedy}" if remedy else message)

    def arithmetic(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, DATES) or isinstance(right, DATES):
            return _dated(node.op, left, right)
        if not _fit(node.op, left, right):
            raise InvalidInput(f"Expected values that this operator joins, but found {show(left)} and {show(right)}.")
        found = bounded(ARITHMETIC[type(node.op)](left, right))
        if type(found) not in LIGHT:
            self.budget.spend_on(found)
        return found

    def unary(self, node: ast.UnaryOp) -> Any:
        return UNARY[type(node.op)](self.value(node.operand))

    def boolean(self, node: ast.BoolOp) -> Any:
        wanted = isinstance(node.op, ast.Or)
        result: Any = None
        for part in node.values:
            result = self.value(part)
            if bool(result) is wanted:
                break
        return result

    def compare(self, node: ast.Compare) -> Any:
        left = self.value(node.left)
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part)
            if not self.holds(type(op), left, right):
                return False
            left = right
        return True

    def holds(self, op: type[ast.cmpop], left: Any, right: Any) -> Any:
        if op is ast.In or op is ast.NotIn:
            self.budget.spend_on(right)
            return _among(left, right) is (op is ast.In)
        if type(left) not in LIGHT or type(right) not in LIGHT:
            self.budget.spend_on(right)
            if isinstance(left, DATES) or isinstance(right, DATES):
                left, right = comparable(*align(left, right))
        try:
            return COMPARE[op](left, right)
        except TypeError:
            raise InvalidInput(f"Expected two values of one kind to compare, but found {show(left)} and {show(right)}.") from None

    def choice(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def subscript(self, node: ast.Subscript) -> Any:
        whole = self.value(node.value)
        if not isinstance(whole, Mapping | list | tuple | str):
            raise InvalidInput(f"Expected a list or a dict before [ ], but found {show(whole)}.")
        key = self.part(node.slice) if isinstance(node.slice, ast.Slice) else self.value(node.slice)
        try:
            return whole[key]
        except (KeyError, IndexError, TypeError, ValueError):
            raise InvalidInput(f"Expected {show(key)} to be in {show(whole)}, but found no such part.") from None

    def part(self, node: ast.Slice) -> slice:
        return slice(*(None if each is None else self.value(each) for each in (node.lower, node.upper, node.step)))

    def weighed(self, whole: Any) -> Any:
        """Count what a new list or dict holds: parts may be shared, and doubled at every level."""
        self.budget.spend(weight(whole) // VALUES_A_STEP)
        return bounded(whole)

    def items(self, node: ast.List) -> Any:
        return self.weighed([self.value(part) for part in node.elts])

    def fixed(self, node: ast.Tuple) -> Any:
        return self.weighed(tuple(self.value(part) for part in node.elts))

    def pairs(self, node: ast.Dict) -> Any:
        keys = [self.value(key) for key in node.keys if key is not None]
        if not all(isinstance(key, str | int | float | None) for key in keys):
            raise InvalidInput(f"Expected texts as keys, but found {show(keys)}.")
        return self.weighed({key: self.value(part) for key, part in zip(keys, node.values, strict=True)})

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Any:
        outside = self.bound
        self.bound = dict(outside)
        found: list[Any] = []
        self.collect(node, 0, found)
        self.bound = outside
        return self.weighed(found)

    def collect(self, node: ast.ListComp | ast.GeneratorExp, level: int, found: list[Any]) -> None:
        if level == len(node.generators):
            found.append(self.value(node.elt))
            return
        loop = node.generators[level]
        items = self.value(loop.iter)
        if not isinstance(items, list | tuple | Mapping):
            raise InvalidInput(f"Expected a list after in, but found {show(items)}.")
        for item in list(items):  # each costs at least the step of its test or of its value
            self.bind(loop.target, item)
            if not loop.ifs or all(self.value(test) for test in loop.ifs):
                self.collect(node, level + 1, found)

    def bind(self, target: ast.expr, item: Any) -> None:
        if isinstance(target, ast.Name):
            self.bound[target.id] = item
            return
        parts = target.elts if isinstance(target, ast.Tuple | ast.List) else []
        if not isinstance(item, list | tuple) or len(parts) != len(item):
            raise InvalidInput(f"Expected {len(parts)} parts, but found {show(item)}.")
        for part, value in zip(parts, item, strict=True):
            self.bind(part, value)

    def call(self, node: ast.Call) -> Any:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        arguments = [self.value(part) for part in node.args]
        self.budget.spend_on_call(name, arguments, outside=name in self.functions)
        if name in CLOCK:
            return CLOCK[name](self.now, *arguments)
        function = BUILTIN.get(name) or self.functions.get(name)
        if function is None:
            raise InvalidInput(f"Expected a function that is installed, but found {name[:60]}(…).")
        try:
            found = bounded(function(*arguments))
        except (TypeError, AttributeError) as error:
            raise InvalidInput(f"Expected other arguments of {name}, but found {show(arguments)} ({str(error)[:200]}).") from None
        if type(found) not in LIGHT:
            self.budget.spend_on_outside(found)
        return found


def _among(item: Any, whole: Any) -> bool:
    if not isinstance(whole, str | list | tuple | Mapping):
        raise InvalidInput(f"Expected a list, a dict or a text after in, but found {show(whole)}.")
    if isinstance(whole, list | tuple) and (isinstance(item, date) or any(isinstance(each, date) for each in whole)):
        return any(one == other for one, other in (align(item, each) for each in whole))
    return item in whole


def _dated(op: ast.operator, left: Any, right: Any) -> Any:
    """Reckon with dates and lengths of time: one length more or less, the time between two dates, a length some times over."""
    sign = 1 if isinstance(op, ast.Add) else -1
    if isinstance(op, ast.Add | ast.Sub) and isinstance(right, timedelta | Duration):
        both = isinstance(left, timedelta) and isinstance(right, timedelta)
        return ARITHMETIC[type(op)](left, right) if both else shift(left, right, sign)
    if isinstance(op, ast.Add) and isinstance(left, timedelta | Duration):
        return shift(right, left, 1)
    if isinstance(op, ast.Sub) and not isinstance(left, timedelta | Duration):
        one, other = align(left, right)
        if isinstance(one, date) and isinstance(other, date):
            return one - other
    if isinstance(op, ast.Mult | ast.Div) and isinstance(left, timedelta) and type(right) in {int, float}:
        return ARITHMETIC[type(op)](left, right)
    raise InvalidInput(f"Expected a date and a duration, two dates or two durations, but found {show(left)} and {show(right)}.")


def _fit(op: ast.operator, left: Any, right: Any) -> bool:
    """Only numbers are multiplied, and only lists and texts of one kind are joined: no growth by repetition or formatting."""
    if isinstance(left, int | float) and isinstance(right, int | float):
        return not isinstance(op, ast.Pow) or (abs(right) <= 64 and abs(left) <= 10_000)
    return isinstance(op, ast.Add) and any(isinstance(left, kind) and isinstance(right, kind) for kind in (str, list, tuple))


_VALUE: dict[type[ast.expr], Callable[[Evaluation, Any], Any]] = {
    ast.Constant: Evaluation.constant,
    ast.Name: Evaluation.name,
    ast.Attribute: Evaluation.attribute,
    ast.BinOp: Evaluation.arithmetic,
    ast.UnaryOp: Evaluation.unary,
    ast.BoolOp: Evaluation.boolean,
    ast.Compare: Evaluation.compare,
    ast.IfExp: Evaluation.choice,
    ast.Subscript: Evaluation.subscript,
    ast.List: Evaluation.items,
    ast.Tuple: Evaluation.fixed,
    ast.Dict: Evaluation.pairs,
    ast.ListComp: Evaluation.comprehension,
    ast.GeneratorExp: Evaluation.comprehension,
    ast.Call: Evaluation.call,
}
