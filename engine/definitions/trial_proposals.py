"""What a trial may be answered with: as a known scenario of the process answers there, else the names that an operation or a message has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from engine.definitions.trial_data import Results
from engine.definitions.trial_scenarios import KnownScenario

VERBS = {"operation": "complete", "message": "message", "signal": "signal"}


def proposed(
    waits: Mapping[str, Any],
    scenarios: Collection[KnownScenario],
    results: Results,
    payloads: Mapping[str, tuple[str, ...]],
    data: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Return data for what waits (as dry_run_instance tells it). `results`, `payloads`: the names of an operation, of a message."""
    verb = VERBS.get(waits["type"])
    if verb is None:
        return {}
    what = waits["element"] if verb == "complete" else waits.get(verb) or waits["name"]
    for known in scenarios:
        for step in known.plain.get("steps", ()):
            if isinstance(step, Mapping) and step.get(verb) == what:
                return dict(step.get("with") or {})
    names = results.get(waits.get("operation", ""), ()) if verb == "complete" else payloads.get(what, ())
    return {name: data.get(name, "") for name in names}
