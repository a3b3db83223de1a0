"""A registry knows each name once and tells what it knows."""

from __future__ import annotations

import pytest

from engine.kernel.errors import NotFound
from engine.kernel.registry import Registry


@pytest.fixture
def registry() -> Registry[int]:
    registry: Registry[int] = Registry("operation")
    registry.add("remind", 1)
    registry.add("assign", 2)
    return registry


def test_what_was_added_is_found_and_listed_in_order(registry: Registry[int]) -> None:
    assert registry.get("assign") == 2
    assert "remind" in registry
    assert list(registry) == ["assign", "remind"]


def test_an_unknown_name_is_answered_with_the_known_ones(registry: Registry[int]) -> None:
    with pytest.raises(NotFound, match=r"installed operation \(assign, remind\), but found 'urge'"):
        registry.get("urge")


def test_a_name_is_taken_once(registry: Registry[int]) -> None:
    with pytest.raises(ValueError, match="'remind' is registered already"):
        registry.add("remind", 3)
