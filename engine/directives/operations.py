"""The operations that a directive's processes may use in their service tasks, room by room."""

from __future__ import annotations

from engine.directives.assignments import assign
from engine.directives.closing import CLOSING
from engine.directives.issuing import ISSUING
from engine.directives.receipts import RECEIPTS
from engine.directives.refusals import REFUSALS
from engine.directives.urging import URGING
from engine.directives.work import WORK

OPERATIONS = {**ISSUING, **URGING, **RECEIPTS, **REFUSALS, "assign": assign, **WORK, **CLOSING}
