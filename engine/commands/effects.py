"""`chidao effects` and `chidao effect resend|drop`: e-mails and webhooks that wait or failed, and what is done about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click

from engine.command_line import as_json, as_person, database_option, refusing, tell
from engine.command_line.actor import acting, door_of, new_key
from engine.effects.outbox import Status
from engine.effects.repairs import DropEffect, ListEffects, ResendEffect
from engine.execution.effects import installed_transports
from engine.kernel.errors import EngineError, InvalidInput

Json = dict[str, Any]
LABELS = {
    Status.OPEN: "chờ gửi",
    Status.SENDING: "đang gửi",
    Status.SENT: "đã gửi",
    Status.UNSURE: "không rõ đã gửi chưa",
    Status.DEAD: "không gửi được",
    Status.DROPPED: "đã bỏ",
}

keys_argument = click.argument("keys", nargs=-1, required=True, metavar="KEY…")
reason_option = click.option("--reason", default="", help="What was wrong and what is done about it; needed.")


@click.command()
@click.option("--status", "statuses", multiple=True, type=click.Choice([each.value for each in Status]), help="May be repeated; else all that is not settled.")
@as_person
@database_option
@as_json
@refusing
def effects(*, statuses: tuple[str, ...], login: str | None, database: str | None, as_json: bool) -> None:
    """List what is to happen outside and is not settled: e-mails and webhooks, oldest first, and what nobody has configured."""
    door = door_of(database)
    found = door.ask(ListEffects(statuses=statuses), acting(door.database, login))
    served = installed_transports()
    unserved = {channel: number for channel, number in found["waiting"].items() if channel not in served}
    lines = [line for entry in found["effects"] for line in _lines(entry)]
    lines += [f"{channel}: {number} đang chờ, chưa cấu hình (chidao configuration)" for channel, number in sorted(unserved.items())]
    tell({**found, "not_configured": unserved}, lines, as_json=as_json)


@click.group()
def effect() -> None:
    """Send an effect again, or drop it. Each needs a reason and is recorded."""


@effect.command()
@keys_argument
@reason_option
@as_person
@database_option
@as_json
@refusing
def resend(*, keys: tuple[str, ...], reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Let the workers send effects again at once, under the same keys."""
    _each(keys, lambda key: ResendEffect(key=key, reason=reason), login, database, as_json=as_json)


@effect.command()
@keys_argument
@reason_option
@as_person
@database_option
@as_json
@refusing
def drop(*, keys: tuple[str, ...], reason: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Decide that effects are not sent."""
    _each(keys, lambda key: DropEffect(key=key, reason=reason), login, database, as_json=as_json)


def _each(keys: tuple[str, ...], command: Callable[[str], Any], login: str | None, database: str | None, *, as_json: bool) -> None:
    """Do it for each key; those that are refused are named, the others done."""
    door = door_of(database)
    actor, done, refused = acting(door.database, login), [], []
    for key in keys:
        try:
            done.append(door.execute(command(key), actor, key=new_key(door)))
        except EngineError as error:
            refused.append(error.message)
    lines = [f"{entry['effect']} {LABELS[Status(entry['status'])]}" for entry in done]
    if done or as_json:
        tell({"effects": done, "refused": refused}, lines, as_json=as_json)
    if refused:
        raise InvalidInput("\n".join(refused))


def _lines(entry: Json) -> Iterator[str]:
    until = entry["sent_at"] or entry["next_at"] or ""
    yield f"{entry['key']} {entry['channel']} ({entry['attempts']} lần) {LABELS[Status(entry['status'])]} {until}".rstrip()
    what = entry["payload"].get("subject") or entry["payload"].get("endpoint")
    said = [each for each in (what, entry["recipient"], entry["error"]) if each]
    yield f"  {entry['organisation'] or '-'} · {entry['instance'] or '-'} {entry['element'] or '-'}: {' · '.join(said)}"
