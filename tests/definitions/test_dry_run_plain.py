"""Plain BPMN is tried as it is drawn: what our office would lack only waits to be completed by the scenario."""

from __future__ import annotations

import pytest

from engine.definitions import dry_run_steps
from engine.definitions.dry_run import StepRefused
from engine.kernel.errors import DefinitionInvalid
from tests.definitions.plain import MESSAGE, OTHER_MESSAGE, SIGNAL, condition, drawn, flows, node, timer, tried, waiting

START, END = node("startEvent", "s"), node("endEvent", "e")


def around(*nodes: str, chain: str) -> str:
    return "".join((START, *nodes, END, flows(chain)))


def test_tasks_of_people_and_of_machines_wait_and_are_completed() -> None:
    nodes = (node("task", "t"), node("userTask", "u"), node("manualTask", "m"), node("serviceTask", "o"), node("businessRuleTask", "r"))
    sources = drawn(around(*nodes, chain="s t u m o r e"))
    assert waiting(tried(sources, {"complete": "t"}, {"complete": "u"}, {"complete": "m"})) == [("operation", "o")]
    steps = [{"complete": each, "with": {each: 1}} for each in "tumor"]
    answer = tried(sources, *steps, start={"n": 2})
    assert (answer["ended"], answer["ends"], answer["path"]) == (True, ["e"], ["s", "t", "u", "m", "o", "r", "e"])
    assert answer["data"] == {"n": 2, "t": 1, "u": 1, "m": 1, "o": 1, "r": 1}
    assert answer["warnings"][0] == "t has no form (chidao:form): a real case would complete it without data, so t would be missing."


def test_a_person_chooses_the_way_out_of_a_gateway_without_conditions() -> None:
    sources = drawn(START, node("exclusiveGateway", "g"), node("task", "a"), node("task", "b"), flows("s g a", "g b"))
    (choice,) = tried(sources)["waiting"]
    assert (choice["type"], choice["element"], choice["flows"]) == ("choice", "g", ["g-a", "g-b"])
    assert waiting(tried(sources, {"choose": "g-b"})) == [("user", "b")]
    named = drawn(START, node("exclusiveGateway", "g"), node("task", "a"), node("task", "b", name="Bác"), flows("s g a", "g b"))
    assert waiting(tried(named, {"choose": "Bác"})) == [("user", "b")]
    with pytest.raises(StepRefused, match=r"it waits otherwise: use \{\"choose\": …\} with one of g-a \(a\), g-b \(b\)"):
        tried(sources, {"complete": "g"})


def test_the_activities_of_an_ad_hoc_sub_process_are_offered() -> None:
    inside = node("serviceTask", "call") + node("serviceTask", "write")
    sources = drawn(around(node("adHocSubProcess", "ad", inside), chain="s ad e"))
    assert waiting(tried(sources)) == [("choice", "ad")]
    steps = ({"choose": "write"}, {"complete": "write"}, {"choose": "call"}, {"complete": "call"})
    assert tried(sources, *steps)["path"] == ["s", "write", "call", "ad", "e"]


@pytest.mark.parametrize("kind", ["task", "serviceTask"])
def test_work_may_fail_with_an_error_that_is_caught_at_its_border(kind: str) -> None:
    border = node("boundaryEvent", "b", "<errorEventDefinition/>", attachedToRef="t")
    sources = drawn(around(node(kind, "t"), border, node("task", "handle"), chain="s t e") + flows("b handle"))
    answer = tried(sources, {"fail": "t", "error": "lost", "with": {"why": "mất giấy"}})
    assert (waiting(answer), answer["path"], answer["data"]) == ([("user", "handle")], ["s", "b"], {"why": "mất giấy"})
    with pytest.raises(StepRefused, match="'' around handle, but there is none"):
        tried(sources, {"fail": "t"}, {"fail": "handle"})


def test_a_path_that_ends_without_an_end_event_ends_nowhere() -> None:
    answer = tried(drawn(START, node("task", "t"), flows("s t")), {"complete": "t"})
    assert (answer["ended"], answer["ends"], answer["path"]) == (True, [], ["s", "t"])


def test_a_condition_waits_until_the_data_fulfil_it() -> None:
    sources = drawn(START, node("parallelGateway", "g"), node("task", "t"), node("intermediateCatchEvent", "c", condition("n > 1")), END, flows("s g t", "g c e"))
    assert waiting(tried(sources)) == [("user", "t"), ("condition", "c")]
    assert tried(sources, {"complete": "t", "with": {"n": 2}})["ends"] == ["e"]


def test_a_signal_is_heard_by_all_who_wait_and_a_message_by_one() -> None:
    catch = [node("intermediateCatchEvent", id, SIGNAL) for id in ("c1", "c2")]
    ends = [node("endEvent", "e1"), node("endEvent", "e2")]
    sources = drawn(START, node("parallelGateway", "g"), *catch, *ends, flows("s g c1 e1", "g c2 e2"))
    assert waiting(tried(sources)) == [("signal", "c1"), ("signal", "c2")]
    for step in ({"signal": "alarm", "with": {"n": 1}}, {"message": "alarm", "with": {"n": 1}}):
        answer = tried(sources, step)
        assert (sorted(answer["ends"]), answer["data"]) == (["e1", "e2"], {"n": 1})
    assert tried(sources, {"signal": "alarm", "heard": ["c2", "c1"]})["ends"] == ["e2", "e1"]
    assert waiting(tried(sources, {"signal": "alarm", "heard": ["c2"]})) == [("signal", "c1")]
    assert tried(sources, {"message": "c1"})["ended"]  # by its element, which a designer sees
    with pytest.raises(StepRefused, match="waits for alarm"):
        tried(sources, {"signal": "fire"})


def test_a_thrown_signal_is_told() -> None:
    answer = tried(drawn(around(node("intermediateThrowEvent", "x", SIGNAL), chain="s x e")))
    assert answer["signals"] == [{"signal": "alarm", "data": {}, "element": "x"}]


# --- how a process begins ----------------------------------------------------------------------------------------


def test_a_receive_task_or_a_gateway_that_no_flow_leads_to_may_begin_the_process() -> None:
    receive = drawn(node("receiveTask", "r", name="Thư đến", instantiate="true"), node("task", "t"), END, flows("r t e"))
    assert waiting(tried(receive, {"message": "Thư đến"})) == [("user", "t")]
    events = node("intermediateCatchEvent", "one", "<messageEventDefinition/>", name="Một") + node("intermediateCatchEvent", "two", timer("P1D"))
    race = drawn(node("eventBasedGateway", "g", instantiate="true"), events, node("task", "a"), node("task", "b"), flows("g one a", "g two b"))
    assert waiting(tried(race, {"message": "Một"})) == [("user", "a")]
    assert waiting(tried(race, {"advance": "P2D"})) == [("user", "b")]


def begun_by(*starts: tuple[str, str]) -> tuple[str, ...]:
    """Every start event leads to a task named after it."""
    return tuple(node("startEvent", id, cause) + node("task", f"{id}_task") + flows(f"{id} {id}_task") for id, cause in starts)


def test_a_process_with_one_message_start_begins_with_the_data_of_start_or_by_its_message() -> None:
    sources = drawn(*begun_by(("m", MESSAGE)))
    assert tried(sources, start={"n": 1})["data"] == {"n": 1}
    answer = tried(sources, {"message": "order.paid", "with": {"paid": 2}}, start={"n": 1})
    assert (answer["path"], answer["data"]) == (["m"], {"n": 1, "paid": 2})


def test_a_process_with_several_starts_begins_by_what_comes_first() -> None:
    sources = drawn(*begun_by(("m", MESSAGE), ("x", OTHER_MESSAGE), ("b", SIGNAL), ("w", timer("P2D"))))
    assert waiting(tried(sources)) == [("message", "m"), ("message", "x"), ("signal", "b"), ("timer", "w")]
    assert tried(sources, {"message": "order.cancelled"})["path"] == ["x"]
    assert tried(sources, {"signal": "alarm"})["path"] == ["b"]
    assert tried(sources, {"advance": "P1D"})["path"] == []
    assert tried(sources, {"advance": "P1D"}, {"advance": "P1D"})["path"] == ["w"]
    with pytest.raises(StepRefused, match=r"still waits for the message 'order.paid', the message 'order.cancelled', the signal 'alarm', the moment") as refused:
        tried(sources, {"complete": "m_task"})
    assert refused.value.details == {"step": 1, "element": "m_task"}


def test_a_plain_start_begins_at_once_unless_the_first_step_is_for_another_start() -> None:
    sources = drawn(*begun_by(("s", ""), ("m", MESSAGE)))
    assert tried(sources)["path"] == ["s"]
    assert tried(sources, {"message": "order.paid"})["path"] == ["m"]


def test_a_timer_start_waits_for_its_moment_and_a_condition_for_the_data() -> None:
    by_date = drawn(*begun_by(("w", timer("2026-02-01", "timeDate"))))
    assert tried(by_date)["waiting"][0]["due"] == "2026-01-31T17:00:00.000Z"
    assert tried(by_date, {"advance": "2026-01-31"})["path"] == []
    assert tried(by_date, {"advance": "2026-02-01"})["path"] == ["w"]
    assert tried(drawn(*begun_by(("w", timer("R/P1D", "timeCycle")))), {"advance": "P1D"})["path"] == ["w"]
    by_data = drawn(*begun_by(("c", condition("n > 1"))))
    assert waiting(tried(by_data, start={"n": 1})) == [("condition", "c")]
    assert tried(by_data, start={"n": 2})["path"] == ["c"]


# --- the clock ----------------------------------------------------------------------------------------------------


def test_timers_fire_at_their_own_moments_earliest_first_and_in_document_order() -> None:
    waits = [("late", "P3D"), ("twin1", "P2D"), ("twin2", "P2D"), ("early", "P1D")]
    catches = [node("intermediateCatchEvent", id, timer(length)) for id, length in waits]
    after = node("intermediateCatchEvent", "after", timer("P1D"))  # begins when "early" fires: due together with the twins
    body = (START, node("parallelGateway", "g"), *catches, after, END, flows("s g late e", "g twin1 e", "g twin2 e", "g early after e"))
    answer = tried(drawn(*body), {"advance": "P5D"})
    assert [element for element in answer["path"] if element not in "sge"] == ["early", "twin1", "twin2", "after", "late"]


def test_a_cycle_repeats_and_one_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run_steps, "MAX_FIRED", 50)
    late = node("boundaryEvent", "late", timer("R3/P1D", "timeCycle"), attachedToRef="t", cancelActivity="false")
    body = (START, node("task", "t"), END, late, node("endEvent", "e_late"), flows("s t e", "late e_late"))
    answer = tried(drawn(*body), {"advance": "P10D"})
    assert (answer["path"].count("late"), waiting(answer)) == (3, [("user", "t")])
    endless = "".join(body).replace("R3/P1D", "R/PT1M")
    with pytest.raises(StepRefused, match="at most 50 timers within one advance"):
        tried(drawn(endless), {"advance": "P1000Y"})


def test_a_moment_may_be_named_and_the_clock_never_goes_back() -> None:
    sources = drawn(around(node("intermediateCatchEvent", "c", timer("P30D")), chain="s c e"))
    assert not tried(sources, {"advance": "2026-01-31T07:59"})["ended"]
    assert tried(sources, {"advance": "2026-01-31T08:00"})["ended"]
    for backward in ("2025-12-31", "-P1D"):
        with pytest.raises(StepRefused, match="Expected a duration forward, or a moment after 2026-01-01"):
            tried(sources, {"advance": backward})
    assert tried(sources, {"advance": "P1000Y"})["now"].startswith("3026-01-01")
    for far in ("P9999Y", "P7900Y999999D"):
        with pytest.raises(StepRefused, match="year"):
            tried(sources, {"advance": far})


# --- several of one kind ------------------------------------------------------------------------------------------


def test_of_several_that_wait_the_oldest_is_meant_unless_another_is_named() -> None:
    many = '<multiInstanceLoopCharacteristics><loopDataInputRef>names</loopDataInputRef><inputDataItem id="who" name="who"/>'
    task = node("task", "t", f"{many}</multiInstanceLoopCharacteristics>")
    sources = drawn('<property id="names" name="names"/>', around(task, chain="s t e"))
    start = {"names": ["An", "Bình", "Chi"]}
    assert waiting(tried(sources, {"complete": "t", "index": 2}, start=start)) == [("user", "t"), ("user", "t")]
    assert tried(sources, *[{"complete": "t"}] * 3, start=start)["path"] == ["s", "t", "t", "t", "e"]
    with pytest.raises(StepRefused, match="'index' from 1 to 3, as many as wait for 't', but found 4"):
        tried(sources, {"complete": "t", "index": 4}, start=start)


# --- what cannot be done ------------------------------------------------------------------------------------------


def test_a_drawing_that_cannot_run_is_refused_with_its_findings() -> None:
    with pytest.raises(DefinitionInvalid) as refused:
        tried(drawn(around(node("complexGateway", "c"), chain="s c e")))
    assert [finding.element for finding in refused.value.findings] == ["c"]


def test_a_step_after_the_end_and_an_unknown_element_are_said_in_words() -> None:
    sources = drawn(around(node("task", "enter"), chain="s enter e"))
    with pytest.raises(StepRefused, match=r"it has ended at e\. Remove the steps after that") as refused:
        tried(sources, {"complete": "enter"}, {"complete": "enter"})
    assert refused.value.details == {"step": 2, "element": "enter"}
    with pytest.raises(StepRefused, match=r"no such element \(did you mean 'enter'\?\); there is only enter"):
        tried(sources, {"complete": "entr"})
    with pytest.raises(StepRefused, match="it has not been reached; there is only enter"):
        tried(sources, {"complete": "e"})


def test_a_process_that_fails_is_refused_at_the_element_where_it_fails() -> None:
    body = (START, node("task", "t"), node("exclusiveGateway", "g"), node("task", "a"), node("task", "b"), flows("s t g"))
    ways = '<sequenceFlow id="f1" sourceRef="g" targetRef="a"><conditionExpression>n > 1</conditionExpression></sequenceFlow>'
    ways += ways.replace("f1", "f2").replace('"a"', '"b"')
    with pytest.raises(StepRefused, match="no such name") as refused:
        tried(drawn(*body, ways), {"complete": "t"})
    assert refused.value.details == {"step": 1, "element": "g"}


def test_a_loop_without_an_end_comes_to_a_stop_in_words() -> None:
    body = (START, node("exclusiveGateway", "m"), node("scriptTask", "x", "<script>n = n + 1</script>"), node("exclusiveGateway", "g", default="g-e"), END)
    way = '<sequenceFlow id="again" sourceRef="g" targetRef="m"><conditionExpression>n > 0</conditionExpression></sequenceFlow>'
    with pytest.raises(StepRefused, match="goes on without end"):
        tried(drawn(*body, way, flows("s m x g e")), start={"n": 1})
