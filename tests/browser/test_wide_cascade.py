"""The picture of a cascade of 10,000 organisations is there, and can be looked into, without anything that makes a person wait."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.bench.wide import WIDE, widen, widest
from engine.storage import Database
from engine.storage.schema import directive, holding, person, post, post_role
from web.door import EXTENSION

WEIGHT = 100_000  # bytes on the wire


def test_ten_thousand_organisations_are_one_picture_that_the_keyboard_walks(demo: Flask, visit: Callable[..., Page]) -> None:
    database: Database = demo.extensions[EXTENSION].database
    letter = widest(database)
    widen(database, letter)
    with database.reading() as connection:
        leaders = select(person.c.login).join(holding, holding.c.person == person.c.id).join(post, post.c.id == holding.c.post)
        leaders = leaders.join(post_role, post_role.c.post == post.c.id).join(directive, directive.c.issuer == post.c.organisation)
        login = connection.execute(leaders.where(directive.c.id == letter, post_role.c.role == "leader").order_by(person.c.login)).scalars().first()
    page = visit(login, f"/directives/{letter}/cascade")
    expect(page.locator("#icicle")).to_be_visible()
    weight = page.evaluate("performance.getEntriesByType('resource').find((each) => each.name.endsWith('cascade.json')).encodedBodySize")
    assert weight < WEIGHT
    path = page.locator("#icicle .path")
    below = int((path.text_content() or "").rsplit("·", 1)[1].split()[0].replace(".", ""))
    assert below >= WIDE
    page.locator("[data-go=in]").focus()
    page.keyboard.press("Enter")
    expect(path).to_contain_text("→")
    row = page.locator("a.expand").first
    row.click()
    expect(row).to_have_attribute("aria-expanded", "true")
