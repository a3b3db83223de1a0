"""The rules, each a function from a parsed module to the places where it is broken. They read code; they never run it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

from engine.kernel.environment import IN_FILE, VARIABLES

ROOT = Path(__file__).parents[2]
WALL_CLOCK = "engine/kernel/clock.py"
THE_ENVIRONMENT = "engine/kernel/environment.py"
THE_COMMIT = "engine/storage/unit_of_work.py"
CLOCK_METHODS = {"now", "utcnow", "today"}
CLOCK_FUNCTIONS = {f"{name}{suffix}" for name in ("time", "monotonic", "perf_counter", "process_time") for suffix in ("", "_ns")}
CLOCK_FUNCTIONS |= {"localtime", "gmtime"}
EMPTY_WORDS = {"manager", "managers", "helper", "helpers", "util", "utils", "utility", "utilities", "processor", "processors", "misc"}
SECRET_WORDS = {"password", "passphrase", "secret", "private", "credential", "credentials"}
OUTPUT = {"print", "echo", "secho", "debug", "info", "warning", "error", "exception", "critical", "log"}
TYPE_NAMES = {"directive_type", "directive_shape", "shape"}
DRAWN_SHAPES = {"coordination_monthly", "campaign_final", "milestone_chain", "urge_relay", "central_call"}  # DOMAIN.md 2
PLAYED_BY_PEOPLE = "engine/demo/"  # the demo plays the person who chooses a directive's type when registering it


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A source file: its path from the root of the repository, and its parsed text."""

    path: str
    source: str

    @property
    def tree(self) -> ast.Module:
        return _parsed(self)

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return _nodes(self)


@cache  # each rule asks again
def _parsed(module: Module) -> ast.Module:
    return ast.parse(module.source, module.path)


@cache
def _nodes(module: Module) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_parsed(module)))


Place: TypeAlias = tuple[int, str]
Rule: TypeAlias = Callable[[Module], Iterator[Place]]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    RULES[function.__name__] = function
    return function


@cache
def product() -> tuple[Module, ...]:
    """Return every module of the product, except frozen migrations and what only runs while it is being built."""
    paths = [path for room in ("engine", "web", "processes") for path in sorted((ROOT / room).rglob("*.py"))]
    return tuple(
        Module(path=path.relative_to(ROOT).as_posix(), source=path.read_text(encoding="utf-8"))
        for path in paths
        if "migrations/versions" not in path.as_posix() and not path.is_relative_to(ROOT / "web" / "assets")
    )


@cache
def directive_types() -> set[str]:
    """Return the names that a designer gave: folders and drawings in processes/, and the shapes of the field."""
    drawings = {path.stem for path in (ROOT / "processes").rglob("*.bpmn")}
    folders = {path.name for path in (ROOT / "processes").iterdir() if path.is_dir()} if (ROOT / "processes").is_dir() else set()
    return {name for name in DRAWN_SHAPES | drawings | folders if "_" in name and not name.startswith("_")}


# --- imports ------------------------------------------------------------------------------------------------------


@rule
def spiffworkflow_is_imported_only_in_engine_bpmn(module: Module) -> Iterator[Place]:
    if not module.path.startswith("engine/bpmn/"):
        yield from _imports(module, "SpiffWorkflow")


@rule
def the_engine_does_not_import_flask(module: Module) -> Iterator[Place]:
    if module.path.startswith("engine/"):
        yield from _imports(module, "flask")
        yield from _imports(module, "werkzeug")


# --- time and transactions ----------------------------------------------------------------------------------------


@rule
def only_the_clock_reads_the_wall_clock(module: Module) -> Iterator[Place]:
    if module.path == WALL_CLOCK:
        return
    times = {name for name, target in _aliases(module).items() if target == "time"}
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and node.attr in CLOCK_METHODS and _last_name(node.value) in {"datetime", "date", "dt"}:
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.Attribute) and node.attr in CLOCK_FUNCTIONS and isinstance(node.value, ast.Name) and node.value.id in times:
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from ((node.lineno, f"time.{name.name}") for name in node.names if name.name in CLOCK_FUNCTIONS)


@rule
def only_a_unit_of_work_commits(module: Module) -> Iterator[Place]:
    """`x.commit()` is allowed where `x` is a `UnitOfWork`, and once in the unit of work itself."""
    allowed = 1 if module.path == THE_COMMIT else 0
    for scope in _functions(module.tree):
        units = _units_of_work(scope)
        for node in _own_nodes(scope):
            if not (isinstance(node, ast.Attribute) and node.attr == "commit"):
                continue
            if isinstance(node.value, ast.Name) and node.value.id in units:
                continue
            allowed -= 1
            if allowed < 0:
                yield node.lineno, ast.unparse(node)


@rule
def transactions_that_write_begin_in_a_unit_of_work(module: Module) -> Iterator[Place]:
    if module.path in {THE_COMMIT, "engine/storage/database.py"}:
        return
    for node in _calls(module):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "writing":
            yield node.lineno, ast.unparse(node)


# --- settings -----------------------------------------------------------------------------------------------------


@rule
def only_the_environment_module_reads_the_environment(module: Module) -> Iterator[Place]:
    if module.path == THE_ENVIRONMENT:
        return
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "getenvb"} and _last_name(node.value) == "os":
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from ((node.lineno, f"os.{name.name}") for name in node.names if name.name in {"environ", "environb", "getenv", "getenvb"})
        if isinstance(node, ast.keyword) and node.arg in {"envvar", "auto_envvar_prefix"}:
            yield node.value.lineno, f"{node.arg}=…"


@rule
def a_setting_that_is_read_or_named_is_documented(module: Module) -> Iterator[Place]:
    for node in module.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            named = re.findall(r"CHIDAO_[A-Z0-9_]*[A-Z0-9]", node.value)
            yield from ((node.lineno, name) for name in named if name not in VARIABLES and name.removesuffix(IN_FILE) not in VARIABLES)


# --- safety -------------------------------------------------------------------------------------------------------


@rule
def nothing_is_evaluated_as_python(module: Module) -> Iterator[Place]:
    for node in _calls(module):
        if isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec", "compile", "__import__"}:
            yield node.lineno, ast.unparse(node.func)
        if isinstance(node.func, ast.Attribute) and _last_name(node.func.value) == "builtins":
            yield node.lineno, ast.unparse(node.func)


@rule
def nothing_is_unpickled(module: Module) -> Iterator[Place]:
    for name in ("pickle", "marshal", "shelve", "dill"):
        yield from _imports(module, name)


@rule
def secrets_are_not_printed_or_logged(module: Module) -> Iterator[Place]:
    for node in _calls(module):
        if _last_name(node.func) not in OUTPUT:
            continue
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        for part in (part for argument in arguments for part in ast.walk(argument)):
            name = part.attr if isinstance(part, ast.Attribute) else part.id if isinstance(part, ast.Name) else ""
            if SECRET_WORDS & set(_words(name)):
                yield node.lineno, name


# --- the diagram is the behaviour ---------------------------------------------------------------------------------


@rule
def no_branch_on_a_directive_type(module: Module) -> Iterator[Place]:
    for node in module.nodes:
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
        elif isinstance(node, ast.Match):
            sides = [node.subject, *(part.value for case in node.cases for part in ast.walk(case.pattern) if isinstance(part, ast.MatchValue))]
        else:
            continue
        literals = {part.value for side in sides for part in ast.walk(side) if isinstance(part, ast.Constant) and isinstance(part.value, str)}
        named = any(_names_a_type(side) for side in sides)
        if literals & directive_types() or (named and literals - TYPE_NAMES):
            yield node.lineno, ast.unparse(sides[0])


@rule
def no_directive_type_is_named_in_the_engine(module: Module) -> Iterator[Place]:
    if not module.path.startswith("engine/") or module.path.startswith(PLAYED_BY_PEOPLE):
        return
    shapes = DRAWN_SHAPES
    for node in module.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in shapes:
            yield node.lineno, node.value


# --- words --------------------------------------------------------------------------------------------------------


@rule
def names_say_something(module: Module) -> Iterator[Place]:
    if EMPTY_WORDS & set(_words(module.path.removesuffix(".py"))):
        yield 1, module.path
    for node in module.nodes:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and EMPTY_WORDS & set(_words(node.name)):
            yield node.lineno, node.name


@rule
def every_module_says_what_lives_in_it(module: Module) -> Iterator[Place]:
    if not (ast.get_docstring(module.tree) or "").strip():
        yield 1, "no docstring"


@rule
def type_checks_are_silenced_only_beside_the_library(module: Module) -> Iterator[Place]:
    if module.path.startswith("engine/bpmn/"):
        return
    for number, line in enumerate(module.source.splitlines(), start=1):
        if re.search(r"#\s*type:\s*ignore", line):
            yield number, line.strip()


# --- reading code -------------------------------------------------------------------------------------------------


def _calls(module: Module) -> Iterator[ast.Call]:
    return (node for node in module.nodes if isinstance(node, ast.Call))


def _imports(module: Module, package: str) -> Iterator[Place]:
    for node in module.nodes:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        elif isinstance(node, ast.Call) and _last_name(node.func) in {"import_module", "__import__"}:
            names = [str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.split(".")[0] == package)


def _aliases(module: Module) -> dict[str, str]:
    imports = (node for node in module.nodes if isinstance(node, ast.Import))
    return {alias.asname or alias.name: alias.name for node in imports for alias in node.names}


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def _names_a_type(node: ast.expr) -> bool:
    key = node.slice if isinstance(node, ast.Subscript) else None
    return _last_name(node) in TYPE_NAMES or (isinstance(key, ast.Constant) and key.value in TYPE_NAMES)


Scope: TypeAlias = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef


def _functions(tree: ast.Module) -> Iterator[Scope]:
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _own_nodes(scope: Scope) -> Iterator[ast.AST]:
    """Yield what stands in `scope` itself, not in the functions that it defines."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting.extend(ast.iter_child_nodes(node))


def _units_of_work(scope: Scope) -> set[str]:
    arguments = [] if isinstance(scope, ast.Module) else [*scope.args.args, *scope.args.kwonlyargs]
    units = {argument.arg for argument in arguments if argument.annotation and "UnitOfWork" in ast.unparse(argument.annotation)}
    for node in _own_nodes(scope):
        for item in node.items if isinstance(node, ast.With) else []:
            call = item.context_expr
            if isinstance(call, ast.Call) and _last_name(call.func) == "UnitOfWork" and isinstance(item.optional_vars, ast.Name):
                units.add(item.optional_vars.id)
    return units
