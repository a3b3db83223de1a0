"""Saved scenarios as files beside the diagrams, as `processes/` has them and `chidao try` reads them: taken out, and taken in again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select

from engine.definitions.designs import own_design
from engine.definitions.dry_run_scenario import read_json, read_scenario, read_step
from engine.definitions.file_paths import unlike
from engine.definitions.source import FORM, MAX_BYTES
from engine.definitions.trial_scenarios import FOLDER, Apply, known_scenarios, storing
from engine.history.transaction import Reading
from engine.kernel.errors import InvalidInput
from engine.kernel.vietnamese import fold
from engine.storage.schema import trial_scenario

ENDING = ".json"
LONGEST_STEM = 60  # characters of a file's name
NEW, REPLACES, SAME = "new", "replaces", "same"

_OF = (
    select(trial_scenario.c.process, trial_scenario.c.name, trial_scenario.c.scenario)
    .where(trial_scenario.c.process.in_(bindparam("b_processes", expanding=True)))
    .order_by(trial_scenario.c.process, trial_scenario.c.name)
)


def is_scenario(path: str) -> bool:
    """Tell whether a path of a folder is that of a scenario: a JSON file that is no form."""
    return path.endswith(ENDING) and not path.endswith(FORM)


def holds_scenario(content: bytes) -> bool:
    """Tell whether a JSON file is a scenario of a process; plays of whole offices (engine/scenario) are none."""
    try:
        plain = json.loads(content[: MAX_BYTES + 1])
    except (ValueError, RecursionError):
        return False
    return isinstance(plain, dict) and isinstance(plain.get("steps"), list) and isinstance(plain.get("process"), str)


def scenario_files(connection: Connection, places: Mapping[str, str]) -> dict[str, bytes]:
    """Return path → content of the saved scenarios of some processes. `places`: process → the path of its diagram, beside which they stand.

    What the product ships stands in its own folder already.
    """
    found: dict[str, bytes] = {}
    for row in connection.execute(_OF, {"b_processes": sorted(places)}):
        folder = "/".join([*places[row.process].split("/")[:-1], FOLDER])
        found[unlike(f"{folder}/{_stem(row.name)}{ENDING}", found)] = f"{row.scenario}\n".encode()
    return found


def foresee_scenario(connection: Connection, path: str, text: str, processes: Collection[str]) -> tuple[str, str]:
    """Return what taking a scenario in would do (new, replaces, same), and why it cannot be taken, "" when it can."""
    try:
        process, name, plain = _read(path, text)
    except InvalidInput as error:
        return NEW, error.message
    if process not in processes:
        return NEW, f"Expected a scenario of a process of the design, but {path} tries {process!r}, which it does not have. Bring its diagram too."
    known = {each.name: each for each in known_scenarios(connection, process)}
    if name not in known:
        return NEW, ""
    return SAME if known[name].plain == plain else REPLACES, ""


def decide_take_scenario(design: str, path: str, text: str, reading: Reading) -> Apply:
    """Return what saves the scenario in a file. Raises Denied for another's design, InvalidInput for a file that holds none."""
    own_design(reading, design)
    process, name, plain = _read(path, text)
    keeping = storing(reading, process=process, name=name, plain=plain)
    return lambda transaction: {**keeping(transaction), "path": path}


def _read(path: str, text: str) -> tuple[str, str, dict[str, Any]]:
    """Return process, name and scenario of a file. Raises InvalidInput."""
    plain = read_json(text.encode("utf-8", "surrogatepass"), path)
    scenario = read_scenario(plain)
    if not scenario.process:
        raise InvalidInput(f'Expected the process in the scenario {path}, but found none. Write it as "process".')
    for step in scenario.steps:
        read_step(step)
    name = scenario.name.strip() or path.rsplit("/", 1)[-1].removesuffix(ENDING)
    rest = {word: each for word, each in plain.items() if word != "name"}
    return scenario.process, name, {"name": name, **rest, "steps": list(scenario.steps)}


def _stem(name: str) -> str:
    """Return a name for a file: `Lãnh đạo đồng ý` → `lanh_dao_dong_y`."""
    return "_".join("".join(letter if letter.isascii() and letter.isalnum() else " " for letter in fold(name)).split())[:LONGEST_STEM] or "scenario"
