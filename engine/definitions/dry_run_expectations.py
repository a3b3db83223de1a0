"""What a scenario expects of its dry run, compared with what came of it: one sentence for each difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from engine.definitions.dry_run_scenario import shown

MISSING = object()


def unmet(expect: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Return what is not as `expect` says, one sentence each; `answer` is that of a dry run, or its error."""
    if "error" in answer:
        return list(_error(expect.get("error"), answer["error"]))
    if "error" in expect:
        where = f"step {expect['error']['step']}" if "step" in expect["error"] else "a step"
        return [f"Expected {where} to be refused, but every step was done."]
    return [
        *_ended(expect, answer),
        *(_same("end events", expect["ends"], answer["ends"]) if "ends" in expect else ()),
        *(_same("waiting elements", sorted(expect["waiting"]), sorted(each["element"] for each in answer["waiting"])) if "waiting" in expect else ()),
        *(_path(expect["path"], answer["path"]) if "path" in expect else ()),
        *(_same("messages sent", expect["sent"], [each["message"] for each in answer["sent"]]) if "sent" in expect else ()),
        *_data(expect.get("data", {}), answer["data"]),
    ]


def _error(expected: Mapping[str, Any] | None, found: Mapping[str, Any]) -> Iterator[str]:
    """An error is as expected when its step and element are the same and its sentence holds the words that are expected."""
    if expected is None:
        yield f"Expected every step to be done, but step {found['step']} was refused: {found['message']}"
        return
    for name in ("step", "element"):
        if name in expected and expected[name] != found[name]:
            yield f"Expected the error at {name} {shown(expected[name])}, but it is at {shown(found[name])}: {found['message']}"
    if str(expected.get("message", "")) not in found["message"]:
        yield f"Expected an error that says {expected['message']!r}, but it says: {found['message']}"


def _ended(expect: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[str]:
    if "ended" not in expect or expect["ended"] == answer["ended"]:
        return
    if answer["ended"]:
        yield f"Expected the process to go on, but it has ended at {', '.join(answer['ends']) or 'a path without an end event'}."
    else:
        yield f"Expected the process to end, but it waits at {', '.join(each['element'] for each in answer['waiting']) or 'nothing'}."


def _same(what: str, expected: list[str], found: list[str]) -> Iterator[str]:
    if list(expected) != found:
        yield f"Expected the {what} to be {shown(list(expected))}, but found {shown(found)}."


def _path(expected: list[str], found: list[str]) -> Iterator[str]:
    for place, (wanted, came) in enumerate(zip_longest(expected, found, fillvalue=MISSING), start=1):
        if wanted != came:
            there = "the path to end" if wanted is MISSING else str(wanted)
            instead = "it ends there" if came is MISSING else f"found {came}"
            where = f"{place} of the path after {found[place - 2]}" if place > 1 else f"{place} of the path"
            yield f"Expected {there} at place {where}, but {instead}."
            return


def _data(expected: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for name, value in expected.items():
        there = found.get(name, MISSING)
        if there is MISSING:
            yield f"Expected {name} = {shown(value)} in the data, but there is no {name}."
        elif there != value or isinstance(there, bool) != isinstance(value, bool):
            yield f"Expected {name} = {shown(value)} in the data, but found {shown(there)}."


