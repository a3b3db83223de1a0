"""The outcome of a step, read off a resting instance."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn import serialise
from engine.bpmn.activities import ServiceTask, UserTask
from engine.bpmn.events import Catch
from engine.bpmn.gateways import ExclusiveGateway
from engine.bpmn.instance import Instance
from engine.bpmn.node import Token
from engine.bpmn.outcome import OpenChoice, OpenCondition, OpenOperation, OpenSubscription, OpenTask, OpenTimer, Outcome
from engine.bpmn.repairs import elements_with_tokens


def picture(instance: Instance) -> Outcome:
    """Return the complete picture of what is open, with the state to store."""
    choosing = tuple(_selection(place) for place in instance.subprocesses.values() if place.selection())  # before the state is read: it holds their ids
    tokens = [token for place in instance.everywhere() for token in place.live() if "enabled" not in token.internal_data]
    events = [token for token in tokens if isinstance(token.task_spec, Catch)]
    return Outcome(
        state=serialise.dump(instance),
        ended=instance.ended,
        ends=tuple(instance.ends),
        tasks=tuple(_task(token) for token in tokens if isinstance(token.task_spec, UserTask)),
        timers=tuple(_timer(token) for token in events if token.task_spec.timer is not None and "due" in token.internal_data),
        subscriptions=tuple(_subscription(token) for token in events if token.task_spec.message is not None or token.task_spec.signal is not None),
        operations=tuple(_operation(token) for token in tokens if isinstance(token.task_spec, ServiceTask)),
        choices=(
            *(_choice(token) for token in tokens if isinstance(token.task_spec, ExclusiveGateway) and token.state == TaskState.WAITING),
            *choosing,
        ),
        sent=tuple(instance.sent),
        completed=tuple(instance.passed),
        data=instance.scope.flat(),
        conditions=tuple(OpenCondition(id=str(token.id), element=token.task_spec.element) for token in events if token.task_spec.condition is not None),
        signals=tuple(instance.signals),
        stood=instance.stood,
        stands=elements_with_tokens(instance.everyone()),
    )


def _due(token: Token) -> datetime | None:
    due = token.internal_data.get("due")
    return None if due is None else datetime.fromisoformat(due)


def _task(token: Token) -> OpenTask:
    node = token.task_spec
    return OpenTask(
        id=str(token.id),
        element=node.element,
        name=node.title,
        role=node.role,
        form=node.said.form,
        due=_due(token),
        data=token.data.flat(),
        call_path=token.workflow.path,
    )


def _timer(token: Token) -> OpenTimer:
    return OpenTimer(id=str(token.id), element=token.task_spec.element, due=datetime.fromisoformat(token.internal_data["due"]))


def _subscription(token: Token) -> OpenSubscription:
    node = token.task_spec
    if node.signal is not None:
        return OpenSubscription(id=str(token.id), element=node.element, message=node.signal, key="", kind="signal")
    return OpenSubscription(id=str(token.id), element=node.element, message=node.message, key=token.internal_data["key"])


def _operation(token: Token) -> OpenOperation:
    node = token.task_spec
    return OpenOperation(id=str(token.id), element=node.element, operation=node.operation, parameters=dict(token.internal_data["parameters"]))


def _choice(token: Token) -> OpenChoice:
    node = token.task_spec
    return OpenChoice(
        id=str(token.id),
        element=node.element,
        flows=tuple(flow.id for flow in node.flows),
        names=tuple(flow.name or token.workflow.spec.task_specs[flow.target].title for flow in node.flows),
        role=node.role,
        call_path=token.workflow.path,
    )


def _selection(place: Any) -> OpenChoice:
    """Return the choice of what is begun next in an ad-hoc sub-process."""
    host, node, activities = place.host, place.host.task_spec, place.selection()
    inside = host.workflow.top_workflow.subprocess_specs[node.inside].task_specs
    return OpenChoice(
        id=str(place.choice),
        element=node.element,
        flows=activities,
        names=tuple(inside[name].title for name in activities),
        role=node.role,
        call_path=host.workflow.path,
    )
