"""A document beside what was read in it: its lines, and for every value the lines that say so.

Reading takes time for a scan, so what a file says is kept by its digest: the same digest reads the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from engine.directives.reading import read_document
from engine.documents.legacy_fonts import from_legacy_font
from engine.documents.text import extract_text
from engine.kernel.errors import InvalidInput

CACHED = 64  # documents kept by a process
Span = tuple[int, int]  # first and last line, from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value that was read: which field, what it says, on which lines. `confidence`: percent, None when it is not said."""

    field: str
    text: str
    spans: tuple[Span, ...] = ()
    confidence: int | None = None
    due: str | None = None

    @property
    def line(self) -> int | None:
        """The first line that says so."""
        return self.spans[0][0] if self.spans else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the text. `fields`: of the values that rest on it; `deadline`: one of them names a day."""

    number: int
    text: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A document as people read it. `problem`: the sentence why it could not be read; then there are no lines, or no values."""

    sha256: str
    name: str
    lines: tuple[Line, ...] = ()
    values: tuple[Value, ...] = ()
    problem: str = ""
    part: int = 1
    parts: int = 1


_SINGLE = ("code", "date", "issuer", "superior", "subject", "recipients")  # fields of which the evidence is one list of spans
_kept: OrderedDict[tuple[str, str], Evidence] = OrderedDict()
_lock = Lock()


def evidence(sha256: str, name: str, content: Callable[[], bytes], *, code: str = "") -> Evidence:
    """Return what a document says. `content` is called only when it was not read before; `code`: which letter of several is meant."""
    key = (sha256, code)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    read = _read(sha256, name, content(), code)
    with _lock:
        _kept[key] = read
        while len(_kept) > CACHED:
            _kept.popitem(last=False)
    return read


def _read(sha256: str, name: str, content: bytes, code: str) -> Evidence:
    try:
        text, _converted = from_legacy_font(extract_text(name, content))
    except InvalidInput as problem:
        return Evidence(sha256=sha256, name=name, problem=problem.message)
    plain = tuple(Line(number=number, text=line) for number, line in enumerate(text.split("\n"), start=1))
    try:
        found = [each.to_json() for each in read_document(name, content)]
    except InvalidInput as problem:
        return Evidence(sha256=sha256, name=name, lines=plain, problem=problem.message)
    chosen = next((each for each in found if code and each["code"] == code), found[0])
    values = tuple(_values(chosen))
    marked = tuple(Line(number=line.number, text=line.text, fields=_fields(values, line.number)) for line in plain)
    return Evidence(sha256=sha256, name=name, lines=marked, values=values, part=chosen["part"], parts=len(found))


def _fields(values: Sequence[Value], number: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.field for each in values for first, last in each.spans if first <= number <= last))


def _values(read: Mapping[str, Any]) -> list[Value]:
    """Return who, what, by when and what is to be reported, in this order."""
    spans, sure = read["evidence"], read["confidence"]
    said = {
        "code": read["code"],
        "date": read["date"],
        "issuer": (read["issuer"] or {}).get("name"),
        "superior": (read["superior"] or {}).get("name"),
        "subject": read["subject"],
        "recipients": "; ".join(read["recipients"]),
    }
    found = [
        Value(field=field, text=str(said[field]), spans=_spans(spans.get(field)), confidence=sure.get(field)) for field in _SINGLE if said[field]
    ]
    found += [_item(each, sure.get("items")) for each in read["items"]]
    if read["reporting"]["duty"] != "none":
        found.append(_duty(read["reporting"], _spans(spans.get("reporting")), sure.get("reporting")))
    if contact := read["contact"]:
        text = contact if isinstance(contact, str) else "; ".join(str(each) for each in contact.values() if each)
        found.append(Value(field="contact", text=text, spans=_spans(spans.get("contact")), confidence=sure.get("contact")))
    signed = read["signer"] or {}
    signer = [str(signed[part]) for part in ("authority", "title", "name") if signed.get(part)]
    if signer:
        found.append(Value(field="signer", text=", ".join(signer), spans=_spans(spans.get("signer")), confidence=sure.get("signer")))
    return found


def _item(item: Mapping[str, Any], confidence: int | None) -> Value:
    """Return one order: whom it addresses, what it asks, and the first day that it names."""
    what = "; ".join(action["text"] for action in item["actions"]) or item["heading"] or ""
    whom = ", ".join(item["addressees"])
    days = sorted(_last_day(action["deadline"]) for action in item["actions"] if action["deadline"])
    text = f"{item['id']}. {whom}: {what}" if whom else f"{item['id']}. {what}"
    return Value(field="items", text=text, spans=_spans([item["lines"]]), confidence=confidence, due=days[0] if days else None)


def _duty(reporting: Mapping[str, Any], spans: tuple[Span, ...], confidence: int | None) -> Value:
    due = reporting["due"]
    return Value(
        field="reporting", text=str(reporting["quote"] or reporting["duty"]), spans=spans, confidence=confidence, due=_last_day(due) if due else None
    )


def _last_day(deadline: Mapping[str, Any]) -> str:
    """Return the last day in time: what is due before a day is due the day before it (DOMAIN.md 1.4.7)."""
    return str(deadline.get("last_day_strict") or deadline["date"])


def _spans(listed: Sequence[Sequence[int]] | None) -> tuple[Span, ...]:
    return tuple((int(first), int(last)) for first, last in listed or ())
