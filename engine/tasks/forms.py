"""What people hand in with a task is checked by its form. Forms are read at deployment, so they live in definitions."""

from __future__ import annotations

from engine.definitions.forms import Form, normalised

__all__ = ["Form", "normalised"]
