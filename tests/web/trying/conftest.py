"""The demonstration's process designer with a design that holds a process to be tried, and what a page of a trial carries."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.definitions.designs import KeepDesignFile
from tests.definitions.trials import FORM, FORM_PATH, PATH, PROCESS, drawn
from tests.web.workbench.conftest import Designer, begin_design
from web.door import EXTENSION

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass(slots=True)
class Trying:
    """A trial as a browser has it: the page that was answered last."""

    designer: Designer
    page: TestResponse | None = None

    @property
    def address(self) -> str:
        """The address of trials of the design."""
        return f"{self.designer.room}/try"

    def begin(self, process: str = PROCESS, **fields: str) -> TestResponse:
        """Begin a trial as the page proposes it, on a Friday."""
        page = self.designer.client.get(self.address, query_string={"process": process})
        token = dict(_HIDDEN.findall(page.text))["csrf_token"]
        begun = {
            "do": "begin",
            "process": process,
            "start": '{"directive": "CV1"}',
            "now": "05/04/2024 08:00",
            "csrf_token": token,
            **fields,
        }
        self.page = self.designer.client.post(self.address, data=begun)
        return self.page

    def do(self, button: str, **fields: Any) -> TestResponse:
        """Press a button of the page, with what stands in its fields."""
        assert self.page is not None
        hidden = {name: unescape(value) for name, value in reversed(_HIDDEN.findall(self.page.text))}
        found = self.designer.client.post(self.address, data={**hidden, **fields, "do": button})
        if found.status_code != 303:
            self.page = found
        return found

    def keep(self, path: str, text: str, edition: int = 0) -> None:
        """Change a file of the design."""
        designer = self.designer
        command = KeepDesignFile(design=designer.design, path=path, text=text, edition=edition)
        designer.door.execute(command, designer.actor, key=f"test:{path}:{edition}")


@pytest.fixture
def trying(demo_app: Flask, sign_in_to_demo: Callable[[str], FlaskClient]) -> Trying:
    login, actor, design = begin_design(demo_app)
    designer = Designer(login=login, actor=actor, client=sign_in_to_demo(login), design=design, door=demo_app.extensions[EXTENSION])
    found = Trying(designer)
    found.keep(PATH, drawn())
    found.keep(FORM_PATH, FORM)
    return found
