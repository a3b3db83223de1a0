"""What is kept for searching, on both databases: made from the history, folded, read on by whoever comes first."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.audit.finding import FindTexts, Found, terms
from engine.audit.texts import KeepTexts, behind, folded
from engine.bootstrap import open_door
from engine.directives.receive import ReceiveDocument
from engine.door import Door
from engine.kernel.actor import SYSTEM, Actor
from engine.storage import Database
from engine.storage.schema import holding, organisation, person, post, post_role, search_text
from tests.pages import clock_after

SUBJECT = "treo cờ Tổ quốc dịp Tết Độc lập"


def office(database: Database) -> Door:
    """The scenarios' offices, where a letter has just arrived, read for searching."""
    door = open_door(database, clock_after(database))
    clerk, unit, issuer = clerk_of(database)
    body = {"process": "central_call", "doc_type": "công văn", "symbol": "CV/TU", "subject": SUBJECT, "items": [], "sunset": "2031-12-31"}
    door.execute(ReceiveDocument(organisation=unit, issuer=issuer, number=7, issued="2024-08-01", body=body), clerk, key="arrival")
    read_on(door)
    return door


def clerk_of(database: Database) -> tuple[Actor, str, str]:
    with database.reading() as connection:
        query = select(holding.c.person, post.c.organisation).join(post, post.c.id == holding.c.post).join(post_role, post_role.c.post == post.c.id)
        row = connection.execute(query.where(post_role.c.role == "clerk", holding.c.substitute_for.is_(None), holding.c.valid_from <= "2020-01-01").order_by(post.c.organisation)).first()
        assert row is not None
        other = connection.execute(select(organisation.c.id).where(organisation.c.id != row.organisation).order_by(organisation.c.code)).scalars().first()
    return Actor.person(row.person, method="password"), row.organisation, str(other)


def read_on(door: Door) -> None:
    number = 0
    while door.execute(KeepTexts(), SYSTEM, key=f"texts:{number}")["read"]:
        number += 1


def find(door: Door, words: str, actor: Actor | None = None) -> Found:
    found: Found = door.ask(FindTexts(text=words), actor or clerk_of(door.database)[0])
    return found


def test_a_letter_that_has_arrived_is_found_without_marks(furnished_database: Database) -> None:
    door = office(furnished_database)
    for words in ("treo co to quoc", "Tết Độc lập", '"tet doc lap"', "to quo"):
        assert [hit.kind for hit in find(door, words).hits] == ["directive"], words
    assert find(door, '"lap doc"').hits == ()


def test_the_words_are_marked_where_they_stand(furnished_database: Database) -> None:
    hit = find(office(furnished_database), "doc lap").hits[0]
    assert [piece for piece, marked in hit.title if marked] == ["Độc", "lập"]


def test_reading_on_again_keeps_nothing_twice(furnished_database: Database) -> None:
    door = office(furnished_database)
    with furnished_database.reading() as connection:
        before = connection.execute(select(func.count()).select_from(search_text)).scalar_one()
        assert behind(connection) == 0
    read_on(door)
    with furnished_database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(search_text)).scalar_one() == before


def test_somebody_without_a_post_finds_nothing(furnished_database: Database) -> None:
    door = office(furnished_database)
    with furnished_database.reading() as connection:
        holders = select(holding.c.person)
        stranger = connection.execute(select(person.c.id).where(person.c.id.not_in(holders))).scalars().first()
    assert find(door, "treo co", Actor.person(stranger or "nobody", method="password")).hits == ()


def test_words_are_folded_and_phrases_kept_together() -> None:
    assert terms('Đảng  "Bộ Chính trị" đảng -- !') == ["dang", "bo chinh tri"]
    assert folded("Số 07-CV/TU: Đối với") == " so 07 cv tu doi voi "
