"""What the engine may say, read from its source: sentences to staff, and to designers also the parts that sentences are made of.

Literals, with a hole for every value.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tests.architecture.rules import ROOT

ROOMS = (
    "access",
    "audit",
    "bpmn",
    "composition",
    "definitions",
    "directives",
    "directory",
    "documents",
    "effects",
    "instances",
    "messages",
    "reports",
    "retention",
    "tasks",
    "timers",
)
MODULES = (
    "door.py",
    "execution/checkpoints.py",
    "history/evidence.py",
    "history/growth.py",
    "history/inclusion.py",
    "history/mirror.py",
    "history/personal_keys.py",
    "history/places.py",
    "history/proofs.py",
    "history/stub.py",
    "history/verify_signatures.py",
    "kernel/email_address.py",
    "kernel/periods.py",
    "kernel/calendar.py",
)
MADE_OF_PARTS = ("bpmn/", "definitions/", "instances/affected.py", "instances/migration_plan.py")
AT_THE_COMMAND_LINE = {  # what only administrators read, in English, in a terminal
    "audit/state.py",
    "bpmn/xsd.py",
    "definitions/command.py",
    "definitions/differences_text.py",
    "definitions/dry_run_files.py",
    "definitions/dry_run_text.py",
    "definitions/integrity.py",
    "definitions/on_disk.py",
    "definitions/schema.py",
    "directory/csv_file.py",
    "directory/directory_import.py",
    "directives/going_live.py",
}
NOT_ON_PAGES = ("web/api/", "web/assets/", "web/language/", "web/server.py")  # programs and administrators read these
NO_SENTENCES = {  # words of other languages, keys of data, and what pages say in words of their own
    "bpmn/graph.py": ("into {0}",),
    "bpmn/language/builtin_functions.py": ("list + [value]",),
    "definitions/arriving.py": ("process {0}", "form {0}", "decision {0}"),
    "definitions/differences.py": ("order of rules",),
    "definitions/explain.py": ("refused at deployment", "a warning: it runs"),
    "definitions/in_force.py": ("process {0}", "form {0}", "decision {0}"),
    "definitions/outline.py": ("hit policy", "parameter {0}", "rule {0}"),
    "definitions/xsd.py": ("This element is not expected", "is required but missing"),
}
CONNECTED = {"{0} and {1}", "{0} or {1}"}  # web.language.sentences says these of every list
OTHER_LANGUAGES = {"bpmn/language/feel.py", "bpmn/language/uel.py"}  # what is no whole sentence there is a word of theirs
SETTINGS = ("matrix.toml", "CHIDAO_OIDC_")  # who installs reads these
INSIDE = {"Conflict"}  # the door reads again; who is overtaken for good reads another sentence
OPENINGS = ("Expected ", "Field ", "Form ")
HOLE = re.compile(r"\{\d+\}")
WORD = re.compile(r"""[(<"“]?[A-Za-z][a-z]*[,.:;?!)>"”]*""")


@lru_cache
def sentences() -> dict[str, str]:
    """Return every sentence and every part of one with its place."""
    engine = ROOT / "engine"
    paths = [path for room in ROOMS for path in sorted((engine / room).rglob("*.py"))] + [engine / each for each in MODULES]
    found: dict[str, str] = {}
    for path in sorted((ROOT / "web").rglob("*.py")):
        if not path.relative_to(ROOT).as_posix().startswith(NOT_ON_PAGES):
            for line, text in _sentences(path):
                found.setdefault(text, f"{path.relative_to(ROOT).as_posix()}:{line}")
    for path in paths:
        name = path.relative_to(engine).as_posix()
        if name not in AT_THE_COMMAND_LINE:
            read = _pieces(name, path) if name.startswith(MADE_OF_PARTS) else _sentences(path)
            for line, text in read:
                found.setdefault(text, f"{path.relative_to(ROOT).as_posix()}:{line}")
    return found


def literals() -> set[str]:
    """Return every text of the engine's source, and what its classes are called: what a catalogue may know."""
    found: set[str] = set()
    for path in (ROOT / "engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            found |= {node.name} if isinstance(node, ast.ClassDef) else {template for template in [_template(node)] if template}
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value:
                found |= set(node.value.split())
    return found


def _sentences(path: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(path.read_text("utf-8"))
    inside = {
        id(each.args[0]) for each in ast.walk(tree) if isinstance(each, ast.Call) and getattr(each.func, "id", "") in INSIDE and each.args
    }
    for node, text in _texts(tree):
        if id(node) not in inside and text.startswith(OPENINGS) and len(text.split()) > 4 and not any(word in text for word in SETTINGS):
            yield getattr(node, "lineno", 0), text


def _pieces(name: str, path: Path) -> Iterator[tuple[int, str]]:
    """Yield what is words: two or more, or one beside a hole."""
    tree = ast.parse(path.read_text("utf-8"))
    silent = {id(each) for node in ast.walk(tree) for each in _never_said(node)}
    for node, text in _texts(tree):
        words = sum(1 for each in text.split() if WORD.fullmatch(each))
        said = words > 1 or (words == 1 and HOLE.search(text) is not None)
        theirs = name in OTHER_LANGUAGES and not (text[:1].isupper() and text.endswith("."))
        if said and "\n" not in text and id(node) not in silent and not theirs and text not in CONNECTED and text not in NO_SENTENCES.get(name, ()):
            yield getattr(node, "lineno", 0), text


def _never_said(node: ast.AST) -> Iterator[ast.AST]:
    """Yield docstrings, patterns, types in quotes, and what only an impossible case would say."""
    match node:
        case ast.Module() | ast.ClassDef() | ast.FunctionDef() if node.body and isinstance(node.body[0], ast.Expr):
            yield node.body[0].value
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re"))) | ast.Call(func=ast.Name(id="cast" | "AssertionError")):
            for argument in node.args:
                yield from ast.walk(argument)


def _texts(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    pieces = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        text = None if id(node) in pieces else _template(node)
        if text:
            yield node, text


def _template(node: ast.AST) -> str | None:
    """Return a literal with its holes counted; `{}`, which is filled later, is one of them."""
    match node:
        case ast.Constant(value=str() as text):
            return _later(_escaped(text), 0)
        case ast.JoinedStr(values=parts):
            holes = iter(range(len(parts) + 1))
            text = "".join(_escaped(str(part.value)) if isinstance(part, ast.Constant) else f"{{{next(holes)}}}" for part in parts)
            return _later(text, next(holes))
    return None


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _later(text: str, hole: int) -> str:
    return text if '"' in text else text.replace(" {{}} ", f" {{{hole}}} ").replace(" {{}},", f" {{{hole}}},")


if __name__ == "__main__":
    for text, place in sentences().items():
        print(f'#: {place}\nmsgid "{text}"\nmsgstr ""\n'.replace("\\", "\\\\"))  # noqa: T201
