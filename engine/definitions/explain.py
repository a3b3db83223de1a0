"""The page of a rule: what is expected, why, what happens otherwise, what to do. Vietnamese, or English."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files

from engine.definitions.rules import BESIDE, RULES, severity
from engine.kernel.errors import NotFound

WEIGHTS = {"error": ("không triển khai được", "refused at deployment"), "warning": ("cảnh báo, vẫn chạy", "a warning: it runs")}


def explain(rule: str, *, english: bool = False) -> str:
    """Return the page of `rule`. Raises NotFound, naming the nearest rules."""
    known = {*RULES, *BESIDE}
    name = rule.strip().lower().replace("-", "_")
    if name not in known:
        near = get_close_matches(name, sorted(known), n=3) or sorted(known)
        raise NotFound(f"Expected the name of a rule, but found {rule!r}. It may be one of: {', '.join(near)}.")
    vietnamese, _, foreign = page(name).partition("\n# ")
    words = f"# {foreign}" if english else vietnamese
    title, _, body = words.strip().partition("\n")
    return f"{title.removeprefix('# ')} ({WEIGHTS[severity(name)][english]})\n\n{body.strip().replace('**', '')}\n"


def page(rule: str) -> str:
    """Return the whole page of `rule`, as it is written."""
    return files("engine.definitions.rules").joinpath("pages", f"{rule}.md").read_text("utf-8")
