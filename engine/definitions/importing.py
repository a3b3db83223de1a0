"""Files from elsewhere, taken into a design: shown with all that is wrong before anything is kept; then kept together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.bpmn.language.expressions import Functions
from engine.definitions.arriving import OTHER, SCENARIO, Arrived, arrived
from engine.definitions.check import check
from engine.definitions.designs import KeepDesignFile, check_path, decide_keep, design_by_id, files_of, laid_over, own_design, sources_of
from engine.definitions.in_force import sources_in_force
from engine.definitions.rules import ERROR
from engine.definitions.scenario_files import NEW, REPLACES, SAME, decide_take_scenario, foresee_scenario, is_scenario
from engine.definitions.shelf import Shelf
from engine.definitions.source import MAX_BYTES, Sources
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Finding, InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseeImport:
    """Ask what taking files into a design would do. `files`: as handed in, by name; `paths`: where somebody wants one, by name;
    `left_out`: names of those that stay out; None: those that are no text, or change nothing."""

    design: str
    files: Mapping[str, bytes]
    paths: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFiles:
    """Keep files in a design, all together: each {"path", "text", "edition"}, as `KeepDesignFile` has them. A scenario, which belongs to
    its process and has no edition, is saved with the process."""

    design: str
    files: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One file that may be taken. `state`: new, replaces what the design has, or is the same; `in_force`: what it replaces is in force;
    `edition`: of the design's own file there; `problem`: why it cannot be kept at `path`, "" when it can; `taken`: it is to be kept."""

    file: Arrived
    path: str
    state: str
    in_force: bool
    edition: int
    problem: str
    taken: bool
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What an import would do. `elsewhere`: errors in files that are not among those handed in, once these were kept."""

    design: str
    name: str
    lines: tuple[Incoming, ...]
    others: tuple[str, ...]
    elsewhere: tuple[Finding, ...]


def answer_foresee(query: ForeseeImport, reading: Reading, *, operations: Collection[str], functions: Functions) -> Foreseen:
    """Tell of every file what it is, where it goes, what it replaces and what is wrong with it.

    Raises Denied for another's design, InvalidInput when none of the files is one of a process.
    """
    own_design(reading, query.design)
    connection = reading.connection
    present, kept, in_force = sources_of(connection, query.design), files_of(connection, query.design), sources_in_force(connection).files
    read = arrived(query.files, present)
    if read and all(file.kind == OTHER for file in read):
        raise InvalidInput("Expected diagrams, forms or decision tables, but found none among the files. Choose .bpmn, .dmn or .json files, or a zip archive with them.")
    lines: list[Incoming] = []
    for file in read:
        if file.kind in {OTHER, SCENARIO}:
            continue
        path = query.paths.get(file.name, file.path).strip()
        state = NEW if path not in present.files else SAME if present.files[path] == _bytes(file) else REPLACES
        taken = (file.whole and state != SAME) if query.left_out is None else file.name not in query.left_out
        problem = _problem(file, path, [line for line in lines if line.taken]) if taken else ""
        edition = kept[path].edition if path in kept else 0
        line = Incoming(file=file, path=path, state=state, in_force=path in in_force, edition=edition, problem=problem, taken=taken)
        lines.append(line)
    lines += _scenarios(query, reading, read, _together(present, lines))
    findings = check(_together(present, lines), operations=operations, functions=functions) if lines else []
    paths = {line.path for line in lines if line.taken}
    return Foreseen(
        design=query.design,
        name=design_by_id(connection, query.design).name,
        lines=tuple(_judged(line, findings, operations, functions) for line in lines),
        others=tuple(file.name for file in read if file.kind == OTHER),
        elsewhere=tuple(finding for finding in findings if finding.file not in paths and finding.severity == ERROR),
    )


def decide_import_files(command: ImportFiles, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Keep the files. Raises what keeping one of them raises, with its path, and InvalidInput for none at all."""
    if not command.files:
        raise InvalidInput("Expected at least one file to take into the design, but none was chosen. Choose the files to keep.")
    if not all(_is_file(each) for each in command.files):
        raise InvalidInput("Expected of each file its path and text, and its edition as a number, but found something else. Load the page again.")
    if len({each["path"] for each in command.files}) < len(command.files):
        raise InvalidInput("Expected each file at a path of its own, but two go to the same one. Change the path of one of them.")
    keeping = [_keep(command.design, each, reading) for each in command.files]

    def apply(transaction: Transaction) -> dict[str, Any]:
        return {"kept": [each(transaction)["path"] for each in keeping]}

    return apply


def _scenarios(query: ForeseeImport, reading: Reading, read: Collection[Arrived], together: Sources) -> list[Incoming]:
    """Return the scenarios among the files, judged beside the diagrams that come with them."""
    processes, found = Shelf(together.diagrams).first, []
    for file in read:
        if file.kind == SCENARIO:
            state, problem = foresee_scenario(reading.connection, file.path, file.text, processes)
            taken = (file.whole and state != SAME and not problem) if query.left_out is None else file.name not in query.left_out
            shown = problem if taken or query.left_out is None else ""
            found.append(Incoming(file=file, path=file.path, state=state, in_force=False, edition=0, problem=shown, taken=taken))
    return found


def _keep(design: str, told: Mapping[str, Any], reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    if is_scenario(told["path"]):
        return decide_take_scenario(design, told["path"], told["text"], reading)
    return decide_keep(KeepDesignFile(design=design, **told), reading)


def _is_file(told: Any) -> bool:
    kinds = {"path": str, "text": str, "edition": int}
    return isinstance(told, dict) and told.keys() == kinds.keys() and all(type(told[name]) is kind for name, kind in kinds.items())


def _bytes(file: Arrived) -> bytes:
    return file.text.encode("utf-8", "surrogatepass")


def _together(present: Sources, lines: list[Incoming]) -> Sources:
    return laid_over(present, {line.path: _bytes(line.file) for line in lines if line.taken and not line.problem and line.file.kind != SCENARIO})


def _problem(file: Arrived, path: str, others: list[Incoming]) -> str:
    """Return why a file cannot be kept at a path, in a sentence; "" when it can."""
    try:
        check_path(path)
    except InvalidInput as error:
        return error.message
    if not path.endswith(file.kind):
        return f"Expected a path that ends in {file.kind}, but found {path!r}. Change the end of the path."
    if len(_bytes(file)) > MAX_BYTES:
        return f"Expected a file of at most {MAX_BYTES:,} bytes, but {path} has more. Make it smaller."
    if any(other.path == path for other in others):
        return f"Expected each file at a path of its own, but another one goes to {path} too. Change one of the two paths, or leave one out."
    return ""


def _judged(line: Incoming, findings: list[Finding], operations: Collection[str], functions: Functions) -> Incoming:
    """Return a line with what is wrong with it; a file that stays out is judged by itself."""
    if line.file.kind == SCENARIO:
        return line
    if line.taken and not line.problem:
        found = [finding for finding in findings if finding.file == line.path]
    else:
        alone = Sources(files={line.file.path: _bytes(line.file)[: MAX_BYTES + 1]})
        found = check(alone, operations=operations, functions=functions)
    return Incoming(
        file=line.file, path=line.path, state=line.state, in_force=line.in_force, edition=line.edition, problem=line.problem, taken=line.taken,
        findings=tuple(found),
    )  # fmt: skip
