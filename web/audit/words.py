"""What a reader of the checks reads where the engine keeps a word of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from web.language.sentences import judgement

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
ABOUT = re.compile(r"(\S+) records (\d+) to (\d+)")
COMMAND = "chidao audit verify --trust vkeys.txt --checkpoints {folder} --mirror {folder} --state"


def log(name: str) -> Any:
    """Return what a log is called: the history itself, or who looked."""
    return _("Who looked (%(name)s)", name=name) if name.endswith(ACCESS) else _("History (%(name)s)", name=name)


def where(record: int, last: int) -> Any:
    """Return which records a finding is about."""
    if not record:
        return _("no single record")
    return _("record %(number)s", number=record) if last == record else _("records %(first)s to %(last)s", first=record, last=last)


def missing(said: str) -> Any:
    """Return what was missing: the sentence, and before it of which records, where it names some."""
    where_it_was, colon, rest = said.partition(": Expected ")
    if not colon:
        return judgement(said)
    told = ABOUT.fullmatch(where_it_was)
    return (f"{log(told[1])}, {where(int(told[2]), int(told[3]))}" if told else where_it_was) + ": " + judgement(f"Expected {rest}")


def command() -> str:
    """Return the command with which anybody checks the history, to be copied."""
    return COMMAND.format(folder=_("FOLDER"))
