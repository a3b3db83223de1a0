"""A form's schema and data as the fields of a page: what the template needs, and nothing to work out in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from engine.tasks.choices import Choices
from web.forms.shapes import Option, Schema, Shape, identity, pointer, resolved, sent, shape_of
from web.forms.written import show_day, show_integer, show_period
from web.language.shipped import said as in_language


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `kind`: see Shape. `place`: its JSON pointer, which is its name. `value`, `values`: what is entered, as people write it.

    `optional`: may be left out whatever else is entered. `when`: JSON of the choice beside it with which it applies, "" when always.
    `fields`: of a group, of figures; `rows`: of a list. `offered`: the choices, with those that are entered but offered no more.
    """

    kind: str
    place: str
    id: str
    label: str
    help: tuple[str, ...] = ()
    optional: bool = False
    value: str = ""
    values: tuple[str, ...] = ()
    offered: tuple[Option, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    fields: tuple[Field, ...] = ()
    rows: tuple[Field, ...] = ()
    when: str = ""
    unit: str = ""
    wide: bool = True

    @property
    def described(self) -> Markup:
        """The attribute by which a control names its help and its problem; empty when it has neither."""
        ids = [f"{self.id}-{part}" for part, told in (("help", self.help), ("problem", self.problem)) if told]
        return Markup(' aria-describedby="{}"').format(" ".join(ids)) if ids else Markup("")

    @property
    def invalid(self) -> Markup:
        """The attribute that says of a control that what stands in it is wrong."""
        return Markup(' aria-invalid="true"') if self.problem else Markup("")

    @property
    def is_several(self) -> bool:
        """Whether it is a group of controls, under a legend."""
        return self.kind in {"radios", "checks", "answer", "rows", "group", "figures", "files"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawer:
    """Draws the parts of one form."""

    root: Schema
    choices: Choices
    problems: Mapping[str, str]

    def group(self, schema: Schema, data: Any, place: str) -> tuple[Field, ...]:
        """Draw the fields of an object."""
        given = data if isinstance(data, dict) else {}
        wanted, conditions = set(schema.get("required", ())), _conditions(schema)
        return tuple(
            self.field(part, given.get(name), pointer(place, name), name=name, required=name in wanted, beside=given, asked=conditions.get(name))
            for name, part in schema.get("properties", {}).items()
            if not resolved(part, self.root).get("readOnly")
        )

    def field(
        self, part: Any, value: Any, place: str, *, name: str, required: bool, beside: Mapping[str, Any] | None = None, asked: tuple[str, ...] | None = None
    ) -> Field:
        """Draw one field. `beside`: the data of the object in which it stands; `asked`: when it is needed although it is optional."""
        around = beside or {}
        schema = resolved(part, self.root)
        within = str(around.get(schema.get("x-within", ""), "")) if "x-within" in schema else ""
        shape = shape_of(part, self.root, self.choices, required=required, within=within)
        title = in_language(str(schema.get("title") or shape.schema.get("title") or name))
        told: dict[str, Any] = {
            "kind": shape.kind,
            "place": place,
            "id": identity(place),
            "label": title,
            "help": self._help(schema, shape, asked),
            "optional": not required and asked is None and shape.kind not in {"checkbox", "fixed"},
            "problem": self.problems.get(place, ""),
            "when": _when(schema, place),
            "unit": str(schema.get("x-unit", "")),
        }
        return Field(**told, **self._content(shape, value, place))

    def _content(self, shape: Shape, value: Any, place: str) -> dict[str, Any]:
        match shape.kind:
            case "group":
                return {"fields": self.group(shape.schema, value, place)}
            case "rows":
                return {"rows": tuple(self._rows(shape, value, place))}
            case "figures":
                return {"fields": tuple(self._figures(shape, value, place))}
            case "checks" | "files":
                chosen = tuple(sent(each) for each in value) if isinstance(value, list) else ()
                return {"values": chosen, "offered": _with_entered(shape.options, chosen), "names": {each: self.choices.files.get(each, each) for each in chosen}}
            case "radios" | "select":
                entered = _entered(shape, value)
                return {"value": entered, "offered": _with_entered(shape.options, (entered,) if entered else ())}
            case "suggest" | "fixed":
                return {"value": _shown(shape, value) or (shape.options[0].sent if shape.kind == "fixed" else ""), "offered": shape.options}
            case "file":
                return {"value": _shown(shape, value), "names": {str(value): self.choices.files.get(str(value), str(value))}}
        return {"value": _shown(shape, value), "wide": shape.kind not in {"integer", "day", "period"}}

    def _rows(self, shape: Shape, value: Any, place: str) -> Iterator[Field]:
        given = value if isinstance(value, list) else []
        items = shape.schema.get("items", {})
        part = shape_of(items, self.root, self.choices).schema
        for number, each in enumerate(given or ([{}] if shape.schema.get("minItems") else [])):
            where = pointer(place, number)
            first = next(iter(part.get("properties", {})), "")
            fields = self.group(part, each if isinstance(each, dict) else {first: each}, where)
            problem = self.problems.get(where, "")
            yield Field(kind="row", place=where, id=identity(where), label=_("Row %(number)s", number=number + 1), fields=fields, problem=problem)

    def _figures(self, shape: Shape, value: Any, place: str) -> Iterator[Field]:
        given: dict[str, Any] = value if isinstance(value, dict) else {}
        known = {each.value: each for each in shape.names}
        for name in dict.fromkeys([*known, *given]):
            where, offered = pointer(place, name), known.get(name)
            kind = "long" if (offered and offered.kind == "text") or (not offered and isinstance(given.get(name), str)) else "integer"
            yield Field(
                kind=kind,
                place=where,
                id=identity(where),
                label=offered.label if offered else name,
                optional=not (offered and offered.required),
                value=show_integer(given[name]) if given.get(name) is not None else "",
                problem=self.problems.get(where, ""),
                unit=offered.unit if offered else "",
                wide=kind == "long",
            )

    def _help(self, schema: Schema, shape: Shape, asked: tuple[str, ...] | None) -> tuple[str, ...]:
        said = [in_language(str(schema["description"]))] if schema.get("description") else []
        if shape.kind == "day":
            said.append(_("Day/month/year, for example 15/04/2024."))
        if shape.kind == "period":
            said.append(_("For example 04/2024, Q2/2024 or W16/2024."))
        if shape.kind == "lines":
            said.append(_("One on each line."))
        if shape.kind == "figures" and not shape.names:
            said.append(_("There are no figures to enter here."))
        return (*said, *(asked or ()))


def _shown(shape: Shape, value: Any) -> str:
    """Return what is entered as people write it; what could not be read, as it was typed."""
    if value is None:
        return ""
    match shape.kind:
        case "integer":
            return show_integer(value)
        case "day":
            return show_day(value)
        case "period":
            return show_period(value)
        case "checkbox" | "answer":
            return {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else ""
        case "lines":
            return "\n".join(str(each) for each in value) if isinstance(value, list) else str(value)
        case "other":
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    return sent(value)


def _entered(shape: Shape, value: Any) -> str:
    if value is None and not any(each.kept is None for each in shape.options):
        return ""
    return next((each.sent for each in shape.options if each.kept == value and type(each.kept) is type(value)), "" if value is None else sent(value))


def _with_entered(options: tuple[Option, ...], entered: tuple[str, ...]) -> tuple[Option, ...]:
    """Return the choices with those that are entered but offered no more: they are not lost by looking at the page."""
    known = {each.sent for each in options}
    return (*options, *(Option(sent=each, kept=each, label=each) for each in entered if each not in known))


def _when(schema: Schema, place: str) -> str:
    """Return with which choice beside it a field applies (`"x-when": {"action": ["execute"]}`), as JSON for the page; "" when always."""
    told = schema.get("x-when")
    if not isinstance(told, dict) or not told:
        return ""
    around = place.rpartition("/")[0]
    return json.dumps({pointer(around, name): [sent(each) for each in values] for name, values in told.items()}, ensure_ascii=False)


def _conditions(schema: Schema) -> dict[str, tuple[str, ...]]:
    """Return which fields are needed only with a certain choice, and what is to be said of it."""
    found: dict[str, tuple[str, ...]] = {}
    rules = [*schema.get("allOf", ()), *([schema] if "if" in schema else [])]
    for rule in rules:
        tested = rule.get("if", {}).get("properties", {})
        said = tuple(filter(None, (_needed(schema.get("properties", {}).get(name, {}), name, test) for name, test in tested.items())))
        for branch, words in (("then", said), ("else", ())):
            for name in rule.get(branch, {}).get("required", ()):
                found[name] = (*found.get(name, ()), *words)
    return found


def _needed(part: Schema, name: str, test: Schema) -> str:
    values = [test["const"]] if "const" in test else list(test.get("enum", ()))
    labels = {sent(each.get("const")): in_language(str(each.get("title", ""))) for each in part.get("oneOf", ()) if isinstance(each, dict)}
    said = [labels.get(sent(value)) or sent(value) for value in values]
    if not said:
        return ""
    needed: str = _("Needed when “%(field)s” is: %(choices)s.", field=in_language(str(part.get("title", name))), choices=", ".join(said))
    return needed
