"""Behind a proxy: only as many hops are believed as are set, and the cookie stays within https."""

from __future__ import annotations

import pytest
from flask import Flask, request

from engine.bootstrap import prepare
from engine.kernel.clock import SystemClock
from engine.storage import Database
from web.application import create_app
from web.visitor import for_all

FORWARDED = {"X-Forwarded-For": "203.0.113.7, 198.51.100.2", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "chidao.example.vn"}


@pytest.fixture
def behind(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Flask:
    monkeypatch.setenv("CHIDAO_TRUSTED_PROXIES", str(getattr(request, "param", 1)))
    app = create_app(prepare(sqlite_database, SystemClock()))
    app.add_url_rule("/who", view_func=for_all(who))
    return app


def who() -> str:
    return f"{request.remote_addr} {request.scheme} {request.host}"


@pytest.mark.parametrize(
    ("behind", "seen"), [(0, "127.0.0.1 http localhost"), (1, "198.51.100.2 https chidao.example.vn"), (2, "203.0.113.7 http localhost")], indirect=["behind"]
)
def test_as_many_hops_are_believed_as_are_set(behind: Flask, seen: str) -> None:
    assert behind.test_client().get("/who", headers=FORWARDED).text == seen


def test_over_https_the_cookie_is_secure_and_the_answer_strict(behind: Flask) -> None:
    answer = behind.test_client().get("/sign-in", headers=FORWARDED)
    assert "; Secure;" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


def test_over_http_people_may_still_sign_in(behind: Flask) -> None:
    answer = behind.test_client().get("/sign-in")
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in answer.headers


def test_who_was_forwarded_is_not_this_machine(behind: Flask) -> None:
    assert behind.test_client().get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
