"""Whatever somebody changes in a dossier on its way is named; what nobody can prove is never called intact."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.audit.exports.dossier_check import ALONE, INTACT, TAMPERED, UNCHECKED
from engine.history.log import leaf_hash
from engine.history.note import Signer
from engine.history.record import opened, sealed_bytes
from engine.history.signing import CHECKPOINTS, RECORDS, message
from engine.history.trust import Trust, TrustedKey, read_trust
from tests.audit.dossier.stage import DIGEST, Bureau, Change, changed, checked, folder_of, packed, proofs, records, verify, write

FOREIGN = Signer(name=RECORDS, private=Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STRANGER = Signer(name=CHECKPOINTS, private=Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))


def without(number: int, *, told: bool = True) -> Change:
    """Leave out a record; `told`: what is told of it, too."""

    def change(files: dict[str, bytes]) -> None:
        lines, about = records(files), proofs(files)[1]
        del lines[number - 1]
        if told:
            del about[number - 1]
            for line, each in enumerate(about, start=1):
                each["line"] = line
        write(files, lines, about)

    return change


def cut(files: dict[str, bytes]) -> None:
    """Leave out the last record, which is that of the export."""
    lines, told = records(files), proofs(files)[1]
    write(files, lines[:-1], told[:-1])


def swapped(files: dict[str, bytes]) -> None:
    lines, told = records(files), proofs(files)[1]
    lines[4], lines[5] = lines[5], lines[4]
    told[4], told[5] = told[5], told[4]
    write(files, lines, told)


def edited(files: dict[str, bytes]) -> None:
    """Change what a record says, with the hash and the signature of somebody else."""
    lines, told = records(files), proofs(files)[1]
    sealed = opened(lines[6])
    sealed["recorded_at"] = "2024-04-01T02:00:00.000Z"
    lines[6] = sealed_bytes(sealed)
    told[6]["record_hash"] = leaf_hash(lines[6])
    told[6]["signature"] = base64.b64encode(FOREIGN.private.sign(message(told[6]["record_hash"]))).decode()
    write(files, lines, told)


def flipped(files: dict[str, bytes]) -> None:
    lines, told = records(files), proofs(files)[1]
    lines[6] = lines[6].replace(b"2024", b"2023", 1)
    write(files, lines, told)


def another_proof(files: dict[str, bytes]) -> None:
    lines, told = records(files), proofs(files)[1]
    told[2]["proof"] = told[3]["proof"]
    write(files, lines, told)


def another_place(files: dict[str, bytes]) -> None:
    lines, told = records(files), proofs(files)[1]
    told[2]["seq"] += 1
    write(files, lines, told)


def no_signature(files: dict[str, bytes]) -> None:
    lines, told = records(files), proofs(files)[1]
    told[2]["signature"] = None
    write(files, lines, told)


def taken(path: str) -> Change:
    def change(files: dict[str, bytes]) -> None:
        del files[path]

    return change


def put(path: str, content: bytes) -> Change:
    def change(files: dict[str, bytes]) -> None:
        files[path] = content

    return change


def within(path: str, old: bytes, new: bytes) -> Change:
    def change(files: dict[str, bytes]) -> None:
        assert old in files[path]
        files[path] = files[path].replace(old, new, 1)

    return change


DIAGRAM = "data/definitions/coordination_monthly-v1/coordination_monthly/coordination_monthly.bpmn"
CHANGES: dict[str, tuple[Change, str]] = {
    "a record is left out": (without(5), r"chidao/log1 record \d+, number in the stream: expected 5, but found 6"),
    "a record is left out, not its proof": (without(5, told=False), r"body: expected [0-9a-f]{64}, but found"),
    "the last record is left out": (cut, r"dossier, last record: expected the record of the export, with which a dossier ends, but found file\.attached"),
    "two records are exchanged": (swapped, r"number in the stream: expected 5, but found 6"),
    "a record is edited and signed by somebody else": (edited, r"signature: expected one of the key [0-9a-f]{8}, but found one that does not verify"),
    "a record is edited and put under another hash": (edited, r"record before it in the stream: expected [0-9a-f]{64}, but found"),
    "a record's bytes are changed": (flipped, r"body: expected [0-9a-f]{64}, but found [0-9a-f]{64} \(level 1"),
    "a proof is another record's": (another_proof, r"proof: expected a path to the root of \d+ records, but found one that leads elsewhere"),
    "a record is said to stand elsewhere": (another_place, r", seq: expected \d+, but found \d+ \(level 1"),
    "a signature is taken away": (no_signature, r"signature: expected one of the key [0-9a-f]{8}, but found none"),
    "a document is taken away": (taken(f"data/documents/{DIGEST}.pdf"), rf"documents: expected {DIGEST}, but found no such document in the dossier"),
    "a document is exchanged": (put(f"data/documents/{DIGEST}.pdf", b"x"), rf"file data/documents/{DIGEST}\.pdf: expected {DIGEST}"),
    "a document is put in": (put(f"data/documents/{'0' * 64}.txt", b"x"), r"file data/documents/0{64}\.txt: expected 0{64}"),
    "a diagram is changed": (within(DIAGRAM, b"<bpmn:", b" <bpmn:"), r"process coordination_monthly, version 1: expected [0-9a-f]{64}, but found [0-9a-f]{64} \(level 6"),
    "the diagrams are taken away": (taken(DIAGRAM), r"process coordination_monthly, version 1: expected"),
    "the printed part is changed": (put("data/dossier.pdf", b"%PDF"), r"file seal\.txt: expected tagmanifest-sha256 [0-9a-f]{64}, but found tagmanifest-sha256"),
    "the seal is taken away": (taken("seal.txt"), r"file seal\.txt: expected the signed note over all files, but found no such file"),
    "the seal is changed": (within("seal.txt", b"records ", b"records 1"), r"file seal\.txt: expected the note as it was signed, but found Expected the signature of chidao/records"),
    "the checkpoint is changed": (within("data/checkpoint.txt", b"chidao/log1\n", b"chidao/log2\n"), r"data/checkpoint\.txt: expected a checkpoint as it was signed"),
    "the number of records is changed": (within("bag-info.txt", b"Records: ", b"Records: 1"), r"number of records: expected 1\d+, but found \d+"),
    "the id of the export is changed": (within("data/proofs.json", b'"export":"', b'"export":"0'), r"dossier, export: expected [0-9a-f-]{36}, but found 0"),
    "nothing is a record": (put("data/records.jsonl", b"{}\n[]\nx\n"), r"record in line 3: expected a record of the stream"),
    "there are no records": (put("data/records.jsonl", b""), r"records\.jsonl, line 1: expected record \d+, but found no such line"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_somebody_changed_is_named_also_where_the_lists_of_digests_were_written_anew(bureau: Bureau, dossier: Path, tmp_path: Path, name: str) -> None:
    change, expected = CHANGES[name]
    found = checked(changed(dossier, tmp_path / "changed.zip", change), bureau.kept)
    assert found.result == TAMPERED
    said = [each.sentence() for each in found.findings]
    assert any(re.search(expected, each) for each in said), said


def test_nothing_is_found_in_one_that_was_only_packed_again(bureau: Bureau, dossier: Path, tmp_path: Path) -> None:
    assert checked(changed(dossier, tmp_path / "again.zip"), bureau.kept).result == INTACT


@pytest.mark.parametrize("path", ["data/records.jsonl", "data/dossier.pdf", "VERIFY.txt", "bag-info.txt", "data/log.xes", f"data/documents/{DIGEST}.pdf"])
def test_a_changed_file_is_named_by_its_digest(bureau: Bureau, dossier: Path, tmp_path: Path, path: str) -> None:
    content = packed(dossier)[path]
    found = checked(changed(dossier, tmp_path / "changed.zip", put(path, content + b" "), relisted=False), bureau.kept)
    assert found.result == TAMPERED
    assert any(re.search(rf"dossier, file {re.escape(path)}: expected [0-9a-f]{{64}}, but found [0-9a-f]{{64}} \(level 6", each.sentence()) for each in found.findings)


def test_a_file_that_is_taken_away_or_put_in_is_named(bureau: Bureau, dossier: Path, tmp_path: Path) -> None:
    found = checked(changed(dossier, tmp_path / "changed.zip", taken("data/prov.json"), put("data/more.txt", b"x"), relisted=False), bureau.kept)
    said = " ".join(each.sentence() for each in found.findings)
    assert re.search(r"file data/prov\.json: expected [0-9a-f]{64}, but found no such file", said)
    assert re.search(r"file data/more\.txt: expected not in the list, but found [0-9a-f]{64}", said)


def test_a_file_that_stands_twice_or_beside_the_folder_is_named(bureau: Bureau, dossier: Path, tmp_path: Path) -> None:
    target = shutil.copy(dossier, tmp_path / "changed.zip")
    with ZipFile(target, "a") as file:
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr(f"{folder_of(dossier)}/data/records.jsonl", b"")
        file.writestr("beside.txt", b"")
    said = [each.sentence() for each in checked(target, bureau.kept).findings]
    assert any("data/records.jsonl: expected once, in the folder of the dossier, but found twice" in each for each in said)
    assert any("file beside.txt: expected once, in the folder of the dossier, but found beside it" in each for each in said)


def test_a_byte_that_was_lost_on_the_way_is_named(bureau: Bureau, dossier: Path, tmp_path: Path) -> None:
    content = bytearray(dossier.read_bytes())
    with ZipFile(dossier) as file:
        place = next(each for each in file.infolist() if each.filename.endswith("log.xes")).header_offset
    content[place + 400] ^= 0x40
    (tmp_path / "changed.zip").write_bytes(content)
    found = checked(tmp_path / "changed.zip", bureau.kept)
    assert found.result == TAMPERED
    assert any("file data/log.xes" in each.sentence() for each in found.findings)


GARBAGE: tuple[Any, ...] = (None, 10**30, "x", [None], {"a": {}})


@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
def test_nothing_that_stands_in_a_field_makes_the_check_fail(bureau: Bureau, dossier: Path, tmp_path: Path, garbage: Any) -> None:
    """Of the first and the last record a fifth of the fields holds something else, one after the other; the same of what is told of them."""
    lines, about = records(packed(dossier)), proofs(packed(dossier))[1]
    for place in (0, -1):
        fields = [*opened(lines[place]), *about[place]]
        for field in fields[GARBAGE.index(garbage) :: len(GARBAGE)]:
            told = [dict(each) for each in about]
            changed_lines = list(lines)
            if field in told[place]:
                told[place][field] = garbage
            sealed = json.loads(lines[place])
            sealed[field] = garbage
            changed_lines[place] = json.dumps(sealed, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

            def change(files: dict[str, bytes], changed_lines: list[bytes] = changed_lines, told: list[dict[str, Any]] = told) -> None:
                write(files, changed_lines, told)

            assert checked(changed(dossier, tmp_path / "changed.zip", change), bureau.kept).result == TAMPERED


# --- what cannot be verified ----------------------------------------------------------------------------------------


def test_one_that_another_installation_has_signed_is_not_called_intact(bureau: Bureau, dossier: Path) -> None:
    known = Trust(keys=(TrustedKey(role="records", verifier=FOREIGN.verifier), TrustedKey(role="checkpoints", verifier=STRANGER.verifier)))
    found = checked(dossier, known)
    assert (found.result, found.count) == (UNCHECKED, 0)
    said = " ".join(found.missing)
    assert "data/checkpoint.txt: Expected a note signed by a key that is trusted, but found only signatures of chidao/checkpoints" in said
    assert "seal.txt: Expected a note signed by a key that is trusted, but found only signatures of chidao/records" in said
    assert re.search(r"records in lines 1 to \d+: Expected the key [0-9a-f]{8} in the trust file, but it is not there: the key is a foreign one", said)


def test_a_key_outside_its_time_proves_nothing(bureau: Bureau, dossier: Path) -> None:
    until = Trust(keys=tuple(TrustedKey(role=each.role, verifier=each.verifier, until="2020-01-01T00:00:00.000Z") for each in read_trust(bureau.kept).keys))
    found = checked(dossier, until)
    assert (found.result, found.count) == (UNCHECKED, 0)
    assert any("Expected a key that was the present one, but" in said for said in found.missing)


def test_without_a_trust_file_it_is_only_its_own_word(dossier: Path) -> None:
    found = checked(dossier, None)
    assert (found.result, found.count, list(found.missing)) == (UNCHECKED, 0, [ALONE])


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_says_intact_without_a_database(bureau: Bureau, dossier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_DATABASE", "sqlite:////nowhere/at/all.sqlite3")
    done = verify(dossier, "--trust", bureau.kept)
    number = len(records(packed(dossier)))
    assert done.exit_code == 0, done.output
    assert f"chidao/log1: records 1 to {number} of the stream {bureau.ward.letter}\ncomplete up to 2024-04-01T" in done.stdout
    assert done.stdout.endswith("6 documents and definitions by digest\nintact\n")


def test_the_command_tells_programs(bureau: Bureau, dossier: Path, tmp_path: Path) -> None:
    told = json.loads(verify(dossier, "--trust", bureau.kept, "--json").stdout)
    assert (told["result"], told["findings"], told["missing"], told["stream"]) == ("intact", [], [], bureau.ward.letter)
    assert told["records"] == told["last"]["chidao/log1"] == len(records(packed(dossier)))
    done = verify(changed(dossier, tmp_path / "changed.zip", without(5)), "--trust", bureau.kept, "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["result"]) == (1, "tampered")
    assert {"level", "log", "record", "field", "expected", "found"} <= told["findings"][0].keys()


def test_the_command_ends_with_3_when_it_cannot_verify(bureau: Bureau, dossier: Path, tmp_path: Path) -> None:
    (tmp_path / "none.zip").write_bytes(b"no zip")
    with ZipFile(tmp_path / "empty.zip", "w") as file:
        file.writestr("x.txt", b"")
    cases = {
        (dossier,): "the keys in the dossier are only its own word",
        (dossier, "--trust", tmp_path / "none.txt"): "Expected a trust file at",
        (tmp_path / "none.zip", "--trust", bureau.kept): "Expected a dossier in",
        (tmp_path / "missing.zip", "--trust", bureau.kept): "Expected a dossier in",
        (tmp_path / "empty.zip", "--trust", bureau.kept): "found no folder with bagit.txt in it",
        (changed(dossier, tmp_path / "bare.zip", taken("data/proofs.json")), "--trust", bureau.kept): "Expected data/proofs.json in the dossier, but it is not there",
    }
    for arguments, said in cases.items():
        done = verify(*arguments)
        assert (done.exit_code, said in done.stderr) == (3, True), done.output
        assert json.loads(verify(*arguments, "--json").stdout)["result"] == "unchecked"
