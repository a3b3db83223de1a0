"""Data objects and data associations: what is copied when an activity begins and when it ends (BPMN 2.0, 10.3).

A data object is the variable of its name, or of its id when its name is none that an expression can say. That of a sub-process
is seen inside it only; plain variables are shared. What an activity is given is its own: a data input is a copy. An association
that names no variable at one of its ends is a picture only, and so is a data store.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from engine.bpmn.scope import Scope
from engine.bpmn.vocabulary import ident, local, tag
from engine.kernel.errors import InvalidInput, StepFailed

if TYPE_CHECKING:
    from engine.bpmn.node import Token
    from engine.bpmn.nodes import NodeMaker

Names = Mapping[str, str | None]  # id → variable; None for what holds nothing
ITEMS = tuple(tag(name) for name in ("dataInput", "dataOutput", "property"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One value that is copied: that of `value`, an expression, or else of the variable `source`."""

    target: str
    source: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Associations:
    """The data associations of one node."""

    inputs: tuple[Copy, ...]
    outputs: tuple[Copy, ...]

    def take(self, token: Token) -> None:
        """The node begins: give it its inputs, and room for its outputs."""
        around = token.data
        own = {copy.source: around.get(copy.source) for copy in self.outputs if copy.source is not None}
        for copy in self.inputs:
            found = self._value(token, copy)
            if found is not None:
                own[copy.target] = found
        token.internal_data["io"] = own
        token.data = Scope(own, around)

    def give(self, token: Token) -> None:
        """The node ends: copy its outputs. What it has not set is not copied."""
        around = token.data.outer
        for copy in self.outputs:
            found = self._value(token, copy)
            if found is not None:
                around[copy.target] = found
        token.data = around
        del token.internal_data["io"]

    def _value(self, token: Token, copy: Copy) -> Any:
        if copy.value is None:
            return token.data.get(copy.source)
        element = token.task_spec.element
        try:
            found = token.workflow.script_engine.environment.evaluate(copy.value, token.data)
        except InvalidInput as error:
            if "unknown" in error.details:
                return None
            raise StepFailed(f"At {element}: {error.message}", element=element) from error
        return token.workflow.storable(found, element)


def names(process: etree._Element) -> Names:
    """Return the variable that each data object, reference, property, data input and output of a process stands for."""
    found: dict[str, str | None] = {}
    referring: dict[str, list[etree._Element]] = {}
    for reference in process.iter(tag("dataObjectReference")):
        referring.setdefault(reference.get("dataObjectRef", ident(reference)), []).append(reference)
    for item in process.iter(*ITEMS, tag("dataObject")):
        found[ident(item)] = _variable(item, *referring.get(ident(item), ()))
    for id, references in referring.items():
        variable = found[id] if id in found else _variable(*references)
        found.update((ident(reference), variable) for reference in references)
    found.update((ident(store), None) for store in process.iter(tag("dataStoreReference")))
    return found


def objects(node: etree._Element, known: Names) -> dict[str, list[Any] | None]:
    """Return the data objects and properties that are a sub-process's own, each with what it holds at the beginning."""
    own: dict[str, list[Any] | None] = {}
    for item in node.iterfind("*"):
        variable = known.get(ident(item)) if local(item) in ("dataObject", "property") else None
        if variable is not None:
            own[variable] = [] if item.get("isCollection") == "true" else None
    return own


def associations(maker: NodeMaker, node: etree._Element, known: Names) -> Associations | None:
    """Return the associations of a node that copy something, or None when there are none."""
    inputs = tuple(_copies(maker, node, "dataInputAssociation", known))
    outputs = tuple(_copies(maker, node, "dataOutputAssociation", known))
    return Associations(inputs=inputs, outputs=outputs) if inputs or outputs else None


def _variable(*items: etree._Element) -> str | None:
    """Return the first name that an expression can say, else the id. A name of a tool's own (`__…`) stands for nothing."""
    said = [(item.get("name") or "").strip() for item in items]
    if any(name.startswith("__") for name in said):
        return None
    return next((name for name in (*said, ident(items[0])) if _is_name(name)), None)


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text) and not text.startswith("_")


def _resolve(text: str | None, known: Names) -> str | None:
    """Return the variable that a reference means: by id, or by the name of a variable."""
    plain = (text or "").strip()
    if plain in known:
        return known[plain]
    return plain if _is_name(plain) else None


def _copies(maker: NodeMaker, node: etree._Element, kind: str, known: Names) -> Iterator[Copy]:
    for association in node.iterfind(tag(kind)):
        target = _resolve(association.findtext(tag("targetRef")), known)
        source = _resolve(association.findtext(tag("sourceRef")), known)
        transformation = association.find(tag("transformation"))
        assignments = association.findall(tag("assignment"))
        if transformation is not None and (transformation.text or "").strip():
            value = _expression(maker, node, "the transformation", transformation)
            if target is not None:
                yield Copy(target=target, source=source, value=value)
        elif assignments:
            for assignment in assignments:
                yield from _assigned(maker, node, assignment, source, known)
        elif source is not None and target is not None:
            yield Copy(target=target, source=source)


def _assigned(maker: NodeMaker, node: etree._Element, assignment: etree._Element, source: str | None, known: Names) -> Iterator[Copy]:
    said, to = assignment.find(tag("from")), (assignment.findtext(tag("to")) or "").strip()
    target = _resolve(to, known)
    if target is None and to and to not in known:
        message = f"Expected the name of a data input, data output or variable to assign to at {ident(node)}, but found {to[:60]!r}. Write its name."
        maker.refuse(node, "data_association", message)
    if said is not None and (said.text or "").strip():
        value = _expression(maker, node, "the assignment", said)
        if target is not None:
            yield Copy(target=target, source=source, value=value)


def _expression(maker: NodeMaker, node: etree._Element, where: str, said: etree._Element) -> str:
    return maker.expression(node, where, (said.text or "").strip(), language=said.get("language"))
