"""What is promised of every file, whoever drew it: findings with their place and a remedy, or a process that is whole and runs."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from lxml import etree

from engine.bpmn import Definition
from engine.bpmn.vocabulary import MODEL
from engine.bpmn.xml import parse
from engine.definitions.check import Checked, examine
from engine.definitions.dry_run import Tried, lead
from engine.definitions.dry_run_scenario import read_scenario
from engine.definitions.rules import ERROR, WIRING
from engine.definitions.source import Sources
from engine.kernel.errors import EngineError, Finding

NOW = datetime(2024, 4, 1, 1, 0, tzinfo=UTC)
FLOW_NODES = {
    "task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask", "callActivity", "subProcess",
    "transaction", "adHocSubProcess", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "startEvent",
    "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "endEvent",
}  # fmt: skip
SENTENCES = re.compile(r"(In [^:]+: )?Expected .+[^.]\. .*[^ ]\.", re.DOTALL)


def keep_promises(file: str, content: bytes) -> Checked:
    """Check a file and whatever can be made of it; return what the check found."""
    checked = examine(Sources(files={file: content}), operations=())
    for finding in checked.findings:
        _is_placed(file, content, finding)
    forgiving = examine(Sources(files={file: content}), operations=(), wired=False)
    if not any(finding.severity == ERROR and finding.rule not in WIRING for finding in forgiving.findings):
        known = {**forgiving.definitions, **forgiving.drawn}
        assert known, "an accepted file has a process"
        for process, definition in known.items():
            _is_whole(content, process, definition)
            _runs(definition)
    return checked


def _is_placed(file: str, content: bytes, finding: Finding) -> None:
    assert finding.file == file
    assert SENTENCES.fullmatch(finding.message), finding.message
    assert "0x" not in finding.message
    if finding.rule == "xml":  # what cannot be read has no elements
        assert finding.line is not None
        assert 1 <= finding.line <= len(re.split(rb"\r\n|\r|\n", content))
        assert finding.element is None or finding.element.encode() in content.replace(b"\0", b"")
        return
    assert finding.line is not None, finding
    document = parse(file, content)
    here = [element for element, line in document.lines.items() if line == finding.line]
    assert here, finding
    named = {around.get("id") for element in here for around in (element, *element.iterancestors())}
    assert finding.element in named, (finding, named)


def _is_whole(content: bytes, process: str, definition: Definition) -> None:
    """Every node and every flow of the process is in what runs, under its own id."""
    root = parse("x", content).root
    (drawn,) = (each for each in root.iter(f"{{{MODEL}}}process") if each.get("id") == process)
    nodes = {each.get("id") for each in drawn.iter(f"{{{MODEL}}}*") if etree.QName(each).localname in FLOW_NODES}
    flows = {each.get("id") for each in drawn.iter(f"{{{MODEL}}}sequenceFlow")}
    assert nodes <= definition.elements.keys(), nodes - definition.elements.keys()
    made = [node for spec in definition.specs.values() for node in spec.task_specs.values()]
    assert flows <= {flow.id for node in made for flow in getattr(node, "flows", ())}


def _runs(definition: Definition) -> None:
    """It begins, or says in words why not; all open work belongs to elements of the file."""
    try:
        run = lead(Tried(definition=definition, forms={}), read_scenario({"start": {}, "steps": []}), now=NOW)
    except EngineError as error:
        assert error.message.endswith("."), error.message  # noqa: PT017
        return
    for waiting in run.answer()["waiting"]:
        assert waiting["element"] in definition.elements
