"""The case of a letter that urges to do what an earlier one asked for, led step by step."""

from __future__ import annotations

from typing import Any

from tests.processes.arriving import WITHDRAWN, arrived, done
from tests.processes.issuing import issue
from tests.processes.walk import Walk, one

WAITING = {"track_closed", "track_sunset", WITHDRAWN}


def case(standing: str, action: str = "execute", *, assignments: tuple[str, ...] = (), **linked: Any) -> Walk:
    """`linked`: what the operation finds out about the earlier case."""
    first = standing == "first"
    urged = {"standing": standing, "followed": "" if first else "D0", "urge_number": 2 if standing == "urge" else 0}
    walk = Walk("urge_relay", directive="D1", issuer="PROVINCE", sunset="2024-12-31", **urged)
    arrived(walk, action, *assignments)
    wanted = {"directive": "D1", "followed": urged["followed"], "standing": standing}
    assert walk.parameters("link") == wanted
    return walk.answer("link", **({"waits": True} if first else {"assignments": [], "waits": standing == "urge"} | linked))


def explained(walk: Walk) -> Walk:
    walk.complete("explain").complete("confirm")
    assert walk.parameters("answer") == {"followed": "D0", "urge_number": 2, "form": "explain"}
    return walk.answer("answer")


def test_the_leader_sees_the_number_of_the_urge_and_the_letter_that_it_is_about() -> None:
    walk = Walk("urge_relay", directive="D1", issuer="P", sunset="2024-12-31", standing="urge", followed="D0", urge_number=2)
    walk.answer("in_ack").answer("in_look", duplicates=[], urgency="normal", problem="").complete("in_check").complete("in_register")
    walk.answer("in_record", arrival_number=7).answer("in_accept")
    task = one(walk.outcome.tasks, "in_instruct")
    assert (task.data["urge_number"], task.data["followed"], task.data["standing"]) == (2, "D0", "urge")


def test_whoever_was_silent_explains_and_waits_until_the_earlier_letter_is_closed() -> None:
    walk = explained(case("urge"))
    assert walk.open == WAITING
    done(walk.deliver("directive.closed", "D1"))


def test_the_leader_may_want_a_better_explanation() -> None:
    walk = case("urge").complete("explain").complete("confirm", decision="return", comment="Nêu rõ thời hạn.")
    assert explained(walk).open == WAITING


def test_whoever_has_reported_only_receives_the_letter() -> None:
    done(case("note"))


def test_whoever_never_had_the_earlier_letter_carries_this_one_out_like_a_first_one() -> None:
    walk = case("first", assignments=("A1",)).answer("ex_status")
    assert {"as_open"} | WAITING <= walk.open
    done(walk.deliver("directive.closed", "D1"))


def test_nobody_is_asked_to_explain_when_the_earlier_letter_was_closed_meanwhile() -> None:
    done(case("urge", waits=False))


def test_work_that_the_letter_adds_is_carried_out_beside_the_earlier_one() -> None:
    walk = Walk("urge_relay", directive="D1", issuer="P", sunset="2024-12-31", standing="note", followed="D0", urge_number=0)
    arrived(walk, "execute", "A1").answer("link", waits=True).answer("ex_status")
    assert "as_open" in walk.open


def test_a_letter_that_is_handed_down_is_closed_below_when_it_ends() -> None:
    walk = issue(case("note", "forward"), "D2")
    assert walk.open == WAITING
    walk.fire("track_sunset").complete("cl_close").answer("cl_record", recipients=["A"])
    assert (walk.sent[-1].message, walk.sent[-1].key) == ("directive.closed", "D2")
    done(walk)


def test_a_withdrawn_letter_leaves_nothing_open() -> None:
    walk = case("urge").deliver("directive.withdrawn", "D1").answer("ev_withdrawn_status")
    assert (walk.outcome.ended, walk.open) == (True, set())
