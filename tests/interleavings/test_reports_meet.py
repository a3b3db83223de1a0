"""Reports of several subordinates meet at one superior: with each other, and with the cut-off."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import select

from engine.execution.poller import Poller
from engine.instances.commands import AdvanceInstance
from engine.instances.operations import RunOperation
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import from_stamp
from engine.reports.collect import ALL_IN, COMPLETE, MISSING
from engine.scenario.stage import Desk
from engine.storage import Database
from engine.storage.schema import consolidation, consolidation_revision, expected_report, inbox, instance, subscription, timer
from tests.crash.cast import Cast
from tests.interleavings.copies import Again, Copies
from tests.interleavings.play import in_every_order
from tests.interleavings.schedule import Actor
from tests.interleavings.tree import Tree

TWO = Cast(widths=(2,), months=1, campaign=False)


def on_review(desk: Desk) -> bool:
    return bool(desk.task.form == "review_report")


def on_numbers(desk: Desk) -> bool:
    """The last thing that somebody does about a report before it goes up."""
    return bool(desk.task.element == "rr_issue")


def held_at(database: Database, holds: Callable[[Desk], bool]) -> Tree:
    """Both subordinates have come to the task that is held back."""
    tree = Tree(database=database, cast=TWO)
    tree.lead(lambda desks: sum(map(holds, desks)) == 2, holds=holds)
    return tree


def two_accepted(database: Database) -> tuple[Any, Any]:
    tree = held_at(database, on_review)
    for desk in filter(on_review, tree.desks()):
        tree.complete(desk, decision="accept")
    return tree.open_operations("decide_report"), tree.clock_again()


def one_accepted_at_the_cutoff(database: Database) -> tuple[Any, Any]:
    tree = held_at(database, on_review)
    first, _ = filter(on_review, tree.desks())
    cut_off(tree)
    tree.complete(first, decision="accept")
    return tree.open_operations("decide_report") + tree.open_operations("compute_totals"), tree.clock_again()


def one_handed_in_at_the_cutoff(database: Database) -> tuple[Any, Any]:
    tree = held_at(database, on_numbers)
    first, _ = filter(on_numbers, tree.desks())
    cut_off(tree)
    tree.complete(first)
    return tree.open_operations("submit_report") + tree.open_operations("compute_totals"), tree.clock_again()


def two_handed_in_after_the_cutoff(database: Database) -> tuple[Any, Any]:
    tree = held_at(database, on_numbers)
    cut_off(tree)
    Poller(tree.stage.door).drain()
    for desk in filter(on_numbers, tree.desks()):
        tree.complete(desk)
    return tree.open_operations("submit_report"), tree.clock_again()


def cut_off(tree: Tree) -> None:
    """The moment has come: the list is to be closed, which a worker has yet to do."""
    with tree.database.reading() as connection:
        due = connection.execute(select(timer).where(timer.c.element == "co_cutoff")).one()
    tree.clock.advance_to(from_stamp(due.due_at))
    tree.stage.do(AdvanceInstance(instance=due.instance))


def workers(copies: Copies, office: Again) -> dict[str, Callable[[], object]]:
    """One worker for each of the two operations."""
    one, two = copies.told
    return {name: partial(office.door.execute, RunOperation(operation=each), SYSTEM, key=name) for name, each in (("one", one), ("two", two))}


def told(office: Again, message: str) -> int:
    return office.count(inbox, inbox.c.name == message)


def lines(office: Again) -> list[Any]:
    """The lines of the list of the office in the middle, those that count a report first."""
    query = select(expected_report).join(consolidation, consolidation.c.id == expected_report.c.consolidation)
    query = query.where(consolidation.c.organisation == office.unit("tinh"))
    with office.database.reading() as connection:
        return list(connection.execute(query.order_by(expected_report.c.report.is_(None), expected_report.c.organisation)))


def completes(office: Again, actors: dict[str, Actor]) -> None:
    assert [actor.outcome()[0] for actor in actors.values()] == ["done", "done"]
    assert [line.status for line in lines(office)] == ["accepted", "accepted"]
    assert told(office, COMPLETE) == 1


def test_of_two_that_are_accepted_at_once_the_last_one_completes_the_list(prepare: Callable[..., Copies]) -> None:
    copies = prepare(two_accepted)
    in_every_order(copies, partial(workers, copies), completes)


def accepted_in_time_or_after(office: Again, actors: dict[str, Actor]) -> None:
    assert [actor.outcome()[0] for actor in actors.values()] == ["done", "done"]
    accepted, other = lines(office)
    assert (accepted.status, accepted.after_cutoff) in {("accepted", None), ("missing", "accepted")}
    assert (other.status, other.after_cutoff) == ("missing", "submitted")
    with office.database.reading() as connection:
        kept = connection.execute(select(consolidation_revision.c.expected)).scalar_one()
        assert connection.execute(select(consolidation.c.status)).scalar_one() == "merging"
    counted_in_time = f'"status": "accepted", "late": {accepted.late}' in kept
    assert counted_in_time == (accepted.status == "accepted"), kept


def test_what_is_accepted_at_the_cutoff_is_counted_or_comes_after_it(prepare: Callable[..., Copies]) -> None:
    copies = prepare(one_accepted_at_the_cutoff)
    in_every_order(copies, partial(workers, copies), accepted_in_time_or_after)


def handed_in_in_time_or_after(office: Again, actors: dict[str, Actor]) -> None:
    assert [actor.outcome()[0] for actor in actors.values()] == ["done", "done"]
    assert sorted((line.status, line.after_cutoff or "") for line in lines(office)) == [("missing", ""), ("missing", "submitted")]
    assert told(office, MISSING) == 1


def test_what_is_handed_in_at_the_cutoff_is_in_time_or_after_it_never_neither(prepare: Callable[..., Copies]) -> None:
    copies = prepare(one_handed_in_at_the_cutoff)
    in_every_order(copies, partial(workers, copies), handed_in_in_time_or_after)


def urging_ends(office: Again, actors: dict[str, Actor]) -> None:
    assert [actor.outcome()[0] for actor in actors.values()] == ["done", "done"]
    assert [line.after_cutoff for line in lines(office)] == ["submitted", "submitted"]
    assert told(office, ALL_IN) == 1


def test_when_the_last_two_hand_in_at_once_the_urging_ends(prepare: Callable[..., Copies]) -> None:
    copies = prepare(two_handed_in_after_the_cutoff)
    with copies.fresh() as office:
        assert office.count(subscription, subscription.c.message == ALL_IN) == 1
        assert office.count(instance) > 0
    in_every_order(copies, partial(workers, copies), urging_ends)
