"""What a browser would send of a page: the controls that have a name, as they stand."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from lxml import html
from werkzeug.datastructures import MultiDict

PROCESSES = Path(__file__).parents[3] / "processes"
SHIPPED = sorted(PROCESSES.rglob("*.schema.json"))
TODAY = date(2024, 4, 15)


def controls(page: str) -> MultiDict[str, str]:
    """Return what is sent with the fields of a page, buttons left out."""
    found: MultiDict[str, str] = MultiDict()
    for each in html.fragment_fromstring(page, create_parent="form").iter("input", "select", "textarea"):
        name, kind = each.get("name"), each.get("type", "text")
        if not name or kind == "file" or (kind in {"radio", "checkbox"} and each.get("checked") is None):
            continue
        if each.tag == "select":
            chosen = [option for option in each.iter("option") if option.get("selected") is not None]
            found.add(name, (chosen or list(each.iter("option")))[0].get("value"))
        elif each.tag == "textarea":
            found.add(name, (each.text or "").removeprefix("\n").replace("\n", "\r\n"))
        else:
            found.add(name, each.get("value", "on"))
    return found


def filled(example: Any) -> Any:
    """Return an example of a form with its days (`@today+5`) filled in; `@other` references become plain texts."""
    match example:
        case str() if example.startswith("@today"):
            return (TODAY + timedelta(days=int(example.removeprefix("@today") or 0))).isoformat()
        case str():
            return example.removeprefix("@")
        case list():
            return [filled(each) for each in example]
        case dict():
            return {key: filled(each) for key, each in example.items()}
    return example


def entered(value: Any) -> Any:
    """Return what of some data is entered: without what is blank, which a page cannot tell from what is absent."""
    match value:
        case dict():
            kept = {key: entered(each) for key, each in value.items()}
            return {key: each for key, each in kept.items() if each not in ("", None, [], {})}
        case list():
            return [each for each in (entered(item) for item in value) if each not in ("", None, [], {})]
    return value


def schema_of(path: Path) -> dict[str, Any]:
    """Return a shipped form."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found
