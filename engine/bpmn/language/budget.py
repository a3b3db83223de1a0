"""What an expression may cost: steps, each about half a microsecond, for what it computes and for what it looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.bpmn.language.bounds import LIGHT, weight
from engine.kernel.errors import InvalidInput

MAX_STEPS = 50_000
VALUES_A_STEP = 2  # what an operator, a comparison or a plain function looks at for one step
LETTERS_A_STEP = 500
CALL, CALL_OUTSIDE = 3, 20  # steps for a call, steps for a function that is handed in
FREE = frozenset({"len", "first", "last", "get", "is_empty", "truth", "bool", "date"})  # they look at no more than the outside
DEEP = frozenset({"unique", "flatten", "sorted", "count", "same", "min", "max"})  # they may look at all levels, or several times


@dataclass(slots=True)
class Budget:
    """The steps that are left: of one expression, of a whole script, of a decision table."""

    left: int = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Take `steps`. Raises InvalidInput when there are no more."""
        self.left -= steps
        if self.left < 0:
            raise InvalidInput(f"Expected at most {MAX_STEPS} steps, but found more.")

    def spend_on(self, value: Any) -> None:
        """Take what it costs to look at `value` as a whole."""
        if isinstance(value, str):
            self.spend(1 + len(value) // LETTERS_A_STEP)
        elif isinstance(value, list | tuple | Mapping):
            self.spend(1 + weight(value) // VALUES_A_STEP)

    def spend_on_call(self, name: str, arguments: list[Any], *, outside: bool) -> None:
        """Take what it costs that the function `name` looks at `arguments`. `outside`: it is not one of ours."""
        self.spend(CALL_OUTSIDE if outside else CALL)
        for each in arguments if name not in FREE else ():
            if type(each) in LIGHT:
                continue
            if outside or name in DEEP:
                self.spend(1 + 2 * weight(each))
            else:
                self.spend_on_outside(each)

    def spend_on_outside(self, value: Any) -> None:
        """Take what it costs to look at the outermost level of `value`, or to make it."""
        if isinstance(value, list | tuple | Mapping):
            self.spend(1 + len(value) // VALUES_A_STEP)
        else:
            self.spend_on(value)
