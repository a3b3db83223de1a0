"""Cycle timers: repeating intervals of ISO 8601, counted from their beginning in calendar time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bpmn.cycles import read_cycle
from engine.kernel.errors import InvalidInput, StepFailed
from tests.bpmn.diagrams import NOW, Run, chain, document, el, flow, process, timer


def reminded(cycle: str, *, interrupting: str = "false") -> Run:
    border = el("boundaryEvent", "b", timer(cycle, "timeCycle"), attachedToRef="w", cancelActivity=interrupting) + el("userTask", "remind") + flow("b", "remind")
    return Run(document(process(el("startEvent", "s") + el("userTask", "w") + flow("s", "w") + border)))


def fire(run: Run) -> datetime:
    (due,) = [each.due for each in run.out.timers]
    run.now = due
    run.fire("b")
    return due


def test_a_reminder_comes_as_often_as_the_cycle_says_and_no_more() -> None:
    run = reminded("R3/P1D")
    assert [fire(run) - NOW for _ in range(3)] == [timedelta(days=1), timedelta(days=2), timedelta(days=3)]
    assert run.open == ["remind", "remind", "remind", "w"]
    assert run.out.timers == ()


def test_an_endless_cycle_goes_on_until_its_activity_ends_and_leaves_what_it_began() -> None:
    run = reminded("R/PT1H")
    for _ in range(5):
        fire(run)
    run.complete("w")
    assert run.out.timers == ()
    assert run.open == ["remind"] * 5  # the library withdraws them (SPIFFWORKFLOW.md 1)


def test_months_keep_their_day() -> None:
    run = reminded("R/2026-01-31/P1M")
    run.now = NOW
    days = [fire(run).astimezone(UTC) + timedelta(hours=7) for _ in range(5)]
    assert [f"{day:%d/%m}" for day in days] == ["31/01", "28/02", "31/03", "30/04", "31/05"]  # the library: 31/1, 2/3, 1/4 …


def test_a_cycle_ends_at_its_end() -> None:
    run = reminded("R/P1D/2024-04-03")
    fire(run)
    fire(run)
    assert run.out.timers == ()


def test_what_was_missed_comes_once() -> None:
    run = reminded("R5/P1D")
    run.now = NOW + timedelta(days=3, hours=1)
    run.fire("b")
    assert [each.due for each in run.out.timers] == [NOW + timedelta(days=4)]


def test_an_interrupting_cycle_and_one_between_fire_once() -> None:
    run = reminded("R/P1D", interrupting="true")
    fire(run)
    assert run.open == ["remind"]
    between = Run(document(process(el("startEvent", "s") + el("intermediateCatchEvent", "b", timer("R9/P1D", "timeCycle")) + el("userTask", "remind") + chain("s", "b", "remind"))))
    fire(between)
    assert between.open == ["remind"]


def test_an_event_sub_process_may_come_again_and_again() -> None:
    handler = el("subProcess", "h", el("startEvent", "b", timer("R2/P1D", "timeCycle"), isInterrupting="false") + el("userTask", "remind") + flow("b", "remind"), triggeredByEvent="true")
    run = Run(document(process(el("startEvent", "s") + el("userTask", "w") + flow("s", "w") + handler)))
    fire(run)
    fire(run)
    assert run.open == ["remind", "remind", "w"]
    assert run.out.timers == ()


def test_the_data_may_say_the_cycle() -> None:
    border = el("boundaryEvent", "b", timer("every", "timeCycle"), attachedToRef="w", cancelActivity="false") + el("userTask", "remind") + flow("b", "remind")
    body = document(process(el("startEvent", "s") + el("userTask", "w") + flow("s", "w") + border))
    run = Run(body, {"every": "R/P2D"})
    assert fire(run) - NOW == timedelta(days=2)
    with pytest.raises(StepFailed, match="At b: Expected a repeating interval, but found '0 0 9"):
        Run(body, {"every": "0 0 9 * * ?"})


@pytest.mark.parametrize("text", ["R", "R/", "R3/2026-01-01", "R/PT0S", "R/-P1D", "R/P1D/soon", "3/P1D", ""])
def test_what_is_no_cycle_is_said(text: str) -> None:
    with pytest.raises(InvalidInput, match="Expected a"):
        read_cycle(text, now=NOW)


@given(st.integers(1, 40), st.sampled_from(["P1D", "PT1H", "P1M", "P1Y", "P2W", "P1M3D"]), st.integers(0, 60))
def test_occurrences_rise_and_none_is_before_the_moment_asked(number: int, every: str, days: int) -> None:
    cycle = read_cycle(f"R/{every}", now=NOW)
    asked = NOW + timedelta(days=days)
    found = cycle.after(asked, number)
    assert found is not None
    assert found[1] > asked
    assert cycle.moment(found[0]) < cycle.moment(found[0] + 1)
