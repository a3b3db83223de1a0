"""The BPMN 2.0 XML Schema of the OMG, as the library ships it. Compiled once; no network."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree


@cache
def bpmn_schema() -> etree.XMLSchema:
    """Return the schema. Its `error_log` belongs to the last validation: one thread at a time."""
    library = find_spec("SpiffWorkflow")
    if library is None or library.origin is None:
        raise ModuleNotFoundError("Expected the package SpiffWorkflow to be installed, but it is not found.")
    path = Path(library.origin).parent / "bpmn/parser/schema/BPMN20.xsd"
    return etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True, resolve_entities=False)))
