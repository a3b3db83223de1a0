"""What several figures make together, and how one is written."""

from __future__ import annotations

import pytest

from engine.reports.indicators import combine, figure_text, ratio


@pytest.mark.parametrize(
    ("aggregation", "values", "whole"),
    [("sum", [3, 4, 5], 12), ("max", [3, 9, 5], 9), ("last", [3, 9, 5], 5), ("sum", [], 0), ("max", [], 0), ("last", [], 0)],
)
def test_figures_are_summed_or_the_greatest_or_the_last(aggregation: str, values: list[int], whole: int) -> None:
    assert combine(aggregation, values) == whole


def test_a_ratio_is_that_of_the_sums_never_the_mean_of_ratios() -> None:
    # 1 of 2 and 97 of 98: together 98 of 100, while the mean of 50 % and 98,98 % would be 74,49 %
    assert ratio(1 + 97, 2 + 98) == 9800


@pytest.mark.parametrize(("parts", "value"), [((1, 3), 3333), ((2, 3), 6667), ((1, 20_000), 1), ((3, 2), 15_000), ((5, 0), None)])
def test_a_ratio_is_rounded_half_up_and_nothing_is_divided_by_nothing(parts: tuple[int, int], value: int | None) -> None:
    assert ratio(*parts) == value


@pytest.mark.parametrize(
    ("aggregation", "value", "unit", "text"),
    [
        ("sum", 1234567, "lượt người", "1.234.567 lượt người"),
        ("sum", 7, "", "7"),
        ("ratio", 9750, "", "97,5 %"),
        ("ratio", 9800, "", "98 %"),
        ("ratio", 3333, "", "33,33 %"),
        ("ratio", 105, "", "1,05 %"),
        ("ratio", 10000, "", "100 %"),
    ],
)
def test_a_figure_is_written_as_in_vietnamese_paperwork(aggregation: str, value: int, unit: str, text: str) -> None:
    assert figure_text(aggregation, value, unit) == text
