"""The demonstration with everything on it that a page can be about: what an office meets now and then is there too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Select, insert, select

from engine.access.accounts import OpenAccount
from engine.access.password_links import MakePasswordLink, new_link_token
from engine.access.passwords import hashed
from engine.access.sessions import digest
from engine.audit.texts import KeepTexts
from engine.bootstrap import open_door
from engine.directives.receive import StoreDocument
from engine.directives.registering import KeepRegistration
from engine.directory.directory_import import ImportDirectory
from engine.directory.indicator_sets import KeepIndicatorSet, SetRow
from engine.directory.substitution import RecordSubstitution
from engine.door import Door
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.ids import new_id
from engine.reports.regime_changes import ChangeRegime
from engine.storage import Database, UnitOfWork
from engine.storage.schema import (
    consolidation,
    consolidation_total,
    directive,
    effect,
    history_record,
    holding,
    incident,
    indicator_set,
    organisation,
    organisation_edge,
    person,
    proposal,
    recipient_group,
    recipient_group_member,
    report,
    reporting_regime,
    user_task,
)
from tests.pages import clock_after, person_of
from tests.web.directives.test_registering import LETTER as LETTER_FILE
from tests.web.stage_workbench import DESIGNER, design_and_deploy
from tests.web.task.desk import desk
from web.application import create_app
from web.door import EXTENSION
from web.visitor import PAGES

DEPARTMENT = "ban-tuyen-giao-tinh-uy-son-binh"
WARD = "dang-bo-xa-1-huyen-uy-so-1-son-binh"
LEADER, CLERK, CONSOLIDATOR, OFFICE_HEAD = "vungocha.6", "buivanlan.8", "lominhnam.10", "dangthanhkhanh.7"  # of the department
SPECIALIST, COLLEAGUE = "dothimai.9", "dong.nghiep"  # of the department too; the second is not in the demonstration
STAFF, CELL = "phamthanhlan.112", "dangminhoanh.115"  # of the ward; of a cell below it, which never had a letter of the department
ADMIN = "vangminhquan.143"
AUDITOR = "tanthuan.144"  # of the province and all beneath it
WORDS = "bốn từ chẳng liên quan"
FORMS = (  # of which the demonstration always has an open task
    *("answer_difficulty", "approve_sign", "check_form", "check_incoming", "consolidate", "execute_update", "leader_instruction"),
    *("number_dispatch", "register_incoming", "regular_report", "report_section", "review_report", "urge", "urge_missing"),
)
LETTER = "215-CV/BTGTU"  # of the department, which everybody handed down


@dataclass(frozen=True, slots=True)
class Stage:
    """The application, and by which names its addresses are filled: the name of a place in an address → what stands there.

    `desks`: a form → somebody who has an open task with it (the login), which is in `ids` under the form's name.
    """

    app: Flask
    ids: Mapping[str, str]
    desks: Mapping[str, str]


@contextmanager
def staged(demonstration: Path, folder: Path) -> Iterator[Stage]:
    """Yield the application over a copy of the demonstration's file in `folder`, which is closed and deleted afterwards."""
    place = folder / "stage.sqlite3"
    copy(demonstration, place)
    database = Database(f"sqlite:///{place}")
    app = create_app(open_door(database, clock_after(database)), demo=True)
    door = app.extensions[EXTENSION]
    made = _now_and_then(door)
    made |= design_and_deploy(door, Actor.person(person_of(door, DESIGNER), method="password"))
    number = 0
    while door.execute(KeepTexts(), PAGES, key=f"stage:texts:{number}")["read"]:  # the search finds something
        number += 1
    with database.reading() as connection:
        found = _found(connection)
    waiting = {form: desk(database, form) for form in FORMS}
    tasks = {form: each.task for form, each in waiting.items()}
    yield Stage(app=app, ids={**found, **made, **tasks}, desks={form: each.login for form, each in waiting.items()})
    database.dispose()
    place.unlink()


def _now_and_then(door: Door) -> dict[str, str]:
    """Let happen what an office meets now and then, and return by what it is found."""
    as_admin, as_clerk = (Actor.person(person_of(door, login), method="password") for login in (ADMIN, CLERK))
    people = f"login,name,organisation,title,roles\n{COLLEAGUE},Giàng Thị Sung,{DEPARTMENT},Chuyên viên,specialist\n"
    token = new_link_token()
    with door.database.reading() as connection:
        unit, seat = _unit(connection, DEPARTMENT), _seat(connection, LEADER)
    row = SetRow(label="Số buổi tuyên truyền", unit="buổi", aggregation="sum")
    letter = {"organisation": unit, "name": "cong-van.txt", "media_type": "text/plain", "content": LETTER_FILE.encode().hex()}
    door.execute(ImportDirectory(kind="people", text=people, file="people.csv"), SYSTEM, key="stage:people")
    door.execute(OpenAccount(login=STAFF, password_hash=hashed(WORDS, login=STAFF), must_change=False), SYSTEM, key="stage:account")
    door.execute(MakePasswordLink(login=STAFF, token_hash=digest(token)), SYSTEM, key="stage:link")
    absent = RecordSubstitution(
        post=seat, substitute=OFFICE_HEAD, valid_from="2026-11-01", valid_to="2026-12-31", limits=(), reason="Đi học"
    )
    substitution = door.execute(absent, as_admin, key="stage:substitution")
    door.execute(KeepIndicatorSet(name="Tuyên truyền", rows=(row,), reason="Chương trình năm"), as_admin, key="stage:indicators")
    door.execute(
        ChangeRegime(superior=unit, level="commune", frequency="monthly", due_day=18, reason="Họp giao ban"), as_admin, key="stage:regime"
    )
    stored = door.execute(StoreDocument(**letter), as_clerk, key="stage:file")
    door.execute(KeepRegistration(sha256=stored["sha256"], data={"unit": unit}), as_clerk, key="stage:registration")
    told = {"token": token, "registered": str(stored["sha256"]), "substitution": str(substitution["substitution"])}
    return {**told, "setting": "extensions_max", **_failed_and_proposed(door, as_admin)}


def _failed_and_proposed(door: Door, proposer: Actor) -> dict[str, str]:
    """Put down an e-mail that was given up, and a proposal that waits for a second person."""
    key, identity, moment = new_id(door.clock.now()), new_id(door.clock.now()), "2026-11-19T01:00:00.000Z"
    mail = {
        "key": key,
        "element": "",
        "kind": "email",
        "channel": "email",
        "payload": json.dumps({"to": "a@example.vn", "text": "Nội dung"}),
    }
    given_up = {"created_at": moment, "roots": "[]", "tells": 0, "status": "dead", "attempts": 8, "error": "the server is away"}
    asked = {"id": identity, "kind": "repair", "subject": "Sự cố", "payload": "{}", "digest": "0" * 64, "basis": "{}", "reason": "Đã sửa"}
    with UnitOfWork(door.database) as unit:
        unit.connection.execute(insert(effect).values(**mail, **given_up))
        unit.connection.execute(insert(proposal).values(**asked, proposed_by=proposer.id, proposed_at=moment, status="open"))
        unit.commit()
    return {"effect": key, "proposal": identity}


def _found(connection: Connection) -> dict[str, str]:
    """Return what the demonstration holds of each kind: of the department, as far as it has one."""
    unit, ward = _unit(connection, DEPARTMENT), _unit(connection, WARD)

    def first(query: Select[Any]) -> str:
        return str(connection.execute(query.limit(1)).scalar_one())

    group = first(
        select(recipient_group.c.id).join(recipient_group_member).where(recipient_group.c.owner == unit).order_by(recipient_group.c.id)
    )
    edge = first(select(organisation_edge.c.id).where(organisation_edge.c.child == ward).order_by(organisation_edge.c.id))
    letter = connection.execute(select(directive).where(directive.c.code == LETTER)).one()
    above = select(consolidation.c.id).where(consolidation.c.organisation == unit, consolidation.c.period != "final")
    summed = first(above.order_by(consolidation.c.id))
    seat = _seat(connection, SPECIALIST)
    case = (
        select(user_task.c.instance)
        .where(user_task.c.organisation == unit, user_task.c.status == "open")
        .order_by(user_task.c.created_at, user_task.c.id)
    )
    oldest = case.with_only_columns(user_task.c.id)
    sealed = connection.execute(select(history_record).where(history_record.c.subject == letter.id).order_by(history_record.c.seq).limit(1)).one()
    return {
        "organisation": unit,
        "ward": ward,
        "edge": edge,
        "group": group,
        "member": first(select(recipient_group_member.c.organisation).where(recipient_group_member.c.recipient_group == group)),
        "post": seat,
        "holding": first(select(holding.c.id).where(holding.c.post == seat).order_by(holding.c.id)),
        "person": first(select(person.c.id).where(person.c.login == SPECIALIST)),
        "regime": first(select(reporting_regime.c.id).where(reporting_regime.c.superior == unit)),
        "identity": first(select(indicator_set.c.id).order_by(indicator_set.c.id)),
        "incident": first(select(incident.c.id).where(incident.c.resolved_at.is_(None), incident.c.instance.is_not(None))),
        "directive": letter.id,
        "log": sealed.log,
        "seq": str(sealed.seq),
        "sha256": letter.document,
        "report": first(select(report.c.id).where(report.c.organisation == unit, report.c.status == "accepted").order_by(report.c.id)),
        "unwritten": first(select(report.c.id).where(report.c.organisation == unit, report.c.status == "open").order_by(report.c.id)),
        "consolidation": summed,
        "total": first(
            select(consolidation_total.c.id).where(consolidation_total.c.consolidation == summed).order_by(consolidation_total.c.id)
        ),
        "task": first(oldest.where(user_task.c.role == "specialist")),
        "of_the_leader": first(oldest.where(user_task.c.role == "leader")),
        "instance": first(case.where(user_task.c.role == "specialist")),
    }


def _unit(connection: Connection, code: str) -> str:
    return str(connection.execute(select(organisation.c.id).where(organisation.c.code == code)).scalar_one())


def _seat(connection: Connection, login: str) -> str:
    """Return the post that somebody holds."""
    query = select(holding.c.post).join(person, person.c.id == holding.c.person).where(person.c.login == login)
    return str(connection.execute(query.order_by(holding.c.id).limit(1)).scalar_one())
