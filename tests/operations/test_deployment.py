"""The examples of a deployment: they parse, and whatever they name is there: settings, commands, secrets, modules."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.cli import COMMANDS
from engine.kernel.environment import IN_FILE, VARIABLES
from tests.operations.conftest import Run

EXAMPLES = Path(__file__).parents[2] / "engine" / "deployment"
UNITS = sorted([*EXAMPLES.glob("*.service"), *EXAMPLES.glob("*.timer")])
INSTALLED = "/opt/chidao/bin/"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((EXAMPLES / "compose.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", [path.name for path in EXAMPLES.iterdir() if path.suffix not in {".py", ""}] + ["Dockerfile"])
def test_every_setting_in_an_example_is_documented(name: str) -> None:
    named = set(re.findall(r"CHIDAO_[A-Z_]+", (EXAMPLES / name).read_text(encoding="utf-8")))
    assert {each for each in named if each not in VARIABLES and not (each.removesuffix(IN_FILE) in VARIABLES and VARIABLES[each.removesuffix(IN_FILE)].secret)} == set()


@pytest.mark.parametrize("name", ["compose.yaml", "Dockerfile", *(path.name for path in UNITS)])
def test_every_command_in_an_example_exists(name: str) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    called = re.findall(r"(?:bin/chidao|\[chidao,|\"chidao\",|run --rm setup|`chidao) ?\"?([a-z]+)", text)
    assert set(called) <= set(COMMANDS)
    if "gunicorn" in text:
        import_module("web.gunicorn_settings")
        assert "web.wsgi:app" in text
        assert (EXAMPLES.parents[1] / "web" / "wsgi.py").is_file()


def test_the_compose_file_hangs_together(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert {"database", "upgrade", "web", "worker", "setup"} == set(services)
    for name, service in services.items():
        assert set(service.get("secrets", ())) <= set(compose["secrets"]), name
        assert set(service.get("depends_on", {})) <= set(services), name
        volumes = {volume.split(":")[0] for volume in service["volumes"] if not volume.startswith(".")}
        assert volumes <= set(compose["volumes"]), name
        for variable, place in service["environment"].items():
            if variable.endswith(IN_FILE):
                assert place.removeprefix("/run/secrets/") in service["secrets"], name
    assert services["worker"]["deploy"]["replicas"] == 2
    for name in ("database", "web"):
        assert services[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    for name in ("web", "worker"):
        assert services[name]["depends_on"]["upgrade"] == {"condition": "service_completed_successfully"}
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    assert "password" not in str([service["environment"] for service in services.values()]).replace("-password", "").lower().replace("password_file", "")


def test_the_paths_that_are_watched_are_served(compose: dict[str, Any]) -> None:
    from web.health import pages

    watched = re.findall(r"127\.0\.0\.1:8000(/[a-z/]+)", (EXAMPLES / "compose.yaml").read_text(encoding="utf-8"))
    assert set(watched) == {f"{pages.url_prefix}/live", f"{pages.url_prefix}/ready"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_hardened(unit: Path) -> None:
    if unit.suffix == ".timer":
        assert unit.with_suffix(".service") in UNITS
        return
    lines = unit.read_text(encoding="utf-8").splitlines()
    assert {"User=chidao", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "UMask=0077"} <= set(lines)
    assert [line for line in lines if line.startswith("Exec") and INSTALLED not in line] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_reads_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        name = unit.name.replace("@", "@1")
        (tmp_path / name).write_text(unit.read_text(encoding="utf-8").replace(INSTALLED, f"{Path(sys.executable).parent}/"), encoding="utf-8")
    found = [str(path) for path in tmp_path.iterdir()]
    done = subprocess.run(["systemd-analyze", "verify", *found], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == (0, [])


def test_the_examples_are_copied_into_a_new_folder(run: Run, tmp_path: Path) -> None:
    result = run("configuration", "--examples", tmp_path / "new")
    assert result.exit_code == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"compose.yaml", "Dockerfile", *(path.name for path in UNITS)}
    assert "Expected a new folder" in run("configuration", "--examples", tmp_path / "new").stderr


def test_a_backup_into_a_folder_is_named_by_its_moment(run: Run, sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    assert run("backup", tmp_path / "backups", "--database", sqlite_url).exit_code == 0
    (made,) = (tmp_path / "backups").iterdir()
    assert re.fullmatch(r"chidao-\d{8}T\d{6}Z\.zip", made.name)
