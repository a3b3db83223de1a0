"""The expression language: conditions, keys, timers, parameters, assignments. An allow-list interpreter over Python's syntax.

Nothing here reaches `eval` or `exec`. There are no attributes, so nothing leads from a value to the interpreter's inside.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NoReturn

from engine.bpmn.builtin_functions import BUILTIN, CLOCK, bounded, show, weight
from engine.bpmn.moments import Duration, align, shift
from engine.kernel.errors import EngineError, InvalidInput

Functions = Mapping[str, Callable[..., Any]]

MAX_SOURCE = 4_000
MAX_DEPTH = 40
MAX_STEPS = 50_000
CONSTANTS = {"true": True, "false": False, "null": None}

COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
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
ALLOWED: tuple[type[ast.AST], ...] = (
    ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Store, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.And, ast.Or, ast.Compare,
    ast.IfExp, ast.Subscript, ast.Slice, ast.List, ast.Dict, ast.Tuple, ast.ListComp, ast.GeneratorExp, ast.comprehension, ast.Call,
    *COMPARE, *ARITHMETIC, *UNARY,
)  # fmt: skip
WORDS: dict[type[ast.AST], str] = {
    ast.Attribute: 'an attribute (write d["k"] instead of d.k)',
    ast.Lambda: "a lambda",
    ast.JoinedStr: "a formatted string",
    ast.NamedExpr: "an assignment inside an expression",
    ast.Starred: "a star",
    ast.keyword: "a named argument",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression, ready to be evaluated any number of times."""

    source: str
    body: ast.expr


@lru_cache(maxsize=4096)
def parse(source: str) -> Expression:
    """Return the checked expression. Raises InvalidInput when it is not one sentence of the language."""
    text = source.strip()
    if not text or len(text) > MAX_SOURCE:
        raise InvalidInput(f"Expected an expression of 1 to {MAX_SOURCE} characters, but found {len(text)}.")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InvalidInput(f"Expected an expression, but found {_short(text)} ({getattr(error, 'msg', 'too deep')}).") from None
    _inspect(tree.body, text, 1)
    return Expression(text, tree.body)


def check(source: str, functions: Iterable[str] = ()) -> None:
    """Check an expression for deployment, also that it calls only functions that are there. Raises InvalidInput."""
    known = {*BUILTIN, *CLOCK, *functions}
    for node in ast.walk(parse(source).body):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in known:
            raise InvalidInput(f"Expected one of the functions {', '.join(sorted(known))}, but found {node.func.id}(…) in {_short(source)}.")


def evaluate(source: str, data: Mapping[str, Any], functions: Functions, *, now: datetime) -> Any:
    """Return the value of `source` over `data`; `now` is what today() and now() mean. Raises InvalidInput."""
    expression = parse(source)
    try:
        return bounded(_Evaluation(data, functions, now).value(expression.body))
    except InvalidInput as error:
        raise InvalidInput(f"{error.message} In the expression {_short(source)}.", **error.details) from None
    except EngineError:
        raise
    except Exception as error:  # noqa: BLE001  whatever an installed function raises is a failure of this expression
        raise InvalidInput(f"Expected a value of the expression {_short(source)}, but found {type(error).__name__}: {error}") from None


def _short(source: str) -> str:
    return repr(source if len(source) <= 80 else source[:77] + "…")


def _inspect(node: ast.AST, source: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidInput(f"Expected an expression at most {MAX_DEPTH} levels deep, but found {_short(source)}.")
    if not isinstance(node, ALLOWED):
        _refuse(WORDS.get(type(node), f"{type(node).__name__}"), source)
    if isinstance(node, ast.Name) and node.id.startswith("_"):
        _refuse(f"the name {node.id}", source)
    if isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float | bool | None):
        _refuse(f"the literal {node.value!r}", source)
    if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and not node.keywords):
        _refuse("a call of something that is not a named function, or with named arguments", source)
    if isinstance(node, ast.comprehension) and node.is_async:
        _refuse("an asynchronous comprehension", source)
    if isinstance(node, ast.Dict) and None in node.keys:
        _refuse("two stars", source)
    for child in ast.iter_child_nodes(node):
        _inspect(child, source, depth + 1)


def _refuse(found: str, source: str) -> NoReturn:
    raise InvalidInput(f"Expected values, names, operators and calls of named functions, but found {found} in {_short(source)}.")


class _Evaluation:
    """One evaluation: the data, the names bound by comprehensions, and the count of steps."""

    def __init__(self, data: Mapping[str, Any], functions: Functions, now: datetime) -> None:
        self.data = data
        self.functions = functions
        self.now = now
        self.bound: dict[str, Any] = {}
        self.steps = 0

    def value(self, node: ast.expr) -> Any:
        self.spend(1)
        return _VALUE[type(node)](self, node)

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise InvalidInput(f"Expected at most {MAX_STEPS} steps, but found more.")

    def constant(self, node: ast.Constant) -> Any:
        return bounded(node.value)

    def name(self, node: ast.Name) -> Any:
        if node.id in self.bound:
            return self.bound[node.id]
        try:
            return self.data[node.id]
        except KeyError:
            if node.id in CONSTANTS:
                return CONSTANTS[node.id]
        raise InvalidInput(f"Expected the process data to have {node.id!r}, but found no such name.", unknown=node.id)

    def arithmetic(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(right, timedelta | Duration) and isinstance(node.op, ast.Add | ast.Sub):
            if isinstance(left, timedelta) and isinstance(right, timedelta):
                return ARITHMETIC[type(node.op)](left, right)
            return shift(left, right, 1 if isinstance(node.op, ast.Add) else -1)
        if isinstance(left, timedelta | Duration) and isinstance(node.op, ast.Add):
            return shift(right, left, 1)
        if isinstance(node.op, ast.Sub) and (isinstance(left, date) or isinstance(right, date)):
            left, right = align(left, right)
        elif not _fit(node.op, left, right):
            raise InvalidInput(f"Expected values that this operator joins, but found {show(left)} and {show(right)}.")
        return bounded(ARITHMETIC[type(node.op)](left, right))

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
            one, other = align(left, right) if isinstance(left, date) or isinstance(right, date) else (left, right)
            if isinstance(op, ast.In | ast.NotIn) and isinstance(right, list | tuple | str):
                self.spend(len(right) // 100)
            if not COMPARE[type(op)](one, other):
                return False
            left = right
        return True

    def choice(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def subscript(self, node: ast.Subscript) -> Any:
        whole = self.value(node.value)
        if not isinstance(whole, Mapping | list | tuple | str):
            raise InvalidInput(f"Expected a list or a dict before [ ], but found {show(whole)}.")
        key = self.part(node.slice) if isinstance(node.slice, ast.Slice) else self.value(node.slice)
        try:
            return whole[key]
        except (KeyError, IndexError, TypeError):
            raise InvalidInput(f"Expected {show(key)} to be in {show(whole)}, but found no such part.") from None

    def part(self, node: ast.Slice) -> slice:
        return slice(*(None if each is None else self.value(each) for each in (node.lower, node.upper, node.step)))

    def weighed(self, whole: Any) -> Any:
        """Count what a new list or dict holds: parts may be shared, and doubled at every level."""
        self.spend(weight(whole) // 10)
        return bounded(whole)

    def items(self, node: ast.List) -> Any:
        return self.weighed([self.value(part) for part in node.elts])

    def fixed(self, node: ast.Tuple) -> Any:
        return self.weighed(tuple(self.value(part) for part in node.elts))

    def pairs(self, node: ast.Dict) -> Any:
        return self.weighed({self.value(key): self.value(part) for key, part in zip(node.keys, node.values, strict=True) if key is not None})

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
        for item in list(items):
            self.spend(1)
            self.bind(loop.target, item)
            if all(self.value(test) for test in loop.ifs):
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
        self.spend(sum(len(each) for each in arguments if isinstance(each, list | tuple | str | Mapping)) // 10)
        if name in CLOCK:
            return CLOCK[name](self.now, *arguments)
        function = BUILTIN.get(name) or self.functions.get(name)
        if function is None:
            raise InvalidInput(f"Expected a function that is installed, but found {name}(…).")
        try:
            return bounded(function(*arguments))
        except TypeError as error:
            raise InvalidInput(f"Expected other arguments of {name}, but found {show(arguments)} ({error}).") from None


def _fit(op: ast.operator, left: Any, right: Any) -> bool:
    """Only numbers are multiplied, and only lists and texts of one kind are joined: no growth by repetition or formatting."""
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if isinstance(op, ast.Pow):
        return numbers and abs(right) <= 64 and abs(left) <= 10_000
    if isinstance(op, ast.Mult | ast.Div) and isinstance(left, timedelta):
        return isinstance(right, int | float)
    joinable = isinstance(op, ast.Add) and any(isinstance(left, kind) and isinstance(right, kind) for kind in (str, list, tuple))
    return numbers or joinable


_VALUE: dict[type[ast.expr], Callable[[_Evaluation, Any], Any]] = {
    ast.Constant: _Evaluation.constant,
    ast.Name: _Evaluation.name,
    ast.BinOp: _Evaluation.arithmetic,
    ast.UnaryOp: _Evaluation.unary,
    ast.BoolOp: _Evaluation.boolean,
    ast.Compare: _Evaluation.compare,
    ast.IfExp: _Evaluation.choice,
    ast.Subscript: _Evaluation.subscript,
    ast.List: _Evaluation.items,
    ast.Tuple: _Evaluation.fixed,
    ast.Dict: _Evaluation.pairs,
    ast.ListComp: _Evaluation.comprehension,
    ast.GeneratorExp: _Evaluation.comprehension,
    ast.Call: _Evaluation.call,
}
