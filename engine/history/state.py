"""What a record says of the rows that its action wrote: the group `state`, made when it is sealed and read when it is checked.

Rows of one table that were written alike share one entry, so that a letter to two hundred recipients names its fields once:
`{"of": "dispatch", "fields": […], "keys": […], "old": [[…], …], "new": [[…], …]}`; a new row has no "old", a deleted one no "new".
What a disposal settles has `"settled": true` in place of "old": so the rows stand from now on, whatever was told before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from engine.history.record import Fact
from engine.storage.written import Written


def shared_out(facts: Sequence[Fact], written: Sequence[Written], before: Sequence[int]) -> list[tuple[Written, ...]]:
    """Return for each fact the rows of which it tells; `before`: how many had been written when each fact was recorded.

    A row is told by a fact that is about it, or else about what it belongs to; of several by the next one after it was written.
    """
    shares: list[list[Written]] = [[] for _ in facts]
    named = [_named(fact) for fact in facts]
    for number, row in enumerate(written):
        following = next((place for place, count in enumerate(before) if count > number), len(facts) - 1)
        order = [*range(following, len(facts)), *range(following - 1, -1, -1)]
        first = next((place for place in order if row.key in named[place]), None)
        if first is None:
            first = next((place for place in order if not row.about.isdisjoint(named[place])), following)
        shares[first].append(row)
    return [tuple(share) for share in shares]


def _named(fact: Fact) -> frozenset[str]:
    return frozenset({fact.subject.id, *(each.id for each in fact.objects), fact.where.instance or fact.subject.id})


def plain(written: Sequence[Written]) -> list[dict[str, Any]]:
    """Return rows as a sealed record has them, in their order."""
    return [_entry(list(alike)) for _, alike in groupby(written, key=_likeness)]


def _likeness(row: Written) -> tuple[Any, ...]:
    return row.table, _fields(row), row.old is None, row.new is None, is_settled(row)


def _fields(row: Written) -> tuple[str, ...]:
    return tuple(sorted((row.old if row.new is None else row.new) or ()))


def _entry(alike: Sequence[Written]) -> dict[str, Any]:
    fields = _fields(alike[0])
    entry: dict[str, Any] = {"of": alike[0].table, "fields": list(fields), "keys": [row.key for row in alike]}
    if is_settled(alike[0]):
        entry["settled"] = True
    elif alike[0].old is not None:
        entry["old"] = [[(row.old or {})[name] for name in fields] for row in alike]
    if alike[0].new is not None:
        entry["new"] = [[(row.new or {})[name] for name in fields] for row in alike]
    return entry


def settled(row: Written) -> Written:
    """Return a written row as a disposal tells it: as it stands from now on, whatever was told before, which may be gone."""
    return replace(row, old={})


def is_settled(row: Written) -> bool:
    """Tell whether a row is told so: with nothing of what it was before. No other record tells a changed or deleted row without."""
    return row.old is not None and not row.old


def written_in(sealed: Mapping[str, Any]) -> Iterator[Written]:
    """Yield the rows of which a sealed record tells; none for a record from before there was this group."""
    for entry in sealed.get("state", ()):
        fields = entry["fields"]
        for place, key in enumerate(entry["keys"]):
            old, new = (dict(zip(fields, entry[side][place], strict=True)) if side in entry else None for side in ("old", "new"))
            old = {} if entry.get("settled") else old
            yield Written(table=entry["of"], key=key, old=old, new=new)
