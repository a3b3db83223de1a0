"""What was typed into the editor of forms, put into the schema: only what differs from what the editor showed, so that nothing else is touched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from web.forming.fields import ALWAYS, ASKED, BOUNDS, WHEN, controls, found, needed, needs, rules_of, tests
from web.forming.kinds import KINDS, TEXTS, kind_of, piece
from web.forming.structure import forget, renamed
from web.forms.shapes import sent
from web.forms.written import NotRead, read_integer

KEPT = ("title", "description", "x-when", "x-from", "x-route", "x-chidao-personal", "readOnly")  # of a field that becomes another kind
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
Typed = Mapping[str, Sequence[str]]
MOVES = {"option-up": -1, "option-down": 1}


@dataclass(slots=True, kw_only=True)
class Editing:
    """One form with one field that is being changed. `problems`: control → what is wrong with what was typed there."""

    root: dict[str, Any]
    place: str
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def holder(self) -> dict[str, Any]:
        """The part in which the field stands; of the form itself the form."""
        here = found(self.root, self.place)
        return here[0] if here else self.root

    @property
    def key(self) -> str:
        """The key of the field; "" of the form itself."""
        here = found(self.root, self.place)
        return here[1] if here else ""

    @property
    def part(self) -> dict[str, Any]:
        """What is changed: the field, or the form itself."""
        part: dict[str, Any] = self.holder["properties"][self.key] if self.place else self.root
        return part


def edited(root: Mapping[str, Any], place: str, typed: Typed) -> Editing:
    """Return a copy of the form with what was typed for a field, or for the form itself (""). Raises KeyError when there is no such field."""
    editing = Editing(root=deepcopy(dict(root)), place=place)
    before = kind_of(editing.part)
    shown = controls(editing.root, place)
    differing = {name: list(typed[name]) for name in shown if name in typed and _plain(name, typed[name]) != _plain(name, shown[name])}
    if "option_title" in differing and "option" not in differing and "option" in typed:
        differing["option"] = list(typed["option"])
    for name in sorted(differing, key=_turn):
        if name == "option":
            _set_options(editing, differing[name], list(typed.get("option_title", ())))
        elif name.startswith(WHEN):
            _set_when(editing, name.removeprefix(WHEN), _filled(differing[name]))
        elif name in SET:
            SET[name](editing, differing[name])
    if any(name.startswith(WHEN) for name in differing) and needed(editing.holder, editing.key) == ASKED:
        _set_needed(editing, [ASKED])
    if "kind" not in differing and {before, kind_of(editing.part)} == {"line", "long"}:
        editing.part["x-widget"] = before  # a length alone does not make a line a box of lines, or a box a line
    return editing


def is_of_options(button: str) -> bool:
    """Tell whether a button moves one of the choices of a field: `option-up:2`, `option-down:2`, counted from 0."""
    return button.partition(":")[0] in MOVES


def rearranged(typed: Typed, button: str) -> Typed:
    """Return what was typed with the choice moved that the button names; a move that cannot be changes nothing."""
    way, _colon, number = button.partition(":")
    if way not in MOVES or not number.isdecimal() or "option" not in typed:
        return typed
    at, to = int(number), int(number) + MOVES[way]
    moved = {name: list(typed.get(name, ())) for name in ("option", "option_title")}
    for values in moved.values():
        if 0 <= to < len(values) and at < len(values):
            values[at], values[to] = values[to], values[at]
    return {**typed, **moved}


def _turn(name: str) -> int:
    """A kind brings its own bounds, which were typed for the kind before: it comes last but for the key, which moves the field."""
    return {"kind": 2, "key": 3, "needed": 1}.get(name, 0)


def _plain(name: str, values: Sequence[str]) -> list[str]:
    """Return what was typed as it counts: lines end alike, and of choices only the filled ones."""
    if name.startswith(WHEN) or name == "panels":
        return _filled(values)
    if name in {"option", "option_title"}:
        plain = [each.strip() for each in values]
        while plain and not plain[-1]:
            plain.pop()
        return plain
    return [(values[-1] if values else "").replace("\r\n", "\n").strip()]


def _filled(values: Sequence[str]) -> list[str]:
    return [each for each in values if each]


def _one(values: Sequence[str]) -> str:
    return (values[-1] if values else "").replace("\r\n", "\n").strip()


def _word(keyword: str) -> Callable[[Editing, list[str]], None]:
    def put(editing: Editing, values: list[str]) -> None:
        if _one(values):
            editing.part[keyword] = _one(values)
        else:
            editing.part.pop(keyword, None)

    return put


def _sign(keyword: str) -> Callable[[Editing, list[str]], None]:
    def put(editing: Editing, values: list[str]) -> None:
        if _one(values) == "yes":
            editing.part[keyword] = True
        else:
            editing.part.pop(keyword, None)

    return put


def _bound(control: str, keyword: str) -> Callable[[Editing, list[str]], None]:
    def put(editing: Editing, values: list[str]) -> None:
        word = keyword + BOUNDS[kind_of(editing.part)]
        if not _one(values):
            editing.part.pop(word, None)
            return
        try:
            number = read_integer(_one(values))
        except NotRead as problem:
            editing.problems[control] = str(problem)
            return
        if number < 0 and not word.endswith("imum"):
            editing.problems[control] = _("A length or a count cannot be below 0.")
            return
        editing.part[word] = number

    return put


def _set_title(editing: Editing, values: list[str]) -> None:
    if not _one(values):
        editing.problems["title"] = _("People know a field by its name: write one.")
        return
    editing.part["title"] = _one(values)


def _set_pattern(editing: Editing, values: list[str]) -> None:
    try:
        re.compile(_one(values))
    except re.error:
        editing.problems["pattern"] = _("This is no regular expression. An example: ^[a-z0-9]+$")
        return
    _word("pattern")(editing, values)


def _set_kind(editing: Editing, values: list[str]) -> None:
    kind = _one(values)
    if kind not in KINDS:
        editing.problems["kind"] = _("Choose a kind from the list.")
        return
    before = editing.part
    after = {word: before[word] for word in KEPT if word in before} | piece(kind)
    if isinstance(before.get("type"), list) and "null" in before["type"] and isinstance(after["type"], str):
        after["type"] = [after["type"], "null"]
    before.clear()
    before.update(after)


def _set_key(editing: Editing, values: list[str]) -> None:
    key = _one(values)
    if not KEY.fullmatch(key):
        editing.problems["key"] = _("A key has letters without accents, digits and _, and begins with a letter.")
    elif key in editing.holder["properties"]:
        editing.problems["key"] = _("Another field has this key already.")
    else:
        editing.place = renamed(editing.root, editing.place, key)


def _set_needed(editing: Editing, values: list[str]) -> None:
    wanted, holder, key = _one(values), editing.holder, editing.key
    if wanted == ASKED and not tests(editing.part):
        editing.problems["needed"] = _("Say first with which choice the field is asked.")
        return
    listed = holder.get("required")
    if wanted == ALWAYS:
        holder["required"] = [*(listed or ()), key]
    elif isinstance(listed, list) and key in listed:
        listed.remove(key)
    forget(holder, key)
    if wanted == ASKED:
        _need_when_asked(holder, key, editing.part)


def _need_when_asked(holder: dict[str, Any], key: str, part: Mapping[str, Any]) -> None:
    asked = tests(part)
    told = {name: {"const": values[0]} if len(values) == 1 else {"enum": list(values)} for name, values in asked.items()}
    condition = {"properties": told, "required": list(told)}
    rule = next((each for each in rules_of(holder) if each["if"] == condition and each is not holder), None)
    if rule is None:
        rule = {"if": condition}
        holder["allOf"] = [*holder.get("allOf", ()), rule]
    then = rule.setdefault("then", {})
    if kind_of(part) in TEXTS | {"source"}:
        then.setdefault("properties", {})[key] = {"minLength": 1}
    if key not in needs(rule, "then"):
        then["required"] = [*needs(rule, "then"), key]


def _set_when(editing: Editing, name: str, values: list[str]) -> None:
    beside = editing.holder["properties"].get(name, {})
    known = {sent(each): each for each in _values_of(beside)} | {sent(each): each for each in tests(editing.part).get(name, ())}
    told = dict(tests(editing.part))
    told[name] = [known[value] for value in values if value in known]
    if not told[name]:
        del told[name]
    if told:
        editing.part["x-when"] = told
    else:
        editing.part.pop("x-when", None)


def _values_of(part: Mapping[str, Any]) -> list[Any]:
    if isinstance(part.get("enum"), list):
        return list(part["enum"])
    return [each["const"] for each in part.get("oneOf", ()) if isinstance(each, dict) and "const" in each]


def _set_options(editing: Editing, values: list[str], titles: list[str]) -> None:
    kind = kind_of(editing.part)
    part = editing.part if kind == "choice" else editing.part["items"]
    titles += [""] * (len(values) - len(titles))
    pairs = [(value.strip(), title.strip()) for value, title in zip(values, titles, strict=False) if value.strip() or title.strip()]
    pairs = [(value or title, title) for value, title in pairs]
    if not pairs:
        editing.problems["option"] = _("Write at least one choice.")
    elif len({value for value, _title in pairs}) != len(pairs):
        editing.problems["option"] = _("Each choice needs a value of its own.")
    else:
        _put_options(part, pairs)


def _put_options(part: dict[str, Any], pairs: list[tuple[str, str]]) -> None:
    """Put choices where they stood, each that stood there before with all that was said of it."""
    known = {sent(each): each for each in _values_of(part)}
    if isinstance(part.get("enum"), list):
        part["enum"] = [known.get(value, value) for value, _title in pairs]
        if any(title for _value, title in pairs) or "x-labels" in part:
            part["x-labels"] = [title or value for value, title in pairs]
        return
    before = {sent(each["const"]): each for each in part["oneOf"]}
    part["oneOf"] = [_option(before.get(value, {"const": value}), title) for value, title in pairs]


def _option(option: Mapping[str, Any], title: str) -> dict[str, Any]:
    return {**option, "title": title} if title else {word: each for word, each in option.items() if word != "title"}


def _set_panels(editing: Editing, values: list[str]) -> None:
    if _filled(values):
        editing.root["x-panels"] = _filled(values)
    else:
        editing.root.pop("x-panels", None)


def _set_tells(editing: Editing, values: list[str]) -> None:
    names = [each.strip() for each in _one(values).split("\n") if each.strip()]
    if names:
        editing.root["x-tells"] = names
    else:
        editing.root.pop("x-tells", None)


SET: Mapping[str, Callable[[Editing, list[str]], None]] = {
    "title": _set_title,
    "help": _word("description"),
    "kind": _set_kind,
    "key": _set_key,
    "needed": _set_needed,
    "least": _bound("least", "min"),
    "most": _bound("most", "max"),
    "pattern": _set_pattern,
    "pattern_said": _word("x-pattern"),
    "unit": _word("x-unit"),
    "source": _word("x-source"),
    "within": _word("x-within"),
    "from": _word("x-from"),
    "route": _sign("x-route"),
    "personal": _sign("x-chidao-personal"),
    "again": _sign("x-again"),
    "panels": _set_panels,
    "tells": _set_tells,
}
