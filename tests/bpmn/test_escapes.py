"""Every attempt of the corpus is refused: as an expression, in the places where expressions stand, within counted bounds, in little memory."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest

from engine.bpmn.language.bounds import MAX_WEIGHT
from engine.bpmn.language.budget import MAX_STEPS, Budget
from engine.bpmn.language.expressions import evaluate, evaluate_parsed, parse
from engine.definitions.functions import FUNCTIONS
from engine.kernel.errors import InvalidInput
from tests.bpmn.diagrams import NOW
from tests.bpmn.escapes import ALL, ATTEMPTS, DATA, PLACES, expression, refused

SPECIMENS = [
    "report.__class__", "__import__('os').system('true')", "(lambda: 1)()", "f'{x}'", "'\u202e'", "\uff45\uff56\uff41\uff4c('1')", "not " * 900 + "1",
    "9 ** 9 ** 9", "'a' * 10 ** 9", "[a for a in rows for b in rows for c in rows]", "working_days_after(today(), 10 ** 30)", "today() + months(10 ** 9)",
]  # fmt: skip


def test_the_corpus_is_large_and_of_every_kind() -> None:
    assert len(ALL) == len({source for _, source in ALL}) >= 350
    assert min(len(sources) for sources in ATTEMPTS.values()) >= 20


@pytest.mark.parametrize("kind", ATTEMPTS)
def test_every_attempt_is_refused_with_one_short_sentence(kind: str) -> None:
    for source in ATTEMPTS[kind]:
        sentence = refused(expression, source)
        assert sentence is not None, source
        assert sentence.startswith("Expected "), (source, sentence)
        assert len(sentence) < 900, (source, sentence)


@pytest.mark.parametrize("name", PLACES)
def test_every_place_refuses_attempts_of_every_kind(name: str) -> None:
    place = PLACES[name]
    mine = itertools.islice(ALL, list(PLACES).index(name), None, len(PLACES))  # the corpus is dealt out to the places
    let_through = [source for source in (*SPECIMENS, *(source for _, source in mine)) if refused(place, source) is None]
    assert let_through == []


@pytest.mark.parametrize("kind", ["numbers", "memory", "time", "dates"])
def test_what_costs_too_much_stops_at_the_bound(kind: str) -> None:
    """The bound is counted and not timed: python -m tests.bpmn.escapes prints what it comes to in milliseconds."""
    for source in ATTEMPTS[kind]:
        budget = Budget()
        with pytest.raises(InvalidInput):
            evaluate_parsed(parse(source), DATA, FUNCTIONS, now=NOW, budget=budget)
        assert MAX_STEPS >= budget.left > -2 * MAX_WEIGHT - 2, source


@pytest.mark.parametrize("source", ["deep == other", "deep in [other]", "unique([deep, other])", "flatten(deep)", "sorted([deep, other])", "same(deep, other)", "upper(deep)", "deep.x"])
def test_data_of_forty_thousand_levels_are_no_way_out(source: str) -> None:
    deep: list[object] = []
    other: list[object] = []
    for _ in range(40_000):
        deep, other = [deep], [other]
    assert refused(lambda text: evaluate(text, {"deep": deep, "other": other}, {}, now=NOW), source) is not None


def test_the_bombs_are_refused_in_a_process_that_has_200_mb_to_spare() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.bpmn.escapes", "--limited"], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(ALL)} refused" in done.stdout
