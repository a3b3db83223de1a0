"""Random processes of every supported element run as the reference interpreter says, saved and loaded at every step.

CHIDAO_SEED=n draws others than the usual ones; a long hunt is `nice python -m tests.properties.hunt 1000000 50000`. What fails is
told as the smallest diagram that fails in the same way.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter

import pytest

from engine.bpmn.activities import Activity
from engine.bpmn.events import Boundary
from engine.bpmn.gateways import InclusiveGateway, ParallelGateway
from engine.bpmn.instance import Inside, Instance
from engine.bpmn.many import Repetition
from engine.bpmn.tokens import Tokens
from tests.properties.compare import NOW, fault, judge, shrunk
from tests.properties.draw import Author
from tests.properties.hunt import hunt
from tests.properties.model import Flow, Graph, Model, Node
from tests.properties.reference import Running
from tests.properties.state import Failed, Order

SEED = int(os.environ.get("CHIDAO_SEED", "0")) * 1_000_000
MODELS = 45  # of each of the eight parts


@pytest.mark.parametrize("part", range(8))
def test_random_processes_run_as_the_reference_says(part: int) -> None:
    came_to, wrong = hunt(SEED + part * MODELS, MODELS)
    assert not wrong, "\n\n".join(wrong[:3])
    assert came_to["ended"] > MODELS // 3
    assert came_to["steps"] > MODELS


def test_the_models_hold_every_element_and_come_to_every_verdict() -> None:
    models = [Author(seed).model() for seed in range(8 * MODELS)]
    nodes = [node for model in models for graph in model.graphs() for node in graph.nodes]
    kinds = Counter(node.kind for node in nodes)
    assert min(kinds.values()) > 10, kinds
    triggers = Counter((node.kind, node.trigger.kind) for node in nodes if node.trigger)
    for kind in ("message", "timer", "signal", "conditional", "escalation", "error"):
        assert triggers["boundary", kind] > 5, kind
        assert triggers["handler", kind] > 5, kind
    for kind in ("message", "terminate", "signal", "escalation", "error", "cancel"):
        assert triggers["end", kind] > 5, kind
    verdicts = Counter(judge(model, seed).verdict for seed, model in enumerate(models[:25]))
    assert verdicts["ended"]
    assert verdicts["open"]


SABOTAGE = {  # faults that the comparison must notice: otherwise it would prove nothing
    "a parallel join goes on with the first token": (ParallelGateway, "gather", lambda self, token: self.merge(self.first_of_each(token))),
    "an inclusive join waits for nobody": (InclusiveGateway, "release", lambda self, token: self.merge(self.first_of_each(token)) or True),
    "a parallel split takes one way": (ParallelGateway, "leaving", lambda self, _token: self.flows[:1]),
    "a task takes every way": (Activity, "leaving", lambda self, _token: self.flows),
    "boundary events never interrupt": (Boundary, "fire", lambda _, token: token.workflow.spawn(token)),
    "event sub-processes never interrupt": (Tokens, "clear", lambda *_, **__: None),
    "an event gateway lets the other events listen": (Tokens, "win", lambda *_: None),
    "completion conditions are never true": (Repetition, "enough", lambda *_: False),
    "signals reach nobody": (Instance, "waiting", lambda *_: []),
    "errors are caught by nothing": (Tokens, "catcher", lambda *_: None),
    "what is inside is not saved": (Inside, "live", lambda _: []),
}  # fmt: skip


@pytest.mark.parametrize("what", SABOTAGE)
def test_the_comparison_notices(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, wrong = SABOTAGE[what]
    monkeypatch.setattr(owner, name, wrong)
    assert any(fault(Author(seed).model(), seed) for seed in range(150))


def test_a_failing_model_is_shrunk_to_what_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, wrong = SABOTAGE["a parallel split takes one way"]
    monkeypatch.setattr(owner, name, wrong)
    models = {seed: Author(seed).model() for seed in range(60)}
    seed, model = next((seed, model) for seed, model in models.items() if 20 < model.size() < 40 and fault(model, seed))
    small, choices = shrunk(model, seed, seeds=3)
    assert small.size() < min(model.size(), 14)
    assert fault(small, choices)
    assert any(node.kind == "and" for graph in small.graphs() for node in graph.nodes)


def ends_of(model: Model) -> list[str]:
    running = Running(model, NOW)
    running.begin(Order())
    return running.ends


def test_the_reference_itself_on_a_few_drawings_whose_course_is_plain() -> None:
    def line(*nodes: Node) -> Model:
        flows = tuple(Flow(id=f"{a.id}_{b.id}", source=a.id, target=b.id) for a, b in itertools.pairwise(nodes))
        return Model(main=Graph(id="p", nodes=nodes, flows=flows))

    start, end = Node(id="s", kind="start"), Node(id="e", kind="end")
    assert ends_of(line(start, end)) == ["e"]
    assert ends_of(line(start, Node(id="g", kind="and"))) == ["g"]
    assert ends_of(line(start, Node(id="i", kind="sub", inside=line(start, Node(id="x", kind="end")).main), end)) == ["e"]
    with pytest.raises(Failed, match="diverges"):
        ends_of(line(start, gate := Node(id="g", kind="xor"), Node(id="h", kind="xor"), gate))
    two = Graph(id="p", nodes=(start, Node(id="j", kind="and")), flows=(Flow(id="a", source="s", target="j"), Flow(id="b", source="j", target="j")))
    with pytest.raises(Failed, match="stuck"):
        ends_of(Model(main=two))
