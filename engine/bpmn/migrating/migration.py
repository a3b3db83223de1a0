"""A running instance taken to another version of its process: its tokens are renamed one by one, or it is said why not.

Nothing that a token carries is computed anew: due moments, keys, parameters and values stay. Boundary events, event
sub-processes and events behind an event-based gateway that are new begin to listen; those that are gone fall silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from SpiffWorkflow.exceptions import SpiffWorkflowException

from engine.bpmn import serialise
from engine.bpmn.definition import Definition
from engine.bpmn.events import Boundary, Handler
from engine.bpmn.gateways import Join
from engine.bpmn.instance import Instance
from engine.bpmn.migrating.carried_insides import carried_inside, inside_obstacle
from engine.bpmn.migrating.counterparts import Counterparts, Obstacle
from engine.bpmn.migrating.token_flow import TokenFlow
from engine.bpmn.node import Node
from engine.bpmn.outcome import Outcome
from engine.bpmn.picture import picture
from engine.kernel.errors import EngineError

BUDGET = 1000
TokenRow = list[Any]  # [id, node, state, what it carries], as the state row holds it


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An instance in the new version. `listening`, `silent`: elements that begin, and that cease, to listen."""

    before: Outcome
    outcome: Outcome
    listening: tuple[str, ...]
    silent: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class _Place:
    """A process or sub-process of the instance: its specs in both versions, and what is above it."""

    old: Any
    new: Any
    path: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class _Found:
    """What reading the tokens of one instance has brought to light."""

    obstacles: list[Obstacle] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    choices: set[str] = field(default_factory=set)  # of ad-hoc sub-processes
    hosts: dict[str, tuple[Any, Any, tuple[str, ...]]] = field(default_factory=dict)
    boundaries: list[tuple[str, str]] = field(default_factory=list)  # (host, new boundary event)
    handlers: list[tuple[str, str]] = field(default_factory=list)  # (what it is inside, new handler)
    races: list[tuple[str, str]] = field(default_factory=list)  # (a token of the race, id of the new flow)


class Migration:
    """From one version of a process to another by one mapping, for any number of instances.

    `mapping`: element (or flow) of the old version → that of the new one; those that are not named keep their id.
    `given`: values that the new version needs, for instances whose data lack them.
    """

    def __init__(self, old: Definition, new: Definition, *, mapping: Mapping[str, str], given: Mapping[str, Any] | None = None) -> None:
        self.old = old
        self.new = new
        self.counterparts = Counterparts(old, new, mapping)
        self.token_flow = TokenFlow(self.counterparts)
        self.given = dict(given or {})

    def move(self, state: bytes, *, now: datetime) -> Moved | tuple[Obstacle, ...]:
        """Return the instance in the new version, or everything that stands against it. The given state is never changed."""
        found = _Found()
        try:
            row = serialise.read_row(state)
            self._rename(row, found)
            if found.obstacles:
                return tuple(dict.fromkeys(found.obstacles))
            for name, value in self.given.items():
                row["data"].setdefault(name, value)
            return self._settle(state, row, found, now)
        except KeyError as error:
            message = f"Expected the state of an instance of the old version, but found one that does not fit it ({error}). Restore it from a backup."
            return (Obstacle(code="failed", element="", call_path=(), message=message),)
        except (EngineError, SpiffWorkflowException, RecursionError) as error:
            message = f"Expected the instance to go on in the new version, but it cannot: {error}"
            element = error.details.get("element") if isinstance(error, EngineError) else None
            return (Obstacle(code="failed", element=element or "", call_path=(), message=message),)

    def _rename(self, row: dict[str, Any], found: _Found) -> None:
        top = _Place(old=self.old.specs[self.old.process_id], new=self.new.specs[self.new.process_id], path=())
        row["tokens"] = self._tokens(top, row["tokens"], found, inside="")
        inside = []
        for host, tokens in row["inside"]:
            if host not in found.hosts:
                continue  # its host is an obstacle already
            old, new, path = found.hosts[host]
            place = _Place(old=self.old.specs[old.inside], new=self.new.specs[new.inside], path=(*path, old.element))
            inside.append([host, self._tokens(place, tokens, found, inside=host)])
        row["inside"] = inside

    def _tokens(self, place: _Place, tokens: list[TokenRow], found: _Found, *, inside: str) -> list[TokenRow]:
        """Return the tokens of a place in the new version."""
        standing: dict[str, tuple[Any, Any]] = {}
        kept = [token for token in tokens if self._stands(place, token, found, standing)]
        self._attach(place, standing, found)
        self._listen(place, tokens, found, inside)
        self._race(place, tokens, kept, found)
        found.obstacles += self.token_flow.obstacles(place.old, place.new, place.path, [token for token in tokens if token[0] not in found.dropped])
        renamed = []
        for token in tokens:
            if token[0] in found.dropped:
                found.silent.append(place.old.task_specs[token[1]].element)
            else:
                renamed.append(self._renamed(place, token))
        return renamed

    def _stands(self, place: _Place, token: TokenRow, found: _Found, standing: dict[str, tuple[Any, Any]]) -> bool:
        """Find the counterpart of a token's node. Return whether there is one; listeners without one fall silent."""
        id, name, _, internal = token
        old, new = place.old.task_specs[name], self.counterparts.node(place.old, place.new, name)
        obstacle = self.counterparts.obstacle(place.old, place.new, name, place.path)
        if obstacle is None and isinstance(old, Boundary) and "host" in internal:
            host = standing.get(internal["host"])
            listens = host is not None and new.name in host[1].boundary
        elif obstacle is None and "race" in internal:
            listens = self._races_on(place, internal["race"][0], new)
        else:
            listens = obstacle is None
        if listens:
            standing[id] = (old, new)
            if hasattr(old, "inside"):
                found.hosts[id] = (old, new, place.path)
                found.choices |= {internal["ad_hoc"]["choice"]} if "choice" in internal.get("ad_hoc", {}) else set()
                lost = inside_obstacle(old, self.old.specs[old.inside], self.new.specs[new.inside], internal, place.path)
                found.obstacles += [lost] if lost else []
            if "entry" in internal and new.name not in place.new.entries:
                found.obstacles.append(self.counterparts.led_to(old, place.path))
            if isinstance(old, Join) and old.joins and self.counterparts.flow(place.old, place.new, internal["flow"]) is None:
                found.obstacles.append(self.counterparts.lost_flow(old, place.path, internal["flow"]))
            return True
        if isinstance(old, Handler) or "host" in internal or "race" in internal:
            found.dropped.add(id)
        elif obstacle is not None:
            found.obstacles.append(obstacle)
        return False

    def _attach(self, place: _Place, standing: Mapping[str, tuple[Any, Any]], found: _Found) -> None:
        """Note the boundary events of activities under way that were not drawn before."""
        for id, (old, new) in standing.items():
            known = {self.counterparts.listener(place.old, place.new, name) for name in old.boundary}
            found.boundaries += [(id, name) for name in new.boundary if name not in known]

    def _listen(self, place: _Place, tokens: Iterable[TokenRow], found: _Found, inside: str) -> None:
        """Note the event sub-processes that were not drawn before, unless one that interrupts is running."""
        running = {token[1] for token in tokens}
        if any(place.old.task_specs[name].interrupting and place.old.task_specs[name].handling in running for name in place.old.handlers):
            return
        known = {self.counterparts.listener(place.old, place.new, name) for name in place.old.handlers}
        found.handlers += [(inside, name) for name in place.new.handlers if name not in known]

    def _race(self, place: _Place, tokens: Iterable[TokenRow], kept: Sequence[TokenRow], found: _Found) -> None:
        """Note the events behind an event-based gateway that were not drawn before; a race with nobody left is an obstacle."""
        waiting = {tuple(token[3]["race"]): token[0] for token in kept if "race" in token[3]}
        for race in {tuple(token[3]["race"]) for token in tokens if "race" in token[3]}:
            old = place.old.task_specs[race[0]]
            if race not in waiting:
                obstacle = self.counterparts.obstacle(place.old, place.new, race[0], place.path)
                found.obstacles.append(obstacle or self.counterparts.lost_race(old, place.path))
                continue
            new = self.counterparts.node(place.old, place.new, race[0])
            known = {self.counterparts.listener(place.old, place.new, flow.target) for flow in old.flows}
            found.races += [(waiting[race], flow.id) for flow in new.flows if flow.target not in known]

    def _races_on(self, place: _Place, gateway: str, new: Node) -> bool:
        """Tell whether an event still stands behind its event-based gateway."""
        if self.counterparts.obstacle(place.old, place.new, gateway, place.path) is not None:
            return False
        return any(flow.target == new.name for flow in self.counterparts.node(place.old, place.new, gateway).flows)

    def _renamed(self, place: _Place, token: TokenRow) -> TokenRow:
        id, name, state, internal = token
        node = self.counterparts.node(place.old, place.new, name)
        if node is None:
            return token  # an obstacle was noted
        carried = dict(internal)
        if "flow" in carried:
            carried["flow"] = self.counterparts.flow(place.old, place.new, carried["flow"])
        if "race" in carried:
            gateway = self.counterparts.node(place.old, place.new, carried["race"][0])
            carried["race"] = [gateway.name if gateway else carried["race"][0], carried["race"][1]]
        if hasattr(node, "inside"):
            old = self.old.specs[place.old.task_specs[name].inside]
            carried |= carried_inside(self.counterparts, old, self.new.specs[node.inside], internal)
        return [id, node.name, state, carried]

    def _settle(self, state: bytes, row: dict[str, Any], found: _Found, now: datetime) -> Moved | tuple[Obstacle, ...]:
        """Load the instance in the new version, compare its open work, let new listeners listen and full joins go on."""
        before = picture(serialise.load(state, _instance(self.old, now)))
        instance = serialise.load(serialise.write_row(row), _instance(self.new, now))
        differs = _lost(before, picture(instance), found.dropped | found.choices)  # what an ad-hoc inside offers may change
        if differs:
            return differs
        listening = [*self._begin(instance, found)]
        for place in instance.everywhere():
            for token in place.live():
                if isinstance(token.task_spec, Join) and token.task_spec.joins and token.id in place.tasks:
                    token.task_spec.gather(token)
        instance.go()
        stuck = instance.stuck()
        if stuck is not None:
            element = stuck.task_spec.element
            message = f"Expected the tokens to go on in the new version, but at {element} they would wait for others that can no longer come."
            return (Obstacle(code="join", element=element, call_path=stuck.workflow.path, message=message),)
        return Moved(before=before, outcome=picture(instance), listening=tuple(listening), silent=tuple(found.silent))

    def _begin(self, instance: Instance, found: _Found) -> Iterable[str]:
        """Let what is new listen. Yield the elements."""
        for host, name in found.boundaries:
            token = instance.find(host)
            assert token is not None  # it was loaded a moment ago
            place, node = token.workflow, token.workflow.spec.task_specs[name]
            place.add(node, {"host": host}, token.data)
            yield node.element
        for inside, name in found.handlers:
            place = instance if not inside else next(each for id, each in instance.subprocesses.items() if id.hex == inside)
            node = place.spec.task_specs[name]
            place.add(node, {}, place.scope)
            yield node.element
        for id, flow_id in found.races:
            token = instance.find(id)
            assert token is not None
            place, race = token.workflow, token.internal_data["race"]
            flow = next(each for each in place.spec.task_specs[race[0]].flows if each.id == flow_id)
            place.put(flow, race=race)
            yield place.spec.task_specs[flow.target].element


def _instance(definition: Definition, now: datetime) -> Instance:
    return Instance(definition.specs, definition.process_id, definition.functions, now=now, budget=BUDGET)


def _lost(before: Outcome, after: Outcome, silent: set[str]) -> tuple[Obstacle, ...]:
    """Return what was open before and is not, or is due at another moment, though nothing has fallen silent."""
    quiet = {_uuid(id) for id in silent}
    now_open = _open_work(after)
    return tuple(
        Obstacle(code="lost", element=element, call_path=(), message=f"Expected the open work at {element} to stay as it is, but it would be lost.")
        for (id, kept), element in _open_work(before).items()
        if id not in quiet and (id, kept) not in now_open
    )


def _open_work(outcome: Outcome) -> dict[tuple[str, Any], str]:
    """Return (id, what must stay) → element, for all that is open."""
    return {
        **{(task.id, ("task", task.due)): task.element for task in outcome.tasks},
        **{(timer.id, ("timer", timer.due)): timer.element for timer in outcome.timers},
        **{(entry.id, (entry.kind, entry.key)): entry.element for entry in outcome.subscriptions},
        **{(entry.id, "operation"): entry.element for entry in outcome.operations},
        **{(entry.id, "choice"): entry.element for entry in outcome.choices},
    }


def _uuid(hexadecimal: str) -> str:
    return f"{hexadecimal[:8]}-{hexadecimal[8:12]}-{hexadecimal[12:16]}-{hexadecimal[16:20]}-{hexadecimal[20:]}"
