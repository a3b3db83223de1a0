"""The sentences that the engine's rooms may say to staff, read from their source: literals with a hole for every value."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.rules import ROOT

ROOMS = (
    "access",
    "audit",
    "composition",
    "directives",
    "directory",
    "documents",
    "effects",
    "instances",
    "messages",
    "reports",
    "tasks",
    "timers",
)
MODULES = (
    "door.py",
    "kernel/email_address.py",
    "kernel/periods.py",
    "kernel/calendar.py",
    "definitions/dry_run.py",
    "definitions/dry_run_expectations.py",
    "definitions/dry_run_instance.py",
    "definitions/dry_run_scenario.py",
    "definitions/dry_run_steps.py",
    "definitions/file_paths.py",
    "definitions/importing.py",
    "definitions/packages.py",
    "definitions/trial.py",
    "definitions/trial_pages.py",
    "definitions/trial_runs.py",
    "definitions/trial_scenarios.py",
)
AT_THE_COMMAND_LINE = {  # what only administrators and designers read, in English, in a terminal
    "directory/csv_file.py",
    "directory/directory_import.py",
    "directives/going_live.py",
    "instances/affected.py",
    "instances/migration.py",
    "instances/migration_plan.py",
    "instances/token_moves.py",
}
INSIDE = {"Conflict"}  # the door reads again; who is overtaken for good reads another sentence
OPENINGS = ("Expected ", "Field ", "Form ")


def sentences() -> dict[str, str]:
    """Return every sentence with its place."""
    engine = ROOT / "engine"
    paths = [path for room in ROOMS for path in sorted((engine / room).rglob("*.py"))] + [engine / each for each in MODULES]
    found: dict[str, str] = {}
    for path in paths:
        if path.relative_to(engine).as_posix() not in AT_THE_COMMAND_LINE:
            for line, text in _sentences(path):
                found.setdefault(text, f"{path.relative_to(ROOT).as_posix()}:{line}")
    return found


def _sentences(path: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(path.read_text("utf-8"))
    inside = {
        id(each.args[0]) for each in ast.walk(tree) if isinstance(each, ast.Call) and getattr(each.func, "id", "") in INSIDE and each.args
    }
    pieces = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        text = None if id(node) in pieces | inside else _template(node)
        if text and text.startswith(OPENINGS) and len(text.split()) > 4 and "matrix.toml" not in text:
            yield getattr(node, "lineno", 0), text


def _template(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str() as text):
            return text.replace("{", "{{").replace("}", "}}")
        case ast.JoinedStr(values=parts):
            holes = iter(range(len(parts)))
            return "".join(
                str(part.value).replace("{", "{{").replace("}", "}}") if isinstance(part, ast.Constant) else f"{{{next(holes)}}}"
                for part in parts
            )
    return None


if __name__ == "__main__":
    for text, place in sentences().items():
        print(f'#: {place}\nmsgid "{text}"\nmsgstr ""\n'.replace("\\", "\\\\"))  # noqa: T201
