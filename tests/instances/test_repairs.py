"""What an administrator does about an incident, and what the history says of it."""

from __future__ import annotations

import pytest

from engine.definitions.proposals import DecideProposal
from engine.directory.settings import ChangeSetting
from engine.instances.repairs import RetryIncident, SkipIncident
from engine.instances.token_moves import MoveToken
from engine.kernel.errors import Denied, EngineError, InvalidInput, Refused, StepFailed
from engine.storage import Database
from engine.storage.schema import inbox, incident, operation, timer, user_task
from tests.definitions.drawings import chain, flow
from tests.definitions.drawings import user_task as drawn_task
from tests.instances.bureau import ADMIN, BY_PERSON, Bureau, parameter, service

END = '<bpmn:endEvent id="e"/>'
WHY = "đã kiểm tra"
CLOSED = Refused("Expected the archive to be open, but it is closed. Open it.")
SET = '<bpmn:scriptTask id="set" scriptFormat="python"><bpmn:script>n = 4</bpmn:script></bpmn:scriptTask>'
KEEPING = BY_PERSON + SET + service("keep", parameters=parameter("shelf", "n + 1")) + drawn_task("look") + END + chain("s", "set", "keep", "look", "e")
SHARE = '<bpmn:scriptTask id="share" scriptFormat="python"><bpmn:script>part = 100 / amount</bpmn:script></bpmn:scriptTask>'
SHARING = BY_PERSON + service("keep") + SHARE + drawn_task("look") + END + chain("s", "keep", "share", "look", "e")


@pytest.fixture
def bureau(database: Database, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    return Bureau.opened(database, monkeypatch)


def stopped(bureau: Bureau, error: Exception = CLOSED) -> str:
    """A process whose operation has failed."""
    bureau.archive.answer = error
    return bureau.draw(KEEPING, "set", "keep", "look", "e")


def mend(bureau: Bureau, command: object, login: str = ADMIN) -> dict[str, object]:
    answer = bureau.do(command, bureau.actor(login))
    bureau.drain()
    return answer


def retry(bureau: Bureau, **data: object) -> dict[str, object]:
    return mend(bureau, RetryIncident(incident=bureau.incident().id, reason=WHY, data=data))


def skip(bureau: Bureau, **result: object) -> dict[str, object]:
    return mend(bureau, SkipIncident(incident=bureau.incident().id, reason=WHY, result=result))


def move(bureau: Bureau, instance: str, token: str, to: str, *also: str) -> dict[str, object]:
    return mend(bureau, MoveToken(instance=instance, token=token, to=to, also=also, reason=WHY))


def test_an_administrator_has_it_tried_again_at_once_with_corrected_data(bureau: Bureau) -> None:
    stopped(bureau)
    retry(bureau)
    assert bureau.incident().attempts == 2
    bureau.archive.answer = {}
    retry(bureau, n=7, cause="mới")
    assert [given["shelf"] for given in bureau.archive.given] == [5, 5, 8]
    assert (bureau.open(), bureau.listed()) == (["look"], [])
    record = bureau.record("incident.retried")
    assert record["changes"] == [{"field": "data.cause", "old": None, "new": "mới"}, {"field": "data.n", "old": 4, "new": 7}]
    assert (record["reason"]["text"], record["actor"]["id"]) == (WHY, bureau.actor(ADMIN).id)
    assert bureau.intact()


def test_a_failed_element_counts_as_done_with_the_result_that_is_given(bureau: Bureau) -> None:
    kept = stopped(bureau)
    skip(bureau, shelf=9)
    assert (bureau.open(), bureau.data(kept)["shelf"]) == (["look"], 9)
    assert [row.status for row in bureau.rows(operation)] == ["skipped"]
    record = bureau.record("element.skipped")
    assert (record["element"], record["changes"], record["reason"]["text"]) == ("keep", [{"field": "result.shelf", "old": None, "new": 9}], WHY)
    assert bureau.listed(all=True)[0]["resolution"] == "skipped"
    assert bureau.intact()


def test_a_result_that_fails_further_on_is_corrected(bureau: Bureau) -> None:
    bureau.archive.answer = {"amount": 0}
    kept = bureau.draw(SHARING, "keep", "share", "look", "e")
    retry(bureau, amount=5)
    assert (bureau.open(), bureau.data(kept)["part"]) == (["look"], 20)
    assert bureau.record("incident.retried")["changes"] == [{"field": "data.amount", "old": None, "new": 5}]


def test_a_script_that_fails_is_passed_over(bureau: Bureau) -> None:
    bureau.archive.answer = {"amount": 0}
    kept = bureau.draw(SHARING, "keep", "share", "look", "e")
    skip(bureau, part=1)
    assert (bureau.open(), bureau.data(kept)["part"], bureau.listed()) == (["look"], 1, [])


def test_a_token_is_moved_past_what_fails_or_back(bureau: Bureau) -> None:
    kept = stopped(bureau)
    move(bureau, kept, "keep", "look")
    assert (bureau.open(), bureau.listed()) == (["look"], [])
    assert [row.status for row in bureau.rows(operation)] == ["cancelled"]
    record = bureau.record("token.moved")
    assert (record["changes"], record["element"], record["reason"]["text"]) == ([{"field": "element", "old": "keep", "new": "look"}], "look", WHY)
    bureau.archive.answer = {}
    move(bureau, kept, "look", "keep")
    assert [(row.element, row.status) for row in bureau.rows(user_task)] == [("look", "cancelled"), ("look", "open")]
    bureau.hand_in("look")
    assert (bureau.status(kept), bureau.intact()) == ("ended", True)


def test_a_moved_token_leaves_neither_its_timer_nor_its_answer_behind(bureau: Bureau) -> None:
    bureau.archive.answer = {"amount": 0}
    late = '<bpmn:boundaryEvent id="late" attachedToRef="keep"><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>'
    body = SHARING + late + '<bpmn:endEvent id="le"/>' + chain("late", "le")
    kept = bureau.draw(body, "keep", "share", "look", "late", "le", "e")
    move(bureau, kept, "keep", "look")
    assert [row.status for row in bureau.rows(timer)] == ["cancelled"]
    assert [row.consumed_ver for row in bureau.rows(inbox)] == [0]
    assert (bureau.open(), bureau.listed()) == (["look"], [])


def test_tokens_that_wait_for_ever_are_led_past_their_join(bureau: Bureau) -> None:
    body = BY_PERSON + '<bpmn:parallelGateway id="f"/><bpmn:parallelGateway id="j"/><bpmn:exclusiveGateway id="x" default="on"/><bpmn:endEvent id="away"/>'
    body += drawn_task("ask") + drawn_task("look") + drawn_task("after") + END
    body += chain("s", "f", "ask", "x") + flow("x", "j", id="on") + flow("x", "away", "turn") + chain("f", "look", "j", "after", "e")
    kept = bureau.draw(body, "f", "j", "x", "away", "ask", "look", "after", "e")
    bureau.hand_in("look")
    with pytest.raises(StepFailed, match="at j tokens wait for others"):
        bureau.hand_in("ask", turn=True)
    assert bureau.incident().kind == "completion"
    move(bureau, kept, "ask", "after", "j")
    assert (bureau.places(kept), bureau.listed()) == (["after"], [])


@pytest.mark.parametrize(("token", "to", "words"), [("keep", "nowhere", "element of the same process"), ("look", "e", "names 0 of: keep")])
def test_a_move_that_makes_no_sense_is_refused(bureau: Bureau, token: str, to: str, words: str) -> None:
    kept = stopped(bureau)
    before = bureau.contents()
    with pytest.raises(Refused, match=words):
        move(bureau, kept, token, to)
    assert bureau.contents() == before
    assert bureau.outcomes()[-1] == ("incident.resolve", "refused")


def test_a_repair_needs_a_reason_and_an_open_incident_and_an_administrator(bureau: Bureau) -> None:
    stopped(bureau)
    identity = bureau.incident().id

    def refused(error: type[EngineError], words: str, login: str = ADMIN, reason: str = WHY) -> None:
        with pytest.raises(error, match=words):
            mend(bureau, RetryIncident(incident=identity, reason=reason), login)

    refused(InvalidInput, "Expected a reason", reason=" ")
    refused(Denied, "admin", login="lanh.dao")
    skip(bureau)
    refused(Refused, "was closed at")


def test_nobody_completes_the_task_of_a_person_by_passing_over(bureau: Bureau) -> None:
    asked = bureau.draw(BY_PERSON + drawn_task("ask") + SHARE + END + chain("s", "ask", "share", "e"), "ask", "share", "e")
    with pytest.raises(StepFailed):
        bureau.hand_in("ask")
    with pytest.raises(Refused, match="of the kind 'completion'"):
        skip(bureau)
    retry(bureau, amount=4)
    assert (bureau.listed(), bureau.rows(incident)[0].resolution) == ([], "mended")
    bureau.hand_in("ask")
    assert bureau.status(asked) == "ended"


def test_a_second_person_can_be_required(bureau: Bureau) -> None:
    bureau.do(ChangeSetting(key="repair_needs_second_person", value=True, reason="quy định"))
    stopped(bureau)
    proposal = str(skip(bureau, shelf=1)["proposal"])
    assert (bureau.open(), len(bureau.listed())) == ([], 1)
    with pytest.raises(Refused, match="another person"):
        mend(bureau, DecideProposal(proposal=proposal, approve=True, reason=WHY))
    mend(bureau, DecideProposal(proposal=proposal, approve=True, reason=WHY), "quan.tri.2")
    assert (bureau.open(), bureau.listed()) == (["look"], [])
    assert bureau.intact()
