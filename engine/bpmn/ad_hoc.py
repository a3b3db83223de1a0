"""Ad-hoc sub-processes: people choose what is done next, until a condition holds (BPMN 2.0, 13.3.5).

Activities that no flow leads to are enabled from the beginning. One that a person does is open work at once: who takes it up
has chosen it. One that no person does is started by a choice. A token that a flow brings to an activity starts it, as everywhere.
What is only enabled is not running: it holds nothing up, and it is withdrawn when the sub-process ends or, under sequential
ordering, while something runs.
"""

# ruff: noqa: SLF001  the hooks that the library offers to its task specs begin with an underscore
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from lxml import etree
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.activities import Activity, UserTask
from engine.bpmn.events import Catch, Handler
from engine.bpmn.gateways import Join
from engine.bpmn.instance import Inside, Instance
from engine.bpmn.many import Many
from engine.bpmn.node import Flow, Node, Token
from engine.bpmn.vocabulary import ident, local, tag
from engine.kernel.errors import InvalidInput, StepFailed

if TYPE_CHECKING:
    from engine.bpmn.nodes import NodeMaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How an ad-hoc sub-process goes on. Without a condition each enabled activity is done once."""

    sequential: bool
    condition: str | None
    cancels: bool


def read_rules(maker: NodeMaker, node: etree._Element) -> Rules | None:
    """Return the rules of an ad-hoc sub-process; None for every other element."""
    if local(node) != "adHocSubProcess":
        return None
    if node.get("triggeredByEvent") in ("true", "1"):
        message = f"Expected {ident(node)} to be either ad-hoc or started by an event, but it is both. Put the ad-hoc sub-process inside the other."
        maker.refuse(node, "unsupported_setting", message)
    found = node.find(tag("completionCondition"))
    text = (found.text or "").strip() if found is not None else ""
    return Rules(
        sequential=node.get("ordering", "Parallel").strip().lower() == "sequential",
        condition=maker.expression(node, "completionCondition", text, language=found.get("language")) if found is not None and text else None,
        cancels=node.get("cancelRemainingInstances", "true") not in ("false", "0"),
    )


class AdHoc(Inside):
    """The inside of an ad-hoc sub-process.

    `kept`: "enabled", the names of what may be begun and is not; "closing", whether the condition has held, so that nothing
    more is begun; "choice", the id of the choice that is open. It is saved with the token around this. `begun`: what was begun within this step: not twice in one step, or
    what passes at once would never come to rest.
    """

    def __init__(self, spec: Any, host: Token, top: Instance) -> None:
        super().__init__(spec, host, top)
        self.rules: Rules = spec.ad_hoc
        self.begun: set[str] = set()
        self.handlings = {spec.task_specs[name].handling for name in spec.handlers}

    @property
    def kept(self) -> dict[str, Any]:
        """Return what is saved of this."""
        found: dict[str, Any] = self.host.internal_data.setdefault("ad_hoc", {"enabled": list(self.spec.entries), "closing": False})
        return found

    @property
    def closing(self) -> bool:
        """Tell whether nothing more is begun."""
        return bool(self.kept["closing"])

    def start(self) -> None:
        self.listen()

    def entries(self) -> Iterator[Node]:
        """Yield the nodes that no flow leads to."""
        return (self.spec.task_specs[name] for name in self.spec.entries)

    # ------------------------------------------------------------------------------------------------ tokens move

    def put(self, flow: Flow, **internal: Any) -> None:
        """Send a token along `flow`. At an activity it waits until nothing else moves; while this closes it is gone."""
        node = self.spec.task_specs[flow.target]
        if self.closing:
            return
        if isinstance(node, Activity) and not internal:  # what races behind an event-based gateway listens at once
            self.enable(node)
        else:
            super().put(flow, **internal)

    def enable(self, node: Node) -> None:
        """Make a token that waits for its activity to begin."""
        token = Task(self, node, self.task_tree, state=TaskState.WAITING)
        token.internal_data = {"enabled": True}
        token.data = self.scope

    def leave(self, token: Token) -> None:
        super().leave(token)
        node = token.task_spec
        if "of" in token.internal_data or self.closing:
            return
        if isinstance(node, Activity):
            self.look_at_condition()
        elif node.name in self.spec.entries and self.repeats(node) and self.rules.condition is not None:
            self.kept["enabled"].append(node.name)

    def look_at_condition(self) -> bool:
        """After an activity: end when the condition holds, or else let everything be begun again. Return whether it holds."""
        if self.rules.condition is None:
            return False
        if self.holds(self.rules.condition):
            self.end()
            return True
        self.kept["enabled"] = [node.name for node in self.entries() if self.repeats(node) or node.name in self.kept["enabled"]]
        return False

    def holds(self, condition: str) -> bool:
        """Tell whether the condition holds; one about a value that nobody has given yet does not, as with conditional events."""
        element = self.host.task_spec.element
        try:
            return bool(self.script_engine.environment.evaluate(condition, self.scope))
        except InvalidInput as error:
            if "unknown" in error.details:
                return False
            raise StepFailed(f"At {element}: {error.message}", element=element) from error

    def end(self) -> None:
        """The condition holds: withdraw what is not running, and what is running too unless it may be finished."""
        self.kept["closing"] = True
        finishing = not self.rules.sequential and not self.rules.cancels
        for token in self.live():
            belongs = "of" in token.internal_data or "host" in token.internal_data or isinstance(token.task_spec, Handler)
            if token.id in self.tasks and not (finishing and (belongs or self.is_running(token))):
                self.discard(token)

    def clear(self, sparing: Token | None = None) -> None:
        """End every token but one; nothing is begun after that."""
        self.kept["closing"] = True
        super().clear(sparing)

    def idle(self) -> bool:
        return False  # whether this is over is decided when nothing moves

    # ------------------------------------------------------------------------------------------------ nothing moves

    def settle(self) -> bool:
        """Begin what may be begun, or end. Return whether something was done."""
        if self.closing:
            return not self.running(besides_events=False) and self.finish()
        if self.begin_enabled():
            return True
        if self.rules.sequential and self.running():
            self.withdraw()
        elif self.offer() or (not self.alive() and self.go_on()):
            return True
        if not self.selection():
            self.kept.pop("choice", None)  # there will be another one, if there is something to choose again
        return False

    def begin_enabled(self) -> bool:
        """Begin the activities that flows have led to: all of them, or under sequential ordering one when nothing is running."""
        enabled = [token for token in self.live() if "enabled" in token.internal_data]
        if self.rules.sequential:
            if self.running():
                return False
            enabled = [token for token in enabled if not is_personal(token.task_spec)][:1] or enabled
        for token in enabled:
            del token.internal_data["enabled"]
            token.task_spec._update(token)
        return bool(enabled)

    def offer(self) -> bool:
        """Begin what no flow leads to and nobody needs to start: work of persons, events, gateways."""
        offered = False
        for node in self.entries():
            chosen = isinstance(node, Activity) and not is_personal(node)
            if chosen or node.name in self.begun or node.name not in self.kept["enabled"]:
                continue
            if not any(token.task_spec is node for token in self.live()):
                self.begun.add(node.name)
                self.kept["enabled"].remove(node.name)
                self.add(node, {"entry": True}, self.scope)
                offered = True
        return offered

    def alive(self) -> bool:
        """Tell whether something here can still happen."""
        for token in self.live():
            listening = isinstance(token.task_spec, Catch) and "entry" in token.internal_data and self.rules.condition is None
            if not listening and not isinstance(token.task_spec, Handler | Join):
                return True
        return bool(self.selection())

    def go_on(self) -> bool:
        """Nothing is open: without a condition this is over, else everything may be begun again."""
        if self.rules.condition is None:
            return not any(isinstance(token.task_spec, Join) for token in self.live()) and self.finish()
        if self.look_at_condition() or self.offer():
            return True
        element = self.host.task_spec.element
        raise StepFailed(f"Expected the completion condition of {element} to hold, but it does not, and nothing in it can be done.", element=element)

    def finish(self) -> bool:
        """This is over: the token around it goes on."""
        self.clear()
        super().close(self.host.task_spec)
        return True

    def withdraw(self) -> None:
        """Something is running: what people could begin is open no more until that is done. It comes back under a new id."""
        for token in self.live():
            if is_offered(token):
                node = token.task_spec
                self.discard(token)
                if "entry" in token.internal_data:
                    self.kept["enabled"].append(node.name)
                    self.begun.discard(node.name)
                else:
                    self.enable(node)

    # ------------------------------------------------------------------------------------------------ choosing

    def selection(self) -> tuple[str, ...]:
        if self.closing or (self.rules.sequential and self.running()):
            return ()
        activities = (node for node in self.entries() if isinstance(node, Activity) and not is_personal(node))
        return tuple(node.name for node in activities if node.name in self.kept["enabled"])

    @property
    def choice(self) -> UUID:
        """Return the id of the choice that is open; it keeps it while there is something to choose."""
        return UUID(hex=self.kept.setdefault("choice", uuid4().hex))

    def select(self, name: str) -> None:
        """Begin an activity that a person has chosen."""
        if self.rules.condition is None:
            self.kept["enabled"].remove(name)
        self.add(self.spec.task_specs[name], {}, self.scope)

    # ------------------------------------------------------------------------------------------------ what a token is

    def is_running(self, token: Token) -> bool:
        """Tell whether an activity has begun."""
        waiting = "of" in token.internal_data or "enabled" in token.internal_data
        return isinstance(token.task_spec, Activity) and not waiting and not is_offered(token)

    def running(self, *, besides_events: bool = True) -> bool:
        """Tell whether an activity is running; one that an event started holds nothing up but the end."""
        return any(self.is_running(token) for token in self.live() if not (besides_events and token.task_spec.name in self.handlings))

    def repeats(self, node: Node) -> bool:
        """Tell whether it may be begun again. A timer that is past would fire for ever, so it is begun once."""
        return isinstance(node, Activity) or (isinstance(node, Catch) and (node.message or node.signal) is not None)

    def places(self, besides: Node) -> Iterator[str]:
        """Yield where tokens are; what is only offered is no token yet, so no join waits for it."""
        offered = {token.task_spec.name for token in self.live() if "entry" in token.internal_data and is_offered(token)}
        return (name for name in super().places(besides) if name not in offered)


def is_personal(node: Node) -> bool:
    """Tell whether a person does it."""
    return isinstance(node.inner if isinstance(node, Many) else node, UserTask)


def is_offered(token: Token) -> bool:
    """Tell whether it is work of a person that nobody has done any of."""
    if "of" in token.internal_data or "enabled" in token.internal_data or not is_personal(token.task_spec):
        return False
    return not token.internal_data.get("many", {}).get("done")
