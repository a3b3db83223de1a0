"""What the check of joins says of random processes is what their runs show: what it refuses never goes through."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import timedelta

import pytest

from engine.bpmn.soundness.merges import judge, may_wait_for_ever
from engine.bpmn.vocabulary import ident, tag
from engine.bpmn.xml import parse
from engine.kernel.errors import Refused, StepFailed
from tests.properties.compare import CROWD, NOW, Saved, _choose, compiled
from tests.properties.draw import Author
from tests.properties.model import Model, xml

MODELS = 75  # of each of the four parts
RUNS, STEPS = 5, 20


def play(model: Model, seed: int) -> tuple[Counter[str], bool, set[str]]:
    """Run with random choices. Return what was passed, whether the process ended, and the joins at which a step failed."""
    passed, stuck, choice = Counter[str](), set[str](), random.Random(seed)
    try:
        run = Saved(compiled(model), dict(model.data))
    except StepFailed as error:
        return passed, False, {error.details["element"]} if "tokens wait for others" in error.message else set()
    for number in range(STEPS):
        passed.update(each.element for each in run.out.completed)
        open_work = (*run.out.tasks, *run.out.timers, *run.out.subscriptions, *run.out.operations, *run.out.choices)
        if run.out.ended or not open_work or len(open_work) > CROWD:
            break
        act, _ = _choose(run.out, choice)
        try:
            run.do(act, NOW + timedelta(hours=number + 1))
        except Refused:
            continue  # an error that nothing catches
        except StepFailed as error:
            stuck |= {error.details["element"]} if "tokens wait for others" in error.message else set()
    return passed, run.out.ended, stuck


@pytest.mark.parametrize("part", range(4))
def test_what_is_refused_never_goes_through_and_what_gets_stuck_was_foreseen(part: int) -> None:
    refused = foreseen = 0
    for seed in range(part * MODELS, part * MODELS + MODELS):
        model = Author(seed).model()
        root = parse("p.bpmn", xml(model)).root
        certain = [problem for scope in root.iter(tag("process"), tag("subProcess"), tag("transaction")) for problem in judge(scope).certain]
        possible = {ident(node) for process in root.iter(tag("process")) for node, _ in may_wait_for_ever(process)}
        runs = [play(model, choices) for choices in range(RUNS if certain else 1)]
        refused += len(certain)
        for node, message in certain:
            never = re.search(r"on every run: (\w+) never ends", message)
            assert not (never and never[1] == "p" and any(ended for _, ended, _ in runs)), (seed, message)
            assert never or not any(passed[ident(node)] for passed, _, _ in runs), (seed, message)
        stuck = set().union(*(found for _, _, found in runs))
        foreseen += bool(stuck)
        assert not stuck or certain or possible, (seed, stuck)
    assert refused > 1
    assert foreseen > 1
