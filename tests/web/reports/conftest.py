"""The scenarios' offices in the middle of a month: a ward has yet to write its report, its superior to review and consolidate."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.execution.poller import Poller
from engine.scenario.scenario import play, read_scenario
from engine.storage import Database
from engine.storage.schema import consolidation, organisation, person, report, user_task
from tests.pages import signed_in
from tests.processes.walk import PROCESSES
from web.door import EXTENSION

SOURCE = PROCESSES / "shared" / "scenarios" / "report_returned.json"
NEVER = "2031-01-01"
HELD = [("report_section", "phuong-2"), ("review_report", "btg"), ("consolidate", "btg"), ("report_section", "btg")]


@dataclass(frozen=True)
class Office:
    """The application, and what its tests ask of the database."""

    app: Flask

    @property
    def database(self) -> Database:
        found: Database = self.app.extensions[EXTENSION].database
        return found

    def settle(self) -> None:
        """Let everything happen that needs nobody."""
        Poller(self.app.extensions[EXTENSION]).drain()

    def client(self, login: str) -> FlaskClient:
        return signed_in(self.app, login)

    def task(self, code: str, form: str) -> str:
        """The oldest open task with a form at an office."""
        return str(self._one(select(user_task.c.id).join(organisation, organisation.c.id == user_task.c.organisation).where(user_task.c.status == "open", user_task.c.form == form), code))

    def review(self, about: str) -> str:
        """The open task in which a report is reviewed."""
        query = select(user_task.c.id).where(user_task.c.status == "open", user_task.c.form == "review_report", user_task.c.context.contains(about))
        with self.database.reading() as connection:
            return str(connection.execute(query).scalar_one())

    def report(self, code: str) -> str:
        return str(self._one(select(report.c.id).join(organisation), code))

    def consolidation(self, code: str) -> str:
        return str(self._one(select(consolidation.c.id).join(organisation), code))

    def unit(self, code: str) -> str:
        return str(self._one(select(organisation.c.id), code))

    def people(self) -> dict[str, str]:
        with self.database.reading() as connection:
            return {row.login: row.id for row in connection.execute(select(person.c.login, person.c.id))}

    def _one(self, query: Any, code: str) -> Any:
        with self.database.reading() as connection:
            return connection.execute(query.where(organisation.c.code == code)).scalars().first()


@pytest.fixture
def month(furnished_database: Database, office_app: Flask, tmp_path: Path) -> Office:
    """The sixteenth of April: the cells have reported, the ward of Nam Bình is about to."""
    plain = json.loads(SOURCE.read_text("utf-8"))
    plain["expect"], plain["until"] = [], "2024-04-16"
    plain["answers"] = [{"form": form, "at": code, "from": NEVER} for form, code in HELD]
    (tmp_path / "month.json").write_text(json.dumps(plain, ensure_ascii=False), "utf-8")
    play(read_scenario(tmp_path / "month.json"), furnished_database, furnished=True)
    return Office(app=office_app)


def row_of(page: str, head: str) -> list[str]:
    """Return the texts of the cells of the table row whose head begins with these words."""
    for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL):
        cells = [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        if "<td" in row and any(cell.startswith(head) for cell in cells[:2]):
            return cells
    raise AssertionError(f"Expected a row {head!r}, but found none.")


def words_of(page: str) -> str:
    """Return what a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
