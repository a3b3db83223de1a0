"""Plain BPMN as other tools write it, nothing of chidao in it, led by a scenario in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.definitions.dry_run import dry_run
from engine.definitions.source import Sources

NOW = datetime(2026, 1, 1, 1, 0, tzinfo=UTC)  # eight o'clock in Vietnam
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">'
    '<message id="m1" name="order.paid"/><message id="m2" name="order.cancelled"/><signal id="s1" name="alarm"/>'
)
MESSAGE = '<messageEventDefinition messageRef="m1"/>'
OTHER_MESSAGE = '<messageEventDefinition messageRef="m2"/>'
SIGNAL = '<signalEventDefinition signalRef="s1"/>'


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


def condition(text: str) -> str:
    return f"<conditionalEventDefinition><condition>{text}</condition></conditionalEventDefinition>"


def node(kind: str, id: str, inside: str = "", **attributes: str) -> str:
    listed = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<{kind} id="{id}"{listed}>{inside}</{kind}>'


def flows(*chains: str) -> str:
    """Return the flows of "a b c", each called by both its ends: "a-b"."""
    pairs = [(ids[place], ids[place + 1]) for chain in chains for ids in [chain.split()] for place in range(len(ids) - 1)]
    return "".join(f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}"/>' for source, target in pairs)


def drawn(*body: str, process: str = "p") -> Sources:
    return Sources(files={"p.bpmn": f'{HEAD}<process id="{process}" isExecutable="true">{"".join(body)}</process></definitions>'.encode()})


def tried(sources: Sources, *steps: Any, **more: Any) -> dict[str, Any]:
    return dry_run(sources, {"steps": list(steps), **more}, operations=[], now=NOW)


def waiting(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(entry["type"], entry["element"]) for entry in answer["waiting"]]
