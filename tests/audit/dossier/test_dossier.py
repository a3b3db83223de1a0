"""What a dossier holds, who may take one out, and that others can read it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import bagit
import pytest
from sqlalchemy import delete, insert, select, update

from engine.audit.exports.dossier import ExportDossier, OpenDossier, ShowDossier
from engine.audit.exports.dossier_check import INTACT, UNCHECKED
from engine.audit.exports.dossier_files import dossier_of
from engine.audit.exports.records import records_of_directive
from engine.bootstrap import open_door
from engine.directory.directory_import import ImportDirectory
from engine.documents.pdf import pdf_text
from engine.history.checkpoint import checkpoint_of
from engine.history.merkle import verify_inclusion
from engine.history.note import note_text
from engine.history.record import ACCESS_LOG, opened
from engine.history.series import begin_anew
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from engine.storage import Database, UnitOfWork
from engine.storage.schema import directive, dispatch, document, history_record, signed_file
from tests.audit.dossier.stage import DIGEST, SCAN, Bureau, bureau_in, checked, folder_of, packed, proofs, records, unpacked, walk
from tests.directives.ward import Ward
from tests.door.office import Office
from tests.pages import clock_after
from tests.states import play_whole
from tests.templates import Templates
from tests.templates import opened as opened_database


def test_it_holds_every_record_of_the_stream_as_it_was_sealed_and_ends_with_that_of_the_export(bureau: Bureau, dossier: Path) -> None:
    found = records(packed(dossier))
    with bureau.database.reading() as connection:
        kept = [record.content for record in records_of_directive(connection, bureau.ward.letter)]
    assert found == kept[: len(found)]
    last = opened(found[-1])
    assert last["action"] == "dossier.exported"
    assert last["reason"] == {"code": "purpose", "text": "Kiểm tra theo kế hoạch"}
    places = [next(each["seq"] for each in opened(line)["streams"] if each["id"] == bureau.ward.letter) for line in found]
    assert places == list(range(1, len(found) + 1))


def test_it_says_its_first_and_last_number_and_of_which_export_it_is(bureau: Bureau, dossier: Path) -> None:
    files = packed(dossier)
    told = dict(line.split(": ", 1) for line in files["bag-info.txt"].decode().splitlines())
    number = len(records(files))
    assert told["First-Stream-Number"] == "1"
    assert told["Last-Stream-Number-chidao/log1"] == str(number)
    assert told["External-Identifier"] == "370-CV/BTGTU"
    head, _ = proofs(files)
    assert head["logs"] == [{"log": "chidao/log1", "first": 1, "last": number, "checkpoint": "checkpoint.txt"}]
    assert f"export {told['Internal-Sender-Identifier']}\nrecords {number}\n" in files["seal.txt"].decode()
    assert folder_of(dossier) == "dossier-370-cv-btgtu-20240401"


def test_every_record_has_its_proof_in_the_checkpoint_that_lies_beside_it(dossier: Path) -> None:
    files = packed(dossier)
    over = checkpoint_of(note_text(files["data/checkpoint.txt"].decode()))
    _, told = proofs(files)
    for each in told:
        proof = [base64.b64decode(step) for step in each["proof"]]
        assert verify_inclusion(leaf=bytes.fromhex(each["record_hash"]), index=each["seq"] - 1, size=over.size, proof=proof, root=over.root)
    assert over.size >= max(each["seq"] for each in told)


def test_it_brings_the_documents_and_the_diagrams_and_forms_that_its_records_name(dossier: Path) -> None:
    files = packed(dossier)
    assert files[f"data/documents/{DIGEST}.pdf"] == SCAN
    [listed] = json.loads(files["data/documents.json"])
    assert (listed["sha256"], listed["name"], listed["file"]) == (DIGEST, "bản ký.PDF", f"documents/{DIGEST}.pdf")
    versions = {(each["definition"] or {}).get("key") for each in map(opened, records(files))} - {None}
    assert versions == {each["process"] for each in json.loads(files["data/definitions.json"])}
    drawn = [name for name in files if name.startswith("data/definitions/coordination_monthly-v1/") and name.endswith(".bpmn")]
    assert any(b'id="coordination_monthly"' in files[name] for name in drawn)


def test_other_formats_and_the_printed_part_are_of_the_same_records(dossier: Path) -> None:
    files = packed(dossier)
    number = len(records(files))
    assert len(json.loads(files["data/ocel.json"])["events"]) == number
    assert files["data/log.xes"].count(b"<event>") == number
    assert len(json.loads(files["data/prov.json"])["activity"]) >= number
    printed = files["data/dossier.pdf"]
    assert b"<pdfaid:part>2</pdfaid:part>" in printed
    text = " ".join(pdf_text("dossier.pdf", printed).split())
    for said in ("HỒ SƠ KIỂM CHỨNG", "Công văn số 370-CV/BTGTU", "Kiểm tra theo kế hoạch", "Lò Văn Quân", "Đính kèm tệp đã ký", f"1 đến {number} (chidao/log1)"):
        assert said in text


def test_the_bagit_library_finds_it_valid(dossier: Path, tmp_path: Path) -> None:
    with ZipFile(dossier) as file:
        file.extractall(tmp_path)
    bag = bagit.Bag(str(tmp_path / folder_of(dossier)))
    bag.validate()
    assert bag.version_info == (1, 0)


def test_an_outsider_checks_it_with_sh_sha256sum_and_openssl_alone(bureau: Bureau, dossier: Path, tmp_path: Path) -> None:
    folder = unpacked(dossier, tmp_path)
    walked = walk(folder, bureau.kept)
    assert (walked.stdout, walked.returncode) == (f"INTACT: {len(records(packed(dossier)))} records\n", 0), walked.stderr
    lines = records(packed(dossier))
    lines[3] = lines[3].replace(b'"system"', b'"System"', 1)
    (folder / "data/records.jsonl").write_bytes(b"".join(line + b"\n" for line in lines[:-1]))
    walked = walk(folder, bureau.kept)
    assert walked.returncode == 1
    assert walked.stdout.splitlines() == [
        "data/records.jsonl: FAILED",
        "a file under data/ is not as it was packed",
        "seal.txt is over another number of records",
        "record 4: its bytes are not those that were sealed",
        "the last record is not that of the export: records are missing",
        "NOT INTACT, see above",
    ]


def test_an_outsider_with_the_keys_of_another_installation_is_told_so(dossier: Path, tmp_path: Path) -> None:
    folder = unpacked(dossier, tmp_path)
    (folder / "data/records.jsonl").write_bytes(b"")
    foreign = tmp_path / "foreign.txt"
    foreign.write_text("records chidao/records+00000000+AYW6d9rLRSgYgaL6ZtWXZgXZpWUUXW+TLMGIYGdeHcRA\n")
    walked = walk(folder, foreign)
    assert walked.returncode == 1
    assert f"seal.txt is not signed by a key of {foreign}" in walked.stdout
    assert f"data/checkpoint.txt is not signed by a key of {foreign}" in walked.stdout


def test_taking_it_out_again_gives_the_same_records_proofs_and_prints(bureau: Bureau, dossier: Path, tmp_path: Path) -> None:
    export = proofs(packed(dossier))[0]["export"]
    again = bureau.pack(bureau.ward.office.door.ask(OpenDossier(directive=bureau.ward.letter, export=export), SYSTEM), tmp_path / "again.zip")
    ours, theirs = packed(dossier), packed(again)
    assert {name for name in ours if ours[name] != theirs[name]} == set()


def test_an_export_that_there_was_not_is_said_so(bureau: Bureau) -> None:
    with pytest.raises(NotFound, match="Expected the record of an export of this directive, but there is none with this id"):
        bureau.ward.office.door.ask(OpenDossier(directive=bureau.ward.letter, export="x"), SYSTEM)


def test_a_long_purpose_is_refused(bureau: Bureau) -> None:
    with pytest.raises(InvalidInput, match="Expected a purpose of at most 500 letters, but found 501"):
        bureau.record(purpose="x" * 501)


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.fixture
def inspected(ward_database: Database) -> Bureau:
    """The ward on both databases, without keys, with an auditor in each body."""
    ward = Ward(Office(ward_database))
    rows = "".join(f"kiem.tra.{unit},Kiểm Tra {unit},{unit},Kiểm tra,auditor\n" for unit in ("tinh", "btg", "phuong", "bao"))
    ward.office.do(ImportDirectory(kind="people", text=f"login,name,organisation,title,roles\n{rows}", file="people.csv"))
    return Bureau(ward=ward, folder=Path("nowhere"))


def test_an_auditor_takes_out_what_lies_whole_in_their_remit(inspected: Bureau, tmp_path: Path) -> None:
    office, letter = inspected.ward.office, inspected.ward.letter
    for login in ("kiem.tra.tinh", "kiem.tra.btg", "kiem.tra.phuong"):  # above the issuer, the issuer's, and that of its only recipient
        exported = inspected.record(office.actor(login))
        assert exported.by == f"Kiểm Tra {login.rpartition('.')[2]}"
    with pytest.raises(Denied):
        inspected.record(office.actor("kiem.tra.bao"))
    page = office.door.ask(ShowDossier(directive=letter), office.actor("kiem.tra.btg"))
    assert [each.by for each in page.exports] == ["Kiểm Tra phuong", "Kiểm Tra btg", "Kiểm Tra tinh"]
    found = inspected.pack(page.exports[0], tmp_path / "dossier.zip")
    assert len(records(packed(found))) == page.exports[0].records == page.records - 1  # the denied attempt came after it


def test_nobody_else_takes_one_out(inspected: Bureau) -> None:
    office = inspected.ward.office
    for login in ("van.thu", "lanh.dao", "bi.thu"):
        with pytest.raises(Denied):
            inspected.record(office.actor(login))


def test_a_letter_to_several_is_not_for_the_auditor_of_one_of_them(inspected: Bureau) -> None:
    office, letter = inspected.ward.office, inspected.ward.letter
    with UnitOfWork(office.database) as unit:
        told = {"id": "another", "directive": letter, "organisation": office.unit("bao"), "recipient_group": "", "status": "00", "changed_at": "2024-04-01T01:00:00.000Z"}
        unit.connection.execute(insert(dispatch).values(**told))
        unit.commit()
    with pytest.raises(Denied):
        inspected.record(office.actor("kiem.tra.phuong"))


def test_whoever_looks_opens_or_is_denied_stands_in_the_log_of_reads(inspected: Bureau) -> None:
    office, letter = inspected.ward.office, inspected.ward.letter
    exported = inspected.record(office.actor("kiem.tra.btg"))
    office.door.ask(ShowDossier(directive=letter), office.actor("kiem.tra.btg"))
    with pytest.raises(Denied):
        office.door.ask(OpenDossier(directive=letter, export=exported.id), office.actor("kiem.tra.bao"))
    columns = history_record.c
    with office.database.reading() as connection:
        query = select(columns.actor, columns.outcome).where(columns.log == ACCESS_LOG, columns.action == "dossier.export", columns.subject == letter)
        looks = [(row.actor, row.outcome) for row in connection.execute(query.order_by(columns.seq))]
    assert [outcome for _, outcome in looks][-2:] == ["done", "denied"]


# --- what an installation may lack ----------------------------------------------------------------------------------


@pytest.fixture
def signed(signed_database: Database, tmp_path: Path) -> Bureau:
    """A bureau of one's own, to be changed."""
    return bureau_in(tmp_path, signed_database)


def test_what_no_checkpoint_covers_cannot_be_verified(signed: Bureau, tmp_path: Path) -> None:
    signed.checkpoint()
    exported = signed.record()
    assert not exported.covered
    found = checked(signed.pack(exported, tmp_path / "dossier.zip"), signed.kept)
    assert found.result == UNCHECKED
    last = found.records
    assert any(said.startswith(f"record in line {last}: Expected a checkpoint of chidao/log1 that covers it, but found none.") for said in found.missing)
    assert found.count == 0


def test_a_dossier_without_any_key_says_what_is_missing(inspected: Bureau, tmp_path: Path) -> None:
    found = checked(inspected.pack(inspected.record(), tmp_path / "dossier.zip"), None)
    assert (found.result, found.count) == (UNCHECKED, 0)
    assert any("written before the installation had keys" in said for said in found.missing)


def test_a_history_that_went_on_after_a_restore_has_a_proof_in_each_log(signed: Bureau, tmp_path: Path) -> None:
    signed.checkpoint()
    with UnitOfWork(signed.database) as unit:
        begin_anew(unit.connection, [])
        unit.commit()
    dossier = signed.take_out(tmp_path / "dossier.zip")
    found = checked(dossier, signed.kept)
    assert found.last["chidao/log2"] == 1
    assert found.last["chidao/log1"] > 20
    assert {name for name in packed(dossier) if name.startswith("data/checkpoint")} == {"data/checkpoint.txt", "data/checkpoint-chidao-log1.txt"}
    assert (found.result, found.missing) == (INTACT, [])


def test_a_history_that_was_changed_is_not_taken_out(signed: Bureau, tmp_path: Path) -> None:
    exported = signed.record()
    signed.checkpoint()
    with UnitOfWork(signed.database) as unit:
        unit.connection.execute(update(history_record).where(history_record.c.seq == 5, history_record.c.log == "chidao/log1").values(record_hash="0" * 64))
        unit.commit()
    with pytest.raises(Refused, match=r"as their checkpoint has them, but found others\. The history was changed; run `chidao audit verify`"):
        signed.pack(exported, tmp_path / "dossier.zip")


def test_a_document_that_is_not_stored_any_more_is_listed_without_a_file(signed: Bureau, tmp_path: Path) -> None:
    with UnitOfWork(signed.database) as unit:
        unit.connection.execute(delete(signed_file))
        unit.connection.execute(delete(document))
        unit.commit()
    dossier = signed.take_out(tmp_path / "dossier.zip")
    [listed] = json.loads(packed(dossier)["data/documents.json"])
    assert listed["file"] is None
    [finding] = [each for each in checked(dossier, signed.kept).findings if each.field == "documents"]
    assert (finding.level, finding.expected, finding.found) == (6, DIGEST, "no such document in the dossier")


@pytest.mark.parametrize("played", ["sqlite"], indirect=True)
def test_each_directive_of_a_report_that_answers_several_has_a_dossier_of_its_own(played: Callable[[str], Database], templates: Templates, tmp_path: Path) -> None:
    played("report_two_superiors")
    with templates.copy("sqlite", "played_report_two_superiors", partial(play_whole, "report_two_superiors"), tmp_path) as url:
        for database in opened_database(url):
            door, found = open_door(database, clock_after(database)), {}
            with database.reading() as connection:
                roots = connection.execute(select(directive.c.id).where(directive.c.root == directive.c.id)).scalars().all()
            for root in roots:
                answer = door.execute(ExportDossier(directive=root), SYSTEM, key=root)
                exported = door.ask(OpenDossier(directive=root, export=answer["export"]), SYSTEM)
                with database.reading() as connection:
                    (tmp_path / root).write_bytes(b"".join(dossier_of(connection, exported).pieces()))
                said = checked(tmp_path / root, None)
                assert (said.count, said.records) == (0, exported.records)
                found[root] = {opened(line)["id"] for line in records(packed(tmp_path / root))}
            first, second = found.values()
            assert first & second  # the reports stand in both
