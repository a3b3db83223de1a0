"""Scenario files as the tests of the processes beside them: dry runs are led in memory, office scenarios played on a database.

`scenarios/**/*.json` beside a diagram. A file with "steps" is a dry run of the process that it names (or of the only diagram
beside it); one with "offices" is a play of people (engine.scenario.scenario), which concerns every diagram of its folder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.definitions.dry_run import StepRefused, Tried, lead, open_definition
from engine.definitions.dry_run_expectations import unmet
from engine.definitions.dry_run_files import diagrams_in, nodes_of, sources_to_try
from engine.definitions.dry_run_scenario import Scenario, read_json, read_scenario
from engine.definitions.source import DIAGRAM, NAMED, Sources, load_sources
from engine.kernel.errors import DefinitionInvalid, EngineError, InvalidInput
from engine.scenario.playhouse import Playhouse
from engine.scenario.trial import OF_OFFICES, Trial, first_process

SCENARIOS = "scenarios"


@dataclass(slots=True)
class Trials:
    """Runs the scenarios of a diagram or of a folder. `in_memory`: leaves out those that need a database."""

    path: Path
    operations: Collection[str]
    now: datetime
    in_memory: bool = False
    _opened: dict[tuple[Path, str | None], Tried] = field(default_factory=dict)
    _around: Sources | None = None

    def files(self) -> list[Path]:
        """Return the scenario files, sorted. Raises InvalidInput when the path is neither a diagram nor a folder."""
        if self.path.is_dir():
            found = {file for file in self.path.rglob("*.json") if file.is_file() and SCENARIOS in file.relative_to(self.path.parent).parts[:-1]}
            return sorted(found)
        if not self.path.is_file() or not self.path.name.lower().endswith(NAMED):
            raise InvalidInput(f"Expected a diagram (*{DIAGRAM}) or a folder at {self.path}, but there is none.")
        beside = self.path.parent / SCENARIOS
        return sorted(file for file in beside.rglob("*.json") if file.is_file()) if beside.is_dir() else []

    def run(self) -> Iterator[Trial]:
        """Run every scenario that belongs here, one after the other."""
        if self.path.is_dir():
            self._around = load_sources([self.path])
        with Playhouse(self._around) as playhouse:
            for file in self.files():
                trial = self._one(file, playhouse)
                if trial is not None:
                    yield trial

    def diagrams(self) -> list[Path]:
        """Return the diagrams that are tried."""
        return diagrams_in(self.path, below=True) if self.path.is_dir() else [self.path]

    def _one(self, file: Path, playhouse: Playhouse) -> Trial | None:
        """Return what came of a file; None when it belongs to another diagram, or is not wanted."""
        shown = str(file.relative_to(self.path if self.path.is_dir() else self.path.parent))
        try:
            plain = read_json(file.read_bytes(), file.name)
            if isinstance(plain, Mapping) and plain.keys() & OF_OFFICES:
                return None if self.in_memory else playhouse.trial(file, shown, str(plain.get("name", "")))
            scenario = read_scenario(plain)
            diagram = self._diagram(file, scenario)
            if self.path.is_file() and diagram.resolve() != self.path.resolve():
                return None
            return self._led(diagram, shown, scenario)
        except (EngineError, OSError) as error:
            return Trial(file=shown, name=file.stem, kind="steps", passed=False, message=_sentence(error))

    def _diagram(self, file: Path, scenario: Scenario) -> Path:
        """Return the diagram beside a scenario file that it is about."""
        folder = next(parent for parent in file.parents if parent.name == SCENARIOS).parent
        beside = diagrams_in(folder)
        if self.path.is_file() and self.path not in beside:
            beside.append(self.path)  # an .xml that was named
        if scenario.process is None and len(beside) == 1:
            return beside[0]
        holding = [path for path in beside if scenario.process is not None and scenario.process in nodes_of(path)]
        if not holding:
            known = ", ".join(path.name for path in beside) or "no diagram"
            found = f"{scenario.process!r}" if scenario.process else "none"
            raise InvalidInput(f"Expected {file.name} to name a process of {known} as `process`, but found {found}.")
        return holding[0]

    def _led(self, diagram: Path, shown: str, scenario: Scenario) -> Trial:
        process = scenario.process or first_process(diagram)
        tried = self._open(diagram, process)
        try:
            run = lead(tried, scenario, now=self.now)
            answer: Mapping[str, Any] = run.answer()
        except StepRefused as error:
            run, answer = error.run, {"error": {**error.details, "message": error.message}}
        differences = unmet(scenario.expect or {}, answer)
        return Trial(
            file=shown,
            name=scenario.name or Path(shown).stem,
            kind="steps",
            passed=not differences,
            message=" ".join(differences),
            reached=frozenset(run.reached),
        )

    def _open(self, diagram: Path, process: str | None) -> Tried:
        known = self._opened.get((diagram, process))
        if known is None:
            known = open_definition(sources_to_try(diagram, self._around), process, self.operations)
            self._opened[(diagram, process)] = known
        return known


def _sentence(error: Exception) -> str:
    if isinstance(error, DefinitionInvalid):
        return f"Expected a diagram that runs, but found: {error.findings[0].sentence()}"
    return error.message if isinstance(error, EngineError) else f"Expected a scenario that can be read, but found: {error}."
