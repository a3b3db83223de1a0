"""A trial of a design: led by its steps, back by fewer of them, saved as a scenario, and run again when the design has changed."""

from __future__ import annotations

import json
from datetime import date

import pytest

from engine.definitions.designs import BeginDesign, KeepDesignFile
from engine.definitions.dry_run_scenario import read_scenario
from engine.definitions.trial import MOST_STEPS
from engine.definitions.trial_pages import BeginTrial, LeadTrial, Trial
from engine.definitions.trial_runs import RunScenarios, ScenarioRuns
from engine.definitions.trial_scenarios import DropScenario, KeepScenario, ReadScenario
from engine.kernel.actor import Actor
from engine.kernel.clock import local_date
from engine.kernel.errors import DefinitionInvalid, Denied, InvalidInput, NotFound, Refused
from tests.definitions.trials import AGREED, BEGUN, PATH, PROCESS, begin, drawn, keep, led
from tests.door.office import Office

WEEK, CHOSEN, CAME = {"advance": "P7D"}, {"choose": "go_on"}, {"message": "answer.came", "with": {"number": 7}}


@pytest.fixture
def design(office: Office, mine: Actor) -> str:
    return begin(office, mine)


def waits(trial: Trial) -> list[tuple[str, str]]:
    return [(each.kind, each.element) for each in trial.waiting]


def runs(office: Office, actor: Actor, design: str, process: str = PROCESS) -> ScenarioRuns:
    found = office.door.ask(RunScenarios(design=design, process=process), actor)
    assert isinstance(found, ScenarioRuns)
    return found


def test_a_process_of_the_design_is_led_to_its_end(office: Office, mine: Actor, design: str) -> None:
    begun = led(office, mine, design)
    assert waits(begun) == [("user", "check"), ("timer", "late")]
    assert begun.forms["legal_check"].title == "Thẩm định pháp lý"
    later = led(office, mine, design, WEEK)
    assert waits(later) == [("user", "check"), ("operation", "remind")]
    assert local_date(later.now) == date(2024, 4, 12)
    asked = led(office, mine, design, WEEK, {"complete": "remind"}, AGREED)
    assert waits(asked) == [("choice", "way")]
    assert asked.waiting[0].says["flows"] == ["go_on", "drop"]
    assert led(office, mine, design, AGREED, CHOSEN).waiting[0].says["message"] == "answer.came"
    ended = led(office, mine, design, AGREED, CHOSEN, CAME)
    assert (ended.ended, ended.ends, ended.data["number"]) == (True, ("done",), 7)
    assert [each.passed for each in ended.done] == [("begin",), ("check",), ("way",), ("answered", "done")]


def test_a_step_back_is_a_step_less_and_tells_what_the_last_one_changed(office: Office, mine: Actor, design: str) -> None:
    after = led(office, mine, design, AGREED)
    assert (after.before.get("opinion"), after.data["opinion"]) == (None, "agree")
    before = led(office, mine, design)
    assert waits(before) == waits(led(office, mine, design, *after.scenario["steps"][:-1]))
    assert "opinion" not in before.data


def test_the_clock_knows_working_days_and_the_next_timer(office: Office, mine: Actor, design: str) -> None:
    friday = led(office, mine, design)
    assert (friday.next_working_day, friday.next_timer) == ("2024-04-08T08:00", "2024-04-12T08:00")
    assert waits(led(office, mine, design, {"advance": friday.next_timer})) == [("user", "check"), ("operation", "remind")]


def test_a_step_that_the_changed_design_no_longer_has_is_named_and_those_before_it_stay(office: Office, mine: Actor, design: str) -> None:
    office.do(KeepDesignFile(design=design, path=PATH, text=drawn(task="verify"), edition=1), mine)
    trial = led(office, mine, design, WEEK, AGREED, CHOSEN)
    assert trial.refused is not None
    assert (trial.refused.number, trial.refused.element, trial.refused.left_out) == (2, "check", 2)
    assert trial.scenario["steps"] == [WEEK]
    assert waits(trial) == [("user", "verify"), ("operation", "remind")]


def test_operations_are_answered_as_proposed_until_a_person_is_asked(office: Office, mine: Actor, design: str) -> None:
    played = led(office, mine, design, WEEK, play=True)
    assert waits(played) == [("user", "check")]
    assert played.scenario["steps"] == [WEEK, {"complete": "remind"}]


def test_what_a_called_process_does_is_shown_in_its_own_diagram(office: Office, mine: Actor, design: str) -> None:
    start = office.door.ask(BeginTrial(design=design, process="coordination_monthly"), mine)
    query = LeadTrial(design=design, process="coordination_monthly", scenario={"start": dict(start.start), "steps": []}, play=True)
    trial = office.door.ask(query, mine)
    assert [process for process, _name, here in trial.diagrams if here] == ["coordination_monthly", "directive_intake"]
    assert trial.shown == "directive_intake"  # where a person is asked
    around = office.door.ask(LeadTrial(design=design, process=trial.process, scenario=trial.scenario, shown="coordination_monthly"), mine)
    assert [stand.id for stand in around.stands if stand.here and stand.kind == "callActivity"] == ["intake"]
    stopped = {**trial.scenario, "steps": [*trial.scenario["steps"], {"message": "directive.withdrawn"}]}
    after = office.door.ask(LeadTrial(design=design, process=trial.process, scenario=stopped), mine)
    assert after.shown == "coordination_monthly"
    assert [stand.id for stand in after.stands if stand.here and stand.kind == "callActivity"] == []  # what was interrupted waits no more


def test_too_many_steps_and_a_loop_without_an_end_are_refused_in_a_sentence(office: Office, mine: Actor, design: str) -> None:
    with pytest.raises(Refused, match=f"at most {MOST_STEPS} steps in a trial, but found 10000"):
        led(office, mine, design, *[{"advance": "P1D"}] * 10_000)
    with pytest.raises(InvalidInput, match="Expected at most 10000 steps"):
        led(office, mine, design, *[{"advance": "P1D"}] * 10_001)
    office.do(KeepDesignFile(design=design, path=PATH, text=drawn(due="R100000/PT1S"), edition=1), mine)
    trial = led(office, mine, design, {"advance": "P1D"})
    assert trial.refused is not None
    assert "at most 200 things that wait at once" in trial.refused.error.message


def test_a_process_with_an_error_is_not_tried_and_another_one_that_is_broken_hinders_nobody(
    office: Office, mine: Actor, design: str
) -> None:
    office.do(KeepDesignFile(design=design, path="other/other.bpmn", text="<broken", edition=0), mine)
    assert waits(led(office, mine, design))
    office.do(KeepDesignFile(design=design, path=PATH, text=drawn().replace('sourceRef="begin"', 'sourceRef="nowhere"'), edition=1), mine)
    with pytest.raises(DefinitionInvalid):
        led(office, mine, design)
    with pytest.raises(NotFound):
        office.door.ask(LeadTrial(design=design, process="nothing", scenario=BEGUN), mine)


def test_a_saved_scenario_passes_until_the_design_goes_another_way(office: Office, mine: Actor, design: str) -> None:
    keep(office, mine, design, "Đồng ý", AGREED, CHOSEN, CAME)
    found = runs(office, mine, design)
    assert [(each.scenario.name, each.outcome) for each in found.results] == [("Đồng ý", "passed")]
    assert [element for element, _ in found.never] == ["remind", "reminded", "dropped"]
    office.do(KeepDesignFile(design=design, path=PATH, text=drawn(task="verify"), edition=1), mine)
    (differs,) = runs(office, mine, design).results
    assert (differs.outcome, differs.step, differs.element) == ("differs", 1, "check")
    assert differs.differences[0].startswith("Expected every step to be done, but step 1 was refused")
    another = begin(office, mine)  # a scenario is the process's: another design has it too
    assert runs(office, mine, another).results[0].outcome == "passed"


def test_a_saved_scenario_is_one_that_the_command_line_reads(office: Office, mine: Actor, design: str) -> None:
    identity = keep(office, mine, design, "Đồng ý", AGREED)
    known = office.door.ask(ReadScenario(process=PROCESS, scenario=identity), mine)
    scenario = read_scenario(json.loads(json.dumps(known.plain)))
    assert (scenario.name, scenario.process) == ("Đồng ý", PROCESS)
    assert scenario.expect is not None
    assert scenario.expect["waiting"] == ["way"]


def test_a_name_is_taken_once_unless_it_is_said_that_it_takes_the_place(office: Office, mine: Actor, design: str) -> None:
    first = keep(office, mine, design, "Đồng ý", AGREED)
    with pytest.raises(InvalidInput, match="one is called 'Đồng ý'"):
        keep(office, mine, design, "Đồng ý", AGREED, CHOSEN)
    assert keep(office, mine, design, "Đồng ý", AGREED, CHOSEN, again=True) == first
    assert len(office.door.ask(ReadScenario(process=PROCESS, scenario=first), mine).plain["steps"]) == 2
    office.do(DropScenario(scenario=first), mine)
    with pytest.raises(NotFound):
        office.do(DropScenario(scenario=first), mine)
    with pytest.raises(InvalidInput, match="for the scenario"):
        keep(office, mine, design, "  ", AGREED)
    with pytest.raises(Refused, match="step 2 cannot"):
        keep(office, mine, design, "Sai", AGREED, AGREED)


def test_the_shipped_scenarios_of_a_process_are_run_too(office: Office, mine: Actor) -> None:
    design = str(office.do(BeginDesign(name="Trống"), mine)["design"])
    found = runs(office, mine, design, "assignment_work")
    assert [(each.scenario.origin, each.outcome) for each in found.results] == [("shipped", "passed")]
    assert found.never == ()


def test_a_trial_is_for_who_sees_designs_and_saving_for_who_draws(office: Office, mine: Actor, design: str) -> None:
    someone = office.actor("chuyen.vien")
    for query in (
        LeadTrial(design=design, process=PROCESS, scenario=BEGUN),
        RunScenarios(design=design, process=PROCESS),
        BeginTrial(design=design),
    ):
        with pytest.raises(Denied):
            office.door.ask(query, someone)
    with pytest.raises(Denied):
        office.do(KeepScenario(design=design, process=PROCESS, name="Của tôi", scenario=BEGUN), someone)
