"""What the records of a dossier name and the dossier brings along: documents by their digests, diagrams and forms by their versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from engine.audit.exports import layout
from engine.audit.exports.bag import Bag
from engine.audit.exports.records import Sealed
from engine.definitions.repository import stored_sources
from engine.kernel.canonical import sha256_hex
from engine.storage.schema import definition_version, document

Version = tuple[str, int, str]  # key, number and digest of a version of a process


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A document that records name. `file`: None when it is not there any more; `size`: bytes."""

    sha256: str
    name: str
    media_type: str
    size: int
    file: str | None


@dataclass(slots=True)
class Gathered:
    """What the records of a dossier name, in the order in which they first do; and what of it was found."""

    named: dict[str, str] = field(default_factory=dict)  # digest → name of the file
    versions: dict[Version, dict[str, str] | None] = field(default_factory=dict)  # → path → digest; None when it is not stored
    enclosed: list[Enclosed] = field(default_factory=list)

    def see(self, record: Sealed) -> None:
        """Take what a record names; of what is not as it was sealed nothing is taken."""
        try:
            told = record.opened()
            for each in told["documents"]:
                self.named.setdefault(str(each["sha256"]), str(each.get("name") or ""))
            if definition := told["definition"]:
                self.versions.setdefault((str(definition["key"]), int(definition["version"]), str(definition["sha256"])), None)
        except (ValueError, KeyError, TypeError):
            return


def pieces_of_documents(connection: Connection, bag: Bag, gathered: Gathered) -> Iterator[bytes]:
    """Pack the documents, one in memory at a time."""
    for sha256, name in gathered.named.items():
        row = connection.execute(select(document).where(document.c.sha256 == sha256)).one_or_none()
        if row is None:
            gathered.enclosed.append(Enclosed(sha256=sha256, name=name, media_type="", size=0, file=None))
            continue
        file = layout.document_file(sha256, row.name or name)
        gathered.enclosed.append(Enclosed(sha256=sha256, name=name or row.name, media_type=row.media_type, size=row.size, file=file))
        yield from bag.put(file, [bytes(row.content)])


def pieces_of_definitions(connection: Connection, bag: Bag, gathered: Gathered) -> Iterator[bytes]:
    """Pack the diagrams, forms and decision tables of every version by which something was done."""
    for key, version, sha256 in gathered.versions:
        stored = select(definition_version.c.id).where(definition_version.c.key == key, definition_version.c.sha256 == sha256)
        identity = connection.execute(stored).scalar_one_or_none()
        if identity is None:
            continue
        files = stored_sources(connection, identity).files
        gathered.versions[key, version, sha256] = {path: sha256_hex(content) for path, content in files.items()}
        for path, content in files.items():
            yield from bag.put(layout.definition_folder(key, version) + path, [content])


def documents_json(gathered: Gathered) -> bytes:
    """Return the list of documents: what each is called, and where it lies in the dossier."""
    return _listed([{"sha256": each.sha256, "name": each.name, "media_type": each.media_type, "size": each.size, "file": each.file} for each in gathered.enclosed])


def definitions_json(gathered: Gathered) -> bytes:
    """Return the list of versions of processes with the digests of their files."""
    return _listed(
        [
            {"process": key, "version": version, "sha256": sha256, "folder": layout.definition_folder(key, version) if files is not None else None, "files": files}
            for (key, version, sha256), files in gathered.versions.items()
        ]
    )


def _listed(entries: list[dict[str, Any]]) -> bytes:
    return ("[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in entries) + "\n]\n").encode()
