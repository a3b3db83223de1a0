"""Every page of administration: works, not for others, not for nobody, not for a bad id; and what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.storage.schema import holding, organisation, organisation_edge, post, recipient_group, recipient_group_member
from tests.web.admin.conftest import Offices, count

NOBODY = "018e001b-0000-7000-8000-000000000000"
PAGES = (
    "/admin",
    "/admin/organisations",
    "/admin/organisations?q=ban+tuyen+giao",
    "/admin/organisations?parent={unit}",
    "/admin/organisations/new",
    "/admin/organisations/{unit}",
    "/admin/organisations/{unit}/change",
    "/admin/organisations/{unit}/lines/new",
    "/admin/organisations/{child}/lines/{edge}/end",
    "/admin/organisations/{unit}/merge",
    "/admin/organisations/{unit}/split",
    "/admin/organisations/{unit}/groups/new",
    "/admin/organisations/{unit}/posts/new",
    "/admin/organisations/{unit}/posts/{post}/change",
    "/admin/organisations/{unit}/posts/{post}/appoint",
    "/admin/organisations/{unit}/holdings/{holding}/end",
    "/admin/groups/{group}",
    "/admin/groups/{group}/members/new",
    "/admin/groups/{group}/members/{member}/remove",
    "/admin/people",
    "/admin/people?show=left",
    "/admin/people?show=tasks",
    "/admin/people/new",
    "/admin/people/{person}",
    "/admin/people/{person}/change",
    "/admin/people/{person}/account",
    "/admin/people/{person}/sessions",
    "/admin/people/{person}/password-link",
    "/admin/people/{person}/departure",
    "/admin/substitutions",
    "/admin/substitutions/new",
    "/admin/calendar",
    "/admin/calendar/day",
    "/admin/calendar/file",
    "/admin/regimes",
    "/admin/regimes/change",
    "/admin/indicator-sets",
    "/admin/indicator-sets/new",
    "/admin/registers",
    "/admin/registers?unit={unit}",
    "/admin/registers/new",
    "/admin/registers/term",
    "/admin/settings",
    "/admin/settings/extensions_max",
    "/admin/incidents",
    "/admin/effects",
    "/admin/health",
    "/admin/vacant-posts",
    "/admin/proposals",
)
UNKNOWN = (
    f"/admin/organisations/{NOBODY}",
    f"/admin/organisations/{NOBODY}/merge",
    f"/admin/organisations?parent={NOBODY}",
    "/admin/organisations/{unit}/posts/" + NOBODY + "/change",
    "/admin/organisations/{unit}/holdings/" + NOBODY + "/end",
    "/admin/organisations/{unit}/lines/" + NOBODY + "/end",
    f"/admin/groups/{NOBODY}",
    "/admin/groups/{group}/members/" + NOBODY + "/remove",
    f"/admin/people/{NOBODY}",
    f"/admin/people/{NOBODY}/departure",
    f"/admin/substitutions/new/{NOBODY}",
    f"/admin/substitutions/{NOBODY}/end",
    f"/admin/regimes/{NOBODY}/end",
    f"/admin/indicator-sets/{NOBODY}",
    f"/admin/registers?unit={NOBODY}",
    "/admin/settings/colour",
    f"/admin/incidents/{NOBODY}",
    f"/admin/incidents/{NOBODY}/retry",
    f"/admin/effects/{NOBODY}/drop",
    f"/admin/proposals/{NOBODY}",
)


def places(offices: Offices) -> dict[str, Any]:
    """Return ids by which every address can be filled."""
    with offices.database.reading() as connection:
        group = connection.execute(select(recipient_group).order_by(recipient_group.c.id)).first()
        assert group is not None
        member = connection.execute(select(recipient_group_member.c.organisation).where(recipient_group_member.c.recipient_group == group.id)).scalars().first()
        edge = connection.execute(select(organisation_edge)).first()
        assert edge is not None
        held = connection.execute(select(holding.c.id, holding.c.person, holding.c.post).join(post).where(post.c.organisation == group.owner)).first()
        assert held is not None
    ids = {"unit": group.owner, "group": group.id, "member": member, "edge": edge.id, "child": edge.child}
    return {**ids, "holding": held.id, "person": held.person, "post": held.post}


def test_every_page_works_for_the_administrator(offices: Offices) -> None:
    ids = places(offices)
    answers = {page: offices.client.get(page.format(**ids)) for page in PAGES}
    assert {page: answer.status_code for page, answer in answers.items()} == dict.fromkeys(PAGES, 200)
    assert [page for page, answer in answers.items() if answer.text.count("<h1") != 1] == []
    assert [page for page, answer in answers.items() if answer.text.count("btn-primary") > 1] == []


def test_no_page_is_for_somebody_who_administers_nothing(offices: Offices, specialist: FlaskClient) -> None:
    ids = places(offices)
    assert {page: specialist.get(page.format(**ids)).status_code for page in PAGES} == dict.fromkeys(PAGES, 403)


def test_nobody_sees_anything_without_signing_in(offices: Offices) -> None:
    stranger, ids = offices.app.test_client(), places(offices)
    for page in PAGES:
        answer = stranger.get(page.format(**ids))
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/sign-in"), page


def test_what_does_not_exist_is_not_found(offices: Offices) -> None:
    ids = places(offices)
    assert {page: offices.client.get(page.format(**ids)).status_code for page in UNKNOWN} == dict.fromkeys(UNKNOWN, 404)


@pytest.mark.parametrize("page", ["/admin/people/new", "/admin/organisations/new", "/admin/calendar/day", "/admin/settings/extensions_max"])
def test_a_form_without_its_hidden_fields_is_refused(offices: Offices, page: str) -> None:
    assert offices.client.post(page, data={"reason": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("page", "most"),
    [
        ("/admin", 12),
        ("/admin/organisations", 10),
        ("/admin/organisations/{unit}", 18),
        ("/admin/people", 10),
        ("/admin/people/{person}", 13),
        ("/admin/people/{person}/departure", 14),
        ("/admin/groups/{group}", 12),
        ("/admin/incidents", 9),
        ("/admin/registers", 10),
        ("/admin/organisations/{unit}/merge", 13),
    ],
)
def test_statements_do_not_grow_with_rows(offices: Offices, page: str, most: int) -> None:
    address = page.format(**places(offices))
    offices.client.get(address)
    assert count(offices, address) <= most


def test_the_list_of_organisations_leads_down_level_by_level(offices: Offices) -> None:
    edge = offices.row(select(organisation_edge).where(organisation_edge.c.parent.not_in(select(organisation_edge.c.child))).limit(1))
    top = offices.client.get("/admin/organisations").text
    assert f"parent={edge.parent}" in top
    assert offices.one(select(organisation.c.name).where(organisation.c.id == edge.child)) in offices.client.get(f"/admin/organisations?parent={edge.parent}").text


def test_the_day_is_asked_as_people_write_it(offices: Offices) -> None:
    before = offices.client.get("/admin/organisations?day=01/01/2001").text
    assert "01/01/2001" in before
    assert "Không có đơn vị nào ở đây vào ngày này" in before
