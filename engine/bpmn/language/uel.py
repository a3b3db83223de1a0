"""The grammar of JUEL, the expression language of Camunda 7, Flowable and Activiti (JSR 245, chapter 1), as far as ours says the same."""

from __future__ import annotations

from engine.bpmn.language.foreign_tokens import Piece, Reader, Token, name_of, number_of, same, text_of

EQUAL, UNEQUAL = ("==", "eq"), ("!=", "ne")
ORDER = {"<": "<", "lt": "<", "<=": "<=", "le": "<=", ">": ">", "gt": ">", ">=": ">=", "ge": ">="}
LITERALS = {"true": Piece("true", "bool"), "false": Piece("false", "bool"), "null": Piece("null", "null")}
WORDS = frozenset({"and", "or", "not", "eq", "ne", "lt", "gt", "le", "ge", "div", "mod", "empty", "instanceof"})
ENGINES = frozenset({"execution", "task", "caseExecution", "authenticatedUserId", "currentUser", "variables", "runtimeService", "taskService"})
CALL = "Beans and methods of another engine are not called here: use a value of the process data."


class Uel:
    """One expression `${…}`."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def whole(self, *, condition: bool) -> str:
        """Return the expression in our language; a condition is true or false and nothing else. Raises InvalidInput."""
        found = self.choice()
        self.reader.expect("}")
        if self.reader.next.kind != "end":
            self.reader.refuse(remedy="Nothing may stand beside the one expression.")
        return found.whole(condition=condition)

    def choice(self) -> Piece:
        self.reader.deeper()
        found = self.either()
        if self.reader.took("?"):
            one = self.choice()
            self.reader.expect(":")
            found = Piece(f"{one.inner} if {found.truth} else {self.choice().inner}")
        self.reader.depth -= 1
        return found

    def either(self) -> Piece:
        parts = [self.both()]
        while self.reader.took("||", "or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Piece(" or ".join(part.truth for part in parts), "bool")

    def both(self) -> Piece:
        parts = [self.equality()]
        while self.reader.took("&&", "and"):
            parts.append(self.equality())
        return parts[0] if len(parts) == 1 else Piece(" and ".join(part.truth for part in parts), "bool")

    def equality(self) -> Piece:
        left = self.order()
        token = self.reader.took(*EQUAL, *UNEQUAL)
        if token is None:
            return left
        right = self.order()
        if self.reader.next.text in (*EQUAL, *UNEQUAL):
            self.reader.refuse(remedy="Put brackets around the first comparison.")
        return same(left, right, equal=token.text in EQUAL)

    def order(self) -> Piece:
        left = self.sum()
        token = self.reader.took(*ORDER)
        if token is None:
            return left
        right = self.sum()
        if self.reader.next.text in ORDER:
            self.reader.refuse(remedy="Compare two values at a time.")
        if "text" in {left.kind, right.kind}:
            self.reader.refuse(token, "The order of texts depends on conversions: compare numbers or dates.")
        return Piece(f"{left.inner} {ORDER[token.text]} {right.inner}", "bool")

    def sum(self) -> Piece:
        found = self.product()
        while token := self.reader.took("+", "-"):
            right = self.product()
            if "text" in {found.kind, right.kind}:
                self.reader.refuse(token, "JUEL adds numbers only.")
            sure = "number" in {found.kind, right.kind} or token.text == "-"
            found = Piece(f"{'' if sure else '0 + '}{found.inner} {token.text} {right.inner}", "number")  # 0 +: never joins two texts
        return found

    def product(self) -> Piece:
        found = self.unary()
        while token := self.reader.took("*", "/", "div", "%", "mod"):
            if token.text in {"%", "mod"}:
                self.reader.refuse(token, "The remainder of negative numbers differs in our language: rewrite it.")
            found = Piece(f"{found.inner} {'*' if token.text == '*' else '/'} {self.unary().inner}", "number")
        return found

    def unary(self) -> Piece:
        self.reader.deeper()
        if self.reader.took("!", "not"):
            found = Piece(f"not {self.unary().truth}", "bool")
        elif self.reader.took("empty"):
            found = Piece(f"is_empty({self.unary().text})", "bool")
        elif self.reader.took("-"):
            found = Piece(f"-{self.unary().inner}", "number")
        else:
            found = self.value()
        self.reader.depth -= 1
        return found

    def value(self) -> Piece:
        found = self.primary()
        while token := self.reader.took(".", "["):
            if token.text == ".":
                name = self.reader.take()
                if self.reader.next.text == "(":
                    self.reader.refuse(Token("name", f".{name.text}(", token.column, spaced=False), CALL)
                found = Piece(f"{found.inner}.{name_of(self.reader, name, after_dot=True)}")
                continue
            key = self.choice()
            self.reader.expect("]")
            if key.kind == "number" and key.text.startswith("-"):
                self.reader.refuse(token, "A place in a list is not negative.")
            found = Piece(f"{found.inner}[{key.text}]")
        if self.reader.next.text == "(":
            self.reader.refuse(remedy=CALL)
        return found

    def primary(self) -> Piece:
        token = self.reader.take()
        if token.kind == "text":
            return text_of(token.text)
        if token.kind == "number":
            return number_of(self.reader, token)
        if token.text == "(" and token.kind == "sign":
            found = self.choice()
            self.reader.expect(")")
            return Piece(found.text, found.kind, found.literal)
        if token.kind != "name" or token.text in WORDS:
            self.reader.refuse(token)
        if token.text in LITERALS:
            return LITERALS[token.text]
        if self.reader.next.text == "(":
            self.reader.refuse(Token("name", f"{token.text}(", token.column, spaced=False), CALL)
        if token.text == "loopCounter":
            self.reader.refuse(token, "It counts from 0 in the other engine and from 1 in ours: rewrite the expression in our language.")
        if token.text in ENGINES:
            self.reader.refuse(token, "This belongs to another engine: use a value of the process data.")
        return Piece(name_of(self.reader, token))
