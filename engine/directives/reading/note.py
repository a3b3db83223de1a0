"""How sure the reader is of a key, and on which lines the key stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.directives.reading.lines import Line, Span

#: Printed and recognised by a pattern of its own.
CERTAIN = 100
#: Read through a scanning error, or completed from the body of the document.
MENDED = 80
#: Concluded from other parts of the document.
INFERRED = 60
#: One of several readings; a person should look.
DOUBTFUL = 40
#: Expected here, not found.
MISSING = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Confidence 0..100 and the lines (1-based, both ends included) that a value was read from."""

    confidence: int
    lines: tuple[Span, ...] = ()


def note(confidence: int, lines: Iterable[Line | Span] = ()) -> Note:
    """Make a note; neighbouring lines become one span."""
    spans: list[Span] = []
    for begin, end in sorted((line.number, line.number) if isinstance(line, Line) else line for line in lines):
        if spans and begin <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((begin, end))
    return Note(confidence=confidence, lines=tuple(spans))
