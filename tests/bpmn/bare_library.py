"""The bare library as its manual shows it, to be seen going wrong; and the list of what it does wrong, kept by the tests that prove it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState


class Bare:
    """A process on the bare library, with the same words as `Run` has for ours."""

    def __init__(
        self, xml: bytes, data: Mapping[str, Any] | None = None, *, id: str = "p", engine: Any = None, decision: bytes | None = None
    ) -> None:
        parser = BpmnParser() if decision is None else SpiffBpmnParser()
        parser.add_bpmn_str(xml)
        if decision is not None:
            parser.add_dmn_str(decision)
        self.spec = parser.get_spec(id)
        self.workflow = BpmnWorkflow(self.spec, parser.get_subprocess_specs(id), script_engine=engine)
        for task in self.workflow.get_tasks():
            task.data.update(data or {})
        self.workflow.do_engine_steps()

    @property
    def open(self) -> list[str]:
        return sorted(task.task_spec.bpmn_id for task in self.workflow.get_tasks(state=TaskState.READY, manual=True))

    @property
    def waiting(self) -> list[str]:
        return sorted(task.task_spec.bpmn_id for task in self.workflow.get_tasks(state=TaskState.WAITING) if task.task_spec.bpmn_id)

    @property
    def ended(self) -> bool:
        return bool(self.workflow.is_completed())

    def complete(self, element: str, which: int = 0, **data: Any) -> Bare:
        task = [task for task in self.workflow.get_tasks(state=TaskState.READY, manual=True) if task.task_spec.bpmn_id == element][which]
        task.data.update(data)
        task.run()
        self.workflow.do_engine_steps()
        return self

    def catch(self, element: str, payload: Any = None) -> Bare:
        """Let the event that `element` waits for happen."""
        task = next(task for task in self.workflow.get_tasks(state=TaskState.WAITING) if task.task_spec.bpmn_id == element)
        self.workflow.catch(BpmnEvent(task.task_spec.event_definition, payload or {}))
        self.workflow.do_engine_steps()
        return self

    def passed(self, element: str) -> int:
        """Return how often the element was completed."""
        return sum(task.task_spec.bpmn_id == element for task in self.workflow.get_tasks(state=TaskState.COMPLETED))

    def saved(self) -> str:
        return str(SERIALIZER.serialize_json(self.workflow))

    def load(self, text: str) -> Bare:
        self.workflow = SERIALIZER.deserialize_json(text)
        return self

    @property
    def data(self) -> dict[str, Any]:
        return dict(self.workflow.last_task.data) if self.workflow.last_task else dict(self.workflow.data)


SERIALIZER = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())


def reordered(text: str) -> str:
    """Return the same JSON with its keys in another order, as PostgreSQL's jsonb may give it back: here the reverse one."""
    return json.dumps(json.loads(text, object_pairs_hook=lambda pairs: dict(reversed(pairs))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A line of engine/bpmn/DEFECTS.md."""

    title: str
    source: str
    library: str
    here: str
    test: str


DEFECTS: list[Defect] = []
Test = Callable[..., None]


def defect(title: str, *, source: str, library: str, here: str) -> Callable[[Test], Test]:
    """Mark a test as the proof of a defect of the library, and of what becomes of it here."""

    def mark(test: Test) -> Test:
        DEFECTS.append(Defect(title=title, source=source, library=library, here=here, test=test.__name__))
        return test

    return mark
