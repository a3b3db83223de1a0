"""Reads a decision table from a DMN file (1.1 to 1.5), and refuses what would not be decided as it is written."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from engine.bpmn import xml
from engine.bpmn.findings import Findings
from engine.bpmn.language.expressions import CONSTANTS, check, parse
from engine.bpmn.language.foreign_expressions import FEEL, OURS, language_of, translated
from engine.bpmn.tables.decisions import AGGREGATIONS, COLLECT, HIT_POLICIES, RANKED, UNIQUE, Input, Output, Rule, Table
from engine.bpmn.tables.idle_rules import problems
from engine.bpmn.tables.unary_tests import Cell, cut, parse_cell
from engine.bpmn.vocabulary import local
from engine.kernel.errors import InvalidInput

SUFFIX = ".dmn"
NAMESPACES = (
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)
ROOTS = [f"{{{namespace}}}definitions" for namespace in NAMESPACES]
ELSEWHERE = {
    "literalExpression": "Write a decision table",
    "businessKnowledgeModel": "Write what it knows into the table",
    "knowledgeRequirement": "Write what it knows into the table",
    "requiredDecision": "Draw one business rule task after the other, each with a table of its own",
    "decisionService": "Draw one business rule task for each table",
    "invocation": "Write a decision table",
    "import": "Write the table into this file",
}
REMEDY = 'Write it as in "a", "b" or >= 2 or [1..5] or not("a") or -.'
ANYTHING = Cell(tests=(), negated=False)


def decision_key(file: str) -> str:
    """Return the key of the table in a file: `shared/decisions/directive_shape.dmn` → `directive_shape`."""
    return file.rsplit("/", 1)[-1].removesuffix(SUFFIX)


def read_table(file: str, key: str, content: bytes, *, functions: Iterable[str]) -> Table:
    """Return the one decision table of a file, whose decision has the id `key`. Raises DefinitionInvalid with every finding."""
    root = xml.read(file, content, roots=ROOTS)
    findings = Findings()
    table = _Reader(file=file, findings=findings, functions=frozenset(functions)).read(root, key)
    findings.stop()
    assert table is not None  # else there was a finding
    return table


def idle_parts(content: bytes, table: Table) -> Iterator[tuple[str | None, str]]:
    """Yield (element id, sentence) for what a table holds without effect."""
    root = xml.read(table.key, content, roots=ROOTS)
    yield from problems(next(root.iter("{*}decisionTable")), table)


@dataclass(slots=True, kw_only=True)
class _Reader:
    file: str
    findings: Findings
    functions: frozenset[str]

    def refuse(self, node: etree._Element, message: str) -> None:
        named = next((each for each in (node, *node.iterancestors()) if each.get("id")), node)
        self.findings.add(self.file, named, "decision_table", message)

    def read(self, root: etree._Element, key: str) -> Table | None:
        for node in root.iter("{*}*"):
            if local(node) in ELSEWHERE:
                self.refuse(node, f"Expected a decision table alone, but found a {local(node)}. {ELSEWHERE[local(node)]}.")
            self.language(node)
        decisions = root.findall("{*}decision")
        tables = [table for each in decisions for table in each.iterfind("{*}decisionTable")]
        if len(decisions) != 1 or len(tables) != 1:
            self.refuse(root, f"Expected one decision with one table in the file, but found {len(decisions)} with {len(tables)}. Give each a file.")
            return None
        if decisions[0].get("id") != key:
            self.refuse(decisions[0], f"Expected the decision to have the id {key!r}, as its file, but found {decisions[0].get('id')!r}. Rename one.")
        return self.table(key, tables[0])

    def language(self, node: etree._Element) -> None:
        found = (node.get("expressionLanguage") or "").strip()
        if (language := language_of(found)) not in {None, FEEL}:
            self.refuse(node, f"Expected FEEL or our expression language, but found {language}. Remove expressionLanguage and rewrite the text.")

    def table(self, key: str, node: etree._Element) -> Table:
        policy, aggregation = node.get("hitPolicy", UNIQUE), node.get("aggregation")
        self.policy(node, policy, aggregation)
        inputs = tuple(self.input(each) for each in node.iterfind("{*}input"))
        known = frozenset(name for column in inputs for name in _names(column.source))
        outputs = tuple(self.output(each, known) for each in node.iterfind("{*}output"))
        names = [column.name for column in outputs]
        if not names or len(set(names)) < len(names):
            self.refuse(node, f"Expected outputs with different names, but found {', '.join(names) or 'none'}. Name each once.")
        if policy in RANKED and not all(column.values for column in outputs):
            self.refuse(node, f"Expected output values at every output for the hit policy {policy}, but found none. List them, the most important first.")
        rules = tuple(
            self.rule(number, each, inputs, outputs, known) for number, each in enumerate(node.iterfind("{*}rule"), start=1)
        )
        if not rules:
            self.refuse(node, "Expected at least one rule, but found none. Add one.")
        return Table(key=key, hit_policy=policy, aggregation=aggregation, inputs=inputs, outputs=outputs, rules=rules)

    def policy(self, node: etree._Element, policy: str, aggregation: str | None) -> None:
        if policy not in HIT_POLICIES:
            self.refuse(node, f"Expected one of the hit policies {', '.join(HIT_POLICIES)}, but found {policy}. Choose one of them.")
        if aggregation is None:
            return
        if policy != COLLECT or aggregation not in AGGREGATIONS:
            self.refuse(node, f"Expected {', '.join(AGGREGATIONS)} with the hit policy COLLECT, but found {aggregation} with {policy}. Choose one.")
        elif len(node.findall("{*}output")) > 1:
            self.refuse(node, f"Expected one output for {aggregation}, but found several. Keep one, or collect them as lists.")

    def input(self, node: etree._Element) -> Input:
        inner = node.find("{*}inputExpression")
        written = _text(inner)
        label = " ".join((node.get("label") or written or node.get("id") or "").split())
        source = self.expression(node, written, f"the input {label!r}", said_at=inner)
        return Input(label=label, source=source, type="" if inner is None else inner.get("typeRef") or "")

    def output(self, node: etree._Element, known: frozenset[str]) -> Output:
        name, default = (node.get("name") or "").strip(), node.find("{*}defaultOutputEntry")
        if not _is_name(name):
            self.refuse(node, f"Expected a name such as proposed_process at every output, but found {name!r}. Give it one: the value enters the data by it.")
        otherwise = None if default is None else self.expression(default, _text(default), f"the default of {name!r}", known)
        return Output(name=name, default=otherwise, values=self.values(node, name, known), type=node.get("typeRef") or "")

    def values(self, node: etree._Element, name: str, known: frozenset[str]) -> tuple[str, ...]:
        """Return the expressions of the outputValues, in the order of their priority."""
        listed = node.find("{*}outputValues")
        try:
            written = [each.strip() for each in cut(_text(listed), ",")] if listed is not None and _text(listed) else []
        except InvalidInput as error:
            self.refuse(node, f"In the output values of {name!r}: {error.message}")
            return ()
        return tuple(self.expression(node, each, f"the output values of {name!r}", known) for each in written)

    def rule(self, number: int, node: etree._Element, inputs: tuple[Input, ...], outputs: tuple[Output, ...], known: frozenset[str]) -> Rule:
        entries, results = node.findall("{*}inputEntry"), node.findall("{*}outputEntry")
        if (len(entries), len(results)) != (len(inputs), len(outputs)):
            found = f"{len(entries)} and {len(results)}"
            self.refuse(node, f"Expected {len(inputs)} input and {len(outputs)} output cells in rule {number}, but found {found}. Save it with a DMN editor.")
        answers = [
            self.expression(entry, _text(entry), f"rule {number}, output {result.name!r}", known)
            for entry, result in zip(results, outputs, strict=False)
        ]
        cells = tuple(self.cell(each, column, f"rule {number}, input {column.label!r}", known) for each, column in zip(entries, inputs, strict=False))
        return Rule(cells=cells, results=tuple(answers))

    def cell(self, node: etree._Element, column: Input, place: str, known: frozenset[str]) -> Cell:
        try:
            found = parse_cell(_text(node), column.source, lambda source: self.ours(node, source))
            for operand in found.operands():
                self.check(operand, known)
        except InvalidInput as error:
            self.refuse(node, f"In {place}: {error.message.rstrip('.')}. {REMEDY}")
            return ANYTHING
        return found

    def expression(self, node: etree._Element, source: str, place: str, known: frozenset[str] | None = None, *, said_at: etree._Element | None = None) -> str:
        """Return `source` in our language, noting a finding when it cannot be. `said_at`: where its own language may stand."""
        try:
            source = self.ours(node if said_at is None else said_at, source)
            self.check(source, known)
        except InvalidInput as error:
            self.refuse(node, f"In {place}: {error.message.rstrip('.')}. Write an expression of our language, texts in quotes.")
        return source

    def ours(self, node: etree._Element, source: str) -> str:
        """Return `source` in our language. Where no language is said it is ours if it can be, else FEEL. Raises InvalidInput."""
        said = next((found for each in (node, *node.iterancestors()) if (found := (each.get("expressionLanguage") or "").strip())), "")
        if said.lower() in OURS or not source:
            return source
        if said:
            return translated(source, said)
        try:
            body = parse(source).body
        except InvalidInput:
            try:
                return translated(source, "feel")
            except InvalidInput:
                return source  # what is wrong with it in our language is said by its check
        for part in ast.walk(body):
            if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Constant) and type(part.slice.value) is int and part.slice.value > 0:
                raise InvalidInput(
                    f"Expected one meaning, but found [{part.slice.value}], which counts from 1 in FEEL and from 0 in our language. "
                    'Say expressionLanguage="chidao" at the definitions for ours.'
                )
        return source

    def check(self, source: str, known: frozenset[str] | None) -> None:
        check(source, self.functions)
        strange = sorted(_names(source) - known) if known is not None else []
        if strange:
            raise InvalidInput(f"Expected a text in quotes or the name of an input, but found {strange[0]}.")


def _is_name(name: str) -> bool:
    return name.isidentifier() and not (name.startswith("_") or keyword.iskeyword(name) or name in CONSTANTS)


def _names(source: str) -> frozenset[str]:
    """Return the names of the data that an expression reads; none when it is no expression."""
    try:
        body = parse(source).body
    except InvalidInput:
        return frozenset()
    names = [node for node in ast.walk(body) if isinstance(node, ast.Name)]
    called = {node.func.id for node in ast.walk(body) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return frozenset({node.id for node in names} - called - bound - CONSTANTS.keys())


def _text(node: etree._Element | None) -> str:
    found = node.find("{*}text") if node is not None else None
    return (found.text or "").strip() if found is not None else ""
