"""The grammar of FEEL, the expression language of DMN and of Camunda 8 (DMN 1.3, 10.3), as far as ours says the same."""

from __future__ import annotations

import re

from engine.bpmn.language.foreign_tokens import Piece, Reader, Token, name_of, number_of, same, text_of
from engine.bpmn.language.moments import DURATION

ORDER = ("<", "<=", ">", ">=")
LITERALS = {"true": Piece("true", "bool"), "false": Piece("false", "bool"), "null": Piece("null", "null")}
WORDS = frozenset({"and", "or", "in", "between", "if", "then", "else", "for", "return", "some", "every", "satisfies", "function", "instance"})
FUNCTIONS: dict[str, tuple[str, str]] = {  # FEEL → ours, and the kind of the value
    "string length": ("len", "number"),
    "upper case": ("upper", "text"),
    "lower case": ("lower", "text"),
    "starts with": ("starts_with", "bool"),
    "ends with": ("ends_with", "bool"),
    "contains": ("contains", "bool"),
    "substring": ("substring", "text"),
    "trim": ("trim", "text"),
    "count": ("len", "number"),
    "sum": ("sum", "number"),
    "mean": ("avg", "number"),
    "min": ("min", "any"),
    "max": ("max", "any"),
    "floor": ("floor", "number"),
    "ceiling": ("ceil", "number"),
    "abs": ("abs", "number"),
    "distinct values": ("unique", "any"),
    "flatten": ("flatten", "any"),
    "reverse": ("reversed", "any"),
    "is empty": ("is_empty", "bool"),
    "get value": ("get", "any"),
    "today": ("today", "any"),
    "now": ("now", "any"),
    "date": ("date", "any"),
    "duration": ("duration", "any"),
}
LISTS = frozenset({"sum", "mean", "count", "min", "max"})
OFFSET = re.compile(r"T.*(?:Z|[+-]\d{2}:\d{2})$")


class Feel:
    """One expression."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.within = False  # the end of an interval: the bracket that follows closes it

    def whole(self, *, condition: bool) -> str:
        """Return the expression in our language; a condition is true or false and nothing else. Raises InvalidInput."""
        found = self.expression()
        if self.reader.next.kind == "name":
            self.reader.refuse(remedy="Names with spaces cannot be told from words: give the value one name.")
        if self.reader.next.kind != "end":
            self.reader.refuse()
        return found.whole(condition=condition)

    def expression(self) -> Piece:
        self.reader.deeper()
        if self.reader.took("if"):
            found = self.condition()
        elif self.reader.took("for"):
            found = self.loop("return", "[{} {}]", "any")
        elif self.reader.took("some"):
            found = self.loop("satisfies", "any([{} {}])", "bool")
        elif self.reader.took("every"):
            found = self.loop("satisfies", "all([{} {}])", "bool")
        else:
            found = self.either()
        self.reader.depth -= 1
        return found

    def condition(self) -> Piece:
        test = self.expression()
        self.reader.expect("then")
        one = self.expression()
        self.reader.expect("else")
        return Piece(f"{one.inner} if {test.truth} else {self.expression().inner}")

    def loop(self, word: str, shape: str, kind: str) -> Piece:
        loops = [self.iteration()]
        while self.reader.took(","):
            loops.append(self.iteration())
        self.reader.expect(word)
        found = self.expression()
        return Piece(shape.format(found.truth if kind == "bool" else found.inner, " ".join(loops)), kind)

    def iteration(self) -> str:
        name = name_of(self.reader, self.reader.take())
        self.reader.expect("in")
        items = self.either()
        if self.reader.next.text == "..":
            self.reader.refuse(remedy="Loop over a list.")
        return f"for {name} in {items.inner}"

    def either(self) -> Piece:
        parts = [self.both()]
        while self.reader.took("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Piece(" or ".join(part.truth for part in parts), "bool")

    def both(self) -> Piece:
        parts = [self.comparison()]
        while self.reader.took("and"):
            parts.append(self.comparison())
        return parts[0] if len(parts) == 1 else Piece(" and ".join(part.truth for part in parts), "bool")

    def comparison(self) -> Piece:
        left = self.sum()
        token = self.reader.took("=", "!=", *ORDER, "in", "between")
        if token is None:
            return left
        if token.text == "in":
            found = self.among(left)
        elif token.text == "between":
            low = self.sum()
            self.reader.expect("and")
            found = Piece(f"{low.inner} <= {left.inner} <= {self.sum().inner}", "bool")
        elif token.text in ORDER:
            found = Piece(f"{left.inner} {token.text} {self.sum().inner}", "bool")
        else:
            found = same(left, self.sum(), equal=token.text == "=")
        if self.reader.next.text in {"=", "!=", *ORDER}:
            self.reader.refuse(remedy="Compare two values at a time.")
        return found

    def among(self, left: Piece) -> Piece:
        """Return `left in …`: a list, values in brackets, an interval, or a name."""
        opening = self.reader.took("(", "[", "]")
        if opening is None:
            return Piece(f"{left.inner} in {self.sum().inner}", "bool")
        first = self.expression()
        if self.reader.took(".."):
            self.within = True
            last = self.sum()
            self.within = False
            closing = self.reader.took(")", "]", "[")
            if closing is None:
                self.reader.refuse(remedy="Here belongs ] or ).")
            low, high = "<=" if opening.text == "[" else "<", "<=" if closing.text == "]" else "<"
            return Piece(f"{first.inner} {low} {left.inner} {high} {last.inner}", "bool")
        parts = [first]
        while self.reader.took(","):
            parts.append(self.expression())
        if opening.text == "]":
            self.reader.refuse(opening)
        self.reader.expect(")" if opening.text == "(" else "]")
        if opening.text == "(" and len(parts) == 1 and first.kind == "any":
            return Piece(f"{left.inner} in {first.inner}", "bool")
        return Piece(f"{left.inner} in [{', '.join(part.text for part in parts)}]", "bool")

    def sum(self) -> Piece:
        found = self.product()
        while token := self.reader.took("+", "-"):
            if token.text == "-" and not (token.spaced and self.reader.next.spaced) and found.kind == "any":
                self.reader.refuse(token, "This may be a part of a name: write a space before and after a minus.")
            right = self.product()
            kind = "number" if found.kind == right.kind == "number" else "any"
            found = Piece(f"{found.inner} {token.text} {right.inner}", kind)
        return found

    def product(self) -> Piece:
        found = self.unary()
        while token := self.reader.took("*", "/"):
            found = Piece(f"{found.inner} {token.text} {self.unary().inner}", "number")
        return found

    def unary(self) -> Piece:
        self.reader.deeper()
        found = Piece(f"-{self.unary().inner}", "number") if self.reader.took("-") else self.value()
        self.reader.depth -= 1
        return found

    def value(self) -> Piece:
        found = self.primary()
        while self.reader.next.text in {".", "["} and self.reader.next.kind == "sign":
            if self.reader.next.text == "[":
                if self.within:
                    break
                self.reader.refuse(remedy="FEEL counts from 1 and filters with brackets: rewrite it as name[0] or [x for x in list if …].")
            self.reader.take()
            found = Piece(f"{found.inner}.{name_of(self.reader, self.reader.take(), after_dot=True)}")
        if self.reader.next.text in {"(", "**"} and self.reader.next.kind == "sign":
            self.reader.refuse()
        return found

    def primary(self) -> Piece:
        token = self.reader.take()
        if token.kind == "text":
            return text_of(token.text)
        if token.kind == "number":
            return number_of(self.reader, token)
        if token.kind == "sign":
            return self.bracketed(token)
        if token.kind != "name":
            self.reader.refuse(token)
        return self.called(token) or self.named(token)

    def bracketed(self, token: Token) -> Piece:
        if token.text == "(":
            found = self.expression()
            self.reader.expect(")")
            return found
        if token.text == "[":
            return Piece(f"[{', '.join(part.text for part in self.arguments(']'))}]")
        if token.text == "@" and self.reader.next.kind == "text":
            return self.moment(self.reader.take())
        return self.reader.refuse(token)

    def named(self, token: Token) -> Piece:
        if token.text in LITERALS:
            return LITERALS[token.text]
        if token.text in WORDS:
            self.reader.refuse(token)
        if self.reader.next.kind == "name" and self.reader.next.text not in WORDS:
            self.reader.refuse(self.reader.next, "Names with spaces cannot be told from words: give the value one name.")
        return Piece(name_of(self.reader, token))

    def called(self, token: Token) -> Piece | None:
        """Return the call that begins at `token`, whose name may be of several words; None when it is no call."""
        words = [token.text]
        while len(words) < 4 and self.reader.after(len(words) - 1).kind == "name":
            words.append(self.reader.after(len(words) - 1).text)
        opening = self.reader.after(len(words) - 1)
        if opening.text != "(" or opening.kind != "sign":
            return None
        name = " ".join(words)
        if name not in {*FUNCTIONS, "date and time"} and WORDS & set(words):
            return None
        for _ in range(len(words)):
            self.reader.take()
        given = self.arguments(")")
        return self.call(Token("name", f"{name}(", token.column, spaced=False), name, given)

    def call(self, token: Token, name: str, given: list[Piece]) -> Piece:
        if name == "not" and len(given) == 1:
            return Piece(f"not {given[0].truth}", "bool")
        if name == "list contains" and len(given) == 2:
            return Piece(f"{given[1].inner} in {given[0].inner}", "bool")
        if name == "append" and len(given) == 2:
            return Piece(f"{given[0].inner} + [{given[1].text}]")
        if name == "date and time" and len(given) == 1 and given[0].literal is not None:
            return self.moment(Token("text", given[0].literal, token.column, spaced=False))
        if name not in FUNCTIONS or (name == "date" and len(given) != 1):
            self.reader.refuse(token, "Our language has no function that surely means the same.")
        if name in LISTS - {"min", "max"} and len(given) != 1:
            self.reader.refuse(token, "Give it one list.")
        ours, kind = FUNCTIONS[name]
        return Piece(f"{ours}({', '.join(each.text for each in given)})", kind)

    def moment(self, token: Token) -> Piece:
        text = token.text
        if DURATION.match(text):
            return Piece(f'duration("{text}")')
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return Piece(f'date("{text}")')
        if OFFSET.search(text) and text.isascii() and '"' not in text and "\\" not in text:
            return Piece(f'time("{text}")')
        return self.reader.refuse(token, "Write a time with its offset, such as 2026-01-31T08:00:00+07:00.")

    def arguments(self, closing: str) -> list[Piece]:
        found: list[Piece] = []
        if self.reader.took(closing):
            return found
        found.append(self.expression())
        while self.reader.took(","):
            found.append(self.expression())
        self.reader.expect(closing)
        return found
