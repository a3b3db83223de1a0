"""What came of one scenario file, and what of the diagrams no scenario has reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.definitions.dry_run_files import nodes_of

OF_OFFICES = {"offices", "letters", "starts", "commands", "answers", "until"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The result of one scenario. `kind`: "steps" (a dry run) or "offices" (a play); `reached`: (process, element) where a token has been."""

    file: str
    name: str
    kind: str
    passed: bool
    message: str
    reached: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A process and the elements that no scenario has reached."""

    file: str
    process: str
    elements: int
    never: tuple[str, ...]

    @property
    def reached(self) -> int:
        """How many elements were reached."""
        return self.elements - len(self.never)


def coverage(diagrams: Iterable[Path], trials: Iterable[Trial]) -> Iterator[Coverage]:
    """Yield what the scenarios have left out of each process; a diagram that cannot be read has none."""
    reached = frozenset[tuple[str, str]]().union(*(trial.reached for trial in trials))
    drawn = [(path.name, process, nodes) for path in diagrams for process, nodes in nodes_of(path).items()]
    own = {process: frozenset(nodes) for _, process, nodes in drawn}
    elsewhere = {element for process, element in reached if element not in own.get(process, frozenset())}  # in what that process calls
    for file, process, nodes in drawn:
        never = tuple(node for node in nodes if (process, node) not in reached and node not in elsewhere)
        yield Coverage(file=file, process=process, elements=len(nodes), never=never)


def first_process(diagram: Path) -> str | None:
    """Return the process that is tried when nobody says which: the first of the file; None when it has none or cannot be read."""
    return next(iter(nodes_of(diagram)), None)
