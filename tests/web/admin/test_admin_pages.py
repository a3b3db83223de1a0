"""The pages of administration: what they cost, and that their forms are sealed. For whom they are: tests/web/test_every_page.py."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.storage.schema import holding, organisation, organisation_edge, post, recipient_group, recipient_group_member
from tests.web.admin.conftest import Offices, count


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
