"""What a reader of the checks reads where the engine keeps a word of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

RESULTS: Mapping[str, tuple[Any, str]] = {
    "intact": (_("intact"), "good"),
    "tampered": (_("was changed"), "bad"),
    "unchecked": (_("could not be verified"), "watch"),
}
LEVELS: Mapping[int, Any] = {
    1: _("Bytes and columns"),
    2: _("Chain, numbers, streams"),
    3: _("Signatures and keys"),
    4: _("Checkpoints"),
    5: _("Copy of the hashes"),
    6: _("Documents and diagrams by their digests"),
    7: _("State of the tables"),
}
ACCESS = "/access"
COMMAND = "chidao audit verify --trust vkeys.txt --checkpoints {folder} --mirror {folder} --state"


def log(name: str) -> Any:
    """Return what a log is called: the history itself, or who looked."""
    return _("Who looked (%(name)s)", name=name) if name.endswith(ACCESS) else _("History (%(name)s)", name=name)


def where(record: int, last: int) -> Any:
    """Return which records a finding is about."""
    if not record:
        return _("no single record")
    return _("record %(number)s", number=record) if last == record else _("records %(first)s to %(last)s", first=record, last=last)


def command() -> str:
    """Return the command with which anybody checks the history, to be copied."""
    return COMMAND.format(folder=_("FOLDER"))
