"""The machine: Python, libraries, settings, keys, time, programs, room on the disk."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from engine.commands.checkup.finding import Found, ok
from engine.documents.scans import tesseract
from engine.execution.mail import configured_mail_server
from engine.execution.webhooks import configured_endpoints
from engine.kernel import environment
from engine.kernel.clock import ZONE
from engine.kernel.errors import EngineError
from engine.storage import keys
from engine.storage.address import home

LOCK = Path(__file__).parents[3] / "requirements.lock"  # in a checkout; an installed package has only its requirements
LEAST_PYTHON = (3, 11)
EXACTLY = "SpiffWorkflow"
SEVEN_HOURS = timedelta(hours=7)


def machine() -> Iterator[Found]:
    """Check what does not need the database."""
    yield from _python()
    yield from _libraries()
    yield from _settings()
    yield from _keys()
    yield from _zone()
    yield from _programs()


def _python() -> Iterator[Found]:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < LEAST_PYTHON:
        yield Found(check="python", level="problem", said=f"Python {found} is too old.", remedy="Install Python 3.11 or newer.")
    else:
        yield ok("python", f"Python {found}")


def _libraries() -> Iterator[Found]:
    """Compare what is installed with what the package requires, and in a checkout with the lock."""
    wanted = [re.match(r"([\w.-]+)(?:\[[^\]]*\])?(==|>=)([\w.]+)$", line.strip()) for line in requires("chidao") or () if ";" not in line]
    wrong = [problem for match in wanted if match and (problem := _unmet(match[1], match[2], match[3]))]
    for problem in wrong:
        yield Found(check="libraries", level="problem", said=problem, remedy="Run pip install -c requirements.lock chidao again.")
    others = list(_beside_the_lock(LOCK)) if LOCK.is_file() else []
    if others:
        told = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        yield Found(check="libraries", level="warning", said=f"Not the versions that were tested: {told}.", remedy="Install with -c requirements.lock.")
    if not wrong and not others:
        yield ok("libraries", f"{len(wanted)} libraries as required, SpiffWorkflow {version(EXACTLY)}")


def _unmet(name: str, operator: str, wanted: str) -> str | None:
    try:
        found = version(name)
    except PackageNotFoundError:
        return f"The library {name} is not installed."
    if operator == "==" and found != wanted:
        return f"{name} {found} is installed, but exactly {wanted} is needed."
    if operator == ">=" and _numbers(found) < _numbers(wanted):
        return f"{name} {found} is installed, but {wanted} or newer is needed."
    return None


def _beside_the_lock(lock: Path) -> Iterator[str]:
    for line in lock.read_text(encoding="utf-8").splitlines():
        match = re.match(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)", line)
        if match:
            try:
                found = version(match[1])
            except PackageNotFoundError:
                continue  # for tests, or for another machine; what is needed and missing was said above
            if found != match[2]:
                yield f"{match[1]} {found} instead of {match[2]}"


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:4])


def _settings() -> Iterator[Found]:
    wrong = 0
    for name in environment.VARIABLES:
        try:
            environment.value(name)
        except EngineError as error:
            wrong += 1
            yield Found(check="settings", level="problem", said=error.message)
    for name, meant in environment.unknown().items():
        wrong += 1
        remedy = f"Did you mean {meant}?" if meant else "See `chidao configuration`."
        yield Found(check="settings", level="warning", said=f"{name} means nothing to chidao.", remedy=remedy)
    for outside in (configured_mail_server, configured_endpoints):
        try:
            outside()
        except EngineError as error:
            wrong += 1
            yield Found(check="settings", level="problem", said=error.message)
    if not wrong:
        count = sum(environment.is_set(name) for name in environment.VARIABLES)
        yield ok("settings", f"{count} settings from the environment, all known")


def _keys() -> Iterator[Found]:
    place = keys.folder()
    if not place.is_dir():
        yield Found(check="keys", level="problem", said=f"There are no keys in {place}.", remedy="Make them with `chidao init`, or bring yours back.")
        return
    open_ones = [each.name for each in keys.KEY_FILES if not each.public and (place / each.name).exists() and keys.open_to_others(place / each.name)]
    if keys.open_to_others(place) or open_ones:
        what = ", ".join(open_ones) or str(place)
        yield Found(check="keys", level="problem", said=f"Others may read {what}.", remedy=f"chmod -R go= {place}, and think of making new keys.")
    problems = 0
    for read in (keys.signing_key, keys.session_secret):
        try:
            read()
        except (EngineError, OSError) as error:
            problems += 1
            yield Found(check="keys", level="problem", said=getattr(error, "message", str(error)))
    if not problems and not open_ones and not keys.open_to_others(place):
        yield ok("keys", f"keys in {place}, for their owner only")
    if home().exists() and home().stat().st_mode & 0o002:
        yield Found(check="keys", level="problem", said=f"Anybody may write in {home()}.", remedy=f"chmod go-w {home()}")


def _zone() -> Iterator[Found]:
    offset = datetime(2025, 6, 1, tzinfo=UTC).astimezone(ZONE).utcoffset()
    if offset == SEVEN_HOURS:
        yield ok("time zone", f"{ZONE.key} is 7 hours before UTC")
    else:
        yield Found(check="time zone", level="problem", said=f"{ZONE.key} is {offset} before UTC, not 7 hours.", remedy="Install the package tzdata again.")


def _programs() -> Iterator[Found]:
    """Look for programs that only some offices need."""
    program = tesseract()
    if program is None:
        remedy = "For scans: apt install tesseract-ocr tesseract-ocr-vie."
        yield Found(check="scans", level="note", said="tesseract is not installed: scans are not read.", remedy=remedy)
    elif "vie" not in subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False, timeout=20).stdout.split():
        yield Found(check="scans", level="note", said="tesseract has no Vietnamese data.", remedy="apt install tesseract-ocr-vie")
    else:
        yield ok("scans", "tesseract reads Vietnamese")
