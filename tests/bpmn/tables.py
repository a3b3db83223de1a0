"""Small decision tables for the tests: DMN as an editor writes it, one element a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

DMN_13 = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def table(
    key: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    rules: Sequence[Sequence[str]],
    *,
    policy: str = "UNIQUE",
    more: str = "",
    defaults: Mapping[str, str] | None = None,
    namespace: str = DMN_13,
    beside: str = "",
    values: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
) -> bytes:
    """Return a file with one table; a rule is its input entries, then its output entries. `more`: attributes of the table; `values`, `types`: of columns by name."""
    lines = [f'<input id="in{n}" label="{escape(name)}"><inputExpression id="x{n}"{_type(types, name)}>{_text(name)}</inputExpression></input>' for n, name in enumerate(inputs)]
    for name in outputs:
        default = f'<defaultOutputEntry id="default_{name}">{_text(defaults[name])}</defaultOutputEntry>' if defaults and name in defaults else ""
        listed = f"<outputValues>{_text(values[name])}</outputValues>" if values and name in values else ""
        lines.append(f'<output id="out_{name}" name="{name}"{_type(types, name)}>{listed}{default}</output>')
    for number, rule in enumerate(rules, start=1):
        cells = [("inputEntry" if n < len(inputs) else "outputEntry", n, entry) for n, entry in enumerate(rule)]
        inner = "".join(f'\n<{kind} id="r{number}c{n}">{_text(entry)}</{kind}>' for kind, n, entry in cells)
        lines.append(f'<rule id="r{number}">{inner}</rule>')
    body = "\n".join(lines)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{namespace}" id="d" name="d" namespace="urn:t">\n'
        f'<decision id="{key}" name="{key}">\n<decisionTable id="t" hitPolicy="{policy}" {more}>\n{body}\n</decisionTable></decision>{beside}</definitions>'
    ).encode()


def _text(source: str) -> str:
    return f"<text>{escape(source)}</text>"


def _type(types: Mapping[str, str] | None, name: str) -> str:
    return f' typeRef="{types[name]}"' if types and name in types else ""
