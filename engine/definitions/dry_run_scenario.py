"""A scenario of a dry run as people write it: JSON text into steps, each mistake in one sentence. Runs nothing.

`{"name": "…", "process": "id", "now": "2024-04-01", "start": {data}, "steps": […], "expect": {…}}`; a step has one verb:
`{"complete": "element id", "with": {data}}`, `{"advance": "P1D"}` (or a moment: "2024-04-30"), `{"message": "name", "with": {data},
"key": "…"}`, `{"signal": "name", "with": {data}}`, `{"choose": "flow id"}`, `{"fail": "element id", "error": "code", "with": {data}}`.
`"index": 2` means the second of several that wait.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.definitions.json_text import fault
from engine.kernel.errors import InvalidInput

MAX_BYTES = 5_000_000
MAX_STEPS = 10_000
KEYS = {"name", "note", "process", "now", "start", "steps", "expect", "recorded"}
EXPECTED = {"ended", "ends", "waiting", "path", "data", "sent", "error"}
BESIDE: Mapping[str, frozenset[str]] = {
    "complete": frozenset({"with", "index"}),
    "advance": frozenset({"fires"}),
    "message": frozenset({"with", "key", "index"}),
    "signal": frozenset({"with", "heard"}),
    "choose": frozenset({"index"}),
    "fail": frozenset({"error", "with", "index"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `what`: the element, duration, message, signal or flow that it names.

    `error`: the code of the error with which a task or operation fails; "" is one without a code.
    `fires`: exactly these timers fire, at the moment to which the clock moves; None: every timer that is due, at its own.
    `heard`: exactly these elements hear the signal, in this order; None: all who wait for it, the oldest first.
    """

    verb: str
    what: str
    data: dict[str, Any] = field(default_factory=dict)
    key: str | None = None
    error: str = ""
    index: int = 1
    fires: tuple[str, ...] | None = None
    heard: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario whose outside is right; each step is read when its turn comes."""

    name: str = ""
    process: str | None = None
    now: str | None = None
    start: dict[str, Any] = field(default_factory=dict)
    steps: tuple[Any, ...] = ()
    expect: Mapping[str, Any] | None = None


def read_json(content: bytes, file: str) -> Any:
    """Return what a file says. Raises InvalidInput: no JSON, not UTF-8, too large, a key given twice."""
    if len(content) > MAX_BYTES:
        raise InvalidInput(f"Expected at most {MAX_BYTES} bytes in {file}, but found more. Split the scenario.")
    try:
        plain = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(plain, ensure_ascii=False, allow_nan=False).encode()  # 1e400, and half of a surrogate pair, can be read but not written
    except UnicodeEncodeError:
        raise InvalidInput(f"Expected texts of whole characters in {file}, but found half of a surrogate pair (\\ud800 to \\udfff). Write the character.") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"Expected {file} as UTF-8 text, but it is not. Save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise fault(file, error) from None
    except InvalidInput as error:
        raise InvalidInput(f"In {file}: {error.message}") from None
    except (ValueError, RecursionError):
        raise InvalidInput(f"Expected JSON in {file}, but found a number or a nesting that is too large.") from None
    return plain


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"Expected each key once in an object, but found {twice!r} twice. Remove one of them.")
    return found


def _no_number(name: str) -> Any:
    raise InvalidInput(f"Expected a number that JSON has, but found {name}.")


def write_scenario(plain: Mapping[str, Any]) -> str:
    """Return the text of a scenario as a person would write it: a line for each step and for everything else."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    parts = []
    for name, value in plain.items():
        steps = ",\n".join(f"  {line(step)}" for step in value) if name == "steps" and value else ""
        parts.append(f" {line(name)}: [\n{steps}\n ]" if steps else f" {line(name)}: {line(value)}")
    return "{\n" + ",\n".join(parts) + "\n}"


def read_scenario(plain: Any) -> Scenario:
    """Return the scenario that `plain` says. Raises InvalidInput."""
    if not isinstance(plain, Mapping):
        raise InvalidInput(f'Expected a scenario as an object such as {{"start": {{}}, "steps": []}}, but found {shown(plain)}.')
    if unknown := sorted(map(str, plain.keys() - KEYS)):
        raise InvalidInput(f"Expected only the keys {sorted(KEYS)} in the scenario, but found {unknown}.")
    steps = plain.get("steps", [])
    if not isinstance(steps, list):
        raise InvalidInput(f"Expected the steps as a list, but found {shown(steps)}. Write them in [ … ].")
    if len(steps) > MAX_STEPS:
        raise InvalidInput(f"Expected at most {MAX_STEPS} steps, but found {len(steps)}. Split the scenario.")
    return Scenario(
        name=_text(plain, "name") or "",
        process=_text(plain, "process"),
        now=_text(plain, "now"),
        start=_data(plain, "start", "the start"),
        steps=tuple(steps),
        expect=_expectations(plain.get("expect")),
    )


def read_step(plain: Any) -> Step:
    """Return the step that `plain` says. Raises InvalidInput."""
    verbs = ", ".join(BESIDE)
    said = [verb for verb in BESIDE if verb in plain] if isinstance(plain, Mapping) else []
    if len(said) != 1:
        raise InvalidInput(f"Expected a step with one of {verbs}, but found {shown(plain)}.")
    (verb,) = said
    if unknown := sorted(map(str, plain.keys() - {verb} - BESIDE[verb])):
        allowed = ", ".join(sorted(BESIDE[verb])) or "nothing"
        raise InvalidInput(f"Expected no {unknown} beside {verb!r}, where only {allowed} may stand.")
    return Step(
        verb=verb,
        what=_named(plain, verb),
        data=_data(plain, "with", repr(verb)),
        key=_key(plain),
        error=_text(plain, "error") or "",
        index=_index(plain),
        fires=_names(plain["fires"], "fires") if "fires" in plain else None,
        heard=_names(plain["heard"], "heard") if "heard" in plain else None,
    )


def shown(value: Any) -> str:
    """Return `value` as JSON, shortened, for a sentence."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _text(plain: Mapping[str, Any], name: str) -> str | None:
    found = plain.get(name)
    if found is not None and not isinstance(found, str):
        raise InvalidInput(f"Expected {name!r} as a text, but found {shown(found)}.")
    return found


def _named(plain: Mapping[str, Any], verb: str) -> str:
    found = plain[verb]
    if not isinstance(found, str) or not found.strip():
        raise InvalidInput(f"Expected a text after {verb!r}, but found {shown(found)}.")
    return found.strip()


def _data(plain: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    found = plain.get(name, {})
    if not isinstance(found, Mapping):
        raise InvalidInput(f"Expected the data ({name!r}) of {where} as an object, but found {shown(found)}.")
    return dict(found)


def _key(plain: Mapping[str, Any]) -> str | None:
    found = plain.get("key")
    if found is None:
        return None
    if not isinstance(found, str | int) or isinstance(found, bool):
        raise InvalidInput(f"Expected the key of the message as a text, but found {shown(found)}.")
    return str(found)


def _index(plain: Mapping[str, Any]) -> int:
    found = plain.get("index", 1)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise InvalidInput(f"Expected 'index' as a number from 1 (the oldest), but found {shown(found)}.")
    return found


def _names(found: Any, name: str) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise InvalidInput(f"Expected {name!r} as a list of texts, but found {shown(found)}.")
    return tuple(found)


def _expectations(found: Any) -> Mapping[str, Any] | None:
    if found is None:
        return None
    if not isinstance(found, Mapping):
        raise InvalidInput(f"Expected 'expect' as an object, but found {shown(found)}.")
    if unknown := sorted(map(str, found.keys() - EXPECTED)):
        raise InvalidInput(f"Expected only the keys {sorted(EXPECTED)} in 'expect', but found {unknown}.")
    if not isinstance(found.get("ended", False), bool):
        raise InvalidInput(f"Expected 'ended' as true or false, but found {shown(found['ended'])}.")
    for name in ("ends", "waiting", "path", "sent"):
        _names(found.get(name, []), name)
    for name in ("data", "error"):
        _data(found, name, "'expect'")
    return found
