"""W3C PROV as PROV-JSON: a record is an activity, what it made or used an entity, whoever did it an agent.

A version of a report or a consolidation is an entity of its own; a consolidation derives from the report versions that it counts, a
report from the consolidations below whose totals it holds: from the top figure down to the leaf there is a way. That an activity
generated something is said only where its record tells of the new row or version; everything else that it touches it used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from engine.audit.exports.event import Event, Thing, compact, events, fields_of
from engine.audit.exports.names import Names
from engine.audit.exports.records import Sealed
from engine.audit.exports.spool import Spool

PREFIX = {"cd": "urn:chidao:"}
KINDS = ("entity", "agent", "wasGeneratedBy", "used", "wasAssociatedWith", "actedOnBehalfOf", "wasInformedBy", "wasDerivedFrom", "specializationOf")
NAMED = frozenset({"entity", "agent"})  # kinds whose entries have names; the others are relations
AGENTS = frozenset({"organisation", "person"})
REPORT, CONSOLIDATION, INCLUDED = "report", "consolidation", "included"
_ABOUT = ("actor", "actor_name", "unit", "record_hash", "command")  # said by the agents, or by the record itself


def prov(records: Iterable[Sealed], names: Names) -> Iterator[str]:
    """Yield the text of a document, piece by piece: activities as they are read, each on a line of its own, then the rest."""
    with Spool() as spool:
        yield '{"prefix":' + compact(PREFIX) + ',\n"activity":{\n'
        comma = ""
        for event in events(records):
            yield f"{comma}{compact(_activity(event))}:{compact(_described(event, names))}"
            _keep(event, names, spool)
            comma = ",\n"
        yield "\n}"
        for kind in KINDS:
            yield f',\n"{kind}":{{\n'
            for number, (thing, _detail, text) in enumerate(spool.lines(kind)):
                name = thing if kind in NAMED else f"_:{kind}{number + 1}"
                yield (",\n" if number else "") + f"{compact(name)}:{text}"
            yield "\n}"
        yield "}\n"


def _described(event: Event, names: Names) -> dict[str, Any]:
    fields = {f"cd:{name}": value for name, value in fields_of(event, names).items() if name not in _ABOUT}
    return {"prov:startTime": event.at, "prov:endTime": event.at, "prov:type": event.action, **fields}


def _keep(event: Event, names: Names, spool: Spool) -> None:
    activity, subject = _activity(event), event.things[0]
    made = {thing.key for thing, _row in event.rows if thing.qualifier == "created"}
    for thing, _row in event.rows:
        if thing.qualifier == "created" and thing.key != subject.key:
            _generate(spool, activity, _entity(spool, thing), event.at)
    for thing in event.things:
        if thing.type in AGENTS:
            _agent(spool, thing, names)
            continue
        entity = _entity(spool, thing)
        if thing.key == subject.key and (_is_new_version(event, thing) if thing.version else thing.key in made):
            _generate(spool, activity, entity, event.at)
            _derive_report(spool, names, thing, entity)
        else:
            _say(spool, "used", {"prov:activity": activity, "prov:entity": entity})
        if thing.qualifier == INCLUDED:
            _derive(spool, _entity(spool, subject), entity)
    _keep_actor(event, names, spool, activity)
    if event.told["caused_by"]:
        _say(spool, "wasInformedBy", {"prov:informed": activity, "prov:informant": f"cd:record/{event.sealed.log}/{event.told['caused_by']}"})


def _keep_actor(event: Event, names: Names, spool: Spool, activity: str) -> None:
    actor = event.actor
    if not actor.get("id"):  # withheld: the record was disposed of
        return
    who = f"cd:{actor['type']}/{_plain(actor['id'])}"
    kind = "prov:Person" if actor["type"] == "person" else "prov:SoftwareAgent"
    spool.keep("agent", who, "", compact({"prov:type": {"$": kind, "type": "prov:QUALIFIED_NAME"}, "prov:label": actor.get("name") or actor["id"]}))
    _say(spool, "wasAssociatedWith", {"prov:activity": activity, "prov:agent": who})
    if unit := actor.get("unit"):
        acting = _agent(spool, Thing(type="organisation", id=unit, qualifier=""), names)
        _say(spool, "actedOnBehalfOf", {"prov:delegate": who, "prov:responsible": acting})
    if other := event.told["on_behalf_of"]:
        kind = "person" if names.person(other) != other else "organisation"
        absent = _agent(spool, Thing(type=kind, id=other, qualifier=""), names)
        _say(spool, "actedOnBehalfOf", {"prov:delegate": who, "prov:responsible": absent, "prov:activity": activity})


def _is_new_version(event: Event, thing: Thing) -> bool:
    """Tell whether a record tells of a new version: it is the row's newest from then on, or a row of its own."""
    apart = f"{thing.type}_revision:{thing.id}/{thing.version}"
    return any(
        (row.key == thing.key and str((written.new or {}).get("revision")) == thing.version) or (row.key == apart and row.qualifier == "created")
        for row, written in event.rows
    )


def _entity(spool: Spool, thing: Thing) -> str:
    name = f"cd:{thing.type}/{_plain(thing.id)}"
    spool.keep("entity", name, "", compact({"prov:type": thing.type}))
    if not thing.version:
        return name
    version = f"{name}/{_plain(thing.version)}"
    if spool.keep("entity", version, "", compact({"prov:type": thing.type, "cd:version": thing.version})):
        _say(spool, "specializationOf", {"prov:specificEntity": version, "prov:generalEntity": name})
    return version


def _agent(spool: Spool, thing: Thing, names: Names) -> str:
    name = f"cd:{thing.type}/{_plain(thing.id)}"
    called, kind = (names.person(thing.id), "prov:Person") if thing.type == "person" else (names.unit(thing.id), "prov:Organization")
    spool.keep("agent", name, "", compact({"prov:type": {"$": kind, "type": "prov:QUALIFIED_NAME"}, "prov:label": called}))
    return name


def _generate(spool: Spool, activity: str, entity: str, at: str) -> None:
    spool.keep("wasGeneratedBy", entity, "", compact({"prov:entity": entity, "prov:activity": activity, "prov:time": at}))


def _derive_report(spool: Spool, names: Names, thing: Thing, entity: str) -> None:
    """Say from which consolidations the figures of a report version come."""
    if thing.type == REPORT and thing.version.isdecimal():
        for below, revision in names.held_by(thing.id, int(thing.version)):
            source = Thing(type=CONSOLIDATION, id=below, qualifier="", version=str(revision))
            _derive(spool, entity, _entity(spool, source))


def _derive(spool: Spool, made: str, source: str) -> None:
    _say(spool, "wasDerivedFrom", {"prov:generatedEntity": made, "prov:usedEntity": source})


def _say(spool: Spool, kind: str, relation: dict[str, str]) -> None:
    text = compact(relation)
    spool.keep(kind, text, "", text)


def _activity(event: Event) -> str:
    return f"cd:record/{_plain(event.sealed.log)}/{event.sealed.seq}"


def _plain(identity: str) -> str:
    """Return an id as the local part of a qualified name."""
    return quote(identity, safe="/-_.")
