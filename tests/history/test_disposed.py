"""Records that were disposed of stay under their signatures, checkpoints and mirrors; what looks like it and is not is named."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, update

from engine.audit.verification import INTACT, TAMPERED, Verification, examine
from engine.history import trust
from engine.history.disposed import DISPOSED, RECORDS
from engine.history.evidence import brought
from engine.history.finding import BYTES, CHECKPOINTS, MIRROR, SIGNATURES
from engine.history.log import append_all, columns_of
from engine.history.record import LOG, Change, Fact, Subject, opened
from engine.history.series import begin_anew
from engine.history.stub import is_stub, stub_of
from engine.retention.removal import _Bodies
from engine.storage import UnitOfWork
from engine.storage.schema import history_record
from tests.history.sealing import Installation, by_lan

NAME = "disposal-1"


def dispose(installation: Installation, name: str = NAME) -> None:
    """Leave stubs of all records of the stream `all`, under a record of the disposal."""
    with UnitOfWork(installation.database) as unit:
        gone = _Bodies().withhold(unit.connection, LOG, "all", name, frozenset({"all"}))
        assert gone is not None
        fact = Fact(action=DISPOSED, subject=Subject(type="disposal", id=name), changes=(Change(field=RECORDS, new=[gone.told()]),), reason={"code": "disposal", "text": "x"})
        append_all(unit.connection, [(fact, by_lan(installation.clock.now()))], [f"id-{name}"])
        unit.commit()


def checked(installation: Installation, *, since: int = 0) -> Verification:
    folders = [each.folder for each in installation.places]
    evidence = brought(trust=trust.own_trust(), checkpoints=folders, mirrors=folders)
    with installation.database.reading() as connection:
        return examine(connection, evidence, since={LOG: since})


def grown(installation: Installation) -> Installation:
    """Seven records under a checkpoint, and one in between that stays: it belongs to nothing that goes."""
    installation.grow(3)
    with UnitOfWork(installation.database) as unit:
        append_all(unit.connection, [(Fact(action="account.opened", subject=Subject(type="account", id="lan")), by_lan(installation.clock.now()))], ["id-stays"])
        unit.commit()
    installation.grow(3)
    installation.maker().look(now=True)
    return installation


def test_signatures_checkpoints_and_mirrors_hold_over_stubs(installation: Installation) -> None:
    dispose(grown(installation))
    installation.grow(2)
    installation.maker().look(now=True)  # a maker that has just begun grows the tree over the stubs
    found = checked(installation)
    assert (found.result, found.findings, found.missing) == (INTACT, [], [])
    assert {SIGNATURES, CHECKPOINTS, MIRROR} <= set(found.levels)
    [told] = found.disposed
    assert (told.spans, told.count) == (((1, 3), (5, 7)), 6)
    assert "records 1-3,5-7 (6): disposed under record" in told.sentence()
    later = checked(installation, since=found.logs[0].good or 0)
    assert (later.result, later.findings) == (INTACT, [])


def test_a_check_that_begins_behind_a_stub_begins_with_its_hash(small_installation: Installation) -> None:
    small_installation.grow(5)
    small_installation.maker().look(now=True)  # a checkpoint that ends with a record that goes
    small_installation.grow(2)
    dispose(small_installation)
    found = checked(small_installation, since=5)
    assert (found.result, found.findings, found.logs[0].since) == (INTACT, [], 5)


def test_what_stood_in_a_log_before_a_restore_is_disposed_of_under_the_one_after_it(small_installation: Installation) -> None:
    grown(small_installation)
    with UnitOfWork(small_installation.database) as unit:
        begin_anew(unit.connection, [])
        unit.commit()
    dispose(small_installation)
    found = checked(small_installation)
    assert (found.result, found.findings) == (INTACT, [])
    [told] = found.disposed
    assert (told.log, told.by_log, told.by, told.count) == (LOG, "chidao/log2", 1, 6)


def by_hand(installation: Installation, seq: int, content: bytes, **columns: Any) -> None:
    with UnitOfWork(installation.database) as unit:
        one = update(history_record).where(history_record.c.log == LOG, history_record.c.seq == seq)
        told = {name: columns_of(opened(content))[name] for name in ("actor", "subject_type", "subject", "instance")}
        unit.connection.execute(one.values(body=content, **told, **columns))
        unit.commit()


def test_a_stub_without_a_disposal_is_named(small_installation: Installation) -> None:
    record = grown(small_installation).records()[4]
    by_hand(small_installation, 5, stub_of(opened(record.body), "never"))
    found = checked(small_installation)
    assert found.result == TAMPERED
    assert [(each.level, each.record, each.found) for each in found.findings] == [(BYTES, 5, "a stub of the disposal never")]


def test_a_stub_more_than_the_disposal_tells_is_named(small_installation: Installation) -> None:
    record = grown(small_installation).records()[3]
    dispose(small_installation)
    by_hand(small_installation, 4, stub_of(opened(record.body), NAME))
    found = checked(small_installation)
    assert found.result == TAMPERED
    assert (BYTES, 4, "body") in {(each.level, each.record, each.field) for each in found.findings}


def test_a_stub_that_was_changed_is_named(small_installation: Installation) -> None:
    dispose(grown(small_installation))
    sealed = opened(small_installation.records()[1].body)
    by_hand(small_installation, 2, stub_of({**sealed, "action": "task.released"}, NAME), action="task.released")
    found = checked(small_installation)
    assert found.result == TAMPERED
    assert any(each.field == "stub" for each in found.findings)


def test_a_hash_beside_a_stub_that_was_changed_is_named(small_installation: Installation) -> None:
    dispose(grown(small_installation))
    for wrong in ("0" * 64, "no hash"):
        by_hand(small_installation, 2, small_installation.records()[1].body, record_hash=wrong)
        found = checked(small_installation)
        assert found.result == TAMPERED
        assert 2 in {each.record for each in found.findings}


def test_stubs_whose_disposal_was_deleted_are_named(small_installation: Installation) -> None:
    dispose(grown(small_installation))
    with UnitOfWork(small_installation.database) as unit:
        unit.connection.execute(delete(history_record).where(history_record.c.action == DISPOSED))
        unit.commit()
    found = checked(small_installation)
    assert found.result == TAMPERED
    assert {1, 5} <= {each.record for each in found.findings if each.field == "body"}


@pytest.mark.parametrize("content", [b'{"disposed":', b'{"disposed":"x"}', b'{"disposed":7,"action":[]}'])
def test_what_only_begins_like_a_stub_is_no_record(small_installation: Installation, content: bytes) -> None:
    grown(small_installation)
    assert is_stub(content)
    with UnitOfWork(small_installation.database) as unit:
        unit.connection.execute(update(history_record).where(history_record.c.seq == 2, history_record.c.log == LOG).values(body=content))
        unit.commit()
    found = checked(small_installation)
    assert found.result == TAMPERED
    assert (BYTES, 2, "body") in {(each.level, each.record, each.field) for each in found.findings}
    assert found.logs[0].records == 8  # with that of the checkpoint
