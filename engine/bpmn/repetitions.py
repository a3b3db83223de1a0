"""Reads from the XML how often an activity is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from engine.bpmn.foreign_loops import Collection, collection, plain_name
from engine.bpmn.graph import ACTIVITIES
from engine.bpmn.many import Repetition
from engine.bpmn.vocabulary import ident, local, tag
from engine.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from engine.bpmn.nodes import NodeMaker


def read_repetition(maker: NodeMaker, node: etree._Element) -> Repetition | None:
    """Return how often an activity is carried out, or None for once."""
    loop = node.find(tag("standardLoopCharacteristics"))
    many = node.find(tag("multiInstanceLoopCharacteristics"))
    if (loop is not None or many is not None) and local(node) not in ACTIVITIES:
        message = f"Expected only activities to be carried out several times, but {ident(node)} is a {local(node)}. Remove its loop."
        maker.refuse(node, "unsupported_setting", message)
        return None
    if loop is not None:
        return _loop(maker, node, loop)
    return _many(maker, node, many) if many is not None else None


def _loop(maker: NodeMaker, node: etree._Element, loop: etree._Element) -> Repetition:
    """Return the repetition of a standard loop."""
    condition = _child(maker, node, loop, "loopCondition")
    maximum = loop.get("loopMaximum")
    if condition is None and maximum is None:
        maker.refuse(node, "loop", f"Expected a loop condition or a maximum at {ident(node)}, but found neither. Write one.")
    if maximum is not None and not (maximum.isdigit() and len(maximum) < 7):
        maker.refuse(node, "loop", f"Expected a number as loopMaximum at {ident(node)}, but found {maximum!r}. Write digits.")
        maximum = None
    return Repetition(
        sequential=True,
        condition=condition,
        maximum=None if maximum is None else int(maximum),
        test_before=loop.get("testBefore") == "true",
    )


def _many(maker: NodeMaker, node: etree._Element, many: etree._Element) -> Repetition:
    """Return the repetition of a multi-instance activity."""
    said = _said_elsewhere(maker, node, many)
    source, cardinality = _name(maker, many, "loopDataInputRef") or said.source, _child(maker, node, many, "loopCardinality")
    if (source is None) == (cardinality is None):
        message = f"Expected either loopDataInputRef or loopCardinality at {ident(node)}, but found {'both' if source else 'neither'}."
        maker.refuse(node, "multi_instance", f"{message} Name the list in the data.")
    if many.get("behavior", "All") != "All":
        maker.refuse(node, "unsupported_setting", f"Expected the behavior All at {ident(node)}, but found {many.get('behavior')}. Use a message.")
    result, results = _item(many, "outputDataItem") or said.result, _name(maker, many, "loopDataOutputRef") or said.results
    if (result is None) != (results is None):
        message = f"Expected outputDataItem together with loopDataOutputRef at {ident(node)}, but found one alone."
        maker.refuse(node, "multi_instance", f"{message} Name both: the value of an instance, and the list of all.")
    return Repetition(
        sequential=many.get("isSequential") == "true",
        source=None if source is None else _plain(maker, node, source),
        cardinality=cardinality,
        item=_item(many, "inputDataItem") or said.item,
        result=result,
        results=results,
        until=_child(maker, node, many, "completionCondition"),
    )


def _said_elsewhere(maker: NodeMaker, node: etree._Element, many: etree._Element) -> Collection:
    """Return what the extensions of other tools say of it."""
    try:
        return collection(many)
    except InvalidInput as error:
        maker.refuse(node, "multi_instance", f"At {ident(node)}: {error.message}")
        return Collection(source="unknown")


def _plain(maker: NodeMaker, node: etree._Element, source: str) -> str:
    """Return the name of the list, which other tools write as `${people}`."""
    if not source.startswith(("${", "#{", "=")):
        return source
    try:
        return plain_name(source, "loopDataInputRef")
    except InvalidInput as error:
        maker.refuse(node, "multi_instance", f"At {ident(node)}: {error.message}")
        return source


def _child(maker: NodeMaker, node: etree._Element, parent: etree._Element, name: str) -> str | None:
    """Return the expression in a child element."""
    found = parent.find(tag(name))
    text = (found.text or "").strip() if found is not None else ""
    return maker.expression(node, name, text, language=found.get("language")) if text and found is not None else None


def _name(maker: NodeMaker, parent: etree._Element, child: str) -> str | None:
    """Return the variable that a reference names: a declared data input or output, a data object, or a variable itself."""
    found = parent.find(tag(child))
    text = (found.text or "").strip() if found is not None else ""
    return maker.place.names.get(text) or text or None


def _item(many: etree._Element, child: str) -> str | None:
    """Return the variable that an instance has for itself."""
    found = many.find(tag(child))
    if found is None:
        return None
    name = found.get("name") or ""
    return name if name.isidentifier() else found.get("id")
