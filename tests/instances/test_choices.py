"""Where the diagram leaves the way open, a person of the lane chooses: an open row of work like any other."""

from __future__ import annotations

import json

import pytest

from engine.instances.commands import ClaimTask, CompleteUserTask, ReleaseTask
from engine.kernel.errors import Denied, InvalidInput, Refused
from engine.storage import Database
from engine.storage.schema import user_task
from tests.definitions.drawings import chain
from tests.definitions.drawings import user_task as drawn_task
from tests.instances.bureau import BY_PERSON, Bureau, service

END = '<bpmn:endEvent id="e"/>'
CHOOSING = (
    BY_PERSON
    + '<bpmn:exclusiveGateway id="x" name="Ai làm?"/>'
    + drawn_task("own")
    + service("keep")
    + END
    + '<bpmn:sequenceFlow id="here" name="Tự làm" sourceRef="x" targetRef="own"/><bpmn:sequenceFlow id="there" sourceRef="x" targetRef="keep"/>'
    + chain("s", "x")
    + chain("own", "e")
    + chain("keep", "e")
)


@pytest.fixture
def bureau(database: Database, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    return Bureau.opened(database, monkeypatch)


@pytest.fixture
def chosen(bureau: Bureau) -> str:
    """A process that waits for a choice."""
    return bureau.draw(CHOOSING, "x", "own", "keep", "e")


@pytest.fixture
def ad_hoc(bureau: Bureau) -> str:
    """Two operations, in any order, each once, beside a person's task."""
    inner = service("one") + service("two") + drawn_task("look")
    body = f'<bpmn:adHocSubProcess id="any" name="Tùy việc">{inner}</bpmn:adHocSubProcess>'
    return bureau.draw(BY_PERSON + body + END + chain("s", "any", "e"), "any", "one", "two", "look", "e")


def test_a_choice_is_open_work_of_the_lane_with_the_names_of_its_ways(bureau: Bureau, chosen: str) -> None:
    row = bureau.work("x")
    assert (row.instance, row.kind, row.name, row.role, row.form, row.organisation) == (chosen, "choice", "Ai làm?", "clerk", "", bureau.unit("btg"))
    assert json.loads(row.context)["ways"] == [{"flow": "here", "name": "Tự làm"}, {"flow": "there", "name": "keep"}]


def test_the_person_who_chooses_sends_the_token_that_way(bureau: Bureau, chosen: str) -> None:
    bureau.hand_in("x", choose="here")
    assert bureau.open() == ["own"]
    (row,) = bureau.rows(user_task, user_task.c.element == "x")
    assert (row.status, row.completed_by, json.loads(row.data)) == ("completed", bureau.actor("van.thu").id, {"choose": "here"})
    record = bureau.record("choice.made")
    assert (record["element"], record["changes"][1]) == ("x", {"field": "choose", "old": None, "new": "here"})
    assert bureau.data(chosen)["process"] == "p"
    assert bureau.intact()


@pytest.mark.parametrize("data", [{}, {"choose": "elsewhere"}, {"choose": "here", "more": 1}, {"choose": None}])
def test_whoever_chooses_wrongly_is_told_the_ways(bureau: Bureau, chosen: str, data: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match=r'at \'Ai làm\?\' as \{"choose": way\}: here \(Tự làm\), there \(keep\); but found'):
        bureau.hand_in("x", **data)
    assert bureau.open() == ["x"]


def test_a_choice_is_taken_and_given_back_like_a_task_and_by_its_lane_alone(bureau: Bureau, chosen: str) -> None:
    choice = bureau.work("x").id
    with pytest.raises(Denied, match="clerk"):
        bureau.hand_in("x", "chuyen.vien", choose="here")
    bureau.do(ClaimTask(task=choice), bureau.actor("van.thu"))
    with pytest.raises(Refused, match="has taken it"):
        bureau.hand_in("x", "van.thu.2", choose="here")
    bureau.do(ReleaseTask(task=choice, reason="bận"), bureau.actor("van.thu"))
    bureau.hand_in("x", "van.thu.2", choose="there")
    assert bureau.status(chosen) == "ended"


def test_an_ad_hoc_sub_process_offers_what_is_left_until_it_is_done(bureau: Bureau, ad_hoc: str) -> None:
    assert bureau.open() == ["any", "look"]
    offer = bureau.work("any")
    assert (offer.name, [way["flow"] for way in json.loads(offer.context)["ways"]]) == ("Tùy việc", ["one", "two"])
    bureau.do(ClaimTask(task=offer.id), bureau.actor("van.thu"))
    bureau.hand_in("any", choose="two")
    again = bureau.work("any")
    assert (again.assignee, [way["flow"] for way in json.loads(again.context)["ways"]]) == (None, ["one"])
    with pytest.raises(InvalidInput, match=": one; but found"):
        bureau.hand_in("any", choose="two")
    bureau.hand_in("look")
    bureau.hand_in("any", choose="one")
    assert (bureau.status(ad_hoc), bureau.open(), bureau.record("choice.made")["changes"][0]["field"]) == ("ended", [], "status")
    assert bureau.intact()


def test_a_sequential_ad_hoc_sub_process_asks_anew_each_time(bureau: Bureau) -> None:
    stop = '<bpmn:scriptTask id="stop"><bpmn:script>enough = true</bpmn:script></bpmn:scriptTask>'
    inner = service("one") + service("two") + stop + "<bpmn:completionCondition>enough</bpmn:completionCondition>"
    body = f'<bpmn:adHocSubProcess id="any" ordering="Sequential">{drawn_task("look")}{inner}</bpmn:adHocSubProcess>'
    instance = bureau.draw(BY_PERSON + body + END + chain("s", "any", "e"), "any", "one", "two", "stop", "look", "e")
    asked = []
    for way in ("one", "two", "one"):
        asked.append(bureau.work("any").id)
        bureau.hand_in("any", choose=way)
        bureau.drain()
        assert bureau.open() == ["any", "look"]
    assert len(set(asked)) == 3
    bureau.hand_in("any", choose="stop")
    assert (bureau.status(instance), bureau.open()) == ("ended", [])
    assert bureau.intact()


def test_a_choice_is_withdrawn_with_what_is_around_it(bureau: Bureau) -> None:
    inside = '<bpmn:subProcess id="sub"><bpmn:startEvent id="is"/><bpmn:exclusiveGateway id="x"/><bpmn:endEvent id="a"/><bpmn:endEvent id="b"/>'
    inside += chain("is", "x", "a") + chain("x", "b") + "</bpmn:subProcess>"
    event = '<bpmn:boundaryEvent id="late" attachedToRef="sub"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>'
    bureau.draw(BY_PERSON + inside + event + END + '<bpmn:endEvent id="le"/>' + chain("s", "sub", "e") + chain("late", "le"), "sub", "late", "e", "le")
    choice = bureau.work("x")
    bureau.clock.advance_to(bureau.clock.now().replace(hour=23))
    bureau.drain()
    with pytest.raises(Refused, match="was withdrawn"):
        bureau.do(CompleteUserTask(task=choice.id, data={"choose": "x-a"}), bureau.actor("van.thu"))
