"""What happened in a database, told without ids: two runs of the same play have the same outcome, however they went.

Every table of the schema is told but those in UNTOLD, every column but those in UNTOLD_COLUMNS, which say why.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from engine.history.record import opened
from engine.storage.schema import definition_version, history_record, metadata

UNTOLD = {
    "history_record": "told by action, below",
    "history_stream": "proved by verify()",
    "history_head": "proved by verify()",
    "stream_head": "proved by verify()",
    "checkpoint": "made by the time that passes, not by what is done; tests/execution/test_checkpoints.py",
    "checkpoint_place": "as checkpoint",
    "command": "a worker's command has a new key each time; those of people are counted by the storm",
    "definition_file": "deployed before the run",
    "definition_version": "deployed before the run",
    "definition_start": "deployed before the run",
    "definition_part": "deployed before the run",
    "permission": "shipped",
    "separation": "shipped",
    "retention_class": "shipped",
    "retention_rule": "shipped",
    "calendar_day": "shipped",
    "alembic_version": "not the run's",
    **dict.fromkeys(("search_mark", "search_text", "element_count"), "kept after all else; tests/execution/test_texts_kept.py kills who keeps them"),
    "worker": "which processes are at work, not what they have done",
}
UNTOLD_COLUMNS = {
    "instance.state": "holds ids; what it waits for stands in the other tables",
    "instance.ver": "two messages may be read in one transition or in two; orphans() compares it with the history",
    "user_task.completed_ver": "as the version",
    "inbox.idempotency": "made of ids and versions",
    "incident.data": "holds ids in free text",
    "incident.work": "an id",
    "incident.token": "an id",
    "effect.key": "made of ids",
    **dict.fromkeys(("effect.attempts", "effect.next_at", "effect.lease_until", "effect.lease_by", "effect.sent_at"), "as often as it takes"),
}
NAMED = {  # the columns by which a row is called where another one refers to it
    "organisation": ("code",),
    "person": ("login",),
    "post": ("organisation", "title"),
    "directive": ("issuer", "code"),
    "directive_item": ("directive", "item_no"),
    "obligation": ("directive", "organisation"),
    "report": ("organisation", "report_type", "period"),
    "report_section": ("report", "revision", "obligation"),
    "report_figure": ("report_section", "indicator"),
    "consolidation": ("organisation", "report_type", "period"),
    "consolidation_total": ("consolidation", "revision", "directive", "indicator"),
    "assignment": ("directive", "organisation", "item"),
    "register_book": ("organisation", "direction", "doc_type", "term"),
    "milestone": ("directive", "key"),
    "instance": ("definition_version", "organisation", "directive", "business_key", "period"),
    "definition_version": ("key", "version"),
    "user_task": ("instance", "element", "context"),
    "operation": ("instance", "element", "parameters"),
    "timer": ("instance", "element"),
}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
STEPS = {"instance.advanced", "instance.started"}  # by whom and how many at once the worker's steps were taken may differ
Told = dict[str, Counter[str]]


def outcome(connection: Connection, *, moments: bool = True) -> Told:
    """Return the rows of each table and the records of the history as texts, counted. `moments`: also when it happened."""
    teller = _Teller(connection=connection, moments=moments)
    told = {name: Counter(teller.told(name, row) for row in rows.values()) for name, rows in teller.rows.items() if name not in UNTOLD}
    told["history"] = teller.history()
    return {name: rows for name, rows in told.items() if rows}


def differences(expected: Told, found: Told) -> list[str]:
    """Return what is missing and what is too much, one sentence each."""
    return [
        f"{what} {count}x in {name}: {row}"
        for name in sorted(expected.keys() | found.keys())
        for what, rows in (
            ("missing", expected.get(name, Counter()) - found.get(name, Counter())),
            ("too much", found.get(name, Counter()) - expected.get(name, Counter())),
        )
        for row, count in rows.items()
    ]


@dataclass(slots=True, kw_only=True)
class _Teller:
    connection: Connection
    moments: bool
    rows: dict[str, dict[Any, Row[Any]]] = field(default_factory=dict)
    place: dict[str, str] = field(default_factory=dict)  # id → table
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for table in metadata.sorted_tables:
            if table.name in UNTOLD and table is not definition_version:
                continue
            found = self.connection.execute(select(table)).all()
            self.rows[table.name] = {getattr(row, "id", number): row for number, row in enumerate(found)}
            self.place |= {row.id: table.name for row in found if hasattr(row, "id")}

    def told(self, name: str, row: Row[Any]) -> str:
        table = metadata.tables[name]
        return json.dumps({column: self.value(table, column, row._mapping[column]) for column in self.columns(table)}, ensure_ascii=False)

    def columns(self, table: Table) -> list[str]:
        return [column.name for column in table.columns if column.name != "id" and f"{table.name}.{column.name}" not in UNTOLD_COLUMNS]

    def value(self, table: Table, column: str, found: Any) -> Any:
        if column == "consumed_ver":
            return "unread" if found is None else "nobody" if found == 0 else "read"
        if not isinstance(found, str):
            return found if not isinstance(found, bytes) else len(found)
        if not self.moments and _is_moment(found):
            return "moment"
        return self.plain(found)

    def plain(self, text: str) -> str:
        """Return a text with every id replaced by what it stands for, and JSON without the order that ids gave to its lists."""
        named = UUID.sub(lambda match: self.name(match[0]).replace('"', "'"), text)
        return json.dumps(_unordered(json.loads(named)), ensure_ascii=False, sort_keys=True) if _is_json(named) else named

    def name(self, identity: str) -> str:
        if identity not in self.names:
            table = self.place.get(identity)
            self.names[identity] = f"<{table}>" if table else "<id>"  # whoever refers to itself
            if table in NAMED:
                row = self.rows[table][identity]
                parts = [self.value(metadata.tables[table], column, row._mapping[column]) for column in NAMED[table]]
                self.names[identity] = f"<{table} {' '.join(map(str, parts))}>"
        return self.names[identity]

    # --- the history -------------------------------------------------------------------------------------------

    def history(self) -> Counter[str]:
        """Count what was done: the records, and of the worker's steps each element that was left and each piece of work.

        Refusals of those who came too late, or who repeat a refused command after a crash, may differ; they change nothing. How often
        an effect was sent may differ too; that it was sent stands in its table.
        """
        counted: Counter[str] = Counter()
        for row in self.connection.execute(select(history_record).order_by(history_record.c.seq)):
            sealed = opened(row.body)
            if sealed["outcome"] in {"refused", "denied"} or sealed["action"].startswith("effect."):
                continue
            things = [f"{thing['qualifier']} {thing['type']} {self._thing(thing)}" for thing in sealed["objects"]]
            about = f"{sealed['outcome']} by {sealed['actor']['type']} {self.plain(str(sealed['actor']['id']))} on {self._thing(sealed['subject'])}"
            if sealed["action"] in STEPS:
                left = [thing for thing in things if thing.startswith(("left ", "done "))]
                counted.update(f"{about}: {thing}" for thing in left)
                continue
            changes = [self.plain(json.dumps(change, ensure_ascii=False)) for change in sealed["changes"]]
            moment = sealed["recorded_at"] if self.moments else ""
            counted[" | ".join([sealed["action"], about, sealed["element"] or "", moment, *sorted(things), *sorted(changes)])] += 1
        return counted

    def _thing(self, thing: Mapping[str, str]) -> str:
        return self.plain(thing["id"])


def _unordered(value: Any) -> Any:
    match value:
        case dict():
            return {key: _unordered(each) for key, each in value.items()}
        case list():
            return sorted((_unordered(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}T[0-9:.]+Z", text))
