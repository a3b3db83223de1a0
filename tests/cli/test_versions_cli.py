"""Versions on the command line: what would change, what differs, who has to agree, and instances taken along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.bootstrap import open_door
from engine.cli import main
from engine.directory.directory_import import ImportDirectory
from engine.directory.organisations import organisation_by_code
from engine.directory.settings import ChangeSetting
from engine.instances.commands import StartProcess
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SystemClock, local_date
from engine.storage import Database
from tests.definitions.drawings import chain, drawing, form, lane

START = '<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/>'
PEOPLE = "login,name,organisation,title,roles\nve.mot,Ngô Thị Ba,btg,Vẽ,process_designer\nve.hai,Đỗ Văn Tư,btg,Vẽ,process_designer\n"
BODIES = "code,name,level,symbol,valid_from,valid_to\nbtg,Ban Tuyên giáo,province,BTGTU,2020-01-01,\n"


def folder(path: Path, *tasks: str) -> Path:
    drawn = "".join(f'<bpmn:userTask id="{id}" name="Vào sổ" chidao:form="slip"/>' for id in tasks)
    body = START + drawn + '<bpmn:endEvent id="e"/>' + chain("s", *tasks, "e")
    (path / "forms").mkdir(parents=True)
    (path / "p.bpmn").write_bytes(drawing(body, lanes=lane("s", *tasks, "e")))
    (path / "forms/slip.schema.json").write_bytes(form())
    return path


class Shell:
    """The command line on one database, with two versions of a process and an instance of the first."""

    def __init__(self, url: str, path: Path) -> None:
        self.url = url
        self.old, self.new = folder(path / "old", "u"), folder(path / "new", "w", "v")
        self.database = Database(url)
        self.door = open_door(self.database, SystemClock())
        self.told("deploy", self.old)
        for kind, text in (("organisations", BODIES), ("people", PEOPLE)):
            self.door.execute(ImportDirectory(kind=kind, text=text, file=kind), SYSTEM, key=kind)
        with self.database.reading() as connection:
            unit = organisation_by_code(connection, "btg").id
        self.instance = self.door.execute(StartProcess(process="p", organisation=unit, directive=None), SYSTEM, key="start")["instance"]

    def run(self, *arguments: object) -> Result:
        return CliRunner().invoke(main, [*map(str, arguments), "--database", self.url])

    def told(self, *arguments: object) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def refused(self, *arguments: object) -> str:
        result = self.run(*arguments)
        assert result.exit_code == 1, result.output
        return result.stderr


@pytest.fixture
def shell(sqlite_url: str, tmp_path: Path) -> Shell:
    return Shell(sqlite_url, tmp_path)


def test_from_dry_run_to_moved_instances(shell: Shell) -> None:
    (foreseen,) = shell.told("deploy", shell.new, "--dry-run")["processes"]
    assert (foreseen["in_force"], foreseen["next"]["version"], foreseen["without_home"]) == (1, 2, {"task": 1})
    assert "1 việc tại u “Vào sổ”: không còn" in shell.run("deploy", shell.new, "--dry-run").output
    assert shell.told("deploy", shell.new)["deployed"][0]["version"] == 2
    (compared,) = shell.told("diff", "p")["processes"]
    assert (compared["from"]["version"], compared["to"]["version"]) == (1, 2)
    assert "- userTask u “Vào sổ”" in shell.run("diff", "p").output
    preview = shell.told("migrate", "p", "--to", 2, "--dry-run")
    assert (preview["movable"], preview["refused"][0]["instance"]) == (0, shell.instance)
    assert "Expected a reason" in shell.refused("migrate", "p", "--to", 2)
    left = shell.told("migrate", "p", "--to", 2, "--reason", "thử")
    assert (left["moved"], left["left"], left["refused"][0]["obstacles"][0]["code"]) == (0, 1, "removed")
    result = shell.run("migrate", "p", "--to", 2, "--map", "u=v", "--organisation", "btg", "--reason", "đổi mẫu")
    assert result.output == "Quy trình p → phiên bản 2: đã chuyển 1 hồ sơ, để lại 0\n"


def test_files_are_compared_without_a_database(shell: Shell) -> None:
    shell.url = "sqlite:////nowhere/at/all.db"
    found = shell.told("diff", shell.old, shell.new)
    assert [each["element"] for each in found["processes"][0]["elements"]["removed"]] == ["s-u", "u", "u-e"]
    assert "Không có gì khác" in shell.run("diff", shell.old, shell.old).output
    assert "Expected a process file or a folder" in shell.refused("diff", shell.old, "nowhere")


def test_a_second_person_agrees_on_the_command_line(shell: Shell) -> None:
    for name in ("deployment_needs_second_person", "migration_needs_second_person"):
        shell.door.execute(ChangeSetting(key=name, value=True, reason="quy chế"), SYSTEM, key=name)
    assert "--as LOGIN" in shell.refused("deploy", shell.new)
    assert "nobody has 'ai.do'" in shell.refused("deploy", shell.new, "--as", "ai.do")
    waiting = shell.told("deploy", shell.new, "--as", "ve.mot")["proposal"]
    assert waiting in shell.run("proposals").output
    assert "- userTask u “Vào sổ”" in shell.run("proposals", waiting).output
    assert "Expected another person" in shell.refused("approve", waiting, "--as", "ve.mot", "--reason", "đã xem")
    assert shell.told("approve", waiting, "--as", "ve.hai", "--reason", "đã xem")["deployed"][0]["version"] == 2
    moving = shell.told("migrate", "p", "--to", 2, "--map", "u=w", "--reason", "đổi mẫu", "--as", "ve.mot")["proposal"]
    assert shell.told("proposals", moving)["command"]["plan"]["mapping"] == {"u": "w"}
    other = shell.told("migrate", "p", "--to", 2, "--map", "u=v", "--reason", "đổi mẫu", "--as", "ve.mot")["proposal"]
    assert shell.told("refuse", other, "--as", "ve.hai", "--reason", "nhầm")["status"] == "refused"
    done = shell.told("approve", moving, "--as", "ve.hai", "--reason", "đồng ý")
    assert (done["status"], done["moved"], done["left"]) == ("approved", 1, 0)
    assert [entry["status"] for entry in shell.told("proposals", "--all")["proposals"]].count("approved") == 2


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("--to", "7", "--reason", "x"), "Expected a version of p among 1, but found 7"),
        (("--to", "1", "--map", "u", "--reason", "x"), "Write --map old=new"),
        (("--to", "1", "--given", "n=một", "--reason", "x"), "Expected JSON"),
        (("--to", "1", "--organisation", "nobody", "--reason", "x"), "nobody"),
    ],
)
def test_a_wrong_migration_is_one_sentence(shell: Shell, arguments: tuple[str, ...], match: str) -> None:
    (line,) = shell.refused("migrate", "p", *arguments).strip().splitlines()
    assert match in line


def test_a_process_is_withdrawn_and_begins_again(shell: Shell) -> None:
    assert shell.told("withdraw") == {"withdrawn": []}
    assert "a reason" in shell.refused("withdraw", "p")
    today = local_date(shell.door.clock.now()).isoformat()
    assert shell.told("withdraw", "p", "--reason", "Có bản mới.") == {"process": "p", "from_day": today}
    assert shell.told("withdraw") == {"withdrawn": [{"process": "p", "from_day": today, "running": 1}]}
    assert "was withdrawn" in shell.refused("withdraw", "p", "--reason", "Nữa.")
    assert shell.told("resume", "p", "--reason", "Vẫn cần.")["from_day"] is None
    assert "a later day" in shell.refused("withdraw", "p", "--from", "2020-01-01", "--reason", "Muộn.")
    assert shell.told("withdraw", "p", "--from", "2099-01-01", "--reason", "Sau này.")["from_day"] == "2099-01-01"
