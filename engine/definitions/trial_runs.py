"""All scenarios of a process run against a design: which pass, where the others differ, and what none of them reaches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine.definitions.designs import design_by_id, sources_of
from engine.definitions.dry_run import StepRefused, Tried, lead
from engine.definitions.dry_run_expectations import unmet
from engine.definitions.dry_run_instance import DryRun
from engine.definitions.dry_run_scenario import read_scenario
from engine.definitions.trial import MOST_PASSED, bounded, open_process
from engine.definitions.trial_scenarios import KnownScenario, known_scenarios
from engine.history.transaction import Reading
from engine.kernel.errors import EngineError

MOST_TOGETHER = 5 * MOST_PASSED  # elements that all scenarios pass together; what is left is not run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunScenarios:
    """Ask what comes of all scenarios of a process in a design."""

    design: str
    process: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """What came of a scenario. `outcome`: passed, differs, or left_out when those before it took too long.

    `differences`: expected and found, in sentences; `step`: the step that was refused, None when all could be done.
    """

    scenario: KnownScenario
    outcome: str
    differences: tuple[str, ...] = ()
    step: int | None = None
    element: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRuns:
    """All of them. `never`: (element, name) that none reaches, of the `elements` of the process."""

    results: tuple[ScenarioResult, ...]
    elements: int
    never: tuple[tuple[str, str], ...]


def answer_runs(query: RunScenarios, reading: Reading, *, operations: Collection[str]) -> ScenarioRuns:
    """Run them. Raises NotFound, or DefinitionInvalid for a process that would not run."""
    design_by_id(reading.connection, query.design)
    tried = open_process(sources_of(reading.connection, query.design), query.process, operations)
    results: list[ScenarioResult] = []
    reached: set[tuple[str, str]] = set()
    passed = 0
    for known in known_scenarios(reading.connection, query.process):
        if passed > MOST_TOGETHER:
            results.append(ScenarioResult(scenario=known, outcome="left_out"))
            continue
        result, run = _run(tried, known, reading)
        results.append(result)
        if run is not None:
            reached |= run.reached
            passed += len(run.path)
    own = {element.id: element for element in tried.definition.elements.values() if element.process == query.process}.values()
    never = tuple((element.id, element.name or element.id) for element in own if (query.process, element.id) not in reached)
    return ScenarioRuns(results=tuple(results), elements=len(own), never=never)


def _run(tried: Tried, known: KnownScenario, reading: Reading) -> tuple[ScenarioResult, DryRun | None]:
    try:
        scenario = read_scenario(known.plain)
        run = lead(tried, scenario, now=reading.now, bound=bounded)
        answer: Mapping[str, Any] = run.answer()
    except StepRefused as error:
        run, answer = error.run, {"error": {**error.details, "message": error.message}}
    except EngineError as error:
        return ScenarioResult(scenario=known, outcome="differs", differences=(error.message,)), None
    differences = tuple(unmet(scenario.expect or {}, answer))
    error_at = answer.get("error") if differences else None
    step, element = (int(error_at["step"]), str(error_at["element"])) if isinstance(error_at, Mapping) else (None, "")
    return ScenarioResult(
        scenario=known, outcome="differs" if differences else "passed", differences=differences, step=step, element=element
    ), run
