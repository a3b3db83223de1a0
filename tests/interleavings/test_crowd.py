"""Subordinates that report in the same second: no row of the superior is hot, all are counted once, its case takes few transitions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.interleavings.copies import Copies
from tests.interleavings.crowd import at_the_last_step, check_crowd


def test_three_report_at_once_and_are_accepted_at_once(prepare: Callable[..., Copies]) -> None:
    """A hundred by hand: hunt.py."""
    copies = prepare(partial(at_the_last_step, subordinates=3))
    with copies.fresh() as office:
        assert 1 <= check_crowd(office, copies.told) <= 3
