"""What the pages of directives ask, on both databases: the list, one directive with its parts, its cascade, what may be started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit.cascade_levels import ShowCascade, ShowTree
from engine.bootstrap import open_door
from engine.directives.listing import SORTS, ListDirectives
from engine.directives.receive import ReceiveDocument, StoreDocument
from engine.directives.registering import DropRegistration, ForeseeRegistration, KeepRegistration, ListRegistrations, ReadStored
from engine.directives.resolving import ResolveRecipients
from engine.directives.signed_files import AttachSignedFile
from engine.directives.standing_page import ShowDirective
from engine.directives.standing_parts import ShowChanges, ShowDifficulties, ShowInstructions, ShowMilestones, ShowRecipients, ShowUrging
from engine.directives.starting import ListStarts
from engine.door import Door
from engine.kernel.actor import Actor
from engine.kernel.errors import Denied, NotFound, Refused
from engine.storage import Database
from engine.storage.schema import holding, organisation, organisation_edge, post, post_role, recipient_group
from tests.pages import clock_after

DUTY = {"frequency": "once", "report_type": "báo cáo kết quả", "due_date": "2031-05-15", "due_operator": "by"}
PARTS: list[Callable[..., Any]] = [
    *(ShowDirective, ShowInstructions, ShowRecipients, ShowMilestones, ShowUrging, ShowDifficulties, ShowChanges, ShowCascade, ShowTree, ListStarts)
]


class Arrived:
    """The scenarios' offices, where a letter from above has just arrived at one that has a superior and a clerk."""

    def __init__(self, database: Database) -> None:
        self.door: Door = open_door(database, clock_after(database))
        with database.reading() as connection:
            query = (
                select(holding.c.person, post.c.organisation, organisation_edge.c.parent)
                .join(post, post.c.id == holding.c.post)
                .join(post_role, post_role.c.post == post.c.id)
                .join(organisation_edge, organisation_edge.c.child == post.c.organisation)
                .where(post_role.c.role == "clerk", holding.c.substitute_for.is_(None), holding.c.valid_from <= "2020-01-01")
                .order_by(post.c.organisation)
            )
            row = connection.execute(query).first()
            assert row is not None
            inside = select(post.c.id).where(post.c.organisation.in_([row.organisation, row.parent]))
            outside = connection.execute(select(holding.c.person).where(holding.c.post.not_in(inside)).order_by(holding.c.person)).scalars()
            self.others = [Actor.person(each, method="password") for each in outside]
        self.clerk, self.unit, self.issuer = Actor.person(row.person, method="password"), row.organisation, row.parent
        body = {"process": "central_call", "doc_type": "công văn", "symbol": "CV/TU", "subject": "Treo cờ", "items": [], "obligation": DUTY, "sunset": "2031-12-31"}
        command = ReceiveDocument(organisation=self.unit, issuer=self.issuer, number=7, issued="2024-08-01", body=body)
        self.letter = str(self.door.execute(command, self.clerk, key="arrival")["directive"])

    def store(self, name: str, content: bytes) -> str:
        command = StoreDocument(organisation=self.unit, name=name, media_type="text/plain", content=content.hex())
        return str(self.door.execute(command, self.clerk, key=f"store:{name}")["sha256"])


@pytest.fixture
def arrived(furnished_database: Database) -> Arrived:
    return Arrived(furnished_database)


def test_the_list_is_filtered_and_sorted_by_the_database(arrived: Arrived) -> None:
    for sort in SORTS:
        for everywhere in (False, True):
            found = arrived.door.ask(ListDirectives(sort=sort, everywhere=everywhere, descending=everywhere), arrived.clerk)
            assert [line.id for line in found.lines] == [arrived.letter], sort
    line = arrived.door.ask(ListDirectives(), arrived.clerk).lines[0]
    assert (line.code, line.receipt, line.due, line.recipients) == ("07-CV/TU", "00", "2031-05-15", 1)
    assert line.progress.owed == 1


@pytest.mark.parametrize(
    ("fits", "filters"),
    [
        (1, {"text": "treo co"}),
        (0, {"text": "hạ cờ"}),
        (1, {"direction": "received"}),
        (0, {"direction": "issued"}),
        (0, {"status": "closed"}),
        (0, {"overdue": True}),
        (1, {"since": "2024-08-01", "until": "2024-08-01"}),
        (0, {"doc_type": "kế hoạch"}),
    ],
)
def test_a_filter_leaves_out_what_does_not_fit(arrived: Arrived, fits: int, filters: dict[str, Any]) -> None:
    assert arrived.door.ask(ListDirectives(**filters), arrived.clerk).total == fits


@pytest.mark.parametrize("part", PARTS)
def test_every_part_answers_whom_it_concerns_and_nobody_else(arrived: Arrived, part: Callable[..., Any]) -> None:
    found = arrived.door.ask(part(directive=arrived.letter), arrived.clerk)
    if part is not ListStarts:
        assert found.head.code == "07-CV/TU"
        assert [mine.status for mine in found.head.mine] == ["00"]
    with pytest.raises(NotFound):
        arrived.door.ask(part(directive="none"), arrived.clerk)
    refused = 0
    for other in arrived.others:
        try:
            arrived.door.ask(part(directive=arrived.letter), other)
        except Denied:
            refused += 1
    assert refused > 0


def test_a_cascade_is_a_level_and_a_tree(arrived: Arrived) -> None:
    level = arrived.door.ask(ShowCascade(directive=arrived.letter), arrived.clerk)
    assert [(row.organisation, row.status, row.owed, row.forwarded) for row in level.rows] == [(arrived.unit, "00", 1, 0)]
    assert arrived.door.ask(ShowCascade(directive=arrived.letter, troubled=True), arrived.clerk).rows == ()
    tree = arrived.door.ask(ShowTree(directive=arrived.letter), arrived.clerk)
    assert [(parent, state) for _, parent, state in tree.nodes] == [(None, "going"), (0, "waiting")]


def test_what_a_change_would_touch_is_counted(arrived: Arrived) -> None:
    touched = arrived.door.ask(ShowChanges(directive=arrived.letter), arrived.clerk).touched
    assert (touched.organisations, touched.assignments, touched.letters) == (1, 0, 0)


def test_groups_are_resolved_for_those_who_stand_there_only(arrived: Arrived) -> None:
    with arrived.door.database.reading() as connection:
        group = connection.execute(select(recipient_group.c.owner, recipient_group.c.code).order_by(recipient_group.c.owner)).first()
        assert group is not None
        inside = connection.execute(
            select(holding.c.person).join(post, post.c.id == holding.c.post).where(post.c.organisation == group.owner, holding.c.valid_to.is_(None))
        ).scalars().first()
        name = connection.execute(select(organisation.c.name).where(organisation.c.id == group.owner)).scalar_one()
    found = arrived.door.ask(ResolveRecipients(organisation=group.owner, codes=(group.code, "unknown")), Actor.person(str(inside), method="password"))
    assert found.unknown == ("unknown",)
    assert len(found.reached) >= 1
    assert name not in {each.name for each in found.reached}
    with pytest.raises(Denied):
        arrived.door.ask(ResolveRecipients(organisation=group.owner, codes=()), Actor.person("nobody", method="password"))


def test_a_signed_file_is_attached_once(arrived: Arrived) -> None:
    digest = arrived.store("signed.pdf", b"signed elsewhere")
    command = AttachSignedFile(directive=arrived.letter, document=digest, note="ký tại văn phòng")
    arrived.door.execute(command, arrived.clerk, key="attach")
    assert [file.document for file in arrived.door.ask(ShowDirective(directive=arrived.letter), arrived.clerk).signed_files] == [digest]
    with pytest.raises(Refused):
        arrived.door.execute(command, arrived.clerk, key="attach again")
    with pytest.raises(NotFound):
        arrived.door.execute(AttachSignedFile(directive=arrived.letter, document="0" * 64), arrived.clerk, key="attach nothing")


def test_a_registration_is_ones_own_until_it_is_dropped(arrived: Arrived) -> None:
    digest = arrived.store("poem.txt", "Một bài thơ".encode())
    read = ReadStored(organisation=arrived.unit, sha256=digest)
    with pytest.raises(NotFound):
        arrived.door.ask(read, arrived.clerk)
    arrived.door.execute(KeepRegistration(sha256=digest, data={"form": {"note": "x"}}), arrived.clerk, key="keep")
    arrived.door.execute(KeepRegistration(sha256=digest, data={"form": {"note": "y"}}), arrived.clerk, key="keep more")
    assert arrived.door.ask(ListRegistrations(), arrived.clerk)[0].data == {"form": {"note": "y"}}
    assert arrived.door.ask(read, arrived.clerk).problem is not None
    assert arrived.door.ask(ListRegistrations(), arrived.others[0]) == ()
    arrived.door.execute(DropRegistration(sha256=digest), arrived.clerk, key="drop")
    assert arrived.door.ask(ListRegistrations(), arrived.clerk) == ()


def test_a_letter_that_is_known_is_foreseen(arrived: Arrived) -> None:
    asked = {"organisation": arrived.unit, "called": "", "symbol": "CV/TU", "issuer": arrived.issuer, "issued": "2024-08-01", "doc_type": "công văn"}
    found = arrived.door.ask(ForeseeRegistration(**asked, number=7, subject="Treo cờ"), arrived.clerk)
    assert found.known is not None
    assert found.received_here
    assert arrived.door.ask(ForeseeRegistration(**asked, number=8, subject="Treo cờ"), arrived.clerk).known is None
