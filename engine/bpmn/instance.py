"""A running process: the library's workflow and sub-workflow, holding live tokens only.

Compaction happens here, as the tokens move: a token that has left is taken out of the tree at once, so the tree is always as
small as the number of tokens, however long the process has run.
"""

# ruff: noqa: SLF001  the hooks that the library offers begin with an underscore
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.environment import Environment
from engine.bpmn.events import Boundary, Catch, Handler, MessageEndEvent, Throw
from engine.bpmn.expressions import Functions
from engine.bpmn.gateways import InclusiveGateway, Join
from engine.bpmn.node import EndEvent, Flow, Node, Token
from engine.bpmn.outcome import Passed, Sent, Signalled
from engine.bpmn.scope import Scope
from engine.bpmn.scripts import storable
from engine.kernel.errors import InvalidInput, StepFailed

MAX_NESTING = 40


class Tokens:
    """The token game of one process, sub-process or called process."""

    spec: Any
    tasks: dict[UUID, Token]
    task_tree: Token
    top_workflow: Any
    scope: Scope
    path: tuple[str, ...]
    _remove_task: Callable[[UUID], None]

    def plant(self) -> None:
        """Make the root of the task tree, which every token hangs from."""
        self.task_tree = Task(self, self.spec.start, state=TaskState.COMPLETED)

    def live(self) -> list[Token]:
        """Return the tokens, oldest first."""
        return [token for token in self.tasks.values() if token is not self.task_tree]

    def token(self, hexadecimal: str) -> Token:
        """Return the token with this id."""
        return self.tasks[UUID(hex=hexadecimal)]

    def add(self, node: Node, internal: dict[str, Any], data: Scope) -> Token:
        """Make a token on `node` and let it arrive."""
        token = Task(self, node, self.task_tree, state=TaskState.FUTURE)
        token.internal_data = internal
        token.data = data
        if not self.top_workflow.passes_over(token):
            node._update(token)
        return token

    def put(self, flow: Flow, **internal: Any) -> None:
        """Send a token along `flow`."""
        node = self.spec.task_specs[flow.target]
        self.add(node, {**internal, "flow": flow.id} if node.joins else internal, self.scope)

    def put_inner(self, node: Node, owner: Token, given: dict[str, Any]) -> None:
        """Make a token for one of many instances, with values of its own."""
        self.add(node, {"of": owner.id.hex, "local": given}, Scope(given, owner.data))

    def attach(self, host: Token) -> None:
        """Let the boundary events of an activity listen."""
        for name in host.task_spec.boundary:
            self.add(self.spec.task_specs[name], {"host": host.id.hex}, self.scope)

    def leave(self, token: Token) -> None:
        """A token has done its work: note it, take it out, and send tokens on."""
        node = token.task_spec
        if node.associations is not None:
            node.associations.give(token)
        noted = token.internal_data.pop("noted", False)
        if not noted and not token.internal_data.get("many", {}).get("made"):
            self.top_workflow.note(token, self.path)
        flows = () if "of" in token.internal_data else node.leaving(token)
        self.drop(token)
        for flow in flows:
            self.put(flow)
        if "of" in token.internal_data:
            owner = self.token(token.internal_data["of"])
            owner.task_spec.one_done(owner, token)
        elif self.idle():
            self.close(node)

    def idle(self) -> bool:
        """Tell whether no token is left; event sub-processes that only listen fall silent then."""
        if self.spec.handlers and all(isinstance(token.task_spec, Handler) for token in self.live()):
            self.clear()
        return len(self.tasks) == 1

    def listen(self) -> None:
        """Let the event sub-processes of a process that begins listen."""
        for name in self.spec.handlers:
            self.add(self.spec.task_specs[name], {}, self.scope)

    def catcher(self, kind: str, code: str) -> Token | None:
        """Return what catches an error, escalation or cancellation nearest: an event sub-process here, a boundary event around, or further out."""
        for token in self.live():
            if isinstance(token.task_spec, Handler) and token.task_spec.catches(kind, code):
                return token
        return self.catcher_outside(kind, code)

    def catcher_at(self, token: Token, kind: str, code: str) -> Token | None:
        """Return what catches what the activity of `token` raises: a boundary event of it, or what is further out."""
        owner = token.internal_data.get("of")
        for border in self.linked("host", token if owner is None else self.token(owner)):
            if border.task_spec.catches(kind, code):
                return border
        return self.catcher(kind, code)

    def catcher_outside(self, kind: str, code: str) -> Token | None:
        """Return what catches it around this process."""
        raise NotImplementedError(kind, code)

    def close(self, last: Node) -> None:
        """The last token is gone."""
        raise NotImplementedError

    def settle(self) -> bool:
        """Do what is decided only when nothing moves. Return whether something was done."""
        return False

    def selection(self) -> tuple[str, ...]:
        """Return the activities of an ad-hoc sub-process that a person may start."""
        return ()

    def drop(self, token: Token) -> None:
        """Take a token out, with the boundary events that listened for it."""
        self.silence(token)
        self._remove_task(token.id)

    def silence(self, token: Token) -> None:
        """Take out the boundary events that listen for a token."""
        if token.task_spec.boundary:
            for other in self.linked("host", token):
                self._remove_task(other.id)

    def discard(self, token: Token) -> None:
        """End a token before its time, with everything inside it."""
        inside = self.top_workflow.subprocesses.pop(token.id, None)
        if inside is not None:
            inside.clear()
        self.discard_inner(token)
        token._set_state(TaskState.CANCELLED)
        self.drop(token)

    def discard_inner(self, owner: Token) -> None:
        """End the instances of many that are still open."""
        if "many" in owner.internal_data:
            for inner in self.linked("of", owner):
                self.discard(inner)

    def linked(self, link: str, token: Token) -> list[Token]:
        """Return the tokens that belong to `token`."""
        return [other for other in self.live() if other.internal_data.get(link) == token.id.hex]

    def clear(self, sparing: Token | None = None) -> None:
        """End every token but one."""
        for token in self.live():
            if token is not sparing and token.id in self.tasks:
                self.discard(token)

    def win(self, token: Token) -> None:
        """An event behind an event-based gateway has happened: the gateway is passed, the other events fall silent."""
        race = token.internal_data.pop("race", None)
        if race is None:
            return
        for other in self.live():
            if other.internal_data.get("race") == race:
                self.discard(other)
        self.top_workflow.passed.append(Passed(element=race[0], call_path=self.path, task=str(UUID(hex=race[1]))))

    def spawn(self, token: Token) -> None:
        """A non-interrupting boundary event has happened and goes on listening."""
        self.top_workflow.note(token, self.path)
        if token.task_spec.associations is not None:
            token.task_spec.associations.give(token)
            token.task_spec.associations.take(token)
        for flow in token.task_spec.leaving(token):
            self.put(flow)

    def at(self, node: Node) -> Iterator[Token]:
        """Yield the tokens that wait at a join, oldest first."""
        return (token for token in self.live() if token.task_spec is node and token.state == TaskState.WAITING)

    def places(self, besides: Node) -> Iterator[str]:
        """Yield where tokens are; a listening boundary event is no token, events that race are one token on their gateway."""
        for token in self.live():
            listening = isinstance(token.task_spec, Boundary | Handler) and token.state == TaskState.WAITING
            if token.task_spec is not besides and not listening and "of" not in token.internal_data:
                yield token.internal_data["race"][0] if "race" in token.internal_data else token.task_spec.name

    def storable(self, value: Any, element: str) -> Any:
        """Return `value` as JSON keeps it. Raises StepFailed naming the element."""
        try:
            return storable(value)
        except InvalidInput as error:
            raise StepFailed(f"At {element}: {error.message}", element=element) from error


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
