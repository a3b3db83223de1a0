"""Looks for models on which engine and reference disagree: `python -m tests.properties.hunt [FIRST [COUNT]]`, from the root of the repository."""

from __future__ import annotations

import sys
from collections import Counter

from engine.kernel.errors import DefinitionInvalid
from tests.properties.compare import Differs, judge, shrunk
from tests.properties.draw import Author
from tests.properties.model import Model, xml


def told(model: Model, seed: int) -> str:
    """Shrink a model that fails and tell everything about it."""
    small, choices = shrunk(model, seed)
    drawing = xml(small).decode()
    return f"seed {seed}, shrunk from {model.size()} to {small.size()}, choices {choices}, data {dict(small.data)}\n{drawing}\n{_words(small, choices)}"


def _words(model: Model, seed: int) -> str:
    try:
        judge(model, seed)
    except (Differs, DefinitionInvalid) as error:
        return f"{error}"
    except Exception as error:  # noqa: BLE001  a crash is what is looked for
        return repr(error)
    return "it no longer fails"


def hunt(first: int, count: int) -> tuple[Counter[str], list[str]]:
    """Judge `count` models. Return what they came to, and what is wrong with those that fail."""
    came_to: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in range(first, first + count):
        model = Author(seed).model()
        try:
            report = judge(model, seed)
        except Exception:  # noqa: BLE001  whatever it is, it is told
            wrong.append(told(model, seed))
            continue
        came_to[report.verdict] += 1
        came_to["steps"] += report.steps
        came_to.update({f"refused step: {why}": number for why, number in report.failures.items()})
    return came_to, wrong


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:3]]
    begin, left = numbers[0] if numbers else 0, numbers[1] if len(numbers) > 1 else 10_000
    total, failed = Counter[str](), 0
    while left > 0:
        results, faults = hunt(begin, min(left, 500))
        total, failed, begin, left = total + results, failed + len(faults), begin + 500, left - 500
        print(*faults, f"until {begin}: {dict(total)}, {failed} failed", sep="\n\n", flush=True)  # noqa: T201  a program for developers
    sys.exit(bool(failed))
