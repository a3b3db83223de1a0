"""Files that want to hurt: each is a function that returns the bytes. Run as a program it checks them all and tells its memory."""

from __future__ import annotations

import gzip
import io
import json
import resource
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.definitions.check import examine
from engine.definitions.source import Sources
from tests.definitions.promises import SENTENCES

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="u">'
BOUNDARY = '<boundaryEvent id="b{0}" attachedToRef="b{1}"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>'
LINKS = (
    '<intermediateThrowEvent id="t{0}"><linkEventDefinition name="x"/></intermediateThrowEvent>'
    '<intermediateCatchEvent id="c{0}"><linkEventDefinition name="x"/></intermediateCatchEvent>'
)
ERRORS = '<subProcess id="q{0}"><endEvent id="b{0}"><errorEventDefinition errorRef="e"/></endEvent></subProcess>'
LANE = '<lane id="l{0}"><flowNodeRef>s</flowNodeRef></lane>'
FLOW = '<sequenceFlow id="f{0}" sourceRef="s" targetRef="t"/>'
EVENTS = '<subProcess id="q{0}" triggeredByEvent="true"><startEvent id="b{0}"><messageEventDefinition/></startEvent></subProcess>'


def process(body: str) -> bytes:
    return document(f'<process id="p" isExecutable="true"><startEvent id="s"/>{body}</process>')


def document(body: str) -> bytes:
    return f"{HEAD}{body}</definitions>".encode()


def many(pattern: str, number: int) -> str:
    return "".join(pattern.format(place, place + 1) for place in range(number))


def grid(kind: str, number: int) -> str:
    flows = "".join(f'<sequenceFlow id="f{a}_{b}" sourceRef="g{a}" targetRef="g{(a + b + 1) % number}"/>' for a in range(number) for b in range(9))
    return many(f'<{kind} id="g{{0}}"/>', number) + '<sequenceFlow id="f" sourceRef="s" targetRef="g0"/>' + flows


def bomb() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "' + f"&a{n - 1};" * 10 + '">' for n in range(1, 12))
    return f'<!DOCTYPE d [<!ENTITY a0 "ha">{entities}]><d>&a11;</d>'.encode()


def archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("p.bpmn", b" " * 50_000_000)
    return packed.getvalue()


# What must be refused
REFUSED: Mapping[str, Callable[[], bytes]] = {
    "deep nesting": lambda: HEAD.encode() + b"<a>" * 100_000,
    "sub-processes 300 deep": lambda: process(many('<subProcess id="q{0}">', 300) + "</subProcess>" * 300),
    "an entity bomb": bomb,
    "an external entity": lambda: b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
    "a parameter entity": lambda: b'<!DOCTYPE d [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]><d/>',
    "a zip of XML": archive,
    "a gzip of XML": lambda: gzip.compress(b" " * 50_000_000),
    "more bytes than a file may have": lambda: HEAD.encode() + b" " * 6_000_000,
    "half a million attributes": lambda: document("<process " + many('a{0}="" ', 400_000) + "/>"),
    "attributes on many elements": lambda: HEAD.encode() + (b"<process " + many('a{0}="" ', 120).encode() + b"/>") * 2_000 + b"</definitions>",
    "namespaces on many elements": lambda: HEAD.encode() + (b"<x " + many('xmlns:a{0}="u{0}" ', 120).encode() + b"/>") * 1_000 + b"</definitions>",
    "an id of a megabyte": lambda: process('<task id="' + "a" * 1_000_000 + '"/>'),
    "an id of a page": lambda: process('<task id="' + "a" * 4_000 + '"/>'),
    "a hundred thousand lanes": lambda: process("<laneSet>" + many('<lane id="l{0}"/>', 100_000) + "</laneSet>"),
    "a hundred thousand flows on one node": lambda: process(many('<sequenceFlow sourceRef="s" targetRef="s"/>', 100_000)),
    "a hundred thousand elements of nobody": lambda: process("<extensionElements>" + many('<x xmlns=""/>', 110_000) + "</extensionElements>"),
    "a comment of megabytes": lambda: process(f"<!--{'x' * 4_900_000}-->"),
    "expressions of megabytes": lambda: process(f"<task id='t'/><sequenceFlow id='f' sourceRef='s' targetRef='t'><conditionExpression>{'1 + ' * 900_000}1</conditionExpression></sequenceFlow>"),
    "binary rubbish": lambda: bytes(range(256)) * 19_000,
    "a slow codec": lambda: b'<?xml version="1.0" encoding="punycode"?><a/>' + b"-" * 4_000_000,
    "thousands of boundary events on each other": lambda: process(many(BOUNDARY, 3_900)),
    "thousands of links of one name": lambda: process(many(LINKS, 3_900)),
    "thousands of errors that nothing declares": lambda: process(many(ERRORS, 2_600)),
    "thousands of calls of itself": lambda: process(many('<callActivity id="c{0}" calledElement="p"/>', 7_900)),
    "thousands of processes": lambda: document(many('<process id="p{0}"><task id="t{0}"/></process>', 3_900)),
    "thousands of nodes of one id": lambda: process('<task id="t"/>' * 7_900),
    "thousands of unknown elements": lambda: process('<wizard foo="1"/>' * 19_000),
    "thousands of nodes in a lane": lambda: process(f"<laneSet>{'<task/>' * 7_900}</laneSet>"),
    "a sub-process that is its own": lambda: process('<subProcess id="p"><subProcess id="p"/></subProcess><boundaryEvent id="x" attachedToRef="x"/>'),
    "inclusive gateways of which each leads to nine": lambda: process(grid("inclusiveGateway", 720)),
    "parallel gateways of which each leads to nine": lambda: process(grid("parallelGateway", 720)),
}
# What may be refused or not
BORNE: Mapping[str, Callable[[], bytes]] = {
    "a text of megabytes": lambda: process(f"<documentation>{'a' * 4_900_000}</documentation><task id='t'/>"),
    "a single line of thousands of flows": lambda: process("<task id='t'/>" + many(FLOW, 7_900)),
    "half a million comments": lambda: process("<!--x-->" * 500_000),
    "half a million processing instructions": lambda: process("<?x y?>" * 500_000),
    "a million character references": lambda: process(f"<documentation>{'&#10;' * 900_000}</documentation>"),
    "millions of lines": lambda: b"\n" * 4_900_000 + process(""),
    "thousands of lanes": lambda: process(f"<laneSet>{many(LANE, 7_900)}</laneSet>"),
    "a lane of thousands of nodes": lambda: process(f"<laneSet><lane id='l'>{'<flowNodeRef>s</flowNodeRef>' * 19_000}</lane></laneSet>"),
    "thousands of nodes without an id": lambda: process("<task/>" * 7_900),
    "thousands of event sub-processes": lambda: process(many(EVENTS, 2_600)),
    "sub-processes 40 deep": lambda: process(many('<subProcess id="q{0}"><task id="t{0}"/>', 40) + "</subProcess>" * 40),
    "exclusive gateways of which each leads to nine": lambda: process(grid("exclusiveGateway", 720)),
}


def main() -> None:
    """Check every file and print how many findings each has, and the memory that this program took."""
    told = {}
    for name, make in {**REFUSED, **BORNE}.items():
        findings = examine(Sources(files={"p.bpmn": make()}), operations=()).findings
        assert all(SENTENCES.fullmatch(finding.message) and len(finding.message) < 1_000 for finding in findings), name
        told[name] = sum(finding.severity == "error" for finding in findings)
    sys.stdout.write(json.dumps({"errors": told, "megabytes": peak()}))


def peak() -> float:
    """Return the most memory that this program has used, in megabytes; what getrusage says includes the parent's at the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.path.insert(0, ".")
    main()
