"""Who asks what is in the log of reads: every kind of query is recorded, or stands here with why nobody misses it (AUDIT.md 9.11)."""

from __future__ import annotations

from engine.bootstrap import open_door
from engine.kernel.clock import SimulatedClock
from engine.storage import Database
from tests.door.office import START

BESIDE = "asked for a part of a page whose own look is recorded"
OWN = "what is one's own, or what one may begin oneself"
DESIGN = "a part of a design, whose opening is recorded; it tells of no case and of nobody"
QUIET = {
    "AffectedInstances": "numbers of cases by version, before a deployment that is recorded",
    "CaptionFile": DESIGN,
    "CheckDesign": DESIGN,
    "ChosenTasks": BESIDE,
    "FieldChoices": BESIDE,
    "FindOrganisation": BESIDE,
    "FirstTask": OWN,
    "ForeseeImport": DESIGN,
    "ForeseeRegistration": "what would follow a form that one is filling in",
    "LeadTrial": DESIGN,
    "ListDays": "a calendar program asks every hour: a look that nobody takes",
    "ListDrawn": DESIGN,
    "ListRegistrations": OWN,
    "ListReviews": BESIDE,
    "ListStarts": BESIDE,
    "NextTask": OWN,
    "OfferOrganisations": BESIDE,
    "ReadDesignFile": DESIGN,
    "ReadScenario": DESIGN,
    "ResolveRecipients": BESIDE,
    "RunScenarios": DESIGN,
    "ShowBeside": BESIDE,
    "ShowChoices": DESIGN,
    "ShowDigestChoice": OWN,
    "ShowFieldUses": DESIGN,
    "ShowGround": BESIDE,
    "ShowStartingPoints": DESIGN,
    "WhatCanStart": OWN,
    "WhatFollows": BESIDE,
}
SENSITIVE = ("audit.", "dossier.", "history.", "report.print", "directive.print", "document.", "seal.", "retention.", "disposal.", "hold.", "erasure.")


def queries() -> dict[str, tuple[str, bool]]:
    """Return the action of every kind of query, and whether it is recorded."""
    return {name: (each.action, each.recorded) for name, each in open_door(Database("sqlite:///nowhere.sqlite3"), SimulatedClock(START)).queries()}


def test_every_kind_of_query_is_recorded_or_excused_with_why() -> None:
    assert {name for name, (_, recorded) in queries().items() if not recorded} == QUIET.keys()


def test_what_an_auditor_asks_prints_or_takes_out_is_never_excused() -> None:
    found = queries()
    assert [name for name in QUIET if found[name][0].startswith(SENSITIVE) and name != "ListReviews"] == []
