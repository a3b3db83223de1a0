"""The operations that a directive's processes may use in their service tasks, room by room."""

from __future__ import annotations

from engine.directives.arrival import ARRIVAL
from engine.directives.assignments import assign
from engine.directives.calls import CALLS
from engine.directives.change_answers import CHANGE_ANSWERS
from engine.directives.changes import CHANGES
from engine.directives.closing import CLOSING
from engine.directives.difficulties import DIFFICULTIES
from engine.directives.extensions import EXTENSIONS
from engine.directives.follow_up_work import FOLLOW_UP_WORK
from engine.directives.issuing import ISSUING
from engine.directives.receipts import RECEIPTS
from engine.directives.refusals import REFUSALS
from engine.directives.urging import URGING
from engine.directives.work import WORK

EXCEPTIONS = {**CHANGES, **CHANGE_ANSWERS, **DIFFICULTIES, **EXTENSIONS, **URGING}
OPERATIONS = {**EXCEPTIONS, **ARRIVAL, **ISSUING, **RECEIPTS, **REFUSALS, "assign": assign, **WORK, **CLOSING, **CALLS, **FOLLOW_UP_WORK}
