"""Incidents on the command line: what waits, and how it is mended."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli import main
from engine.kernel.errors import Refused
from engine.storage import Database
from tests.instances.bureau import ADMIN, Bureau
from tests.instances.test_repairs import KEEPING

WHY = ("--reason", "đã kiểm tra")


class Shell:
    """The command line on the database of an office in which an operation has failed."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url = url
        self.bureau = Bureau.opened(Database(url), monkeypatch)
        self.bureau.archive.answer = Refused("Expected an open archive, but it is closed.")
        self.instance = self.bureau.draw(KEEPING, "set", "keep", "look", "e")
        self.incident = self.bureau.incident().id

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--database", self.url])

    def told(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def refused(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        return result.stderr


@pytest.fixture
def shell(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(sqlite_url, monkeypatch)


def test_incidents_are_listed(shell: Shell) -> None:
    (found,) = shell.told("incidents", "--organisation", "btg")["incidents"]
    assert (found["id"], found["element"], found["status"], found["attempts"]) == (shell.incident, "keep", "open", 1)
    assert shell.told("incidents", "--organisation", "phuong") == {"incidents": []}
    lines = shell.run("incidents").output.splitlines()
    assert lines[0] == f"{shell.incident} p › keep (operation, 1 lần) chờ quản trị"
    assert lines[1].endswith("Expected an open archive, but it is closed.")


def test_an_incident_is_resolved_with_corrected_data_in_the_name_of_the_administrator(shell: Shell) -> None:
    (again,) = shell.told("incident", "resolve", shell.incident, *WHY)["incidents"]
    assert (again["status"], again["attempts"]) == ("open", 2)
    shell.bureau.archive.answer = {}
    (done,) = shell.told("incident", "resolve", shell.incident, "--with", '{"n": 9}', "--as", ADMIN, *WHY)["incidents"]
    assert (done["status"], done["resolution"], shell.bureau.archive.given[-1]) == ("resolved", "done", {"shelf": 10})
    assert (shell.bureau.open(), shell.bureau.record("incident.retried")["actor"]["id"]) == (["look"], shell.bureau.actor(ADMIN).id)


def test_an_element_is_passed_over_and_a_token_is_moved(shell: Shell) -> None:
    result = shell.run("incident", "skip", shell.incident, *WHY)
    assert (result.exit_code, result.output.splitlines()[0]) == (0, f"{shell.incident} p › keep (operation, 1 lần) đã xử lý skipped")
    (token,) = shell.told("incident", "tokens", shell.instance)["tokens"]
    assert (token["element"], token["call_path"]) == ("look", [])
    assert shell.told("incident", "move", shell.instance, token["token"], "e", *WHY)["ended"]


def test_what_is_refused_is_said_in_one_sentence(shell: Shell) -> None:
    assert shell.refused("incident", "skip", shell.incident).startswith("Expected a reason for the repair, but found none.")
    assert shell.refused("incident", "resolve", "nobody", *WHY).startswith("Expected the id of an incident, but found 'nobody'")
    assert shell.refused("incident", "resolve", shell.incident, "--with", "n=9", *WHY).startswith("Expected a JSON object for --with")
    assert shell.refused("incident", "resolve", shell.incident, "--as", "van.thu", *WHY).startswith("Expected someone who holds the role admin")


def test_a_second_person_approves_on_the_command_line(shell: Shell) -> None:
    assert shell.run("setting", "repair_needs_second_person", "true", *WHY).exit_code == 0
    assert "--as LOGIN" in shell.refused("incident", "skip", shell.incident, *WHY)
    proposal = shell.told("incident", "skip", shell.incident, "--as", ADMIN, *WHY)["proposal"]
    assert shell.told("approve", proposal, "--as", "quan.tri.2", *WHY)["status"] == "approved"
    assert shell.told("incidents") == {"incidents": []}
