"""One step: (definition, state, command) → (state', open work, messages). No database, no clock, no side effect."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from engine.bpmn import repairs, serialise
from engine.bpmn.activities import ServiceTask, UserTask
from engine.bpmn.definition import Definition
from engine.bpmn.events import ERROR, Catch
from engine.bpmn.gateways import ExclusiveGateway
from engine.bpmn.instance import Instance
from engine.bpmn.language.scripts import storable
from engine.bpmn.node import Token
from engine.bpmn.outcome import (
    Choose,
    Command,
    CompleteOperation,
    CompleteTask,
    DeliverMessage,
    FireTimer,
    MoveToken,
    Outcome,
    RaiseError,
    SetData,
)
from engine.bpmn.picture import picture
from engine.bpmn.repairs import Standing
from engine.kernel.errors import EngineError, Refused, StepFailed

# Below this level the library gathers all tasks for a log record that nobody reads, at every change of a state.
for _name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)

START_BUDGET = 1000
PASSES = 4  # of each element, beside the budget


def start(
    definition: Definition,
    data: Mapping[str, Any],
    *,
    now: datetime,
    budget: int = START_BUDGET,
    message: str | None = None,
    signal: str | None = None,
    entry: str | None = None,
) -> Outcome:
    """Start an instance and run it until it waits.

    `message`, `signal`: what starts it, when there are several ways to begin; its payload is in `data`. `entry`: the start event itself,
    for a timer or condition. Without any of them it begins at the plain start event, or else at the first of the others.
    `budget`: how many elements may be run. Raises InvalidInput, Refused, StepFailed.
    """
    instance = _instance(definition, now, budget)

    def begin() -> None:
        instance.scope.local.update(storable(data))
        instance.begin(_entries(definition, instance, message=message, signal=signal, entry=entry))

    return _run(instance, begin)


def advance(
    definition: Definition,
    state: bytes,
    command: Command,
    *,
    now: datetime,
    budget: int = START_BUDGET,
    over: Mapping[str, Mapping[str, Any]] | None = None,
) -> Outcome:
    """Carry out `command` on the instance in `state` and run it until it waits again.

    `over`: elements that are not carried out when a token reaches them, with the result that stands for theirs.
    Raises Refused when the work that the command names is not open; InvalidInput for data that cannot be kept;
    StepFailed when the process cannot go on. The given state is never changed.
    """
    instance = serialise.load(state, _instance(definition, now, budget))
    instance.stood = repairs.elements_with_tokens(instance.everyone())
    token = _named(instance, command)
    if over:
        repairs.check_over((node for spec in definition.specs.values() for node in spec.task_specs.values()), over)
        instance.over = {element: storable(result) for element, result in over.items()}
    mends = isinstance(command, MoveToken | SetData) and instance.stuck() is not None  # what was stuck before may be mended step by step
    return _run(instance, lambda: _COMMANDS[type(command)](token, command), stuck=mends)


def view(definition: Definition, state: bytes, *, now: datetime) -> Outcome:
    """Return the picture of the instance in `state` without moving it."""
    return picture(serialise.load(state, _instance(definition, now, 0)))


def tokens(definition: Definition, state: bytes, *, now: datetime) -> tuple[Standing, ...]:
    """Return where the tokens of the instance in `state` stand, outermost first, also when it cannot go on by itself."""
    return repairs.standing(serialise.load(state, _instance(definition, now, 0)).everyone())


def _instance(definition: Definition, now: datetime, budget: int) -> Instance:
    wide = budget + PASSES * len(definition.elements)  # a large diagram may have a long way on which nothing waits
    return Instance(definition.specs, definition.process_id, definition.functions, now=now, budget=wide)


def _entries(definition: Definition, instance: Instance, *, message: str | None, signal: str | None, entry: str | None) -> list[str]:
    triggers = [
        *definition.start_messages.values(), *definition.start_signals.values(), *definition.start_timers, *definition.start_conditions
    ]  # fmt: skip
    for wanted, known in ((message, definition.start_messages), (signal, definition.start_signals)):
        if wanted is not None:
            if wanted not in known:
                found = ", ".join(known) or "none"
                raise Refused(f"Expected a message or signal that starts {definition.process_id} ({found}), but found {wanted}.")
            return [known[wanted]]
    if entry is not None:
        if entry not in triggers and entry not in instance.spec.entries:
            raise Refused(f"Expected a start event of {definition.process_id} ({', '.join([*instance.spec.entries, *triggers])}), but found {entry}.")
        return [entry]
    return instance.spec.entries or triggers[:1]


def _run(instance: Instance, act: Callable[[], None], *, stuck: bool = False) -> Outcome:
    try:
        act()
        instance.go()
    except EngineError:
        raise
    except SpiffWorkflowException as error:
        raise StepFailed(f"Expected the step to go through, but the library failed: {error}") from error
    except RecursionError as error:
        raise StepFailed("Expected the step to go through, but it goes too deep.") from error
    waiting = None if stuck else instance.stuck()
    if waiting is not None:
        element = waiting.task_spec.element
        raise StepFailed(f"Expected the process to go on, but at {element} tokens wait for others that can no longer come.", element=element)
    return picture(instance)


def _named(instance: Instance, command: Command) -> Token:
    if instance.ended:
        raise Refused(f"Expected a running process for {_words(command)}, but it has ended.")
    try:
        token = instance.find(UUID(command.task).hex)
    except (ValueError, AttributeError, TypeError):
        token = None
    if token is None:
        raise Refused(f"Expected open work for {_words(command)}, but {command.task!r} is done, withdrawn or unknown.")
    return token


def _words(command: Command) -> str:
    return type(command).__name__


def _complete_task(token: Token, command: CompleteTask) -> None:
    _require(token, UserTask, TaskState.READY, command)
    token.data.update(storable(command.data))
    token.run()


def _complete_operation(token: Token, command: CompleteOperation) -> None:
    _require(token, ServiceTask, TaskState.STARTED, command)
    token.data.update(storable(command.result))
    token.complete()


def _deliver(token: Token, command: DeliverMessage) -> None:
    _require(token, Catch, TaskState.WAITING, command)
    if token.task_spec.message is None and token.task_spec.signal is None:
        raise Refused(f"Expected a subscription for DeliverMessage, but {token.task_spec.element} waits for no message.")
    token.data.update(storable(command.payload))
    token.task_spec.fire(token)


def _fire_timer(token: Token, command: FireTimer) -> None:
    _require(token, Catch, TaskState.WAITING, command)
    if token.task_spec.timer is None:
        raise Refused(f"Expected a timer for FireTimer, but {token.task_spec.element} waits for no moment.")
    token.task_spec.fire(token)


def _raise_error(token: Token, command: RaiseError) -> None:
    if isinstance(token.task_spec, ServiceTask):
        _require(token, ServiceTask, TaskState.STARTED, command)
    else:
        _require(token, UserTask, TaskState.READY, command)
    catcher = token.workflow.catcher_at(token, ERROR, command.code)
    if catcher is None:
        raise Refused(f"Expected an error event that catches {command.code!r} around {token.task_spec.element}, but there is none. Draw one.")
    token.data.update(storable(command.data))
    catcher.task_spec.fire(catcher)


def _choose(token: Token, command: Choose) -> None:
    inside = token.workflow.top_workflow.subprocesses.get(token.id)
    if inside is not None and command.flow in inside.selection():
        inside.select(command.flow)
        return
    if inside is not None and inside.selection():
        known = ", ".join(inside.selection())
        raise Refused(f"Expected one of the activities {known} of {token.task_spec.element}, but found {command.flow!r}.")
    _require(token, ExclusiveGateway, TaskState.WAITING, command)
    ways = [flow.id for flow in token.task_spec.flows]
    if command.flow not in ways:
        raise Refused(f"Expected one of the flows {', '.join(ways)} out of {token.task_spec.element}, but found {command.flow!r}.")
    token.internal_data["chosen"] = command.flow
    token._ready()  # noqa: SLF001


def _require(token: Token, kind: type, state: int, command: Command) -> None:
    if not isinstance(token.task_spec, kind) or token.state != state:
        found = TaskState.get_name(token.state)
        raise Refused(f"Expected work that {_words(command)} can end, but {token.task_spec.element} is a {type(token.task_spec).__name__}, {found}.")


_COMMANDS: dict[type, Callable[[Token, Any], None]] = {
    CompleteTask: _complete_task,
    CompleteOperation: _complete_operation,
    DeliverMessage: _deliver,
    FireTimer: _fire_timer,
    Choose: _choose,
    RaiseError: _raise_error,
    MoveToken: repairs.move,
    SetData: repairs.set_data,
}

