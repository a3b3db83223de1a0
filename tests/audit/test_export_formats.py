"""The history in other formats: each is what its standard asks for, and nothing is lost on the way (AUDIT.md 7, 9.17)."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from lxml import etree
from sqlalchemy import select

from engine.audit.exports.event import events
from engine.audit.exports.exporting import FORMATS
from engine.audit.exports.names import Names
from engine.audit.exports.prov import KINDS, NAMED
from engine.audit.exports.records import Sealed, records_between
from engine.audit.exports.spreadsheet import COLUMNS, MARK, spreadsheet
from engine.audit.exports.xes import INSTALLATION, xes
from engine.audit.genealogy import Source, sources_of, totals
from engine.history.log import leaf_hash
from engine.history.record import opened, sealed_bytes
from engine.history.stub import stub_of
from engine.storage import Database
from engine.storage.schema import consolidation, extension, history_record, history_stream
from tests.audit.outside import outside

Played = Callable[[str], Database]
REPORTED = "e1_two_months"  # a campaign of three levels: reports, consolidations, and reports upon them
FORMS = Path(__file__).parent / "formats"
on_sqlite = pytest.mark.parametrize("played", ["sqlite"], indirect=True)  # of formats: both databases give the same records


def text(database: Database, form: str) -> str:
    with database.reading() as connection:
        return "".join(FORMATS[form].write(records_between(connection), Names(connection)))


def streams(database: Database) -> dict[str, list[str]]:
    """Return the records of each root directive in the order of its stream, as events are called."""
    query = select(history_stream).order_by(history_stream.c.stream, history_stream.c.stream_seq)
    found: dict[str, list[str]] = {}
    with database.reading() as connection:
        for row in connection.execute(query):
            found.setdefault(row.stream, []).append(f"{row.log}/{row.seq}")
    return found


def numbers(database: Database) -> list[str]:
    with database.reading() as connection:
        rows = connection.execute(select(history_record.c.log, history_record.c.seq).where(history_record.c.log == "chidao/log1").order_by(history_record.c.seq))
        return [f"{row.log}/{row.seq}" for row in rows]


# --- OCEL ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ocel_schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((FORMS / "ocel.schema.json").read_text("utf-8")))


@on_sqlite
def test_an_ocel_log_has_the_shape_of_the_standard_and_every_record_is_an_event(played: Played, ocel_schema: Draft202012Validator) -> None:
    database = played("report_returned")
    log = json.loads(text(database, "ocel"))
    assert [error.message for error in ocel_schema.iter_errors(log)] == []
    assert [event["id"] for event in log["events"]] == numbers(database)


@on_sqlite
def test_whatever_an_ocel_log_names_is_declared_once_with_its_type(played: Played) -> None:
    log = json.loads(text(played(REPORTED), "ocel"))
    things = {each["id"]: each for each in log["objects"]}
    assert len(things) == len(log["objects"])
    related = {relation["objectId"] for each in (*log["events"], *log["objects"]) for relation in each["relationships"]}
    assert related - things.keys() == set()
    kinds = {"time": str, "string": str, "integer": int}
    for listed, declared in ((log["events"], log["eventTypes"]), (log["objects"], log["objectTypes"])):
        types = {each["name"]: {attribute["name"]: kinds[attribute["type"]] for attribute in each["attributes"]} for each in declared}
        assert {each["type"] for each in listed} == types.keys()
        assert [a for each in listed for a in each["attributes"] if type(a["value"]) is not types[each["type"]][a["name"]]] == []


@on_sqlite
def test_whoever_flattens_an_ocel_log_by_directive_loses_no_record_of_one(played: Played) -> None:
    database = played(REPORTED)
    log = json.loads(text(database, "ocel"))
    by_root: dict[str, list[str]] = {}
    for event in log["events"]:
        for relation in event["relationships"]:
            if relation["qualifier"] == "root":
                by_root.setdefault(relation["objectId"].removeprefix("directive:"), []).append(event["id"])
    assert by_root == streams(database)


@on_sqlite
def test_a_changed_deadline_stands_in_the_log_with_both_its_moments(played: Played) -> None:
    database = played("extension_granted")
    with database.reading() as connection:
        granted = connection.execute(select(extension).where(extension.c.decision == "granted")).one()
    log = json.loads(text(database, "ocel"))
    thing = next(each for each in log["objects"] if each["id"] == f"assignment:{granted.assignment}")
    due = sorted((each["time"], each["value"]) for each in thing["attributes"] if each["name"] == "due_at")
    assert [value for _time, value in due] == [granted.old_due, granted.new_due]
    assert {"objectId": f"directive:{granted.directive}", "qualifier": "directive"} in thing["relationships"]


# --- XES ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def xes_schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(FORMS / "xes.xsd"))


@on_sqlite
def test_a_xes_log_has_the_layout_of_the_standard(played: Played, xes_schema: etree.XMLSchema) -> None:
    log = etree.fromstring(text(played(REPORTED), "xes").encode())
    assert (xes_schema.validate(log), list(xes_schema.error_log)) == (True, [])
    globals_of = {each.get("scope"): {attribute.get("key") for attribute in each} for each in log.iterfind("global")}
    assert {key for each in log.iterfind("classifier") for key in each.get("keys").split()} <= globals_of["event"]
    for scope in ("trace", "event"):
        assert [each for each in log.iter(scope) if not globals_of[scope] <= {attribute.get("key") for attribute in each}] == []
    prefixes = {each.get("prefix") for each in log.iterfind("extension")}
    keys = {each.get("key") for each in log.iter("string", "date", "int", "id")}
    assert {key.partition(":")[0] for key in keys if ":" in key} == prefixes


@on_sqlite
def test_each_directive_is_a_trace_of_its_whole_stream_and_what_touches_none_has_a_trace_of_its_own(played: Played) -> None:
    database = played(REPORTED)
    log = etree.fromstring(text(database, "xes").encode())
    found = {value(trace, "identity:id"): [value(event, "identity:id") for event in trace.iterfind("event")] for trace in log.iterfind("trace")}
    told = streams(database)
    alone = [number for number in numbers(database) if number not in {each for stream in told.values() for each in stream}]
    assert alone
    assert found == {**told, INSTALLATION: alone}
    times = [[value(event, "time:timestamp") for event in trace.iterfind("event")] for trace in log.iterfind("trace")]
    assert all(earlier <= later for moments in times for earlier, later in pairwise(moments))


def test_a_record_of_two_directives_stands_in_both_traces_and_in_one_where_one_was_asked_for() -> None:
    both = sealed(streams=[{"id": "d-1", "seq": 7, "prev": ""}, {"id": "d-2", "seq": 4, "prev": ""}])
    whole, part = (etree.fromstring("".join(xes([record], Known())).encode()) for record in (both, replace(both, stream="d-2", stream_seq=4)))
    assert [value(trace, "identity:id") for trace in whole.iterfind("trace")] == ["d-1", "d-2"]
    assert [value(trace, "identity:id") for trace in part.iterfind("trace")] == ["d-2"]
    assert {value(event, "identity:id") for log in (whole, part) for event in log.iter("event")} == {"chidao/log1/1"}


def value(component: Any, key: str) -> str:
    return str(next(each.get("value") for each in component if each.get("key") == key))


def test_what_xml_cannot_hold_is_marked_and_line_ends_stay(xes_schema: etree.XMLSchema) -> None:
    record = sealed(reason={"code": "x", "text": 'a "quoted" <b>\x0b line\nand another'})
    log = etree.fromstring("".join(xes([record], Known())).encode())
    assert xes_schema.validate(log)
    assert value(next(log.iter("event")), "reason") == 'a "quoted" <b>\ufffd line\nand another'


def test_what_was_denied_or_refused_is_no_completed_event() -> None:
    log = etree.fromstring("".join(xes([sealed(outcome="denied", code="denied"), sealed()], Known())).encode())
    assert [value(event, "lifecycle:transition") for event in log.iter("event")] == ["ate_abort", "complete"]


# --- PROV ---------------------------------------------------------------------------------------------------------


@on_sqlite
def test_a_prov_document_declares_whatever_its_relations_name(played: Played) -> None:
    database = played(REPORTED)
    document = json.loads(text(database, "prov"))
    assert document.keys() == {"prefix", "activity", *KINDS}
    assert len(document["activity"]) == len(numbers(database))
    known = {name for kind in ("activity", *NAMED) for name in document[kind]}
    for kind in KINDS:
        if kind not in NAMED:
            ends = {end for relation in document[kind].values() for role, end in relation.items() if role != "prov:time"}
            assert ends - known == set(), kind
    assert all(name.startswith("cd:") for name in known)
    assert set(document["prefix"]) == {"cd"}


@on_sqlite
def test_a_record_has_one_who_did_it_and_a_thing_is_made_once(played: Played) -> None:
    document = json.loads(text(played(REPORTED), "prov"))
    done = Counter(each["prov:activity"] for each in document["wasAssociatedWith"].values())
    assert set(done.values()) == {1}
    assert done.keys() == document["activity"].keys()
    made = Counter(each["prov:entity"] for each in document["wasGeneratedBy"].values())
    assert set(made.values()) == {1}


@on_sqlite
def test_from_the_top_figure_derivations_lead_to_every_report_that_it_counts(played: Played) -> None:
    database = played(REPORTED)
    document = json.loads(text(database, "prov"))
    below: dict[str, set[str]] = {}
    for each in document["wasDerivedFrom"].values():
        below.setdefault(each["prov:generatedEntity"], set()).add(each["prov:usedEntity"])
    checked = 0
    with database.reading() as connection:
        for row in connection.execute(select(consolidation).where(consolidation.c.status == "closed")):
            counted = {report for total in totals(connection, row.id) for source in sources_of(connection, total.id) for report in reports(source)}
            reached = closure(below, f"cd:consolidation/{row.id}/{row.revision}")
            assert counted <= reached
            assert {name for name in reached if name.startswith("cd:report/")} == counted
            checked += len(counted) > 1
    assert checked


def reports(source: Source) -> Iterator[str]:
    yield f"cd:report/{source.report}/{source.revision}"
    for each in source.below:
        yield from reports(each)


def closure(below: dict[str, set[str]], name: str) -> set[str]:
    found = set(below.get(name, ()))
    return found | {each for one in found for each in closure(below, one)}


# --- CSV ----------------------------------------------------------------------------------------------------------


@on_sqlite
def test_a_table_has_a_line_for_each_record_under_headings_of_an_office(played: Played) -> None:
    database = played(REPORTED)
    written = text(database, "csv")
    assert written.startswith(MARK)
    heading, *lines = csv.reader(io.StringIO(written.removeprefix(MARK), newline=""))
    assert heading == list(COLUMNS.values())
    assert {len(line) for line in lines} == {len(COLUMNS)}
    assert [f"{line[0]}/{line[1]}" for line in lines] == numbers(database)
    assert "status: – → submitted" not in written
    assert any("báo cáo" in cell.casefold() or "Đảng" in cell for line in lines for cell in line)


@pytest.mark.parametrize("dangerous", ["=1+1", "+84", "-5 điểm", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(dangerous: str) -> None:
    record = sealed(reason={"code": "x", "text": dangerous})
    _heading, line = csv.reader(io.StringIO("".join(spreadsheet([record], Known())), newline=""))
    assert line[list(COLUMNS).index("reason")] == f"'{dangerous}"


def test_a_personal_value_that_is_sealed_apart_is_said_to_be_so() -> None:
    record = sealed(changes=[{"field": "phone", "old": None, "new": {"sealed": "s-1", "commit": "00"}}])
    _heading, line = csv.reader(io.StringIO("".join(spreadsheet([record], Known())), newline=""))
    assert line[list(COLUMNS).index("changes")] == "phone: – → (niêm phong riêng)"


# --- all formats --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_what_is_left_of_a_disposed_record_is_told_and_nothing_more(form: str) -> None:
    whole = sealed(reason={"code": "x", "text": "họ tên của một người"})
    stub = Sealed(log=whole.log, seq=whole.seq, content=stub_of(whole.opened(), "disposal-7"), record_hash=whole.record_hash, signature=None, key_id=None)
    written = "".join(FORMATS[form].write([stub], Known()))
    assert "report.returned" in written
    assert "disposal-7" in written
    assert whole.record_hash in written or form == "prov"
    assert "họ tên" not in written


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"xes"}))
def test_what_is_read_is_written_at_once(form: str) -> None:
    read: list[int] = []

    def records() -> Iterator[Sealed]:
        for number in range(1, 4):
            read.append(number)
            yield sealed(seq=number)

    pieces = FORMATS[form].write(records(), Known())
    seen = ""
    while "report.returned" not in seen:
        seen += next(pieces)
    assert read == [1]


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_ten_times_the_records_take_no_more_memory(form: str) -> None:
    few, many = (memory_of(FORMATS[form].write((sealed(seq=number) for number in range(1, count + 1)), Known())) for count in (60, 600))
    assert many < few + 100_000


def memory_of(pieces: Iterator[str]) -> int:
    """Return how many bytes were taken at most while a text is written and let go."""
    tracemalloc.start()
    try:
        deque(pieces, maxlen=0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@on_sqlite
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_a_record_is_about_one_line(form: str, played: Played) -> None:
    database = played("report_returned")
    with database.reading() as connection:
        lines = sum(1 for _each in events(records_between(connection)))
    assert lines <= text(database, form).count("\n") <= 12 * lines


@on_sqlite
def test_programs_of_others_read_the_files_and_count_as_we_do(played: Played, tmp_path: Path) -> None:
    database = played(REPORTED)
    files = {"ocel": tmp_path / "log.json", "xes": tmp_path / "log.xes", "prov": tmp_path / "prov.json"}
    for form, file in files.items():
        file.write_text(text(database, form), "utf-8")
    found = outside(files)
    log, told = json.loads(files["ocel"].read_text("utf-8")), streams(database)
    touched = {relation["objectId"] for event in log["events"] for relation in event["relationships"]}
    assert found["ocel"] == {
        "events": len(numbers(database)),
        "objects": len(touched),  # it leaves out what no event touches
        "relations": len({(event["id"], relation["objectId"]) for event in log["events"] for relation in event["relationships"]}),  # and second qualifiers
        "of directives": len({each for stream in told.values() for each in stream}),
    }
    assert found["xes"] == {"traces": len(told) + 1, "events": sum(map(len, told.values())) + len(numbers(database)) - found["ocel"]["of directives"]}
    document = json.loads(files["prov"].read_text("utf-8"))
    assert found["prov"] == sum(len(document[kind]) for kind in ("activity", *KINDS))


class Known(Names):
    """Names where there is no database: everything is called by its id."""

    def __init__(self) -> None:
        """Nothing is asked for."""

    def _named(self, column: Any, identity: str) -> str:
        return identity

    def held_by(self, report: str, revision: int) -> list[tuple[str, int]]:
        return []


def sealed(*, seq: int = 1, **fields: Any) -> Sealed:
    """Return a record as it is kept, with what a test says of it."""
    told: dict[str, Any] = {
        **opened(b'{"log":"chidao/log1","prev":"","subject":{"type":"report","id":"r-1"},"recorded_at":"2025-03-05T01:00:00.000Z","command":"c","task":null,"v":2}'),
        "seq": seq,
        "id": f"record-{seq}",
        "action": "report.returned",
        "policy": "report.return",
        "auth": {},
        "engine_version": "",
        "spiff_version": "",
        "actor": {"type": "person", "id": "p-1", "name": "Lò Minh Nam", "post": "post-1", "title": "Chuyên viên", "unit": "u-1"},
        "streams": [{"id": "d-1", "seq": seq, "prev": ""}],
        **fields,
    }
    content = sealed_bytes(told)
    return Sealed(log="chidao/log1", seq=seq, content=content, record_hash=leaf_hash(content), signature=None, key_id=None)
