"""A drawing asks for an e-mail and a webhook: it goes on when they are noted, and may wait for what becomes of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli import main
from engine.directory.directory_import import ImportDirectory
from engine.effects.delivering import Outcome
from engine.effects.outbox import Status, _addressed
from engine.effects.repairs import ListEffects, ResendEffect
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import InvalidInput
from engine.storage import Database
from engine.storage.schema import effect, inbox, person
from tests.definitions.drawings import chain, drawing, flow, lane
from tests.effects.post import PostOffice, failing, payload_of, told
from tests.instances.bureau import BY_PERSON, parameter, service

PEOPLE = (
    "login,name,organisation,title,roles,email\n"
    "lanh.dao,Trần Văn Nam,btg,Trưởng ban,leader,nam@muongsuong.vn\n"
    "pho.ban,Hà Thị Sen,btg,Phó Trưởng ban,leader,\n"
    "chanh.vp,Lý A Páo,tinh,Chánh Văn phòng,office_head,pao@tinh.vn\n"
    "van.thu.phuong,Giàng Thị Mỷ,phuong,Văn thư,clerk,my@dongson.vn\n"
)
END = '<bpmn:endEvent id="e"/>'
LETTER = parameter("subject", "&quot;Nhắc việc ngày &quot; + str(today())") + parameter("text", "&quot;Kính gửi &quot; + organisation")
BODY = parameter("body", "{&quot;unit&quot;: organisation, &quot;day&quot;: str(today())}")
LAND = parameter("endpoint", "&quot;land&quot;")


def said(text: str) -> str:
    return f"&quot;{text}&quot;"


def mail(*parameters: str) -> str:
    return service("mail", "send_email", LETTER + "".join(parameters))


@pytest.fixture
def office(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    return with_people(sqlite_database, monkeypatch)


@pytest.fixture
def each_office(database: Database, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    """The office on both databases."""
    return with_people(database, monkeypatch)


def with_people(database: Database, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    made = PostOffice.opened(database, monkeypatch)
    made.do(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"))
    return made


def draw(office: PostOffice, *elements: str, head: str = "") -> str:
    """Deploy and start a process of these elements, one after the other."""
    ids = [element.split('id="', 1)[1].split('"', 1)[0] for element in elements]
    return office.draw(BY_PERSON + "".join(elements) + END + chain("s", *ids, "e"), "s", *ids, "e", head=head)


def test_a_process_sends_an_e_mail_and_a_webhook_and_ends(each_office: PostOffice) -> None:
    office = each_office
    started = draw(office, mail(parameter("role", said("leader"))), service("call", "call_webhook", LAND + BODY))
    assert office.status(started) == "ended"  # noted is done
    mails, calls = (office.rows(effect, effect.c.kind == kind) for kind in ("email", "webhook"))
    assert [payload_of(row)["subject"] for row in mails] == ["Nhắc việc ngày 2024-04-01"]
    assert [(payload_of(row)["endpoint"], payload_of(row)["body"]) for row in calls] == [("land", {"unit": office.unit("btg"), "day": "2024-04-01"})]
    assert {row.instance for row in [*mails, *calls]} == {started}
    office.drain_all()
    assert len(office.mail.given) == len(office.web.given) == 1
    assert {row.status for row in office.rows(effect)} == {Status.SENT}


def test_both_operations_are_told_to_designers() -> None:
    result = CliRunner().invoke(main, ["operations", "--json"])
    found = {entry["name"]: entry["does"] for entry in json.loads(result.stdout)["operations"]}
    assert found["send_email"].startswith("Send an e-mail")
    assert found["call_webhook"].startswith("Post `body`")


# -------------------------------------------------------------------------------------------------------------- recipients


def addresses(office: PostOffice) -> set[str]:
    """To whom the mails go."""
    with office.database.reading() as connection:
        return {_addressed(connection, payload_of(row))["to"] for row in office.rows(effect)}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ([parameter("role", said("leader"))], {"nam@muongsuong.vn"}),
        ([parameter("role", said("office_head")), parameter("organisation", said("superior"))], {"pao@tinh.vn"}),
        ([parameter("role", said("clerk")), parameter("organisation", said("phuong"))], {"my@dongson.vn"}),
        ([parameter("role", said("leader")), parameter("organisation", "organisation")], {"nam@muongsuong.vn"}),
        ([parameter("to", said("an@example.vn"))], {"an@example.vn"}),
        ([parameter("to", "[&quot;b@x.vn&quot;, &quot;a@x.vn&quot;, &quot;b@x.vn&quot;]")], {"a@x.vn", "b@x.vn"}),
    ],
)
def test_a_mail_goes_to_a_role_or_to_addresses(office: PostOffice, parameters: list[str], expected: set[str]) -> None:
    draw(office, mail(*parameters))
    assert addresses(office) == expected


def test_an_administrator_sees_to_whom_a_mail_goes(office: PostOffice) -> None:
    draw(office, mail(parameter("role", said("leader"))), service("call", "call_webhook", LAND + BODY))
    found = office.door.ask(ListEffects(), SYSTEM)["effects"]
    assert {entry["kind"]: entry["recipient"] for entry in found} == {"email": "Trần Văn Nam (lanh.dao)", "webhook": None}


def test_a_mail_goes_to_the_address_that_the_person_has_when_it_is_sent(office: PostOffice) -> None:
    given: list[str | None] = []
    office.mail.answer = lambda sent, _now: (given.append(sent.payload["to"]), failing(Outcome.REFUSED))[1]
    draw(office, mail(parameter("role", said("leader"))))
    office.send()
    office.do(ImportDirectory(kind="people", text="login,name,organisation,title,roles,email\nlanh.dao,x,btg,Trưởng ban,leader,moi@muongsuong.vn\n", file="p.csv"))
    (row,) = office.rows(effect)
    office.do(ResendEffect(key=row.key, reason="the address is corrected"))
    office.send()
    assert given == ["nam@muongsuong.vn", "moi@muongsuong.vn"]


def test_one_refused_address_is_no_matter_of_the_others(each_office: PostOffice) -> None:
    office = each_office
    office.mail.answer = lambda sent, _now: failing(Outcome.REFUSED, "no such user") if sent.payload["to"] == "a@x.vn" else told([])(sent, _now)
    draw(office, mail(parameter("to", "[&quot;b@x.vn&quot;, &quot;a@x.vn&quot;]")))
    office.send()
    assert sorted(row.status for row in office.rows(effect)) == [Status.DEAD, Status.SENT]
    held = office.incident()
    assert (held.element, held.organisation) == ("mail", office.unit("btg"))
    (listed,) = office.listed()
    assert (listed["process"], listed["kind"], listed["organisation"]) == ("p", "effect", "Ban Tuyên giáo Tỉnh ủy Mường Sương")


@pytest.mark.parametrize(
    ("element", "words"),
    [
        (mail(parameter("role", said("auditor"))), "nobody holds it"),
        (mail(parameter("role", said("specialist"))), "none of those who hold it has one"),
        (mail(parameter("role", said("leader")), parameter("organisation", said("nowhere"))), "the code of an organisation"),
        (mail(parameter("to", said("an"))), "Expected an e-mail address"),
        (mail(parameter("to", "[]")), "Expected 1 to 500 addresses"),
        (mail(parameter("to", said("a@x.vn")), parameter("role", said("leader"))), "either 'to' or 'role'"),
        (mail(), "Expected the parameter 'role'"),
        (service("mail", "send_email", parameter("to", said("a@x.vn")) + parameter("text", said("x"))), "Expected the parameter 'subject'"),
        (service("mail", "send_email", parameter("to", said("a@x.vn")) + parameter("text", "5") + parameter("subject", said("x"))), "'text'"),
        (service("mail", "call_webhook", BODY + parameter("endpoint", said("https://evil.example/"))), "Expected the name of an endpoint"),
        (service("mail", "call_webhook", LAND), "Expected the parameter 'body'"),
    ],
)
def test_what_cannot_be_noted_is_held_by_an_incident_and_nothing_goes_out(office: PostOffice, element: str, words: str) -> None:
    draw(office, element)
    assert words in office.incident().message
    assert office.rows(effect) == []


def test_the_mail_of_a_subject_with_a_line_break_is_one_line(office: PostOffice) -> None:
    draw(office, service("mail", "send_email", parameter("to", said("a@x.vn")) + parameter("text", said("x")) + parameter("subject", "join([&quot;Chào&quot;, &quot;Bcc: b@x.vn&quot;], &quot;\\r\\n&quot;)")))
    (row,) = office.rows(effect)
    assert payload_of(row)["subject"] == "Chào Bcc: b@x.vn"


# -------------------------------------------------------------------------------------------------------------- what became of it

MESSAGES = '<bpmn:message id="m_sent" name="effect.sent"/><bpmn:message id="m_failed" name="effect.failed"/>'
GATEWAY = '<bpmn:eventBasedGateway id="either"/>'


def catch(id: str, message: str) -> str:
    return f'<bpmn:intermediateCatchEvent id="{id}" chidao:key="effect"><bpmn:messageEventDefinition messageRef="{message}"/></bpmn:intermediateCatchEvent>'


def waiting(office: PostOffice) -> str:
    """Start a process that calls a webhook, waits for what becomes of it, and then has a task for each."""
    task = '<bpmn:userTask id="{0}" name="Xem" chidao:form="slip"/>'
    elements = [service("call", "call_webhook", LAND + BODY + parameter("tell", "true")), GATEWAY, catch("came", "m_sent"), catch("lost", "m_failed")]
    flows = chain("s", "call", "either") + flow("either", "came") + flow("either", "lost") + chain("came", "good", "e") + chain("lost", "bad", "e")
    body = BY_PERSON + "".join(elements) + task.format("good") + task.format("bad") + END + flows
    return office.draw(body, "s", "call", "either", "came", "lost", "good", "bad", "e", head=MESSAGES)


def test_a_process_may_wait_until_its_webhook_was_taken(each_office: PostOffice) -> None:
    office = each_office
    waiting(office)
    assert office.open() == []
    office.drain_all()
    assert office.open() == ["good"]


def test_a_process_may_go_another_way_when_its_webhook_is_dead(office: PostOffice) -> None:
    office.web.answer = told([failing(Outcome.REFUSED)])
    started = waiting(office)
    office.drain_all()
    assert office.open() == ["bad"]
    assert office.data(started)["effect_status"] == "dead"


def test_nobody_is_told_who_has_not_asked(office: PostOffice) -> None:
    draw(office, service("call", "call_webhook", LAND + BODY))
    office.drain_all()
    assert office.rows(inbox, inbox.c.name.in_(("effect.sent", "effect.failed"))) == []


# -------------------------------------------------------------------------------------------------------------- trials, privacy


def test_a_trial_of_the_drawing_stops_at_the_operation_and_sends_nothing(tmp_path: Path) -> None:
    body = BY_PERSON + mail(parameter("to", said("a@x.vn"))) + END + chain("s", "mail", "e")
    (tmp_path / "p.bpmn").write_bytes(drawing(body, lanes=lane("s", "mail", "e")))
    (tmp_path / "s.json").write_text(json.dumps({"start": {"organisation": "btg"}}), encoding="utf-8")
    result = CliRunner().invoke(main, ["try", str(tmp_path / "p.bpmn"), str(tmp_path / "s.json"), "--json"])
    assert result.exit_code == 0, result.output
    (waits,) = json.loads(result.stdout)["waiting"]
    assert (waits["element"], waits["operation"], waits["parameters"]["to"]) == ("mail", "send_email", "a@x.vn")


def test_lint_knows_both_operations(tmp_path: Path) -> None:
    body = BY_PERSON + mail(parameter("to", said("a@x.vn"))) + service("call", "call_webhook", LAND + BODY) + END + chain("s", "mail", "call", "e")
    (tmp_path / "p.bpmn").write_bytes(drawing(body, lanes=lane("s", "mail", "call", "e")))
    result = CliRunner().invoke(main, ["lint", str(tmp_path / "p.bpmn"), "--json"])
    assert [entry for entry in json.loads(result.stdout)["findings"] if entry["severity"] == "error"] == []


def test_the_history_keeps_neither_address_nor_subject_nor_text(office: PostOffice) -> None:
    office.mail.answer = lambda _effect, _now: failing(Outcome.REFUSED, "550 no such user")
    draw(office, mail(parameter("role", said("leader"))), service("call", "call_webhook", LAND + BODY))
    office.drain_all()
    kept = office.everything()
    assert "effect.requested" in kept
    assert "effect.dead" in kept
    for word in ("nam@muongsuong.vn", "Nhắc việc", "Kính gửi"):
        assert word not in kept


# -------------------------------------------------------------------------------------------------------------- the directory


def test_the_e_mail_address_of_a_person_is_imported_changed_and_left(office: PostOffice) -> None:
    def address() -> str:
        return str(office.rows(person, person.c.login == "lanh.dao")[0].email)

    assert address() == "nam@muongsuong.vn"
    line = "lanh.dao,x,btg,Trưởng ban,leader,"
    office.do(ImportDirectory(kind="people", text=f"login,name,organisation,title,roles,email\n{line}\n", file="p.csv"))
    assert address() == "nam@muongsuong.vn"
    with pytest.raises(InvalidInput, match=r"p.csv:2: email: Expected an e-mail address"):
        office.do(ImportDirectory(kind="people", text=f"login,name,organisation,title,roles,email\n{line}nam\n", file="p.csv"))
