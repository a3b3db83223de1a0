"""Collects what is wrong with a definition, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from engine.bpmn.vocabulary import line
from engine.kernel.errors import DefinitionInvalid, Finding


@dataclass(slots=True)
class Findings:
    """The findings of one compilation."""

    found: list[Finding] = field(default_factory=list)

    def add(self, file: str, node: etree._Element | None, rule: str, message: str) -> None:
        """Note an error at `node`."""
        element, place = (node.get("id"), line(node)) if node is not None else (None, None)
        self.found.append(Finding(file=file, element=element, line=place, rule=rule, severity="error", message=message))

    def stop(self) -> None:
        """Raise DefinitionInvalid when there are any."""
        if self.found:
            raise DefinitionInvalid(self.found)


class Unmakeable(Exception):
    """A finding was noted; the node cannot be made."""
