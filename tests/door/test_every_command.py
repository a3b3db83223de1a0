"""What every kind of command, present and future, owes the history: one transaction, one record at least, the reason, a denial told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, fields
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine.access.authorise import Standing
from engine.directives.receive import ReceiveDocument
from engine.history.owed import OWES_A_REASON, SILENT
from engine.history.record import Fact, Subject
from engine.history.record import opened as opened_record
from engine.history.transaction import Transaction
from engine.instances.commands import ClaimTask, ReleaseTask
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.errors import Denied, EngineError
from engine.storage import Database, UnitOfWork
from engine.storage.schema import dispatch, draft, history_record, metadata, setting, user_task
from engine.storage.told import TOLD
from tests.architecture.rules import product
from tests.directives.ward import Ward
from tests.door.every_command import FOR_ONESELF, STRANGER, furnish, kinds, made, things
from tests.door.office import START, Office
from tests.door.watch import Watch, wrong_with
from tests.states import write_to_the_ward
from tests.templates import Templates, opened

HISTORY = {"history_record", "history_stream", "history_head", "stream_head", "checkpoint"}


@pytest.fixture(scope="module")
def ward(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    """A ward at work with somebody who may do nothing there: what is denied changes nothing, so that all share it."""
    with templates.copy("sqlite", "ward", write_to_the_ward, tmp_path_factory.mktemp("every_command")) as url:
        for database in opened(url):
            found = Ward(Office(database))
            furnish(found)
            yield found


def records(database: Database, *, after: int = 0) -> list[dict[str, Any]]:
    query = select(history_record.c.body).where(history_record.c.seq > after, history_record.c.log == "chidao/log1").order_by(history_record.c.seq)
    with database.reading() as connection:
        return [opened_record(body) for body in connection.execute(query).scalars()]


def everything(database: Database) -> dict[str, list[Any]]:
    """Return every row of every table but the history's."""
    with database.reading() as connection:
        return {table.name: sorted(map(str, connection.execute(select(table)))) for table in metadata.sorted_tables if table.name not in HISTORY}


@contextmanager
def commits() -> Iterator[list[object]]:
    """Note every commit while the block runs: the product has one (tests/architecture), and what is only read commits nothing."""
    noted: list[object] = []
    commit = UnitOfWork.commit

    def note(unit: UnitOfWork) -> None:
        commit(unit)
        noted.append(unit)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(UnitOfWork, "commit", note)
        yield noted


def what_a_denial_left(ward: Ward, command: Any) -> str:
    """Return what is wrong with what a denied command leaves; nothing when it leaves its one record."""
    database = ward.office.database
    before, last = everything(database), records(database)[-1]["seq"]
    with commits() as committed, pytest.raises(EngineError) as denied:
        ward.office.do(command, Actor.person(STRANGER, method="test"))
    if not isinstance(denied.value, Denied):
        return f"it was not denied: {denied.value.message}"
    found = records(database, after=last)
    told = [(each["outcome"], each["code"], each["state"], each["actor"]["id"], each["reason"]) for each in found]
    expected: list[Any] = [("denied", "denied", [], STRANGER, {"code": "denied", "text": denied.value.message})]
    if told != expected:
        return f"the records {told}"
    return "" if len(committed) == 1 and everything(database) == before else f"{len(committed)} commits, or a changed row"


def test_every_kind_of_command_that_is_denied_leaves_one_record_and_nothing_else(ward: Ward) -> None:
    known, tried = things(ward), {name: kind for name, kind in kinds(ward).items() if name not in FOR_ONESELF}
    wrong = {name: said for name, kind in tried.items() if (said := what_a_denial_left(ward, made(kind, known)))}
    assert wrong == {}
    assert len(tried) > 80


def test_what_everybody_may_do_is_about_oneself_alone(ward: Ward) -> None:
    of_others = {"organisation", "directive", "assignment", "instance", "person", "login"}
    for name in FOR_ONESELF:
        assert not {field.name for field in fields(kinds(ward)[name]) if field.default is MISSING} & of_others, name


def test_a_command_is_one_transaction_and_its_records_tell_who_why_and_by_which_right(ward_database: Database) -> None:
    office = Ward(Office(ward_database)).office
    with ward_database.reading() as connection:
        theirs = select(user_task.c.id).where(user_task.c.status == "open", user_task.c.organisation == office.unit("phuong"))
        task, who = str(connection.execute(theirs.limit(1)).scalar_one()), office.actor("bi.thu")
    for command in (ClaimTask(task=task), ReleaseTask(task=task, reason="Đi công tác."), office.letter(number=99)):
        last = records(ward_database)[-1]["seq"]
        with commits() as committed:
            office.do(command, office.actor("van.thu") if isinstance(command, ReceiveDocument) else who, key=f"once:{last}")
        found = records(ward_database, after=last)
        assert len(committed) == 1
        assert found
        assert {each["command"] for each in found} == {f"once:{last}"}
        assert all(each["actor"]["type"] == "person" and each["actor"]["post"] and each["actor"]["unit"] and each["policy"] for each in found)


@pytest.mark.parametrize("played", ["sqlite"], indirect=True)
@pytest.mark.parametrize("scenario", ["report_two_superiors", "recall_cascade"])
def test_every_record_of_a_cascade_says_who_and_by_which_right_and_those_of_a_command_stand_together(scenario: str, played: Callable[[str], Database]) -> None:
    told = records(played(scenario))
    assert all(each["actor"]["id"] and each["policy"] and each["auth"] and each["command"] for each in told)
    assert all(each["actor"]["name"] for each in told if each["actor"]["type"] == "person")
    assert all(each["reason"]["text"] for each in told if each["action"] in OWES_A_REASON)
    order = [command for command, _ in groupby(each["command"] for each in told)]
    assert len(order) == len(set(order))


# --- what the door enforces of every handler ----------------------------------------------------------------------


def forgetful(ward: Ward, *facts: Fact, write: Any = None) -> None:
    """Commit a transaction that has written something, with only these facts."""
    with UnitOfWork(ward.office.database) as unit:
        transaction = Transaction(connection=unit.connection, now=START, actor=SYSTEM)
        if write is not None:
            unit.connection.execute(write)
        for fact in facts:
            transaction.record(fact)
        transaction.told()


def test_a_change_without_a_record_is_not_committed(ward: Ward) -> None:
    with pytest.raises(RuntimeError, match=r"Expected a record of what was done to setting, but the command has told nothing\. Record a fact\."):
        forgetful(ward, write=insert(setting).values(key="x", value="1"))


def test_a_change_that_is_nobodys_business_needs_no_record(ward: Ward) -> None:
    forgetful(ward, write=insert(draft).values(place="x", person=STRANGER, data="{}", saved_at="x"))


def test_a_change_that_found_nothing_to_change_needs_no_record(ward: Ward) -> None:
    forgetful(ward, write=update(setting).where(setting.c.key == "nowhere").values(value="2"))
    forgetful(ward, write=update(dispatch).where(dispatch.c.id == "nowhere").values(status="06"))


@pytest.mark.parametrize("action", sorted(OWES_A_REASON))
def test_what_owes_a_reason_is_not_committed_without_one(action: str, ward: Ward) -> None:
    about = Subject(type="task", id="x")
    for reason in (None, {"code": "decided", "text": "  "}):
        with pytest.raises(RuntimeError, match=f"Expected the reason with the record {action}"):
            forgetful(ward, Fact(action=action, subject=about, reason=reason))
    forgetful(ward, Fact(action=action, subject=about, reason={"code": "decided", "text": "Theo chỉ đạo."}))
    forgetful(ward, Fact(action=action, subject=about, outcome="refused"))


def test_every_action_that_owes_a_reason_is_recorded_somewhere() -> None:
    written = "\n".join(module.source for module in product() if module.path != "engine/history/owed.py")
    composed = ("report.", "milestone.", "effect.", "assignment.due_", "obligation.due_", "milestone.due_")  # f"report.{verdict}"
    assert [action for action in sorted(OWES_A_REASON) if f'"{action}"' not in written and not action.startswith(composed)] == []


def test_every_silent_table_is_there_and_none_is_told() -> None:
    assert SILENT.keys() <= metadata.tables.keys()
    assert not SILENT.keys() & TOLD.keys()


def test_only_the_door_writes_commands() -> None:
    """What else writes begins no command: looks and refusals, the schema, what workers tell each other, checkpoints, keys."""
    opens = {module.path for module in product() if "with UnitOfWork(" in module.source and not module.path.startswith(("engine/bench/", "engine/storage/"))}
    others = {"engine/access/looks.py", "engine/access/refusals.py", "engine/bootstrap.py", "engine/commands/keys.py"}
    assert opens <= {"engine/door.py", *others, "engine/execution/checkpoints.py", "engine/execution/presence.py", "engine/execution/waking.py"}


# --- what is seen of every command that any test does (tests/door/watch.py) -----------------------------------------


def test_a_command_in_two_transactions_without_its_actor_or_without_a_right_is_noticed(ward: Ward) -> None:
    with UnitOfWork(ward.office.database) as unit:
        transaction = Transaction(connection=unit.connection, now=START, actor=SYSTEM)
    transaction.record(Fact(action="task.claimed", subject=Subject(type="task", id="x")))
    command, clerk = ClaimTask(task="x"), ward.office.actor("van.thu")
    whole = {"type": "person", "id": clerk.id, "name": "Lê Thị Lan", "post": "p", "unit": "u"}

    def said(*, commits: int = 1, policy: str = "task.claim:clerk:own", key: str = "k", **who: Any) -> str:
        seen = Watch()
        seen.commits, seen.sealed = commits, [(transaction, Standing(policy=policy, actor={**whole, **who}), key)]
        return wrong_with(command, clerk, "k", seen)

    assert said() == ""
    assert said(policy="session.end:anybody:self", post=None, unit=None) == ""
    for wrong in (said(commits=2), said(commits=0), said(key="another"), said(id="somebody else"), said(policy=""), said(post=None), said(unit=None), said(name=None)):
        assert wrong.startswith("ClaimTask: ")
    assert wrong_with(command, clerk, "k", Watch()) == ""


def test_every_kind_of_command_is_done_by_some_test_and_so_watched(ward: Ward) -> None:
    by_workers = {"AdvanceInstance", "ClaimEffects", "KeepTexts", "OpenPeriods", "RecordDelivery", "RunOperation", "StartInstance"}  # sent while a test drains what is due
    here = Path(__file__)
    tests = "\n".join(each.read_text("utf-8") for each in here.parents[1].rglob("*.py") if each != here)
    pages = "\n".join(module.source for module in product() if module.path.startswith(("web/", "engine/commands/", "engine/execution/")))  # sent by what a test opens or runs
    nowhere = [name for name in kinds(ward) if name not in by_workers and f"{name}(" not in tests and f"{name}(" not in pages]
    assert nowhere == []
