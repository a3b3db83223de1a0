"""Conditions, timers and lists that other tools wrote: mapped where they surely mean the same, refused with their place elsewhere."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from engine.bpmn import check, compile_definition, evaluate
from engine.bpmn.language.foreign_expressions import language_of, translated
from engine.kernel.errors import DefinitionInvalid, InvalidInput
from tests.bpmn.diagrams import NOW, Run, chain, document, el, flow, process, timer

FEEL_URI = "https://www.omg.org/spec/DMN/20191111/FEEL/"


def ours(source: str, language: str | None = None, **more: Any) -> str:
    text = translated(source, language, **more)
    check(text)
    return text


def value(source: str, **data: Any) -> Any:
    return evaluate(translated(source), data, {}, now=NOW)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${amount > 100}", "amount > 100"),
        ("#{ amount le 100 }", "amount <= 100"),
        ("${!approved}", "not truth(approved)"),
        ("${!a == b}", "same(not truth(a), b)"),
        ("${not (a && b)}", "not (truth(a) and truth(b))"),
        ("${a && !b || c}", "(truth(a) and (not truth(b))) or truth(c)"),
        ("${a eq 'x' and b ne null}", 'same(a, "x") and (b != null)'),
        ('${a == "it\'s \\"so\\""}', 'same(a, "it\'s \\"so\\"")'),
        ("${order.customer.total >= 1.5}", "order.customer.total >= 1.5"),
        ("${rows[0]['n'] lt 5}", '((rows[0])["n"]) < 5'),
        ("${empty list}", "is_empty(list)"),
        ("${not empty list}", "not is_empty(list)"),
        ("${a ? 'x' : 'y'}", '"x" if truth(a) else "y"'),
        ("${a + b > 3}", "(0 + a + b) > 3"),
        ("${a + 1 - b * 2 div c}", "(a + 1) - ((b * 2) / c)"),
        ("${nrOfCompletedInstances/nrOfInstances >= 0.6}", "(nrOfCompletedInstances / nrOfInstances) >= 0.6"),
        ("${-x > -5}", "(-x) > (-5)"),
        ("${dueDate}", "dueDate"),
        ('=amount > 100 and status = "x"', '(amount > 100) and same(status, "x")'),
        ("= not(a) or count(list) != 2", "(not truth(a)) or (not same(len(list), 2))"),
        ("=if a then 1 else 2", "1 if truth(a) else 2"),
        ("=x in [1..5]", "1 <= x <= 5"),
        ("=x in ]1..5[", "1 < x < 5"),
        ("=x in (1..5]", "1 < x <= 5"),
        ('=x in ("a", "b")', 'x in ["a", "b"]'),
        ('=x in ["a", "b"]', 'x in ["a", "b"]'),
        ("=list contains(names, n)", "n in names"),
        ("=x between 1 and 5 and y", "(1 <= x <= 5) and truth(y)"),
        ("=some r in rows satisfies r.ok", "any([truth(r.ok) for r in rows])"),
        ("=every r in rows satisfies r.n > 1", "all([(r.n > 1) for r in rows])"),
        ("=for r in rows return r.n + 1", "[(r.n + 1) for r in rows]"),
        ('=starts with(upper case(name), "A")', 'starts_with(upper(name), "A")'),
        ("=string length(s) * 2", "len(s) * 2"),
        ("=x = null", "x == null"),
        ('=now() + duration("P1D")', 'now() + duration("P1D")'),
        ('=@"2024-01-01" < today()', 'date("2024-01-01") < today()'),
        ('=date and time("2024-01-01T08:00:00+07:00")', 'time("2024-01-01T08:00:00+07:00")'),
        ('="P1D"', '"P1D"'),
        ("amount > 100", "amount > 100"),
        (" a == 'x' ", "a == 'x'"),
    ],
)
def test_what_surely_means_the_same_is_put_into_our_language(source: str, expected: str) -> None:
    assert ours(source) == expected


@pytest.mark.parametrize(
    ("source", "language", "piece", "column"),
    [
        ("${service.check(x)}", "JUEL", ".check(", 10),
        ("${check(x)}", "JUEL", "check(", 3),
        ("${status.equals('a')}", "JUEL", ".equals(", 9),
        ("${execution.x == 1}", "JUEL", "execution", 3),
        ("${execution.getVariable('x')}", "JUEL", "execution", 3),
        ("${a % 2 == 0}", "JUEL", "%", 5),
        ("${a == b == c}", "JUEL", "==", 10),
        ("${1 < 2 < 3}", "JUEL", "<", 9),
        ("${a > 'b'}", "JUEL", ">", 5),
        ("${a + 'b'}", "JUEL", "+", 5),
        ("${a}${b}", "JUEL", "${b}", 5),
        ("${a} b", "JUEL", "b", 6),
        ("${class == 1}", "JUEL", "class", 3),
        ("${_x == 1}", "JUEL", "_", 3),
        ("${loopCounter == 1}", "JUEL", "loopCounter", 3),
        ("${a = 1}", "JUEL", "=", 5),
        ("${values:get(x)}", "JUEL", ":", 9),
        ("${a instanceof b}", "JUEL", "instanceof", 5),
        ("${", "JUEL", "the end", 3),
        ("${a == 007}", "JUEL", "007", 8),
        ("${'\\d'}", "JUEL", "\\d", 4),
        ("=a-b > 3", "FEEL", "-", 3),
        ("=list[1] = 2", "FEEL", "[", 6),
        ('=Vacation Approval = "Approved"', "FEEL", "Approval", 11),
        ("=is defined(x)", "FEEL", "is defined(", 2),
        ("=get or else(x, 1)", "FEEL", "else", 9),
        ('=matches(x, "a+")', "FEEL", "matches(", 2),
        ('=date and time("2024-01-01T00:00:00")', "FEEL", "2024-01-01T00:00:00", 2),
        ("={a: 1}", "FEEL", "{", 2),
        ("=x**2", "FEEL", "**", 3),
        ("=x instance of number", "FEEL", "instance", 4),
        ("=a > 1; b", "FEEL", ";", 7),
        ("=", "FEEL", "the end", 2),
        ("=" + "(" * 40 + "1" + ")" * 40, "FEEL", "(", 27),
    ],
)
def test_what_could_mean_something_else_is_refused_with_language_piece_and_column(source: str, language: str, piece: str, column: int) -> None:
    with pytest.raises(InvalidInput, match=f"^Expected {language} .*{re.escape(repr(piece)[1:-1])}.* at column {column}\\. ") as refusal:
        translated(source)
    assert refusal.value.details["column"] == column


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("Hello ${name}", "nothing around it"),
        ("execution.getVariable('x') > 1", "a call of another engine"),
        ("getVariable('x') > 1", "a call of another engine"),
        ("bpmn:getDataObject('approved')", "a call of another engine"),
    ],
)
def test_what_only_another_engine_knows_is_refused(source: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        translated(source)


def test_a_word_of_another_engine_in_a_text_is_a_text() -> None:
    assert ours("note == 'execution.x'") == "note == 'execution.x'"


@pytest.mark.parametrize(
    ("language", "of_file", "found"),
    [
        (None, None, None),
        ("", "http://www.w3.org/1999/XPath", None),
        (None, "http://www.w3.org/1999/xhtml", None),
        (None, "urn:chidao:bpmn:1", None),
        ("http://www.w3.org/1999/XPath", None, "XPath"),
        ("feel", None, "FEEL"),
        (FEEL_URI, None, "FEEL"),
        ("http://www.omg.org/spec/FEEL/20140401", None, "FEEL"),
        (None, FEEL_URI, "FEEL"),
        ("http://camunda.org/schema/juel", None, "JUEL"),
        ("JUEL", None, "JUEL"),
        ("text/groovy", None, "Groovy"),
        (None, "http://groovy.codehaus.org/", "Groovy"),
        ("application/javascript", None, "JavaScript"),
        ("http://www.java.com/java", None, "Java"),
        ("http://www.mvel.org/2.0", None, "MVEL"),
        ("python", FEEL_URI, None),
        ("cobol", None, "cobol"),
    ],
)
def test_the_language_is_told_by_its_name_and_xpath_by_default_is_no_language(language: str | None, of_file: str | None, found: str | None) -> None:
    assert language_of(language, of_file=of_file) == found


def test_a_language_without_its_sign_is_read_as_that_language() -> None:
    assert ours('status = "x"', FEEL_URI) == 'same(status, "x")'
    assert ours('status = "x"', of_file=FEEL_URI) == 'same(status, "x")'
    with pytest.raises(InvalidInput, match="one JUEL expression"):
        translated("approved", "juel")
    with pytest.raises(InvalidInput, match="but found Groovy"):
        translated("approved", "groovy")
    with pytest.raises(InvalidInput, match="but found XPath"):
        translated("approved", "http://www.w3.org/1999/XPath")


@pytest.mark.parametrize("said", ["false", 1, 0, "", None])
def test_only_true_and_false_decide_where_the_other_language_would_convert(said: Any) -> None:
    assert translated("${approved}", condition=True) == "truth(approved)"
    for source in ("${approved && true}", "=not(approved)"):
        with pytest.raises(InvalidInput, match="Expected true or false, but found"):
            value(source, approved=said)


def test_a_comparison_that_a_conversion_would_decide_fails_instead_of_being_false() -> None:
    assert value("${count == 5}", count=5) is True
    assert value("${count == 5}", count=None) is False
    with pytest.raises(InvalidInput, match="two values of one kind"):
        value("${count == 5}", count="5")
    with pytest.raises(InvalidInput, match="two values of one kind"):
        value("${approved == 'true'}", approved=True)
    with pytest.raises(InvalidInput, match="operator joins"):
        value("${a + b == 12}", a="1", b="2")


@pytest.mark.parametrize(("a", "empty"), [(None, True), ("", True), ([], True), ({}, True), (0, False), (False, False), ("x", False)])
def test_empty_is_nothing_and_not_zero(a: Any, empty: bool) -> None:
    assert value("${empty a}", a=a) is empty


# --- in diagrams ----------------------------------------------------------------------------------------------------


def split(yes: str, no: str) -> bytes:
    gateway = el("exclusiveGateway", "g") + el("userTask", "yes") + el("userTask", "no")
    flows = chain("s", "ask", "g") + flow("g", "yes", yes) + flow("g", "no", no)
    return document(process(el("startEvent", "s") + el("userTask", "ask") + gateway + flows))


@pytest.mark.parametrize(("yes", "no"), [("${approved}", "${!approved}"), ("=approved", "=not(approved)"), ("#{approved == true}", "=approved = false")])
def test_a_gateway_of_another_tool_decides(yes: str, no: str) -> None:
    for approved in (True, False):
        run = Run(split(yes, no))
        run.complete("ask", approved=approved)
        assert run.open == ["yes" if approved else "no"]


@pytest.mark.parametrize(("text", "kind"), [("${due}", "timeDate"), ('="P1D"', "timeDuration"), ('=duration("P1D")', "timeDuration"), ("${ span }", "timeDuration")])
def test_a_timer_of_another_tool_is_due(text: str, kind: str) -> None:
    body = el("startEvent", "s") + el("intermediateCatchEvent", "t", timer(text.replace('"', "&quot;"), kind)) + chain("s", "t")
    run = Run(document(process(body)), {"due": (NOW + timedelta(days=1)).isoformat(), "span": "P1D"})
    assert run.out.timers[0].due == NOW + timedelta(days=1)


def looped(attributes: str, inner: str = "", items: str = "") -> bytes:
    spaces = (
        'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:flowable="http://flowable.org/bpmn" '
        'xmlns:activiti="http://activiti.org/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    )
    many = f"{items}<bpmn:multiInstanceLoopCharacteristics {spaces} {attributes}>{inner}</bpmn:multiInstanceLoopCharacteristics>"
    return document(process(el("startEvent", "s") + el("userTask", "each", many) + el("endEvent", "e") + chain("s", "each", "e")))


ZEEBE = '<bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=people" inputElement="person" {more}/></bpmn:extensionElements>'


@pytest.mark.parametrize(
    "content",
    [
        looped('camunda:collection="people" camunda:elementVariable="person"'),
        looped('camunda:collection="${people}" camunda:elementVariable="person"'),
        looped('flowable:collection="#{ people }" flowable:elementVariable="person"'),
        looped('activiti:collection="people" activiti:elementVariable="person"'),
        looped("", ZEEBE.format(more="")),
        looped("", '<bpmn:loopDataInputRef>${people}</bpmn:loopDataInputRef><bpmn:inputDataItem name="person"/>'),
    ],
)
def test_a_list_that_another_tool_names_is_worked_through(content: bytes) -> None:
    run = Run(content, {"people": ["An", "Bình"]})
    assert [task.data["person"] for task in run.out.tasks] == ["An", "Bình"]


def test_results_are_collected_as_zeebe_names_them() -> None:
    run = Run(looped("", ZEEBE.format(more='outputElement="=answer" outputCollection="answers"')), {"people": ["An", "Bình"]})
    run.complete("each", which=1, answer="b")
    run.complete("each", answer="a")
    assert run.out.data["answers"] == ["a", "b"]


def test_a_completion_condition_of_another_tool_counts_instances() -> None:
    until = "<bpmn:completionCondition>${nrOfCompletedInstances/nrOfInstances &gt;= 0.5}</bpmn:completionCondition>"
    run = Run(looped('camunda:collection="people" camunda:elementVariable="person"', until), {"people": [1, 2, 3, 4]})
    run.complete("each")
    assert len(run.open) == 3
    run.complete("each")
    assert (run.open, run.out.ended) == ([], True)


@pytest.mark.parametrize(
    "content",
    [looped('camunda:collection="${service.people()}"'), looped('camunda:collection="a.b"'), looped("", ZEEBE.format(more='outputElement="=a + 1" outputCollection="x"'))],
)
def test_a_list_that_is_no_plain_name_is_refused(content: bytes) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        compile_definition("p", {"p.bpmn": content}, functions={})
    found = next(each for each in refusal.value.findings if "the name of a value in the data" in each.message)
    assert (found.rule, found.element) == ("multi_instance", "each")


def test_a_finding_names_element_line_and_place_in_the_text() -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        compile_definition("p", {"p.bpmn": split("${bean.ready(x)}", "${no}")}, functions={})
    (found,) = refusal.value.findings
    assert (found.element, found.rule) == ("g-yes", "expression")
    assert "JUEL" in found.message
    assert "'.ready(' at column 7" in found.message
    assert found.line is not None
