"""OCEL 2.0 as JSON: every event with all its objects, and every row that the history tells of, with its values over time.

An event always relates to the root directive, so that nobody loses one who looks at directives alone (AUDIT.md 7).
Written as it is read: events first, each on a line of its own, then the objects, which are kept on disk until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from engine.audit.exports.event import Event, Thing, compact, events, fields_of
from engine.audit.exports.names import Names
from engine.audit.exports.records import Sealed
from engine.audit.exports.spool import Spool
from engine.storage.told import TOLD

OBJECT, TYPE, VALUE, RELATION = "object", "0", "1", "2"  # what is kept of an object, in the order in which it is written
ALWAYS = "1970-01-01T00:00:00Z"  # the moment of what an object is called: the specification's example has it for what never changes
NUMBER, TIME, TEXT = "integer", "time", "string"
DIGEST = "digest:"  # before the digest of a long text, which the records do not repeat
_NUMBERS = frozenset({"record", "stream_record", "process_version", "caused_by"})


@dataclass(slots=True)
class _Kinds:
    """The types of events and of objects that were met, each with its attributes and their types."""

    events: dict[str, dict[str, str]] = field(default_factory=dict)
    objects: dict[str, dict[str, str]] = field(default_factory=dict)


def ocel(records: Iterable[Sealed], names: Names) -> Iterator[str]:
    """Yield the text of a log, piece by piece."""
    kinds = _Kinds()
    with Spool() as spool:
        yield '{"events":[\n'
        comma = ""
        for event in events(records):
            yield comma + compact(_event(event, names, kinds, spool))
            comma = ",\n"
        yield '\n],\n"objects":[\n'
        yield from _objects(spool, kinds)
        yield '\n],\n"eventTypes":' + compact(_declared(kinds.events))
        yield ',\n"objectTypes":' + compact(_declared(kinds.objects)) + "}\n"


def _event(event: Event, names: Names, kinds: _Kinds, spool: Spool) -> dict[str, Any]:
    related = list(_related(event))
    for thing in related:
        _keep_object(thing, names, kinds, spool)
    _keep_rows(event, kinds, spool)
    subject = event.things[0]
    for thing in event.things[1:]:
        if thing.key != subject.key:
            _relate(spool, subject.key, thing.qualifier, thing)
    fields = fields_of(event, names)
    kinds.events.setdefault(event.action, {}).update({name: _field_type(name) for name in fields})
    pairs = dict.fromkeys((thing.key, thing.qualifier) for thing in related)
    return {
        "id": event.id,
        "type": event.action,
        "time": event.at,
        "attributes": [{"name": name, "value": value} for name, value in fields.items()],
        "relationships": [{"objectId": key, "qualifier": qualifier} for key, qualifier in pairs],
    }


def _related(event: Event) -> Iterator[Thing]:
    """Yield what an event relates to: its things, the rows that it wrote, who did it and for which unit."""
    yield from event.things
    yield from (thing for thing, _row in event.rows)
    if event.actor.get("type") == "person":
        yield Thing(type="person", id=event.actor["id"], qualifier="actor")
    if unit := event.actor.get("unit"):
        yield Thing(type="organisation", id=unit, qualifier="acting unit")


def _keep_object(thing: Thing, names: Names, kinds: _Kinds, spool: Spool) -> None:
    kind = kinds.objects.setdefault(thing.type, {})
    if not spool.keep(OBJECT, thing.key, TYPE, thing.type):
        return
    called = {"organisation": names.unit, "person": names.person}.get(thing.type)
    if called is not None:
        kind["name"] = TEXT
        spool.put(OBJECT, thing.key, f"{VALUE} name", compact({"name": "name", "time": ALWAYS, "value": called(thing.id)}))


def _keep_rows(event: Event, kinds: _Kinds, spool: Spool) -> None:
    """Keep what the rows held from this event on; of several events in a millisecond, what the last one says."""
    for thing, row in event.rows:
        told, kind = TOLD.get(row.table), kinds.objects.setdefault(thing.type, {})
        for name, value in (row.new or {}).items():
            column = told.table.c.get(name) if told else None
            kind[name] = TEXT if column is None or column.type.python_type is not int else NUMBER
            if name.endswith("_at"):
                kind[name] = TIME
            if value is not None or kind[name] == TEXT:
                shown = f"{DIGEST}{value}" if told and value is not None and name in told.digested else "" if value is None else value
                spool.put(OBJECT, thing.key, f"{VALUE} {name} {event.at}", compact({"name": name, "time": event.at, "value": shown}))
            for target in column.foreign_keys if column is not None and value else ():
                other = Thing(type=target.column.table.name, id=str(value), qualifier=name)
                kinds.objects.setdefault(other.type, {})
                spool.keep(OBJECT, other.key, TYPE, other.type)
                _relate(spool, thing.key, name, other)


def _relate(spool: Spool, key: str, qualifier: str, other: Thing) -> None:
    spool.keep(OBJECT, key, f"{RELATION} {other.key} {qualifier}", compact({"objectId": other.key, "qualifier": qualifier}))


def _objects(spool: Spool, kinds: _Kinds) -> Iterator[str]:
    comma = ""
    for key, kept in groupby(spool.lines(OBJECT), key=itemgetter(0)):
        lines = [(detail[0], text) for _key, detail, text in kept]
        of = next(text for part, text in lines if part == TYPE)
        attributes, relations = (",".join(text for part, text in lines if part == wanted) for wanted in (VALUE, RELATION))
        kinds.objects.setdefault(of, {})
        yield f'{comma}{{"id":{compact(key)},"type":{compact(of)},"attributes":[{attributes}],"relationships":[{relations}]}}'
        comma = ",\n"


def _field_type(name: str) -> str:
    return NUMBER if name in _NUMBERS else TIME if name.endswith("_at") else TEXT


def _declared(kinds: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    return [{"name": name, "attributes": [{"name": each, "type": of} for each, of in sorted(kind.items())]} for name, kind in sorted(kinds.items())]
