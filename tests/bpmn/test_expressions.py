from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engine.bpmn import check, compile_definition, evaluate
from engine.bpmn.environment import Environment
from engine.bpmn.language.scripts import check_script, execute
from engine.bpmn.scope import Scope
from engine.kernel.errors import DefinitionInvalid, InvalidInput, Refused, StepFailed
from tests.bpmn.diagrams import Run, chain, document, el, process

NOW = datetime(2024, 3, 31, 18, 0, tzinfo=UTC)  # 1 April in Vietnam


def value(source: str, **data: Any) -> Any:
    return evaluate(source, data, {"twice": lambda x: 2 * x}, now=NOW)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("7 // 2 + 7 % 2 - -1", 5),
        ("2 ** 10", 1024),
        ("1 < 2 <= 2", True),
        ("x == 3 and not y or z", True),
        ("'a' if x > 2 else 'b'", "a"),
        ("rows[0]['n'] + rows[-1]['n']", 5),
        ("[row['n'] for row in rows if row['n'] > 1]", [2, 3]),
        ("sum(row['n'] for row in rows)", 5),
        ("[a + b for a, b in [(1, 2), (3, 4)]]", [3, 7]),
        ("{'k': [1, (2, 3)]}['k'][1]", (2, 3)),
        ("'x' + 'y' in ['xy']", True),
        ("rows[:1]", [{"n": 2}]),
        ("len(rows) + min(1, 2) + max([1, 2]) + abs(-1)", 6),
        ("any([x > 5, x == 3]) and all([])", True),
        ("sorted([3, 1, 2])", [1, 2, 3]),
        ("round(2.567, 1) + int('3') + float('1')", 6.6),
        ("str(x) + '/' + str(today())", "3/2024-04-01"),
        ("get({'a': 1}, 'b', 7)", 7),
        ("x is None or nothing is None", True),
        ("true and not false and null == None", True),
        ("twice(x)", 6),
    ],
)
def test_the_language_computes(source: str, expected: object) -> None:
    assert value(source, x=3, y=True, z=True, nothing=None, rows=[{"n": 2}, {"n": 3}]) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("today()", date(2024, 4, 1)),
        ("date('2024-04-30') - today()", timedelta(days=29)),
        ("today() + days(3)", date(2024, 4, 4)),
        ("due - days(2)", date(2024, 4, 8)),
        ("due < today()", False),
        ("now() + hours(1)", datetime(2024, 3, 31, 19, 0, tzinfo=UTC)),
        ("date('2024-01-31') + months(1)", date(2024, 2, 29)),
        ("now() > date('2024-03-31')", True),
        ("days(1) + days(2)", timedelta(days=3)),
    ],
)
def test_dates_are_reckoned_in_vietnam_and_kept_as_text(source: str, expected: object) -> None:
    assert value(source, due="2024-04-10") == expected


ATTACKS = [
    "__import__('os').system('true') == 0",
    "[c for c in ().__class__.__base__.__subclasses__() if c.__name__=='_wrap_close'][0].__init__.__globals__['system']('true')",
    "x.__class__",
    "''.format(1)",
    "f'{x}'",
    "(lambda: 1)()",
    "open('/etc/passwd')",
    "eval('1')",
    "exec('1')",
    "getattr(x, 'y')",
    "(x := 1)",
    "[*x]",
    "{**x}",
    "max(x, key=len)",
    "rows[0]()",
    "print(1)",
    "b'1'",
    "1j",
    "...",
    "_x",
    "__builtins__",
    "globals()",
    "await x",
    "x; y",
    "import os",
    "",
    "${amount > 5}",
    "{1, 2}",
    "x << 5",
    "~x",
]


@pytest.mark.parametrize("source", ATTACKS)
def test_what_is_not_in_the_language_is_refused_before_it_runs(source: str) -> None:
    with pytest.raises(InvalidInput, match="Expected"):
        check(source)
    with pytest.raises(InvalidInput, match="Expected"):
        value(source, x=1, y=2, amount=7, rows=[1])


@pytest.mark.parametrize(
    "source",
    [
        "9 ** 99999",
        "(10 ** 60) ** 60",
        "'a' * 10 ** 9",
        "[0] * 10 ** 9",
        "'%1000000000d' % 1",
        "int('9' * 5)",
        "int(digits)",
        "[a for a in rows for b in rows for c in rows]",
        "1 / 0",
        "1e308 * 10",
        "rows[5000]",
        "nobody",
        "rows['n']",
        "missing['k']",
        "sum(['a'])",
        "1 < 'a'",
        "date('soon')",
        "days(10 ** 30)",
        "today() + months(10 ** 9)",
        "twice()",
        "(" * 300 + "1" + ")" * 300,
        "+".join(["1"] * 200),
        "not " * 100 + "1",
        "1 + " * 3000 + "1",
    ],
)
def test_bounds_and_mistakes_give_one_sentence(source: str) -> None:
    with pytest.raises(InvalidInput, match="Expected") as refusal:
        value(source, rows=list(range(300)), missing={}, digits="9" * 4000)
    assert len(refusal.value.message) < 600


def test_lists_that_double_at_every_level_are_stopped() -> None:
    bomb = "[1]"
    for letter in "abcdefghijkl":
        bomb = f"[[{letter}, {letter}, {letter}, {letter}] for {letter} in {bomb}]"
    with pytest.raises(InvalidInput, match="Expected at most"):
        value(bomb)


def test_a_function_that_fails_is_a_failure_of_the_expression() -> None:
    def broken() -> None:
        raise RuntimeError("no calendar")

    with pytest.raises(InvalidInput, match="no calendar"):
        evaluate("broken()", {}, {"broken": broken}, now=NOW)


def test_a_call_of_an_unknown_function_is_found_at_deployment() -> None:
    check("twice(1)", {"twice"})
    with pytest.raises(InvalidInput, match="but found thrice"):
        check("thrice(1)", {"twice"})


def test_a_script_assigns_in_order_and_keeps_dates_as_text() -> None:
    assigned = execute("total = sum(figures)\nhalf = total / 2\n\nend = today() + days(1)  # tomorrow", {"figures": [1, 2]}, {}, now=NOW)
    assert assigned == {"total": 3, "half": 1.5, "end": "2024-04-02"}


@pytest.mark.parametrize(
    "source",
    ["x.y = 1", "x[0] = 1", "a, b = 1, 2", "a = b = 1", "x += 1", "if x: y = 1", "for i in x: y = i", "def f(): pass", "import os", "del x", "x: int = 1", "__x__ = 1", "print(1)", "a = (", "None = 1"],
)  # fmt: skip
def test_a_script_is_nothing_but_assignments(source: str) -> None:
    with pytest.raises(InvalidInput, match="Expected"):
        check_script(source)


def test_a_script_may_not_make_a_bomb_of_data() -> None:
    lines = "\n".join(["x = [1, 1, 1, 1]", *["x = [x, x, x, x, x, x, x, x, x, x]"] * 10])
    with pytest.raises(InvalidInput, match="Expected at most"):
        execute(lines, {}, {}, now=NOW)


def test_the_library_can_evaluate_nothing_by_itself() -> None:
    environment = Environment({}, NOW)
    assert environment.evaluate("a + 1", {"a": 1}) == 2
    scope = Scope({"a": 1})
    environment.execute("b = a + 1", scope)
    assert scope.flat() == {"a": 1, "b": 2}
    with pytest.raises(InvalidInput):
        environment.evaluate("__import__('os')", {})
    with pytest.raises(InvalidInput):
        environment.execute("import os", scope)
    with pytest.raises(Refused):
        environment.call_service(scope, operation_name="x")


# --- data by name, dates, kinds --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("report.total + report.unit.n", 6),
        ("rows[1].n", 3),
        ("[row.n for row in rows]", [2, 3]),
        ("{'a': 1}.a", 1),
        ("report.items", [1]),
        ("date('2024-02-29').month", 2),
        ("now().hour", 1),
        ("now().day", 1),
        ("(date('2024-04-30') - today()).days", 29),
        ("duration('P3D').days", 3),
    ],
)
def test_a_dot_reads_data_and_the_parts_of_dates(source: str, expected: object) -> None:
    report = {"total": 5, "unit": {"n": 1}, "items": [1], "class": 7}
    assert value(source, report=report, rows=[{"n": 2}, {"n": 3}]) == expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("report.sum", "Expected 'sum' to be in {'total': 5}"),
        ("report.total.real", "Expected a dict or a date before .real, but found 5"),
        ("due.year", r"Write date\(…\).year"),
        ("rows.n", r"Write \[each.n for each in …\]"),
        ("today().hour", "one of the parts year, month, day, weekday of a date, but found hour"),
        ("days(1).seconds", "the part days of a duration"),
        ("nothing.total", "Expected a dict or a date before .total, but found None"),
    ],
)
def test_a_dot_before_anything_else_is_refused(source: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        value(source, report={"total": 5}, rows=[{"n": 1}], due="2024-04-01", nothing=None)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("today() in holidays", True),
        ("'2024-04-01' in [today()]", True),
        ("today() not in holidays", False),
        ("days(3) > duration('P2D')", True),
        ("duration('P1M') + days(1) == duration('P1M1D')", True),
        ("days(2) * 2", timedelta(days=4)),
        ("min(due, today())", date(2024, 4, 1)),
        ("max('2024-05-01', today())", "2024-05-01"),
        ("str(true) + str(null)", "truenull"),
        ("unique([1, 1.0, '1', {'a': 1}, {'a': 1}])", [1, "1", {"a": 1}]),
        ("same([1], [1]) and same(null, null) and not same(null, 0)", True),
        ("substring('abcd', -2) + substring('abcd', 2, 1)", "cdb"),
        ("matches('a.b', 'a?b') or matches('ab', 'ab*b')", False),
    ],
)
def test_kinds_are_compared_as_a_reader_would(source: str, expected: object) -> None:
    assert value(source, holidays=["2024-04-01"], due="2024-04-10") == expected


def test_the_words_true_false_and_null_cannot_be_data() -> None:
    assert value("[true, false, null]", true=False, false=1, null="x") == [True, False, None]
    for source in ("[null for null in rows]", "[1 for true in rows]"):
        with pytest.raises(InvalidInput, match="as a name"):
            check(source)
    with pytest.raises(InvalidInput, match="its name beginning with a letter"):
        check_script("true = 1")


# --- where the mistake is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "column", "message"),
    [
        ("a > uper(b)", 5, r"found uper\(…\) at column 5 of the expression 'a > uper\(b\)'. Did you mean upper\?"),
        ("toUpperCase(b)", 1, r"Did you mean upper\?"),
        ("zzz(b)", 1, "There are abs, all"),
        ("round(a, 1, 2)", 1, "Expected from 1 up to 2 arguments of round, but found 3 at column 1"),
        ("1 + len()", 5, "Expected 1 arguments of len, but found 0 at column 5"),
        ("a and b.upper()", 7, r"a call after a dot \(write upper\(b\)\) at column 7"),
        ("a && b", 3, "found '&& b' at column 3 .*: write and"),
        ("a = 1", 3, "write == to compare"),
        ("${a}", 1, r"write the expression without \$\{ \}"),
        ("a > 1 ? 2 : 3", 7, "write a if condition else b"),
        ("note == “x”", 9, "write straight quotes"),
        ("(a", 1, "at column 1"),
        ("é + 'đ' + b.__class__", 11, "the name __class__ .* at column 11"),
        ("f'{a}'", 1, "a formatted string at column 1"),
        ("round(a, digits=1)", 1, "a named argument .write the value of digits alone. at column 1"),
        ("a\n  and [*b]", 8, "a star at line 2, column 8"),
        ("a == 'x\u202e'", 8, r"the invisible character U\+202E at column 8"),
        ("'\\\\d' + '\\d'", 10, "a backslash at column 10"),
        ("1or a", 1, "Write a space after a number"),
    ],
)
def test_a_mistake_is_found_at_deployment_with_its_column(source: str, column: int, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refusal:
        check(source)
    assert refusal.value.details["column"] == column


@pytest.mark.parametrize(
    ("source", "column", "message"),
    [
        ("x + nam", 5, r"have 'nam', but found no such name. Did you mean name\? At column 5 of the expression 'x \+ nam'."),
        ("x + len", 5, r"found the function len. Write len\(…\). At column 5"),
        ("x > 'a'", 1, "Expected two values of one kind to compare, but found 3 and 'a'. At column 1"),
        ("[1, 1 / 0]", 5, "found a division by zero at column 5"),
        ("x + rows[7]", 5, "Expected 7 to be in .*. At column 5"),
        ("x in x", 1, "Expected a list, a dict or a text after in, but found 3"),
        ("upper(x)", 1, r"Expected a text, but found 3. Write str\(…\) around it. At column 1"),
        ("today() + days(10 ** 8)", 1, "a number or a date beyond all bounds at column 1"),
        ("x and\nrows.n", 1, "At line 2, column 1"),
    ],
)
def test_a_failure_names_the_innermost_part(source: str, column: int, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refusal:
        value(source, x=3, name="An", rows=[1])
    assert refusal.value.details["column"] == column


def test_a_mistake_in_a_script_has_its_line_and_column_as_written() -> None:
    with pytest.raises(InvalidInput, match=r"line 3, column 13 of the script. Did you mean sum\?"):
        check_script("a = 1\n\n    b = a + summ(c)")
    with pytest.raises(InvalidInput, match="at line 2, column 7 of the script"):
        check_script("a = 1\n  b = )")
    with pytest.raises(InvalidInput, match="found 'import os' at line 2, column 1 of the script"):
        check_script("a = 1\nimport os")
    with pytest.raises(InvalidInput, match="At line 2, column 5 of the script"):
        execute("a = 1\nb = a / 0 + nobody", {}, {}, now=NOW) if False else execute("a = 1\nb = nobody", {}, {}, now=NOW)


def test_the_lines_of_a_script_share_one_budget() -> None:
    line = "a = len([x for x in rows for y in rows])"
    execute(line, {"rows": list(range(90))}, {}, now=NOW)
    with pytest.raises(InvalidInput, match="at most 50000 steps"):
        execute("\n".join([line] * 5), {"rows": list(range(90))}, {}, now=NOW)


def test_a_failure_in_a_running_process_names_the_element_and_the_column() -> None:
    content = document(process(el("startEvent", "s") + el("scriptTask", "count", "<bpmn:script>n = 1\n m = n + missing</bpmn:script>") + chain("s", "count")))
    with pytest.raises(StepFailed, match=r"At count: Expected the process data to have 'missing', .* At line 2, column 10 of the script") as failure:
        Run(content)
    assert failure.value.details["element"] == "count"


def test_a_finding_names_the_element_its_line_and_the_column() -> None:
    content = document(process(el("startEvent", "s") + "\n\n" + el("scriptTask", "count", "<bpmn:script>n = lenn(1)</bpmn:script>") + chain("s", "count")))
    with pytest.raises(DefinitionInvalid) as refusal:
        compile_definition("p", {"p.bpmn": content}, functions={})
    (found,) = refusal.value.findings
    assert (found.element, found.line) == ("count", content.decode().split('id="count"')[0].count("\n") + 1)
    assert "lenn(…) at line 1, column 5 of the script. Did you mean len?" in found.message
