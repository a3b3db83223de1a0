"""Where process files come from: folders and files of a designer, or the processes that the package ships. Reads, checks nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from engine.bpmn.tables.dmn import SUFFIX as DECISION
from engine.bpmn.tables.dmn import decision_key
from engine.kernel.errors import InvalidInput

__all__ = ["DECISION", "Sources", "decision_key", "form_key", "load_sources", "shipped_sources"]

DIAGRAM = ".bpmn"
DIAGRAMS = (DIAGRAM, ".bpmn2", ".bpmn20.xml", ".bpmn.xml")  # in a folder, in letters of any size
NAMED = (*DIAGRAMS, ".xml")  # who names a file knows that it holds BPMN
FORM = ".schema.json"
FORMS = "forms"
DECISIONS = "decisions"
BESIDE = ((FORMS, FORM), (DECISIONS, DECISION))
MAX_BYTES = 5_000_000  # of one file; what is larger is read only so far that the check can say so


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Diagrams, forms and decision tables: path with forward slashes, relative to the folder that was named → bytes."""

    files: Mapping[str, bytes]
    unread: Mapping[str, str] = field(default_factory=dict)  # path → why it could not be read

    @classmethod
    def of_hexadecimal(cls, files: Mapping[str, str]) -> Sources:
        """Return the sources whose contents a command carries as text. Raises InvalidInput for one that is not hexadecimal."""
        try:
            return cls(files={name: bytes.fromhex(content) for name, content in files.items()})
        except ValueError:
            raise InvalidInput("Expected the content of each file in hexadecimal, but found something else. Send the bytes of the file so.") from None

    @property
    def diagrams(self) -> dict[str, bytes]:
        """The BPMN files."""
        return {name: content for name, content in self.files.items() if name.lower().endswith(NAMED)}

    @property
    def forms(self) -> dict[str, bytes]:
        """The forms, by path; `form_key` gives the name that a user task calls one by."""
        return {name: content for name, content in self.files.items() if name.endswith(FORM)}

    @property
    def decisions(self) -> dict[str, bytes]:
        """The decision tables, by path; `decision_key` gives the name that a business rule task calls one by."""
        return {name: content for name, content in self.files.items() if name.endswith(DECISION)}

    def __or__(self, other: Sources) -> Sources:
        return Sources(files={**self.files, **other.files}, unread={**self.unread, **other.unread})


def load_sources(paths: Iterable[Path]) -> Sources:
    """Read what stands under `paths`: a folder with all it holds; a diagram with the folders `forms` and `decisions` beside it.

    Raises `InvalidInput` for a path that is not there, is of another kind, or holds neither a diagram nor a decision table.
    """
    paths = list(paths)
    found = _gather(paths)
    if not found.diagrams and not found.decisions and not found.unread:
        named = ", ".join(str(path) for path in paths) or "no path"
        raise InvalidInput(f"Expected process diagrams (*{DIAGRAM}), but found none in: {named}.")
    return found


def shipped_sources() -> Sources:
    """Return the processes that come with the product."""
    return Sources(files={name: _content(entry) for name, entry in _walk(files("processes"), "", set())})


def beside_shipped(sources: Sources) -> Sources:
    """Return `sources` with whatever they may call among the shipped processes: theirs first, never two of one name."""
    taken = {name.rsplit("/", 1)[-1] for name in sources.files}
    others = {name: content for name, content in shipped_sources().files.items() if name.rsplit("/", 1)[-1] not in taken}
    return Sources(files={**others, **sources.files}, unread=sources.unread)


def readable(name: str) -> str:
    """Return a file's name as text: bytes that are no UTF-8, as in archives of other systems, are written \\xff."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def form_key(path: str) -> str:
    """Return the key of the form at `path`: `shared/forms/report_section.schema.json` → `report_section`."""
    return path.rsplit("/", 1)[-1].removesuffix(FORM)


def _gather(paths: Iterable[Path]) -> Sources:
    """Read what stands under `paths`, each file once; files of one name in different folders get that of the folder before it."""
    contents: dict[str, bytes] = {}
    unread: dict[str, str] = {}
    seen: set[Path] = set()
    for path in paths:
        for found, entry in _read(path):
            short = readable(found)
            place = Path(str(entry)).resolve()
            if place in seen:
                continue
            seen.add(place)
            name = _apart(short, place, contents.keys() | unread.keys())
            try:
                if not entry.is_file():  # a pipe would never end, a broken link leads nowhere
                    raise OSError("it is no regular file")
                contents[name] = _content(entry)
            except OSError as error:
                unread[name] = error.strerror or str(error)
    return Sources(files=contents, unread=unread)


def _apart(name: str, place: Path, taken: Collection[str]) -> str:
    """Return `name`, with so many of the folders around it that no other file has it."""
    around = list(place.parts)[: len(place.parts) - name.count("/") - 1]
    while name in taken and around:
        *around, folder = around
        name = f"{readable(folder)}/{name}" if folder != place.anchor else f"/{name}"
    return name


def _read(path: Path) -> Iterator[tuple[str, Traversable]]:
    if path.is_dir():
        yield from _walk(path, "", set())
    elif not path.is_file():
        raise InvalidInput(f"Expected a process file or a folder at {path}, but there is none.", path=str(path))
    elif path.name.endswith(FORM):
        yield f"{FORMS}/{path.name}", path
    elif path.suffix == DECISION:
        yield f"{DECISIONS}/{path.name}", path
    elif path.name.lower().endswith(NAMED):
        yield path.name, path
        for beside in (FORMS, DECISIONS):
            if (path.parent / beside).is_dir():
                yield from _walk(path.parent / beside, f"{beside}/", set())
    else:
        raise InvalidInput(f"Expected a diagram (*{DIAGRAM}), a form (*{FORM}) or a decision table (*{DECISION}), but found {path}.", path=str(path))


def _walk(folder: Traversable, prefix: str, above: set[Path]) -> Iterator[tuple[str, Traversable]]:
    place = Path(str(folder)).resolve()
    if place in above:
        return  # a link that leads back to a folder around it
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and not entry.name.startswith((".", "__")):
            yield from _walk(entry, f"{prefix}{entry.name}/", above | {place})
        elif entry.name.lower().endswith(DIAGRAMS) or any(entry.name.endswith(kind) and prefix.endswith(f"{folder}/") for folder, kind in BESIDE):
            yield f"{prefix}{entry.name}", entry


def _content(entry: Traversable) -> bytes:
    with entry.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)
