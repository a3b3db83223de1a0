"""A document without a process: the table proposes, a person confirms, the case is opened."""

from __future__ import annotations

from typing import Any

import pytest

from tests.processes.walk import Walk

FACTS = {"doc_type": "công văn", "level": "province", "duty": "monthly", "deadlines": 0, "items": 3, "attaches": False, "follows_up": False}
ARRIVED = {"directive": "D", "issuer": "I", "sunset": "2024-12-31", **FACTS, "from_above": True, "mandate": "request", "urges": False}


def arrival(**changes: Any) -> Walk:
    return Walk("document_arrival", **ARRIVED | changes)


def test_the_clerk_sees_what_is_proposed_and_why() -> None:
    (task,) = arrival().outcome.tasks
    assert (task.element, task.role, task.form) == ("arrival_confirm", "clerk", "confirm_shape")
    assert (task.data["proposed"], task.data["proposed_why"]) == ("coordination_monthly", "Yêu cầu báo cáo định kỳ.")


@pytest.mark.parametrize(
    ("changes", "shape"),
    [({"duty": "none"}, "central_call"), ({"duty": "none", "deadlines": 3}, "milestone_chain"), ({"duty": "none", "follows_up": True}, "urge_relay")],
)
def test_other_facts_propose_another_process(changes: dict[str, Any], shape: str) -> None:
    assert arrival(**changes).outcome.tasks[0].data["proposed"] == shape


def test_a_confirmed_process_opens_the_case() -> None:
    walk = arrival().complete("arrival_confirm", process="campaign_final")
    assert walk.parameters("arrival_open") == {"directive": "D", "proposed": "coordination_monthly", "form": "arrival_confirm"}
    walk.answer("arrival_open", problem="")
    assert (walk.outcome.ended, walk.outcome.ends) == (True, ("end_opened",))


def test_a_process_that_is_not_there_brings_the_question_back() -> None:
    walk = arrival().complete("arrival_confirm", process="nonsense").answer("arrival_open", problem="Expected one of …")
    assert walk.open == {"arrival_confirm"}
    assert walk.outcome.tasks[0].data["problem"] == "Expected one of …"


def test_what_needs_no_case_is_kept_on_file() -> None:
    walk = arrival(from_above=False).complete("arrival_confirm", handling="file", reason="Báo cáo để biết.")
    assert walk.parameters("arrival_file") == {"directive": "D", "code": "06", "form": "arrival_confirm"}
    walk.answer("arrival_file")
    assert walk.outcome.ends == ("end_filed",)
