"""What a measurement was made on."""

from __future__ import annotations

import os
import platform
from typing import Any


def spent_cpu() -> float:
    """Return the seconds of processor time that this process has used: what others do on the machine does not count."""
    used = os.times()
    return used.user + used.system


def machine() -> dict[str, Any]:
    """Return the machine as every report of `chidao bench` names it."""
    return {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()}
