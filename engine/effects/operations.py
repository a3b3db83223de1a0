"""The operations with which a drawing asks for something outside: `send_email` and `call_webhook`.

Both are done when what they want is safely noted, in the same transaction; it is sent afterwards, also while its server is down.
With the parameter `tell` true the process may wait for the message `effect.sent` or `effect.failed` under the effect's key.
"""

from __future__ import annotations

import json
from typing import Any

from engine.effects.outbox import EMAIL, WEBHOOK, endpoint_name, request
from engine.effects.recipients import Recipient, recipients
from engine.instances.operations import Call, Operation
from engine.kernel.errors import InvalidInput

MAX_SUBJECT, MAX_TEXT, MAX_BODY = 250, 100_000, 200_000


def send_email(call: Call) -> dict[str, Any]:
    """Send an e-mail: `subject` and `text`, to a `role` of the own, the `superior` or a named `organisation`, or to addresses (`to`)."""
    subject, text = _line(call, "subject"), _text(call, "text")
    found = recipients(call)
    keys = [_note_email(call, number, each, subject, text) for number, each in enumerate(found.reached, start=1)]
    return {"effects": keys, "emails": len(keys), "without_email": found.without}


def call_webhook(call: Call) -> dict[str, Any]:
    """Post `body` as JSON, signed, to the `endpoint` that the administrator has configured under this name."""
    payload = {"endpoint": endpoint_name(call.parameter("endpoint")), "body": call.parameter("body")}
    if len(json.dumps(payload["body"], ensure_ascii=False)) > MAX_BODY:
        raise InvalidInput(f"Expected a body of at most {MAX_BODY} characters at {call.element!r}, but found more. Send ids instead of contents.")
    request(call.transaction, key=call.id, kind=WEBHOOK, payload=payload, case=call.case, element=call.element, tells=_tells(call))
    return {"effect": call.id}


OPERATIONS: dict[str, Operation] = {"send_email": send_email, "call_webhook": call_webhook}


def _note_email(call: Call, number: int, to: Recipient, subject: str, text: str) -> str:
    """Note one mail for one recipient: an address that is refused is then no matter of the others, and nobody sees theirs."""
    key = f"{call.id}.{number}"
    payload = {**to.plain(), "subject": subject, "text": text}
    request(call.transaction, key=key, kind=EMAIL, payload=payload, case=call.case, element=call.element, tells=_tells(call))
    return key


def _tells(call: Call) -> bool:
    return call.parameters.get("tell") is True


def _line(call: Call, name: str) -> str:
    """Return a text on one line: a line break in a header would be another header."""
    return " ".join(_text(call, name, most=MAX_SUBJECT).split())


def _text(call: Call, name: str, *, most: int = MAX_TEXT) -> str:
    found = call.parameter(name)
    if not isinstance(found, str) or not found.strip() or len(found) > most:
        raise InvalidInput(f"Expected {name!r} of service task {call.element!r} as a text of 1 to {most} characters, but found {str(found)[:60]!r}.")
    return "".join(_plain(letter) for letter in found)


def _plain(letter: str) -> str:
    """Return a letter that a mail may hold: no control characters, and every other space as a plain one."""
    if letter in "\n\t" or letter.isprintable():
        return letter
    return " " if letter.isspace() and letter != "\r" else ""
