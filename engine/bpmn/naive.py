"""The baseline of `chidao bench`: what a program does that uses the bare library as its manual shows. Never runs in the product.

It gains from what `step` sets for the whole room: the library's costly task log is off.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnEvent
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState


class NaiveProcess:
    """One process over the bare library; a workflow is kept as the library's own full JSON."""

    def __init__(self, process_id: str, file: str, content: bytes) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.parse(BytesIO(content)), filename=file)
        self._spec = parser.get_spec(process_id)
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())

    def start(self) -> str:
        """Start a workflow by the message that it begins with, run it until it waits, and return its JSON."""
        workflow = BpmnWorkflow(self._spec)
        workflow.do_engine_steps()
        for task in workflow.get_tasks(state=TaskState.WAITING):
            workflow.catch(BpmnEvent(task.task_spec.event_definition, {}))
        workflow.do_engine_steps()
        return str(self._serializer.serialize_json(workflow))

    def act(self, state: str, data: dict[str, Any]) -> str:
        """Complete the open user task of the workflow in `state` with `data`, run on, and return the new JSON."""
        workflow = self._serializer.deserialize_json(state)
        (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
        task.data.update(data)
        task.run()
        workflow.do_engine_steps()
        return str(self._serializer.serialize_json(workflow))
