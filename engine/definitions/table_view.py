"""A decision table of a design as a plain table, for whoever reads it without drawing; one that is being written is shown as far as it goes."""

from __future__ import annotations

from dataclasses import dataclass

from engine.bpmn import xml
from engine.bpmn.tables.decisions import UNIQUE
from engine.definitions.design_pages import ReadDesignFile, answer_file
from engine.definitions.diagram import Element
from engine.history.transaction import Reading
from engine.kernel.errors import DefinitionInvalid

DRAWN = "https://www.omg.org/spec/DMN/20191111/MODEL/"  # DMN 1.3, the edition that dmn-js draws


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTable:
    """Ask for a decision table of a design."""

    design: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: what people call it, its expression (of an output: its name in the data), whether it is answered, and its type."""

    label: str
    source: str
    output: bool
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A decision table. `drawable`: one table of DMN 1.3 and nothing beside it; `notes`: of the rules, as long as `rules`."""

    name: str
    hit_policy: str
    aggregation: str
    columns: tuple[Column, ...]
    rules: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    drawable: bool


def answer_table(query: ShowTable, reading: Reading) -> TableView:
    """Read a table. Raises NotFound; of a file that is no XML or has no table, the view is empty."""
    found = answer_file(ReadDesignFile(design=query.design, path=query.path), reading)
    return view_of(query.path, found.text.encode("utf-8"))


def view_of(path: str, content: bytes) -> TableView:
    """Return what stands in the first table of a file."""
    nothing = TableView(name="", hit_policy="", aggregation="", columns=(), rules=(), notes=(), drawable=False)
    try:
        root = xml.parse(path, content).root
    except DefinitionInvalid:
        return nothing
    decisions = list(root.iterfind("{*}decision"))
    table = next(root.iter("{*}decisionTable"), None)
    if table is None:
        return nothing
    columns = [_input(each) for each in table.iterfind("{*}input")] + [_output(each) for each in table.iterfind("{*}output")]
    rules = list(table.iterfind("{*}rule"))
    return TableView(
        name=decisions[0].get("name", "") if decisions else "", hit_policy=table.get("hitPolicy", UNIQUE), aggregation=table.get("aggregation", ""),
        columns=tuple(columns), rules=tuple(tuple(_said(cell) for cell in (*rule.iterfind("{*}inputEntry"), *rule.iterfind("{*}outputEntry"))) for rule in rules),
        notes=tuple(_child(rule, "description") for rule in rules),
        drawable=root.tag == f"{{{DRAWN}}}definitions" and len(decisions) == 1,
    )  # fmt: skip


def _input(column: Element) -> Column:
    expression = next(column.iterfind("{*}inputExpression"), None)
    source, kind = ("", "") if expression is None else (_said(expression), expression.get("typeRef", ""))
    return Column(label=column.get("label") or source, source=source, output=False, type=kind)


def _output(column: Element) -> Column:
    name = column.get("name", "")
    return Column(label=column.get("label") or name, source=name, output=True, type=column.get("typeRef", ""))


def _said(element: Element) -> str:
    return _child(element, "text")


def _child(element: Element, name: str) -> str:
    return next((str(each.text or "").strip() for each in element.iterfind(f"{{*}}{name}")), "")
