"""Many effects with one poison mail among them: `python -m tests.effects.many 2000 [database address]`. A test runs it with a few."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from datetime import datetime

from engine.effects.delivering import Outcome
from engine.effects.outbox import Effect, Status
from engine.execution.transports import Delivery
from engine.kernel.clock import stopwatch
from engine.storage import Database
from engine.storage.schema import effect
from tests.effects.post import PostOffice, Recorder, failing


def run(office: PostOffice, number: int) -> dict[str, int]:
    """Note mails and webhooks by turns; one mail is refused by everybody. Return what came of them."""
    keys = [f"k{each}" for each in range(number)]
    poison = keys[number // 3 // 2 * 2]

    def answer(sent: Effect, _now: datetime) -> Delivery:
        return failing(Outcome.REFUSED, "poison") if sent.key == poison else Delivery(outcome=Outcome.SENT)

    office.mail.answer = answer
    office.note(*keys[::2])
    office.call(*keys[1::2])
    office.send()
    found = Counter(row.status for row in office.rows(effect))
    sent = Counter(office.mail.keys + office.web.keys)
    assert set(sent) == set(keys)
    return {"sent": found[Status.SENT], "dead": found[Status.DEAD], "twice": sum(1 for times in sent.values() if times > 1)}


def main() -> None:
    number = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        database = Database(sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder}/many.sqlite3")
        office = PostOffice(database=database)
        office.mail, office.web = Recorder(), Recorder()
        begin = stopwatch()
        found = run(office, number)
        sys.stdout.write(f"{found} in {stopwatch() - begin:.1f} s\n")
        database.dispose()


if __name__ == "__main__":
    main()
