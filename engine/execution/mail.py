"""E-mail by SMTP (RFC 5321, RFC 5322): one message for one recipient, under a Message-ID that its key gives, the same at every attempt."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.effects.delivering import Outcome
from engine.effects.outbox import Effect
from engine.execution.transports import LIMIT, Delivery, at_most, plain_reason
from engine.kernel import environment
from engine.kernel.clock import ZONE, from_stamp
from engine.kernel.email_address import email_address, without_addresses
from engine.kernel.errors import EngineError, InvalidInput

Security = Literal["tls", "starttls", "off"]
URL, PASSWORD, FROM = "CHIDAO_SMTP_URL", "CHIDAO_SMTP_PASSWORD", "CHIDAO_MAIL_FROM"
PORTS: dict[Security, int] = {"tls": 465, "starttls": 587, "off": 25}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
ANSWER = 60  # seconds for one answer of the server
LASTING = 5  # replies that begin with 5 are for ever (RFC 5321 4.2.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in, by whom, and from whom it is. `tls`: what its certificate is checked against."""

    host: str
    port: int
    security: Security
    sender: str
    sender_name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)


def configured_mail_server() -> MailServer | None:
    """Return the mail server that the environment names; None when it names none. Raises InvalidInput."""
    url = environment.value(URL)
    if url is None:
        return None
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or set(options) - {"tls"}:
        raise _wrong("smtp://user@host:587 or smtps://user@host:465")
    if parts.password is not None:
        raise _wrong(f"no password in it: put it into {PASSWORD}, or into a file that {PASSWORD}_FILE names")
    security = _security(parts.scheme, options.get("tls"))
    user = unquote(parts.username or "")
    if security == "off" and user and parts.hostname not in LOOPBACK:
        raise _wrong("a server that is reached with TLS, where a user signs in")
    try:
        port = parts.port or PORTS[security]
    except ValueError:
        raise _wrong("a port from 1 to 65535") from None
    name, address = _sender()
    password = environment.value(PASSWORD) or ""
    if not (user + password).isascii():
        raise InvalidInput(f"Expected the user of {URL} and {PASSWORD} in ASCII letters, which is all that SMTP can sign in with. Choose others.")
    return MailServer(host=parts.hostname, port=port, security=security, user=user, password=password, sender=address, sender_name=name)


def _security(scheme: str, said: str | None) -> Security:
    if scheme == "smtps":
        return "tls"
    if said not in (None, "off"):
        raise _wrong("tls=off or nothing behind the question mark")
    return "off" if said == "off" else "starttls"


def _sender() -> tuple[str, str]:
    found = environment.value(FROM)
    if found is None:
        raise InvalidInput(f"Expected {FROM} beside {URL}, but found none. Give the address from which mail is sent, as Văn thư <van.thu@example.vn>.")
    name, address = parseaddr(found)
    try:
        return " ".join(name.split()), email_address(address)
    except EngineError:
        raise InvalidInput(f"Expected {FROM} as Văn thư <van.thu@example.vn>, but found {found!r}. Correct the setting.") from None


def _wrong(expected: str) -> InvalidInput:
    return InvalidInput(f"Expected {URL} as {expected}, but found something else. Correct the setting.", setting=URL)


# -------------------------------------------------------------------------------------------------------------- sending


class MailTransport:
    """Hands mail to one server, over a connection of its own for each."""

    def __init__(self, server: MailServer, *, limit: float = LIMIT) -> None:
        self._server = server
        self._limit = limit

    def send(self, effect: Effect, now: datetime) -> Delivery:
        """Send a mail. Its date is the moment at which it was noted, the same at every attempt."""
        del now
        try:
            to = email_address(effect.payload.get("to"))
        except InvalidInput:
            return Delivery(outcome=Outcome.REFUSED, said="the recipient has no e-mail address any more")
        handing = _Handing(self._server, min(ANSWER, self._limit))
        try:
            with at_most(self._limit, lambda: handing.client.sock):
                handing.over(to, message(effect, self._server, to).as_bytes())
        except smtplib.SMTPResponseException as error:
            lasting = error.smtp_code // 100 == LASTING and not isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPHeloError)
            return Delivery(outcome=Outcome.REFUSED if lasting else Outcome.LATER, said=_said(error))
        except (smtplib.SMTPException, OSError) as error:
            return Delivery(outcome=Outcome.UNKNOWN if handing.handed_over else Outcome.LATER, said=_reason(error, handing))
        finally:
            handing.part()
        return Delivery(outcome=Outcome.SENT)


class _Plain(smtplib.SMTP):
    """A client that is not connected yet, so that its greeting can be ended too; smtplib names the host to TLS only where it connects at once."""

    def __init__(self, server: MailServer, answer: float, domain: str) -> None:
        super().__init__(timeout=answer, local_hostname=domain)
        self._host = server.host


class _Encrypted(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""

    def __init__(self, server: MailServer, answer: float, domain: str) -> None:
        super().__init__(timeout=answer, local_hostname=domain, context=server.tls)
        self._host = server.host


class _Handing:
    """The handing over of one mail: how far it has come decides what a lost connection means."""

    def __init__(self, server: MailServer, answer: float) -> None:
        self._server = server
        self.handed_over = False
        domain = server.sender.rpartition("@")[2]
        self.client: smtplib.SMTP = _Encrypted(server, answer, domain) if server.security == "tls" else _Plain(server, answer, domain)

    def over(self, to: str, content: bytes) -> None:
        """Hand a mail over. Raises what smtplib raises."""
        client, server = self.client, self._server
        _accepted(client.connect(server.host, server.port))
        client.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            client.starttls(context=server.tls)
            client.ehlo_or_helo_if_needed()
        if server.user:
            client.login(server.user, server.password)
        _accepted(client.mail(server.sender))
        _accepted(client.rcpt(to))
        _accepted(client.docmd("DATA"), 3)
        self.handed_over = True
        client.send(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")  # RFC 5321 4.5.2
        _accepted(client.getreply())

    def part(self) -> None:
        """Say good-bye without waiting for the answer: the mail is in other hands."""
        with suppress(smtplib.SMTPException, OSError):
            self.client.putcmd("QUIT")
        with suppress(OSError):
            self.client.close()


def message(effect: Effect, server: MailServer, to: str) -> EmailMessage:
    """Return the mail of an effect: the same at every attempt, so that whoever receives it twice can tell."""
    made = EmailMessage(policy=SMTP_POLICY)
    made["From"] = Address(display_name=server.sender_name, addr_spec=server.sender)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = " ".join(str(effect.payload["subject"]).split())
    made["Date"] = format_datetime(from_stamp(effect.created_at).astimezone(ZONE))
    made["Message-ID"] = f"<{effect.key}@{server.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
    made.set_content(str(effect.payload["text"]), cte="base64")
    return made


def _accepted(reply: tuple[int, bytes], kind: int = 2) -> None:
    code, said = reply
    if code // 100 != kind:
        raise smtplib.SMTPResponseException(code, said)


def _said(error: smtplib.SMTPResponseException) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the mail server refuses the sign-in ({error.smtp_code})"
    words = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
    return f"the mail server answers {error.smtp_code} {without_addresses(' '.join(words.split()))}"


def _reason(error: Exception, handing: _Handing) -> str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "the mail server does not offer the encryption or sign-in that is asked for"
    what = "the mail was handed over, but the answer was lost" if handing.handed_over else "the mail server does not answer"
    return f"{what}: {plain_reason(error)}"
