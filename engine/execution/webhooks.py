"""Webhooks as Standard Webhooks has them (standardwebhooks.com, spec v1): POST of a JSON body, signed with HMAC-SHA256.

An endpoint is configured by the administrator under a name, in the TOML file that CHIDAO_WEBHOOKS names; a drawing knows the name alone.
No redirect is followed, no proxy of the environment is used, and of the answer nothing but its status and Retry-After is read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import ssl
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from engine.effects.delivering import Outcome
from engine.effects.outbox import Effect, endpoint_name
from engine.execution.transports import LIMIT, Delivery, at_most, plain_reason
from engine.kernel import environment
from engine.kernel.errors import EngineError, InvalidInput

FILE = "CHIDAO_WEBHOOKS"
PREFIX = "whsec_"
LEAST_SECRET, MOST_SECRET = 24, 64  # bytes, as the specification has them
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
KEYS = {"name", "url", "secret", "secret_file", "allow_http"}
ANSWER = 30  # seconds for one answer of the server
MOMENTARY = {408, 409, 425, 429}  # of the answers that begin with 4, those after which the same request may be accepted
AGENT = f"chidao/{version('chidao')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a webhook is posted, and the secret with which it is signed."""

    name: str
    url: str = field(repr=False)  # it may hold a token
    secret: bytes = field(repr=False)


# -------------------------------------------------------------------------------------------------------- configuration


def configured_endpoints() -> dict[str, Endpoint]:
    """Return the endpoints that the administrator has configured, by name. Raises InvalidInput."""
    place = environment.path(FILE)
    if place is None:
        return {}
    try:
        found = tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"Expected the file {place} of {FILE}, but it cannot be read: {error.strerror}. Correct the setting.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"Expected {place} as TOML with tables [[endpoint]], but it cannot be read: {error}. Correct the file.") from None
    listed = found.get("endpoint", [])
    if set(found) - {"endpoint"} or not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise InvalidInput(f"Expected only tables [[endpoint]] in {place}, but found something else. Correct the file.")
    endpoints: dict[str, Endpoint] = {}
    for number, said in enumerate(listed, start=1):
        made = _endpoint(said, f"endpoint {number} of {place}", place.parent)
        if made.name in endpoints:
            raise InvalidInput(f"Expected every name of an endpoint once in {place}, but found {made.name!r} twice. Rename one.")
        endpoints[made.name] = made
    return endpoints


def _endpoint(said: Mapping[str, Any], place: str, folder: Path) -> Endpoint:
    strange = sorted(set(said) - KEYS)
    if strange:
        raise InvalidInput(f"Expected {', '.join(sorted(KEYS))} in {place}, but found {', '.join(strange)}. Correct the file.")
    try:
        name = endpoint_name(said.get("name"))
    except EngineError as error:
        raise InvalidInput(f"In {place}: {error.message}") from None
    url = said.get("url")
    if not isinstance(url, str) or not _is_allowed(urlsplit(url), http=said.get("allow_http") is True):
        raise InvalidInput(
            f"Expected an https:// address without a user as the url of {name!r} in {place}, but found something else. "
            "Only this machine itself may be called over http://, with allow_http = true."
        )
    return Endpoint(name=name, url=url, secret=_secret(said, f"{name!r} in {place}", folder))


def _is_allowed(parts: SplitResult, *, http: bool) -> bool:
    try:
        sound = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False
    return sound and (parts.scheme == "https" or (parts.scheme == "http" and http and parts.hostname in LOOPBACK))


def _secret(said: Mapping[str, Any], place: str, folder: Path) -> bytes:
    text = said.get("secret")
    if (text is None) == (said.get("secret_file") is None):
        raise InvalidInput(f"Expected either secret or secret_file of endpoint {place}. Give one of them.")
    if text is None:
        file = folder / str(said["secret_file"])
        try:
            text = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise InvalidInput(f"Expected the secret of endpoint {place} in the file {file}, but it cannot be read. Correct secret_file.") from None
    try:
        found = base64.b64decode(str(text).removeprefix(PREFIX), validate=True) if str(text).startswith(PREFIX) else b""
    except (binascii.Error, ValueError):
        found = b""
    if not LEAST_SECRET <= len(found) <= MOST_SECRET:
        raise InvalidInput(
            f"Expected the secret of endpoint {place} as {PREFIX} and {LEAST_SECRET} to {MOST_SECRET} bytes in base64, but it is not. "
            f"Make one: echo {PREFIX}$(head -c 32 /dev/urandom | base64)"
        )
    return found


# -------------------------------------------------------------------------------------------------------------- sending


class WebhookTransport:
    """Posts to one endpoint, over a connection of its own each time."""

    def __init__(self, endpoint: Endpoint, *, limit: float = LIMIT, tls: ssl.SSLContext | None = None) -> None:
        self._endpoint = endpoint
        self._limit = limit
        self._tls = tls or ssl.create_default_context()

    def send(self, effect: Effect, now: datetime) -> Delivery:
        """Post an effect."""
        content = json.dumps(effect.payload["body"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        parts = urlsplit(self._endpoint.url)
        connection = self._connection(parts)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with at_most(self._limit, lambda: connection.sock):
                connection.request("POST", target, content, dict(headers(effect.key, content, self._endpoint.secret, now)), preload_content=False)
                answer = connection.getresponse()
        except (HTTPError, HTTPException, OSError) as error:
            return Delivery(outcome=Outcome.LATER, said=f"the endpoint does not answer: {plain_reason(error.__cause__ or error)}")
        finally:
            connection.close()
        return delivery(answer.status, answer.headers.get("Retry-After"), now)

    def _connection(self, parts: SplitResult) -> HTTPConnection:
        answer = min(ANSWER, self._limit)
        assert parts.hostname is not None
        if parts.scheme == "http":
            return HTTPConnection(parts.hostname, parts.port, timeout=answer)
        return HTTPSConnection(parts.hostname, parts.port or 443, timeout=answer, ssl_context=self._tls)


def headers(key: str, content: bytes, secret: bytes, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield the headers: the key twice, since many servers know the one name and many the other."""
    at = str(int(now.timestamp()))
    signed = hmac.new(secret, f"{key}.{at}.".encode() + content, hashlib.sha256).digest()
    yield "content-type", "application/json; charset=utf-8"
    yield "user-agent", AGENT
    yield "webhook-id", key
    yield "webhook-timestamp", at
    yield "webhook-signature", f"v1,{base64.b64encode(signed).decode()}"
    yield "idempotency-key", key


def delivery(status: int, retry_after: str | None, now: datetime) -> Delivery:
    """Return what an answer means."""
    said = f"the endpoint answers {status}"
    match status // 100:
        case 2:
            return Delivery(outcome=Outcome.SENT)
        case 3:
            return Delivery(outcome=Outcome.REFUSED, said=f"{said}, a redirection, which is not followed")
        case 4 if status not in MOMENTARY:
            return Delivery(outcome=Outcome.REFUSED, said=said)
    return Delivery(outcome=Outcome.LATER, said=said, wait=_seconds(retry_after, now))


def _seconds(said: str | None, now: datetime) -> int | None:
    """Return the seconds that Retry-After asks for: a number, or until a moment (RFC 9110 10.2.3)."""
    if said is None:
        return None
    if said.strip().isdecimal():
        return int(said.strip()[:9])
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0, int((moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()))
