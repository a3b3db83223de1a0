"""A diagram says from which side of a letter a person starts it."""

from __future__ import annotations

import pytest

from engine.bpmn import PersonStart
from engine.instances.startable import may_begin

PARTIES = {("above", True), ("below", False)}


@pytest.mark.parametrize(("side", "who"), [("issued", ["above"]), ("received", ["below"]), (None, ["above", "below"])])
def test_only_the_side_that_the_diagram_names_may_start(side: str | None, who: list[str]) -> None:
    begin = PersonStart(element="s", roles=(), about_directive=True, side=side)
    assert [unit for unit in ("above", "below", "elsewhere") if may_begin(begin, unit, PARTIES)] == who
