"""What stands around the canvas of the editor: the words of the list of elements, of copying and laying out; and which processes can be called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from engine.definitions.starting_points import ShowStartingPoints, StartingPoints
from web.door import ask

LIST: Mapping[str, Any] = {
    "elements": _("Elements"),
    "filter": _("Find in the list (name, kind, identifier)"),
    "hint": _("Arrow keys go through the list; Enter chooses; then Tab leads to what can be done."),
    "flow": _("→ {target}"),
    "flow_named": _("→ {target} ({name})"),
    "more": _("{count} more elements. Write above what to look for."),
    "nothing": _("Nothing of this name."),
    "with_chosen": _("With the chosen element"),
    "choose_first": _("Choose an element first."),
}
ACTS: Mapping[str, Any] = {
    "rename": _("Rename"),
    "add_after": _("Add after it"),
    "put_in": _("Put in here"),
    "add_edge": _("Add at its edge"),
    "add_inside": _("Add inside"),
    "connect": _("Connect to…"),
    "disconnect": _("Disconnect"),
    "move": _("Move to a lane"),
    "add_lane": _("Add a lane below"),
    "copy": _("Copy"),
    "paste": _("Paste here"),
    "remove": _("Delete"),
    "do_it": _("Do it"),
    "name": _("Name"),
    "kind": _("Kind"),
    "where": _("Where"),
    "another_way": _("as another way out"),
    "before": _("before “{name}”"),
    "to": _("To element"),
    "which": _("Which"),
    "way_to": _("the way to “{name}”"),
    "way_from": _("the way from “{name}”"),
    "lane": _("Lane"),
}
DONE: Mapping[str, Any] = {
    "renamed": _("Renamed: “{name}”."),
    "added": _("Added: “{name}”."),
    "connected": _("Connected to “{name}”."),
    "disconnected": _("Disconnected: “{name}”."),
    "moved": _("Moved to “{name}”."),
    "removed": _("Deleted: “{name}”."),
    "copied": _("Copied: {count} elements. They can be pasted into another diagram, in another tab too."),
    "pasted": _("Pasted: {count} elements."),
    "nothing_copied": _("Nothing is copied, or it cannot stand here."),
    "too_much": _("It is too much for other tabs; it can be pasted in this one."),
    "not_here": _("That cannot be done with the chosen element."),
    "failed": _("It could not be done: {problem}"),
    "laid": _("The file had no drawing: it was laid out by itself. It is kept with the next change."),
    "laid_anew": _("Laid out anew. It can be undone."),
    "laid_left": _("Laid out by itself; {count} elements could not be placed (groups, lines to what is not drawn)."),
}
TOOLS: Mapping[str, Any] = {
    "find": _("Find"),
    "map": _("Map"),
    "lay_out": _("Lay out anew"),
    "call": _("Shared processes"),
    "called": _("Process to call"),
    "call_hint": _("Put after the chosen element, or into the chosen line or lane."),
    "keyboard": _("Keyboard"),
    "close": _("Close"),
}
KEYS = (
    ("↑ ↓", _("previous, next element of the list")),
    ("Enter", _("choose the element")),
    ("F2", _("rename")),
    ("A", _("add after it, or into the line")),
    ("I", _("add inside")),
    ("E", _("add an event at its edge")),
    ("C", _("connect to another element")),
    ("D", _("disconnect")),
    ("L", _("move to another lane")),
    ("Delete", _("delete")),
    ("Ctrl+C, Ctrl+V", _("copy, paste")),
    ("Ctrl+Z, Ctrl+Y", _("undo, redo")),
    ("Ctrl+F", _("find, while the drawing has the focus")),
    ("Esc", _("close a form without doing anything")),
)


def around(design: str) -> dict[str, Any]:
    """Return what the scripts around the canvas need, for a page with a file of the design."""
    points: StartingPoints = ask(ShowStartingPoints(design=design))
    said = {key: str(words) for part in (LIST, ACTS, DONE, TOOLS) for key, words in part.items()}
    return {
        "said": {**said, "keys": [[keys, str(does)] for keys, does in KEYS]},
        "calls": [{"key": each.key, "name": each.name} for each in points.calls if each.there],
    }
