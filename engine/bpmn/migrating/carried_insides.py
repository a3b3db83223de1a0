"""What a sub-process carries besides its tokens, taken to another version: its data objects, what an ad-hoc one still offers."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from engine.bpmn.migrating.counterparts import Counterparts, Obstacle

LATER = "Let it end first."


def inside_obstacle(node: Any, old: Any, new: Any, internal: dict[str, Any], path: tuple[str, ...]) -> Obstacle | None:
    """Return why what is inside `node` cannot go on in the new version. `old`, `new`: its insides."""
    if (_ad_hoc(old) is None) != (_ad_hoc(new) is None):
        message = f"Expected {node.element} to be ad-hoc in both versions or in none, but only one of them is, and it is in progress. {LATER}"
        return Obstacle(code="type", element=node.element, call_path=path, message=message)
    lost = sorted(name for name, value in internal.get("objects", {}).items() if value is not None and name not in new.objects)
    if lost:
        message = f"Expected the data objects of {node.element} in the new version, but {', '.join(lost)}, which holds a value, is gone. {LATER}"
        return Obstacle(code="data", element=node.element, call_path=path, message=message)
    return None


def carried_inside(counterparts: Counterparts, old: Any, new: Any, internal: dict[str, Any]) -> dict[str, Any]:
    """Return what changes of what the token around an inside carries: new data objects, and what may be begun."""
    found: dict[str, Any] = {}
    if new.objects:
        found["objects"] = {**deepcopy(new.objects), **{name: value for name, value in internal.get("objects", {}).items() if name in new.objects}}
    if "ad_hoc" in internal:
        found["ad_hoc"] = {**internal["ad_hoc"], "enabled": _enabled(counterparts, old, new, internal["ad_hoc"])}
    return found


def _enabled(counterparts: Counterparts, old: Any, new: Any, kept: dict[str, Any]) -> list[str]:
    """Return what may be begun: what could be before, and what is new."""
    names = {name: counterparts.node(old, new, name) for name in old.entries}
    known = {node.name for node in names.values() if node is not None}
    still = [names[name].name for name in kept["enabled"] if names.get(name) is not None and names[name].name in new.entries]
    return [*still, *(name for name in new.entries if name not in known and not kept["closing"])]


def _ad_hoc(spec: Any) -> Any:
    return getattr(spec, "ad_hoc", None)
