"""What changed between two revisions of a report, and against the last period: in words and in per cent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from engine.reports.written import ShownSection

TEXTS = ("assessment", "narrative", "nil_reason", "difficulties", "proposals", "next_tasks")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureChange:
    """A figure that changed. `percent`: by how much, rounded; None when there was nothing to compare with."""

    code: str
    label: str
    unit: str
    old: int | None
    new: int | None

    @property
    def difference(self) -> int:
        """The new value less the old one."""
        return (self.new or 0) - (self.old or 0)

    @property
    def percent(self) -> int | None:
        """The difference in per cent of the old value."""
        return percent(self.old, self.new)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextChange:
    """A text that changed. `name`: one of TEXTS; `parts`: (kind, words) with kind same, gone or new."""

    code: str
    name: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What one revision says differently from another."""

    figures: tuple[FigureChange, ...] = ()
    texts: tuple[TextChange, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.figures or self.texts or self.added or self.removed)


NO_DIFFERENCES = Differences()


def percent(old: int | None, new: int | None) -> int | None:
    """Return by how many per cent `new` differs from `old`; None without both, or when `old` is nothing."""
    if not old or new is None:
        return None
    return round((new - old) * 100 / old)


def differences(before: Iterable[ShownSection], after: Iterable[ShownSection]) -> Differences:
    """Compare two revisions section by section."""
    old, new = ({section.obligation: section for section in sections} for sections in (before, after))
    both = [(old[key], section) for key, section in new.items() if key in old]
    return Differences(
        figures=tuple(change for pair in both for change in _figures(*pair)),
        texts=tuple(change for pair in both for change in _texts(*pair)),
        added=tuple(section.code for key, section in new.items() if key not in old),
        removed=tuple(section.code for key, section in old.items() if key not in new),
    )


def _figures(old: ShownSection, new: ShownSection) -> Iterator[FigureChange]:
    for figure in new.figures:
        before = old.figure(figure.key)
        if not figure.is_text and before is not None and before.value != figure.value:
            yield FigureChange(code=new.code, label=figure.label, unit=figure.unit, old=before.value, new=figure.value)


def _texts(old: ShownSection, new: ShownSection) -> Iterator[TextChange]:
    for name in TEXTS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            parts = (("gone", before), ("new", after)) if name == "assessment" else tuple(_parts(before.split(), after.split()))
            yield TextChange(code=new.code, name=name, parts=parts)


def _parts(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    for kind, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", " ".join(old[first:last])
            continue
        if first < last:
            yield "gone", " ".join(old[first:last])
        if begin < end:
            yield "new", " ".join(new[begin:end])
