"""What an attempt may lead to, one by one, and what an administrator does about it. No database makes a difference here."""

from __future__ import annotations

from threading import Event

import pytest

from engine.effects.delivering import DELAYS, LONGEST, ClaimEffects, Outcome
from engine.effects.outbox import Effect, Status
from engine.effects.repairs import DropEffect, ResendEffect
from engine.execution.transports import Delivery
from engine.instances.repairs import RetryIncident, SkipIncident
from engine.kernel.clock import from_stamp
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from engine.kernel.points import listen
from engine.storage import Database
from engine.storage.schema import incident
from tests.effects.post import PostOffice, failing, told


@pytest.fixture
def office(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    return PostOffice.opened(sqlite_database, monkeypatch)


@pytest.mark.parametrize("key", ["", "a b", "a\r\nBcc: x@y.vn", "a@b", "x" * 61, ".a", "a..b"])
def test_a_key_that_could_not_stand_in_a_header_is_refused(office: PostOffice, key: str) -> None:
    with pytest.raises(InvalidInput, match="Expected a key"):
        office.note(key)


def test_a_person_cannot_claim(office: PostOffice) -> None:
    with pytest.raises(Denied):
        office.do(ClaimEffects(claim="one", room={"email": 4}), office.actor("quan.tri"))


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
    office.set_to("email_after_lost_lease", "again")
    office.do(ResendEffect(key="a", reason="asked"))
    office.send()
    assert office.status("a") == Status.OPEN
    office.later(seconds=DELAYS[0])
    office.send()
    assert office.status("a") == Status.SENT


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
    office.set_to("effect_attempts", 2)
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
