"""What may be chosen while one draws is what there is: the design's own forms, installed operations with what they take, known data."""

from __future__ import annotations

import json

from engine.bpmn.language.expressions import check
from engine.definitions.choices import Choices, ShowChoices
from engine.definitions.functions import FUNCTIONS
from engine.installed import OPERATIONS
from engine.kernel.actor import Actor
from tests.definitions.test_designs import begin, keep
from tests.door.office import Office

FORM = "coordination_monthly/forms/legal_check.schema.json"


def choices(office: Office, actor: Actor, design: str) -> Choices:
    found = office.door.ask(ShowChoices(design=design), actor)
    assert isinstance(found, Choices)
    return found


def test_the_forms_are_those_of_the_design_with_their_fields(office: Office, mine: Actor) -> None:
    design = begin(office, mine)
    fields = {"legal": {"title": "Hợp pháp", "type": "boolean", "x-route": True}, "remark": {"type": "string"}}
    keep(office, mine, design, FORM, json.dumps({"title": "Thẩm định", "type": "object", "properties": fields}))
    (form,) = (each for each in choices(office, mine, design).forms if each.key == "legal_check")
    assert (form.path, form.title) == (FORM, "Thẩm định")
    assert [(field.name, field.title, field.routed) for field in form.fields] == [("legal", "Hợp pháp", True), ("remark", "remark", False)]
    (check_incoming,) = (each for each in choices(office, mine, design).forms if each.key == "check_incoming")
    assert ("accept", "Tiếp nhận") in next(field for field in check_incoming.fields if field.name == "decision").options


def test_a_form_or_diagram_that_is_being_written_keeps_nobody_from_choosing(office: Office, mine: Actor) -> None:
    design = begin(office, mine)
    keep(office, mine, design, FORM, '{"title": ')
    keep(office, mine, design, "broken.bpmn", "<definitions")
    (form,) = (each for each in choices(office, mine, design).forms if each.key == "legal_check")
    assert (form.title, form.fields) == ("legal_check", ())


def test_every_installed_operation_is_offered_with_what_it_takes(office: Office, mine: Actor) -> None:
    found = {each.name: each for each in choices(office, mine, begin(office, mine)).operations}
    assert set(found) == set(OPERATIONS)
    status = found["set_status"]
    assert [(each.name, each.free) for each in status.parameters] == [("directive", False), ("code", False), ("form", True)]
    assert status.drawn[0] == "Báo hoàn thành (06)"
    assert found["dispatch"].results == ("child", "child_sunset")


def test_a_called_process_tells_what_it_puts_into_the_data(office: Office, mine: Actor) -> None:
    found = {each.key: each for each in choices(office, mine, begin(office, mine)).processes}
    assert "directive_intake" in found["coordination_monthly"].calls
    assert "outcome" in found["coordination_monthly"].sets
    assert "check_incoming" in found["directive_intake"].forms


def test_every_example_of_a_function_can_be_put_into_a_diagram(office: Office, mine: Actor) -> None:
    found = choices(office, mine, begin(office, mine))
    assert "working_days_after(" in " ".join(each.example for each in found.functions)
    for each in found.functions:
        check(each.example, FUNCTIONS)


def test_messages_roles_and_rules_are_known_by_their_names(office: Office, mine: Actor) -> None:
    found = choices(office, mine, begin(office, mine))
    assert "directive.dispatched" in found.messages
    assert "change_reason" in found.payloads["change.requested"]
    assert "clerk" in found.roles
    assert found.rules["form"] == ("warning", "nhiệm vụ không có biểu mẫu")
