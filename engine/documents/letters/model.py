"""What a printed document holds, whatever its form: a letter, a report, a consolidated report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

LETTER = "công văn"  # the one type that has no name of type on it, only its subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A numbered main part: I, II … `annex`: it begins a page of its own."""

    text: str
    annex: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A numbered part of a chapter."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph, or several when it has line breaks. `first` stands before it; `deep` 0 is the body's edge, each step is set in."""

    text: str
    first: str = ""
    deep: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A ruled table; `widest` is how many letters wide a column of it may be in plain text."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widest: int = 46


Block = Chapter | Section | Paragraph | Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signs. `authority`: T/M, K/T, T/L, TUQ, Q., TM. … or "" for the head alone; `behalf`: of whom the mark speaks."""

    authority: str = ""
    behalf: str = ""
    title: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyTo:
    """One line of the distribution list; `marker`: b/c, p/h …"""

    body: str
    marker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedDocument:
    """A document to print, in the words of its own data; capitals, marks and punctuation belong to the form.

    `superior` and `issuer` head the page; `code` is number and symbol (370-CV/BTGTU, 12/UBND-VX); `day` None: not issued yet.
    `kind` is the name of its type; `note` stands in brackets under the subject; `to` are the addressees; `mark` is what the whole
    document is marked with (a draft, withdrawn); `recorded` tells by which act in the system it was signed.
    """

    form: str
    issuer: str
    superior: str = ""
    code: str = ""
    place: str = ""
    day: date | None = None
    kind: str = LETTER
    subject: str = ""
    note: str = ""
    to: tuple[str, ...] = ()
    body: tuple[Block, ...] = ()
    signature: Signature = Signature()
    copies: tuple[CopyTo, ...] = ()
    mark: str = ""
    recorded: str = ""

    @property
    def is_letter(self) -> bool:
        """Tell whether it is a công văn, whose subject stands under its number."""
        return self.kind.casefold() == LETTER


def is_number(cell: str) -> bool:
    """Tell whether a cell of a table holds a figure, or the place of one."""
    return cell == "" or cell[0].isdigit() or cell in ("-", "–")


def right_columns(rows: Sequence[Sequence[str]], count: int) -> list[bool]:
    """Tell for each column whether it is set to the right: where all cells are figures."""
    return [bool(rows) and all(is_number(row[place]) for row in rows) for place in range(count)]
