"""Identifiers are UUIDs of version 7: unique, and sorted by the moment at which they were made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

from engine.kernel.ids import new_id

NOON = datetime(2024, 4, 15, 5, tzinfo=UTC)


def test_an_identifier_is_a_uuid_of_version_7() -> None:
    for _ in range(200):
        found = UUID(new_id(NOON))
        assert (found.version, found.variant) == (7, RFC_4122)
        assert found.int >> 80 == int(NOON.timestamp() * 1000)


def test_what_is_made_a_millisecond_later_sorts_later() -> None:
    made = [new_id(NOON + timedelta(milliseconds=number)) for number in range(200)]
    assert made == sorted(made)


def test_no_identifier_is_given_twice_in_one_moment() -> None:
    assert len({new_id(NOON) for _ in range(2000)}) == 2000
