"""Trials of designs: leading a process step by step, its scenarios, scenarios of what really happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from engine.audit.trials_of_instances import FinishedInstances, RecordTrial, answer_finished, answer_recorded
from engine.composition.workbench import of_design
from engine.definitions.choices import results_of
from engine.definitions.trial_pages import BeginTrial, LeadTrial, answer_start, answer_trial
from engine.definitions.trial_runs import RunScenarios, answer_runs
from engine.definitions.trial_scenarios import (
    DropScenario,
    KeepScenario,
    ReadScenario,
    answer_scenario,
    decide_drop_scenario,
    decide_keep_scenario,
)
from engine.door import Handler, Query
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add_trials(handlers: Registry[Handler], queries: Registry[Query], operations: Mapping[str, str]) -> None:
    """Register trials; `operations`: installed operation → the sentence that says what it does."""
    names = tuple(operations)
    results = {name: results_of(does) for name, does in operations.items()}
    asked: tuple[tuple[type, Callable[[Any, Reading], Any]], ...] = (
        (BeginTrial, partial(answer_start, results=results)),
        (LeadTrial, partial(answer_trial, operations=names, results=results)),
        (RunScenarios, partial(answer_runs, operations=names)),
        (ReadScenario, answer_scenario),
        (FinishedInstances, answer_finished),
        (RecordTrial, answer_recorded),
    )
    for kind, answer in asked:
        queries.add(kind.__name__, Query(action="definition.see", scope=of_design, answer=answer, recorded=kind in {BeginTrial, FinishedInstances, RecordTrial}))
    keep = partial(decide_keep_scenario, operations=names)
    handlers.add(KeepScenario.__name__, Handler(action="definition.design", scope=of_design, decide=keep, kind=KeepScenario))
    handlers.add(
        DropScenario.__name__, Handler(action="definition.design", scope=of_design, decide=decide_drop_scenario, kind=DropScenario)
    )
