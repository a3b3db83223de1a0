"""A process to be tried: a leader's check with a form of two fields, a reminder after a week, a choice, a message; and a designer's office."""

from __future__ import annotations

import json
from typing import Any

from engine.definitions.designs import BeginDesign, KeepDesignFile
from engine.definitions.trial_pages import LeadTrial, Trial
from engine.definitions.trial_scenarios import KeepScenario
from engine.kernel.actor import Actor
from tests.bpmn.diagrams import document, el, flow, message, process, timer
from tests.door.office import Office

PROCESS = "legal"
PATH, FORM_PATH = "legal/legal.bpmn", "legal/forms/legal_check.schema.json"
FORM = json.dumps(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Thẩm định pháp lý",
        "type": "object",
        "properties": {
            "opinion": {
                "title": "Ý kiến",
                "type": "string",
                "enum": ["agree", "object"],
                "x-labels": ["Đồng ý", "Không đồng ý"],
                "x-route": True,
            },
            "note": {"title": "Ghi chú", "type": "string", "maxLength": 500},
        },
        "required": ["opinion"],
        "additionalProperties": False,
    }
)
DRAWING = {"bpmndi": "BPMN/20100524/DI", "dc": "DD/20100524/DC", "di": "DD/20100524/DI"}
START = {"directive": "CV1", "organisation": "btg"}
BEGUN: dict[str, Any] = {"now": "2024-04-05T08:00", "start": START, "steps": []}
AGREED = {"complete": "check", "with": {"opinion": "agree"}}


def drawn(*, task: str = "check", due: str = "P7D") -> str:
    """Return the diagram; `task`: what its user task is called."""
    body = (
        el("startEvent", "begin")
        + el("userTask", task, name="Thẩm định pháp lý", chidao__form="legal_check")
        + el("boundaryEvent", "late", timer(due), attachedToRef=task, cancelActivity="false", name="Quá một tuần")
        + el("serviceTask", "remind", name="Nhắc lãnh đạo", chidao__operation="set_status")
        + el("endEvent", "reminded")
        + el("exclusiveGateway", "way", name="Chọn hướng")
        + el("intermediateCatchEvent", "answered", message("answer.came"), name="Chờ trả lời")
        + el("endEvent", "done")
        + el("endEvent", "dropped")
        + flow("begin", task)
        + flow(task, "way")
        + flow("late", "remind")
        + flow("remind", "reminded")
        + flow("way", "answered", id="go_on")
        + flow("way", "dropped", id="drop")
        + flow("answered", "done")
    )
    return document(process(body, PROCESS) + _laid_out(task), messages=("answer.came",)).decode()


def _laid_out(task: str) -> str:
    """Return where everything stands in the drawing."""
    places = {
        "begin": (100, 120, 36, 36),
        task: (200, 98, 100, 80),
        "late": (252, 160, 36, 36),
        "remind": (320, 240, 100, 80),
        "reminded": (480, 262, 36, 36),
    }
    places |= {"way": (370, 113, 50, 50), "answered": (480, 120, 36, 36), "done": (580, 120, 36, 36), "dropped": (480, 30, 36, 36)}
    joined = {
        "begin-" + task: ("begin", task),
        task + "-way": (task, "way"),
        "late-remind": ("late", "remind"),
        "remind-reminded": ("remind", "reminded"),
    }
    joined |= {"go_on": ("way", "answered"), "drop": ("way", "dropped"), "answered-done": ("answered", "done")}
    begins = {name: (x + width, y + height // 2) for name, (x, y, width, height) in places.items()}
    ends = {name: (x, y + height // 2) for name, (x, y, width, height) in places.items()}
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{name}_di" bpmnElement="{name}"><dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/></bpmndi:BPMNShape>'
        for name, (x, y, width, height) in places.items()
    )
    edges = "".join(
        f'<bpmndi:BPMNEdge id="{name}_di" bpmnElement="{name}">'
        f'<di:waypoint x="{begins[source][0]}" y="{begins[source][1]}"/><di:waypoint x="{ends[target][0]}" y="{ends[target][1]}"/></bpmndi:BPMNEdge>'
        for name, (source, target) in joined.items()
    )
    spaces = " ".join(f'xmlns:{short}="http://www.omg.org/spec/{long}"' for short, long in DRAWING.items())
    return f'<bpmndi:BPMNDiagram id="drawing" {spaces}><bpmndi:BPMNPlane id="plane" bpmnElement="{PROCESS}">{shapes}{edges}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'


def begin(office: Office, actor: Actor, text: str | None = None) -> str:
    """Begin a design that holds the process."""
    design = str(office.do(BeginDesign(name="Thẩm định"), actor)["design"])
    office.do(KeepDesignFile(design=design, path=PATH, text=text or drawn(), edition=0), actor)
    office.do(KeepDesignFile(design=design, path=FORM_PATH, text=FORM, edition=0), actor)
    return design


def led(office: Office, actor: Actor, design: str, *steps: dict[str, Any], **more: Any) -> Trial:
    """Lead the process through `steps`."""
    found = office.door.ask(LeadTrial(design=design, process=PROCESS, scenario={**BEGUN, "steps": list(steps)}, **more), actor)
    assert isinstance(found, Trial)
    return found


def keep(office: Office, actor: Actor, design: str, name: str, *steps: dict[str, Any], again: bool = False) -> str:
    """Save a trial as a scenario."""
    command = KeepScenario(design=design, process=PROCESS, name=name, scenario={**BEGUN, "steps": list(steps)}, again=again)
    return str(office.do(command, actor)["scenario"])
