"""Conditions on default flows."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, has_condition, label


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield default flows with a condition: they are taken when no other condition holds, whatever their own says."""
    for flow in diagram.flows:
        source = diagram.by_id.get(flow.get("sourceRef", ""))
        if source is not None and has_condition(flow) and flow.get("id") and source.get("default") == flow.get("id"):
            yield flow, f"Expected no condition on the default flow {label(flow)}, but found one: nobody reads it. Remove it, or mark another flow as default."
