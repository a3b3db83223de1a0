"""The page on which an auditor takes out the dossier of a directive."""

from __future__ import annotations

import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from engine.directory.directory_import import ImportDirectory
from engine.history.record import opened
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record
from tests.audit.dossier.stage import Bureau, bureau_in, checked, signed_database
from tests.pages import application, send, signed_in
from tests.web.read_page import read

__all__ = ["signed_database"]
PURPOSE = {"purpose": "Kiểm tra theo Kế hoạch 12"}


@pytest.fixture
def bureau(signed_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    """A bureau whose keys are those of the machine that serves the pages, with an auditor."""
    found = bureau_in(tmp_path, signed_database)
    monkeypatch.setenv("CHIDAO_HOME", str(found.home))
    people = "login,name,organisation,title,roles\nkiem.tra,Kiều Thị Tra,btg,Kiểm tra,auditor\n"
    found.ward.office.do(ImportDirectory(kind="people", text=people, file="people.csv"))
    return found


@pytest.fixture
def auditor(bureau: Bureau) -> FlaskClient:
    return signed_in(application(bureau.ward.office.door), "kiem.tra")


def room(bureau: Bureau) -> str:
    return f"/audit/directives/{bureau.ward.letter}/dossier"


def exports(bureau: Bureau) -> list[dict[str, object]]:
    query = select(history_record.c.body).where(history_record.c.action == "dossier.exported").order_by(history_record.c.seq)
    with bureau.database.reading() as connection:
        return [opened(body) for body in connection.execute(query).scalars()]


def test_it_is_taken_out_for_a_purpose_and_what_is_carried_away_can_be_verified(bureau: Bureau, auditor: FlaskClient, tmp_path: Path) -> None:
    answer = send(auditor, room(bureau), PURPOSE)
    assert answer.status_code == 302
    waiting = auditor.get(answer.headers["Location"])
    assert "Đang lập điểm chốt cho bản ghi cuối" in waiting.text
    bureau.checkpoint()
    ready = auditor.get(answer.headers["Location"])
    assert "Hồ sơ đã sẵn sàng" in ready.text
    assert read(ready.text).faults() == []
    [record] = exports(bureau)
    assert (record["reason"], record["actor"]["name"]) == ({"code": "purpose", "text": PURPOSE["purpose"]}, "Kiều Thị Tra")
    export = answer.headers["Location"].rpartition("export=")[2]
    file = auditor.get(f"{room(bureau)}/{export}.zip")
    assert (file.status_code, file.mimetype) == (200, "application/zip")
    assert file.headers["Content-Disposition"] == 'attachment; filename="dossier-370-cv-btgtu-20240401.zip"'
    (tmp_path / "dossier.zip").write_bytes(file.data)
    found = checked(tmp_path / "dossier.zip", bureau.kept)
    assert (found.result, found.records) == ("intact", len(ZipFile(io.BytesIO(file.data)).read("dossier-370-cv-btgtu-20240401/data/records.jsonl").splitlines()))


def test_without_a_purpose_nothing_is_taken_out(bureau: Bureau, auditor: FlaskClient) -> None:
    answer = send(auditor, room(bureau), {"purpose": "  "})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert exports(bureau) == []


def test_a_form_that_is_sent_twice_takes_it_out_once(bureau: Bureau, auditor: FlaskClient) -> None:
    page = auditor.get(room(bureau)).text
    fields = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("csrf_token", "_once")}
    places = {auditor.post(room(bureau), data={**fields, **PURPOSE}).headers["Location"] for _ in range(2)}
    assert (len(places), len(exports(bureau))) == (1, 1)


def test_a_purpose_that_is_too_long_is_told_in_a_sentence(bureau: Bureau, auditor: FlaskClient) -> None:
    answer = send(auditor, room(bureau), {"purpose": "x" * 600})
    assert answer.status_code == 422
    assert "Expected" not in answer.text
    assert exports(bureau) == []


def test_a_file_that_was_not_taken_out_is_not_there(bureau: Bureau, auditor: FlaskClient) -> None:
    assert auditor.get(f"{room(bureau)}/018e001b-0000-7000-8000-000000000000.zip").status_code == 404


def test_whose_it_is_not_gets_neither_page_nor_file(bureau: Bureau, auditor: FlaskClient) -> None:
    export = send(auditor, room(bureau), PURPOSE).headers["Location"].rpartition("export=")[2]
    clerk = signed_in(application(bureau.ward.office.door), "van.thu")
    assert [clerk.get(place).status_code for place in (room(bureau), f"{room(bureau)}/{export}.zip")] == [403, 403]


def test_a_changed_history_is_told_before_a_byte_is_given(bureau: Bureau, auditor: FlaskClient) -> None:
    export = send(auditor, room(bureau), PURPOSE).headers["Location"].rpartition("export=")[2]
    bureau.checkpoint()
    with UnitOfWork(bureau.database) as unit:
        unit.connection.execute(update(history_record).where(history_record.c.seq == 5, history_record.c.log == "chidao/log1").values(record_hash="0" * 64))
        unit.commit()
    answer = auditor.get(f"{room(bureau)}/{export}.zip")
    assert answer.status_code == 409
    assert "Lịch sử đã bị thay đổi" in answer.text
