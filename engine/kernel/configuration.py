"""Writes CONFIGURATION.md from the table of settings: `python -m engine.kernel.configuration`. A test keeps the page true."""

from __future__ import annotations

from pathlib import Path

from engine.kernel.environment import documentation

PAGE = Path(__file__).parent / "CONFIGURATION.md"

if __name__ == "__main__":
    PAGE.write_text("\n".join(documentation()) + "\n", encoding="utf-8")
