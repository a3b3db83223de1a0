"""Plays random schedules by hand: `python -m tests.interleavings.hunt SEED N [--only NAME] [--database sqlite|postgresql]`.

One line per game at its end: how many schedules, what failed first, with the seed that plays it again.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from engine.storage import Database, create_or_upgrade
from tests.interleavings import test_changes_meet, test_many, test_offices_meet, test_one_task, test_reports_meet
from tests.interleavings.copies import Copies, prepare_copies
from tests.interleavings.crew import letter_at_work, play_crew
from tests.interleavings.crowd import at_the_last_step, check_crowd
from tests.interleavings.desk import desk
from tests.interleavings.play import Cast, Check, play_once
from tests.interleavings.schedule import seeded
from tests.postgres import PostgresServer

Game = Callable[[int], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--only", default="")
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    server = PostgresServer() if given.database != "sqlite" else None
    try:
        for kind in ["sqlite", "postgresql"] if given.database is None else [given.database]:
            hunt(kind, server if kind == "postgresql" else None, range(given.seed, given.seed + given.count), given.only)
    finally:
        if server is not None:
            server.stop()


def hunt(kind: str, server: PostgresServer | None, seeds: range, only: str) -> None:
    for name, prepare in games().items():
        if only not in name:
            continue
        began, failed, first = time.monotonic(), 0, ""
        with tempfile.TemporaryDirectory() as folder:
            play = prepare(partial(_prepared, Path(folder), server, name))
            for seed in seeds:
                try:
                    play(seed)
                except AssertionError as error:
                    failed += 1
                    first = first or f"seed {seed}: {error}"
        print(f"{kind:10} {name:24} {len(seeds)} schedules, {failed} failed, {time.monotonic() - began:.0f} s {first}", flush=True)  # noqa: T201


def _prepared(folder: Path, server: PostgresServer | None, name: str, furnish: Callable[[Database], tuple[Any, Any]]) -> Copies:
    path = folder / "chidao.sqlite3"
    source, url = (path, f"sqlite:///{path}") if server is None else (f"hunt_{name}", server.create(f"hunt_{name}"))
    database = Database(url)
    create_or_upgrade(database)
    return prepare_copies(database, source, server, furnish)


def games() -> dict[str, Callable[[Callable[..., Copies]], Game]]:
    """Name → what prepares the databases and returns what plays one schedule."""
    return {
        "timer-or-person": _drawn(desk, lambda _: test_one_task.person_and_timer, test_one_task.one_of_person_and_timer),
        "two-accepted": _of_workers(test_reports_meet.two_accepted, test_reports_meet.completes),
        "accepted-at-cutoff": _of_workers(test_reports_meet.one_accepted_at_the_cutoff, test_reports_meet.accepted_in_time_or_after),
        "handed-in-at-cutoff": _of_workers(test_reports_meet.one_handed_in_at_the_cutoff, test_reports_meet.handed_in_in_time_or_after),
        "last-two-late": _of_workers(test_reports_meet.two_handed_in_after_the_cutoff, test_reports_meet.urging_ends),
        "recall-and-work": _drawn(test_changes_meet.asked, lambda copies: partial(test_changes_meet.cast, copies), test_changes_meet.recalled),
        "amend-and-work": _drawn(partial(test_changes_meet.asked, **test_changes_meet.AMENDED), lambda copies: partial(test_changes_meet.cast, copies), test_changes_meet.amended),
        "two-migrations": _drawn(desk, lambda _: test_offices_meet.two_migrations, test_offices_meet.moved_once),
        "crew": _crew,
        "crowd": _crowd,
        "papers": _papers,
    }


def _drawn(furnish: Callable[[Database], tuple[Any, Any]], cast: Callable[[Copies], Cast], check: Check) -> Callable[[Callable[..., Copies]], Game]:
    def prepare(prepared: Callable[..., Copies]) -> Game:
        copies = prepared(furnish)
        return lambda seed: play_once(copies, cast(copies), check, seeded(seed))

    return prepare


def _of_workers(furnish: Callable[[Database], tuple[Any, Any]], check: Check) -> Callable[[Callable[..., Copies]], Game]:
    return _drawn(furnish, lambda copies: partial(test_reports_meet.workers, copies), check)


def _crew(prepared: Callable[..., Copies]) -> Game:
    copies = prepared(letter_at_work)
    return lambda seed: _crew_once(copies, seed)


def _crew_once(copies: Copies, seed: int) -> None:
    play_crew(copies, seeded(seed), Random(seed))


def _crowd(prepared: Callable[..., Copies]) -> Game:
    """A hundred subordinates; the order is that of the threads."""
    copies = prepared(partial(at_the_last_step, subordinates=100))

    def play(_seed: int) -> None:
        with copies.fresh() as office:
            moved = check_crowd(office, copies.told)
            assert moved <= 5, f"the superior's case took {moved} transitions"

    return play


def _papers(prepared: Callable[..., Copies]) -> Game:
    """Ten thousand messages for one case."""
    copies = prepared(desk)

    def play(_seed: int) -> None:
        with copies.fresh() as office:
            test_many.read_papers(office, 10_000, at_most=100)

    return play


if __name__ == "__main__":
    main()
