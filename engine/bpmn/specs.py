"""The elements of a diagram as task specs of the library, with the token rules of BPMN 2.0 in place of its own.

The library predicts every path and searches its ever growing task tree to decide a join. Here a task is a token: it is made
when a token arrives, it is gone when the token leaves, and a join counts the tokens on its own incoming flows.
"""

# ruff: noqa: SLF001  the hooks that the library offers to its task specs begin with an underscore
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.builtin_functions import show
from engine.bpmn.moments import due_from, is_literal
from engine.bpmn.scope import Scope
from engine.bpmn.vocabulary import Vocabulary
from engine.kernel.errors import InvalidInput, StepFailed

ANY_ERROR = ""  # what catches every error
Token = Any  # a task of the library, which has no types


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    condition: str | None
    default: bool


class Node(BpmnSpecMixin):  # type: ignore[misc]
    """A flow node: what happens when a token arrives, when it is run, and where it goes."""

    joins = False

    def __init__(self, wf_spec: Any, name: str, *, said: Vocabulary, **attributes: Any) -> None:
        super().__init__(wf_spec, name, **attributes)
        self.element = name
        self.title = name
        self.role = said.role
        self.said = said
        self.flows: list[Flow] = []
        self.arriving: list[Flow] = []
        self.boundary: list[str] = []

    @property
    def operation(self) -> str | None:
        """Return the operation that the element starts, if it starts one."""
        return self.said.operation

    def test(self) -> None:
        """Skip the library's check for inputs: the diagram was checked when it was compiled."""

    def _predict(self, *_: Any, **__: Any) -> None:
        """Predict nothing: k parallel blocks in a row would be 2^k tasks."""

    def _update(self, my_task: Token) -> None:
        self.arrive(my_task)

    def _on_ready_hook(self, my_task: Token) -> None:
        if not self.manual:
            my_task.workflow.top_workflow.queue.append(my_task)

    def _run_hook(self, my_task: Token) -> bool | None:
        return self.act(my_task)

    def _on_complete(self, my_task: Token) -> None:
        my_task.workflow.leave(my_task)

    def arrive(self, token: Token) -> None:
        """A token has come: make it ready, or make it wait."""
        token._ready()

    def act(self, token: Token) -> bool | None:
        """Do what the element does. True: done; None: started, a command will end it."""
        del token
        return True

    def leaving(self, token: Token) -> Sequence[Flow]:
        """Return the flows that get a token: those without a condition and those whose condition holds, else the default."""
        if not any(flow.condition or flow.default for flow in self.flows):
            return self.flows
        taken = [flow for flow in self.flows if not flow.default and self.holds(flow, token)]
        return taken or self.default_flow()

    def default_flow(self) -> Sequence[Flow]:
        """Return the default flow. Raises StepFailed when there is none."""
        default = [flow for flow in self.flows if flow.default]
        if not default:
            raise StepFailed(
                f"Expected a true condition or a default flow at {self.element}, but every condition is false.", element=self.element
            )
        return default

    def holds(self, flow: Flow, token: Token) -> bool:
        """Tell whether a token may take `flow`."""
        return flow.condition is None or bool(self.value(token, flow.condition))

    def value(self, token: Token, source: str) -> Any:
        """Return the value of an expression over the token's data. Raises StepFailed naming this element."""
        try:
            return token.workflow.script_engine.environment.evaluate(source, token.data)
        except InvalidInput as error:
            raise StepFailed(f"At {self.element}: {error.message}", element=self.element) from error

    def text(self, token: Token, source: str | None) -> str:
        """Return the business key that `source` gives, or "" when there is none."""
        found = "" if source is None else self.value(token, source)
        if not isinstance(found, str | int) or isinstance(found, bool):
            raise StepFailed(f"Expected a text as the key at {self.element}, but found {show(found)}.", element=self.element)
        return str(found)

    def moment(self, token: Token, source: str, *, whole_day: bool) -> datetime:
        """Return the moment that a timer's or a due date's expression means, in UTC."""
        found = source if is_literal(source) else self.value(token, source)
        try:
            return due_from(found, now=token.workflow.script_engine.environment.now, whole_day=whole_day)
        except InvalidInput as error:
            raise StepFailed(f"At {self.element}: {error.message}", element=self.element) from error

    def parameters(self, token: Token) -> dict[str, Any]:
        """Return the evaluated chidao:parameters."""
        return {name: token.workflow.storable(self.value(token, source), self.element) for name, source in self.said.parameters}


class Event(Node):
    """A none start event, a none intermediate event: tokens pass."""


class MessageStartEvent(Event):
    """A message start event: the message is what started the process."""

    def __init__(self, *arguments: Any, message: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.message = message


class EndEvent(Node):
    """A none end event: the token ends here."""

    def leaving(self, token: Token) -> Sequence[Flow]:
        del token
        return ()


class TerminateEvent(EndEvent):
    """A terminate end event: every other token of the same process or sub-process ends too."""

    def act(self, token: Token) -> bool:
        token.workflow.clear(sparing=token)
        return True


class Throw(Node):
    """A send task, or a message thrown between: it is handed to whoever runs the step."""

    def __init__(self, *arguments: Any, message: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.message = message

    def act(self, token: Token) -> bool:
        token.workflow.top_workflow.send(self, key=self.text(token, self.said.key), to=self.addressees(token), payload=self.parameters(token))
        return True

    def addressees(self, token: Token) -> tuple[str, ...]:
        """Return the organisations that chidao:to names."""
        found = [] if self.said.to is None else self.value(token, self.said.to)
        listed = [found] if isinstance(found, str) else found
        if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
            raise StepFailed(f"Expected an organisation or a list of them at {self.element}, but found {show(found)}.", element=self.element)
        return tuple(listed)


class MessageEndEvent(Throw):
    """A message end event."""

    def leaving(self, token: Token) -> Sequence[Flow]:
        del token
        return ()


class Activity(Node):
    """What may carry boundary events: they listen from the arrival of the token until it leaves."""

    def arrive(self, token: Token) -> None:
        token.workflow.attach(token)
        token._ready()


class UserTask(Activity):
    """A user, manual or abstract task: a person ends it."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.manual = True

    def arrive(self, token: Token) -> None:
        if self.said.due is not None:
            token.internal_data["due"] = self.moment(token, self.said.due, whole_day=True).isoformat()
        super().arrive(token)


class SendTask(Throw, Activity):
    """A send task."""


class ScriptTask(Activity):
    """Lines of assignments."""

    def __init__(self, *arguments: Any, script: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.script = script

    def act(self, token: Token) -> bool:
        try:
            token.workflow.script_engine.environment.execute(self.script, token.data)
        except InvalidInput as error:
            raise StepFailed(f"At {self.element}: {error.message}", element=self.element) from error
        return True


class ServiceTask(Activity):
    """An operation: started here, carried out by someone else, ended by a command."""

    @property
    def operation(self) -> str:
        """Return the operation; a service task that names none is called by its own id."""
        return self.said.operation or self.element

    def act(self, token: Token) -> None:
        token.internal_data["parameters"] = self.parameters(token)


class Container(Activity):
    """A sub-process or a call activity. Both share the data of what contains them."""

    def __init__(self, *arguments: Any, inside: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.inside = inside

    def act(self, token: Token) -> bool | None:
        return token.workflow.top_workflow.enter(token, self.inside)  # type: ignore[no-any-return]


class Catch(Node):
    """What waits for a message or for a moment: catch events, boundary events, receive tasks."""

    def __init__(
        self, *arguments: Any, message: str | None = None, timer: str | None = None, error: str | None = None, **attributes: Any
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.message = message
        self.timer = timer
        self.error = error

    def arrive(self, token: Token) -> None:
        token._set_state(TaskState.WAITING)
        if self.timer is not None:
            token.internal_data["due"] = self.moment(token, self.timer, whole_day=False).isoformat()
        elif self.message is not None:
            token.internal_data["key"] = self.text(token, self.said.key)

    def fire(self, token: Token) -> None:
        """The message has come or the time is up."""
        token.workflow.win(token)
        token._ready()


class ReceiveTask(Catch, Activity):
    """A receive task: a catch event that may carry boundary events."""

    def arrive(self, token: Token) -> None:
        token.workflow.attach(token)
        super().arrive(token)


class Boundary(Catch):
    """A boundary event. An interrupting one ends its activity; another one lets it go on and may hear further messages."""

    def __init__(self, *arguments: Any, interrupting: bool, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.interrupting = interrupting

    def fire(self, token: Token) -> None:
        if self.interrupting:
            host = token.internal_data.pop("host")
            token.workflow.discard(token.workflow.token(host))
            token._ready()
        elif self.timer is not None:
            token._ready()
        else:
            token.workflow.spawn(token)


class Handler(Catch):
    """An event sub-process that listens while its process runs. It is no token: it keeps no process from ending."""

    def __init__(self, *arguments: Any, interrupting: bool, handling: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.interrupting = interrupting
        self.handling = handling

    def fire(self, token: Token) -> None:
        workflow = token.workflow
        if self.interrupting:
            workflow.clear(sparing=token)
        workflow.add(workflow.spec.task_specs[self.handling], {}, workflow.scope)
        if self.interrupting or self.timer is not None:
            workflow.drop(token)


class ErrorEndEvent(EndEvent):
    """An error end event: the nearest that catches the error takes over, and what lies between ends."""

    def __init__(self, *arguments: Any, error: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.error = error

    def act(self, token: Token) -> None:
        workflow = token.workflow
        catcher = workflow.catcher(self.error)
        if catcher is None:
            raise StepFailed(f"Expected something around {self.element} to catch the error {self.error!r}, but nothing does.", element=self.element)
        workflow.top_workflow.note(token, workflow.path)
        catcher.task_spec.fire(catcher)


class ExclusiveGateway(Node):
    """The first flow whose condition holds, else the default. Flows without any conditions: a person chooses."""

    @property
    def undecided(self) -> bool:
        """Tell whether a person has to choose."""
        return len(self.flows) > 1 and not any(flow.condition or flow.default for flow in self.flows)

    def arrive(self, token: Token) -> None:
        if self.undecided:
            token._set_state(TaskState.WAITING)
        else:
            token._ready()

    def leaving(self, token: Token) -> Sequence[Flow]:
        if self.undecided:
            return [flow for flow in self.flows if flow.id == token.internal_data["chosen"]]
        if len(self.flows) == 1 and not self.flows[0].condition:
            return self.flows
        for flow in self.flows:
            if not flow.default and self.holds(flow, token):
                return [flow]
        return self.default_flow() if self.flows else ()


class Join(Node):
    """A gateway that waits for tokens on several incoming flows."""

    @property
    def joins(self) -> bool:  # type: ignore[override]
        """Tell whether tokens wait here for each other."""
        return len(self.arriving) > 1

    def arrive(self, token: Token) -> None:
        if not self.joins:
            token._ready()
            return
        token._set_state(TaskState.WAITING)
        self.gather(token)

    def gather(self, token: Token) -> None:
        """See whether the tokens that are here suffice."""
        raise NotImplementedError

    def first_of_each(self, token: Token) -> dict[str, Token]:
        """Return the oldest token that waits on each incoming flow."""
        oldest: dict[str, Token] = {}
        for other in token.workflow.at(self):
            oldest.setdefault(other.internal_data["flow"], other)
        return oldest

    def merge(self, tokens: Mapping[str, Token]) -> None:
        """Make one token of one from each flow; further tokens stay for the next time."""
        first, *others = tokens.values()
        for other in others:
            first.workflow.discard(other)
        first._ready()


class ParallelGateway(Join):
    """Takes one token from every incoming flow, gives one to every outgoing flow."""

    def gather(self, token: Token) -> None:
        oldest = self.first_of_each(token)
        if len(oldest) == len(self.arriving):
            self.merge(oldest)

    def leaving(self, token: Token) -> Sequence[Flow]:
        del token
        return self.flows


class InclusiveGateway(Join):
    """Takes what has come once no other token can still come on an empty flow (BPMN 2.0, 13.4.3).

    `reach`: for each node, the incoming flows of this gateway that a token on the node can still come by.
    """

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.reach: dict[str, frozenset[str]] = {}

    def gather(self, token: Token) -> None:
        """Wait: this is decided when nothing else moves, since any token's move may decide it."""

    def release(self, token: Token) -> bool:
        """Merge the tokens here when no other token can come by an empty flow only. Return whether it was done."""
        oldest = self.first_of_each(token)
        for place in token.workflow.places(besides=self):
            ways = self.reach.get(place, frozenset())
            if ways and not ways & oldest.keys():
                return False
        self.merge(oldest)
        return True

    def leaving(self, token: Token) -> Sequence[Flow]:
        return super().leaving(token) if len(self.flows) > 1 or any(flow.condition for flow in self.flows) else self.flows


class EventGateway(Node):
    """Every event behind it listens; the first one that happens silences the others."""

    def _on_complete(self, my_task: Token) -> None:
        workflow = my_task.workflow
        workflow.drop(my_task)
        for flow in self.flows:
            workflow.put(flow, race=[self.name, my_task.id.hex])


class Many(Activity):
    """An activity that is carried out several times: over a list, a number of times, or while a condition holds."""

    def __init__(
        self, *arguments: Any, inner: Node, repetition: Repetition, **attributes: Any
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.inner = inner
        self.repetition = repetition

    def act(self, token: Token) -> bool | None:
        state: dict[str, Any] = {"made": 0, "done": 0, "out": []}
        token.internal_data["many"] = state
        state["items"] = items = self.repetition.items(self, token)
        if self.repetition.sequential:
            return None if self.next_one(token) else self.finish(token)
        for _ in items or ():
            self.next_one(token)
        return None if items else self.finish(token)

    def next_one(self, token: Token) -> bool:
        """Start the next instance. Return False when there is none."""
        state = token.internal_data["many"]
        items, made = state["items"], state["made"]
        if (made >= len(items)) if items is not None else not self.repetition.goes_on(self, token, made):
            return False
        given: dict[str, Any] = {"loopCounter": made + 1}
        if self.repetition.item and items is not None:
            given[self.repetition.item] = items[made]
        if self.repetition.result:
            given.setdefault(self.repetition.result, None)
        state["made"] += 1
        token.workflow.put_inner(self.inner, token, given)
        return True

    def one_done(self, token: Token, inner: Token) -> None:
        """An instance has ended: collect its result, then go on, or end."""
        state = token.internal_data["many"]
        state["done"] += 1
        local = inner.data.local
        if self.repetition.result:
            state["out"].append([local["loopCounter"], local[self.repetition.result]])
        if self.repetition.enough(self, token, inner, state) or not self.goes_on(token, state):
            token.workflow.discard_inner(token)
            self.finish(token)
            token.complete()

    def goes_on(self, token: Token, state: Mapping[str, Any]) -> bool:
        """Tell whether instances are still open, starting the next of a sequence."""
        return self.next_one(token) if self.repetition.sequential else state["done"] < state["made"]

    def finish(self, token: Token) -> bool:
        """Put the collected results in place."""
        state = token.internal_data["many"]
        if self.repetition.results:
            token.data[self.repetition.results] = [result for _, result in sorted(state["out"], key=itemgetter(0))]
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """How often: `source` (a name in the data) or `cardinality` for instances of many; `condition` with `maximum` for a loop.

    `item`, `result`: names local to an instance; `results`: where the list of results goes; `until`: completion condition.
    """

    sequential: bool
    source: str | None = None
    cardinality: str | None = None
    item: str | None = None
    result: str | None = None
    results: str | None = None
    until: str | None = None
    condition: str | None = None
    maximum: int | None = None
    test_before: bool = False

    def items(self, many: Many, token: Token) -> list[Any] | None:
        """Return what the instances are for; None: a loop. Raises StepFailed."""
        if self.source is not None:
            found = token.data.get(self.source)
            if not isinstance(found, list | tuple):
                raise StepFailed(f"Expected a list called {self.source} at {many.element}, but found {show(found)}.", element=many.element)
            return list(found)
        if self.cardinality is None:
            return None
        count = many.value(token, self.cardinality)
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= 1000:
            raise StepFailed(f"Expected a number from 0 to 1000 at {many.element}, but found {show(count)}.", element=many.element)
        return list(range(1, count + 1))

    def goes_on(self, many: Many, token: Token, made: int) -> bool:
        """Tell whether a loop has another round."""
        if self.maximum is not None and made >= self.maximum:
            return False
        if self.condition is None or (made == 0 and not self.test_before):
            return True
        return bool(many.value(token, self.condition))

    def enough(self, many: Many, token: Token, inner: Token, state: Mapping[str, Any]) -> bool:
        """Tell whether the completion condition holds after an instance."""
        if self.until is None:
            return False
        total = len(state["items"]) if state["items"] is not None else state["made"]
        counts = {
            "nrOfInstances": total,
            "numberOfInstances": total,
            "numberOfCompletedInstances": state["done"],
            "numberOfActiveInstances": state["made"] - state["done"],
        }
        probe = _Probe(token.workflow, Scope(counts, inner.data))
        return bool(many.value(probe, self.until))


@dataclass(frozen=True, slots=True)
class _Probe:
    """A stand-in for a token, to evaluate with some more names."""

    workflow: Any
    data: Scope
