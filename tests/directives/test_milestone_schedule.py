"""The float of a chain of milestones: the Lào Cai dates, and random graphs against all their paths."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.directives.milestone_schedule import Step, cycle_in, order, schedule, working_days_between
from engine.kernel.calendar import load_calendar

CALENDAR = load_calendar()
FRIDAY = date(2024, 3, 29)


def lao_cai(*, today: date, **done: bool) -> dict[str, tuple[int | None, bool]]:
    """Draft < 29/3, appraisal and submission < 05/4, signing < 10/4 (DOMAIN.md 2.4)."""
    steps = [
        Step(key="draft", days=0, last_day=date(2024, 3, 28), done=done.get("draft", False)),
        Step(key="appraise", after=("draft",), last_day=date(2024, 4, 4)),
        Step(key="sign", after=("appraise",), last_day=date(2024, 4, 9)),
        Step(key="contract", days=0),
    ]
    return {key: (found.float, found.critical) for key, found in schedule(steps, today=today, calendar=CALENDAR).items()}


def test_a_chain_in_time_has_room_everywhere() -> None:
    assert lao_cai(today=date(2024, 3, 26)) == {"draft": (2, True), "appraise": (6, False), "sign": (8, False), "contract": (None, False)}


def test_a_draft_that_is_missing_squeezes_the_room_of_what_follows_and_shifts_no_date() -> None:
    assert lao_cai(today=FRIDAY) == {"draft": (-1, True), "appraise": (3, False), "sign": (5, False), "contract": (None, False)}


def test_the_critical_chain_leads_to_the_step_with_the_least_room() -> None:
    found = lao_cai(today=date(2024, 4, 4), draft=True)
    assert found == {"draft": (None, False), "appraise": (-1, True), "sign": (1, False), "contract": (None, False)}


def test_a_day_off_after_the_last_day_is_late() -> None:
    assert working_days_between(date(2024, 3, 30), FRIDAY, CALENDAR) == -1
    assert working_days_between(FRIDAY, FRIDAY, CALENDAR) == 0
    assert working_days_between(FRIDAY, date(2024, 4, 1), CALENDAR) == 1


def test_a_circle_is_named_from_its_first_milestone_to_its_first() -> None:
    assert cycle_in({"a": ["b"], "b": ["c"], "c": ["b"], "d": []}) == ["b", "c", "b"]
    assert cycle_in({"a": ["a"]}) == ["a", "a"]
    assert cycle_in({"a": [], "b": ["a"]}) == []


@st.composite
def chains(draw: st.DrawFn) -> list[Step]:
    """A graph without circles: each step waits for some of the earlier ones."""
    size = draw(st.integers(1, 7))
    steps = []
    for place in range(size):
        earlier = [f"s{other}" for other in range(place)]
        after = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
        slack = draw(st.none() | st.integers(-5, 25))
        last = None if slack is None else FRIDAY + timedelta(days=slack)
        steps.append(Step(key=f"s{place}", after=tuple(after), days=draw(st.integers(0, 4)), last_day=last, done=draw(st.booleans())))
    return draw(st.permutations(steps))


def paths_to(key: str, known: dict[str, Step]) -> list[list[str]]:
    """Every path of steps not done that ends at `key`."""
    before = [other for other in known[key].after if not known[other].done]
    return [[*path, key] for other in before for path in paths_to(other, known)] or [[key]]


@given(chains())
def test_the_earliest_day_is_that_of_the_longest_path(steps: list[Step]) -> None:
    known = {step.key: step for step in steps}
    found = schedule(steps, today=FRIDAY, calendar=CALENDAR)
    for key, step in known.items():
        longest = max(sum(known[each].days for each in path) for path in paths_to(key, known))
        expected = None if step.done else CALENDAR.working_days_after(FRIDAY, longest)
        assert found[key].earliest == expected
        assert found[key].float == (None if expected is None else working_days_between(expected, step.last_day, CALENDAR))


@given(chains())
def test_the_critical_steps_are_a_longest_path_to_a_step_with_the_least_float(steps: list[Step]) -> None:
    known = {step.key: step for step in steps}
    found = schedule(steps, today=FRIDAY, calendar=CALENDAR)
    floats = [outlook.float for outlook in found.values() if outlook.float is not None]
    critical = {key for key, outlook in found.items() if outlook.critical}
    if not floats:
        assert critical == set()
        return
    ends = [key for key, outlook in found.items() if outlook.float == min(floats)]
    longest = {key: max(sum(known[each].days for each in path) for path in paths_to(key, known)) for key in ends}
    good = [set(path) for key in ends for path in paths_to(key, known) if sum(known[each].days for each in path) == longest[key]]
    assert critical in good


@given(chains())
def test_the_order_puts_every_step_after_what_it_waits_for(steps: list[Step]) -> None:
    places = {key: place for place, key in enumerate(order({step.key: step.after for step in steps}))}
    assert all(places[other] < places[step.key] for step in steps for other in step.after)
