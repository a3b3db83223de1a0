"""Every form can be shown, and what is sent with it is what was shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definitions.forms import Form
from engine.tasks.choices import Choice, Choices
from tests.web.forms.typed import SHIPPED, controls, entered, filled, schema_of
from web.forms import changed, parse, problems_of, render, render_read_only, sources_of
from web.forms.explain import explain

SOME = Choices(
    by_source={name: (Choice(value="a", label="Một"), Choice(value="b", label="Hai")) for path in SHIPPED for name in sources_of(schema_of(path))}
)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.partition(".")[0])
@pytest.mark.parametrize("choices", [Choices(), SOME], ids=["typed", "chosen"])
def test_the_example_of_a_shipped_form_comes_back_as_it_was(app: Flask, path: Path, choices: Choices) -> None:
    schema = schema_of(path)
    with app.test_request_context():
        for example in filled(schema["examples"]):
            data, unread = parse(schema, controls(render(schema, example, choices=choices)), choices=choices)
            assert unread == {}
            assert entered(data) == entered(example)
            assert problems_of(Form(path.name, schema), data) == {}
            assert render_read_only(schema, example, choices=choices)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.partition(".")[0])
def test_an_empty_form_says_what_is_missing_and_shows_every_problem_at_a_field(app: Flask, path: Path) -> None:
    schema = schema_of(path)
    with app.test_request_context():
        data, unread = parse(schema, controls(render(schema, {})))
        problems = problems_of(Form(path.name, schema), data, unread)
        shown = render(schema, data, problems=problems)
    for place, sentence in problems.items():
        assert sentence in shown
        assert f'href="#f{place.replace("/", "-")}"' in shown, place


TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(lambda text: " ".join(text.split())).filter(bool)
PARTS: tuple[tuple[dict[str, Any], st.SearchStrategy[Any]], ...] = (
    ({"type": "string"}, st.lists(TEXT, min_size=1, max_size=3).map("\n".join)),
    ({"type": "string", "maxLength": 60}, TEXT),
    ({"type": ["string", "null"], "format": "date"}, st.dates().map(lambda day: day.isoformat())),
    ({"type": "integer"}, st.integers(-(10**17), 10**17)),
    ({"type": "boolean"}, st.just(value=True)),
    ({"enum": ["a", "b", 3]}, st.sampled_from(["a", "b", 3])),
    ({"type": "string", "oneOf": [{"const": str(each), "title": f"Mục {each}"} for each in range(9)]}, st.integers(0, 8).map(str)),
    ({"type": "array", "items": {"type": "string"}}, st.lists(TEXT, max_size=3)),
    ({"type": "array", "items": {"enum": ["x", "y", "z"]}, "uniqueItems": True}, st.lists(st.sampled_from("xyz"), unique=True).map(sorted)),
    ({"type": "object", "additionalProperties": {"type": ["integer", "string"]}}, st.dictionaries(TEXT, st.integers(0, 10**9), max_size=3)),
    ({"type": "string", "pattern": "^[0-9a-f]{64}$"}, st.text("0123456789abcdef", min_size=64, max_size=64)),
    ({"type": ["array", "object"]}, st.lists(st.integers(), max_size=2)),
)


@st.composite
def forms(draw: st.DrawFn, depth: int = 2) -> tuple[dict[str, Any], Any]:
    """An object schema and data that fits it."""
    properties, data = {}, {}
    for name in draw(st.lists(TEXT, min_size=1, max_size=4, unique=True)):
        nested = depth and draw(st.integers(0, 3)) == 0
        part, values = draw(st.sampled_from(PARTS)) if not nested else (None, None)
        if part is None or values is None:
            part, value = draw(forms(depth=depth - 1))
            if draw(st.booleans()):
                part, value = {"type": "array", "items": part}, [value]
        else:
            value = draw(values)
        properties[name] = part
        if draw(st.booleans()):
            data[name] = value
    return {"type": "object", "properties": properties}, data


@settings(max_examples=150, deadline=None)
@given(form=forms())
def test_whatever_a_form_asks_what_is_shown_is_what_is_sent(app: Flask, form: tuple[dict[str, Any], Any]) -> None:
    schema, data = form
    with app.test_request_context():
        found, unread = parse(schema, controls(render(schema, data)))
    assert unread == {}
    assert entered(found) == entered(data)


ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=10), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8)


@settings(max_examples=100, deadline=None)
@given(form=forms(), names=st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=6), button=st.text(max_size=12), data=st.dictionaries(TEXT, ANYTHING, max_size=3))
def test_whatever_is_sent_nothing_breaks(app: Flask, form: tuple[dict[str, Any], Any], names: dict[str, str], button: str, data: dict[str, Any]) -> None:
    schema, _ = form
    known = {f"/{name}": value for name, value in zip(schema["properties"], names.values(), strict=False)}
    with app.test_request_context():
        found, unread = parse(schema, controls("").__class__({**names, **known}))
        found, _place = changed(found, f"add:/{button}")
        judged = Form("any", schema)
        assert render(schema, found, problems=problems_of(judged, found, unread))
        assert render(schema, data, problems={"": "x"})
        assert all(explain(each, schema) for each in judged.problems(data))
