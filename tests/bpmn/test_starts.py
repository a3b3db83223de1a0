"""A process with several start events: each instance begins at the one that happened."""

from __future__ import annotations

import pytest

from engine.kernel.errors import Refused
from tests.bpmn.diagrams import Run, chain, condition, document, el, flow, message, process, signal, timer

BODY = (
    el("startEvent", "plain") + el("startEvent", "on_message", message("new")) + el("startEvent", "on_other", message("again")) + el("startEvent", "on_signal", signal("go"))
    + el("startEvent", "on_time", timer("R/P1W", "timeCycle")) + el("startEvent", "on_data", condition("ready"))
    + "".join(el("userTask", f"t_{name}") + flow(name, f"t_{name}") for name in ("plain", "on_message", "on_other", "on_signal", "on_time", "on_data"))
)  # fmt: skip
XML = document(process(BODY), messages=("new", "again"), signals=("go",))


@pytest.mark.parametrize(
    ("said", "expected"),
    [({}, "plain"), ({"message": "new"}, "on_message"), ({"message": "again"}, "on_other"), ({"signal": "go"}, "on_signal"), ({"entry": "on_time"}, "on_time"), ({"entry": "on_data"}, "on_data")],
)
def test_an_instance_begins_where_something_happened(said: dict[str, str], expected: str) -> None:
    run = Run(XML, **said)
    assert run.open == [f"t_{expected}"]
    assert run.complete(f"t_{expected}").ended


def test_the_definition_says_what_starts_it() -> None:
    found = Run(XML).definition
    assert found.start_messages == {"new": "on_message", "again": "on_other"}
    assert found.start_signals == {"go": "on_signal"}
    assert found.start_timers == {"on_time": "R/P1W"}
    assert found.start_conditions == {"on_data": "ready"}


def test_without_a_plain_start_event_the_first_of_the_others_is_taken() -> None:
    body = el("startEvent", "t", timer("P1D")) + el("startEvent", "u", signal("go")) + el("userTask", "a") + el("userTask", "b") + chain("t", "a") + chain("u", "b")
    assert Run(document(process(body), signals=("go",))).open == ["b"]


@pytest.mark.parametrize("said", [{"message": "unknown"}, {"signal": "new"}, {"entry": "t_plain"}])
def test_what_starts_nothing_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(Refused, match="Expected a"):
        Run(XML, **said)


def test_a_receive_task_may_begin_the_process() -> None:
    body = el("receiveTask", "get", messageRef="m_new", instantiate="true") + el("boundaryEvent", "b", timer("P1D"), attachedToRef="get") + el("userTask", "a") + el("userTask", "late") + chain("get", "a") + chain("b", "late")
    run = Run(document(process(body), messages=("new",)), message="new")
    assert run.open == ["a"]
    assert run.path == ["get"]
    assert run.out.timers == ()
    assert run.definition.start_messages == {"new": "get"}


def test_an_event_based_gateway_may_begin_the_process_with_whichever_event_comes() -> None:
    body = (
        el("eventBasedGateway", "g", instantiate="true") + el("intermediateCatchEvent", "one", message("new")) + el("receiveTask", "two", messageRef="m_again")
        + el("userTask", "a") + el("userTask", "b") + chain("g", "one", "a") + chain("g", "two", "b")
    )  # fmt: skip
    xml = document(process(body), messages=("new", "again"))
    assert Run(xml, message="new").open == ["a"]
    run = Run(xml, message="again")
    assert run.open == ["b"]
    assert run.out.subscriptions == ()
    assert run.complete("b").ended


def test_a_script_task_without_a_script_is_a_task_that_a_person_does() -> None:
    run = Run(document(process(el("startEvent", "s") + el("scriptTask", "a") + chain("s", "a"))))
    assert run.open == ["a"]
