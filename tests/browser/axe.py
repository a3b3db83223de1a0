"""axe-core on a page: WCAG 2.0 to 2.2, A and AA, and best practices (UI.md 5)."""

from __future__ import annotations

from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Axe:
    """Finds what axe-core finds."""

    def __init__(self, source: str) -> None:
        self._source = source

    def violations(self, page: Page) -> list[str]:
        """Return a sentence for each violation: the rule, and where."""
        page.evaluate(self._source)
        found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
        return [f"{each['id']}: {each['help']} at {', '.join(str(node['target'][0]) for node in each['nodes'][:5])}" for each in found["violations"]]
