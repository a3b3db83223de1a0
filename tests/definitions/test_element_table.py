"""The table of elements in the README says what happens to each of them today."""

from __future__ import annotations

from engine.definitions.diagram import EVENTS, GATEWAYS, NODES
from tests.definitions.element_diagrams import DEFINITIONS, cases
from tests.definitions.element_table import COMMAND, README, table, written


def test_the_table_in_the_readme_is_what_was_seen() -> None:
    seen = table()
    assert seen == written(README.read_text("utf-8")), f"Expected the table of elements in {README}, but it has changed. Run `{COMMAND}` and read the difference."
    assert "does not run" not in seen


def test_every_node_and_every_kind_of_event_has_rows() -> None:
    rows = cases()
    assert {*NODES} - {*EVENTS} <= {case.element for case in rows}
    assert {case.element.removesuffix(" event") for case in rows} >= {*DEFINITIONS} - {"several"}
    assert {case.where for case in rows if case.element in GATEWAYS} >= {"split", "join", "in a loop"}
    assert len({(case.element, case.where) for case in rows}) == len(rows)
