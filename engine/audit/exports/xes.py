"""XES (IEEE 1849-2023) as XML: a trace for each root directive with everything that its record stream holds, level after level.

The layout follows AUDIT.md 7: a decimal version without a namespace; extensions, globals, classifiers, attributes, traces in this order.
A record that touches several directives stands in the trace of each, unless one was asked for; what touches none in the installation's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from xml.sax.saxutils import quoteattr

from engine.audit.exports.event import Event, events, fields_of
from engine.audit.exports.names import Names
from engine.audit.exports.records import Sealed
from engine.audit.exports.spool import Spool

VERSION = "1849.2023"  # a decimal number, as the schema asks for; "1849-2023" is none
INSTALLATION = "installation"  # the trace of records without a directive
TRACE = "trace"
COMPLETE, ABORTED = "complete", "ate_abort"  # of the standard's life cycle: what was done, and what was denied, refused or failed
EXTENSIONS = (
    ("Concept", "concept", "http://www.xes-standard.org/concept.xesext"),
    ("Lifecycle", "lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    ("Organizational", "org", "http://www.xes-standard.org/org.xesext"),
    ("Time", "time", "http://www.xes-standard.org/time.xesext"),
    ("Identity", "identity", "http://www.xes-standard.org/identity.xesext"),
)
STRING, DATE, INT, ID = "string", "date", "int", "id"
_OWN = {"time:timestamp": DATE, "identity:id": ID}
_NOT_A_LETTER = {code: "\ufffd" for code in (*range(0x20), 0xFFFE, 0xFFFF) if code not in (0x9, 0xA, 0xD)}  # what XML cannot hold
_NO_NAME = re.compile(r"[^\w.-]")  # what no name of an attribute may hold
_LINES = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def xes(records: Iterable[Sealed], names: Names) -> Iterator[str]:
    """Yield the text of a log, piece by piece. Traces stand in the order in which their directives began."""
    yield from _head()
    with Spool() as spool:
        for number, event in enumerate(events(records)):
            line = _event(event, names)
            for root in _traces(event):
                spool.keep(TRACE, root, f"{number:012}", line)
        for root, lines in groupby(spool.lines(TRACE), key=itemgetter(0)):
            called = names.directive(root) if root != INSTALLATION else INSTALLATION
            yield f"<trace>{_attributes({'concept:name': called, 'identity:id': root})}\n"
            yield from (text for _root, _number, text in lines)
            yield "</trace>\n"
    yield "</log>\n"


def _traces(event: Event) -> tuple[str, ...]:
    """Return in which traces an event stands: in that of the directive that was asked for, else of all that it touches."""
    return (event.sealed.stream,) if event.sealed.stream else event.roots or (INSTALLATION,)


def _head() -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="{VERSION}">\n'
    for name, prefix, uri in EXTENSIONS:
        yield f'<extension name="{name}" prefix="{prefix}" uri="{uri}"/>\n'
    yield f'<global scope="trace">{_attributes({"concept:name": "", "identity:id": ""})}</global>\n'
    blank = {"concept:name": "", "lifecycle:transition": COMPLETE, "time:timestamp": "1970-01-01T00:00:00.000Z", "identity:id": ""}
    yield f'<global scope="event">{_attributes(blank)}</global>\n'
    yield '<classifier name="Action" scope="event" keys="concept:name"/>\n'
    yield '<classifier name="ActionAndTransition" scope="event" keys="concept:name lifecycle:transition"/>\n'
    yield _attributes({"concept:name": "chidao"}) + "\n"


def _event(event: Event, names: Names) -> str:
    fields = fields_of(event, names)
    who = fields.get("actor_name", fields.get("actor", ""))
    standard: dict[str, str | int] = {
        "concept:name": event.action,
        "lifecycle:transition": COMPLETE if event.is_done else ABORTED,
        "time:timestamp": event.at,
        "identity:id": event.id,
        "org:resource": who,
        "org:role": fields.get("post", ""),
        "org:group": fields.get("unit_name", ""),
    }
    said = {name: value for name, value in (standard | _about(event) | fields).items() if value != ""}
    return f"<event>{_attributes(said)}</event>\n"


def _about(event: Event) -> dict[str, str]:
    """Return the things of an event, each under a key of its own: `included_report`, `included_report_2` …"""
    found: dict[str, str] = {}
    count: Counter[str] = Counter()
    for thing in event.things:
        key = _NO_NAME.sub("_", f"{thing.qualifier or 'about'}_{thing.type}")
        count[key] += 1
        found[key if count[key] == 1 else f"{key}_{count[key]}"] = thing.id
    return found


def _attributes(values: Mapping[str, str | int]) -> str:
    return "".join(f"<{_kind(name, value)} key={_quoted(name)} value={_quoted(str(value))}/>" for name, value in values.items())


def _kind(name: str, value: str | int) -> str:
    return _OWN.get(name, INT if isinstance(value, int) else STRING)


def _quoted(text: str) -> str:
    return quoteattr(text.translate(_NOT_A_LETTER), _LINES)
