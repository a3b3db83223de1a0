"""A whole database as one file that either database can be restored from: a zip with a member per table and a manifest.

`tables/NAME.jsonl` holds a row a line, a JSON array in the order of the manifest's columns; bytes are {"b": base64}. The manifest,
last, has the revision of the schema, the head of the history, and of each table its rows, the SHA-256 of its member, and the sum
of the SHA-256 of its lines: the same in whatever order a database gives them back. Written from one state of the database.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import IO, Any

from alembic.migration import MigrationContext
from sqlalchemy import Connection, column, inspect, select, table

from engine.kernel.clock import stamp
from engine.kernel.errors import InvalidInput

FORMAT = "chidao backup"
VERSION = 1
MANIFEST = "manifest.json"
KEYS = "keys/"
BATCH = 1000  # rows fetched and inserted at a time
VOLATILE = {"alembic_version", "worker"}  # means nothing in another place or at another time
BESIDE = "procrastinate"  # the tables of the wake-ups, which the due rows replace


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCopy:
    """One table in the file."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the file holds. `history`: log, seq, record_hash and recorded_at of its last record."""

    made_at: str
    program: str
    source: str
    schema: str
    history: tuple[dict[str, Any], ...]
    tables: tuple[TableCopy, ...]
    keys: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.tables)

    @property
    def head(self) -> int:
        """How many records the history has, through all its logs; those of who looked are not counted."""
        return sum(int(each["seq"]) for each in self.history if not str(each["log"]).endswith("/access"))

    def as_json(self) -> str:
        return json.dumps({"format": FORMAT, "version": VERSION, **asdict(self)}, ensure_ascii=False, indent=1)


@dataclass(slots=True)
class Digest:
    """Counts lines and adds them up, in order and in whatever order."""

    rows: int = 0
    _stream: Any = field(default_factory=hashlib.sha256)
    _sum: int = 0

    def add(self, line: bytes) -> None:
        self.rows += 1
        self._stream.update(line)
        self._sum += int.from_bytes(hashlib.sha256(line).digest(), "big")

    @property
    def sha256(self) -> str:
        return str(self._stream.hexdigest())

    @property
    def content(self) -> str:
        return f"{self._sum % (1 << 256):064x}"


def own_tables(connection: Connection) -> list[str]:
    """Return the names of our tables that are in the database, whatever its revision, in order."""
    return sorted(name for name in inspect(connection).get_table_names() if not name.startswith(BESIDE))


def write(connection: Connection, file: IO[bytes], *, now: datetime, program: str, keys: Mapping[str, bytes]) -> Manifest:
    """Write all that `connection` sees to `file`. The connection must see one state of the database throughout."""
    schema = MigrationContext.configure(connection).get_current_revision()
    if schema is None:
        raise InvalidInput("Expected a database of chidao, but found none. There is nothing to back up.")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        tables = tuple(_write_table(connection, archive, name, now) for name in own_tables(connection) if name not in VOLATILE)
        for name, content in keys.items():
            archive.writestr(_entry(KEYS + name, now), content)
        manifest = Manifest(
            made_at=stamp(now),
            program=program,
            source=connection.dialect.name,
            schema=schema,
            history=_heads(connection),
            tables=tables,
            keys=tuple(keys),
        )
        archive.writestr(_entry(MANIFEST, now), manifest.as_json())
    return manifest


def measured(connection: Connection, name: str, columns: Sequence[str]) -> Digest:
    """Return the digest of a table as it stands in the database."""
    digest = Digest()
    for line in _lines(connection, name, columns):
        digest.add(line)
    return digest


def manifest_of(archive: zipfile.ZipFile) -> Manifest:
    """Return what `archive` says that it holds. Raises `InvalidInput` when it is no backup, or one of a newer format."""
    try:
        told = json.loads(archive.read(MANIFEST))
        if told.pop("format") != FORMAT:
            raise KeyError(FORMAT)
        version = told.pop("version")
        if version != VERSION:
            message = f"Expected a backup of format {VERSION}, but found format {version}. Use a newer version of chidao."
            raise InvalidInput(message)
        tables = tuple(TableCopy(**{**each, "columns": tuple(each["columns"])}) for each in told.pop("tables"))
        return Manifest(tables=tables, history=tuple(told.pop("history")), keys=tuple(told.pop("keys")), **told)
    except (KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        message = f"Expected a backup of chidao with a manifest, but cannot read one: {error}. Use another backup."
        raise InvalidInput(message) from None


def rows_of(archive: zipfile.ZipFile, copy: TableCopy) -> Generator[list[Any], None, None]:
    """Yield the rows of one table. Raises `InvalidInput` at its end when they are not those that the manifest tells of."""
    digest = Digest()
    try:
        with archive.open(f"tables/{copy.name}.jsonl") as member:
            for line in member:
                digest.add(line)
                row = [_plain(value) for value in json.loads(line)]
                if len(row) != len(copy.columns):
                    raise ValueError(f"a row of {len(row)} columns")
                yield row
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InvalidInput(_damaged(copy.name, str(error))) from None
    if (digest.rows, digest.sha256) != (copy.rows, copy.sha256):
        raise InvalidInput(_damaged(copy.name, f"{digest.rows} rows with digest {digest.sha256[:12]} instead of {copy.rows} with {copy.sha256[:12]}"))


def keys_of(archive: zipfile.ZipFile, manifest: Manifest) -> dict[str, bytes]:
    """Return the files of the keys that the backup holds."""
    return {name: archive.read(KEYS + name) for name in manifest.keys}


def _write_table(connection: Connection, archive: zipfile.ZipFile, name: str, now: datetime) -> TableCopy:
    columns = tuple(entry["name"] for entry in inspect(connection).get_columns(name))
    digest = Digest()
    with archive.open(_entry(f"tables/{name}.jsonl", now), "w", force_zip64=True) as member:
        for line in _lines(connection, name, columns):
            digest.add(line)
            member.write(line)
    return TableCopy(name=name, columns=columns, rows=digest.rows, sha256=digest.sha256, content=digest.content)


def _lines(connection: Connection, name: str, columns: Sequence[str]) -> Iterator[bytes]:
    statement: Any = select(*(column(each) for each in columns)).select_from(table(name))
    streamed: Iterable[Any] = connection.execute(statement.execution_options(stream_results=True, yield_per=BATCH))
    for row in streamed:
        yield (json.dumps(list(row), ensure_ascii=False, separators=(",", ":"), default=_told) + "\n").encode()


def _heads(connection: Connection) -> tuple[dict[str, Any], ...]:
    names = ("log", "seq", "record_hash", "recorded_at")
    rows: Iterable[Any] = connection.execute(select(*(column(each) for each in names)).select_from(table("history_head")).order_by(column("log")))
    return tuple(dict(zip(names, row, strict=True)) for row in rows)


def _entry(name: str, now: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=now.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _told(value: object) -> dict[str, str]:
    if isinstance(value, bytes | memoryview):
        return {"b": base64.b64encode(value).decode()}
    raise InvalidInput(f"Expected text, numbers and bytes in the database, but found {type(value).__name__}. The backup was not made.")


def _plain(value: Any) -> Any:
    return base64.b64decode(value["b"], validate=True) if isinstance(value, dict) else value


def _damaged(name: str, how: str) -> str:
    return f"Expected the backup's table {name} as it was written, but found {how}. The file is damaged; use another backup."
