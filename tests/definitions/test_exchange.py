"""Files from elsewhere are shown with all that is wrong before they are kept; what is taken out deploys to the same, byte for byte."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.definitions.arriving import as_text
from engine.definitions.command import DeployDefinitions
from engine.definitions.design_pages import ReadDesignFile, ShowDesign
from engine.definitions.designs import BeginDesign, KeepDesignFile
from engine.definitions.exporting import CaptionFile, Exported, ExportFiles
from engine.definitions.file_paths import on_disk, plain_path, unlike
from engine.definitions.importing import ForeseeImport, Foreseen, ImportFiles, Incoming
from engine.definitions.packages import MOST_BYTES, MOST_FILES, gather, pack
from engine.definitions.source import DECISION, DIAGRAM, FORM, shipped_sources
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from tests.door.office import Office

FOREIGN = Path(__file__).parent / "foreign"
MONTHLY = "coordination_monthly/coordination_monthly.bpmn"


@pytest.fixture
def design(office: Office, mine: Actor) -> str:
    return str(office.do(BeginDesign(name="Nhập từ nơi khác"), mine)["design"])


@pytest.fixture
def foresee(office: Office, mine: Actor, design: str) -> Callable[..., Foreseen]:
    def ask(files: dict[str, bytes], **more: Any) -> Foreseen:
        found: Foreseen = office.door.ask(ForeseeImport(design=design, files=files, **more), mine)
        return found

    return ask


def foreign(*names: str) -> dict[str, bytes]:
    return {name: (FOREIGN / name).read_bytes() for name in names}


def in_force(office: Office, **asked: Any) -> Exported:
    found: Exported = office.door.ask(ExportFiles(**asked), SYSTEM)
    return found


def kept(*lines: Incoming) -> list[dict[str, object]]:
    return [{"path": line.path, "text": line.file.text, "edition": line.edition} for line in lines]


# --- taking in


def test_each_file_is_told_with_its_kind_its_place_and_what_is_wrong(foresee: Callable[..., Foreseen]) -> None:
    found = foresee({**foreign("camunda7_loan.bpmn", "utf16.bpmn", "binary.bpmn", "cut_off.bpmn"), "README.md": b"# x", "picture.png": b"\x89PNG"})
    lines = {line.file.name: line for line in found.lines}
    assert found.others == ("README.md", "picture.png")
    assert {finding.rule for finding in lines["camunda7_loan.bpmn"].findings if finding.severity == "error"} == {"expression", "operation", "script_language"}
    assert all(finding.line for finding in lines["camunda7_loan.bpmn"].findings)
    assert (lines["utf16.bpmn"].file.encoding, lines["utf16.bpmn"].path, lines["utf16.bpmn"].state) == ("utf-16-le", "utf16/utf16.bpmn", "new")
    assert lines["cut_off.bpmn"].taken
    assert (lines["binary.bpmn"].taken, lines["binary.bpmn"].file.whole) == (False, False)


def test_what_is_in_force_changes_nothing_and_what_differs_replaces_it(office: Office, foresee: Callable[..., Foreseen]) -> None:
    files = {f"processes/{path}": content for path, content in in_force(office).files.items()}
    changed = f"processes/{MONTHLY}"
    files[changed] += b"<!-- x -->"
    states = {line.path: line.state for line in foresee(files).lines}
    assert {path for path, state in states.items() if state != "same"} == {MONTHLY}
    assert states[MONTHLY] == "replaces"


def test_a_file_alone_finds_the_place_of_the_process_or_form_that_it_holds(office: Office, foresee: Callable[..., Foreseen]) -> None:
    files = in_force(office).files
    form = "shared/forms/check_incoming.schema.json"
    alone = {"download (1).xml": files[MONTHLY] + b"\n", "check_incoming.schema.json": files[form] + b"\n"}
    assert {line.path for line in foresee(alone).lines} == {MONTHLY, form}


def test_an_error_in_another_file_is_told_before_it_is_caused(office: Office, foresee: Callable[..., Foreseen]) -> None:
    called = "shared/directive_intake.bpmn"
    other = in_force(office).files[called].replace(b'id="directive_intake"', b'id="renamed_intake"')
    assert any("directive_intake" in finding.message for finding in foresee({called: other}).elsewhere)
    assert not foresee({called: other}, left_out=frozenset({called})).elsewhere


def test_a_file_of_another_encoding_is_kept_as_the_same_text_in_utf_8(office: Office, mine: Actor, design: str, foresee: Callable[..., Foreseen]) -> None:
    found = foresee(foreign("utf16.bpmn", "latin1.bpmn"))
    office.do(ImportFiles(design=design, files=kept(*found.lines)), mine)
    text = office.door.ask(ReadDesignFile(design=design, path="utf16/utf16.bpmn"), mine).text
    assert 'encoding="UTF-8"' in text
    assert "Đăng ký" in text
    assert {line.path for line in office.door.ask(ShowDesign(design=design), mine).files if line.state == "new"} == {line.path for line in found.lines}
    again = foresee(foreign("utf16.bpmn", "latin1.bpmn"))
    assert {line.state for line in again.lines} == {"same"}


def test_nothing_is_kept_when_one_of_the_files_cannot_be(office: Office, mine: Actor, design: str, foresee: Callable[..., Foreseen]) -> None:
    (line,) = foresee(foreign("cut_off.bpmn")).lines
    office.do(KeepDesignFile(design=design, path=line.path, text="<a/>", edition=0), mine)
    other = {"path": "moi.bpmn", "text": "<a/>", "edition": 0}
    with pytest.raises(Refused, match="kept again meanwhile"):
        office.do(ImportFiles(design=design, files=[other, *kept(line)]), mine)
    with pytest.raises(InvalidInput, match="Expected the path"):
        office.do(ImportFiles(design=design, files=[other, {"path": "../x.bpmn", "text": "", "edition": 0}]), mine)
    with pytest.raises(InvalidInput, match="at a path of its own"):
        office.do(ImportFiles(design=design, files=[other, other]), mine)
    with pytest.raises(InvalidInput, match="at least one"):
        office.do(ImportFiles(design=design, files=[]), mine)
    assert [each.path for each in office.door.ask(ShowDesign(design=design), mine).files if each.state == "new"] == [line.path]


def test_a_path_that_cannot_be_is_said_at_its_file(foresee: Callable[..., Foreseen]) -> None:
    files = foreign("utf16.bpmn", "cut_off.bpmn")
    wrong = foresee(files, paths={"utf16.bpmn": "../x.bpmn", "cut_off.bpmn": "a/forms/a.schema.json"})
    assert [line.problem[:18] for line in wrong.lines] == ["Expected a path th", "Expected the path "]
    twice = foresee(files, paths=dict.fromkeys(files, "a.bpmn"))
    assert [bool(line.problem) for line in twice.lines] == [False, True]


def test_nobody_looks_into_the_design_of_another_by_importing(office: Office, design: str) -> None:
    with pytest.raises(Denied):
        office.door.ask(ForeseeImport(design=design, files={}), office.actor("nguoi.ve.2"))
    with pytest.raises(Denied):
        office.do(ImportFiles(design=design, files=[{"path": "a.bpmn", "text": "", "edition": 0}]), office.actor("van.thu"))


# --- archives


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries:
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def link() -> bytes:
    entry = zipfile.ZipInfo("a.bpmn")
    entry.external_attr, entry.create_system = (stat.S_IFLNK | 0o777) << 16, 3
    return zipped((entry, b"/etc/passwd"))


def encrypted() -> bytes:
    packed = bytearray(zipped(("a.bpmn", b"<a/>")))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.find(signature) + place] |= 1
    return bytes(packed)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "climbs out": (lambda: zipped(("../../etc/cron.d/x.bpmn", b"<a/>")), "inside the folder"),
    "begins at the root": (lambda: zipped(("/etc/x.bpmn", b"<a/>")), "inside the folder"),
    "climbs out as on Windows": (lambda: zipped(("..\\x.bpmn", b"<a/>")), "inside the folder"),
    "names a drive": (lambda: zipped(("C:/x.bpmn", b"<a/>")), "inside the folder"),
    "is a link": (link, "is a link"),
    "is encrypted": (encrypted, "encrypted"),
    "unpacks to too much": (lambda: zipped(*((f"{n}.bpmn", b" " * 6_000_000) for n in range(8))), f"together {MOST_BYTES // 1_000_000} MB"),
    "has too many files": (lambda: zipped(*((f"{n}.bpmn", b"") for n in range(MOST_FILES + 1))), "at most 1,000 files"),
    "has too many entries": (lambda: zipped(*((f"{n}/", b"") for n in range(5_001))), "found more"),
    "is no archive": (lambda: b"hello", "is none, or is damaged"),
    "is cut off": (lambda: zipped(("a.bpmn", b"<a/>" * 1000))[:-30], "is none, or is damaged"),
    "is damaged inside": (lambda: zipped(("a.bpmn", b"<a/>" * 99)).replace(b"a.bpmn", b"b.bpmn", 1), "is none, or is damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_that_wants_to_hurt_is_refused_in_a_sentence(name: str) -> None:
    made, told = HOSTILE[name]
    with pytest.raises(InvalidInput, match=told) as refused:
        gather([("x.zip", made())])
    assert refused.value.message.startswith("Expected")


def test_what_systems_leave_in_a_folder_is_passed_over() -> None:
    packed = zipped(("a/x.bpmn", b"<a/>"), ("__MACOSX/a/._x.bpmn", b""), ("a/.git/x.bpmn", b""), ("a/Thumbs.db", b""))
    assert gather([("x.zip", packed)]) == {"a/x.bpmn": b"<a/>"}
    with pytest.raises(InvalidInput, match="twice"):
        gather([("x.zip", packed), ("a/x.bpmn", b"")])


def test_an_archive_of_the_same_files_has_the_same_bytes() -> None:
    files = {"b/x.bpmn": b"<a/>", "a.bpmn": b"<b/>" * 500}
    assert pack(files) == pack(dict(reversed(files.items())))
    assert gather([("x.zip", pack(files))]) == files


# --- taking out


def test_what_is_taken_out_deploys_to_the_same_versions_and_is_the_same_to_the_byte(office: Office) -> None:
    found = in_force(office)
    assert found.files.items() <= shipped_sources().files.items()
    assert found.apart == ()
    deployed = office.do(DeployDefinitions(files={path: content.hex() for path, content in found.files.items()}, reason="x"))["deployed"]
    assert {each["version"] for each in deployed} == {1}
    assert in_force(office).files == found.files


def test_one_process_comes_with_all_that_it_calls_and_nothing_else(office: Office) -> None:
    found = in_force(office, processes=("urge_relay",))
    assert "urge_relay/urge_relay.bpmn" in found.files
    assert MONTHLY not in found.files
    assert MONTHLY in found.known
    alone = DeployDefinitions(files={path: content.hex() for path, content in found.files.items()}, reason="x")
    assert {each["version"] for each in office.do(alone)["deployed"]} == {1}
    with pytest.raises(NotFound, match="nothing_such"):
        in_force(office, processes=("nothing_such",))


def test_a_process_that_runs_with_an_older_file_than_the_others_is_named(office: Office) -> None:
    part = in_force(office, processes=("urge_relay",)).files
    path = "shared/directive_intake.bpmn"
    part = {**part, path: part[path] + b"<!-- newer -->"}
    office.do(DeployDefinitions(files={name: content.hex() for name, content in part.items()}, reason="x"))
    found = in_force(office)
    assert found.files[path].endswith(b"<!-- newer -->")
    assert "coordination_monthly" in found.apart
    assert "urge_relay" not in found.apart


def test_a_design_is_taken_out_whole_or_only_what_it_changes(office: Office, mine: Actor, design: str) -> None:
    office.do(KeepDesignFile(design=design, path="a/moi.bpmn", text="<a/>", edition=0), mine)
    whole = office.door.ask(ExportFiles(design=design), mine)
    assert whole.files == {**in_force(office).files, "a/moi.bpmn": b"<a/>"}
    assert office.door.ask(ExportFiles(design=design, changed=True), mine).files == {"a/moi.bpmn": b"<a/>"}
    with pytest.raises(Denied):
        office.door.ask(ExportFiles(), office.actor("van.thu"))


def test_a_picture_says_what_it_shows(office: Office, mine: Actor, design: str) -> None:
    same = office.door.ask(CaptionFile(design=design, path=MONTHLY), mine)
    assert (same.same, same.edition, same.processes[0][0], same.processes[0][2]) == (True, 0, "coordination_monthly", 1)
    office.do(KeepDesignFile(design=design, path=MONTHLY, text="<a/>", edition=0), mine)
    changed = office.door.ask(CaptionFile(design=design, path=MONTHLY), mine)
    assert (changed.same, changed.edition, changed.processes) == (False, 1, ())
    with pytest.raises(NotFound):
        office.door.ask(CaptionFile(design=design, path="none.bpmn"), mine)


# --- paths and texts


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a/b.bpmn", "a/b.bpmn"),
        ("b.bpmn2", "b.bpmn2"),
        ("/b.bpmn", "b.bpmn"),
        ("../../etc/b.bpmn", "etc/b.bpmn"),
        (".git/b.bpmn", "git/b.bpmn"),
        ("b.xml", "b.bpmn"),
        ("a.schema.json", "forms/a.schema.json"),
        ("x/decisions/a.dmn", "x/decisions/a.dmn"),
        ("a\\b\x00c.bpmn", "a/bc.bpmn"),
    ],
)
def test_whatever_was_deployed_has_a_place_inside_a_folder(path: str, found: str) -> None:
    assert on_disk(path) == found
    assert on_disk(found) == found


def test_names_of_any_kind_become_paths() -> None:
    assert plain_path("Quy trình 1.BPMN20.xml", DIAGRAM) == "Quy trình 1.bpmn"
    assert plain_path("a/form-schema.json", FORM) == "a/forms/form.schema.json"
    assert plain_path("", DECISION) == "decisions/file.dmn"
    assert len(plain_path("a" * 400, FORM)) <= 300
    assert unlike("a/b.schema.json", {"A/B.schema.json"}) == "a/b_2.schema.json"


@pytest.mark.parametrize("file", sorted(FOREIGN.iterdir()), ids=lambda file: file.name)
def test_a_file_becomes_text_without_loss(file: Path) -> None:
    content = file.read_bytes()
    text, encoding, whole = as_text(content, DIAGRAM)
    if whole and encoding == "utf-8":
        assert text.encode() == content
    elif not whole:
        assert "\\x" in text
