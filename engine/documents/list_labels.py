"""The numbers and dashes that Word prints before list paragraphs."""

from __future__ import annotations

from typing import Any


class ListLabels:
    """The numbers and dashes that Word prints before list paragraphs and does not keep in their text."""

    def __init__(self, document: Any) -> None:
        self._numbering: Any = next(
            (part.target_part.element for part in document.part.rels.values() if not part.is_external and part.reltype.endswith("/numbering")),
            None,
        )
        self._counts: dict[tuple[str, int], int] = {}

    def of(self, paragraph: Any) -> str:
        """Return the label of the next paragraph with a space behind it, or nothing. Counts; call once per paragraph, in order."""
        found = paragraph._p.xpath("./w:pPr/w:numPr") or paragraph.style.element.xpath("./w:pPr/w:numPr")  # noqa: SLF001
        if self._numbering is None or not found or not found[0].xpath("./w:numId/@w:val"):
            return ""
        list_id = found[0].xpath("./w:numId/@w:val")[0]
        level = int((found[0].xpath("./w:ilvl/@w:val") or ["0"])[0])
        abstract = self._numbering.xpath(f"./w:num[@w:numId='{int(list_id)}']/w:abstractNumId/@w:val")
        if not abstract:
            return ""
        kind, pattern, start = self._rule(abstract[0], level)
        self._counts[abstract[0], level] = self._counts.get((abstract[0], level), start - 1) + 1
        for deeper in range(level + 1, 9):
            self._counts.pop((abstract[0], deeper), None)
        if kind == "bullet":
            return "- "
        for upper in range(level + 1):
            pattern = pattern.replace(f"%{upper + 1}", _numeral(self._counts.get((abstract[0], upper), 1), self._rule(abstract[0], upper)[0]))
        return f"{pattern} " if pattern else ""

    def _rule(self, abstract: str, level: int) -> tuple[str, str, int]:
        """Return the kind of numeral, the pattern (`%1.`) and the first number of a list level."""
        where = f"./w:abstractNum[@w:abstractNumId='{int(abstract)}']/w:lvl[@w:ilvl='{level}']"
        kind = self._numbering.xpath(f"{where}/w:numFmt/@w:val")
        pattern = self._numbering.xpath(f"{where}/w:lvlText/@w:val")
        start = self._numbering.xpath(f"{where}/w:start/@w:val")
        return (kind or ["decimal"])[0], (pattern or [""])[0], int((start or ["1"])[0])


def _numeral(value: int, kind: str) -> str:
    if kind in {"lowerLetter", "upperLetter"}:
        letter = chr(ord("a") + (value - 1) % 26)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in {"upperRoman", "lowerRoman"}:
        ones = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
        numeral = "X" * (value // 10) + ones[value % 10]
        return numeral if kind == "upperRoman" else numeral.lower()
    return str(value)
