"""`chidao keys`: the keys that sign the history, and who may verify it."""

from __future__ import annotations

import click

from engine.command_line import as_json, database_option, refusing, tell
from engine.command_line.actor import database_of
from engine.history import trust
from engine.history.key_periods import begin_period
from engine.kernel.clock import SystemClock
from engine.kernel.errors import InvalidInput
from engine.storage import keys as own_keys
from engine.storage.database import revision
from engine.storage.revisions import mismatch
from engine.storage.unit_of_work import UnitOfWork


@click.group()
def keys() -> None:
    """The keys that sign the history."""


@keys.command("trust")
@as_json
@refusing
def keys_trust(*, as_json: bool) -> None:
    """Print the public keys of this installation: the file that whoever verifies keeps elsewhere."""
    place = trust.publish()
    found = trust.read_trust(place)
    told = [{"role": each.role, "vkey": each.verifier.vkey, "since": each.since, "until": each.until} for each in found.keys]
    tell({"file": str(place), "keys": told}, place.read_text("utf-8").splitlines(), as_json=as_json)


@keys.command("renew")
@click.option("--reason", required=True, help="Why: a period is over, somebody has left; it is recorded in the history.")
@click.option("--lost", is_flag=True, help="The present key is gone. Whoever verifies has to be given the new one.")
@database_option
@as_json
@refusing
def keys_renew(*, reason: str, lost: bool, database: str | None, as_json: bool) -> None:
    """Sign the history with a new key from now on. The old one announces it, and is then deleted here: keep no copy of it.

    What is running goes on with the new key by itself; other machines at the same database need the file signing.pem copied to them.
    """
    target = database_of(database)
    if (problem := mismatch(target, revision(target))) is not None:
        raise InvalidInput(problem)
    with UnitOfWork(target) as unit:
        period = begin_period(unit.connection, reason=reason, now=SystemClock().now(), lost=lost)
        unit.commit()
    own_keys.take_next()
    trust.publish_renewal(period.old, period.new, period.at)
    place = own_keys.folder() / own_keys.TRUST_FILE
    lines = [
        f"{period.new.vkey} signs every record after {period.record}, since {period.at}",
        f"Give {place} to whoever verifies.",
    ]
    tell({"vkey": period.new.vkey, "since": period.at, "record": period.record, "trust": str(place)}, lines, as_json=as_json)
