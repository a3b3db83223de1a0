"""What stands beside a task, for `{% include "case/beside.html" %}`."""

from __future__ import annotations

from typing import Any

from engine.audit.case_beside import Beside, ShowBeside
from web.case import words
from web.door import ask


def beside(task: str, directive: str | None = None, instance: str | None = None) -> dict[str, Any]:
    """Return what the template names: the letter with the evidence of its reading, files, comments, what comes next.

    `directive` and `instance` are those of the task; they are named so that a page need not know how it is found. Raises Denied, NotFound.
    """
    found: Beside = ask(ShowBeside(task=task))
    return {
        "beside": found,
        "beside_directive": directive,
        "instance": instance or found.instance,
        "comments": found.comments,
        "comments_task": task,
        "words": words,
    }
