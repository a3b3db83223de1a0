"""Decision tables: what a cell lets pass, what a hit policy answers, what is refused before it runs and what fails when it does."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import advance, compile_definition, start
from engine.bpmn.language.expressions import evaluate
from engine.bpmn.outcome import CompleteTask
from engine.bpmn.tables.decisions import decide
from engine.bpmn.tables.dmn import decision_key, idle_parts, read_table
from engine.bpmn.tables.unary_tests import parse_cell
from engine.kernel.errors import DefinitionInvalid, InvalidInput, StepFailed
from tests.bpmn.diagrams import NOW, chain, document, el, many, process
from tests.bpmn.tables import table

MODELS = [
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
]


def passes(cell: str, value: Any, **data: Any) -> bool:
    return parse_cell(cell).holds(value, lambda source: evaluate(source, data, {}, now=NOW))


@pytest.mark.parametrize(
    ("cell", "inside", "outside"),
    [
        ("-", [1, "a", None, False], []),
        ("", [1, "a", None], []),
        ('"a"', ["a"], ["b", "A", None, 1]),
        ('"a", "b"', ["a", "b"], ["c", "a, b", None]),
        ('"a, b"', ["a, b"], ["a", "b"]),
        ('"a..b"', ["a..b"], ["a"]),
        ("5", [5, 5.0], [4, "5", None]),
        ("true", [True], [False, 1, "true", None]),
        ("false", [False], [True, 0, "", None]),
        ("null", [None], [0, "", False]),
        ("1", [1], [True]),
        ("< 5", [4, 4.9, -1], [5, 6, None]),
        ("<=5", [5], [5.1]),
        ("> 5", [6], [5, None]),
        (">= 2", [2, 3], [1, None]),
        ("!= 2", [1, None, "2"], [2]),
        ("= 2", [2], [1]),
        ("[1..5]", [1, 3, 5], [0, 6, None]),
        ("(1..5)", [2, 4], [1, 5]),
        ("]1..5[", [2, 4], [1, 5]),
        ("[1..5)", [1, 4], [5]),
        ("(1..5]", [5], [1]),
        ("< 2, [5..7], 9", [1, 5, 7, 9], [2, 4, 8]),
        ('not("a", "b")', ["c", None], ["a", "b"]),
        ("not(< 5)", [5, None], [4]),
        ("not ([1..5])", [0, 6], [1, 5]),
        ("max(2, 3)", [3], [2]),
        ('["a", "b"]', ["a", "b"], ["c"]),
        ('date("2024-04-01")', ["2024-04-01", date(2024, 4, 1)], ["2024-04-02", None]),
        ('[date("2024-04-01")..date("2024-04-30")]', ["2024-04-15"], ["2024-05-01", None]),
        ("-5", [-5], [5]),
    ],
)
def test_a_cell_lets_pass_what_it_names(cell: str, inside: list[Any], outside: list[Any]) -> None:
    assert [value for value in inside if not passes(cell, value)] == []
    assert [value for value in outside if passes(cell, value)] == []


@pytest.mark.parametrize(("cell", "value"), [("< 5", "four"), ('> "a"', 3), ("< 5", True), ("[1..2]", "x")])
def test_values_of_two_kinds_are_not_compared(cell: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match="Expected"):
        passes(cell, value)


@pytest.mark.parametrize("cell", ['"a",', ', "a"', '"a", -', '"a', 'not("a"), "b"'])
def test_a_cell_that_is_no_test_is_refused(cell: str) -> None:
    with pytest.raises(InvalidInput, match="Expected"):
        parse_cell(cell)


# --- hit policies ---------------------------------------------------------------------------------------------------


def answer(content: bytes, **data: Any) -> dict[str, Any]:
    read = read_table("t.dmn", "t", content, functions=())
    return decide(read, lambda source: evaluate(source, data, {}, now=NOW))


GRADES = [[">= 8", '"good"'], [">= 5", '"fair"'], ["-", '"poor"']]


def grades(policy: str, rules: list[list[str]] = GRADES, **more: Any) -> bytes:
    return table("t", ["mark"], ["grade"], rules, policy=policy, **more)


@pytest.mark.parametrize(("mark", "grade"), [(9, "good"), (8, "good"), (7, "fair"), (1, "poor")])
def test_the_first_rule_that_fits_decides(mark: int, grade: str) -> None:
    assert answer(grades("FIRST"), mark=mark) == {"grade": grade}


def test_two_rules_of_a_unique_table_that_fit_are_named() -> None:
    assert answer(grades("UNIQUE"), mark=1) == {"grade": "poor"}
    with pytest.raises(InvalidInput, match="one rule of the decision t to fit, but the rules 1 and 2 and 3 fit: mark = 9"):
        answer(grades("UNIQUE"), mark=9)


def test_any_rule_may_answer_when_all_agree() -> None:
    same = [[">= 8", '"x"'], [">= 5", '"x"'], ["< 2", '"y"'], ["< 1", '"z"']]
    assert answer(grades("ANY", same), mark=9) == {"grade": "x"}
    with pytest.raises(InvalidInput, match="the rules 3 and 4 of the decision t to say the same"):
        answer(grades("ANY", same), mark=0)


@pytest.mark.parametrize(("more", "found"), [("", [8, 4]), ('aggregation="SUM"', 12), ('aggregation="MIN"', 4), ('aggregation="MAX"', 8), ('aggregation="COUNT"', 2)])
def test_a_table_collects_all_or_reduces_them(more: str, found: Any) -> None:
    rules = [["> 1", "2 * mark"], ["> 5", "100"], ["> 3", "mark"]]
    assert answer(grades("COLLECT", rules, more=more), mark=4) == {"grade": found}


@pytest.mark.parametrize(("more", "found"), [("", []), ('aggregation="SUM"', 0), ('aggregation="MIN"', None), ('aggregation="COUNT"', 0)])
def test_a_table_that_collects_may_find_nothing(more: str, found: Any) -> None:
    assert answer(grades("COLLECT", [["> 5", "1"]], more=more), mark=4) == {"grade": found}


def test_several_outputs_are_collected_as_lists() -> None:
    content = table("t", ["n"], ["a", "b"], [["> 1", "1", "true"], ["> 2", "n", '"x"']], policy="COLLECT")
    assert answer(content, n=3) == {"a": [1, 3], "b": [True, "x"]}


def test_only_numbers_are_added_up() -> None:
    with pytest.raises(InvalidInput, match="Expected numbers for the SUM of 'grade'"):
        answer(grades("COLLECT", more='aggregation="SUM"'), mark=9)


def test_no_fitting_rule_names_the_decision_and_its_inputs() -> None:
    with pytest.raises(InvalidInput, match="Expected a rule of the decision t to fit, but none does: mark = 3"):
        answer(grades("UNIQUE", [["> 5", "1"]]), mark=3)


def test_default_outputs_answer_when_no_rule_fits() -> None:
    assert answer(grades("UNIQUE", [["> 5", "1"]], defaults={"grade": '"none"'}), mark=3) == {"grade": "none"}


def test_an_input_that_the_data_lacks_names_its_column() -> None:
    with pytest.raises(InvalidInput, match=r"to have 'mark'.*In input 'mark', of the decision t"):
        answer(grades("FIRST"), other=1)


def test_a_cell_that_cannot_be_compared_names_its_address() -> None:
    with pytest.raises(InvalidInput, match="In rule 1, input 'mark', of the decision t"):
        answer(grades("FIRST"), mark="seven")


CELLS = {
    "-": lambda _: True,
    "< 3": lambda value: value < 3,
    "[2..6]": lambda value: 2 <= value <= 6,
    "1, 4, 8": lambda value: value in {1, 4, 8},
    "not(5, > 8)": lambda value: not (value == 5 or value > 8),
}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from(sorted(CELLS))] * 2), min_size=1, max_size=6), st.integers(0, 10), st.integers(0, 10))
def test_a_table_answers_what_a_chain_of_ifs_would(rules: list[tuple[str, str]], one: int, two: int) -> None:
    fitting = [number for number, (first, second) in enumerate(rules) if CELLS[first](one) and CELLS[second](two)]
    written = [[first, second, str(number)] for number, (first, second) in enumerate(rules)]
    first = table("t", ["one", "two"], ["n"], written, policy="FIRST", defaults={"n": "-1"})
    assert answer(first, one=one, two=two) == {"n": fitting[0] if fitting else -1}
    assert answer(table("t", ["one", "two"], ["n"], written, policy="COLLECT"), one=one, two=two) == {"n": fitting}


# --- answers in an order --------------------------------------------------------------------------------------------

RISKS = [["> 1", '"low"'], ["> 5", '"high"'], ["> 3", '"medium"'], ["> 5", '"low"']]


def risks(policy: str, values: str = '"high", "medium", "low"', rules: list[list[str]] = RISKS, **more: Any) -> bytes:
    return table("t", ["mark"], ["risk"], rules, policy=policy, values={"risk": values}, **more)


@pytest.mark.parametrize(("mark", "found"), [(9, "high"), (4, "medium"), (2, "low")])
def test_the_answer_of_the_highest_priority_decides(mark: int, found: str) -> None:
    assert answer(risks("PRIORITY"), mark=mark) == {"risk": found}


def test_answers_come_in_the_order_of_their_priority_or_of_the_rules() -> None:
    assert answer(risks("OUTPUT ORDER"), mark=9) == {"risk": ["high", "medium", "low", "low"]}
    assert answer(risks("RULE ORDER"), mark=9) == {"risk": ["low", "high", "medium", "low"]}
    assert answer(risks("OUTPUT ORDER"), mark=0) == answer(risks("RULE ORDER"), mark=0) == {"risk": []}


def test_the_first_output_weighs_more_than_the_second() -> None:
    rules = [["-", "2", '"a"'], ["-", "1", '"b"'], ["-", "1", '"a"']]
    content = table("t", ["n"], ["x", "y"], rules, policy="PRIORITY", values={"x": "1, 2", "y": '"a", "b"'})
    assert answer(content, n=0) == {"x": 1, "y": "a"}


def test_an_answer_that_is_no_output_value_has_no_priority() -> None:
    with pytest.raises(InvalidInput, match="Expected one of the output values 1, 2 for 'risk' of the decision t, but found 9"):
        answer(risks("PRIORITY", "1, 2", [["-", "mark"]]), mark=9)
    with pytest.raises(InvalidInput, match="none does: mark = 0"):
        answer(risks("PRIORITY"), mark=0)


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER", "OUTPUT ORDER"])
def test_default_outputs_answer_for_a_list_too(policy: str) -> None:
    assert answer(risks(policy, defaults={"risk": '"none"'}), mark=0) == {"risk": "none"}


# --- conditions over ? and other tools' cells -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "inside", "outside"),
    [
        ("? > 2 and ? < 5", [3, 4], [2, 5]),
        ("? in [1, 2]", [1, 2], [3]),
        ("? in (1, 2)", [1], [3]),
        ("not ? == 3", [2], [3]),
        ("? != 3, 3", [1, 3], []),
        ("? * 2 > limit", [6], [5]),
        ("truth(? == 1 or ? == 2)", [1, 2], [3]),
    ],
)
def test_a_condition_over_the_input_decides(cell: str, inside: list[int], outside: list[int]) -> None:
    content = table("t", ["mark", "limit"], ["fits"], [[cell, "-", "true"], ["-", "-", "false"]], policy="FIRST")
    assert [n for n in (*inside, *outside) if answer(content, mark=n, limit=10)["fits"]] == inside


def test_a_question_mark_in_quotes_is_a_text_and_an_input_may_be_an_expression() -> None:
    content = table("t", ["upper(word)"], ["n"], [['"WHY?"', "1"], ['starts_with(?, "W") and len(?) < 3', "2"], ["-", "3"]], policy="FIRST")
    assert [answer(content, word=word)["n"] for word in ("why?", "wo", "who")] == [1, 2, 3]


@pytest.mark.parametrize("cell", ["mark > 5", "mark == 5 or mark == 6", "not mark", "? > ", "?"])
def test_a_condition_that_does_not_ask_about_the_input_is_refused_or_fails(cell: str) -> None:
    with pytest.raises((DefinitionInvalid, InvalidInput), match=r"In rule 1, input 'mark'"):
        answer(grades("FIRST", [[cell, "1"]]), mark=5)


FEEL = 'expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/"'


def test_a_table_in_feel_is_put_into_our_language() -> None:
    rules = [["x", 'string length(?) > 3 and contains(?, "a")', "if n = 1 then 10 else 20"], ["x", '"b"', "n * 2"], ["x", "-", "null"]]
    content = table("t", ["order.kind", "n"], ["found"], [[rule[1], "-", rule[2]] for rule in rules], policy="FIRST", more=FEEL)
    assert [answer(content, order={"kind": kind}, n=1)["found"] for kind in ("aaaa", "b", "c")] == [10, 2, None]
    with pytest.raises(DefinitionInvalid, match="FEEL counts from 1"):
        answer(table("t", ["rows[1]"], ["found"], [["-", "1"]], more=FEEL), rows=[1])


def test_without_a_language_it_is_ours_then_feel_and_never_both() -> None:
    content = table("t", ["n"], ["found"], [["-", "if n = 1 then 10 else 20"]])
    assert answer(content, n=1) == {"found": 10}
    assert answer(table("t", ["rows[0]"], ["found"], [["-", "1"]]), rows=[1]) == {"found": 1}
    with pytest.raises(DefinitionInvalid, match="counts from 1 in FEEL and from 0 in our language"):
        answer(table("t", ["rows[1]"], ["found"], [["-", "1"]]), rows=[1, 2])
    assert answer(table("t", ["rows[1]"], ["found"], [["-", "1"]], more='expressionLanguage="chidao"'), rows=[1, 2]) == {"found": 1}


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("namespace", MODELS)
def test_tables_of_every_version_of_dmn_are_read(namespace: str) -> None:
    assert answer(table("t", ["mark"], ["grade"], GRADES, policy="FIRST", namespace=namespace), mark=9) == {"grade": "good"}


def test_a_table_has_the_name_of_its_file() -> None:
    assert decision_key("shared/decisions/directive_shape.dmn") == "directive_shape"


@pytest.mark.parametrize(
    ("content", "element", "message"),
    [
        (grades("BEST"), "t", "Expected one of the hit policies UNIQUE, FIRST, ANY, PRIORITY, COLLECT, RULE ORDER, OUTPUT ORDER, but found BEST"),
        (grades("PRIORITY"), "t", "Expected output values at every output for the hit policy PRIORITY"),
        (grades("FIRST", more='aggregation="SUM"'), "t", "but found SUM with FIRST"),
        (grades("COLLECT", more='aggregation="MEAN"'), "t", "but found MEAN"),
        (table("t", ["a"], ["b", "c"], [["-", "1", "2"]], policy="COLLECT", more='aggregation="SUM"'), "t", "Expected one output for SUM"),
        (grades("FIRST", [["< ", "1"]]), "r1c0", "In rule 1, input 'mark'"),
        (grades("FIRST", [["-", "1"], ["mark.x()", "1"]]), "r2c0", "In rule 2, input 'mark': Expected"),
        (grades("FIRST", [["good", "1"]]), "r1c0", "a text in quotes or the name of an input, but found good"),
        (grades("FIRST", [["open()", "1"]]), "r1c0", "In rule 1, input 'mark'"),
        (grades("FIRST", [["-", "good"]]), "r1c1", "In rule 1, output 'grade': Expected a text in quotes or the name of an input, but found good"),
        (grades("FIRST", [["-", ""]]), "r1c1", "In rule 1, output 'grade'"),
        (grades("FIRST", [["-", "1", "2"]]), "r1", "Expected 1 input and 1 output cells in rule 1, but found 1 and 2"),
        (grades("FIRST", []), "t", "Expected at least one rule"),
        (grades("FIRST", defaults={"grade": "x y"}), "default_grade", "In the default of 'grade'"),
        (table("t", ["a b"], ["c"], [["-", "1"]]), "in0", "In the input 'a b'"),
        (table("t", ["a"], ["the result"], [["-", "1"]]), "out_the result", "Expected a name such as proposed_process"),
        (table("t", ["a"], ["class"], [["-", "1"]]), "out_class", "Expected a name such as"),
        (table("t", ["a"], ["b", "b"], [["-", "1", "2"]]), "t", "outputs with different names"),
        (table("other", ["a"], ["b"], [["-", "1"]]), "other", "Expected the decision to have the id 't', as its file"),
        (grades("FIRST", beside='<decision id="second"/>'), "d", "Expected one decision with one table in the file, but found 2 with 1"),
        (grades("FIRST", beside='<businessKnowledgeModel id="k"/>'), "k", "Expected a decision table alone"),
        (grades("FIRST", more='expressionLanguage="juel"'), "t", "Expected FEEL or our expression language, but found JUEL"),
    ],
)
def test_what_would_not_be_decided_as_written_is_refused_with_its_place(content: bytes, element: str, message: str) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        read_table("a/t.dmn", "t", content, functions=())
    found = next(finding for finding in refusal.value.findings if message in finding.message)
    assert (found.file, found.element, found.rule) == ("a/t.dmn", element, "decision_table")
    assert found.line is not None


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="Expected the root"):
        read_table("t.dmn", "t", document(process(el("startEvent", "s"))), functions=())
    with pytest.raises(DefinitionInvalid, match="document type"):
        read_table("t.dmn", "t", b"<!DOCTYPE d><d/>", functions=())


def test_what_has_no_effect_is_pointed_out() -> None:
    content = table("t", ["a", "b"], ["c"], [["-", "1", "1"], ["-", "-", "2"], ["-", "2", "3"]], policy="FIRST")
    found = list(idle_parts(content, read_table("t.dmn", "t", content, functions=())))
    assert [element for element, _ in found] == ["in0", "r2"]


@pytest.mark.parametrize(("policy", "found"), [("UNIQUE", ["r3"]), ("FIRST", ["r3"]), ("COLLECT", [])])
def test_two_rules_that_ask_for_the_same_are_pointed_out(policy: str, found: list[str]) -> None:
    content = table("t", ["a"], ["c"], [["1", "1"], ["2", "2"], [" 1 ", "3"]], policy=policy)
    assert [element for element, _ in idle_parts(content, read_table("t.dmn", "t", content, functions=()))] == found


def idle(content: bytes) -> list[tuple[str | None, str]]:
    return list(idle_parts(content, read_table("t.dmn", "t", content, functions=())))


@pytest.mark.parametrize(
    ("rules", "both"),
    [
        ([["< 5"], ["> 4"]], "mark = 4.5"),
        ([["[1..5]"], ["[5..9]"]], "mark = 5"),
        ([["1, 2"], ["2, 3"]], "mark = 2"),
        ([["not(1)"], ["> 5"]], "mark = 6"),
        ([['"a", "b"'], ['not("a")']], "mark = 'b'"),
        ([["-"], ["true"]], "mark = True"),
        ([['date("2024-01-01")'], ['< date("2024-02-01")']], "mark = datetime.date(2024, 1, 1)"),
        ([["[1..5)"], ["[5..9]"]], None),
        ([["]1..5["], ["1"]], None),
        ([['"a"'], ['not("a")']], None),
        ([["< 5"], [">= 5"]], None),
        ([["true"], ["false"]], None),
        ([["null"], ["1"]], None),
        ([["mark - 1"], ["5"]], None),
        ([["? > 1"], ["5"]], None),
    ],
)
def test_rules_of_a_unique_table_that_both_fit_are_pointed_out(rules: list[list[str]], both: str | None) -> None:
    found = idle(grades("UNIQUE", [[*cells, "1"] for cells in rules]))
    assert [element for element, _ in found] == (["r2"] if both else [])
    assert all(both in message for _, message in found if both)
    assert idle(grades("RULE ORDER", [[*cells, "1"] for cells in rules])) == []


def test_rules_overlap_only_when_every_column_does_and_whole_numbers_have_no_halves() -> None:
    apart = [["< 5", "1", "1"], ["> 3", "2", "2"]]
    assert idle(table("t", ["a", "b"], ["c"], apart)) == []
    assert idle(table("t", ["a"], ["c"], [["<= 4", "1"], [">= 5", "2"]])) == []
    assert len(idle(table("t", ["a"], ["c"], [["< 5", "1"], ["> 4", "2"]]))) == 1
    assert idle(table("t", ["a"], ["c"], [["< 5", "1"], ["> 4", "2"]], types={"a": "integer"})) == []


@pytest.mark.parametrize(
    ("type_", "cell", "wrong"),
    [
        ("number", '"5"', True),
        ("number", "5", False),
        ("integer", "1.5", True),
        ("integer", "[1..5]", False),
        ("string", "5", True),
        ("feel:string", '"a", "b"', False),
        ("boolean", '"true"', True),
        ("boolean", "true", False),
        ("date", '"soon"', True),
        ("date", 'date("2024-01-01")', False),
        ("date", '"2024-01-01"', False),
        ("number", "null", False),
        ("tOurOwn", "5", False),
        ("number", "other", False),
    ],
)
def test_values_that_a_type_never_has_are_pointed_out(type_: str, cell: str, wrong: bool) -> None:
    content = table("t", ["mark", "other"], ["grade"], [[cell, "1", "1"]], types={"mark": type_})
    assert [element for element, message in idle(content) if "never is" in message] == (["r1"] if wrong else [])
    content = table("t", ["other"], ["grade"], [["1", cell]], types={"grade": type_}) if "," not in cell and ".." not in cell else content
    assert len([message for _, message in idle(content) if "Expected" in message]) == wrong


def test_answers_outside_the_output_values_are_pointed_out() -> None:
    assert [element for element, _ in idle(risks("COLLECT", '"high", "low"'))] == ["r3"]


def test_a_table_of_costly_cells_has_one_budget() -> None:
    costly = "len([a for a in list(mark) for b in list(mark)])"
    with pytest.raises(StepFailed, match="At decide: Expected at most 50000 steps"):
        run(grades("FIRST", [[costly, "1"]] * 20), {"mark": "x" * 100})


# --- in a process ----------------------------------------------------------------------------------------------------


def decided(repeat: str = "") -> bytes:
    task = el("businessRuleTask", "decide", repeat, chidao__decision="t")
    return document(process(el("startEvent", "s") + el("userTask", "ask") + task + el("userTask", "next") + chain("s", "ask", "decide", "next")))


def run(content: bytes, given: dict[str, Any], *, diagram: bytes | None = None) -> Any:
    definition = compile_definition("p", {"p.bpmn": diagram or decided()}, functions={}, decisions={"decisions/t.dmn": content})
    out = start(definition, {}, now=NOW)
    return advance(definition, out.state, CompleteTask(task=out.tasks[0].id, data=given), now=NOW)


def test_a_business_rule_task_decides_within_the_step() -> None:
    out = run(grades("FIRST"), {"mark": 6})
    assert [task.element for task in out.tasks] == ["next"]
    assert out.data == {"mark": 6, "grade": "fair"}
    assert [passed.element for passed in out.completed] == ["ask", "decide"]
    assert json.loads(json.dumps(out.data)) == out.data


def test_a_task_may_decide_for_each_of_many() -> None:
    out = run(grades("FIRST"), {"marks": [9, 6]}, diagram=decided(many("marks", sequential=True, item="mark")))
    assert (out.data["grade"], [task.element for task in out.tasks]) == ("fair", ["next"])


def test_a_table_that_does_not_decide_fails_the_step_and_names_the_task() -> None:
    with pytest.raises(StepFailed, match="At decide: Expected a rule of the decision t to fit, but none does: mark = 3") as failure:
        run(grades("UNIQUE", [["> 5", "1"]]), {"mark": 3})
    assert failure.value.details["element"] == "decide"


def test_a_decision_that_is_not_there_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="Expected the decision of decide among none, but found 't'"):
        compile_definition("p", {"p.bpmn": decided()}, functions={})


def test_another_table_is_another_definition() -> None:
    assert run(grades("FIRST", [["-", '"a"']]), {"mark": 3}).data["grade"] == "a"
    assert run(grades("FIRST", [["-", '"b"']]), {"mark": 3}).data["grade"] == "b"
