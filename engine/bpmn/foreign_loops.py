"""Over what a multi-instance activity is carried out, as Camunda, Flowable, Activiti and Zeebe say it: mapped where it is plainly a name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from engine.bpmn.vocabulary import tag
from engine.kernel.errors import InvalidInput

TOOLS = ("http://camunda.org/schema/1.0/bpmn", "http://flowable.org/bpmn", "http://activiti.org/bpmn")
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
NAME = re.compile(r"(?:[$#]\{\s*([^\W\d]\w*)\s*\}|=\s*([^\W\d]\w*)|([^\W\d]\w*))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Names in the data: the list, the value of an instance, its result, and the list of all results."""

    source: str | None = None
    item: str | None = None
    result: str | None = None
    results: str | None = None


def plain_name(text: str, what: str) -> str:
    """Return the name that `people`, `${people}` or `=people` says. Raises InvalidInput for anything larger."""
    found = NAME.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f"Expected the name of a value in the data as {what}, but found {text.strip()[:60]!r}. Put the value into the data by a script task before.")
    return next(each for each in found.groups() if each)


def collection(many: etree._Element) -> Collection:
    """Return what the extensions of other tools say in a multiInstanceLoopCharacteristics. Raises InvalidInput for what is no name."""
    for uri in TOOLS:
        source, item = many.get(f"{{{uri}}}collection"), many.get(f"{{{uri}}}elementVariable")
        if source:
            return Collection(source=plain_name(source, "collection"), item=plain_name(item, "elementVariable") if item else None)
    said = many.find(f"{tag('extensionElements')}/{{{ZEEBE}}}loopCharacteristics")
    if said is None:
        return Collection()
    names = {name: said.get(name) for name in ("inputCollection", "inputElement", "outputElement", "outputCollection")}
    plain = {name: plain_name(text, name) if text else None for name, text in names.items()}
    return Collection(
        source=plain["inputCollection"], item=plain["inputElement"], result=plain["outputElement"], results=plain["outputCollection"]
    )
