"""The tampering matrix (AUDIT.md 3 and 9): what somebody with every right in the database does, and what the check names."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import IntegrityError

from engine.audit.verification import INTACT, TAMPERED, UNCHECKED, examine
from engine.history.checkpoint import Checkpoint
from engine.history.evidence import brought
from engine.history.finding import BYTES, CHAIN, CHECKPOINTS, DOCUMENTS, MIRROR, SIGNATURES
from engine.history.note import Signer
from engine.history.record import ACCESS_LOG, LOG
from engine.history.signing import CHECKPOINTS as CHECKPOINT_NAME
from engine.history.signing import checkpoint_signer
from engine.history.verify import verify
from engine.storage import Database
from engine.storage.schema import checkpoint, document, history_head, history_record, history_stream, stream_head
from tests.history.attacker import DIGEST, RECORDS, SIZES, WITH_THE_LETTER, Sealed, sealed_log, with_reason
from tests.templates import EMPTY, KINDS, Templates

K = 17  # the record that is attacked
FEW = 5  # records of which every byte is flipped
OF_K = history_record.c.log == LOG, history_record.c.seq == K
COLUMNS = [column.name for column in history_record.columns if column.name not in {"log", "seq"}]


@pytest.fixture(scope="module", params=KINDS)
def sealed(request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    folder = tmp_path_factory.mktemp("sealed")
    with templates.copy(request.param, *EMPTY, folder) as url, pytest.MonkeyPatch.context() as patch:
        database = Database(url)
        yield sealed_log(database, folder, patch)
        database.dispose()


# --- nothing was done ---------------------------------------------------------------------------------------------


def test_what_nobody_touched_is_intact(sealed: Sealed) -> None:
    with sealed.database.reading() as connection:
        found = examine(connection, sealed.evidence())
    assert (found.result, found.findings, found.missing) == (INTACT, [], [])
    assert found.levels == [BYTES, CHAIN, SIGNATURES, CHECKPOINTS, MIRROR, DOCUMENTS]
    assert [(each.log, each.records, each.good) for each in found.logs] == [(LOG, RECORDS, SIZES[-1]), (ACCESS_LOG, 5, 5)]


# --- one field ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seq", [1, K, RECORDS])
@pytest.mark.parametrize("name", COLUMNS)
def test_a_changed_field_is_named_with_its_record(sealed: Sealed, name: str, seq: int) -> None:
    with sealed.attacked() as attack:
        stored = attack.rows()[seq - 1][name]
        attack.run(update(history_record).where(history_record.c.log == LOG, history_record.c.seq == seq).values({name: changed(stored)}))
        found = attack.checked().findings
    assert (found[0].record, found[0].field) == (seq, "body" if name == "record_hash" else name)
    assert all(each.record <= seq <= each.until for each in found)


def test_the_sentence_says_record_field_expected_and_found(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        attack.run(update(history_record).where(*OF_K).values(actor="minh"))
        [finding] = attack.checked().findings
    assert finding.sentence() == "chidao/log1 record 17, actor: expected lan, but found minh (level 1, bytes and columns; last good checkpoint: 10 records)"


def changed(stored: Any) -> Any:
    """Return what differs in one bit, or is there where nothing was."""
    if stored is None:
        return "x"
    if isinstance(stored, str):
        return chr(ord(stored[0]) ^ 1) + stored[1:]
    middle = len(stored) // 2
    return bytes(stored[:middle]) + bytes([stored[middle] ^ 1]) + bytes(stored[middle + 1 :])


@pytest.mark.parametrize("name", COLUMNS)
def test_a_field_that_is_emptied_is_named_where_the_database_lets_it(sealed: Sealed, name: str) -> None:
    with sealed.attacked() as attack:
        if attack.rows()[K - 1][name] is None:
            return
        try:
            attack.run(update(history_record).where(*OF_K).values({name: None}))
        except IntegrityError:
            assert not history_record.columns[name].nullable
            return
        assert (attack.first().record, attack.first().field) == (K, "body" if name == "record_hash" else name)


def test_letters_that_only_look_alike_are_named(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        attack.run(update(history_record).where(*OF_K).values(actor="l\N{CYRILLIC SMALL LETTER A}n"))
        assert attack.named() == [(BYTES, K, K, "actor")]


@pytest.mark.parametrize("value", ["'text'", "7", "NULL", "x'00'"])
@pytest.mark.parametrize("name", [*COLUMNS, "seq"])
def test_sqlite_may_hold_another_type_in_any_column_and_it_is_named(sealed: Sealed, name: str, value: str) -> None:
    if sealed.database.dialect != "sqlite":
        return  # which refuses it
    with sealed.attacked() as attack:
        before = attack.rows()[K - 1][name]
        try:
            attack.run(text(f"UPDATE history_record SET {name} = {value} WHERE log = '{LOG}' AND seq = {K}"))
        except IntegrityError:
            return
        same = before is None and value == "NULL"
        assert ({each.record for each in attack.checked().findings} >= {K}) is not same


# --- whole records ------------------------------------------------------------------------------------------------


def test_a_deleted_record_is_named(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        attack.run(delete(history_record).where(*OF_K))
        assert attack.first().sentence() == (
            "chidao/log1 record 17, seq: expected 17, but found 18 (level 2, chain, numbers, streams; last good checkpoint: 10 records)"
        )


def test_two_swapped_records_are_named(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        for old, new in ((K, 99), (K + 1, K), (99, K + 1)):
            attack.run(update(history_record).where(history_record.c.log == LOG, history_record.c.seq == old).values(seq=new))
        found = attack.checked().findings
    assert (found[0].record, found[0].field) == (K, "seq")
    assert {K, K + 1} <= {each.record for each in found}


def test_a_record_that_was_copied_behind_itself_is_named(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        shift(attack, behind=K)
        attack.run(insert(history_record).values(**{**attack.rows()[K - 1], "seq": K + 1}))
        assert (attack.first().record, attack.first().field) == (K + 1, "seq")


def test_a_record_that_was_put_in_is_named(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        shift(attack, behind=K)
        forged = {**attack.rows()[K - 1], "seq": K + 1, "body": b'{"forged":true}'}
        attack.run(insert(history_record).values(**forged))
        assert (attack.first().record, attack.first().field) == (K + 1, "body")


def shift(attack: Any, *, behind: int) -> None:
    """Make room for one record."""
    for seq in range(RECORDS, behind, -1):
        attack.run(update(history_record).where(history_record.c.log == LOG, history_record.c.seq == seq).values(seq=seq + 1))


# --- the whole log, written again so that it hangs together ---------------------------------------------------------


def test_a_log_that_is_written_again_hangs_together(sealed: Sealed) -> None:
    """The attack is a real one: what the database alone tells is not enough."""
    with sealed.attacked() as attack:
        bodies = attack.bodies()
        attack.rewrite([*bodies[: K - 1], with_reason(bodies[K - 1]), *bodies[K:]], key=sealed.signing)
        assert attack.checked(sealed.evidence(trust=False, checkpoints=False, mirror=False)).result == INTACT


def test_an_edited_record_is_named_by_its_signature(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        bodies = attack.bodies()
        attack.rewrite([*bodies[: K - 1], with_reason(bodies[K - 1]), *bodies[K:]])
        assert attack.named(evidence=sealed.evidence(checkpoints=False, mirror=False)) == [(SIGNATURES, K, RECORDS, "signature")]


def test_an_edited_record_is_named_by_the_mirror_and_bounded_by_the_checkpoints_even_when_the_key_was_stolen(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        bodies = attack.bodies()
        attack.rewrite([*bodies[: K - 1], with_reason(bodies[K - 1]), *bodies[K:]], key=sealed.signing)
        assert attack.named(evidence=sealed.evidence(mirror=False)) == [(CHECKPOINTS, 11, 20, "root")]
        assert attack.named(level=MIRROR) == [(MIRROR, K, SIZES[-1], "hash")]
        assert attack.first(mirror=False).sentence().startswith("chidao/log1 records 11 to 20, root: expected ")
        assert attack.first(mirror=False).checkpoint == 10


def test_a_record_that_was_taken_out_is_named_although_the_rest_hangs_together(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        bodies = attack.bodies()
        attack.rewrite([*bodies[: K - 1], *bodies[K:]], key=sealed.signing)
        assert attack.named(level=MIRROR) == [(MIRROR, K, SIZES[-1], "hash")]
        assert attack.named(evidence=sealed.evidence(mirror=False)) == [(CHECKPOINTS, 11, 20, "root")]


def test_a_record_that_was_put_in_is_named_although_the_rest_hangs_together(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        bodies = attack.bodies()
        attack.rewrite([*bodies[:K], with_reason(bodies[K - 1]), *bodies[K:]])
        assert attack.named(level=SIGNATURES) == [(SIGNATURES, K + 1, RECORDS + 1, "signature")]
        assert attack.named(level=MIRROR) == [(MIRROR, K + 1, SIZES[-1], "hash")]


def test_a_forged_last_record_is_named(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        bodies = attack.bodies()
        attack.rewrite([*bodies, with_reason(bodies[-1])], key=Ed25519PrivateKey.generate())
        assert attack.named() == [(SIGNATURES, RECORDS + 1, RECORDS + 1, "signature")]


def test_a_last_record_that_says_it_needs_no_signature_is_named(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        bodies = attack.bodies()
        attack.rewrite([*bodies, {**bodies[-1], "key": None}])
        attack.run(update(history_record).where(history_record.c.log == LOG, history_record.c.seq == RECORDS + 1).values(signature=None))
        assert attack.named() == [(SIGNATURES, RECORDS + 1, RECORDS + 1, "signature")]


def test_a_last_record_under_a_key_that_nobody_announced_is_named(sealed: Sealed) -> None:
    mine = Ed25519PrivateKey.generate()
    with sealed.attacked() as attack:
        bodies = attack.bodies()
        attack.rewrite([*bodies, {**bodies[-1], "key": "0badc0de"}], key=mine)
        assert attack.named() == [(SIGNATURES, RECORDS + 1, RECORDS + 1, "key")]


# --- the end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [*range(25, RECORDS), 10, 1, 0])
def test_a_cut_tail_is_told_by_the_checkpoints(sealed: Sealed, left: int) -> None:
    """The same is found when an older copy of the database was put in its place: it is a log that ends earlier."""
    with sealed.attacked() as attack:
        attack.rewrite(attack.bodies()[:left])
        found = [each for each in attack.checked().findings if each.log == LOG]
    if left >= SIZES[-1]:
        assert found == []  # what came after the last checkpoint: the window that receipts are for
        return
    told = next(each for each in found if each.field == "checkpoint")
    assert (told.record, told.until, told.expected, told.found) == (left + 1, 30, "30 records", f"{left} records")
    assert (told.checkpoint or 0) == max((size for size in SIZES if size <= left), default=0)
    assert [(each.record, each.until) for each in found if each.level == MIRROR] == [(left + 1, 30)]


def test_a_cut_tail_whose_heads_were_left_is_named_without_checkpoints(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        attack.run(delete(history_record).where(history_record.c.log == LOG, history_record.c.seq > K))
        assert ("head", K + 1) in {(each.field, each.record) for each in attack.checked(sealed.evidence(trust=False, checkpoints=False, mirror=False)).findings}


def test_a_log_that_is_gone_with_everything_is_missed(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        for table in (history_record, history_stream, history_head, stream_head):
            attack.run(delete(table))
        found = attack.checked()
    assert found.result == TAMPERED
    assert {(each.log, each.record, each.until) for each in found.findings if each.field == "checkpoint"} == {(LOG, 1, 30), (ACCESS_LOG, 1, 5)}


# --- what lies outside --------------------------------------------------------------------------------------------


@pytest.fixture
def archive(sealed: Sealed, tmp_path: Path) -> Path:
    """A copy of what lies outside, to be changed."""
    return Path(shutil.copytree(sealed.archive, tmp_path / "archive"))


def note(archive: Path, size: int) -> Path:
    return archive / LOG / "checkpoints" / f"{size:03d}"


def test_two_checkpoints_of_one_size_are_both_evidence(sealed: Sealed, archive: Path) -> None:
    signer = checkpoint_signer()
    assert signer is not None
    conflict = archive / LOG / "conflicts" / "20-other"
    conflict.parent.mkdir()
    conflict.write_text(Checkpoint(origin=LOG, size=20, root=bytes(32)).signed([signer]), "utf-8")
    with sealed.attacked() as attack:
        assert attack.named(evidence=brought(trust=sealed.trust, checkpoints=[archive], mirrors=[])) == [(CHECKPOINTS, 20, 20, "two checkpoints of one size")]


def test_a_note_that_was_changed_is_named(sealed: Sealed, archive: Path) -> None:
    place = note(archive, 20)
    place.write_text(place.read_text("utf-8").replace("\n20\n", "\n21\n"), "utf-8")
    with sealed.attacked() as attack:
        found = attack.checked(brought(trust=sealed.trust, checkpoints=[archive], mirrors=[]))
    assert found.result == TAMPERED
    assert str(place) in found.findings[0].sentence()


def test_a_mirror_that_was_changed_differs_at_the_record(sealed: Sealed, archive: Path) -> None:
    [tile] = [each for each in (archive / LOG / "tile").rglob("*") if each.is_file()]
    content = bytearray(tile.read_bytes())
    content[(K - 1) * 32] ^= 1
    tile.write_bytes(bytes(content))
    with sealed.attacked() as attack:
        assert attack.named(evidence=brought(trust=sealed.trust, checkpoints=[], mirrors=[archive])) == [(MIRROR, K, K, "hash")]


def test_a_tile_that_is_missing_is_never_called_intact(sealed: Sealed, archive: Path) -> None:
    shutil.rmtree(archive / LOG / "tile")
    with sealed.attacked() as attack:
        found = attack.checked(brought(trust=sealed.trust, checkpoints=[], mirrors=[archive]))
    assert found.result == UNCHECKED
    assert "Expected the hashes of the records 1 to 30 in the mirror" in found.missing[0]


def test_a_folder_or_a_file_that_is_missing_is_never_called_intact(sealed: Sealed, tmp_path: Path) -> None:
    none = tmp_path / "none"
    for evidence in (
        brought(trust=none, checkpoints=[], mirrors=[]),
        brought(trust=None, checkpoints=[sealed.archive], mirrors=[]),
        brought(trust=sealed.trust, checkpoints=[none], mirrors=[]),
        brought(trust=sealed.trust, checkpoints=[tmp_path], mirrors=[]),
        brought(trust=sealed.trust, checkpoints=[sealed.archive], mirrors=[none]),
        brought(trust=sealed.trust, checkpoints=[sealed.archive], mirrors=[tmp_path]),
    ):
        with sealed.attacked() as attack:
            found = attack.checked(evidence)
        assert (found.result, bool(found.missing)) == (UNCHECKED, True)


def test_another_trust_file_proves_nothing(sealed: Sealed, tmp_path: Path) -> None:
    wrong = tmp_path / "vkeys.txt"
    wrong.write_text("".join(f"{role} {Signer(name=name, private=Ed25519PrivateKey.generate()).verifier.vkey}\n" for role, name in (("records", "chidao/records"), ("checkpoints", CHECKPOINT_NAME))))
    with sealed.attacked() as attack:
        found = attack.checked(brought(trust=wrong, checkpoints=[sealed.archive], mirrors=[]))
    assert (found.result, found.findings) == (UNCHECKED, [])
    assert any("chidao/log1 records 1 to 31: Expected the key" in said for said in found.missing)


def test_a_key_whose_time_is_over_proves_nothing_of_later_records(sealed: Sealed, tmp_path: Path) -> None:
    expired = tmp_path / "vkeys.txt"
    records, checkpoints = (line for line in sealed.trust.read_text("utf-8").splitlines() if not line.startswith("#"))
    expired.write_text(f"{records} until 2026-04-01T01:00:01.500Z\n{checkpoints}\n")
    with sealed.attacked() as attack:
        found = attack.checked(brought(trust=expired, checkpoints=[], mirrors=[]))
    assert (found.result, found.findings) == (UNCHECKED, [])
    assert "chidao/log1 records 11 to 31: Expected a key that was the present one" in found.missing[0]


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("root", "0" * 64, "checkpoint.root"),
        ("frontier", json.dumps(["0" * 64] * 2), "checkpoint.frontier"),
        ("frontier", "[]", "checkpoint.frontier"),
        ("frontier", "no list", "checkpoint in the database"),
        ("note", "no note", "checkpoint in the database"),
        ("size", 21, "checkpoint.size"),
    ],
)
def test_what_the_database_keeps_of_a_checkpoint_is_not_believed_either(sealed: Sealed, column: str, value: Any, field: str) -> None:
    with sealed.attacked() as attack:
        attack.run(update(checkpoint).where(checkpoint.c.log == LOG, checkpoint.c.size == 20).values({column: value}))
        assert (CHECKPOINTS, field) in {(level, name) for level, _, _, name in attack.named()}


# --- documents ----------------------------------------------------------------------------------------------------


def test_a_changed_document_is_named_by_its_digest(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        attack.run(update(document).values(content=b"Cong van 124-CV/TU"))
        assert attack.named() == [(DOCUMENTS, 0, 0, f"document {DIGEST} content")]


def test_a_document_that_is_gone_is_named_with_the_record_that_brought_it(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        attack.run(delete(document))
        assert attack.named() == [(DOCUMENTS, WITH_THE_LETTER, WITH_THE_LETTER, "documents")]


# --- from the last good checkpoint on --------------------------------------------------------------------------------


def test_a_later_check_begins_behind_a_checkpoint_and_sees_what_came_since(sealed: Sealed) -> None:
    since = {LOG: 25, ACCESS_LOG: 5}
    with sealed.attacked() as attack:
        found = attack.checked(since=since)
        assert (found.result, [(each.since, each.records) for each in found.logs]) == (INTACT, [(20, RECORDS), (5, 5)])
        attack.run(update(history_record).where(history_record.c.log == LOG, history_record.c.seq == 21).values(actor="minh"))
        attack.run(delete(history_stream).where(history_stream.c.log == LOG, history_stream.c.stream == "even", history_stream.c.seq == 24))
        assert [(each.record, each.field) for each in attack.checked(since=since).findings] == [(21, "actor"), (24, "stream link")]


def test_a_later_check_does_not_believe_the_database_where_it_begins(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        bodies = attack.bodies()
        attack.rewrite([*bodies[: K - 1], with_reason(bodies[K - 1]), *bodies[K:]], key=sealed.signing)
        frontier = json.dumps([bytes(32).hex()] * 2)
        attack.run(text("UPDATE checkpoint SET frontier = :frontier WHERE log = :log AND size = 20").bindparams(frontier=frontier, log=LOG))
        assert attack.checked(since={LOG: 20}).findings[0].field == "root"


def test_a_later_check_needs_a_checkpoint_that_proves_what_was_before(sealed: Sealed) -> None:
    with sealed.attacked() as attack:
        found = attack.checked(sealed.evidence(checkpoints=False), since={LOG: 20})
    assert found.result == UNCHECKED
    assert found.missing == [
        "Expected a checkpoint of 20 or more records of chidao/log1, but found none: nothing proves what is before. Name the folder with --checkpoints, or check the whole log without --since."
    ]


# --- every byte ---------------------------------------------------------------------------------------------------


def test_every_flipped_byte_of_every_column_is_named_with_its_record(sealed: Sealed) -> None:
    """On SQLite, where the check is quick; each kind of column is tried on both above."""
    if sealed.database.dialect != "sqlite":
        return
    tried = missed = 0
    with sealed.attacked() as attack:
        attack.rewrite(attack.bodies()[:FEW])
        for row in attack.rows():
            of_row = history_record.c.log == LOG, history_record.c.seq == row["seq"]
            for name in ("body", "record_hash", "recorded_at", "action", "outcome", "actor", "subject_type", "subject", "key_id"):
                content = row[name] if isinstance(row[name], bytes) else row[name].encode()
                for place in range(len(content)):
                    flipped = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
                    attack.run(update(history_record).where(*of_row).values({name: flipped if name == "body" else flipped.decode()}))
                    tried += 1
                    missed += {each.record for each in verify(attack.connection)[1] if each.level == BYTES} != {row["seq"]}
                attack.run(update(history_record).where(*of_row).values({name: row[name]}))
    assert (tried > 3_000, missed) == (True, 0), f"{tried} tried, {missed} missed"
