"""Each record carries a signature by a key that is not in the database; a new key is announced under the old one."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from engine.history import trust
from engine.history.key_periods import begin_period
from engine.history.note import Verifier
from engine.history.record import ACCESS_LOG, LOG, opened
from engine.history.signing import RECORDS, is_signed, message
from engine.history.trust import Trust, introduced, trust_of
from engine.kernel.errors import InvalidInput, Refused
from engine.storage import UnitOfWork, keys
from engine.storage.schema import history_head
from tests.history.sealing import Installation


def renew(installation: Installation, *, reason: str = "a quarter is over", lost: bool = False) -> Verifier:
    with UnitOfWork(installation.database) as unit:
        period = begin_period(unit.connection, reason=reason, now=installation.clock.now(), lost=lost)
        unit.commit()
    keys.take_next()
    trust.publish_renewal(period.old, period.new, period.at)
    return period.new


def signers(installation: Installation, log: str = LOG) -> list[str | None]:
    """The id of the key under each record, of which every signature was checked; None under one that has none."""
    known = trust.own_trust().records
    for row in installation.records(log):
        assert opened(row.body)["key"] == row.key_id
        assert (row.signature is None) == (row.key_id is None)
        assert row.key_id is None or is_signed(row.record_hash, bytes(row.signature), known[row.key_id].verifier)
    return [row.key_id for row in installation.records(log)]


def present() -> str:
    return Verifier(name=RECORDS, public=keys.signing_key().public_key().public_bytes_raw()).key_id


def test_every_record_of_both_logs_is_signed(installation: Installation) -> None:
    installation.grow(3)
    installation.grow(2, log=ACCESS_LOG)
    assert signers(installation) == 3 * [present()]
    assert signers(installation, ACCESS_LOG) == 2 * [present()]


def test_what_is_signed_is_the_hash_with_a_word_of_its_own_before_it(small_installation: Installation) -> None:
    small_installation.grow(1)
    [row] = small_installation.records()
    assert message(row.record_hash) == b"chidao/record/v1\n" + row.record_hash.encode() + b"\n"
    by = trust.own_trust().records[row.key_id].verifier
    assert not by.verify(row.record_hash.encode(), bytes(row.signature))


def test_without_keys_nothing_is_signed_and_from_the_first_key_on_everything_is(small_installation: Installation) -> None:
    (small_installation.home / "keys" / "signing.pem").rename(small_installation.home / "aside.pem")
    small_installation.grow(2)
    (small_installation.home / "aside.pem").rename(small_installation.home / "keys" / "signing.pem")
    small_installation.grow(1)
    assert signers(small_installation) == [None, None, present()]


def test_nothing_is_appended_without_the_key_of_the_period(small_installation: Installation) -> None:
    small_installation.grow(1)
    (small_installation.home / "keys" / "signing.pem").unlink()
    with pytest.raises(InvalidInput, match=f"Expected the key .+ in {small_installation.home}/keys, with which the history is signed"):
        small_installation.grow(1)
    assert len(small_installation.records()) == 1


def test_another_key_in_the_file_is_not_taken_for_that_of_the_period(small_installation: Installation) -> None:
    small_installation.grow(1)
    place = small_installation.home / "keys" / "signing.pem"
    place.unlink()
    keys.write_new(place, keys._pem(Ed25519PrivateKey.generate()))
    with pytest.raises(InvalidInput, match="bring it back from your copy"):
        small_installation.grow(1)


def test_a_renewal_is_announced_under_the_old_key_and_holds_from_the_next_record_on(installation: Installation) -> None:
    installation.grow(2)
    installation.grow(1, log=ACCESS_LOG)
    old = present()
    new = renew(installation)
    installation.grow(1)
    installation.grow(1, log=ACCESS_LOG)
    assert signers(installation) == [old, old, old, new.key_id]
    assert signers(installation, ACCESS_LOG) == [old, new.key_id]
    sealed = opened(installation.records()[2].body)
    assert (sealed["action"], sealed["reason"]["text"]) == ("key.renewed", "a quarter is over")
    found = introduced(sealed)
    assert found is not None
    assert (found.verifier, found.since) == (new, sealed["recorded_at"])


def test_the_old_key_is_gone_after_a_renewal(small_installation: Installation) -> None:
    small_installation.grow(1)
    folder = small_installation.home / "keys"
    old = (folder / "signing.pem").read_bytes()
    renew(small_installation)
    assert all(each.read_bytes() != old for each in folder.iterdir())
    assert not (folder / "signing.next.pem").exists()
    assert keys.public_key(keys.PUBLIC_KEY) == keys.signing_key().public_key().public_bytes_raw()


def test_a_machine_that_stops_between_the_record_and_the_files_goes_on_with_the_new_key(small_installation: Installation) -> None:
    small_installation.grow(1)
    with UnitOfWork(small_installation.database) as unit:
        first = begin_period(unit.connection, reason="a quarter is over", now=small_installation.clock.now())
        unit.commit()
    small_installation.grow(1)
    again = renew(small_installation)
    assert again == first.new
    small_installation.grow(1)
    assert [opened(row.body)["action"] for row in small_installation.records()].count("key.renewed") == 1
    assert [row.key_id for row in small_installation.records()][2:] == 2 * [again.key_id]


def test_a_renewal_that_is_rolled_back_leaves_the_old_key_at_work(small_installation: Installation) -> None:
    small_installation.grow(1)
    with UnitOfWork(small_installation.database) as unit:
        begin_period(unit.connection, reason="a quarter is over", now=small_installation.clock.now())
    small_installation.grow(1)
    assert signers(small_installation) == 2 * [present()]


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_renewal_wants_a_reason(small_installation: Installation, reason: str) -> None:
    with pytest.raises(Refused, match="Expected a reason for a new key"):
        renew(small_installation, reason=reason)


def test_a_key_that_is_there_is_not_lost(small_installation: Installation) -> None:
    small_installation.grow(1)
    with pytest.raises(Refused, match="Expected the present key of the history to be gone"):
        renew(small_installation, lost=True)


def test_after_a_lost_key_the_new_one_signs_its_own_announcement(small_installation: Installation) -> None:
    small_installation.grow(1)
    (small_installation.home / "keys" / "signing.pem").unlink()
    with pytest.raises(InvalidInput, match="only when it is lost say"):
        renew(small_installation)
    new = renew(small_installation, lost=True)
    small_installation.grow(1)
    assert [row.key_id for row in small_installation.records()][1:] == 2 * [new.key_id]
    assert introduced(opened(small_installation.records()[1].body)) is None


def test_the_database_holds_no_private_key(small_installation: Installation) -> None:
    small_installation.grow(1)
    private = keys.signing_key().private_bytes_raw()
    with small_installation.database.reading() as connection:
        everything = connection.exec_driver_sql("SELECT group_concat(hex(body)) || group_concat(hex(signature)) FROM history_record").scalar_one()
        assert connection.execute(select(history_head.c.key_id)).scalar_one() == present()
    assert private.hex().upper() not in everything


# --- the trust file -----------------------------------------------------------------------------------------------


def test_the_trust_file_tells_the_periods(small_installation: Installation) -> None:
    small_installation.grow(1)
    old = present()
    new = renew(small_installation)
    found = trust.read_trust(small_installation.home / "keys" / "vkeys.txt")
    assert {key_id: (each.since is None, each.until is None) for key_id, each in found.records.items()} == {old: (True, False), new.key_id: (False, True)}
    assert found.records[old].until == found.records[new.key_id].since
    assert found.records[old].held_at("2020-01-01T00:00:00.000Z")
    assert not found.records[new.key_id].held_at("2020-01-01T00:00:00.000Z")
    assert len(found.checkpoints) == 1


def test_publishing_twice_changes_nothing(small_installation: Installation) -> None:
    before = trust.publish().read_bytes()
    assert trust.publish().read_bytes() == before
    assert trust_of(before.decode()) == trust.own_trust()




@pytest.mark.parametrize("line", ["records", "nobody {}", "records {} since", "records {} before 2026-04-01T01:00:00.000Z", "records {} since yesterday", "records {}x", "{}"])
def test_a_line_that_is_none_is_refused_by_its_number(small_installation: Installation, line: str) -> None:
    vkey = trust.own_trust().keys[0].verifier.vkey
    with pytest.raises(InvalidInput, match=r"in line 2 of the trust file|Copy the whole line again"):
        trust_of("# mine\n" + line.format(vkey) + "\n")


def test_a_key_that_stands_twice_is_refused(small_installation: Installation) -> None:
    line = trust.own_trust().keys[0].line()
    with pytest.raises(InvalidInput, match="Expected each key once"):
        trust_of(line + line)


def test_a_trust_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="Expected a trust file at"):
        trust.read_trust(tmp_path / "none")


def test_an_empty_file_trusts_nobody() -> None:
    assert trust_of("# nobody\n\n") == Trust(keys=())
