"""How the demo plans a document: its reporting duty, in the periods that the document asks for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.demo.cast import cast_for
from engine.demo.plans import plan
from engine.directives.reading import read_document

EXACT = Path(__file__).parent.parent / "directives" / "reading" / "exact"


@pytest.mark.parametrize(
    ("document", "months", "first", "last"),
    [
        ("special_zone_weekly", 1, "2025-W38", "2025-W41"),
        ("ministry_quarterly", 4, "2025-Q1", "2025-Q2"),
        ("contest_monthly", 2, "2023-08", "2023-09"),
    ],
)
def test_a_duty_is_planned_in_its_own_periods(document: str, months: int, first: str, last: str) -> None:
    (found,) = read_document(f"{document}.txt", (EXACT / f"{document}.txt").read_bytes())
    reading = found.to_json()
    planned = plan(reading, [reading], cast_for([reading]), process="coordination_monthly", months=months)
    duty = planned.draft["obligation"]
    assert duty["frequency"] == document.rsplit("_", 1)[-1]
    assert (duty["first_period"], duty["end_period"]) == (first, last)
    assert planned.sunset > date.fromisoformat(reading["date"])
