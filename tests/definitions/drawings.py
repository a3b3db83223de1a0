"""Small drawings for the tests: the body of a process, wrapped in a file that passes every rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise

from engine.definitions.check import check
from engine.definitions.source import Sources
from engine.kernel.errors import Finding
from tests.bpmn.tables import table

OPERATIONS = frozenset({"dispatch"})
FORM = {"type": "object", "title": "Phiếu", "properties": {"subject": {"type": "string", "title": "Trích yếu"}}, "required": ["subject"]}
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:chidao="urn:chidao:bpmn:1"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:t" id="d">
"""
MESSAGE = '<bpmn:message id="m" name="report.submitted"/>\n'
LISTENS = '<bpmn:startEvent id="s"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'


SHAPE = table("shape", ["duty"], ["process"], [['"monthly"', '"coordination"'], ["-", '"call"']], policy="FIRST")


def drawing(body: str, *, id: str = "p", head: str | None = None, lanes: str = "") -> bytes:
    """Return a file with one process; `lanes` are its lane elements, `head` what it declares: else the message, where it is used."""
    if head is None:
        head = MESSAGE if 'messageRef="m"' in body else ""
    lane_set = f"<bpmn:laneSet>{lanes}</bpmn:laneSet>\n" if lanes else ""
    return f'{HEAD}{head}<bpmn:process id="{id}" isExecutable="true">\n{lane_set}{body}\n</bpmn:process></bpmn:definitions>'.encode()


def lane(*nodes: str, role: str | None = "clerk") -> str:
    listed = "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in nodes)
    return f'<bpmn:lane id="lane" name="Văn thư"{f""" chidao:role="{role}" """ if role else ""}>{listed}</bpmn:lane>'


def chain(*ids: str) -> str:
    """Return the flows that lead from each node to the next."""
    return "".join(flow(source, target) for source, target in pairwise(ids))


def flow(source: str, target: str, condition: str = "", *, id: str = "") -> str:
    inner = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    return f'<bpmn:sequenceFlow id="{id or f"{source}-{target}"}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>\n'


def between(*nodes: tuple[str, str]) -> str:
    """Return a path start → each (id, element) → end."""
    ids = [id for id, _ in nodes]
    return '<bpmn:startEvent id="s"/>' + "".join(f"\n{text}" for _, text in nodes) + '\n<bpmn:endEvent id="e"/>\n' + chain("s", *ids, "e")


def user_task(id: str = "u", form: str = "slip") -> str:
    return f'<bpmn:userTask id="{id}" name="Vào sổ" chidao:form="{form}"/>'


def simple(id: str = "p", form: str = "slip") -> bytes:
    """Return the smallest process with a user task."""
    return drawing(between(("u", user_task(form=form))), id=id, lanes=lane("s", "u", "e"))


def form(**changes: object) -> bytes:
    return json.dumps({**FORM, **changes}).encode()


def sources(files: Mapping[str, bytes]) -> Sources:
    """Return the files with the form and the decision table that drawings use."""
    return Sources(files={"forms/slip.schema.json": form(), "decisions/shape.dmn": SHAPE, **files})


def lint(content: bytes, **others: bytes) -> list[Finding]:
    """Return the findings of the file p.bpmn; `others` are further diagrams."""
    files = {"p.bpmn": content, **{f"{name}.bpmn": text for name, text in others.items()}}
    return check(sources(files), operations=OPERATIONS)
