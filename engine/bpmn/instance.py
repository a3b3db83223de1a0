"""A running process: the library's workflow and sub-workflow, and the moves of one step."""

# ruff: noqa: SLF001  the hooks that the library offers begin with an underscore
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.environment import Environment
from engine.bpmn.events import Catch, MessageEndEvent, Throw
from engine.bpmn.gateways import InclusiveGateway, Join
from engine.bpmn.language.expressions import Functions
from engine.bpmn.node import EndEvent, Node, Token
from engine.bpmn.outcome import Passed, Sent, Signalled
from engine.bpmn.scope import Scope
from engine.bpmn.tokens import Tokens
from engine.kernel.errors import StepFailed

MAX_NESTING = 40


class Inside(Tokens, BpmnSubWorkflow):  # type: ignore[misc]
    """A sub-process or called process inside a token of another."""

    def __init__(self, spec: Any, host: Token, top: Instance) -> None:
        super().__init__(spec, host.id, top, deserializing=True)
        self.scope = Scope(host.internal_data.setdefault("objects", deepcopy(spec.objects)), host.data) if spec.objects else host.data
        self.host = host
        self.path = (*host.workflow.path, host.task_spec.element)
        self.plant()

    def catcher_outside(self, kind: str, code: str) -> Token | None:
        around: Tokens = self.host.workflow
        return around.catcher_at(self.host, kind, code)

    def start(self) -> None:
        """Put the first tokens in."""
        self.listen()
        for name in self.spec.entries:
            self.add(self.spec.task_specs[name], {}, self.scope)

    def close(self, last: Node) -> None:
        del last
        self.top_workflow.subprocesses.pop(self.host.id, None)
        self.host.complete()


def inside_of(spec: Any, host: Token, top: Instance) -> Inside:
    """Return a new inside of a sub-process or called process; an ad-hoc one has rules of its own."""
    kind: type[Inside] = getattr(spec, "place", Inside)
    return kind(spec, host, top)


class Instance(Tokens, BpmnWorkflow):  # type: ignore[misc]
    """A process instance, for the length of one step."""

    def __init__(self, specs: Mapping[str, Any], process: str, functions: Functions, *, now: datetime, budget: int) -> None:
        engine = PythonScriptEngine(Environment(functions, now))
        super().__init__(specs[process], specs, engine, deserializing=True)
        self.scope = Scope({})
        self.path = ()
        self.budget = budget
        self.over: Mapping[str, Mapping[str, Any]] = {}  # elements that an administrator has passed over, with their results
        self.queue: deque[Token] = deque()
        self.passed: list[Passed] = []
        self.sent: list[Sent] = []
        self.signals: list[Signalled] = []
        self.conditional = any(getattr(node, "condition", None) for spec in specs.values() for node in spec.task_specs.values())
        self.ends: list[str] = []
        self.stood: tuple[str, ...] = ()  # the elements that tokens stood on before the step
        self.plant()

    def enter(self, host: Token, inside: str) -> bool | None:
        """Start what is inside a sub-process or call activity. True: there is nothing in it, it is passed at once."""
        if len(host.workflow.path) >= MAX_NESTING:
            element = host.task_spec.element
            raise StepFailed(f"Expected at most {MAX_NESTING} processes inside each other, but {element} calls another.", element=element)
        if not self.subprocess_specs[inside].entries:
            return True
        place = inside_of(self.subprocess_specs[inside], host, self)
        self.subprocesses[host.id] = place
        place.start()
        return None

    @property
    def ended(self) -> bool:
        """Tell whether no token is left."""
        return len(self.tasks) == 1

    def begin(self, names: Sequence[str]) -> None:
        """Put the first tokens on the nodes `names`; what such a node waits for has happened already."""
        self.listen()
        for name in names:
            token = self.add(self.spec.task_specs[name], {}, self.scope)
            if isinstance(token.task_spec, Catch):
                token.task_spec.fire(token)

    def note(self, token: Token, path: tuple[str, ...]) -> None:
        """Write down that a token has left its element."""
        node = token.task_spec
        self.passed.append(Passed(element=node.element, call_path=path, task=str(token.id)))
        if not path and isinstance(node, EndEvent | MessageEndEvent):
            self.ends.append(node.element)

    def send(self, node: Throw, *, key: str, to: tuple[str, ...], payload: dict[str, Any]) -> None:
        """Hand a message to whoever runs the step."""
        self.sent.append(Sent(element=node.element, message=node.message, key=key, to=to, payload=payload))

    def signal(self, node: Node, signal: str, payload: dict[str, Any]) -> None:
        """Let everyone in this instance who waits for the signal hear it, and hand it to whoever runs the step."""
        self.signals.append(Signalled(element=node.element, signal=signal, payload=payload))
        for token in self.waiting(lambda event: event.signal == signal):
            if token.id in token.workflow.tasks and token.state == TaskState.WAITING:  # an earlier one may have ended it
                token.task_spec.fire(token)

    def waiting(self, wanted: Callable[[Catch], bool]) -> list[Token]:
        """Return the tokens on events that are listening, outermost and oldest first."""
        tokens = (token for place in self.everywhere() for token in place.live())
        return [token for token in tokens if isinstance(token.task_spec, Catch) and token.state == TaskState.WAITING and wanted(token.task_spec)]

    def catcher_outside(self, kind: str, code: str) -> Token | None:
        del kind, code
        return None  # nothing is around the process itself

    def abort(self, node: Node) -> None:
        """End the whole instance at `node`, an error that nothing catches."""
        if node.element not in self.ends:
            self.ends.append(node.element)
        self.clear()
        self.completed = True

    def close(self, last: Node) -> None:
        if not self.ends:
            self.ends.append(last.element)  # a path may end at a node without outgoing flows (BPMN 2.0, 13.5)
        self.completed = True

    def everywhere(self) -> list[Tokens]:
        """Return this process and all that is inside, outermost first."""
        return [self, *self.subprocesses.values()]

    def everyone(self) -> list[Token]:
        """Return every token, outermost first."""
        return [token for place in self.everywhere() for token in place.live()]

    def find(self, hexadecimal: str) -> Token | None:
        """Return the token with this id wherever it is, or around the choice with this id."""
        id = UUID(hex=hexadecimal)
        found = next((place.tasks[id] for place in self.everywhere() if id in place.tasks), None)
        return found or next((place.host for place in self.subprocesses.values() if place.selection() and place.choice == id), None)

    def go(self) -> None:
        """Move tokens until all of them wait. Raises StepFailed when the budget of moves is spent."""
        while True:
            looked = self.conditional and self.look()
            if self.queue:
                token = self.queue.popleft()
                if token.state == TaskState.READY:
                    self.spend(token)
                    self.run(token)
            elif not looked and not any(self.decide(place) for place in self.everywhere()):
                return

    def run(self, token: Token) -> None:
        """Let a token do the work of its element. A failure learns here what is around the element."""
        try:
            token.complete() if token.task_spec.element in self.over else token.run()
        except StepFailed as error:
            error.details.setdefault("call_path", token.workflow.path)
            raise

    def passes_over(self, token: Token) -> bool:
        """Tell whether the element is passed over: then the given result stands for what it would have done."""
        if token.task_spec.element not in self.over or "host" in token.internal_data:
            return False
        token.data.update(self.over[token.task_spec.element])
        token._set_state(TaskState.READY)
        self.queue.append(token)
        return True

    def look(self) -> bool:
        """Fire the conditional events whose condition has become true. Return whether there were any."""
        found = False
        for token in self.waiting(lambda event: event.condition is not None):
            if token.id in token.workflow.tasks and token.state == TaskState.WAITING and token.task_spec.fulfilled(token):
                self.spend(token)
                token.task_spec.fire(token)
                found = True
        return found

    def spend(self, token: Token) -> None:
        """Count a move."""
        self.budget -= 1
        if self.budget < 0:
            element = token.task_spec.element
            raise StepFailed(f"Expected the process to come to rest, but it goes on without end at {element}.", element=element)

    def decide(self, place: Tokens) -> bool:
        """Let one inclusive join of `place` go on when it may, or an ad-hoc sub-process."""
        released = any(
            token.task_spec.release(token)
            for token in place.live()
            if isinstance(token.task_spec, InclusiveGateway) and token.state == TaskState.WAITING
        )
        return released or place.settle()

    def stuck(self) -> Token | None:
        """Return a token that waits for others at a join, when nothing at all is open that could move any token.

        A part in which nothing moves may wait as long as anything else can happen: a timer at its border may yet end it (13.3.4).
        """
        if any(place.selection() for place in self.everywhere()) or any(map(self.moves_from_outside, self.everyone())):
            return None
        return next((token for token in self.everyone() if isinstance(token.task_spec, Join)), None)

    def moves_from_outside(self, token: Token) -> bool:
        """Tell whether a command, a moment or a change of the data can move `token`; what contains others is moved by them."""
        node = token.task_spec
        if isinstance(node, Catch):
            return any(cause is not None for cause in (node.message, node.signal, node.timer, node.condition))
        return not (isinstance(node, Join) or token.id in self.subprocesses or "many" in token.internal_data)
