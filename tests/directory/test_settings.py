"""Settings: what is not known is refused with what is, and a change is in force at once."""

from __future__ import annotations

from datetime import date

import pytest

from engine.directory.settings import ChangeSetting, setting
from engine.kernel.calendar import last_day
from engine.kernel.errors import Denied, InvalidInput
from engine.storage import Database
from tests.door.office import Office


def change(key: str, value: bool | int, reason: str = "nghị quyết 12") -> ChangeSetting:
    return ChangeSetting(key=key, value=value, reason=reason)


def test_before_a_day_is_strict_until_an_administrator_says_otherwise(database: Database) -> None:
    office = Office(database)
    with database.reading() as connection:
        assert setting(connection, "before_is_strict", True) is True
    office.do(change("before_is_strict", False))
    with database.reading() as connection:
        strict = setting(connection, "before_is_strict", True)
    assert last_day(date(2024, 3, 28), "before", strict=strict) == date(2024, 3, 28)
    assert office.outcomes()[-1] == ("setting.changed", "done")


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (change("colour", 1), "Expected a setting of before_is_strict, .*extensions_max, .*but found 'colour'"),
        (change("before_is_strict", 1), "Expected true or false for 'before_is_strict', but found 1"),
        (change("extensions_max", True), "Expected a number from 0"),
        (change("extensions_max", -1), "Expected a number from 0"),
        (change("extensions_max", 2, reason=" "), "Expected a reason"),
    ],
)
def test_a_wrong_change_is_refused_and_changes_nothing(database: Database, wrong: ChangeSetting, match: str) -> None:
    office = Office(database)
    before = office.contents()
    with pytest.raises(InvalidInput, match=match):
        office.do(wrong)
    assert office.contents() == before


def test_only_an_administrator_changes_a_setting(database: Database) -> None:
    office = Office(database)
    with pytest.raises(Denied, match="admin"):
        office.do(change("extensions_max", 2), office.actor("lanh.dao"))


@pytest.mark.parametrize(("operator", "day"), [("before", 27), ("by", 28), ("on", 28), ("within", 28)])
def test_only_before_excludes_its_day(operator: str, day: int) -> None:
    assert last_day(date(2024, 3, 28), operator) == date(2024, 3, day)


def test_an_unknown_operator_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'after'"):
        last_day(date(2024, 3, 28), "after")
