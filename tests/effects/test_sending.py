"""An effect is sent at least once, and once where nothing is lost; what fails is tried again, then held; the others go on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy.exc import OperationalError

from engine.effects.delivering import DELAYS, ClaimEffects, Outcome
from engine.effects.outbox import Effect, Status, request
from engine.effects.repairs import ResendEffect
from engine.execution.effects import Sending, send_due
from engine.execution.transports import Delivery
from engine.history.transaction import Transaction
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import from_stamp
from engine.storage import Database, UnitOfWork
from engine.storage.schema import effect, incident
from tests.effects.many import run
from tests.effects.post import MAIL, PostOffice, failing, told, wait_until


@pytest.fixture
def office(database: Database, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    return PostOffice.opened(database, monkeypatch)


# -------------------------------------------------------------------------------------------------------------- noting


def test_what_is_noted_twice_under_one_key_is_sent_once(office: PostOffice) -> None:
    office.note("a")
    office.note("a", subject="another")
    assert office.send() == 1
    assert office.send() == 0
    assert office.mail.given == [("a", 1)]
    assert office.status("a") == Status.SENT
    assert office.row("a").sent_at


def test_what_is_rolled_back_with_its_transaction_is_never_sent(office: PostOffice) -> None:
    with UnitOfWork(office.database) as unit:
        request(Transaction(connection=unit.connection, now=office.clock.now(), actor=SYSTEM), key="a", kind="email", payload=MAIL)
    assert office.send() == 0
    assert office.mail.given == []


def test_what_nobody_has_configured_waits_untouched(office: PostOffice) -> None:
    office.call("a", endpoint="elsewhere")
    office.note("b")
    assert send_due(office.door, {}) == 0
    assert office.send() == 1
    assert (office.status("a"), office.row("a").attempts) == (Status.OPEN, 0)
    assert office.rows(incident) == []


# -------------------------------------------------------------------------------------------------------------- claiming


def test_two_workers_never_claim_the_same_effect(office: PostOffice) -> None:
    office.note(*(f"k{number}" for number in range(6)))
    first = office.do(ClaimEffects(claim="one", room={"email": 4}))["claimed"]
    second = office.do(ClaimEffects(claim="two", room={"email": 4}))["claimed"]
    assert len(first) == 4
    assert sorted(first + second) == [f"k{number}" for number in range(6)]


def test_two_workers_at_once_send_everything_once(office: PostOffice) -> None:
    keys = [f"k{number}" for number in range(30)]
    office.note(*keys[:20])
    office.call(*keys[20:])
    with ThreadPoolExecutor(2) as workers:
        assert sum(workers.map(lambda _number: office.send(), range(2))) == len(keys)
    assert sorted(office.mail.keys + office.web.keys) == sorted(keys)


# -------------------------------------------------------------------------------------------------------------- lost leases


def lost_while_sending(office: PostOffice) -> Sending:
    """Send everything that is due in a process that is killed before it has written anything down."""
    killed = office.sending()
    killed.sweep()
    assert all(future.result(timeout=10) for future in killed._under_way)
    return killed


def test_a_webhook_that_was_sent_and_not_written_down_goes_out_again_under_its_key(office: PostOffice) -> None:
    office.call("a")
    lost_while_sending(office)
    assert office.send() == 0  # nobody takes it while the claim lasts
    office.after_the_lease()
    assert office.send() == 1
    assert office.web.given == [("a", 1), ("a", 2)]
    assert office.status("a") == Status.SENT
    assert office.actions("a") == ["effect.lapsed", "effect.sent"]


def test_an_e_mail_that_may_have_gone_out_is_left_to_an_administrator(office: PostOffice) -> None:
    office.note("a")
    lost_while_sending(office)
    office.after_the_lease()
    assert office.send() == 0
    assert office.status("a") == Status.UNSURE
    assert "may have gone out or not" in office.incident().message
    office.do(ResendEffect(key="a", reason="the recipient has not got it"))
    assert office.send() == 1
    assert office.mail.keys == ["a", "a"]
    assert office.status("a") == Status.SENT
    assert office.rows(incident)[0].resolution == "resent"


def test_an_e_mail_goes_out_again_where_the_setting_says_so(office: PostOffice) -> None:
    office.set_to("email_after_lost_lease", "again")
    office.note("a")
    lost_while_sending(office)
    office.after_the_lease()
    assert office.send() == 1
    assert (office.mail.keys, office.status("a")) == (["a", "a"], Status.SENT)


def test_a_worker_that_comes_back_late_is_still_believed_that_it_was_sent(office: PostOffice) -> None:
    office.note("a")
    late = lost_while_sending(office)
    office.after_the_lease()
    office.send()
    assert office.status("a") == Status.UNSURE
    late.stop()
    assert office.status("a") == Status.SENT
    assert office.rows(incident)[0].resolution == "done"


def test_a_worker_that_comes_back_late_with_a_failure_changes_nothing(office: PostOffice) -> None:
    office.web.answer = told([failing()])
    office.call("a")
    late = lost_while_sending(office)
    office.after_the_lease()
    assert office.send() == 1
    late.stop()
    assert (office.status("a"), office.web.keys) == (Status.SENT, ["a", "a"])


def test_an_effect_over_which_every_worker_is_lost_is_dead_in_the_end(office: PostOffice) -> None:
    office.set_to("effect_attempts", 3)
    office.call("a")
    for _ in range(3):
        lost_while_sending(office)
        office.after_the_lease()
    assert office.send() == 0
    assert office.status("a") == Status.DEAD
    assert "every worker" in office.incident().message


# -------------------------------------------------------------------------------------------------------------- back-off


def test_what_fails_is_tried_again_with_growing_delays_until_it_is_dead(office: PostOffice) -> None:
    office.mail.answer = lambda _effect, _now: failing()
    office.note("a")
    while office.send() and office.status("a") == Status.OPEN:
        office.clock.advance_to(from_stamp(office.row("a").next_at) - timedelta(seconds=1))
        assert office.send() == 0
        office.later(seconds=1)
    waits = [(after - before).total_seconds() for before, after in zip(office.mail.moments, office.mail.moments[1:], strict=False)]
    assert waits == [float(delay) for delay in DELAYS]
    assert (office.status("a"), office.row("a").attempts) == (Status.DEAD, 8)
    held = office.incident()
    assert (held.kind, held.work) == ("effect", "a")
    assert "after 8 attempts: the server is down" in held.message


def test_what_is_refused_is_dead_at_once_and_the_others_go_on(office: PostOffice) -> None:
    office.mail.answer = lambda effect, _now: failing(Outcome.REFUSED, "no such user") if effect.key == "b" else Delivery(outcome=Outcome.SENT)
    office.note("a", "b", "c")
    assert office.send() == 3
    assert [office.status(key) for key in "abc"] == [Status.SENT, Status.DEAD, Status.SENT]
    assert office.incident().work == "b"
    assert office.listed()[0]["status"] == "open"


# -------------------------------------------------------------------------------------------------------------- side by side


def test_a_slow_server_does_not_keep_the_other_waiting(office: PostOffice) -> None:
    release, begun = Event(), Event()

    def slow(_effect: Effect, _now: object) -> Delivery:
        begun.set()
        assert release.wait(20)
        return Delivery(outcome=Outcome.SENT)

    office.mail.answer = slow
    office.note(*(f"m{number}" for number in range(20)))
    office.call(*(f"w{number}" for number in range(6)))
    sending = office.sending(pause=0.05)
    sending.start()
    assert begun.wait(10)
    wait_until(lambda: len(office.rows(effect, effect.c.status == Status.SENT)) == 6)
    assert len(office.mail.given) == 4  # one server has no more attempts at the same time
    release.set()
    wait_until(lambda: len(office.rows(effect, effect.c.status == Status.SENT)) == 26)
    sending.stop()
    assert sorted(office.mail.keys) == sorted(f"m{number}" for number in range(20))


def test_many_are_sent_and_one_poison_mail_is_held(office: PostOffice) -> None:
    assert run(office, 60) == {"sent": 59, "dead": 1, "twice": 0}


def test_a_database_that_goes_away_loses_no_outcome_and_is_complained_of_once(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    office.note("a", "b")
    sending, tried = office.sending(pause=0.01), Event()
    sending.sweep()
    assert all(future.result(timeout=10) for future in sending._under_way)
    whole, left = office.database.writing, [5]

    def writing() -> object:
        if left[0]:
            left[0] -= 1
            raise OperationalError("BEGIN", {}, Exception("gone"))
        tried.set()
        return whole()

    monkeypatch.setattr(office.database, "writing", writing)
    monkeypatch.setattr("engine.door.FEW", 1)
    sending.start()
    assert tried.wait(20)
    wait_until(lambda: {row.status for row in office.rows(effect)} == {Status.SENT})
    sending.stop()
    assert [record.message for record in caplog.records if "effects wait" in record.message] == [
        "effects wait, the database does not take them now: OperationalError"
    ]
    assert sorted(office.mail.given) == [("a", 1), ("b", 1)]
