"""Ad-hoc sub-processes (BPMN 2.0, 13.3.5)."""

from __future__ import annotations

import pytest

from engine.bpmn import Choose, compile_definition
from engine.kernel.errors import DefinitionInvalid, Refused, StepFailed
from tests.bpmn.diagrams import Run, chain, document, el, error, flow, many, message, process, timer

SEQUENTIAL = {"ordering": "Sequential"}
TASKS = el("userTask", "a") + el("userTask", "b")


def ad_hoc(inner: str, condition: str | None = "ready", repeated: str = "", **attributes: str) -> str:
    until = f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    return el("adHocSubProcess", "h", repeated + inner + until, **attributes)


def around(inner: str, beside: str = "", **declared: tuple[str, ...]) -> bytes:
    return document(process(el("startEvent", "s") + inner + el("userTask", "after") + chain("s", "h", "after") + beside), **declared)


def script(name: str, line: str) -> str:
    return el("scriptTask", name, f"<bpmn:script>{line}</bpmn:script>")


def choices(run: Run) -> list[tuple[str, tuple[str, ...]]]:
    return [(choice.element, choice.flows) for choice in run.out.choices]


def test_people_do_what_they_like_as_often_as_they_like_until_the_condition_holds() -> None:
    run = Run(around(ad_hoc(TASKS)), {"ready": False})
    assert run.open == ["a", "b"]
    assert [task.call_path for task in run.out.tasks] == [("h",), ("h",)]
    run.complete("b")
    run.complete("b", seen=1)
    assert run.open == ["a", "b"]
    run.complete("a", ready=True)
    assert run.open == ["after"]
    assert run.path == ["s", "b", "b", "a", "h"]
    assert run.complete("after").ended


def test_what_nobody_has_done_stays_the_same_open_work() -> None:
    run = Run(around(ad_hoc(TASKS)), {"ready": False})
    kept = next(task.id for task in run.out.tasks if task.element == "b")
    run.complete("a")
    assert kept in [task.id for task in run.out.tasks]
    assert len({task.id for task in run.out.tasks}) == 2


def test_without_a_condition_each_activity_is_done_once() -> None:
    run = Run(around(ad_hoc(TASKS + el("serviceTask", "c"), condition=None)))
    assert choices(run) == [("h", ("c",))]
    run.complete("b")
    run.choose("h", "c")
    assert (run.open, choices(run)) == (["a"], [])
    run.complete("a")
    assert run.open == []
    run.answer("c")
    assert run.open == ["after"]


def test_what_no_person_does_is_started_by_a_choice_at_any_time_and_more_than_once() -> None:
    run = Run(around(ad_hoc(el("userTask", "a") + el("serviceTask", "c") + script("n", "times = times + 1"))), {"ready": False, "times": 0})
    assert choices(run) == [("h", ("c", "n"))]
    kept = run.out.choices[0].id
    run.choose("h", "c")
    run.choose("h", "c")
    assert run.out.choices[0].id == kept
    run.choose("h", "n")
    run.choose("h", "n")
    assert [operation.element for operation in run.out.operations] == ["c", "c"]
    assert run.out.data["times"] == 2
    with pytest.raises(Refused, match="one of the activities c, n of h, but found 'a'"):
        run.choose("h", "a")
    run.answer("c", ready=True)
    assert (run.open, run.out.operations, choices(run)) == (["after"], (), [])


def test_a_choice_tells_whose_it_is() -> None:
    lanes = '<bpmn:laneSet id="ls"><bpmn:lane id="l" chidao:role="clerk"><bpmn:flowNodeRef>h</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    run = Run(document(process(lanes + el("startEvent", "s") + ad_hoc(el("serviceTask", "c")) + chain("s", "h"))), {"ready": True})
    assert [(choice.role, choice.call_path) for choice in run.out.choices] == [("clerk", ())]
    run.choose("h", "c")
    assert run.answer("c").ended


def test_sequential_ordering_lets_one_thing_run_at_a_time() -> None:
    run = Run(around(ad_hoc(TASKS + el("serviceTask", "c") + el("serviceTask", "d"), **SEQUENTIAL)), {"ready": False})
    assert (run.open, choices(run)) == (["a", "b"], [("h", ("c", "d"))])
    before, choice = {task.id for task in run.out.tasks}, run.out.choices[0].id
    run.choose("h", "c")
    assert (run.open, choices(run)) == ([], [])
    with pytest.raises(Refused, match="done, withdrawn or unknown"):
        run.do(Choose(task=choice, flow="d"))
    run.answer("c")
    assert (run.open, choices(run)) == (["a", "b"], [("h", ("c", "d"))])
    assert not before & {task.id for task in run.out.tasks}
    assert run.out.choices[0].id != choice
    run.complete("a", ready=True)
    assert run.open == ["after"]


def test_sequential_ordering_waits_with_what_a_flow_leads_to() -> None:
    inner = el("userTask", "a") + el("parallelGateway", "g") + el("serviceTask", "c") + el("serviceTask", "d") + el("userTask", "b")
    run = Run(around(ad_hoc(inner + chain("a", "g", "c") + chain("g", "d") + chain("g", "b"), **SEQUENTIAL)), {"ready": False})
    run.complete("a")
    assert ([each.element for each in run.out.operations], run.open) == (["c"], [])
    run.answer("c")
    assert ([each.element for each in run.out.operations], run.open) == (["d"], [])
    run.answer("d")
    assert run.open == ["a", "b"]
    run.complete("b", ready=True)
    assert run.open == ["after"]


def test_a_sequential_round_of_many_begun_by_one_person_is_finished_first() -> None:
    run = Run(around(ad_hoc(el("userTask", "a", many()) + el("userTask", "b"), **SEQUENTIAL)), {"ready": False, "people": ["An", "Bình"]})
    assert run.open == ["a", "a", "b"]
    run.complete("a")
    assert run.open == ["a"]
    run.complete("a")
    assert run.open == ["a", "a", "b"]


def test_flows_inside_order_what_they_join() -> None:
    inner = TASKS + el("userTask", "c") + el("parallelGateway", "j") + script("n", "times = times + 1") + chain("a", "j", "n", "c") + chain("b", "j")
    run = Run(around(ad_hoc(inner)), {"ready": False, "times": 0})
    run.complete("a")
    run.complete("a")
    assert run.open == ["a", "b"]
    run.complete("b")
    assert (run.open, run.out.data["times"]) == (["a", "b", "c"], 1)
    run.complete("b")
    assert (run.open, run.out.data["times"]) == (["a", "b", "c", "c"], 2)
    run.complete("c", ready=True)
    assert run.open == ["after"]


def test_an_inclusive_join_does_not_wait_for_what_is_only_offered() -> None:
    inner = TASKS + el("inclusiveGateway", "j") + el("userTask", "c") + chain("a", "j", "c") + chain("b", "j")
    run = Run(around(ad_hoc(inner)), {"ready": False})
    run.complete("a")
    assert run.open == ["a", "b", "c"]


def test_the_condition_is_looked_at_before_the_next_thing_begins() -> None:
    run = Run(around(ad_hoc(el("userTask", "a") + script("n", "done = true") + chain("a", "n"))), {"ready": False})
    run.complete("a", ready=True)
    assert run.path == ["s", "a", "h"]
    assert "done" not in run.out.data


def test_what_is_running_is_cancelled_or_finished_as_the_drawing_says() -> None:
    inner = el("userTask", "a") + el("serviceTask", "c") + el("subProcess", "deep", el("userTask", "x")) + el("userTask", "never") + chain("deep", "never")
    cancelled = Run(around(ad_hoc(inner)), {"ready": False})
    finished = Run(around(ad_hoc(inner, cancelRemainingInstances="false")), {"ready": False})
    for run in (cancelled, finished):
        run.choose("h", "c")
        run.choose("h", "deep")
        assert run.open == ["a", "x"]
        run.complete("a", ready=True)
    assert (cancelled.open, cancelled.out.operations) == (["after"], ())
    assert (finished.open, choices(finished)) == (["x"], [])
    finished.complete("x")
    assert finished.open == []
    finished.answer("c")
    assert finished.open == ["after"]


def test_events_inside_can_happen_again_and_again() -> None:
    inner = el("intermediateCatchEvent", "m", message("asked")) + el("userTask", "a") + chain("m", "a")
    run = Run(around(ad_hoc(inner), messages=("asked",)), {"ready": False})
    assert run.open == []
    run.deliver("m")
    run.deliver("m")
    assert run.open == ["a", "a"]
    run.complete("a", ready=True)
    assert (run.open, run.out.subscriptions) == (["after"], ())


def test_a_boundary_event_ends_one_thing_only_and_it_comes_back_after_the_next() -> None:
    inner = TASKS + el("boundaryEvent", "late", timer("P1D"), attachedToRef="a") + el("userTask", "urge") + chain("late", "urge")
    run = Run(around(ad_hoc(inner)), {"ready": False})
    run.fire("late")
    assert (run.open, run.out.timers) == (["b", "urge"], ())
    run.complete("urge")
    assert run.open == ["a", "b"]
    assert len(run.out.timers) == 1
    run.complete("b", ready=True)
    assert (run.open, run.out.timers) == (["after"], ())


def test_a_boundary_event_around_it_ends_it() -> None:
    late = el("boundaryEvent", "late", timer("P1D"), attachedToRef="h") + el("userTask", "urge") + chain("late", "urge")
    run = Run(around(ad_hoc(TASKS + el("serviceTask", "c")), late), {"ready": False})
    run.choose("h", "c")
    run.fire("late")
    assert (run.open, run.out.operations, choices(run)) == (["urge"], (), [])


def test_an_error_inside_is_caught_around_it() -> None:
    deep = el("subProcess", "deep", el("userTask", "x") + el("endEvent", "failed", error("E")) + chain("x", "failed"))
    caught = el("boundaryEvent", "oh", error("E"), attachedToRef="h") + el("userTask", "mend") + chain("oh", "mend")
    run = Run(around(ad_hoc(TASKS + deep), caught, errors=("E",)), {"ready": False})
    run.choose("h", "deep")
    run.complete("x")
    assert run.open == ["mend"]


def test_an_event_sub_process_inside_takes_over() -> None:
    handler = el("subProcess", "stop", el("startEvent", "stopped", message("stop")) + el("userTask", "tidy") + chain("stopped", "tidy"), triggeredByEvent="true")
    run = Run(around(ad_hoc(TASKS + handler), messages=("stop",)), {"ready": False})
    run.deliver("stopped")
    assert run.open == ["tidy"]
    run.complete("tidy")
    assert run.open == ["after"]


def test_an_event_sub_process_beside_holds_nothing_up() -> None:
    begin = el("startEvent", "asked", message("ask"), isInterrupting="false")
    handler = el("subProcess", "answer", begin + el("userTask", "tell") + chain("asked", "tell"), triggeredByEvent="true")
    run = Run(around(ad_hoc(TASKS + handler, **SEQUENTIAL), messages=("ask",)), {"ready": False})
    run.deliver("asked")
    run.deliver("asked")
    assert run.open == ["a", "b", "tell", "tell"]
    run.complete("a", ready=True)
    assert run.open == ["after"]


def test_it_runs_in_loops_as_many_and_inside_another() -> None:
    looped = el("startEvent", "s") + el("exclusiveGateway", "m") + ad_hoc(TASKS) + el("userTask", "check") + el("exclusiveGateway", "x", default="out") + el("endEvent", "e")
    run = Run(document(process(looped + chain("s", "m", "h", "check", "x") + flow("x", "m", "again") + flow("x", "e", id="out"))), {"ready": False})
    for round_ in range(3):
        run.complete("a", ready=False)
        run.complete("b", ready=True)
        run.complete("check", again=round_ < 2, ready=False)
    assert run.out.ended
    several = Run(around(ad_hoc(el("userTask", "a"), "person == 'An' or ready", many())), {"people": ["An", "Bình"], "ready": False})
    assert several.open == ["a", "a"]
    several.complete("a", which=0)
    several.complete("a", which=0)
    assert several.open == ["a"]
    several.complete("a", ready=True)
    assert several.open == ["after"]
    inner = ad_hoc(TASKS).replace('id="h"', 'id="i"')
    nested = Run(around(ad_hoc(inner, "twice")), {"ready": True, "twice": False})
    nested.choose("h", "i")
    assert nested.open == ["a", "b"]
    nested.complete("a")
    assert (nested.open, choices(nested)) == ([], [("h", ("i",))])
    nested.choose("h", "i")
    nested.complete("b", twice=True)
    assert nested.open == ["after"]


def test_what_passes_at_once_is_not_begun_for_ever() -> None:
    run = Run(around(ad_hoc(el("userTask", "a", many()) + el("userTask", "b"))), {"ready": False, "people": []})
    assert run.open == ["b"]
    run.complete("b", people=["An"])
    assert run.open == ["a", "b"]
    with pytest.raises(StepFailed, match="completion condition of h to hold"):
        Run(around(ad_hoc(el("userTask", "a", many()))), {"ready": False, "people": []})


def test_an_empty_one_is_passed() -> None:
    assert Run(around(ad_hoc(""))).open == ["after"]


def test_start_and_end_events_drawn_inside_do_no_harm() -> None:
    inner = el("startEvent", "i") + el("userTask", "a") + el("endEvent", "o") + chain("i", "a", "o") + el("userTask", "b")
    run = Run(around(ad_hoc(inner)), {"ready": False})
    assert run.open == ["a", "b"]
    run.complete("a")
    assert run.open == ["b"]
    run.complete("b", ready=True)
    assert run.open == ["after"]


@pytest.mark.parametrize(
    ("drawn", "rule"),
    [
        (ad_hoc(TASKS, "${bean.ready()}"), "expression"),
        (ad_hoc(TASKS, triggeredByEvent="true"), "unsupported_setting"),
        (ad_hoc(TASKS + chain("a", "b", "a")), "start"),
    ],
)
def test_what_cannot_run_is_refused(drawn: str, rule: str) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        compile_definition("p", {"p.bpmn": around(drawn)}, functions={})
    assert rule in [finding.rule for finding in refusal.value.findings]


def test_a_receive_task_behind_an_event_gateway_inside_races_with_the_others() -> None:
    inner = el("userTask", "a") + el("eventBasedGateway", "g") + el("receiveTask", "told", messageRef="m_tell") + el("intermediateCatchEvent", "late", timer("P1D")) + el("userTask", "b")
    inner += chain("a", "g", "told", "b") + chain("g", "late", "b")
    run = Run(around(ad_hoc(inner), messages=("tell",)), {"ready": False})
    run.complete("a")
    run.deliver("told")
    assert (run.open, run.out.timers) == (["a", "b"], ())
    run.complete("a")
    run.fire("late")
    assert (run.open, run.out.subscriptions) == (["a", "b", "b"], ())


def test_a_condition_about_what_nobody_has_said_yet_does_not_hold() -> None:
    run = Run(around(ad_hoc(TASKS, "signed and checked")))
    run.complete("a", signed=True)
    assert run.open == ["a", "b"]
    run.complete("b", checked=True)
    assert run.open == ["after"]
    wrong = Run(around(ad_hoc(TASKS, "signed + 1")))
    with pytest.raises(StepFailed, match="At h: "):
        wrong.complete("a", signed="yes")
