"""What the furnished databases hold."""
from __future__ import annotations

OFFICES = "muong-suong"  # the offices of every shipped scenario
