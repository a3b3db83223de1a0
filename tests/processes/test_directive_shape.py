"""The decision table that proposes the process of an arrived directive (DOMAIN.md 2.2 to 2.6)."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from engine.bpmn.language.expressions import evaluate
from engine.bpmn.tables.decisions import Table, decide
from engine.bpmn.tables.dmn import read_table
from engine.bpmn.xsd import dmn_schema
from engine.directives.reading.facts import facts
from tests.directives.reading.test_expected import ANSWERS, DIRECTIVES, answer, readings, real
from tests.processes.walk import NOW, PROCESSES

FILES = sorted(PROCESSES.rglob("*.dmn"))
NOTHING = {"from_above": True, "follows_up": False, "attaches": False, "duty": "none", "deadlines": 0}


def table(key: str) -> Table:
    (file,) = (path for path in FILES if path.stem == key)
    return read_table(file.name, key, file.read_bytes(), functions=())


def proposed(**given: Any) -> str:
    data = NOTHING | given
    return str(decide(table("directive_shape"), lambda source: evaluate(source, data, {}, now=NOW))["proposed"])


@real
@pytest.mark.parametrize("name", ANSWERS)
def test_each_of_the_real_directives_gets_its_shape(name: str) -> None:
    expected = answer(name)
    assert proposed(**facts(readings(DIRECTIVES / expected["file"])[expected["part"] - 1])) == expected["directive_shape"]


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        ({}, "central_call"),
        ({"duty": "quarterly"}, "coordination_monthly"),
        ({"duty": "monthly", "follows_up": True}, "coordination_monthly"),
        ({"duty": "final_by_date", "deadlines": 1}, "campaign_final"),
        ({"duty": "final_by_date", "deadlines": 3}, "milestone_chain"),
        ({"deadlines": 2}, "milestone_chain"),
        ({"follows_up": True, "deadlines": 2}, "urge_relay"),
        ({"attaches": True}, "urge_relay"),
        ({"from_above": False, "duty": "monthly"}, ""),
    ],
)
def test_the_first_row_that_fits_proposes(given: dict[str, Any], shape: str) -> None:
    assert proposed(**given) == shape


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_table_keeps_the_schema_of_dmn_so_that_every_editor_opens_it(path: Any) -> None:
    dmn_schema().assertValid(etree.parse(path).getroot())
