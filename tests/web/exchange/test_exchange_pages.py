"""The pages of files that come and go: looked at before anything is kept, for designers only, and nothing of an archive is believed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.definitions.design_pages import ReadDesignFile, ShowDesign
from engine.definitions.designs import KeepDesignFile
from engine.definitions.packages import pack
from engine.definitions.source import shipped_sources
from tests.pages import person_of, send
from tests.web.workbench.conftest import DRAWN, Designer, designer

__all__ = ["designer"]
FOREIGN = Path(__file__).parents[2] / "definitions" / "foreign"
NONE_SUCH = "018e001b-0000-7000-8000-000000000000"
CLERK = "buivanlan.8"
FIELD = re.compile(r'name="((?:path|edition|package|take)[^"]*)" value="([^"]*)"([^>]*)')


def foreign(*names: str) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO((FOREIGN / name).read_bytes()), name) for name in names]


def hand_in(designer: Designer, *files: tuple[io.BytesIO, str], name: str = "files") -> TestResponse:
    return send(designer.client, f"{designer.room}/import", {name: list(files)}, content_type="multipart/form-data")


def fields(page: TestResponse) -> dict[str, Any]:
    """What a browser would send of the page that shows what was handed in."""
    found: dict[str, Any] = {"take": []}
    for name, value, more in FIELD.findall(page.text):
        if name != "take":
            found[unescape(name)] = unescape(value)
        elif "checked" in more:
            found["take"].append(unescape(value))
    return found


def again(designer: Designer, page: TestResponse, do: str, **changed: Any) -> TestResponse:
    return send(designer.client, f"{designer.room}/import", {**fields(page), "do": do, **changed})


def new_files(designer: Designer) -> set[str]:
    return {line.path for line in designer.door.ask(ShowDesign(design=designer.design), designer.actor).files if line.state != "same"}


def test_files_of_other_tools_are_shown_and_then_kept(designer: Designer) -> None:
    page = hand_in(designer, *foreign("camunda7_loan.bpmn", "utf16.bpmn", "binary.bpmn"), (io.BytesIO(b"# x"), "README.md"))
    assert page.status_code == 200
    assert "mã UTF-16-LE, sẽ chuyển thành UTF-8" in page.text
    assert "Bỏ qua 1 tệp" in page.text
    assert "dòng 13:" in page.text
    assert new_files(designer) == set()
    assert again(designer, page, "keep").headers["Location"] == designer.room
    assert new_files(designer) == {"camunda7_loan/camunda7_loan.bpmn", "utf16/utf16.bpmn"}


def test_another_path_is_looked_at_before_it_replaces_anything(designer: Designer) -> None:
    page = hand_in(designer, *foreign("utf16.bpmn"))
    refused = again(designer, page, "keep", **{"path:utf16.bpmn": DRAWN})
    assert (refused.status_code, new_files(designer)) == (409, set())
    looked = again(designer, page, "look", **{"path:utf16.bpmn": DRAWN})
    assert "thay tệp đang áp dụng" in looked.text
    assert again(designer, looked, "keep").status_code == 303
    assert new_files(designer) == {DRAWN}


def test_what_was_kept_meanwhile_is_not_written_over(designer: Designer) -> None:
    page = hand_in(designer, *foreign("utf16.bpmn"))
    designer.door.execute(KeepDesignFile(design=designer.design, path="utf16/utf16.bpmn", text="<a/>", edition=0), designer.actor, key="meanwhile")
    refused = again(designer, page, "keep")
    assert refused.status_code == 409
    assert 'id="problem"' in refused.text
    assert fields(refused)["package"] == fields(page)["package"]
    assert designer.door.ask(ReadDesignFile(design=designer.design, path="utf16/utf16.bpmn"), designer.actor).text == "<a/>"


def test_a_path_that_cannot_be_is_said_at_its_field(designer: Designer) -> None:
    refused = again(designer, hand_in(designer, *foreign("utf16.bpmn")), "keep", **{"path:utf16.bpmn": "../x.bpmn"})
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert 'value="../x.bpmn"' in refused.text


def test_a_whole_folder_and_its_archive_are_the_same(designer: Designer) -> None:
    files = {f"processes/{path}": content for path, content in shipped_sources().files.items() if not path.startswith("shared/") or "/forms/" in path}
    folder = hand_in(designer, *((io.BytesIO(content), path) for path, content in files.items()), name="folder")
    archive = hand_in(designer, (io.BytesIO(pack(files)), "processes.zip"))
    assert folder.status_code == archive.status_code == 200
    assert fields(folder)["package"] == fields(archive)["package"]
    assert "không có gì để lưu" in archive.text


def climbing() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("../../x.bpmn", "<a/>")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (climbing(), "x.zip", "bên trong thư mục"),
        (b"PK\x03\x04", "x.zip", "hỏng"),
        (b"# x", "README.md", "không có sơ đồ"),
        (b"<a/>", "../x.bpmn", "bên trong thư mục"),
    ],
)
def test_what_cannot_be_taken_is_said_in_a_sentence(designer: Designer, content: bytes, name: str, told: str) -> None:
    refused = hand_in(designer, (io.BytesIO(content), name))
    assert refused.status_code == 422
    assert told in refused.text
    assert 'name="files"' in refused.text


def test_a_page_that_was_changed_and_a_form_without_files_are_refused(designer: Designer) -> None:
    address = f"{designer.room}/import"
    for sent in ({"package": "%%%", "do": "keep"}, {"package": "aGVsbG8=", "do": "keep"}, {}):
        assert send(designer.client, address, sent).status_code == 422
    assert designer.client.post(address, data={"do": "keep"}).status_code == 400
    assert again(designer, hand_in(designer, *foreign("utf16.bpmn")), "keep", take=[]).status_code == 422
    assert new_files(designer) == set()


def test_a_design_is_saved_as_an_archive_or_file_by_file(designer: Designer) -> None:
    keep = KeepDesignFile(design=designer.design, path="moi/moi.bpmn", text="<a/>", edition=0)
    designer.door.execute(keep, designer.actor, key="new")
    assert "chỉ những tệp bản thiết kế thay đổi (1)" in designer.client.get(f"{designer.room}/export").text
    changed = designer.client.get(f"{designer.room}/export.zip?what=changed")
    assert zipfile.ZipFile(io.BytesIO(changed.data)).namelist() == ["moi/moi.bpmn"]
    assert "chidao-them-buoc-tham-dinh.zip" in changed.headers["Content-Disposition"]
    one = designer.client.get(f"{designer.room}/export/file?path=moi/moi.bpmn")
    assert (one.data, one.mimetype, one.headers["X-Content-Type-Options"]) == (b"<a/>", "application/xml", "nosniff")
    assert "attachment" in one.headers["Content-Disposition"]


def test_what_runs_is_saved_as_it_was_deployed(designer: Designer) -> None:
    client = designer.client
    assert "/workbench/export.zip" in client.get("/workbench/export").text
    whole = client.get("/workbench/export.zip")
    files = shipped_sources().files
    with zipfile.ZipFile(io.BytesIO(whole.data)) as archive:
        assert all(archive.read(path) == files[path] for path in files.keys() & set(archive.namelist()))
        assert DRAWN in archive.namelist()
    assert whole.data == client.get("/workbench/export.zip").data
    part = client.get("/workbench/export.zip?what=process:urge_relay")
    assert 0 < len(part.data) < len(whole.data)
    assert client.get(f"/workbench/export/file?path={DRAWN}").data == files[DRAWN]


def test_a_picture_says_which_version_it_shows(designer: Designer) -> None:
    address = f"{designer.room}/caption?path={DRAWN}"
    shown = designer.client.get(address).get_json()
    assert shown["file"] == "coordination_monthly"
    assert "phiên bản 1 đang áp dụng" in shown["lines"][0]
    assert shown["lines"][1].startswith("SHA-256 ")
    designer.door.execute(KeepDesignFile(design=designer.design, path=DRAWN, text="<a/>", edition=0), designer.actor, key="x")
    assert "chưa áp dụng" in designer.client.get(address).get_json()["lines"][0]


PLACES = ("import", "export", "export.zip", f"export/file?path={DRAWN}", f"caption?path={DRAWN}")


def test_others_than_designers_see_none_of_it(designer: Designer, sign_in_to_demo: Callable[[str], FlaskClient]) -> None:
    clerk = sign_in_to_demo(CLERK)
    assert [clerk.get(f"{designer.room}/{place}").status_code for place in PLACES] == [403] * len(PLACES)
    assert [clerk.get(f"/workbench/{place}").status_code for place in PLACES[1:4]] == [403] * 3


def test_what_is_not_there_is_not_found(designer: Designer) -> None:
    client = designer.client
    assert [client.get(f"/workbench/designs/{NONE_SUCH}/{place}").status_code for place in PLACES] == [404] * len(PLACES)
    for place in ("export.zip?what=process:none_such", "export/file?path=../../etc/passwd", "caption?path=none.bpmn"):
        assert client.get(f"{designer.room}/{place}").status_code == 404
    assert client.get("/workbench/export/file?path=none.bpmn").status_code == 404
    assert client.get(f"{designer.room}/export.zip?what=changed").status_code == 404


def test_who_may_only_look_saves_and_does_not_import(designer: Designer, sign_in_to_demo: Callable[[str], FlaskClient]) -> None:
    auditor = sign_in_to_demo("tanthuan.144")
    assert person_of(designer.door, "tanthuan.144") != designer.actor.id
    assert auditor.get(f"{designer.room}/export.zip").status_code == 200
    assert auditor.get(f"{designer.room}/import").status_code == 403
