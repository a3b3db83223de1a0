"""The six real directives, read exactly, and read the same when they are printed otherwise."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.directives.reading import read_document
from tests.directives.reading.compare import STRICT, facts, strict_value
from tests.directives.reading.mutate import MUTATIONS

ROOT = Path(__file__).resolve().parents[3]
DIRECTIVES = ROOT / "../shared/directives"
SAMPLES = ROOT / "processes/samples/documents"
ANSWERS = ("370-cv-btgtu", "930-cv-btgtu", "125-cv-btghu", "lao-cai-cv-tu", "1469-cv-btgtu", "1469-cv-btgtu.attached")
FILES = tuple(answer for answer in ANSWERS if "." not in answer)
EXACT = Path(__file__).parent / "exact"
SEEDS = 6

real = pytest.mark.skipif(
    not DIRECTIVES.is_dir(), reason=f"THE SIX REAL DIRECTIVES ARE NOT HERE ({DIRECTIVES}): the reader was not measured against them"
)


@cache
def readings(path: Path) -> list[dict[str, Any]]:
    return [reading.to_json() for reading in read_document(path.name, path.read_bytes())]


@cache
def answer(name: str) -> dict[str, Any]:
    return dict(json.loads((DIRECTIVES / "expected" / f"{name}.json").read_text(encoding="utf-8")))


@real
@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("key", STRICT)
def test_every_strict_key_is_read_exactly(name: str, key: str) -> None:
    expected = answer(name)
    found = readings(DIRECTIVES / expected["file"])[expected["part"] - 1]
    assert strict_value(found, key) == strict_value(expected, key)


@real
@pytest.mark.parametrize("name", ANSWERS)
def test_the_strict_keys_of_the_answers_are_those_compared_here(name: str) -> None:
    assert tuple(answer(name)["strict"]) == STRICT


@real
@pytest.mark.parametrize("name", ANSWERS)
def test_a_file_holds_as_many_documents_as_the_answer_says(name: str) -> None:
    assert len(readings(DIRECTIVES / answer(name)["file"])) == answer(name)["parts_in_file"]


def assert_reads_the_same(path: Path, mutation: Callable[[str, random.Random], bytes], seeds: int = SEEDS) -> None:
    text = path.read_text(encoding="utf-8")
    expected = [facts(reading) for reading in readings(path)]
    for seed in range(seeds):
        printed = mutation(text, random.Random(seed))
        assert [facts(found.to_json()) for found in read_document(path.name, printed)] == expected, f"seed {seed}"


@real
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_a_directive_printed_otherwise_reads_the_same(name: str, mutation: Callable[[str, random.Random], bytes]) -> None:
    assert_reads_the_same(DIRECTIVES / f"{name}.txt", mutation)


@pytest.mark.parametrize("path", [*sorted(SAMPLES.glob("*.txt")), *sorted(EXACT.glob("*.txt"))], ids=lambda path: path.stem)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_a_sample_printed_otherwise_reads_the_same(path: Path, mutation: Callable[[str, random.Random], bytes]) -> None:
    assert_reads_the_same(path, mutation, seeds=2)


@real
@pytest.mark.parametrize("name", FILES)
def test_lines_move_with_the_text(name: str) -> None:
    path = DIRECTIVES / f"{name}.txt"
    moved = read_document(path.name, b"\n" * 5 + path.read_bytes())
    assert [list(one.lines) for one in moved] == [[line + 5 for line in one["lines"]] for one in readings(path)]
