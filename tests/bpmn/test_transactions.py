"""Transactions: a sub-process that a cancel end event leaves by its cancel boundary event."""

from __future__ import annotations

from tests.bpmn.diagrams import Run, chain, document, el, flow, many, process

CANCEL = "<bpmn:cancelEventDefinition/>"
INSIDE = (
    el("startEvent", "is") + el("userTask", "a") + el("exclusiveGateway", "g") + chain("is", "a", "g")
    + el("endEvent", "good") + flow("g", "good", "fine") + el("endEvent", "off", CANCEL) + flow("g", "off") + el("userTask", "beside") + flow("is", "beside")
)  # fmt: skip


def shape(inside: str = INSIDE, **attributes: str) -> bytes:
    border = el("boundaryEvent", "b", CANCEL, attachedToRef="t") + el("userTask", "undone") + flow("b", "undone")
    body = el("startEvent", "s") + el("transaction", "t", inside, **attributes) + border + el("userTask", "done") + chain("s", "t", "done")
    return document(process(body))


def test_a_transaction_that_succeeds_is_a_sub_process() -> None:
    run = Run(shape())
    run.complete("a", fine=True)
    assert run.open == ["beside"]
    run.complete("beside")
    assert run.open == ["done"]


def test_a_cancel_end_event_ends_all_inside_and_goes_on_at_the_border() -> None:
    run = Run(shape())
    run.complete("a", fine=False)
    assert run.open == ["undone"]
    assert run.path == ["s", "is", "a", "g", "off", "b"]
    assert run.complete("undone").ended


def test_a_cancel_end_event_deeper_inside_cancels_the_whole_transaction() -> None:
    inner = el("subProcess", "in", INSIDE.replace('id="is"', 'id="ns"').replace("is-", "ns-").replace('sourceRef="is"', 'sourceRef="ns"'))
    run = Run(shape(el("startEvent", "is") + inner + flow("is", "in") + el("userTask", "other") + flow("is", "other")))
    run.complete("a", fine=False)
    assert run.open == ["undone"]


def test_one_of_many_transactions_cancels_them_all() -> None:
    run = Run(shape(INSIDE + many()), {"people": [1, 2]})
    run.complete("a", fine=False)
    assert run.open == ["undone"]
