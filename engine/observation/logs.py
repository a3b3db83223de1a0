"""Logs: one JSON object a line on stderr, a readable line on a terminal. Nobody's name, login, form or document is in any.

An event is a fixed sentence, the template that stands in the code; what differs stands in fields that are listed here, given with
`extra=`. Whatever else a record carries (arguments, messages of exceptions, what a library composed) is left out: where the program
failed is told by places, not by values. `configure` is called once, by whoever starts a process.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.kernel import environment, observed
from engine.kernel.clock import stamp
from engine.kernel.errors import InvalidInput

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("auto", "json", "text")
OURS = ("engine", "web", "chidao")
WORDS = {"action", "code", "error", "method", "outcome", "route", "state"}  # words of the program: actions, codes, classes of errors
NUMBERS = {"attempt", "count", "exit", "pid", "port", "seconds", "status", "threads", "wait"}
IDENTITIES = {"command", "effect", "incident", "instance", "worker"}
PLACE_OF_VALUE = re.compile(r":?\s*%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[sdrifg]")
WORD = re.compile(r"[A-Za-z0-9_.:/<>-]{1,100}")
IDENTITY = re.compile(r"(?:[a-z-]{1,20}:){0,2}[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PLACES = 12  # the innermost of them
ROOT = Path(__file__).parents[2]
_log = logging.getLogger(__name__)


def configure(process: str) -> None:
    """Send the logs of this process to stderr: `process` is its name there. Raises InvalidInput for an unknown level or format."""
    level, form = _choice("CHIDAO_LOG_LEVEL", LEVELS), _choice("CHIDAO_LOG_FORMAT", FORMATS)
    readable = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(Readable(process) if readable else JsonLines(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in ("alembic", "procrastinate", "waitress", "werkzeug"):
        logging.getLogger(library).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    observed.watch(log_command)


def log_command(action: str, outcome: str, seconds: float, key: str) -> None:
    """Log a command that did not go through, by its code; one that did, only for whoever looks closely."""
    level = logging.DEBUG if outcome == observed.DONE else logging.WARNING if outcome in {"step_failed", observed.FAULT} else logging.INFO
    if _log.isEnabledFor(level):
        fields = {"action": action, "outcome": outcome, "seconds": round(seconds, 4), "command": key}
        _log.log(level, "command", extra=fields)


class JsonLines(logging.Formatter):
    """One JSON object a line, with the same keys in the same order."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        return json.dumps({**head(record, self._process), **fields_of(record)}, ensure_ascii=False)


class Readable(logging.Formatter):
    """The same for a person at a terminal."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line, and a line for each place of a failure."""
        known, fields = head(record, self._process), fields_of(record)
        places = fields.pop("places", [])
        said = " ".join(f"{name}={value}" for name, value in fields.items())
        line = f"{known['time'][11:19]} {known['level']:<7} {self._process:<6} {known['event']} {said}".rstrip()
        return "\n".join([line, *(f"    {place}" for place in places)])


def head(record: logging.LogRecord, process: str) -> dict[str, Any]:
    """Return what every line begins with."""
    return {
        "time": stamp(datetime.fromtimestamp(record.created, UTC)),
        "level": record.levelname.lower(),
        "event": _event(record),
        "process": process,
        "pid": record.process,
        "logger": record.name,
    }


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return the listed fields of a record, and what is known of an exception: its kind and its places."""
    found = {name: _field(name, value) for name, value in vars(record).items() if name in WORDS | NUMBERS | IDENTITIES}
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        found["error"] = " < ".join(type(each).__name__ for each in _chain(error))
        found["places"] = list(_places(error.__traceback__))
    return found


def _event(record: logging.LogRecord) -> str:
    """Return the template of a message. A library that gave no arguments may have put values into its message: then where it speaks."""
    ours = record.name.partition(".")[0] in OURS
    if isinstance(record.msg, str) and (ours or record.args):
        return PLACE_OF_VALUE.sub("", record.msg).strip()
    return f"a message of {record.name}, {record.module}:{record.lineno}"


def _field(name: str, value: object) -> object:
    if name in NUMBERS:
        return value if isinstance(value, int | float) else None
    text = str(value)
    if (IDENTITY if name in IDENTITIES else WORD).fullmatch(text):
        return text
    return "#" + hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]  # somebody's own text: to be compared, not read


def _chain(error: BaseException) -> Iterator[BaseException]:
    known: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in known:
        known.add(id(found))
        yield found
        found = found.__cause__ or found.__context__


def _places(trace: TracebackType | None) -> Iterator[str]:
    for frame in traceback.extract_tb(trace)[-PLACES:]:
        path = Path(frame.filename)
        place = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(*path.parts[-2:])
        yield f"{place}:{frame.lineno} {frame.name}"


def _choice(name: str, known: tuple[str, ...]) -> str:
    found = (environment.value(name) or known[0]).lower()
    if found not in known:
        raise InvalidInput(f"Expected one of {', '.join(known)} for {name}, but found {found!r}. Correct the setting, or remove it.")
    return found


def _uncaught(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if not isinstance(error, KeyboardInterrupt):
        _log.error("the program failed", exc_info=error)


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        _log.error("a thread of the program failed", exc_info=arguments.exc_value)
