"""Personal fields of a form: what people typed into them is sealed apart before it goes anywhere (AUDIT.md 8)."""

from __future__ import annotations

import json
from typing import Any

from engine.definitions.repository import Deployment
from engine.history.sealed_values import Owner, seal
from engine.history.transaction import Transaction


def sealed_data(transaction: Transaction, row: Any, deployment: Deployment, data: dict[str, Any]) -> dict[str, Any]:
    """Return a form's data as rows and records may hold them: each personal value is kept encrypted, and named by what stands for it.

    All that is typed into one form stands under one key. `row`: the task.
    """
    form = deployment.forms[row.form] if row.form else None
    wanted = [name for name in form.personal if data.get(name)] if form else []
    if not wanted or form is None:
        return data
    roots = json.loads(row.roots)
    owner = Owner(subject=f"task:{row.id}", organisation=row.organisation, directive=roots[0] if roots else None)
    titles = {name: str(form.schema["properties"][name].get("title") or name) for name in wanted}
    sealed = {name: seal(transaction.connection, data[name], owner, title=titles[name], now=transaction.now) for name in wanted}
    return {**data, **sealed}


def without_personal(row: Any, deployment: Deployment, data: dict[str, Any]) -> dict[str, Any]:
    """Return a form's data without what is personal, for whoever looks at what failed."""
    form = deployment.forms[row.form] if row.form else None
    return {name: value for name, value in data.items() if form is None or name not in form.personal}
