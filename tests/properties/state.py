"""What runs in the reference interpreter: scopes with tokens on flows, active nodes and events that are waited for (13.2)."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any

from tests.properties.model import Flow, Graph, Node, Shared, Trigger


class Failed(Exception):
    """The step cannot be made: `why` is "stuck", "diverges", "no way" or "count"."""

    def __init__(self, why: str, element: str = "") -> None:
        super().__init__(f"{why} {element}")
        self.why = why


class Data:
    """Variables seen from inside outward (10.3.1: properties and data of a scope are visible to what is inside it)."""

    def __init__(self, local: dict[str, Any], outer: Data | None = None) -> None:
        self.local, self.outer = local, outer

    def get(self, name: str) -> Any:
        return self.local.get(name) if name in self.local or self.outer is None else self.outer.get(name)

    def flat(self) -> dict[str, Any]:
        return {**(self.outer.flat() if self.outer else {}), **self.local}

    def put(self, name: str, value: Any) -> None:
        if name in self.local or self.outer is None:
            self.local[name] = value
        else:
            self.outer.put(name, value)


@dataclass(eq=False, slots=True)
class Token:
    """A token on a sequence flow (13.2). `flow` None: it begins at `node`."""

    flow: Flow | None
    node: Node
    number: int


@dataclass(eq=False, slots=True)
class Listener:
    """An event that is waited for: `node` is the event, `host` the activity or the gateway that it belongs to, if any."""

    node: Node
    trigger: Trigger
    scope: Scope
    data: Data
    host: Active | None = None
    due: datetime | None = None
    begun: datetime | None = None
    occurrence: int = 0
    held: bool = False
    number: int = 0


@dataclass(eq=False, slots=True)
class Active:
    """A flow node that a token has entered. `ready`: it goes on by itself; else it waits for people, events, or what is inside."""

    node: Node
    scope: Scope
    data: Data
    number: int
    ready: bool = True
    listening: list[Listener] = field(default_factory=list)
    inside: Scope | None = None
    owner: Active | None = None
    instances: list[Active] = field(default_factory=list)
    made: int = 0
    done: int = 0
    items: list[int] = field(default_factory=list)
    results: list[tuple[int, Any]] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Scope:
    """A process, a called process or a sub-process that is running."""

    graph: Graph
    host: Active | None
    parent: Scope | None
    data: Data
    number: int
    tokens: list[Token] = field(default_factory=list)
    active: list[Active] = field(default_factory=list)
    handlers: list[Listener] = field(default_factory=list)
    enabled: list[str] = field(default_factory=list)
    closing: bool = False
    offered: set[str] = field(default_factory=set)  # within this step: what passes at once is not offered for ever

    @property
    def ad_hoc(self) -> Node | None:
        return self.host.node if self.host is not None and self.host.node.kind == "adhoc" else None

    @property
    def path(self) -> tuple[str, ...]:
        return () if self.host is None or self.parent is None else (*self.parent.path, self.host.node.id)


    def picture(self) -> str:
        """Return the same text for scopes that differ in nothing but the order of their making."""
        tokens = sorted(repr((token.flow.id if token.flow else "", token.node.id)) for token in self.tokens)
        handlers = [(each.node.id, each.due, each.held) for each in self.handlers]
        return repr((tokens, sorted(map(_picture, self.active)), handlers, sorted(self.enabled), self.closing))


def _picture(active: Active) -> str:
    listening = [(each.node.id, each.due, each.held) for each in active.listening]
    counts = (active.ready, active.made, active.done, active.items, sorted(active.results, key=repr), listening, sorted(active.data.local.items()) if active.owner else None)
    inside = active.inside.picture() if active.inside else None
    return repr((active.node.id, counts, inside, sorted(map(_picture, active.instances))))


Label = tuple[Any, ...]
Move = tuple[tuple[int, int, int], Callable[[], None]]


def undecided(graph: Graph, node: Node) -> bool:
    """Tell whether the ways out of a gateway carry no conditions: then a person chooses (a convention of this project)."""
    flows = graph.leaving(node.id)
    return len(flows) > 1 and not any(flow.test or flow.default for flow in flows)


class Order:
    """In which order moves are made that may be made in any order. Without a seed: first come, first served.

    `eager`: conditional events are looked at between all moves; else when nothing else moves.
    """

    def __init__(self, seed: int | None = None, *, eager: bool = True) -> None:
        self.random = None if seed is None else random.Random(seed)
        self.eager = eager

    def sort(self, moves: list[Move]) -> list[Move]:
        if self.random is None:
            return sorted(moves, key=lambda move: move[0])
        return [self.random.choice(moves)] if moves else []


class _Copier(pickle.Pickler):
    """Writes everything but the description, which it only names."""

    def __init__(self, into: BytesIO) -> None:
        super().__init__(into, protocol=5)
        self.shared: dict[int, Shared] = {}

    def persistent_id(self, obj: object) -> int | None:
        if not isinstance(obj, Shared):
            return None
        self.shared[id(obj)] = obj
        return id(obj)


class _Reader(pickle.Unpickler):
    def __init__(self, source: BytesIO, shared: dict[int, Shared]) -> None:
        super().__init__(source)
        self.shared = shared

    def persistent_load(self, pid: int) -> Shared:
        return self.shared[pid]


def copied(state: dict[str, Any]) -> dict[str, Any]:
    """Return a deep copy that shares the description; several times as quick as copy.deepcopy."""
    written = BytesIO()
    copier = _Copier(written)
    copier.dump(state)
    made: dict[str, Any] = _Reader(BytesIO(written.getvalue()), copier.shared).load()
    return made
