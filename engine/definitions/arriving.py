"""Files as other tools save them, taken for a design: of what kind each is, as text in UTF-8, and where it should stand."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from engine.bpmn.encoding import MARKS, encoding_of
from engine.definitions.file_paths import plain_path, stem_of, unlike
from engine.definitions.scenario_files import ENDING, holds_scenario
from engine.definitions.shelf import Shelf
from engine.definitions.source import DECISION, DIAGRAM, FORM, MAX_BYTES, Sources, decision_key, form_key
from engine.definitions.trial_scenarios import FOLDER
from engine.kernel.errors import InvalidInput

OTHER = ""  # the kind of what is no file of a process
SCENARIO = ENDING
XML = (DIAGRAM, DECISION)
UTF_8 = "utf-8"
_DECLARED_TEXT = re.compile(r"""\A(<\?xml\s[^>]{0,200}?encoding\s*=\s*)(["'])[A-Za-z][A-Za-z0-9._:-]{0,40}\2""")
_SCHEMA = {"type", "properties", "$schema", "oneOf", "anyOf", "allOf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A file that was handed in. `kind`: `DIAGRAM`, `FORM`, `DECISION`, `SCENARIO` or `OTHER`; `text`: what a design keeps, "" of another kind;
    `encoding`: what it stood in; `whole`: nothing of it had to be written otherwise; `path`: where it should stand."""

    name: str
    kind: str
    text: str
    encoding: str
    whole: bool
    path: str = ""


def arrived(files: Mapping[str, bytes], present: Sources) -> tuple[Arrived, ...]:
    """Return what was handed in, by name, each file with a path: that of what it replaces in `present`, or a new one."""
    read = [_read(name, content) for name, content in sorted(files.items())]
    top = _folder_around([each.name for each in read], present.files)
    holders = _holders(present)
    beside = _folder_of_the_diagram(read, top, holders)
    found: list[Arrived] = []
    for each in read:
        if each.kind == OTHER:
            found.append(each)
            continue
        path = _path(each, top, present, holders, beside)
        taken = {other.path for other in found}
        found.append(replace(each, path=unlike(path, taken)))
    return tuple(found)


def _read(name: str, content: bytes) -> Arrived:
    kind = kind_of(name, content)
    if kind == OTHER:
        return Arrived(name=name, kind=OTHER, text="", encoding="", whole=True)
    text, encoding, whole = as_text(content, kind)
    return Arrived(name=name, kind=kind, text=text, encoding=encoding, whole=whole)


def kind_of(name: str, content: bytes) -> str:
    """Return what a file is: by the end of its name, and where that says little, by how it begins or by what it holds."""
    lower = name.lower()
    if lower.endswith(DECISION):
        return DECISION
    if lower.endswith((DIAGRAM, ".bpmn2", ".bpmn20.xml", ".bpmn.xml")):
        return DIAGRAM
    head = content[:4000].replace(b"\0", b"")
    if lower.endswith(".xml"):
        return DECISION if b"spec/DMN" in head else DIAGRAM if b"definitions" in head else OTHER
    if lower.endswith(FORM):
        return FORM
    if not lower.endswith(ENDING):
        return OTHER
    return SCENARIO if holds_scenario(content) else FORM if "scenarios/" not in lower and _is_schema(content) else OTHER


def _is_schema(content: bytes) -> bool:
    try:
        plain = json.loads(content[: MAX_BYTES + 1])
    except (ValueError, RecursionError):
        return False
    return isinstance(plain, dict) and "properties" in plain and bool(_SCHEMA & plain.keys())


def as_text(content: bytes, kind: str) -> tuple[str, str, bool]:
    """Return a file as text, what it stood in, and whether nothing had to be written otherwise: bytes that are no text become \\xff.

    What stands in UTF-8 stays as it is, to the byte; XML of another encoding says afterwards that it is UTF-8.
    """
    try:
        encoding = encoding_of(content) if kind in XML else json.detect_encoding(content)
    except InvalidInput:  # a name of no encoding that we know
        encoding = UTF_8
    encoding = encoding.removesuffix("-sig")
    try:
        if encoding == UTF_8:
            return content.decode(UTF_8), UTF_8, True
        mark = next((mark for mark, codec in MARKS if content.startswith(mark) and encoding.startswith(codec[:6])), b"")
        text = content[len(mark) :].decode(encoding)
    except UnicodeError:
        return content.decode(UTF_8, "backslashreplace"), UTF_8, False
    return _DECLARED_TEXT.sub(r"\1\2UTF-8\2", text), encoding, True


def _folder_around(names: list[str], present: Collection[str]) -> str:
    """Return the folder that stands around everything and is none of the processes' own, such as `processes/`; "" for none."""
    first = {name.split("/", 1)[0] for name in names}
    if len(first) != 1 or not all("/" in name for name in names):
        return ""
    (top,) = first
    inside = sum(name.removeprefix(f"{top}/") in present for name in names)
    return f"{top}/" if inside > sum(name in present for name in names) or top == "processes" else ""


def _holders(present: Sources) -> dict[str, str]:
    """Return what is there already → its path: processes, forms, decision tables."""
    found = {f"process {process}": place.file for process, place in Shelf(present.diagrams).first.items()}
    found |= {f"form {form_key(path)}": path for path in present.forms}
    return found | {f"decision {decision_key(path)}": path for path in present.decisions}


def _holds(file: Arrived) -> list[str]:
    if file.kind == FORM:
        return [f"form {stem_of(file.name)}"]
    if file.kind == DECISION:
        return [f"decision {stem_of(file.name)}"]
    if file.kind == SCENARIO:
        return []
    return [f"process {process}" for process in Shelf({"file.bpmn": file.text.encode(UTF_8, "surrogatepass")}).first]


def _path(file: Arrived, top: str, present: Sources, holders: Mapping[str, str], beside: str) -> str:
    short = file.name.removeprefix(top)
    path = plain_path(short, file.kind)
    if path in present.files:
        return path
    replaced = {holders[held] for held in _holds(file) if held in holders}
    if len(replaced) == 1 and (only := replaced.pop()).endswith(file.kind):
        return only
    if file.kind == SCENARIO and "/" not in short:
        return plain_path(f"{beside}/{FOLDER}/{short}", file.kind)
    if "/" in short:
        return path
    return plain_path(f"{stem_of(short) if file.kind == DIAGRAM else beside}/{short}", file.kind)


def _folder_of_the_diagram(read: list[Arrived], top: str, holders: Mapping[str, str]) -> str:
    """Return where forms and tables without a folder belong: beside the diagram that came with them, else to what is shared."""
    diagrams = [each for each in read if each.kind == DIAGRAM]
    if len(diagrams) != 1:
        return "shared"
    (diagram,) = diagrams
    held = Counter(holders[each] for each in _holds(diagram) if each in holders)
    place = next(iter(held), "") or diagram.name.removeprefix(top)
    return place.rsplit("/", 1)[0] if "/" in place else stem_of(place)
