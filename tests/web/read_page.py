"""What a browser makes of a page's HTML, as far as tests ask: headings, forms, and what has no place in it."""

from __future__ import annotations

from html.parser import HTMLParser

NO_TEXT = {"script", "style", "noscript", "template"}
ALIKE = {"input", "meta", "link", "br", "img", "hr", "col", "source", "wbr"}  # elements without an end
TRACES = ("Traceback (most recent", "jinja2.", "werkzeug.", "sqlalchemy.")


class Read(HTMLParser):
    """A page that was read. `main`: the text of its main part beside the heading, as it is without scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.language, self.title, self.headings, self.main = "", "", 0, ""
        self._open: list[str] = []
        self._unsealed, self._faults = False, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ALIKE:
            self._open.append(tag)
        self.headings += tag == "h1"
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag == "style" or (tag == "script" and not given.get("src") and given.get("type") != "application/json"):
            self._faults.append(f"an inline {tag}")
        self._faults += [f"{name} on {tag}" for name in given if name == "style" or name.startswith("on")]
        if tag == "form":
            self._unsealed = given.get("method", "get") == "post"
        if given.get("name") == "csrf_token" and given.get("value"):
            self._unsealed = False

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "form" and self._unsealed:
            self._faults.append("a form without the key of the session")

    def handle_data(self, data: str) -> None:
        if "title" in self._open and "svg" not in self._open:
            self.title += data
        if "main" in self._open and "h1" not in self._open and not NO_TEXT.intersection(self._open):
            self.main = f"{self.main} {data.strip()}".strip()
        self._faults += [f"{trace} in the text" for trace in TRACES if trace in data]

    def faults(self) -> list[str]:
        """Return what is wrong with the page."""
        whole = [
            (self.headings == 1, f"{self.headings} main headings"),
            (bool(self.title.strip()), "no title"),
            (bool(self.language), "no language"),
        ]
        return [*self._faults, *(fault for good, fault in whole if not good)]


def read(text: str) -> Read:
    """Read a page."""
    found = Read()
    found.feed(text)
    found.close()
    return found
