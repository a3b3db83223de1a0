"""What an installation can compare its own history with: its own trust file, and the places that it writes checkpoints to.

Whoever does not trust the installation brings copies of both from elsewhere (`chidao audit verify --trust --checkpoints`).
"""

from __future__ import annotations

from engine.history.evidence import Evidence, brought
from engine.history.places import are_outside, configured_places
from engine.history.trust import own_trust
from engine.kernel.errors import InvalidInput


def own_evidence() -> Evidence:
    """Return all that is here. What should be and cannot be read is said in `missing`; an installation without keys has none."""
    try:
        trust = own_trust()
    except InvalidInput as error:
        return Evidence(missing=(error.message,))
    if not trust.keys:
        return Evidence()
    places = [each.folder for each in configured_places() if are_outside() or each.logs()]
    return brought(trust=trust, checkpoints=places, mirrors=places)
