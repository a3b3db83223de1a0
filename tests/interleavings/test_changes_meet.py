"""A directive is recalled, replaced or amended while somebody works on it: whatever the order, the work ends or goes on whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from engine.execution.poller import Poller
from engine.instances.commands import CompleteUserTask
from engine.kernel.clock import SimulatedClock
from engine.storage import Database
from engine.storage.schema import assignment, change_answer, directive, dispatch, incident, instance, obligation, user_task
from tests.directives.ward import Ward
from tests.door.office import START, Office
from tests.interleavings.copies import Again, Copies
from tests.interleavings.play import in_some_orders
from tests.interleavings.schedule import Actor
from tests.processes.walk import filled

AMEND = {"items": [{"item_no": "1", "due_date": "2024-04-26"}]}
AMENDED = {"kind": "amend", "amend": AMEND}
SEEDS = range(3)


def asked(database: Database, **form: Any) -> tuple[Any, Any]:
    """The office below has work to do on the letter, and has been asked for a change of it."""
    ward = Ward(Office(database))
    ward.start("directive_change", "btg")
    ward.fill("change_request", "btg", **form)
    ward.fill("approve_sign", "btg")
    ward.fill("send_change", "btg")
    ward.fill("see_change", "phuong")
    return {form: ward.office.task(form, "phuong").id for form in ("execute_update", "change_answer")}, lambda: SimulatedClock(START)


def cast(copies: Copies, office: Again) -> dict[str, Callable[[], object]]:
    """One hands in what was done, the other agrees to the change; each has a worker behind it."""
    person = office.actor("bi.thu")

    def hand_in(form: str, **data: Any) -> None:
        office.door.execute(CompleteUserTask(task=copies.told[form], data=filled(form) | data), person, key=form)
        Poller(office.door).drain()

    return {
        "works": partial(hand_in, "execute_update", status="in_progress"),
        "agrees": partial(hand_in, "change_answer"),
        "worker": lambda: Poller(office.door).drain(),
    }


def row(office: Again, table: Any, **where: Any) -> Any:
    with office.database.reading() as connection:
        return connection.execute(select(table).filter_by(**where)).one()


def no_fault(office: Again, actors: dict[str, Actor]) -> None:
    office.drain()
    assert actors["agrees"].outcome()[0] == "done"
    assert actors["worker"].outcome()[0] == "done"
    assert office.count(incident) == 0
    assert row(office, change_answer).status == "agreed"
    assert office.drain() == 0


def recalled(office: Again, actors: dict[str, Actor]) -> None:
    no_fault(office, actors)
    code, sentence = actors["works"].outcome()
    assert code == "done" or ("370-CV/BTGTU was re" in sentence and "by Ban Tuyên giáo Tỉnh ủy Mường Sương at 08:00" in sentence)
    assert (row(office, dispatch).status, row(office, obligation).status, row(office, assignment).status) == ("15", "closed", "withdrawn")
    about = select(instance.c.id).join(user_task, user_task.c.instance == instance.c.id).where(user_task.c.element == "ex_update", instance.c.status != "ended")
    with office.database.reading() as connection:
        assert connection.execute(about).all() == [], "the case has ended"


def amended(office: Again, actors: dict[str, Actor]) -> None:
    no_fault(office, actors)
    code, sentence = actors["works"].outcome()
    assert code == "done" or "the last day of the assignment was changed to 2024-04-26 at 08:00" in sentence
    work = row(office, assignment)
    assert (work.due_at, work.original_due) == ("2024-04-26", "2024-04-19")
    assert work.status == ("in_progress" if code == "done" else "assigned")
    assert office.count(user_task, user_task.c.element == "ex_update", user_task.c.status == "open") == 1


@pytest.mark.parametrize(
    ("form", "check", "status"),
    [({}, recalled, "recalled"), (AMENDED, amended, "issued")],
    ids=["recall", "amend"],
)
def test_a_change_and_the_work_at_once(
    prepare: Callable[..., Copies], form: dict[str, Any], check: Callable[[Again, dict[str, Actor]], None], status: str
) -> None:
    copies = prepare(partial(asked, **form))
    in_some_orders(copies, partial(cast, copies), check, seeds=SEEDS)
    with copies.fresh() as office:
        assert json.loads(row(office, change_answer).diff or "[]") == []
        assert office.count(directive, directive.c.status == status) == 1
