"""Conditions and timers that other tools wrote: JUEL `${…}` and FEEL `=…`, put into our language where the meaning is surely the same.

What could mean something else is refused with its language, the piece and its position; nothing is guessed. Where the kinds of two
values could decide (JUEL turns "5" into a number to compare it with 5), the mapped text calls same(…) and truth(…): they refuse what
the other language would have converted.
"""

from __future__ import annotations

import re
from functools import lru_cache

from engine.bpmn.language import feel, uel
from engine.bpmn.language.foreign_tokens import Reader, tokens
from engine.bpmn.language.syntax import Text, visible
from engine.bpmn.vocabulary import NAMESPACE
from engine.kernel.errors import InvalidInput

OURS = frozenset({"python", "text/python", "text/x-python", "application/x-python", "chidao", NAMESPACE})
UNSAID = frozenset({"", "http://www.w3.org/1999/xpath", "http://www.w3.org/1999/xhtml"})  # what tools write for a whole file without meaning it
UEL, FEEL = "JUEL", "FEEL"
KNOWN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^(juel|uel|el)$|/juel\b|jcp\.org.*id=245|java\.sun\.com/products/jsp"), UEL),
    (re.compile(r"^feel$|/feel\b|/dmn/\d+/feel"), FEEL),
    (re.compile(r"xpath"), "XPath"),
    (re.compile(r"groovy"), "Groovy"),
    (re.compile(r"javascript|ecmascript|^js$"), "JavaScript"),
    (re.compile(r"mvel"), "MVEL"),
    (re.compile(r"java\.com|java\b"), "Java"),
    (re.compile(r"drools|drl"), "DRL"),
)
ENGINES_OWN = re.compile(r"\b(execution|task|kcontext|delegateTask|caseExecution)\s*\.\s*\w+|\bgetVariable\s*\(|\b\w+:\w+\s*\(")
MAX_SOURCE = 4_000


def language_of(language: str | None, *, of_file: str | None = None) -> str | None:
    """Return the name of a foreign language: UEL, FEEL or another; None: ours, or unsaid.

    `of_file`: the file's expressionLanguage. XPath there is what the schema fills in, so it counts as unsaid: a plain expression is ours.
    """
    said = (language or "").strip().lower()
    if not said:
        said = (of_file or "").strip().lower().rstrip("/")
        if said in UNSAID:
            return None
    if said in OURS:
        return None
    return next((name for pattern, name in KNOWN if pattern.search(said)), said[:80])


def translated(source: str, language: str | None = None, *, of_file: str | None = None, condition: bool = False) -> str:
    """Return `source` in our language. Raises InvalidInput naming the language, the piece and its position.

    `language`: of the element; `of_file`: of the file; `condition`: whether true or false is wanted. Without either the beginning tells: `${` or `#{` is JUEL, `=` is FEEL.
    """
    text = source.strip()
    if len(text) > MAX_SOURCE:
        raise InvalidInput(f"Expected an expression of 1 to {MAX_SOURCE} characters, but found {len(text)}.")
    said = (language or "").strip().lower()
    found = language_of(language, of_file=of_file)
    if found is None and said not in OURS:
        if re.search(r"[$#]\{", text):
            found = UEL
        elif text.startswith("=") and not text.startswith("=="):
            found = FEEL
    if found is None:
        if said not in OURS:
            _own(text)
        return text
    visible(Text(text))
    if found not in {UEL, FEEL}:
        raise InvalidInput(f"Expected our expression language, JUEL or FEEL, but found {found}. Rewrite the text in our language and remove the language.")
    return _mapped(text, found, condition=condition)


@lru_cache(maxsize=4096)
def _mapped(text: str, language: str, *, condition: bool) -> str:
    if language == FEEL:
        start = len(text) - len(text.removeprefix("=").lstrip())
        return feel.Feel(Reader(FEEL, text, tokens(FEEL, text, start))).whole(condition=condition)
    if not text.startswith(("${", "#{")):
        found = repr(text[:20])
        raise InvalidInput(f"Expected one JUEL expression ${{…}} and nothing around it, but found {found} at column 1. Write the expression in our language.")
    return uel.Uel(Reader(UEL, text, tokens(UEL, text, 2))).whole(condition=condition)


def _own(text: str) -> None:
    """Refuse what only the engine can answer that the file was drawn for. Raises InvalidInput."""
    found = ENGINES_OWN.search(re.sub(r"'[^']*'|\"[^\"]*\"", lambda each: "_" * len(each[0]), text))
    if found:
        message = f"Expected names of the process data, but found a call of another engine at column {found.start() + 1}: {found[0]!r}."
        raise InvalidInput(f"{message} Write the name of the value alone.")
