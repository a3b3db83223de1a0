"""Reads a CSV file with a header line, and names file, line and column of what is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from engine.kernel.errors import EngineError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a file: `place` is "file:number"."""

    place: str
    row: dict[str, str]

    def read(self, column: str, convert: Callable[[str], T], expected: str) -> T:
        """Return the column's value as `convert` makes it. Raises InvalidInput that says what was `expected`."""
        try:
            return convert(self.row[column])
        except (ValueError, KeyError):
            raise InvalidInput(f"{self.place}: Expected {column} as {expected}, but found {self.row[column]!r}.") from None

    def day(self, column: str) -> str:
        """Return a date as ISO text. Raises InvalidInput."""
        return self.read(column, lambda text: date.fromisoformat(text).isoformat(), "YYYY-MM-DD")

    def one_of(self, column: str, wanted: Sequence[str]) -> str:
        """Return a value that is one of `wanted`. Raises InvalidInput."""
        return self.read(column, lambda text: wanted[wanted.index(text)], " or ".join(wanted))

    def filled(self, column: str) -> str:
        """Return a value that may not be blank. Raises InvalidInput."""
        if not self.row[column].strip():
            raise InvalidInput(f"{self.place}: Expected {column} to be filled in, but found it blank.")
        return self.row[column].strip()

    @contextmanager
    def about(self, *columns: str) -> Iterator[None]:
        """Name this line, and the columns, in whatever is refused inside."""
        try:
            yield
        except EngineError as error:
            where = f"{self.place}: {', '.join(columns)}: " if columns else f"{self.place}: "
            raise InvalidInput(where + error.message) from None


def read_lines(text: str, *, columns: Sequence[str], file: str, optional: Sequence[str] = ()) -> list[Line]:
    """Return the lines of a file whose header is `columns`, with or without the `optional` ones at its end.

    Raises InvalidInput that names file and line.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    header = list(reader.fieldnames or [])
    if header not in (list(columns), [*columns, *optional]):
        end = f" (and, where needed, {','.join(optional)})" if optional else ""
        raise InvalidInput(f"{file}:1: Expected the columns {','.join(columns)}{end}, but found {header}.")
    lines = []
    for row in reader:
        if None in row or None in row.values():
            raise InvalidInput(f"{file}:{reader.line_num}: Expected {len(header)} fields, but found another number.")
        lines.append(Line(place=f"{file}:{reader.line_num}", row=dict.fromkeys(optional, "") | row))
    return lines
