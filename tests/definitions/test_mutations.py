"""Files that were changed at random: findings at their place, or a process that is whole and runs; never an exception."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from engine.definitions.check import examine
from engine.definitions.source import Sources, shipped_sources
from tests.definitions.mutations import mutated
from tests.definitions.promises import keep_promises

HERE = Path(__file__).parent
ROUNDS, BATCHES = 30, 10
MAX_BYTES = 40_000  # of a file to begin with: small ones are read more often in the same time


def beginnings() -> list[bytes]:
    """Return what is changed: our own processes, look-alikes of other tools, the reference models where they are there."""
    shipped = [re.sub(rb' chidao:form="[^"]*"', b"", content) for _, content in sorted(shipped_sources().diagrams.items())]
    foreign = [file.read_bytes() for file in sorted((HERE / "foreign").glob("*.bpmn"))]
    miwg = [file.read_bytes() for file in sorted((HERE.parents[2] / "shared" / "miwg").glob("*.bpmn"))]
    return [content for content in (*shipped, *foreign, *miwg) if len(content) < MAX_BYTES and _is_accepted(content)]


def _is_accepted(content: bytes) -> bool:
    return bool(examine(Sources(files={"p.bpmn": content}), operations=(), wired=False).definitions)


@pytest.fixture(scope="module")
def files() -> list[bytes]:
    return beginnings()


@pytest.mark.parametrize("batch", range(BATCHES))
def test_whatever_happens_to_a_file_the_promises_are_kept(files: list[bytes], batch: int) -> None:
    for number in range(ROUNDS):
        random = Random(f"{batch}.{number}")
        content = mutated(random.choice(files), random)
        try:
            keep_promises("p.bpmn", content)
        except Exception as error:  # whatever it is, its seed must be told
            error.add_note(f"seed: {batch}.{number}; file: {content[:200]!r}")
            raise


def test_some_of_the_changed_files_are_accepted_and_some_are_not(files: list[bytes]) -> None:
    """Else the test above would show nothing."""
    judged = []
    assert len(files) > 20
    for number in range(60):
        random = Random(f"mix.{number}")
        found = examine(Sources(files={"p.bpmn": mutated(random.choice(files), random)}), operations=(), wired=False)
        judged.append(bool(found.definitions))
    assert 5 < sum(judged) < 55
