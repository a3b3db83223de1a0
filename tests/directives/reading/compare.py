"""The comparison rule of directives/README.md: which values count, and what of a string does not (case, end punctuation, tones)."""

from __future__ import annotations

from typing import Any

from engine.kernel.vietnamese import collapse, nfc, tone_style

DEADLINE = ("date", "operator", "raw", "last_day_strict")
CONTACT = ("to", "via", "phone", "email")
KNOWN = {"b/c", "p/h", "t/h", "c/đ", "t/d"}
SIGNER = ("authority", "on_behalf_of", "title", "name")
STRICT = (
    "file", "part", "lines", "motto", "issuer.header_lines", "issuer.name", "superior.name", "level", "place", "date", "doc_type", "number",
    "symbol", "code", "subject", "recipients", "cited_documents[*].code,date,relation", "items[*].id,addressees",
    "items[*].actions[*].deadline", "reporting.duty,due,embedded_in,to,frequency", "contact", "attachments[*].kind,present_in_file",
    "noi_nhan[*].text,marker", "signer",
)  # fmt: skip


def strict_value(reading: dict[str, Any], key: str) -> Any:
    """Return what counts of one strict key."""
    if key == "items[*].actions[*].deadline":
        return [sorted({str(_deadline(action["deadline"])) for action in item["actions"]} - {"None"}) for item in reading["items"]]
    if key == "reporting.duty,due,embedded_in,to,frequency":
        reporting = reading["reporting"]
        return [plain(reporting[name]) for name in ("duty", "embedded_in", "to", "frequency")], _deadline(reporting["due"])
    if key in {"contact", "signer"}:
        names = CONTACT if key == "contact" else SIGNER
        return reading[key] and {name: plain(reading[key].get(name)) for name in names}
    if "[*]." in key:
        many, _, names = key.partition("[*].")
        return [[plain(one[name]) for name in names.split(",")] for one in reading[many]]
    value: Any = reading
    for name in key.split("."):
        value = value[name]
    return plain(value)


def facts(reading: dict[str, Any]) -> dict[str, Any]:
    """Return what a mutation of the printed form must not change."""
    return {
        **{key: reading[key] for key in ("part", "level", "date", "doc_type", "number", "symbol", "code")},
        "recipients": len(reading["recipients"]),
        "cited": [(cited["code"], cited["date"], cited["relation"]) for cited in reading["cited_documents"]],
        "items": [(item["id"], len(item["addressees"])) for item in reading["items"]],
        "deadlines": [[_dated(action["deadline"]) for action in item["actions"] if action["deadline"]] for item in reading["items"]],
        "reporting": [reading["reporting"][key] for key in ("duty", "frequency")] + [_dated(reading["reporting"]["due"])],
        "merged": bool(reading["reporting"]["embedded_in"]),
        "phone": reading["contact"] and reading["contact"]["phone"],
        "attachments": [(one["kind"], one["present_in_file"]) for one in reading["attachments"]],
        "markers": [entry["marker"] if entry["marker"] in KNOWN else bool(entry["marker"]) for entry in reading["noi_nhan"]],
        "authority": reading["signer"] and reading["signer"]["authority"],
        "named": [bool(reading["issuer"]["name"]), bool(reading["place"]), bool(reading["signer"]["name"])],
    }


def plain(value: Any) -> Any:
    """Return a value without what the comparison ignores."""
    if isinstance(value, str):
        return tone_style(collapse(nfc(value))).lower().strip(" .,;:!")
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value


def _deadline(value: dict[str, Any] | None) -> dict[str, Any] | None:
    return value and {name: plain(value[name]) for name in DEADLINE}


def _dated(value: dict[str, Any] | None) -> list[str] | None:
    return value and [value["date"], value["operator"], value["last_day_strict"]]
