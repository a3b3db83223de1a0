"""Reads the words of a foreign expression, with their columns, and hands them to its grammar."""

from __future__ import annotations

import json
import keyword
import re
from dataclasses import dataclass
from typing import NoReturn

from engine.bpmn.language.syntax import CONSTANTS
from engine.kernel.errors import InvalidInput

TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w]))|(?P<name>[^\W\d]\w*)"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?P<sign>&&|\|\||==|!=|<=|>=|\*\*|\.\.|[-+*/%<>=!?:.,()\[\]{}@])",
    re.DOTALL,
)
MAX_DEPTH = 50  # a bracket is two: an expression and an operand
ESCAPED = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word: "number", "name", "text" (its value, unquoted), "sign" or "end", and the column where it begins."""

    kind: str
    text: str
    column: int
    spaced: bool  # a space before it


@dataclass(frozen=True, slots=True)
class Piece:
    """A part that is mapped: its text in our language, and what is surely its kind: "bool", "number", "text", "null" or "any"."""

    text: str
    kind: str = "any"
    literal: str | None = None  # the value of a text literal

    @property
    def inner(self) -> str:
        """Return the text as an operand of something larger."""
        return self.text if re.fullmatch(r"[\w.]+|\w+\([^()]*\)|\"(?:[^\"\\]|\\.)*\"", self.text) else f"({self.text})"

    @property
    def truth(self) -> str:
        """Return the text where only true or false may stand."""
        return self.inner if self.kind == "bool" else f"truth({self.text})"

    def whole(self, *, condition: bool) -> str:
        """Return the text as a whole expression."""
        return f"truth({self.text})" if condition and self.kind != "bool" else self.text


def tokens(language: str, source: str, start: int) -> list[Token]:
    """Return the words of `source` from `start`. Raises InvalidInput for letters that begin none."""
    found: list[Token] = []
    place, spaced = start, False
    while place < len(source):
        match = TOKEN.match(source, place)
        if match is None or match.lastgroup is None:
            refuse(language, source[place : place + 10], place + 1)
        if match.lastgroup != "space":
            word = _unquoted(language, match[0], place) if match.lastgroup == "text" else match[0]
            found.append(Token(match.lastgroup, word, place + 1, spaced))
        spaced = match.lastgroup == "space"
        place = match.end()
    return [*found, Token("end", "the end", len(source) + 1, spaced)]


def _unquoted(language: str, quoted: str, place: int) -> str:
    for escape in re.finditer(r"\\(.)", quoted, re.DOTALL):
        if escape[1] not in ESCAPED:
            refuse(language, escape[0], place + escape.start() + 1)
    return re.sub(r"\\(.)", lambda found: ESCAPED[found[1]], quoted[1:-1], flags=re.DOTALL)


def refuse(language: str, found: str, column: int, remedy: str = "Rewrite it in our language.") -> NoReturn:
    """Refuse a piece. Raises InvalidInput."""
    message = f"Expected {language} that our language can say, but found {found[:60]!r} at column {column}. {remedy}"
    raise InvalidInput(message, column=column)


class Reader:
    """The words still to be read."""

    def __init__(self, language: str, source: str, words: list[Token]) -> None:
        self.language = language
        self.source = source
        self.words = words
        self.place = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        """The next word, not taken."""
        return self.words[self.place]

    def after(self, count: int) -> Token:
        """Return the word `count` words further on, not taken."""
        return self.words[min(self.place + count, len(self.words) - 1)]

    def take(self) -> Token:
        """Take the next word."""
        word = self.next
        self.place = min(self.place + 1, len(self.words) - 1)
        return word

    def took(self, *words: str) -> Token | None:
        """Take the next word if it is one of these signs or names."""
        return self.take() if self.next.kind in {"sign", "name"} and self.next.text in words else None

    def expect(self, word: str) -> None:
        """Take `word`. Raises InvalidInput when something else stands there."""
        if self.took(word) is None:
            refuse(self.language, self.next.text, self.next.column, f"Here belongs {word}.")

    def refuse(self, token: Token | None = None, remedy: str = "Rewrite it in our language.") -> NoReturn:
        """Refuse `token`, or what comes next."""
        token = token or self.next
        refuse(self.language, token.text, token.column, remedy)

    def deeper(self) -> None:
        """Count a level. Raises InvalidInput when there are too many."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(remedy=f"Nest at most {MAX_DEPTH // 2} levels.")


def text_of(value: str) -> Piece:
    """Return a text literal of our language."""
    return Piece(json.dumps(value, ensure_ascii=False), "text", value)


def name_of(reader: Reader, token: Token, *, after_dot: bool = False) -> str:
    """Return a name that our language reads the same way. Raises InvalidInput."""
    if token.kind != "name" or token.text.startswith("_") or keyword.iskeyword(token.text) or (not after_dot and token.text in CONSTANTS):
        reader.refuse(token, "This is no name of our language: give the value another one.")
    return token.text


def number_of(reader: Reader, token: Token) -> Piece:
    """Return a number literal."""
    if re.match(r"0\d", token.text):
        reader.refuse(token, "Write the number without a leading zero.")
    return Piece(token.text, "number")


def same(left: Piece, right: Piece, *, equal: bool) -> Piece:
    """Return the equality of two pieces; same(…) refuses where a conversion of kinds would decide it."""
    if "null" in {left.kind, right.kind}:
        return Piece(f"{left.inner} {'==' if equal else '!='} {right.inner}", "bool")
    return Piece(f"{'' if equal else 'not '}same({left.text}, {right.text})", "bool")
