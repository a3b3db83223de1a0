"""The XML Schemas of the OMG for BPMN 2.0 and DMN 1.3, as the library ships them. Compiled once; no network."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree


@cache
def bpmn_schema() -> etree.XMLSchema:
    """Return the schema. Its `error_log` belongs to the last validation: one thread at a time."""
    return _schema("bpmn/parser/schema/BPMN20.xsd")


@cache
def dmn_schema() -> etree.XMLSchema:
    """Return the schema of decision tables; the same holds for its `error_log`."""
    return _schema("dmn/parser/schema/DMN13.xsd")


@cache
def bpmn_vocabulary() -> tuple[etree._Element, ...]:
    """Return the schema files themselves that declare the elements of BPMN, for whoever wants to explain a complaint."""
    return tuple(etree.parse(_path(f"bpmn/parser/schema/{name}"), _parser()).getroot() for name in ("BPMN20.xsd", "Semantic.xsd"))


def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_path(name), _parser()))


def _path(name: str) -> Path:
    library = find_spec("SpiffWorkflow")
    if library is None or library.origin is None:
        raise ModuleNotFoundError("Expected the package SpiffWorkflow to be installed, but it is not found.")
    return Path(library.origin).parent / name


def _parser() -> etree.XMLParser:
    return etree.XMLParser(no_network=True, resolve_entities=False)
