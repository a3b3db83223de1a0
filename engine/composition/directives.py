"""The list of directives and their pages, registering from a file, files that were signed elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.audit.cascade_levels import ShowCascade, ShowTree, answer_cascade, answer_tree
from engine.composition.scopes import of_directive, of_oneself, of_unit
from engine.directives.given_work import ShowGivenWork, answer_given_work
from engine.directives.listing import ListDirectives, answer_listing
from engine.directives.registering import (
    DropRegistration,
    ForeseeRegistration,
    KeepRegistration,
    ListRegistrations,
    ReadStored,
    answer_foreseen,
    answer_read,
    answer_registrations,
    decide_drop,
    decide_keep,
)
from engine.directives.resolving import ResolveRecipients, answer_recipients_of
from engine.directives.signed_files import AttachSignedFile, decide_attach
from engine.directives.standing_page import ShowDirective, answer_directive
from engine.directives.standing_parts import (
    ShowChanges,
    ShowDifficulties,
    ShowInstructions,
    ShowMilestones,
    ShowRecipients,
    ShowUrging,
    answer_changes,
    answer_difficulties,
    answer_instructions,
    answer_milestones,
    answer_recipients,
    answer_urging,
)
from engine.directives.starting import ListStarts, answer_starts
from engine.door import Handler, Query
from engine.history.transaction import Reading
from engine.kernel.registry import Registry
from engine.retention.disposal import while_kept

PAGES: tuple[tuple[type, Callable[[Any, Reading], Any]], ...] = (
    (ShowDirective, answer_directive),
    (ShowRecipients, answer_recipients),
    (ShowInstructions, answer_instructions),
    (ShowGivenWork, answer_given_work),
    (ShowMilestones, answer_milestones),
    (ShowUrging, answer_urging),
    (ShowDifficulties, answer_difficulties),
    (ShowChanges, answer_changes),
    (ShowCascade, answer_cascade),
    (ShowTree, answer_tree),
)


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what the pages of directives ask and send."""
    for kind, answer in PAGES:
        queries.add(kind.__name__, Query(action="directive.see", scope=of_directive, answer=answer, recorded=True))
    queries.add(ListDirectives.__name__, Query(action="directive.list", scope=of_oneself, answer=answer_listing, recorded=True))
    queries.add(ListStarts.__name__, Query(action="directive.see", scope=of_directive, answer=answer_starts))
    queries.add(ResolveRecipients.__name__, Query(action="directive.list", scope=of_oneself, answer=answer_recipients_of))
    queries.add(ListRegistrations.__name__, Query(action="directive.list", scope=of_oneself, answer=answer_registrations))
    queries.add(ReadStored.__name__, Query(action="directive.register", scope=of_unit, answer=answer_read, recorded=True))
    queries.add(ForeseeRegistration.__name__, Query(action="directive.register", scope=of_unit, answer=answer_foreseen))
    for kind, decide in ((KeepRegistration, decide_keep), (DropRegistration, decide_drop)):
        handlers.add(kind.__name__, Handler(action="work.keep", scope=of_oneself, decide=decide, remembered=False))
    handlers.add(AttachSignedFile.__name__, Handler(action="file.attach", scope=of_directive, decide=while_kept(decide_attach), kind=AttachSignedFile))
