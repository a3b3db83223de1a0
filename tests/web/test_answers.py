"""Every answer carries the headers; what goes wrong is a page in both languages that tells nothing of the inside."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from engine.kernel.errors import Conflict, Denied, InvalidInput, NotFound, Refused, StepFailed
from web.application import MAX_REQUEST
from web.errors import WORDS
from web.security import HEADERS, POLICY
from web.visitor import for_all

SECRET = "Nguyễn Thị Bí Mật"
FAILURES = {
    "denied": (Denied(SECRET), 403),
    "absent": (NotFound(SECRET), 404),
    "conflict": (Conflict(SECRET), 409),
    "refused": (Refused(SECRET), 409),
    "invalid": (InvalidInput(SECRET), 400),
    "failed": (StepFailed(SECRET), 500),
    "away": (OperationalError(SECRET, {"name": SECRET}, Exception(SECRET)), 503),
    "fault": (RuntimeError(SECRET), 500),
}


@pytest.fixture
def failing(app: Flask) -> FlaskClient:
    """The application with a page for each kind of failure."""

    def fail(kind: str) -> str:
        raise FAILURES[kind][0]

    app.add_url_rule("/fail/<kind>", view_func=for_all(fail))
    return app.test_client()


@pytest.mark.parametrize("path", ["/", "/health/live", "/health/ready", "/metrics", "/static/dist/chidao.css", "/nowhere", "/fail/fault"])
def test_every_answer_carries_the_headers(failing: FlaskClient, path: str) -> None:
    answer = failing.get(path)
    answer.close()  # of a file
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["Cache-Control"] == ("public, max-age=3600" if path.startswith("/static/") else "no-store")


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "default-src 'none'" in POLICY


@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_no_page_needs_what_the_policy_forbids(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    assert "<script" not in page
    assert not re.search(r"\s(style|on[a-z]+)=", page)
    assert not re.search(r'(src|href)="(https?:)?//', page)


@pytest.mark.parametrize(("kind", "status"), [(kind, status) for kind, (_, status) in FAILURES.items()])
def test_a_failure_is_a_page_in_both_languages_that_repeats_nothing(failing: FlaskClient, kind: str, status: int) -> None:
    answer = failing.get(f"/fail/{kind}")
    assert answer.status_code == status
    assert WORDS[status].title in answer.text
    assert WORDS[status].title_en in answer.text
    assert 'lang="en"' in answer.text
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text


def test_an_unknown_address_and_a_wrong_method_have_their_pages(client: FlaskClient) -> None:
    assert WORDS[404].title in client.get("/nowhere").text
    wrong = client.post("/")
    assert wrong.status_code == 405
    assert set(wrong.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert WORDS[405].title in wrong.text


def test_what_is_too_large_is_refused_before_it_is_read(client: FlaskClient) -> None:
    answer = client.post("/", environ_base={"CONTENT_LENGTH": str(MAX_REQUEST + 1)})
    assert answer.status_code == 413
    assert f"{MAX_REQUEST // 2**20} MB" in answer.text


def test_the_first_page_leads_to_the_door(client: FlaskClient) -> None:
    answer = client.get("/", follow_redirects=True)
    assert '<html lang="vi">' in answer.text
    assert "Đăng nhập" in answer.text
    assert "Bản trình diễn" not in answer.text


def test_a_demonstration_says_so_on_the_first_page(app: Flask) -> None:
    app.config["DEMO"] = True
    assert "Bản trình diễn" in app.test_client().get("/", follow_redirects=True).text
