"""Every error that a person may see. Each says what was expected and what was found; none knows of HTTP."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


class EngineError(Exception):
    """Base of all refusals and failures; `code` is stable and is written to the history."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidInput(EngineError):
    """What was handed in (a file, a form, an argument) is not what is expected."""

    code = "invalid_input"


class Refused(EngineError):
    """The command is well formed, but the state of things does not allow it."""

    code = "refused"


class Denied(EngineError):
    """The actor may not do this."""

    code = "denied"


class NotFound(EngineError):
    """What the command names does not exist."""

    code = "not_found"


class Conflict(EngineError):
    """Another writer was faster; the caller reads again and tries again."""

    code = "conflict"


class Busy(Conflict):
    """Others were faster as often as we tried; nothing was changed, and the same may be sent again."""

    code = "busy"


class StepFailed(EngineError):
    """The process could not go on by itself; an administrator sees it as an incident."""

    code = "step_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One defect of a process definition, with its place."""

    file: str
    element: str | None
    line: int | None
    rule: str
    severity: str  # "error" or "warning"
    message: str

    def plain(self) -> dict[str, Any]:
        """Return the finding as JSON has it (DESIGN.md 7, `chidao lint`)."""
        return asdict(self)

    def sentence(self) -> str:
        """Return the finding as one line: file, line, element, message."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} [{self.element or '-'}] {self.rule}: {self.message}"


class DefinitionInvalid(EngineError):
    """A process definition would not run as it is drawn."""

    code = "definition_invalid"

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.sentence() for finding in findings), findings=findings)
        self.findings = findings
