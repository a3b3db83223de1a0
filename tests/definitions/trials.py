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
    return document(process(body, PROCESS), messages=("answer.came",)).decode()


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
