"""Random expressions in JUEL and FEEL, written with as few brackets as each language allows, mean what their tree means."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import evaluate
from engine.bpmn.language.foreign_expressions import translated
from tests.bpmn.diagrams import NOW

DATA: dict[str, Any] = {"n": 3, "m": 8, "p": True, "q": False, "box": {"n": 5, "p": False}}
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "or": lambda a, b: a or b, "and": lambda a, b: a and b, "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge, "+": operator.add, "-": operator.sub, "*": operator.mul,
}  # fmt: skip
JUEL_LEVELS = {"?": 0, "or": 1, "and": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "not": 7, "minus": 7, "leaf": 9}
FEEL_LEVELS = {**JUEL_LEVELS, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3, "not": 9}
ONE_AT_A_TIME = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
JUEL_WORDS = {"or": ("||", "or"), "and": ("&&", "and"), "==": ("==", "eq"), "!=": ("!=", "ne"), "<": ("<", "lt"), "<=": ("<=", "le"), ">": (">", "gt"), ">=": (">=", "ge")}


@dataclass(frozen=True, slots=True)
class Tree:
    kind: str
    parts: tuple[Any, ...] = ()
    text: str = ""
    value: Any = None
    word: int = 0


def leaf(text: str, value: Any) -> Tree:
    return Tree("leaf", text=text, value=value)


NUMBERS = st.one_of(st.integers(0, 9).map(lambda n: leaf(str(n), n)), st.sampled_from([leaf("n", 3), leaf("m", 8), leaf("box.n", 5)]))
TRUTHS = st.sampled_from([leaf("p", True), leaf("q", False), leaf("box.p", False), leaf("true", True)])


def number_trees() -> st.SearchStrategy[Tree]:
    def larger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        return st.one_of(
            st.builds(lambda kind, a, b: Tree(kind, (a, b)), st.sampled_from(["+", "-", "*"]), inner, inner),
            st.builds(lambda a: Tree("minus", (a,)), inner),
        )

    return st.recursive(NUMBERS, larger, max_leaves=4)


def truth_trees() -> st.SearchStrategy[Tree]:
    compared = st.builds(lambda kind, a, b, word: Tree(kind, (a, b), word=word), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), number_trees(), number_trees(), st.integers(0, 1))

    def larger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        return st.one_of(
            st.builds(lambda kind, a, b, word: Tree(kind, (a, b), word=word), st.sampled_from(["or", "and", "==", "!="]), inner, inner, st.integers(0, 1)),
            st.builds(lambda a, word: Tree("not", (a,), word=word), inner, st.integers(0, 1)),
            st.builds(lambda a, b, c: Tree("?", (a, b, c)), inner, inner, inner),
        )

    return st.recursive(st.one_of(TRUTHS, compared), larger, max_leaves=8)


def meaning(tree: Tree) -> Any:
    parts = [meaning(part) for part in tree.parts]
    if tree.kind == "leaf":
        return tree.value
    if tree.kind == "?":
        return parts[1] if parts[0] else parts[2]
    if tree.kind in {"not", "minus"}:
        return not parts[0] if tree.kind == "not" else -parts[0]
    return OPERATORS[tree.kind](*parts)


def bracketed(text: str, *, needed: bool) -> str:
    return f"({text})" if needed else text


def juel(tree: Tree, least: int = 0) -> str:
    level = JUEL_LEVELS[tree.kind]
    if tree.kind == "leaf":
        return tree.text
    if tree.kind == "?":
        text = f"{juel(tree.parts[0], 1)} ? {juel(tree.parts[1])} : {juel(tree.parts[2])}"
    elif tree.kind in {"not", "minus"}:
        text = f"{'-' if tree.kind == 'minus' else ('!', 'not ')[tree.word]}{juel(tree.parts[0], level)}"
    else:
        word = JUEL_WORDS.get(tree.kind, (tree.kind,) * 2)[tree.word]
        text = f"{juel(tree.parts[0], level + (tree.kind in ONE_AT_A_TIME))} {word} {juel(tree.parts[1], level + 1)}"
    return bracketed(text, needed=level < least)


def feel(tree: Tree, least: int = 0) -> str:
    level = FEEL_LEVELS[tree.kind]
    if tree.kind == "leaf":
        return tree.text
    if tree.kind == "not":
        return f"not({feel(tree.parts[0])})"
    if tree.kind == "?":
        text = f"if {feel(tree.parts[0])} then {feel(tree.parts[1])} else {feel(tree.parts[2])}"
    elif tree.kind == "minus":
        text = f"-{feel(tree.parts[0], level)}"
    else:
        word = "=" if tree.kind == "==" else tree.kind
        text = f"{feel(tree.parts[0], level + (tree.kind in ONE_AT_A_TIME))} {word} {feel(tree.parts[1], level + 1)}"
    return bracketed(text, needed=level < least)


@settings(max_examples=120, deadline=None)
@given(truth_trees())
def test_juel_means_what_its_tree_means(tree: Tree) -> None:
    assert evaluate(translated(f"${{{juel(tree)}}}", condition=True), DATA, {}, now=NOW) is meaning(tree)


@settings(max_examples=120, deadline=None)
@given(truth_trees())
def test_feel_means_what_its_tree_means(tree: Tree) -> None:
    assert evaluate(translated(f"={feel(tree)}", condition=True), DATA, {}, now=NOW) is meaning(tree)


@pytest.mark.parametrize(("tree", "text"), [(Tree("not", (Tree("==", (leaf("p", True), leaf("q", False))),)), "!(p == q)"), (Tree("==", (Tree("not", (leaf("p", True),)), leaf("q", False))), "!p == q")])
def test_brackets_are_written_only_where_juel_needs_them(tree: Tree, text: str) -> None:
    assert juel(tree) == text
