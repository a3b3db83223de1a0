"""Invented dispatches of other issuers, levels and kinds, each with its whole reading: every strict key of directives/README.md."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from engine.directives.reading import read_document
from tests.directives.reading.compare import plain
from tests.directives.reading.test_expected import EXACT

NAMES = sorted(path.stem for path in EXACT.glob("*.txt"))
KEYS = (
    "motto", "issuer", "header_lines", "superior", "level", "place", "date", "doc_type", "number", "symbol", "code", "subject", "recipients",
    "cited", "items", "reporting", "contact", "attachments", "noi_nhan", "signer",
)  # fmt: skip


@cache
def found(name: str) -> dict[str, Any]:
    (reading,) = read_document(f"{name}.txt", (EXACT / f"{name}.txt").read_bytes())
    return compact(reading.to_json())


def compact(reading: dict[str, Any]) -> dict[str, Any]:
    """The strict keys of a reading in few words."""
    reporting, contact, signer = reading["reporting"], reading["contact"], reading["signer"]
    same = ("motto", "level", "place", "date", "doc_type", "number", "symbol", "code", "subject", "recipients")
    return {
        **{key: reading[key] for key in same},
        "issuer": reading["issuer"]["name"],
        "header_lines": reading["issuer"]["header_lines"],
        "superior": reading["superior"]["name"],
        "cited": [f"{one['code']} {one['date']} {one['relation']}" for one in reading["cited_documents"]],
        "items": [[item["id"], item["addressees"], _dates(item)] for item in reading["items"]],
        "reporting": [reporting["duty"], reporting["frequency"], _due(reporting["due"]), reporting["embedded_in"], reporting["to"]],
        "contact": contact and [contact[key] for key in ("to", "via", "phone", "email")],
        "attachments": [f"{one['kind']} {str(one['present_in_file']).lower()}" for one in reading["attachments"]],
        "noi_nhan": [[one["text"], one["marker"]] for one in reading["noi_nhan"]],
        "signer": signer and [signer[key] for key in ("authority", "on_behalf_of", "title", "name")],
    }


def _dates(item: dict[str, Any]) -> list[str | None]:
    return sorted({_due(action["deadline"]) for action in item["actions"] if action["deadline"]}, key=str)


def _due(deadline: dict[str, Any] | None) -> str | None:
    return f"{deadline['date']} {deadline['operator']}" if deadline else None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("key", KEYS)
def test_an_unseen_dispatch_is_read_exactly(name: str, key: str) -> None:
    expected = json.loads((EXACT / f"{name}.json").read_text(encoding="utf-8"))
    assert plain(found(name)[key]) == plain(expected[key])
