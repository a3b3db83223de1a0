"""What the check makes of keys: a renewal that the history itself announces, one that was lost, a stolen old one, and records from before there were keys."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, update

from engine.audit.verification import INTACT, UNCHECKED, Verification, examine
from engine.history import trust
from engine.history.evidence import brought
from engine.history.finding import SIGNATURES
from engine.history.log import columns_of, leaf_hash
from engine.history.record import ACCESS_LOG, LOG, opened, sealed_bytes
from engine.history.signing import message
from engine.history.trust import Trust
from engine.storage import UnitOfWork, keys
from engine.storage.schema import history_head, history_record
from tests.history.sealing import Installation
from tests.history.test_signing import renew


def checked(installation: Installation, trusted: Trust) -> Verification:
    with installation.database.reading() as connection:
        return examine(connection, brought(trust=trusted, checkpoints=[], mirrors=[]))


def test_whoever_trusts_the_first_key_needs_no_other(installation: Installation) -> None:
    first = trust.own_trust()
    installation.grow(2)
    installation.grow(2, log=ACCESS_LOG)
    for _ in range(2):
        renew(installation)
        installation.grow(2)
        installation.grow(1, log=ACCESS_LOG)
    found = checked(installation, first)
    assert (found.result, found.findings, found.missing) == (INTACT, [], [])


def test_the_published_file_holds_through_all_periods(small_installation: Installation) -> None:
    small_installation.grow(2)
    renew(small_installation)
    small_installation.pass_by(5)
    small_installation.grow(2)
    assert checked(small_installation, trust.own_trust()).result == INTACT


def test_a_key_that_was_replaced_because_it_was_lost_has_to_be_told(small_installation: Installation) -> None:
    first = trust.own_trust()
    small_installation.grow(2)
    (small_installation.home / "keys" / "signing.pem").unlink()
    new = renew(small_installation, lost=True)
    small_installation.grow(2)
    found = checked(small_installation, first)
    assert (found.result, found.findings) == (UNCHECKED, [])
    assert found.missing == [f"chidao/log1 records 3 to 5: Expected the key {new.key_id} in the trust file, but it is not there. Get the trust file that was published."]
    assert checked(small_installation, trust.own_trust()).result == INTACT


def test_an_old_key_that_was_stolen_signs_nothing_any_more(small_installation: Installation) -> None:
    small_installation.grow(2)
    stolen = keys.signing_key()
    first = trust.own_trust()
    new = renew(small_installation)
    small_installation.grow(1)
    append(small_installation, stolen, key_id=str(small_installation.records()[0].key_id))
    for trusted in (first, trust.own_trust()):
        found = checked(small_installation, trusted).findings
        assert [(each.level, each.record, each.field, each.expected) for each in found] == [(SIGNATURES, 5, "key", new.key_id)]


def append(installation: Installation, key: Ed25519PrivateKey, *, key_id: str) -> None:
    """Append a record that hangs together, signed with any key."""
    last = installation.records()[-1]
    body = {**opened(last.body), "seq": last.seq + 1, "prev": last.record_hash, "streams": [], "key": key_id}
    content = sealed_bytes(body)
    record_hash = leaf_hash(content)
    with UnitOfWork(installation.database) as unit:
        row = {"body": content, "record_hash": record_hash, "signature": key.sign(message(record_hash)), **columns_of(body)}
        unit.connection.execute(insert(history_record).values(**row))
        unit.connection.execute(update(history_head).where(history_head.c.log == LOG).values(seq=last.seq + 1, record_hash=record_hash))
        unit.commit()


def test_records_from_before_there_were_keys_are_proved_by_those_that_follow(small_installation: Installation) -> None:
    aside = small_installation.home / "aside.pem"
    place = small_installation.home / "keys" / "signing.pem"
    place.rename(aside)
    small_installation.grow(2)
    aside.rename(place)
    before = checked(small_installation, trust.own_trust())
    assert before.result == UNCHECKED
    assert "chidao/log1 records 1 to 2: Expected signatures, but found none" in before.missing[0]
    small_installation.grow(1)
    assert checked(small_installation, trust.own_trust()).result == INTACT


def test_records_whose_signatures_were_all_taken_away_are_not_from_before_there_were_keys(installation: Installation) -> None:
    installation.grow(3)
    with UnitOfWork(installation.database) as unit:
        unit.connection.execute(update(history_record).values(signature=None))
        found = examine(unit.connection, brought(trust=trust.own_trust(), checkpoints=[], mirrors=[])).findings
    assert [(each.level, each.record, each.until, each.field) for each in found] == [(SIGNATURES, 1, 3, "signature")]
