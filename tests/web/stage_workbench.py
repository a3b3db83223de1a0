"""What the workbench's pages can be about: designs of a designer, versions, remarks, scenarios, running cases that are taken to another version."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from engine.definitions.design_deployment import DeployDesign
from engine.definitions.design_pages import ReadDesignFile
from engine.definitions.designs import BeginDesign, KeepDesignFile
from engine.definitions.remarks import WriteRemark
from engine.definitions.trial_scenarios import KeepScenario
from engine.directory.settings import DEPLOYMENT_NEEDS_SECOND_PERSON, ChangeSetting
from engine.door import Door
from engine.instances.migration import StartMigration
from engine.kernel.actor import SYSTEM, Actor
from engine.storage.schema import definition_version, proposal

DESIGNER = "nguyenducbinh.145"
PROCESS = "coordination_monthly"
DRAWN = "coordination_monthly/coordination_monthly.bpmn"
FORM = "shared/forms/urge.schema.json"
TABLE = "shared/decisions/directive_shape.dmn"
ELEMENT = "init"


def design_and_deploy(door: Door, designer: Actor) -> dict[str, str]:
    """Let a designer design, deploy, remark and try, and return by which names the pages of that are found."""
    designs = {name: _begun(door, designer, name) for name in ("Thêm bước thẩm định", "Đổi tên việc", "Chờ duyệt")}
    own, other, waiting = designs.values()
    _rename(door, designer, own, "Nhiệm vụ đang thiết kế")
    _rename(door, designer, other, "Nhiệm vụ mới")
    door.execute(DeployDesign(design=other, reason="Theo chỉ đạo."), designer, key="stage:deploy")  # what the first one now lacks
    with door.database.reading() as connection:
        versions = _versions(connection)
    newest, older = versions[0], versions[1]
    door.execute(WriteRemark(process=PROCESS, element=ELEMENT, text="Xem lại tên.", design=own), designer, key="stage:remark")
    door.execute(KeepScenario(design=own, process=PROCESS, name="Bắt đầu", scenario={"start": {"directive": "1"}, "steps": []}), designer, key="stage:scenario")
    moved = door.execute(StartMigration(process=PROCESS, to=newest.version, sources=(older.version,), mapping={}, reason="Bản mới."), designer, key="stage:move")
    found = {"design": own, "process": PROCESS, "drawn": DRAWN, "form": FORM, "table": TABLE, "rule": "no_default", "number": str(older.version)}
    found |= {"newest": newest.id, "older": older.id, "migration": str(moved["migration"])}
    return {**found, "deployment": _proposed(door, designer, waiting)}


def _proposed(door: Door, designer: Actor, design: str) -> str:
    """Lay a design before a second person."""
    _rename(door, designer, design, "Nhiệm vụ chờ duyệt")
    for needed in (True, False):
        command = ChangeSetting(key=DEPLOYMENT_NEEDS_SECOND_PERSON, value=needed, reason="Quy chế.")
        door.execute(command, SYSTEM, key=f"stage:second:{needed}")
        if needed:
            door.execute(DeployDesign(design=design, reason="Xin duyệt."), designer, key="stage:propose")
    with door.database.reading() as connection:
        return str(connection.execute(select(proposal.c.id).order_by(proposal.c.proposed_at.desc(), proposal.c.id.desc()).limit(1)).scalar_one())


def _begun(door: Door, designer: Actor, name: str) -> str:
    return str(door.execute(BeginDesign(name=name), designer, key=f"stage:{name}")["design"])


def _rename(door: Door, designer: Actor, design: str, name: str) -> None:
    """Give an element of the drawing another name."""
    found = door.ask(ReadDesignFile(design=design, path=DRAWN), designer)
    before, _, rest = found.text.partition(f'id="{ELEMENT}" name="')
    text = f'{before}id="{ELEMENT}" name="{name}"{rest.partition(chr(34))[2]}'
    door.execute(KeepDesignFile(design=design, path=DRAWN, text=text, edition=found.edition), designer, key=f"stage:{design}:keep")


def _versions(connection: Connection) -> list[Any]:
    """Return the versions of the process, the newest first."""
    query = select(definition_version.c.id, definition_version.c.version).where(definition_version.c.key == PROCESS)
    return list(connection.execute(query.order_by(definition_version.c.version.desc())))
