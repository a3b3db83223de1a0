"""What a transaction recorded goes to the history with who did it and by which right: last, because this locks the head of the history."""

from __future__ import annotations

from collections.abc import Sequence

from engine.access.authorise import Standing
from engine.history.log import Receipt, append_all
from engine.history.record import Circumstances
from engine.history.transaction import Transaction


def seal(written: Sequence[tuple[Transaction, Standing, str]]) -> dict[str, Receipt]:
    """Seal what the transactions recorded, which are parts of one, in their order; each with its standing and its command's key.

    Return where the first record of each command stands, by the command's key.
    """
    told = [(fact, circumstances) for each in written for circumstances in (_circumstances(*each),) for fact in each[0].told()]
    if not told:
        return {}
    transaction = written[0][0]
    receipts = append_all(transaction.connection, told, [transaction.new_id() for _ in told])
    return {circumstances.command: receipt for (_, circumstances), receipt in reversed(list(zip(told, receipts, strict=True)))}


def _circumstances(transaction: Transaction, standing: Standing, key: str) -> Circumstances:
    return Circumstances(
        recorded_at=transaction.at,
        actor=standing.actor,
        on_behalf_of=standing.on_behalf_of,
        delegation=standing.delegation,
        auth=transaction.actor.auth,
        policy=standing.policy,
        command=key,
        correlation=key,
    )
