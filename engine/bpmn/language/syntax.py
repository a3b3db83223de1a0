"""What an expression may be written of: an allow-list over Python's syntax. Every refusal names line and column and what stands there."""

from __future__ import annotations

import ast
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, NoReturn

from engine.bpmn.language.bounds import MAX_BITS
from engine.kernel.errors import InvalidInput

MAX_DEPTH = 40
MAX_BRACKETS = 60  # open at one place; Python's own reader gives up at 200
CONSTANTS = {"true": True, "false": False, "null": None}

ALLOWED: tuple[type[ast.AST], ...] = (
    ast.Constant, ast.Name, ast.Attribute, ast.Load, ast.Store, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.And, ast.Or, ast.Compare,
    ast.IfExp, ast.Subscript, ast.Slice, ast.List, ast.Dict, ast.Tuple, ast.ListComp, ast.GeneratorExp, ast.comprehension, ast.Call,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.Not, ast.USub, ast.UAdd,
)  # fmt: skip
WORDS: dict[type[ast.AST], str] = {
    ast.Lambda: "a lambda",
    ast.JoinedStr: "a formatted string",
    ast.NamedExpr: "an assignment inside an expression",
    ast.Starred: "a star",
    ast.keyword: "a named argument",
    ast.Set: "a set (write a list, [1, 2])",
    ast.SetComp: "a set (write a list, [1, 2])",
    ast.DictComp: "a dict made by a loop (write a list)",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "| (write or)",
    ast.BitAnd: "& (write and)",
    ast.BitXor: "^ (write ** for a power)",
    ast.Invert: "~ (write not)",
    ast.MatMult: "@",
}  # fmt: skip
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
TEXT = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)
ESCAPES = re.compile(r"\\(.?)", re.DOTALL)
ESCAPED = frozenset("\\'\"nrt")
SIGNS = re.compile(rf"(?:(?:[-+~]|\bnot\b)\s*){{{MAX_BRACKETS},}}")  # Python's reader would go as deep
EQUALS = "write == to compare"
HABITS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[$#]\{"), "write the expression without ${ }"),
    (re.compile(r"===|!=="), "write == or !="),
    (re.compile(r"&&"), "write and"),
    (re.compile(r"\|\|"), "write or"),
    (re.compile(r"!(?!=)"), "write not"),
    (re.compile(r"<>"), "write !="),
    (re.compile(r"(?<![=!<>])=(?!=)"), EQUALS),
    (re.compile(r"\?"), "write a if condition else b"),
    (re.compile(r"[“”‘’«»]"), 'write straight quotes, "…"'),
    (re.compile(r";"), "write one expression"),
    (re.compile(r"\bthen\b"), "write a if condition else b"),
)  # fmt: skip  what other languages write instead of ours; looked for only when the text is no expression


@dataclass(frozen=True, slots=True)
class Text:
    """The text that a syntax tree was read from. `indents`: what was cut off the beginning of each line. `kind`: what to call it."""

    source: str
    indents: tuple[int, ...] = ()
    kind: str = "the expression"

    def place(self, node: Any) -> tuple[int, int]:
        """Return line and column, both counted from 1, at which `node` begins."""
        start = self.start(node.lineno)
        before = self.source[start : start + node.col_offset].encode()[: node.col_offset].decode(errors="replace")
        return self.seen(start + len(before))

    def start(self, line: int) -> int:
        """Return where a line begins."""
        place = 0
        for _ in range(line - 1):
            place = self.source.find("\n", place) + 1
        return place

    def seen(self, place: int) -> tuple[int, int]:
        """Return line and column of the letter at `place` as the author sees them."""
        line = self.source.count("\n", 0, place) + 1
        column = place - (self.source.rfind("\n", 0, place) + 1) + 1
        return line, column + (self.indents[line - 1] if line <= len(self.indents) else 0)

    def at(self, line: int, column: int) -> str:
        """Return the place in words."""
        if self.kind != "the expression":
            return f"line {line}, column {column} of {self.kind}"
        if "\n" in self.source:
            return f"line {line}, column {column} of the expression {short(self.source)}"
        return f"column {column} of the expression {short(self.source)}"

    def refuse(self, found: str, node: Any) -> NoReturn:
        """Refuse what stands at `node`. Raises InvalidInput."""
        line, column = self.place(node)
        message = f"Expected values, names, operators and calls of named functions, but found {found} at {self.at(line, column)}."
        raise InvalidInput(message, line=line, column=column)


def short(source: str) -> str:
    """Return `source` in quotes, cut when it is long."""
    return repr(source if len(source) <= 80 else source[:77] + "…")


def tree_of(text: Text, *, mode: str = "eval") -> Any:
    """Return the syntax tree of `text`: not yet checked. Raises InvalidInput naming line and column."""
    _letters(text)
    try:
        return ast.parse(_flat(text) if mode == "eval" else text.source, mode=mode)
    except SyntaxError as error:
        _explain(text, error)
    except (ValueError, RecursionError, MemoryError):
        raise InvalidInput(f"Expected an expression at most {MAX_DEPTH} levels deep, but found {short(text.source)}.") from None


def _flat(text: Text) -> str:
    """Return an expression of several lines on one, every letter in its place."""
    if "\n" not in text.source:
        return text.source
    bare = TEXT.sub(_without_letters, text.source)
    if "#" in bare:
        _letter(text, bare.index("#"), "a comment among several lines", "Delete it.")
    return text.source if "'" in bare or '"' in bare else text.source.replace("\n", " ").replace("\r", " ")


def _explain(text: Text, error: SyntaxError) -> NoReturn:
    """Refuse what Python's reader refuses, with what the author may have meant. Raises InvalidInput."""
    place = min(text.start(error.lineno or 1) + (error.offset or 1) - 1, len(text.source))
    remedy = error.msg.split(". ")[0]
    bare = TEXT.sub(_without_letters, text.source)
    script = text.kind != "the expression"
    for pattern, words in HABITS:
        found = pattern.search(bare)
        if found and not (script and words == EQUALS):
            place, remedy = found.start(), words
            break
    line, column = text.seen(place)
    rest = text.source[place:].split("\n")[0][:30] or "the end"
    wanted = "lines of `name = expression`" if script else "one expression"
    raise InvalidInput(f"Expected {wanted}, but found {rest!r} at {text.at(line, column)}: {remedy}.", line=line, column=column)


def _letters(text: Text) -> None:
    """Refuse letters that nobody sees or that mean something else than they look like, and brackets without end."""
    source = text.source
    for quotes in ('"""', "'''"):
        if quotes in source:
            _letter(text, source.index(quotes), "three quotes", "Write one at each end.")
    depth = 0
    if source.isascii() and "\\" not in source and source.isprintable():
        bare = TEXT.sub("", source)
    else:
        visible(text)
        bare = TEXT.sub(_without_letters, source)
        for found in ESCAPES.finditer(source):
            if found[1] not in ESCAPED:
                _letter(text, found.start(), "a backslash", 'Write \\\\ for one backslash, \\" for a quote, and nothing else with it.')
        if "\\" in bare:
            _letter(text, bare.index("\\"), "a backslash outside a text", "Delete it.")
    if signs := SIGNS.search(bare):
        _letter(text, signs.start(), f"more than {MAX_BRACKETS} signs in a row", "Write one.")
    for place, letter in enumerate(bare):
        depth += (letter in "([{") - (letter in ")]}")
        if depth > MAX_BRACKETS:
            _letter(text, place, f"more than {MAX_BRACKETS} open brackets", "Write it in several steps.")
    for joined in re.finditer(r"(?<![\w.])\d[\w.]*", bare):
        if not re.fullmatch(r"\d[\d_]*\.?[\d_]*(?:[eE][+-]?\d+)?|0[xob][\da-fA-F_]+|\d[\d.]*[eE]", joined[0]):
            _letter(text, joined.start(), f"{joined[0][:30]!r}", "Write a space after a number, and numbers as 12 or 1.5.")


def visible(text: Text) -> None:
    """Refuse letters that nobody sees: controls, marks of direction, halves of letters. Raises InvalidInput naming line and column."""
    if text.source.isprintable():
        return
    for place, letter in enumerate(text.source):
        if unicodedata.category(letter) in INVISIBLE and letter not in "\n\r\t":
            _letter(text, place, f"the invisible character U+{ord(letter):04X}", "Delete it.")


def _without_letters(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _letter(text: Text, place: int, found: str, remedy: str) -> NoReturn:
    line, column = text.seen(place)
    raise InvalidInput(f"Expected visible letters and plain texts, but found {found} at {text.at(line, column)}. {remedy}", line=line, column=column)


def inspect(node: ast.AST, text: Text, depth: int = 1) -> None:
    """Check `node` and all below it against the allow-list. Raises InvalidInput naming line and column."""
    if depth > MAX_DEPTH:
        raise InvalidInput(f"Expected an expression at most {MAX_DEPTH} levels deep, but found {short(text.source)}. Write it in several steps.")
    if not isinstance(node, ALLOWED):
        text.refuse(WORDS.get(type(node), type(node).__name__), node if hasattr(node, "lineno") else _NOWHERE)
    check = _CHECKS.get(type(node))
    if check is not None:
        check(node, text)
    for child in ast.iter_child_nodes(node):
        if not hasattr(child, "lineno") and hasattr(node, "lineno") and not isinstance(child, ALLOWED):
            text.refuse(WORDS.get(type(child), type(child).__name__), node)
        inspect(child, text, depth + 1)


@dataclass(frozen=True, slots=True)
class _Nowhere:
    lineno: int = 1
    col_offset: int = 0


_NOWHERE = _Nowhere()


def _name(node: ast.Name, text: Text) -> None:
    if node.id.startswith("_"):
        text.refuse(f"the name {node.id[:60]} (names begin with a letter)", node)
    if isinstance(node.ctx, ast.Store) and node.id in CONSTANTS:
        text.refuse(f"the word {node.id} as a name", node)


def _attribute(node: ast.Attribute, text: Text) -> None:
    if node.attr.startswith("_"):
        text.refuse(f"the name {node.attr[:60]} (names begin with a letter)", node)


def _constant(node: ast.Constant, text: Text) -> None:
    value: Any = node.value
    if not isinstance(value, str | int | float | bool | None):
        text.refuse("..." if value is ... else f"the literal {value!r:.60}", node)
    if type(value) is int and value.bit_length() > MAX_BITS:
        text.refuse(f"a number of more than {MAX_BITS} bits", node)
    if isinstance(value, float) and not math.isfinite(value):
        text.refuse("a number beyond all bounds", node)


def _call(node: ast.Call, text: Text) -> None:
    if isinstance(node.func, ast.Attribute):
        whole = ast.unparse(node.func.value) if isinstance(node.func.value, ast.Name | ast.Attribute | ast.Subscript | ast.Constant) else "…"
        more = ", …" if node.args else ""
        text.refuse(f"a call after a dot (write {node.func.attr[:40]}({whole[:40]}{more}))", node)
    if not isinstance(node.func, ast.Name):
        text.refuse("a call of something that is not a named function", node)
    if node.keywords:
        text.refuse(f"a named argument (write the value of {node.keywords[0].arg or 'it'} alone)", node)


def _comprehension(node: ast.comprehension, text: Text) -> None:
    if node.is_async:
        text.refuse("an asynchronous loop", node.target)


def _dict(node: ast.Dict, text: Text) -> None:
    if None in node.keys:
        text.refuse("two stars", node)


def _compare(node: ast.Compare, text: Text) -> None:
    for op, part in zip(node.ops, node.comparators, strict=True):
        constant = (isinstance(part, ast.Constant) and (part.value is None or isinstance(part.value, bool))) or (isinstance(part, ast.Name) and part.id in CONSTANTS)
        if isinstance(op, ast.Is | ast.IsNot) and not constant:
            text.refuse("is before a value (write == to compare)", node)


_CHECKS: dict[type[ast.AST], Any] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.comprehension: _comprehension,
    ast.Dict: _dict,
    ast.Compare: _compare,
}
