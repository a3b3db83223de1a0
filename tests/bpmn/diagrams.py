"""Small diagrams for the tests, written as lines: `kind id: attributes` and `a -> b`."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.bpmn import (
    Choose,
    Command,
    CompleteOperation,
    CompleteTask,
    Definition,
    DeliverMessage,
    FireTimer,
    Outcome,
    advance,
    compile_definition,
    start,
)

NOW = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:chidao="urn:chidao:bpmn:1" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="http://t" id="d">\n'
)


def document(
    body: str, *, messages: tuple[str, ...] = (), errors: tuple[str, ...] = (), signals: tuple[str, ...] = (), escalations: tuple[str, ...] = ()
) -> bytes:
    body = "".join(f'<bpmn:error id="e_{name}" errorCode="{name}"/>\n' for name in errors) + body
    body = "".join(f'<bpmn:signal id="s_{name}" name="{name}"/>\n' for name in signals) + body
    body = "".join(f'<bpmn:escalation id="x_{name}" escalationCode="{name}"/>\n' for name in escalations) + body
    declared = "".join(f'<bpmn:message id="m_{name.replace(".", "_")}" name="{name}"/>\n' for name in messages)
    return (HEAD + declared + body + "</bpmn:definitions>").encode()


def process(body: str, id: str = "p") -> str:
    return f'<bpmn:process id="{id}" isExecutable="true">\n{body}</bpmn:process>\n'


def el(tag: str, id: str, inner: str = "", **attributes: str) -> str:
    listed = "".join(f' {name.replace("__", ":")}="{value}"' for name, value in attributes.items())
    return f'<bpmn:{tag} id="{id}"{listed}>{inner}</bpmn:{tag}>\n'


def flow(source: str, target: str, condition: str | None = None, id: str | None = None) -> str:
    inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    return f'<bpmn:sequenceFlow id="{id or f"{source}-{target}"}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>\n'


def chain(*ids: str) -> str:
    return "".join(flow(a, b) for a, b in itertools.pairwise(ids))


def message(name: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="m_{name.replace(".", "_")}"/>'


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"


def error(code: str) -> str:
    return f'<bpmn:errorEventDefinition errorRef="e_{code}"/>' if code else "<bpmn:errorEventDefinition/>"


def signal(name: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="s_{name}"/>'


def escalation(code: str) -> str:
    return f'<bpmn:escalationEventDefinition escalationRef="x_{code}"/>' if code else "<bpmn:escalationEventDefinition/>"


def condition(expression: str) -> str:
    return f"<bpmn:conditionalEventDefinition><bpmn:condition>{expression}</bpmn:condition></bpmn:conditionalEventDefinition>"


def many(source: str | None = "people", *, sequential: bool = False, item: str | None = "person", more: str = "") -> str:
    listed = f"<bpmn:loopDataInputRef>{source}</bpmn:loopDataInputRef>" if source else ""
    each = f'<bpmn:inputDataItem name="{item}"/>' if item else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">{listed}{each}{more}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


class Run:
    """A process instance that is saved and loaded at every step, with words to move it."""

    def __init__(self, xml: bytes | Mapping[str, bytes], data: Mapping[str, Any] | None = None, *, id: str = "p", **more: Any) -> None:
        files = xml if isinstance(xml, Mapping) else {"p.bpmn": xml}
        self.definition: Definition = compile_definition(id, files, functions={})
        self.now = NOW
        self.path: list[str] = []
        self.out: Outcome
        self.take(start(self.definition, dict(data or {}), now=NOW, **more))

    def take(self, out: Outcome) -> None:
        self.out = out
        self.path += [passed.element for passed in out.completed]

    def do(self, command: Command) -> Outcome:
        self.take(advance(self.definition, self.out.state, command, now=self.now))
        return self.out

    def complete(self, element: str, which: int = 0, **data: Any) -> Outcome:
        found = [task for task in self.out.tasks if task.element == element]
        return self.do(CompleteTask(task=found[which].id, data=data))

    def answer(self, element: str, **result: Any) -> Outcome:
        found = next(each for each in self.out.operations if each.element == element)
        return self.do(CompleteOperation(task=found.id, result=result))

    def deliver(self, element: str, **payload: Any) -> Outcome:
        found = next(each for each in self.out.subscriptions if each.element == element)
        return self.do(DeliverMessage(task=found.id, payload=payload))

    def fire(self, element: str) -> Outcome:
        found = next(each for each in self.out.timers if each.element == element)
        return self.do(FireTimer(task=found.id))

    def choose(self, element: str, flow: str) -> Outcome:
        found = next(each for each in self.out.choices if each.element == element)
        return self.do(Choose(task=found.id, flow=flow))

    @property
    def open(self) -> list[str]:
        return sorted(task.element for task in self.out.tasks)
