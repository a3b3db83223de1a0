"""Extensions of other tools that change what a diagram does there, and nothing here."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, local

# what stands in the URI of a namespace → the prefix that people know it by
VENDORS = {
    "camunda.org/schema/zeebe": "zeebe",
    "camunda.org/schema/1.0": "camunda",
    "flowable.org": "flowable",
    "activiti.org": "activiti",
    "alfresco.org": "activiti",
    "jboss.org/drools": "drools",
    "jboss.org/jbpm": "jbpm",
    "jbpm.org": "jbpm",
    "spiffworkflow": "spiffworkflow",
    "bonitasoft": "bonita",
    "imixs.org": "imixs",
    "ibm.com": "ibm",
    "oracle.com": "oracle",
    "bpmn.sap.com": "sap",
    "processmaker": "pm",
}
# What only a tool or its listings read
_SILENT = """
    historyTimeToLive isStartableInTasklist versionTag modelerTemplate modelerTemplateVersion modelerTemplateIcon jobPriority taskPriority
    priority exclusive candidateStarterUsers candidateStarterGroups diagramRelationId id name packageName version adHoc
    category processType linkedProcess import metaData metaValue customproperties color background-color border-color
    executionPlatform executionPlatformVersion itemId instructionsForEndUser properties property template
"""
_READ = "collection elementVariable loopCharacteristics"  # the list of a multi-instance activity: engine.bpmn.foreign_loops
SILENT = frozenset(f"{_SILENT} {_READ}".split())
SHOWN = 5


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield one problem for each kind of extension in the file, at the first element that has it, naming the others."""
    found: dict[str, list[Element]] = {}
    known: dict[str, str | None] = {}
    for element in diagram.elements():
        for name in (*element.attrib, *(child.tag for child in element if local(element) == "extensionElements")):
            kind = _kind(str(name), known)
            if kind is not None:
                holder = diagram.owner(element)
                holders = found.setdefault(kind, [])
                if holder not in holders[-1:]:
                    holders.append(holder)
    for kind, holders in found.items():
        ids = list(dict.fromkeys(holder.get("id", local(holder)) for holder in holders))
        shown = ", ".join(ids[:SHOWN])
        where = shown if len(ids) <= SHOWN else f"{shown} and {len(ids) - SHOWN} more"
        yield holders[0], f"Expected nothing but BPMN and our own vocabulary, but found {kind} at {where}. It changes nothing here: say in our vocabulary what it should do."


def _kind(name: str, known: dict[str, str | None]) -> str | None:
    """Return what a tag or attribute of another tool is called, such as camunda:asyncBefore; None for all others."""
    if name[:1] != "{":
        return None
    if name not in known:
        uri, _, plain = name[1:].partition("}")
        vendor = next((short for part, short in VENDORS.items() if part in uri.lower()), None)
        known[name] = None if vendor is None or plain in SILENT else f"{vendor}:{plain}"
    return known[name]
