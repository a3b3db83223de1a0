"""A running instance goes on in another version of its diagram, or it is said why not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.bpmn import Migration, Moved, positions
from engine.bpmn.serialise import read_row
from tests.bpmn.diagrams import NOW, Run, chain, document, el, flow, many, message, process, timer


def drawn(body: str, *messages: str) -> bytes:
    return document(process(body), messages=messages)


def line(*ids: str) -> bytes:
    """A version in which people do one task after the other."""
    return drawn(el("startEvent", "s") + "".join(el("userTask", id) for id in ids) + el("endEvent", "e") + chain("s", *ids, "e"))


def migration(run: Run, xml: bytes, **mapping: str) -> Migration:
    return Migration(run.definition, Run(xml, LISTS).definition, mapping=mapping)


LISTS = {"people": ["an", "binh"], "unit": "u1"}


def moved(run: Run, xml: bytes, **mapping: str) -> Run:
    """The run in the version `xml`, an hour later."""
    found = migration(run, xml, **mapping).move(run.out.state, now=NOW + timedelta(hours=1))
    assert isinstance(found, Moved), found
    after = Run(xml, LISTS)
    after.now, after.out, after.path = NOW + timedelta(hours=1), found.outcome, []
    return after


def obstacles(run: Run, xml: bytes, **mapping: str) -> list[tuple[str, str]]:
    found = migration(run, xml, **mapping).move(run.out.state, now=NOW)
    assert isinstance(found, tuple), found
    assert all(each.message.startswith("Expected ") for each in found)
    return [(each.code, each.element) for each in found]


def test_an_instance_passes_what_was_inserted_before_it_and_does_what_was_inserted_behind() -> None:
    run = Run(line("a", "b"))
    task = run.out.tasks[0].id
    after = moved(run, line("x", "a", "y", "b"))
    assert [(each.element, each.id) for each in after.out.tasks] == [("a", task)]
    for element in ("a", "y", "b"):
        after.complete(element)
    assert after.out.ended
    assert after.path == ["a", "y", "b", "e"]


def test_a_renamed_task_is_found_by_the_mapping_alone() -> None:
    run = Run(line("a", "b"))
    assert obstacles(run, line("first", "b")) == [("removed", "a")]
    assert moved(run, line("first", "b"), a="first").open == ["first"]


def test_a_task_that_became_an_event_is_refused() -> None:
    run = Run(line("a"))
    waits = drawn(el("startEvent", "s") + el("intermediateCatchEvent", "a", message("m")) + el("endEvent", "e") + chain("s", "a", "e"), "m")
    assert obstacles(run, waits) == [("type", "a")]


def bounded(duration: str, *, id: str = "late", interrupting: str = "true") -> bytes:
    boundary = el("boundaryEvent", id, timer(duration), attachedToRef="a", cancelActivity=interrupting)
    body = el("startEvent", "s") + el("userTask", "a") + boundary + el("userTask", "urge") + el("endEvent", "e") + el("endEvent", "f")
    return drawn(body + chain("s", "a", "e") + chain(id, "urge", "f"))


def test_a_timer_keeps_its_moment_though_the_new_version_says_another() -> None:
    run = Run(bounded("P3D"))
    after = moved(run, bounded("P30D"))
    assert after.out.timers == run.out.timers
    assert after.fire("late").tasks[0].element == "urge"


def test_a_boundary_timer_that_is_new_counts_from_the_migration() -> None:
    run = Run(line("a"))
    found = migration(run, bounded("P1D")).move(run.out.state, now=NOW + timedelta(hours=1))
    assert isinstance(found, Moved)
    assert found.listening == ("late",)
    assert [each.due for each in found.outcome.timers] == [NOW + timedelta(hours=1, days=1)]


def test_a_boundary_timer_that_is_gone_falls_silent() -> None:
    run = Run(bounded("P1D"))
    found = migration(run, line("a")).move(run.out.state, now=NOW)
    assert isinstance(found, Moved)
    assert found.silent == ("late",)
    assert found.outcome.timers == ()


def test_a_timer_that_has_fired_does_not_begin_anew() -> None:
    run = Run(bounded("P1D", interrupting="false"))
    run.fire("late")
    after = moved(run, bounded("P2D", interrupting="false"))
    assert after.out.timers == ()
    assert after.open == ["a", "urge"]


def waiting(name: str, *, id: str = "w", key: str = "unit") -> bytes:
    event = el("intermediateCatchEvent", id, message(name), chidao__key=key)
    return drawn(el("startEvent", "s") + event + el("endEvent", "e") + chain("s", id, "e"), name)


def test_a_message_goes_on_being_waited_for_with_its_key() -> None:
    run = Run(waiting("report.sent"), LISTS)
    after = moved(run, waiting("report.sent", id="arrival", key="'other'"), w="arrival")
    assert [(each.id, each.element, each.key) for each in after.out.subscriptions] == [(run.out.subscriptions[0].id, "arrival", "u1")]
    assert after.deliver("arrival").ended


def test_another_message_is_refused_unless_the_mapping_names_the_element() -> None:
    run = Run(waiting("report.sent"), LISTS)
    assert obstacles(run, waiting("report.final")) == [("message", "w")]
    assert moved(run, waiting("report.final"), w="w").out.subscriptions[0].message == "report.final"


def served(operation: str) -> bytes:
    return drawn(el("startEvent", "s") + el("serviceTask", "k", chidao__operation=operation) + el("endEvent", "e") + chain("s", "k", "e"))


def test_an_operation_under_way_stays_and_another_one_is_refused() -> None:
    run = Run(served("file"))
    assert moved(run, served("file")).out.operations == run.out.operations
    assert obstacles(run, served("burn")) == [("operation", "k")]


def forked(*branches: str, join: str = "j", kind: str = "parallelGateway", **flows: str) -> bytes:
    nodes = el("startEvent", "s") + el(kind, "f") + "".join(el("userTask", id) for id in branches) + el(kind, join) + el("userTask", "z")
    ways = "".join(flow("f", id, "True" if kind == "inclusiveGateway" else None) + flow(id, join, id=flows.get(id)) for id in branches)
    return drawn(nodes + el("endEvent", "e") + flow("s", "f") + ways + chain(join, "z", "e"))


@pytest.mark.parametrize("kind", ["parallelGateway", "inclusiveGateway"])
def test_a_join_that_is_half_full_keeps_its_token_when_its_flows_are_renamed(kind: str) -> None:
    run = Run(forked("a", "b", kind=kind))
    run.complete("a")
    after = moved(run, forked("a", "b", join="both", kind=kind, a="from-a"), j="both")
    assert after.open == ["b"]
    assert after.complete("b").tasks[0].element == "z"


def test_a_token_at_a_join_whose_flow_is_gone_is_refused() -> None:
    run = Run(forked("a", "b", "c"))
    run.complete("a")
    assert obstacles(run, forked("b", "c")) == [("flow", "j")]


def test_a_branch_drawn_beside_tokens_that_are_inside_is_refused() -> None:
    run = Run(forked("a", "b"))
    assert obstacles(run, forked("a", "b", "c")) == [("join", "j")]


def test_a_branch_drawn_before_the_tokens_reach_the_fork_is_carried_out() -> None:
    run = Run(line("first"))
    later = forked("a", "b").replace(b'sourceRef="s" targetRef="f"', b'sourceRef="s" targetRef="first"')
    later = later.replace(b"</bpmn:process>", (el("userTask", "first") + flow("first", "f")).encode() + b"</bpmn:process>")
    after = moved(run, later)
    assert after.complete("first").tasks[0].element == "a"
    assert after.open == ["a", "b"]


def test_branches_drawn_one_after_the_other_would_be_done_twice() -> None:
    run = Run(forked("a", "b"))
    assert obstacles(run, line("a", "b", "z")) == [("twice", "a")]


def test_a_branch_rubbed_out_under_its_token_is_refused() -> None:
    run = Run(forked("a", "b", "c"))
    run.complete("a")
    run.complete("b")
    assert obstacles(run, forked("a", "b")) == [("removed", "c")]


def raced(*events: tuple[str, str]) -> bytes:
    nodes = "".join(el("intermediateCatchEvent", id, timer(text)) + el("endEvent", f"e{id}") for id, text in events)
    ways = "".join(chain("g", id, f"e{id}") for id, _ in events)
    return drawn(el("startEvent", "s") + el("eventBasedGateway", "g") + nodes + flow("s", "g") + ways)


def test_events_behind_an_event_based_gateway_come_and_go() -> None:
    run = Run(raced(("x", "P1D"), ("y", "P2D")))
    after = moved(run, raced(("y", "P9D"), ("z", "P3D")))
    assert {each.element: each.due - NOW for each in after.out.timers} == {"y": timedelta(days=2), "z": timedelta(days=3, hours=1)}
    assert after.fire("z").ends == ("ez",)
    assert obstacles(run, raced(("other", "P1D"))) == [("removed", "g")]


def nested(*, inside: str = "sub", task: str = "t", more: str = "") -> bytes:
    body = el("startEvent", "s2") + el("userTask", task) + el("endEvent", "e2") + chain("s2", task, "e2") + more
    return drawn(el("startEvent", "s") + el("subProcess", inside, body) + el("endEvent", "e") + chain("s", inside, "e"))


def test_what_stands_inside_a_sub_process_follows_it() -> None:
    run = Run(nested())
    after = moved(run, nested(inside="part", task="u"), sub="part", t="u")
    assert after.out.tasks[0].call_path == ("part",)
    assert after.complete("u").ended


def test_what_moved_out_of_its_sub_process_is_refused() -> None:
    assert obstacles(Run(nested()), line("t")) == [("removed", "sub")]
    out = drawn(
        el("startEvent", "s")
        + el("subProcess", "sub", el("startEvent", "s2") + el("endEvent", "e2") + chain("s2", "e2"))
        + el("userTask", "t")
        + el("endEvent", "e")
        + chain("s", "sub", "t", "e")
    )
    assert obstacles(Run(nested()), out) == [("moved", "t")]


def handled(text: str) -> str:
    start = el("startEvent", "hs", timer(text), isInterrupting="false")
    return el("subProcess", "h", start + el("userTask", "ht") + el("endEvent", "he") + chain("hs", "ht", "he"), triggeredByEvent="true")


def test_an_event_sub_process_that_is_new_listens_and_one_that_is_gone_falls_silent() -> None:
    run = Run(nested())
    after = moved(run, nested(more=handled("P1D")))
    assert [each.element for each in after.out.timers] == ["hs"]
    assert moved(after, nested()).out.timers == ()
    after.fire("hs")
    assert after.open == ["ht", "t"]
    assert obstacles(after, nested()) == [("removed", "h")]


def free(*inner: str, **attributes: str) -> bytes:
    return drawn(el("startEvent", "s") + el("adHocSubProcess", "h", "".join(inner), **attributes) + el("endEvent", "e") + chain("s", "h", "e"))


def test_an_ad_hoc_sub_process_offers_what_is_new_and_keeps_what_was_done() -> None:
    run = Run(free(el("userTask", "a"), el("userTask", "b"), el("scriptTask", "c", "<bpmn:script>x = 1</bpmn:script>")))
    run.complete("a")
    assert (run.open, run.out.choices[0].flows) == (["b"], ("c",))
    after = moved(run, free(el("userTask", "a"), el("userTask", "b2"), el("userTask", "d")), b="b2")
    assert (after.open, after.out.choices) == (["b2", "d"], ())
    after.complete("b2")
    assert after.complete("d").ended
    inside = el("startEvent", "s2") + el("userTask", "b") + el("endEvent", "e2") + chain("s2", "b", "e2")
    bound = drawn(el("startEvent", "s") + el("subProcess", "h", inside) + el("endEvent", "e") + chain("s", "h", "e"))
    assert ("type", "h") in obstacles(run, bound)
    assert obstacles(run, free(el("userTask", "a") + el("userTask", "b") + flow("a", "b"))) == [("flow", "b")]


def test_a_data_object_with_a_value_is_not_lost() -> None:
    def kept(*names: str, first: str = "") -> bytes:
        objects = "".join(el("dataObject", f"o_{name}", name=name) for name in names)
        ids = ("s2", "w", "t", "e2") if first else ("s2", "t", "e2")
        steps = el("startEvent", "s2") + (el("scriptTask", "w", f"<bpmn:script>{first}</bpmn:script>") if first else "")
        inside = objects + steps + el("userTask", "t") + el("endEvent", "e2") + chain(*ids)
        return drawn(el("startEvent", "s") + el("subProcess", "sub", inside) + el("endEvent", "e") + chain("s", "sub", "e"))

    assert moved(Run(kept("note")), kept("note", "more")).open == ["t"]
    assert moved(Run(kept("note")), kept()).open == ["t"]
    filled = Run(kept("note", first="note = 1"))
    assert obstacles(filled, kept(first="other = 1")) == [("data", "sub")]
    assert moved(filled, kept("note", first="note = 2")).open == ["t"]


def each(repetition: str) -> bytes:
    return drawn(el("startEvent", "s") + el("userTask", "a", repetition) + el("endEvent", "e") + chain("s", "a", "e"))


def test_many_in_progress_go_on_and_are_refused_when_they_are_repeated_otherwise() -> None:
    run = Run(each(many()), LISTS)
    run.complete("a")
    assert moved(run, each(many())).complete("a").ended
    assert obstacles(run, each(many(sequential=True))) == [("repetition", "a")]
    assert ("repetition", "a") in obstacles(run, line("a"))
    assert obstacles(Run(line("a")), each(many())) == [("repetition", "a")]


def test_many_sub_processes_in_progress_follow_with_all_that_is_inside() -> None:
    def version(inside: str, step: str, last: str) -> bytes:
        inner = el("startEvent", "s2") + el("userTask", step) + el("userTask", last) + el("endEvent", "e2") + chain("s2", step, last, "e2")
        return drawn(el("startEvent", "s") + el("subProcess", inside, many() + inner) + el("endEvent", "e") + chain("s", inside, "e"))

    run = Run(version("sub", "t", "u"), LISTS)
    run.complete("t")
    after = moved(run, version("part", "step", "last"), sub="part", t="step", u="last")
    assert after.open == ["last", "step"]
    assert {task.data["person"] for task in after.out.tasks} == {"an", "binh"}
    after.complete("step")
    after.complete("last")
    assert after.complete("last").ended


def test_a_called_process_follows_by_its_own_names() -> None:
    def version(step: str) -> bytes:
        inner = process(el("startEvent", "s") + el("userTask", step) + el("endEvent", "e") + chain("s", step, "e"), id="inner")
        return document(process(el("startEvent", "s") + el("callActivity", "c", calledElement="inner") + el("endEvent", "e") + chain("s", "c", "e")) + inner)

    run = Run(version("t"))
    found = migration(run, version("u"), **{"inner/t": "inner/u"}).move(run.out.state, now=NOW)
    assert isinstance(found, Moved)
    assert [(task.element, task.call_path) for task in found.outcome.tasks] == [("u", ("c",))]
    assert obstacles(run, version("u"), **{"p/t": "u"}) == [("removed", "t")]


def test_values_that_the_new_version_needs_are_put_in_where_they_are_missing() -> None:
    run = Run(line("a"), {"unit": "u7"})
    found = Migration(run.definition, run.definition, mapping={}, given={"unit": "x", "level": 2}).move(run.out.state, now=NOW)
    assert isinstance(found, Moved)
    assert found.outcome.data == {"unit": "u7", "level": 2}


def test_a_value_that_a_new_listener_needs_and_the_instance_lacks_is_named() -> None:
    boundary = el("boundaryEvent", "b", message("m"), attachedToRef="a", chidao__key="dossier")
    body = el("startEvent", "s") + el("userTask", "a") + boundary + el("endEvent", "e") + el("endEvent", "f") + chain("s", "a", "e") + flow("b", "f")
    run = Run(line("a"))
    found = Migration(run.definition, Run(drawn(body, "m"), {"dossier": "d"}).definition, mapping={}).move(run.out.state, now=NOW)
    assert isinstance(found, tuple)
    assert (found[0].code, found[0].element) == ("failed", "b")
    assert "dossier" in found[0].message


def test_a_migration_to_the_same_version_changes_nothing() -> None:
    run = Run(bounded("P1D"))
    assert read_row(moved(run, bounded("P1D")).out.state) == read_row(run.out.state)


def test_positions_tell_where_tokens_stand() -> None:
    run = Run(nested(more=handled("P1D")))
    found = {(each.process, each.element, each.call_path, each.kind) for each in positions(run.definition, run.out.state)}
    assert found == {("p", "t", ("sub",), "task"), ("p", "hs", ("sub",), "timer")}


def test_a_state_that_is_none_of_the_version_is_said_not_to_fit() -> None:
    stranger = Run(line("x")).out.state
    run = Run(line("a"))
    for state in (stranger, b"no state at all"):
        found = migration(run, line("a")).move(state, now=NOW)
        assert isinstance(found, tuple)
        assert [each.code for each in found] == ["failed"]
        assert [each.kind for each in positions(run.definition, state)] == ["unreadable"]
