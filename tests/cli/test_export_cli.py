"""`chidao export`: a folder under version control and the database agree, or one is told where they do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli import main
from tests.definitions.drawings import chain, drawing, form, lane

START = '<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/>'


class Shell:
    """The command line on one database, in which the processes of the folder `old` are in force."""

    def __init__(self, url: str, path: Path) -> None:
        self.url, self.path = url, path
        self.old = path / "old"
        draw(self.old, "p")
        assert self.run("deploy", self.old).exit_code == 0

    def run(self, *arguments: object) -> Result:
        return CliRunner().invoke(main, [*map(str, arguments), "--database", self.url])

    def told(self, *arguments: object, ends: int = 0) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == ends, result.output
        return json.loads(result.stdout)


def draw(folder: Path, process: str, *, name: str = "Vào sổ") -> None:
    body = START + f'<bpmn:userTask id="u" name="{name}" chidao:form="slip"/><bpmn:endEvent id="e"/>' + chain("s", "u", "e")
    (folder / process / "forms").mkdir(parents=True, exist_ok=True)
    drawn = drawing(body, lanes=lane("s", "u", "e")).replace(b'id="p"', b'id="%s"' % process.encode())
    (folder / process / f"{process}.bpmn").write_bytes(drawn.replace(b'processRef="p"', b'processRef="%s"' % process.encode()))
    (folder / process / "forms/slip.schema.json").write_bytes(form())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def shell(sqlite_url: str, tmp_path: Path) -> Shell:
    return Shell(sqlite_url, tmp_path)


def test_what_was_deployed_comes_back_to_the_byte_and_deploys_to_nothing_new(shell: Shell) -> None:
    new = shell.path / "new"
    told = shell.told("export", new)
    assert (told["written"], told["same"], told["apart"]) == (["p/forms/slip.schema.json", "p/p.bpmn"], 0, [])
    assert contents(new) == contents(shell.old)
    assert shell.told("deploy", new)["deployed"][0]["version"] == 1
    assert shell.told("export", new) == {"folder": str(new), "written": [], "same": 2, "not_in_force": [], "apart": []}
    assert shell.told("export", "--check", new)["agrees"]


def test_a_file_that_differs_is_written_over_only_by_force(shell: Shell) -> None:
    draw(shell.old, "p", name="Vào sổ ngay")
    draw(shell.old, "q")
    changed = contents(shell.old)
    refused = shell.run("export", shell.old)
    assert refused.exit_code == 1
    assert "1 differ" in refused.stderr
    assert contents(shell.old) == changed
    told = shell.told("export", shell.old, "--force")
    assert told["written"] == ["p/p.bpmn"]
    assert told["not_in_force"] == ["q/forms/slip.schema.json", "q/q.bpmn"]
    assert "q/q.bpmn" in contents(shell.old)


def test_a_check_lists_what_differs_and_ends_with_1(shell: Shell) -> None:
    draw(shell.old, "p", name="Vào sổ ngay")
    draw(shell.old, "q")
    (shell.old / "p/forms/slip.schema.json").unlink()
    before = contents(shell.old)
    told = shell.told("export", "--check", shell.old, ends=1)
    assert (told["agrees"], told["missing"], told["differing"]) == (False, ["p/forms/slip.schema.json"], ["p/p.bpmn"])
    assert told["not_in_force"] == ["q/forms/slip.schema.json", "q/q.bpmn"]
    printed = shell.run("export", "--check", shell.old)
    assert "~ p/p.bpmn: differs" in printed.stdout
    assert contents(shell.old) == before
    assert "there is none" in shell.run("export", "--check", shell.path / "nowhere").stderr


def test_one_process_may_be_asked_for(shell: Shell) -> None:
    draw(shell.path / "more", "q")
    assert shell.run("deploy", shell.path / "more").exit_code == 0
    told = shell.told("export", shell.path / "new", "--process", "q")
    assert "q/q.bpmn" in told["written"]
    assert "p/p.bpmn" not in told["written"]
    assert "but r is not" in shell.run("export", shell.path / "new", "--process", "r").stderr


def test_a_link_does_not_lead_what_is_written_elsewhere(shell: Shell) -> None:
    new, elsewhere = shell.path / "new", shell.path / "elsewhere"
    new.mkdir()
    elsewhere.mkdir()
    (new / "p").symlink_to(elsewhere)
    refused = shell.run("export", new)
    assert refused.exit_code == 1
    assert "leads elsewhere" in refused.stderr
    assert contents(elsewhere) == {}


def test_a_file_in_the_place_of_the_folder_and_an_empty_database_are_said(shell: Shell, bare_url: str) -> None:
    (shell.path / "file").write_text("x")
    assert "found a file" in shell.run("export", shell.path / "file").stderr
    empty = CliRunner().invoke(main, ["export", str(shell.path / "new"), "--database", bare_url])
    assert (empty.exit_code, "there are none" in empty.stderr) == (1, True)
