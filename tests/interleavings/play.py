"""Plays a cast over fresh copies of a prepared database: in every order, or in orders that a seed chooses."""

from __future__ import annotations

from collections.abc import Callable

from tests.interleavings.copies import Again, Copies
from tests.interleavings.desk import sound
from tests.interleavings.schedule import Actor, Choose, Stage, every_order, seeded

Cast = Callable[[Again], dict[str, Callable[[], object]]]
Check = Callable[[Again, dict[str, Actor]], None]


def play_once(copies: Copies, cast: Cast, check: Check, choose: Choose, *, stops: frozenset[str] = frozenset()) -> None:
    """Play a cast on a fresh copy and check what came of it; a failure shows the order and who got what."""
    with copies.fresh() as office:
        stage = Stage(office.database, stops=stops)
        actors = stage.play(cast(office), choose)
        try:
            check(office, actors)
            sound(office)
        except AssertionError as error:
            outcomes = "".join(f"\n  {name}: {actor.outcome()}" for name, actor in actors.items())
            raise AssertionError(f"{error}\nafter {stage.trace}\nwith{outcomes}") from error


def in_every_order(copies: Copies, cast: Cast, check: Check, *, stops: frozenset[str] = frozenset()) -> int:
    """Play a cast in every order that is possible; return how many there were."""
    return sum(1 for _ in every_order(lambda choose: play_once(copies, cast, check, choose, stops=stops)))


def in_some_orders(copies: Copies, cast: Cast, check: Check, *, seeds: range, stops: frozenset[str] = frozenset()) -> None:
    """Play a cast in one order for each seed."""
    for seed in seeds:
        try:
            play_once(copies, cast, check, seeded(seed), stops=stops)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
