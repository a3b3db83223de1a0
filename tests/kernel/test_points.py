"""The named points: each one is somewhere in the product, and nothing else is called one."""

from __future__ import annotations

import re
from pathlib import Path

import engine
from engine.kernel.points import POINTS, listen, reach

REACHED = re.compile(r'\breach\("([^"]+)"\)')


def test_every_named_point_is_reached_somewhere_and_every_point_that_is_reached_has_a_name() -> None:
    sources = Path(engine.__file__).parent.rglob("*.py")
    assert {name for source in sources for name in REACHED.findall(source.read_text())} == set(POINTS)


def test_a_listener_hears_each_point_until_it_stops_listening() -> None:
    heard: list[str] = []
    stop = listen(heard.append)
    reach("door.decided")
    stop()
    reach("door.committed")
    assert heard == ["door.decided"]
