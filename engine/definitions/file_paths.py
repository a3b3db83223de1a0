"""Where a file of a process may stand: a path that a folder on disk, a design and an archive all take, made of any name."""

from __future__ import annotations

from collections.abc import Collection

from engine.definitions.source import DECISION, DECISIONS, DIAGRAM, DIAGRAMS, FORM, FORMS
from engine.kernel.errors import InvalidInput

LONGEST = 300  # characters, as in engine.definitions.designs
SHORT_FORMS = ("-schema.json", ".json")  # what other tools end the names of their forms with


def parts_of(name: str) -> list[str]:
    """Return the folders of a name that was handed in, and the file's own. Raises InvalidInput for one that leaves its folder."""
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if not parts or name.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in name:
        raise InvalidInput(f"Expected a path inside the folder, but found {name[:100]!r}. Pack the files again, with paths that begin at their folder.")
    return parts


def plain_path(name: str, kind: str) -> str:
    """Return a path for a file of this kind (`DIAGRAM`, `FORM` or `DECISION`) that is as near to `name` as it can be."""
    shown = "".join(letter for letter in name.replace("\\", "/") if letter.isprintable())
    *folders, last = [part.strip().lstrip(".") for part in shown.split("/") if part.strip().lstrip(".")] or ["file"]
    folders = [folder for folder in folders if not folder.startswith("__") and not folder.endswith(":")]
    folder = {FORM: FORMS, DECISION: DECISIONS}.get(kind)
    if folder is not None and folder not in folders[-1:]:
        folders.append(folder)
    room = LONGEST - len("/".join([*folders, ""])) - len(kind)
    return "/".join([*folders, f"{stem_of(last)[: max(room, 1)]}{kind}"])[-LONGEST:].lstrip("/")


def stem_of(name: str) -> str:
    """Return the last part of a name without what tells its kind: `forms/a.schema.json` → `a`."""
    last = name.rsplit("/", 1)[-1]
    for ending in (*sorted(DIAGRAMS, key=len, reverse=True), ".xml", FORM, *SHORT_FORMS, DECISION):
        if last.lower().endswith(ending) and len(last) > len(ending):
            return last[: -len(ending)]
    return last


def on_disk(path: str) -> str:
    """Return where a file that is in force stands in a folder, so that `chidao deploy` finds it there: nearly always at its own path."""
    kind = FORM if path.endswith(FORM) else DECISION if path.endswith(DECISION) else DIAGRAM
    folder = {FORM: FORMS, DECISION: DECISIONS}.get(kind)
    parts = path.split("/")
    plain = "\\" not in path and path.isprintable() and all(part and part == part.strip() and not part.startswith((".", "__")) for part in parts)
    found = path.lower().endswith(DIAGRAMS) if folder is None else folder in parts[-2:-1]
    return path if plain and found else plain_path(path, kind)


def unlike(path: str, taken: Collection[str]) -> str:
    """Return `path`, with a number before its ending where it is taken; letters of another size are the same letter, as on some disks."""
    lower = {each.lower() for each in taken}
    kind = next((kind for kind in (FORM, DECISION) if path.endswith(kind)), "." + path.rsplit(".", 1)[-1])
    found, number = path, 1
    while found.lower() in lower:
        number += 1
        found = f"{path.removesuffix(kind)}_{number}{kind}"
    return found
