"""The facts of a reading separate the shapes of directives."""

from __future__ import annotations

from typing import Any

import pytest

from engine.directives.reading.facts import facts
from tests.directives.reading.test_expected import DIRECTIVES, answer, readings, real

SHAPES = ("370-cv-btgtu", "930-cv-btgtu", "125-cv-btghu", "lao-cai-cv-tu", "1469-cv-btgtu", "1469-cv-btgtu.attached")


def found(name: str) -> dict[str, Any]:
    expected = answer(name)
    return facts(readings(DIRECTIVES / expected["file"])[expected["part"] - 1])


def proposed(given: dict[str, Any]) -> str:
    """The table of the module's docstring."""
    if given["duty"] == "none" and (given["follows_up"] or given["attaches"]):
        return "urge_relay"
    if given["duty"] in {"weekly", "monthly", "quarterly"}:
        return "coordination_monthly"
    if given["duty"] == "final_by_date" and given["deadlines"] < 2:
        return "campaign_final"
    return "milestone_chain" if given["deadlines"] else "central_call"


@real
@pytest.mark.parametrize("name", SHAPES)
def test_the_facts_of_the_six_directives_name_their_shape(name: str) -> None:
    assert proposed(found(name)) == answer(name)["directive_shape"]


@real
@pytest.mark.parametrize(
    ("name", "mandate", "deadlines"),
    [("lao-cai-cv-tu", "direct", 3), ("370-cv-btgtu", "request", 0), ("125-cv-btghu", "request", 0)],
)
def test_an_order_is_told_from_a_request(name: str, mandate: str, deadlines: int) -> None:
    assert (found(name)["mandate"], found(name)["deadlines"]) == (mandate, deadlines)


@real
@pytest.mark.parametrize("name", SHAPES)
def test_every_real_directive_comes_from_above(name: str) -> None:
    assert found(name)["from_above"]
