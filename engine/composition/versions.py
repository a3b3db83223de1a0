"""Versions of processes: which there are, two beside each other, remarks on elements, and designs that are put in force."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from engine.composition.workbench import of_design
from engine.definitions.design_deployment import DeployDesign, ForeseeDeployment, answer_foreseen, decide_deploy_design
from engine.definitions.functions import FUNCTIONS
from engine.definitions.remarks import (
    ListDrawn,
    ListRemarks,
    SettleRemark,
    WriteRemark,
    answer_drawn,
    answer_remarks,
    decide_settle,
    decide_write,
)
from engine.definitions.sides import CompareSides, answer_sides
from engine.definitions.versions import PutInForceAgain, ShowVersions, answer_versions, decide_again
from engine.definitions.withdrawing import ResumeProcess, WithdrawProcess, decide_resume, decide_withdraw
from engine.door import Apply, Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what reads versions, and remarks."""
    asked: tuple[tuple[type, Callable[[Any, Reading], Scope], Callable[[Any, Reading], Any]], ...] = (
        (ShowVersions, of_process, answer_versions),
        (CompareSides, of_process, answer_sides),
        (ListRemarks, of_design, answer_remarks),
        (ListDrawn, of_design, answer_drawn),
    )
    for kind, scope, answer in asked:
        queries.add(kind.__name__, Query(action="definition.see", scope=scope, answer=answer, recorded=kind is not ListDrawn))
    for command, decide_it in ((WithdrawProcess, decide_withdraw), (ResumeProcess, decide_resume)):
        handlers.add(command.__name__, Handler(action="definition.deploy", scope=of_process, decide=decide_it, kind=command))
    said: tuple[tuple[type, Callable[[Any, Reading], Apply]], ...] = ((WriteRemark, decide_write), (SettleRemark, decide_settle))
    for kind, decide in said:
        handlers.add(kind.__name__, Handler(action="definition.design", scope=of_design, decide=decide, kind=kind))


def add_deployments(handlers: Registry[Handler], queries: Registry[Query], operations: Collection[str]) -> None:
    """Register what checks with the names of the installed operations: deployments of designs, and of earlier versions."""
    installed: dict[str, Any] = {"operations": operations, "functions": FUNCTIONS}
    again = partial(decide_again, **installed)
    handlers.add(PutInForceAgain.__name__, Handler(action="definition.deploy", scope=of_process, decide=again, kind=PutInForceAgain))
    deploy = partial(decide_deploy_design, **installed)
    handlers.add(DeployDesign.__name__, Handler(action="definition.deploy", scope=of_design, decide=deploy, kind=DeployDesign))
    foreseen = partial(answer_foreseen, **installed)
    queries.add(ForeseeDeployment.__name__, Query(action="definition.see", scope=of_design, answer=foreseen, recorded=True))


def of_process(about: Any, _reading: Reading) -> Scope:
    """`about.process`: a definition is the whole installation's, no organisation owns it."""
    return Scope(organisation=None, subject=Subject(type="definition", id=about.process))
