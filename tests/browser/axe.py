"""axe-core on a page: WCAG 2.0 to 2.2, A and AA, and best practices (UI.md 5)."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = "wanted => axe.run(document, {runOnly: wanted, resultTypes: ['violations']})"


class Axe:
    """Finds what axe-core finds."""

    def __init__(self, source: str) -> None:
        self._source = source

    def violations(self, page: Page, *, only: Sequence[str] = ()) -> list[str]:
        """Return a sentence for each violation, of the rules `only` or of all: the rule, and where."""
        if not page.evaluate("'axe' in window"):
            page.evaluate(self._source)
        wanted = {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": TAGS}
        found = page.evaluate(RUN, wanted)
        return [f"{each['id']}: {each['help']} at {', '.join(str(node['target'][0]) for node in each['nodes'][:5])}" for each in found["violations"]]
