"""A corpus of attempts to get out of the expression language, or to make it spend time or memory; and every place where one can stand.

`python -m tests.bpmn.escapes` tries each in every place and prints the slowest; `--limited` does it with little memory to spare.
"""

# ruff: noqa: T201  run as a program it prints
from __future__ import annotations

import itertools
import resource
import sys
import time
from collections.abc import Callable
from html import escape
from typing import Any

from engine.bpmn import CompleteTask, advance, compile_definition, evaluate, start
from engine.definitions.functions import FUNCTIONS
from engine.kernel.errors import DefinitionInvalid, InvalidInput, StepFailed
from tests.bpmn.diagrams import NOW, Run, chain, document, el, flow, message, process, timer
from tests.bpmn.tables import table

REFUSALS = (InvalidInput, DefinitionInvalid, StepFailed)


def _deep(levels: int) -> Any:
    found: Any = []
    for _ in range(levels):
        found = [found]
    return found


DATA: dict[str, Any] = {
    "x": 1,
    "y": 2,
    "text": "a" * 2_000,
    "digits": "9" * 4_000,
    "rows": list(range(300)),
    "people": [{"name": "An", "__class__": "C", "typename": "T"}],
    "report": {"total": 5, "__class__": "stolen", "__dict__": {}, "items": [1]},
    "deep": _deep(15),
    "mixed": [1, "a", None, [2]],
    "clash": [i * (2**61 - 1) for i in range(2_000)],
    "missing": {},
    "due": "2024-04-10",
}

ATTRIBUTES = [
    "x.__class__", "text.__class__", "().__class__.__base__.__subclasses__()", "[].__class__.__mro__[1]", "report.__class__", "report.__dict__",
    "people[0].__class__", "text.upper.__self__", "text.format", "report.items()", "report.keys", "rows.append", "rows.append(1)", "rows.sort()",
    "report.get('total')", "report.update(x)", "text.join", "''.join(rows)", "today().strftime('%9999999d')", "today().replace", "now().tzinfo",
    "now().__reduce__()", "days(1).total_seconds", "days(1).__class__", "months(1).after(now())", "months(1).months", "working_days_after.__globals__",
    "len.__self__", "len.__call__(x)", "x.real", "x.bit_length()", "(1).__class__", "(1.5).as_integer_ratio()", "null.x", "true.real",
    "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__.__globals__['system']('true')",
    "report['__class__'].mro()", "report.total.real", "text[0].__doc__", "people.name", "date(due).fromtimestamp(1)",
]  # fmt: skip
NAMES = [
    "__import__('os').system('true')", "__builtins__", "__builtins__['eval']('1')", "_x", "__name__", "__debug__", "eval('1')", "exec('1')",
    "compile('1', '', 'eval')", "open('/etc/passwd')", "globals()", "locals()", "vars()", "dir()", "getattr(x, 'real')", "setattr(x, 'y', 1)",
    "type(x)", "object()", "super()", "print(1)", "input()", "breakpoint()", "help()", "id(x)", "hash(x)", "iter(rows)", "next(rows)",
    "map(len, rows)", "filter(len, rows)", "memoryview(text)", "bytes(10)", "bytearray(10**9)", "range(10**9)", "classmethod(x)", "nobody",
    "len", "today", "Ellipsis", "NotImplemented", "exit()", "self", "license()",
]  # fmt: skip
SYNTAX = [
    "(lambda: 1)()", "lambda: 1", "(lambda f: f(f))(lambda f: f(f))", "(x := 1)", "[y := 1, y]", "await x", "(yield)", "(yield from rows)",
    "[*rows]", "{**report}", "max(*rows)", "max(**report)", "max(rows, key=len)", "sorted(rows, reverse=True)", "{1, 2}", "{a for a in rows}",
    "{a: a for a in rows}", "[a async for a in rows]", "f'{x}'", "f'{x!r:>{10**9}}'", "rf'{x.__class__}'", "b'1'", "1j", "...", "x; y",
    "x = y = 1", "x += 1", "del x", "import os", "from os import system", "if x: y", "for a in rows: a", "while 1: 1", "def f(): 1", "class C: 1",
    "assert x", "raise x", "return x", "global x", "try: x", "with x: y", "@x", "x @ y", "x << 5", "x >> 5", "x | y", "x & y", "x ^ y", "~x",
    "x is 1", "rows is rows", "x if y", "rows[0]()", "(x)(y)", "x.y.z()", "'a' 'b'.c", "x[", "x)", "((", "`x`", "x!", "x?y", "x -> y", "::",
    "u'a' % x", "0777", "1_000_", "1__0", "1or 2", "0x", "print x", "match x: pass", "type X = int", "'\\d'", "'\\N{BULLET}'", "'\\u0041'", "x \\\n + y",
]  # fmt: skip
LETTERS = [
    "x\0", "'\0'", "\0", "x.\uff3f\uff3fclass\uff3f\uff3f", "\uff3f\uff3fimport\uff3f\uff3f('os')", "x.__cla\u017fs__", "x.__\u1d9c\u02e1\u1d43\u02e2\u02e2__",
    "\uff45\uff56\uff41\uff4c('1')", "\u212fval('1')", "x \u202e== y", "'\u202e'", "x\u200b == 1", "'\u2066a\u2069'", "\ufeffx == 1", "x\u00ad == 1", "x\u2028== 1",
    "'\ud800'", "\u0435val('1')", "\u2024", "x \u2260 y", "\u201cx\u201d", "x\x0c== 1", "x\x1b[2J", "\U000e0041", "\u0660 == 0 and nobody",
]  # fmt: skip
SOURCES = [
    "", " ", "1 + " * 3_000 + "1", "(" * 300 + "1" + ")" * 300, "(" * 90 + "1" + ")" * 90, "[" * 95 + "]" * 95, "not " * 900 + "1", "-" * 3_000 + "1",
    "+".join(["1"] * 200), "x" + ".y" * 500, "x" + "[0]" * 500, "x" + "()" * 500, "1 if " * 500 + "1", "a" * 3_999 + "b" * 5, "n" * 3_000,
    "f(" * 150 + ")" * 150, "'" + "a" * 25_000 + "'", "9" * 3_000, "0x" + "f" * 3_000, "1e999", "1e" + "9" * 500, "#" * 5_000, "x == 1 #" + "(" * 200 + "\n(",
    "{" * 60 + "}" * 60, "1" + " and 1" * 900 + " or", "x if x else " * 200 + "x", "[a for a in " * 50 + "rows" + "]" * 50, "\n" * 4_001, "x" + " " * 4_001 + "y",
]  # fmt: skip
NUMBERS = [
    "9 ** 99999", "9 ** 9 ** 9", "(10 ** 60) ** 60", "2 ** 64 ** 2", "10 ** 64 * 10 ** 64", "(-8) ** 0.5", "0 ** -1", "2 ** -1000000", "1e308 * 10",
    "1 / 0", "1 // 0", "1 % 0", "x * 10 ** 200", "int('9' * 5)", "int(digits)", "float(digits)", "str(10 ** 100)", "round(1.5, 10 ** 9)", "round(1e300, -400)",
    "abs(text)", "floor(text)", "2 ** 200 * 2 ** 200", " * ".join(str(n) for n in range(1, 39)) + " * 10 ** 60", "sum([10 ** 64 for a in rows for b in rows for c in rows])",
    "floor(1e308) * floor(1e308)", "int(1e308)", "-(10 ** 64) ** 63",
]  # fmt: skip
MEMORY = [
    "'a' * 10 ** 9", "10 ** 9 * 'a'", "[0] * 10 ** 9", "(0,) * 10 ** 9", "text * 10 ** 6", "'%1000000000d' % x", "'{:>999999999}'.format(x)", "text % x",
    "replace(text, 'a', text)", "replace(replace(replace(text, 'a', 'aaaaaaaaa'), 'a', 'aaaaaaaaa'), 'a', 'aaaaaaaaa')", "replace(text, '', text)",
    "join([text for a in rows], text)", "join(rows, text)", "join([join([text for a in rows]) for b in rows])", "split(text, '')",
    "[text + text + text + text for a in rows for b in rows]", "[[text for a in rows] for b in rows]", "[list(text) for a in rows]",
    "[[a, a, a, a] for a in [[b, b, b, b] for b in [[c, c, c, c] for c in [[d, d, d, d] for d in [[e, e, e, e] for e in [[f, f, f, f] for f in rows]]]]]]",
    "flatten([[[a, a] for a in rows] for b in rows])", "[rows + rows for a in rows for b in rows]", "[rows for a in rows for b in rows]",
    "[list(text) for a in list(text)]", "{str(a): rows for a in rows}", "[{'a': rows, 'b': rows} for a in rows]", "keys(rows)", "values(text)",
    "[str(a) + text for a in rows for b in rows]", "substring(text, 1, -5)", "substring(text, 0)",
]  # fmt: skip
TIME = [
    "[a for a in rows for b in rows for c in rows]", "len([1 for a in rows for b in rows if a == b and text == text])", "sum([a for a in rows for b in rows])",
    "any([rows == list(rows) for a in rows for b in rows])", "len([1 for a in rows if a in rows for b in rows if b in rows for c in rows])",
    "len([sorted(rows) for a in rows for b in rows])", "[unique(clash) for a in rows]", "[unique(rows) for a in rows for b in rows]",
    "[contains(text + text, text) for a in rows for b in rows]", "[matches(text, '*a*a*a*a*a*a*b') for a in rows for b in rows]",
    "matches(text, '(a+)+$') or nobody", "matches(text, '*a' + text + text) or nobody", "[upper(text) for a in rows for b in rows]",
    "[replace(text, 'a', 'b') for a in rows for b in rows]", "[split(text, 'a') for a in rows]", "[count(rows, a) for a in rows for b in rows]",
    "[reversed(rows) for a in rows for b in rows]", "[flatten(deep) for a in rows for b in rows for c in rows]", "[working_days_after(due, 4000) for a in rows for b in rows]",
    "sorted(mixed)", "sorted(people, 'nobody')", "sorted([people, rows])", "min(mixed)", "max([])", "avg([])", "first(1)", "rows[::0]", "rows[::10 ** 30][10 ** 30]",
    "rows[10 ** 18:10 ** 19][0]", "rows['a']", "rows[1.5]", "report[rows]", "{rows: 1}", "{(1, rows): 1}", "text[text]", "missing['k']", "missing.k", "sum(['a'])",
    "1 < 'a'", "'a' + 1", "rows + text", "x in 5", "[(a, b) for a, b in rows]", "[a for a in 5]", "[a for a in text]", "[true for true in rows]", "[_a for _a in rows]",
    "[[a for a in rows] for b in [c for c in rows for d in rows for e in rows]]", "truth(1)", "same(1, 'a')", "len(5)", "len()", "len(1, 2)", "today(1)",
]  # fmt: skip
DATES = [
    "working_days_after(today(), 10 ** 9)", "working_days_after(today(), 10 ** 30)", "working_days_before(today(), 10 ** 7)", "working_days_after('9998-12-31', 4000)",
    "working_days_before('0001-01-01', 1)", "working_days_between(5, due)", "working_days_after(due, 1.5)", "working_days_after(rows, 1)",
    "working_days_after('soon', 1)", "is_working_day(5)", "days(10 ** 30)", "days(1e308)", "days('1')", "weeks(10 ** 12)", "today() + days(10 ** 8)", "today() - days(10 ** 8)",
    "today() + months(10 ** 9)", "months(10 ** 30)", "years(10 ** 9)", "today() + years(9999)", "today() + duration('P9999Y')", "duration('P' + digits + 'D')",
    "duration('PT99999999999S')", "duration(5)", "duration('')", "duration(text)", "now() - years(5000)", "today() * 2", "today() + today()", "today() + 1", "days(1) * 10 ** 30",
    "days(1) * days(1)", "days(1) / 0", "days(1) ** 9", "months(1) * 9", "date('0000-01-01')", "date(digits)", "date('2024-02-30')", "time(due)", "today().day.day", "date(due).era",
    "today() < 5", "today() < text", "months(1) < days(40)", "hours_between(due, due)", "end_of_month('never')", "date('9999-12-31') + days(1)", "days(999999999) + days(999999999)",
]  # fmt: skip
ATTEMPTS: dict[str, list[str]] = {
    "attributes": ATTRIBUTES, "names": NAMES, "syntax": SYNTAX, "letters": LETTERS, "sources": SOURCES,
    "numbers": NUMBERS, "memory": MEMORY, "time": TIME, "dates": DATES,
}  # fmt: skip
ALL = [(kind, source) for kind, sources in ATTEMPTS.items() for source in sources]


# --- places ---------------------------------------------------------------------------------------------------------


def run(content: bytes, decisions: bytes | None = None) -> None:
    tables = {} if decisions is None else {"decisions/t.dmn": decisions}
    definition = compile_definition("p", {"p.bpmn": content}, functions=FUNCTIONS, decisions=tables)
    out = start(definition, dict(DATA), now=NOW)
    for task in out.tasks[:1]:
        advance(definition, out.state, CompleteTask(task=task.id, data={}), now=NOW)


def drawn(body: str, *ids: str) -> bytes:
    return document(process(el("startEvent", "s") + body + el("userTask", "z") + chain("s", *ids, "z")), messages=("m",))


def xml(source: str) -> str:
    """Return `source` as XML; in place of nothing a sign that is no expression, for nothing is no attempt."""
    source = source if source.strip() else "$"
    return "".join(escape(letter).replace("\n", "&#10;") if letter.isprintable() or letter in "\n\t" else f"&#{ord(letter)};" for letter in source)


def expression(source: str) -> None:
    evaluate(source, DATA, FUNCTIONS, now=NOW)


def condition(source: str) -> None:
    gateway = el("exclusiveGateway", "g", default="g-z") + el("userTask", "a")
    run(drawn(gateway + flow("g", "a", xml(source)), "g"))


def script(source: str) -> None:
    run(drawn(el("scriptTask", "t", f"<bpmn:script>value = {xml(source)}</bpmn:script>"), "t"))


def a_timer(source: str) -> None:
    run(drawn(el("intermediateCatchEvent", "t", timer(xml(source))), "t"))


def key(source: str) -> None:
    run(drawn(el("intermediateCatchEvent", "t", message("m"), chidao__key=xml(source)), "t"))


def due(source: str) -> None:
    run(drawn(el("userTask", "t", chidao__due=xml(source)), "t"))


def parameter(source: str) -> None:
    extension = f'<bpmn:extensionElements><chidao:parameter name="n" value="{xml(source)}"/></bpmn:extensionElements>'
    run(drawn(el("serviceTask", "t", extension, chidao__operation="o"), "t"))


def _many(inner: str) -> bytes:
    return drawn(el("userTask", "t", f"<bpmn:multiInstanceLoopCharacteristics>{inner}</bpmn:multiInstanceLoopCharacteristics>"), "t")


def cardinality(source: str) -> None:
    run(_many(f"<bpmn:loopCardinality>{xml(source)}</bpmn:loopCardinality>"))


def completion(source: str) -> None:
    run(_many(f"<bpmn:loopCardinality>2</bpmn:loopCardinality><bpmn:completionCondition>{xml(source)}</bpmn:completionCondition>"))


def loop(source: str) -> None:
    test = f"<bpmn:loopCondition>{xml(source)}</bpmn:loopCondition>"
    run(drawn(el("userTask", "t", f'<bpmn:standardLoopCharacteristics testBefore="true">{test}</bpmn:standardLoopCharacteristics>'), "t"))


def juel(source: str) -> None:
    condition(f"${{{source}}}")


def feel(source: str) -> None:
    condition(f"={source}")


def _decided(rules: list[list[str]], *, column: str = "x") -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in "".join(itertools.chain(*rules, [column]))):
        raise InvalidInput("No file can hold half a letter.")
    names = sorted(DATA)
    content = table("t", [column, *names], ["found"], [[rule[0], *["-"] * len(names), rule[1]] for rule in rules], policy="FIRST")
    run(drawn(el("businessRuleTask", "t", chidao__decision="t"), "t"), content)


def cell(source: str) -> None:
    _decided([[source if source.strip() else "$", "1"], ["-", "1"]])


def question(source: str) -> None:
    _decided([[f"? == ({source})" if source.strip() else "$", "1"], ["-", "1"]])


def column(source: str) -> None:
    _decided([["1", "1"], ["-", "1"]], column=source)


def answer(source: str) -> None:
    _decided([["-", source]])


PLACES: dict[str, Callable[[str], None]] = {
    each.__name__: each
    for each in (expression, condition, script, a_timer, key, due, parameter, cardinality, completion, loop, juel, feel, cell, question, column, answer)
}


def refused(place: Callable[[str], None], source: str) -> str | None:
    """Return the sentence that refuses `source`, or None when it is let through. Anything else that is raised is an escape."""
    try:
        place(source)
    except REFUSALS as error:
        return str(error)
    return None


def measured() -> list[tuple[float, str, str, str]]:
    """Try every attempt in every place. Return (milliseconds, place, kind, attempt), the slowest first."""
    found = []
    for name, place in PLACES.items():
        for kind, source in ALL:
            begin = time.process_time()
            sentence = refused(place, source)
            spent = (time.process_time() - begin) * 1000
            assert sentence is not None, f"let through in {name}: {source!r}"
            found.append((spent, name, kind, source))
    return sorted(found, reverse=True)


def main() -> None:
    Run(drawn("", *[]))  # what is loaded once is not counted
    if "--limited" in sys.argv:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        bound = (before + 200_000) * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))
        for kind, source in ALL:
            assert refused(expression, source) is not None, source[:200]
            if kind in {"memory", "numbers", "time"}:
                assert refused(script, source) is not None, source[:200]
        print(f"{len(ALL)} refused, {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024} MB more")
        return
    table_ = measured()
    print(f"{len(ALL)} attempts in {len(PLACES)} places: all refused; milliseconds of CPU time of the slowest:")
    for spent, name, kind, source in table_[:25]:
        print(f"{spent:8.1f}  {name:<12} {kind:<11} {source[:80]!r}")
    print(f"median {table_[len(table_) // 2][0]:.2f} ms")


if __name__ == "__main__":
    main()
