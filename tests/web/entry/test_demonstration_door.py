"""The door of a demonstration: about a dozen people first, then everybody, found without marks; nowhere else."""

from __future__ import annotations

import re

from flask import Flask

from tests.pages import send
from web.application import create_app
from web.door import EXTENSION


def test_a_few_people_are_offered_first_with_what_waits_for_them(demo_app: Flask) -> None:
    page = demo_app.test_client().get("/sign-in").text
    few = page[page.index('class="few"') : page.index('id="everybody"')]
    assert 8 <= few.count("<li>") <= 18
    assert re.search(r"[1-9]\d* việc đang chờ", few)
    for title in ("Văn thư", "Bí thư", "Quản trị hệ thống"):
        assert title in few
    assert len(page.encode()) < 60_000


def test_everybody_is_found_by_office_without_marks(demo_app: Flask) -> None:
    page = demo_app.test_client().get("/sign-in?find=tinh uy son binh van thu").text
    assert "<details open>" in page
    found = page[page.index('id="offices"') :]
    assert found.count("<li>") >= 1
    assert "Văn thư" in found
    assert "Không tìm thấy ai" in demo_app.test_client().get("/sign-in?find=xyzxyz").text


def test_one_click_lets_somebody_in(demo_app: Flask) -> None:
    client = demo_app.test_client()
    person = re.findall(r'name="person" value="([^"]+)"', client.get("/sign-in").text)[0]
    assert send(client, "/sign-in", {"person": person}, to="/sign-in/demonstration").status_code == 302
    assert client.get("/account").status_code == 200
    assert send(client, "/account", {"person": "nobody"}, to="/sign-in/demonstration").status_code == 404


def test_without_the_demonstration_nobody_is_told_who_there_is(demo_app: Flask) -> None:
    plain = create_app(demo_app.extensions[EXTENSION])
    client = plain.test_client()
    person = re.findall(r'name="person" value="([^"]+)"', demo_app.test_client().get("/sign-in").text)[0]
    assert person not in client.get("/sign-in").text
    assert send(client, "/sign-in", {"person": person}, to="/sign-in/demonstration").status_code == 404


def test_an_office_is_no_demonstration_even_when_it_is_served_as_one(office_app: Flask) -> None:
    office_app.config["DEMO"] = True
    client = office_app.test_client()
    assert 'name="person"' not in client.get("/sign-in").text
    assert send(client, "/sign-in", {"person": "x"}, to="/sign-in/demonstration").status_code == 404
