"""Every setting that a process takes from its environment: the one table of them, and the only module that reads them.

A setting that is told here is documented: `chidao configuration` prints the table, engine/kernel/CONFIGURATION.md is generated
from it. A secret may stand in a file whose path NAME_FILE holds, as compose files and systemd credentials hand secrets over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from engine.kernel.errors import InvalidInput

Kind = Literal["text", "number", "path", "url", "switch"]
PREFIX = "CHIDAO_"
IN_FILE = "_FILE"  # NAME_FILE: the path of a file that holds the value of the secret NAME
MASK = "***"
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the name that the library of metrics has for it
SWITCH = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One setting. `default` None: it has none, or it depends on the machine, as its meaning says."""

    name: str
    meaning: str
    kind: Kind = "text"
    default: str | None = None
    secret: bool = False
    least: float = 0
    most: float = 1e12


def _table(*variables: Variable) -> dict[str, Variable]:
    return {variable.name: variable for variable in variables}


VARIABLES: Mapping[str, Variable] = _table(
    Variable(
        name="CHIDAO_HOME",
        meaning="The folder of the installation: its SQLite database and its keys; else chidao in the user's own data folder.",
        kind="path",
    ),
    Variable(
        name="CHIDAO_DATABASE",
        meaning="The address of the database, sqlite:////absolute/file.db or postgresql://user:password@host/name; "
        "else the file chidao.db in the folder of the installation.",
        kind="url",
        secret=True,
    ),
    Variable(
        name="CHIDAO_LOG_LEVEL",
        meaning="From which level on events are logged: debug (every command), info (refused commands, requests), warning or error.",
        default="info",
    ),
    Variable(
        name="CHIDAO_LOG_FORMAT",
        meaning="How events are logged on stderr: json (an object a line), text (for people), or auto: text on a terminal, else json.",
        default="auto",
    ),
    Variable(
        name="CHIDAO_METRICS_FOLDER",
        meaning="The folder into whose files all processes of this machine count, so that whichever answers /metrics answers for all; else "
        "chidao serve and gunicorn each make one for their own, and chidao worker counts nothing.",
        kind="path",
    ),
    Variable(
        name="CHIDAO_METRICS_TOKEN",
        meaning="What a collector of metrics sends as bearer token to /metrics; when there is none, only this machine itself is answered.",
        secret=True,
    ),
    Variable(
        name="CHIDAO_SESSION_SECRET",
        meaning="What signs the sessions of people who are signed in, at least 32 characters, the same on every machine that serves pages; "
        "else the file keys/session.secret that `chidao init` makes.",
        secret=True,
    ),
    Variable(
        name="CHIDAO_CHECKPOINT_PLACES",
        meaning="Where the signed checkpoints and the hashes of the history are written to, folders separated by colons: two at least, which this "
        "machine's administrator cannot rewrite both (a disk of another account, another machine's). "
        "Else the folder checkpoints beside the keys, which proves nothing to whoever does not trust this machine.",
    ),
    Variable(
        name="CHIDAO_CHECKPOINT_KEY",
        meaning="The file of the key that signs checkpoints, where it does not lie in the folder of keys but with another person, on the machine "
        "that runs the worker.",
        kind="path",
    ),
    Variable(
        name="CHIDAO_PERSONAL_KEYS",
        meaning="The file of the keys of personal values, where it does not lie in the folder of keys: so that its copies are kept for another, "
        "shorter time than those of everything else.",
        kind="path",
    ),
    Variable(
        name="CHIDAO_TIME_SERVER",
        meaning="A server of the time (NTP), such as ntp.example.vn: how far this machine's clock is from it stands in each checkpoint. "
        "Without it the offset is told as unknown.",
    ),
    Variable(
        name="CHIDAO_TRUSTED_PROXIES",
        meaning="How many proxies stand between browsers and this process, whose X-Forwarded-For, -Proto and -Host are believed; 0: none.",
        kind="number",
        default="0",
        most=9,
    ),
    Variable(
        name="CHIDAO_OIDC_ISSUER",
        meaning="The OpenID Connect provider with which people may sign in, as https://id.example.vn; it has to tell "
        "/.well-known/openid-configuration. A person is known by the verified e-mail address of the directory. Without it: passwords only.",
        kind="url",
    ),
    Variable(name="CHIDAO_OIDC_CLIENT_ID", meaning="The name under which the provider in CHIDAO_OIDC_ISSUER knows this installation."),
    Variable(name="CHIDAO_OIDC_CLIENT_SECRET", meaning="The secret that the provider in CHIDAO_OIDC_ISSUER gave to this installation.", secret=True),
    Variable(
        name="CHIDAO_NETWORK_DISK",
        meaning="Allows a SQLite database on a network disk; only where one machine alone ever opens it, and at the risk of losing data.",
        kind="switch",
        default="no",
    ),
    Variable(
        name="CHIDAO_SMTP_URL",
        meaning="The mail server: smtp://user@host:587 (STARTTLS is required) or smtps://user@host:465, without the password; "
        "?tls=off behind smtp:// for a server that is reached without encryption. Without it e-mails are noted and wait.",
        kind="url",
    ),
    Variable(name="CHIDAO_SMTP_PASSWORD", meaning="The password of the user in CHIDAO_SMTP_URL.", secret=True),
    Variable(name="CHIDAO_MAIL_FROM", meaning="From whom e-mails are, as Văn thư <van.thu@example.vn>; needed with CHIDAO_SMTP_URL."),
    Variable(
        name="CHIDAO_ADDRESS",
        meaning="The address at which people reach the pages, such as https://chidao.example.vn; e-mails and calendars hold links only where it is set.",
        kind="url",
    ),
    Variable(
        name="CHIDAO_WEBHOOKS",
        meaning="The TOML file of the webhooks' endpoints, tables [[endpoint]] with name, url and secret or secret_file. "
        "Calls to a name that is not in it are noted and wait.",
        kind="path",
    ),
)


def value(name: str) -> str | None:
    """Return what the environment, or the file that it names, says for the setting `name`; else the default.

    Raises `InvalidInput` when that is not of the setting's kind, or the file of a secret cannot be read.
    """
    variable = VARIABLES[name]
    found = os.environ.get(name, "").strip()
    if variable.secret and not found:
        found = _from_file(variable)
    if not found:
        return variable.default
    _check(variable, found)
    return found


def number(name: str) -> float:
    """Return the setting `name`, which is a number."""
    return float(value(name) or 0)


def switched_on(name: str) -> bool:
    """Return whether the setting `name`, a switch, is on."""
    return SWITCH[(value(name) or "no").lower()]


def path(name: str) -> Path | None:
    """Return the setting `name`, which is a path, made absolute; None when it is not set."""
    found = value(name)
    return Path(found).expanduser().absolute() if found else None


def shown(name: str) -> str:
    """Return the setting for people to read: a secret is masked, an address keeps all but its password."""
    variable = VARIABLES[name]
    found = value(name)
    if found is None:
        return ""
    if variable.kind == "url":
        return without_password(found)
    return MASK if variable.secret else found


def is_set(name: str) -> bool:
    """Return whether the environment says anything for the setting `name`."""
    return bool(os.environ.get(name, "").strip() or (VARIABLES[name].secret and os.environ.get(name + IN_FILE, "").strip()))


def unknown() -> dict[str, str | None]:
    """Return the settings of the environment that mean nothing to this program, each with the one that may be meant."""
    known = [*VARIABLES, *(name + IN_FILE for name, variable in VARIABLES.items() if variable.secret)]
    strange = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    return {name: next(iter(get_close_matches(name, known, n=1, cutoff=0.7)), None) for name in strange}


def for_program(**more: str) -> dict[str, str]:
    """Return the environment for another program that we start: ours, without our own settings and secrets."""
    return {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)} | more


def share_metrics(folder: Path) -> None:
    """Let this process, and those that it starts, count into files of `folder`. To be called before the library of metrics is loaded."""
    os.environ[METRICS_FOLDER] = str(folder)


@contextmanager
def installation_in(folder: Path) -> Iterator[None]:
    """Let this process have its keys in `folder` for a while: for measurements, which never touch those of the installation."""
    before = os.environ.get("CHIDAO_HOME")
    os.environ["CHIDAO_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["CHIDAO_HOME"]
        else:
            os.environ["CHIDAO_HOME"] = before


def shared_metrics() -> Path | None:
    """Return the folder into whose files several processes count; None when each counts for itself."""
    found = os.environ.get(METRICS_FOLDER, "").strip()
    return Path(found) if found else path("CHIDAO_METRICS_FOLDER")


def without_password(address: str) -> str:
    """Return an address whose password is masked, also one behind a question mark."""
    parts = urlsplit(address)
    place = parts.netloc
    if "@" in place:
        user, _, host = place.rpartition("@")
        place = f"{user.partition(':')[0]}{':' + MASK if ':' in user else ''}@{host}"
    query = re.sub(r"(?i)(password=|passwd=)[^&]*", rf"\1{MASK}", parts.query)
    tail = f"?{query}" if query else ""
    return f"{parts.scheme}://{place}{parts.path}{tail}"


def documentation() -> Iterator[str]:
    """Yield the lines of CONFIGURATION.md."""
    yield "# Settings from the environment"
    yield ""
    yield "Generated from engine/kernel/environment.py by `python -m engine.kernel.configuration`; not edited by hand. `chidao configuration`"
    yield "prints the same with the present values. A secret NAME may stand in a file instead: NAME_FILE holds its path."
    yield ""
    yield "| setting | meaning | kind | default | secret |"
    yield "|---|---|---|---|---|"
    for each in VARIABLES.values():
        yield f"| `{each.name}` | {each.meaning} | {each.kind} | {each.default or ''} | {'yes' if each.secret else ''} |"


def _from_file(variable: Variable) -> str:
    place = os.environ.get(variable.name + IN_FILE, "").strip()
    if not place:
        return ""
    try:
        return Path(place).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        message = f"Expected the secret {variable.name} in the file {place}, but it cannot be read: {reason}. Correct {variable.name}{IN_FILE}."
        raise InvalidInput(message, setting=variable.name) from None


def _check(variable: Variable, found: str) -> None:
    """Refuse what is not of the setting's kind; a secret is not repeated in the sentence."""
    seen = MASK if variable.secret else repr(found)
    problem = None
    if variable.kind == "number":
        problem = _number_problem(variable, found)
    elif variable.kind == "switch" and found.lower() not in SWITCH:
        problem = "yes or no"
    elif variable.kind == "url" and "://" not in found:
        problem = "an address with ://"
    if problem:
        message = f"Expected {problem} for {variable.name}, but found {seen}. Correct the setting, or remove it."
        raise InvalidInput(message, setting=variable.name)


def _number_problem(variable: Variable, found: str) -> str | None:
    try:
        inside = variable.least <= float(found) <= variable.most
    except ValueError:
        inside = False
    return None if inside else f"a number from {variable.least:g} to {variable.most:g}"
