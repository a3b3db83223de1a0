"""Whatever the product records or permits has a word of its own on the auditor's pages: no code is shown in the place of a sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files

from engine.audit.desk.asked import KINDS
from engine.history.growth import AT_ONCE
from engine.history.owed import OWES_A_REASON
from tests.architecture.rules import ROOT
from web.audit.action_names import ACTIONS, ATTEMPTS
from web.audit.telling import KINDS as SAID

RECORDED = re.compile(r"""(?:Fact\(\s*action=|(?<![a-z_])fact\(|\brecord\(\s*|\b_record\(\s*(?:call|transaction), |effect_fact\(\s*)"([a-z_]+\.[a-z_]+)\"""")


def recorded() -> Iterator[str]:
    """Actions as the source of the engine records them, where it names them in place."""
    for path in sorted((ROOT / "engine").rglob("*.py")):
        yield from RECORDED.findall(path.read_text("utf-8"))


def test_every_action_that_is_recorded_has_its_words() -> None:
    found = {*recorded(), *AT_ONCE, *OWES_A_REASON}
    assert len(found) > 100
    assert sorted(found - ACTIONS.keys()) == []


def test_every_permission_has_its_words() -> None:
    matrix = tomllib.loads(files("engine.access").joinpath("matrix.toml").read_text("utf-8"))["permission"]
    assert sorted({each["action"] for each in matrix} - ATTEMPTS.keys() - ACTIONS.keys()) == []


def test_every_action_is_of_a_kind_that_can_be_chosen() -> None:
    beginnings = tuple(each for some in KINDS.values() for each in some)
    assert sorted(each for each in ACTIONS if not each.startswith(beginnings)) == []
    assert SAID.keys() == KINDS.keys()
