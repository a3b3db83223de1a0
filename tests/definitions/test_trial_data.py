"""What is known of the data of a process before it is tried: how it begins, what its names hold, and which of them somebody has to give."""

from __future__ import annotations

import json

import pytest

from engine.definitions.source import Sources, shipped_sources
from engine.definitions.trial_data import KnownData, Way, known_data
from tests.bpmn.diagrams import document, el, flow, message, process, timer
from tests.definitions.trials import FORM, FORM_PATH, PATH, PROCESS, drawn

LEADER = Way(kind="person", name="Cần đổi người chủ trì", role="leader")


def small(body: str, *, form: str = FORM) -> KnownData:
    files = {"small/small.bpmn": document(process(body, "small"), messages=("came",)), FORM_PATH: form.encode()}
    return known_data(Sources(files=files), "small", {"count": ("found",)})


@pytest.fixture(scope="module")
def shipped() -> Sources:
    return shipped_sources()


def test_a_form_says_what_the_names_hold_that_it_hands_to_the_process() -> None:
    known = known_data(Sources(files={PATH: drawn().encode(), FORM_PATH: FORM.encode()}), PROCESS, {})
    assert set(known.pieces) == {"opinion"}
    assert known.pieces["opinion"]["properties"]["opinion"]["title"] == "Ý kiến"
    assert known.ways == (Way(kind="plain", name="begin"),)


def test_a_name_is_asked_for_where_nothing_before_gives_it() -> None:
    known = small(
        el("startEvent", "begin")
        + el("serviceTask", "counted", chidao__operation="count", name="Đếm")
        + el("scriptTask", "summed", "<bpmn:script>total = found + offset</bpmn:script>", name="Cộng")
        + el("intermediateCatchEvent", "late", timer("P3D"))
        + el("sendTask", "told", chidao__key="total", chidao__to="[each.name for each in places]", name="Báo")
        + el("endEvent", "end")
        + flow("begin", "counted")
        + flow("counted", "summed")
        + flow("summed", "late")
        + flow("late", "told")
        + flow("told", "end")
    )
    assert known.asked == {"offset": "Cộng", "places": "Báo"}  # neither total, nor found, nor a function, nor what a loop calls its own


def test_shipped_processes_say_how_they_begin_and_what_their_messages_bring(shipped: Sources) -> None:
    assert known_data(shipped, "assignment_reassign", {}).ways == (LEADER,)
    monthly = known_data(shipped, "coordination_monthly", {})
    assert [way.kind for way in monthly.ways] == ["message"]
    assert "directive" in monthly.asked
    assert monthly.payloads["report.submitted"] == ("report", "revision", "reporter", "period")


def test_what_cannot_be_read_says_nothing_and_another_process_is_none(shipped: Sources) -> None:
    broken = Sources(files={**shipped.files, "broken.bpmn": b"<broken", FORM_PATH: b"{"})
    assert known_data(broken, "assignment_work", {}).asked
    assert known_data(broken, "nothing", {}) == KnownData(ways=(), pieces={}, asked={}, payloads=known_data(broken, "assignment_work", {}).payloads)
    assert small(el("startEvent", "begin", message("came")) + el("endEvent", "end") + flow("begin", "end"), form="[]").ways == (Way(kind="message", name="came"),)


def test_forms_with_parts_that_refer_to_each_other_bring_them_along() -> None:
    form = {"$defs": {"side": {"type": "string", "enum": ["a", "b"]}}, "type": "object", "properties": {"side": {"$ref": "#/$defs/side", "x-route": True}}}
    body = el("startEvent", "begin") + el("userTask", "ask", chidao__form="legal_check") + el("endEvent", "end") + flow("begin", "ask") + flow("ask", "end")
    assert small(body, form=json.dumps(form)).pieces["side"]["$defs"] == form["$defs"]
