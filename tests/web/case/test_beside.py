"""What stands beside a task: the letter, what was read in it, what comes next, what was said."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from engine.audit.case_beside import Beside, ShowBeside
from engine.kernel.actor import Actor
from engine.kernel.errors import Denied
from engine.storage import Database
from engine.storage.schema import person
from tests.web.case.conftest import Find
from tests.web.conftest import SignIn
from web.door import EXTENSION

Ask = Callable[[str, str], Beside]


@pytest.fixture
def ask(demo_app: Flask, demonstration_database: Database) -> Ask:
    def beside(login: str, task: str) -> Beside:
        with demonstration_database.reading() as connection:
            identity = connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one()
        found: Beside = demo_app.extensions[EXTENSION].ask(ShowBeside(task=task), Actor.person(identity, method="password"))
        return found

    return beside


def test_the_letter_stands_beside_its_task_with_its_evidence(sign_in_to_demo: SignIn, desk: Find) -> None:
    mine = desk("check_incoming", "province")
    page = sign_in_to_demo(mine.login).get(f"/task/{mine.task}").text
    assert f'href="/documents/{mine.document}"' in page
    assert f'href="/case/{mine.instance}"' in page
    assert re.search(r'<a href="#line-\d+">dòng \d+</a>', page)
    assert "Bước tiếp theo" in page
    assert "Đăng ký văn bản đến" in page


def test_what_hangs_on_a_decision_is_not_promised(ask: Ask, desk: Find) -> None:
    mine = desk("register_incoming")
    sure = [(each.name, each.sure) for each in ask(mine.login, mine.task).following]
    assert sure == [("Cho ý kiến chỉ đạo", True)]
    checked = desk("check_incoming")
    assert not any(each.sure for each in ask(checked.login, checked.task).following)


def test_a_waiting_event_is_named(ask: Ask, desk: Find) -> None:
    mine = desk("number_dispatch")
    waits = [each.waits for each in ask(mine.login, mine.task).following]
    assert waits
    assert all(waits)


def test_a_stranger_is_told_nothing(ask: Ask, desk: Find, stranger: str) -> None:
    with pytest.raises(Denied):
        ask(stranger, desk("check_incoming", "province").task)
