"""Why a task was withdrawn: kept with the task when it happens, for whoever comes too late."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import bindparam, update

from engine.history.transaction import Transaction
from engine.storage.schema import user_task

BY_TASK, BY_ADMINISTRATOR, BY_DECISION, BY_PROCESS = "task", "administrator", "decision", "process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What led to the transition that withdrew a task.

    `kind`: timer, message, signal or result that came in; task, when somebody (`by`) completed another one; administrator;
    decision, when its case was ended as a whole; process. `name`: of the task, element or message; `work`: its row.
    """

    kind: str
    name: str = ""
    work: str = ""
    by: str | None = None


WENT_ON = Cause(kind=BY_PROCESS)
_OPEN = user_task.c.status == "open"
_WITHDRAWN = {"status": "cancelled", "withdrawn": bindparam("b_why")}
_WITHDRAW = update(user_task).where(user_task.c.id == bindparam("b_id"), _OPEN).values(**_WITHDRAWN)
_WITHDRAW_ALL = update(user_task).where(user_task.c.instance == bindparam("b_instance"), _OPEN).values(**_WITHDRAWN)


def withdraw_tasks(transaction: Transaction, gone: Collection[str], why: Mapping[str, Cause] | Cause) -> None:
    """Withdraw tasks; `why` is one cause for all, or that of each by its id."""
    causes = {each: why if isinstance(why, Cause) else why.get(each, WENT_ON) for each in sorted(gone)}
    if causes:
        transaction.connection.execute(_WITHDRAW, [{"b_id": each, "b_why": _text(transaction, cause)} for each, cause in causes.items()])


def withdraw_all_tasks(transaction: Transaction, instance: str, why: Cause) -> None:
    """Withdraw whatever an instance asks of people."""
    transaction.connection.execute(_WITHDRAW_ALL, {"b_instance": instance, "b_why": _text(transaction, why)})


def _text(transaction: Transaction, cause: Cause) -> str:
    told: dict[str, Any] = {"at": transaction.at, **asdict(cause)}
    return json.dumps(told, ensure_ascii=False)
