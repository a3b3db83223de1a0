"""An effect is sent at least once, and once where nothing is lost; what fails is tried again, then held; the others go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy.exc import OperationalError

from engine.directory.settings import ChangeSetting
from engine.effects.delivering import DELAYS, LONGEST, ClaimEffects, Outcome
from engine.effects.outbox import Effect, Status, request
from engine.effects.repairs import DropEffect, ResendEffect
from engine.execution.effects import Sending, send_due
from engine.execution.transports import Delivery
from engine.history.transaction import Transaction
from engine.instances.repairs import RetryIncident, SkipIncident
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import from_stamp, stopwatch
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from engine.kernel.points import listen
from engine.storage import Database, UnitOfWork
from engine.storage.schema import effect, incident
from tests.effects.many import run
from tests.effects.post import MAIL, PostOffice, failing, told


@pytest.fixture
def office(database: Database, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    return PostOffice.opened(database, monkeypatch)


def set_to(office: PostOffice, key: str, value: int | str) -> None:
    office.do(ChangeSetting(key=key, value=value, reason="test"))


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


@pytest.mark.parametrize("key", ["", "a b", "a\r\nBcc: x@y.vn", "a@b", "x" * 61, ".a", "a..b"])
def test_a_key_that_could_not_stand_in_a_header_is_refused(office: PostOffice, key: str) -> None:
    with pytest.raises(InvalidInput, match="Expected a key"):
        office.note(key)


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


def test_a_person_cannot_claim(office: PostOffice) -> None:
    with pytest.raises(Denied):
        office.do(ClaimEffects(claim="one", room={"email": 4}), office.actor("quan.tri"))


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
    set_to(office, "email_after_lost_lease", "again")
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
    set_to(office, "effect_attempts", 3)
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


def test_the_server_may_ask_for_a_longer_wait_within_bounds(office: PostOffice) -> None:
    office.web.answer = told([failing(wait=3600), failing(wait=1), failing(wait=10**8)])
    office.call("a")
    for seconds in (3600, DELAYS[1], LONGEST):
        office.send()
        wait = from_stamp(office.row("a").next_at) - office.clock.now()
        assert wait.total_seconds() == seconds
        office.later(seconds=seconds)
    office.send()
    assert office.status("a") == Status.SENT


def test_what_is_refused_is_dead_at_once_and_the_others_go_on(office: PostOffice) -> None:
    office.mail.answer = lambda effect, _now: failing(Outcome.REFUSED, "no such user") if effect.key == "b" else Delivery(outcome=Outcome.SENT)
    office.note("a", "b", "c")
    assert office.send() == 3
    assert [office.status(key) for key in "abc"] == [Status.SENT, Status.DEAD, Status.SENT]
    assert office.incident().work == "b"
    assert office.listed()[0]["status"] == "open"


def test_a_fault_of_a_transport_concerns_its_effect_alone(office: PostOffice, caplog: pytest.LogCaptureFixture) -> None:
    def broken(effect: Effect, _now: object) -> Delivery:
        if effect.key == "b":
            raise RuntimeError("a bug")
        return Delivery(outcome=Outcome.SENT)

    office.mail.answer = broken
    office.note("a", "b", "c")
    office.send()
    assert [office.status(key) for key in "abc"] == [Status.SENT, Status.OPEN, Status.SENT]
    assert "the program failed" in office.row("b").error


def test_a_lost_answer_leaves_an_e_mail_unsure_or_has_it_sent_again(office: PostOffice) -> None:
    office.mail.answer = told([failing(Outcome.UNKNOWN, "the answer was lost")] * 2)
    office.note("a")
    office.send()
    assert office.status("a") == Status.UNSURE
    set_to(office, "email_after_lost_lease", "again")
    office.do(ResendEffect(key="a", reason="asked"))
    office.send()
    assert office.status("a") == Status.OPEN
    office.later(seconds=DELAYS[0])
    office.send()
    assert office.status("a") == Status.SENT


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


def test_what_is_under_way_when_sending_stops_is_written_down(office: PostOffice) -> None:
    begun = Event()

    def answer(_effect: Effect, _now: object) -> Delivery:
        begun.set()
        return Delivery(outcome=Outcome.SENT)

    office.mail.answer = answer
    office.note("a")
    sending = office.sending()
    sending.start()
    assert begun.wait(10)
    sending.stop()
    assert office.status("a") == Status.SENT


def test_the_points_of_a_delivery_are_reached_in_order(office: PostOffice) -> None:
    seen: list[str] = []
    silence = listen(lambda point: seen.append(point) if point.startswith("effect.") else None)
    office.note("a")
    office.send()
    silence()
    assert seen == ["effect.claimed", "effect.sent", "effect.marked"]


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
    monkeypatch.setattr("engine.door.ATTEMPTS", 1)
    sending.start()
    assert tried.wait(20)
    wait_until(lambda: {row.status for row in office.rows(effect)} == {Status.SENT})
    sending.stop()
    assert [record.message for record in caplog.records if "effects wait" in record.message] == [
        "effects wait, the database does not take them now: OperationalError"
    ]
    assert sorted(office.mail.given) == [("a", 1), ("b", 1)]


# -------------------------------------------------------------------------------------------------------------- repairs


def test_an_administrator_drops_what_is_not_to_be_sent(office: PostOffice) -> None:
    office.note("a")
    office.do(DropEffect(key="a", reason="the meeting is off"), office.actor("quan.tri"))
    assert office.send() == 0
    assert office.status("a") == Status.DROPPED
    assert office.record("effect.dropped")["reason"]["text"] == "the meeting is off"


def test_what_is_settled_or_being_sent_or_lacks_a_reason_is_not_sent_again(office: PostOffice) -> None:
    office.note("a")
    with pytest.raises(InvalidInput, match="Expected a reason"):
        office.do(ResendEffect(key="a", reason=" "))
    office.do(ClaimEffects(claim="one", room={"email": 1}))
    with pytest.raises(Refused, match="a worker is sending it"):
        office.do(ResendEffect(key="a", reason="now"))
    office.after_the_lease()
    office.send()
    office.do(DropEffect(key="a", reason="it came"))
    with pytest.raises(Refused, match="dropped"):
        office.do(ResendEffect(key="a", reason="now"))
    with pytest.raises(NotFound, match="chidao effects"):
        office.do(ResendEffect(key="nothing", reason="now"))


def test_only_an_administrator_resends_and_drops(office: PostOffice) -> None:
    office.note("a")
    for command in (ResendEffect(key="a", reason="now"), DropEffect(key="a", reason="now")):
        with pytest.raises(Denied):
            office.do(command, office.actor("van.thu"))
    assert office.status("a") == Status.OPEN


def test_the_incident_of_an_effect_is_ended_by_its_own_commands_alone(office: PostOffice) -> None:
    office.mail.answer = lambda _effect, _now: failing(Outcome.REFUSED)
    office.note("a")
    office.send()
    identity = office.incident().id
    for command in (RetryIncident(incident=identity, reason="x"), SkipIncident(incident=identity, reason="x")):
        with pytest.raises(Refused, match="chidao effect resend a"):
            office.do(command)
    office.do(DropEffect(key="a", reason="the address was wrong"))
    assert office.rows(incident)[0].resolution == "dropped"


def test_an_effect_that_is_sent_again_has_all_its_attempts_before_it(office: PostOffice) -> None:
    set_to(office, "effect_attempts", 2)
    office.mail.answer = told([failing()] * 3)
    office.note("a")
    office.send()
    office.later(seconds=DELAYS[0])
    office.send()
    assert office.status("a") == Status.DEAD
    office.do(ResendEffect(key="a", reason="the server is back"))
    office.send()
    office.later(seconds=DELAYS[0])
    office.send()
    assert office.status("a") == Status.SENT
    assert office.rows(incident, incident.c.resolved_at.is_(None)) == []


def wait_until(condition: Callable[[], bool], *, seconds: float = 20) -> None:
    end = stopwatch() + seconds
    while not condition():
        assert stopwatch() < end, "it took too long"
        Event().wait(0.02)
