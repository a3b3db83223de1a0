"""What changed between two revisions is told in figures, in per cent and in words."""

from __future__ import annotations

from typing import Any

import pytest

from engine.reports.differences import differences, percent
from engine.reports.written import ShownFigure, ShownSection


def section(**said: Any) -> ShownSection:
    blank = {"narrative": "", "nil_reason": "", "difficulties": "", "proposals": "", "next_tasks": "", "same_as": "", "figures": ()}
    whole = {"report": "R", "revision": 1, "obligation": "O1", "directive": "D1", "code": "07-CV/TU", "subject": "tuyên truyền", "superior": "S"}
    return ShownSection(**{**blank, **whole, "superior_name": "Thường trực", "assessment": "done", **said})


def activities(value: int) -> ShownFigure:
    return ShownFigure(key="activities", label="Số hoạt động", unit="cuộc", aggregation="sum", own=value, value=value, words="", words_below="")


def test_the_same_twice_is_no_difference() -> None:
    assert not differences([section(figures=(activities(3),))], [section(figures=(activities(3),))])


def test_a_figure_that_changed_is_told_with_its_difference_in_per_cent() -> None:
    (change,) = differences([section(figures=(activities(4),))], [section(figures=(activities(5),))]).figures
    assert (change.old, change.new, change.difference, change.percent) == (4, 5, 1, 25)


def test_words_that_changed_stand_between_those_that_stayed() -> None:
    (change,) = differences([section(narrative="Tổ chức một buổi.")], [section(narrative="Tổ chức hai buổi.")]).texts
    assert change.parts == (("same", "Tổ chức"), ("gone", "một"), ("new", "hai"), ("same", "buổi."))


def test_an_assessment_is_exchanged_as_a_whole() -> None:
    (change,) = differences([section()], [section(assessment="nil")]).texts
    assert (change.name, change.parts) == ("assessment", (("gone", "done"), ("new", "nil")))


def test_sections_that_came_or_went_are_named() -> None:
    found = differences([section()], [section(obligation="O2", code="08-CV/TU")])
    assert (found.added, found.removed) == (("08-CV/TU",), ("07-CV/TU",))


@pytest.mark.parametrize(("old", "new", "wanted"), [(0, 5, None), (None, 5, None), (5, None, None), (10, 5, -50), (3, 4, 33)])
def test_nothing_is_compared_with_nothing(old: int | None, new: int | None, wanted: int | None) -> None:
    assert percent(old, new) == wanted
