"""What an administrator sees and changes: the directory, people, calendar, due days, settings, registers, what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.access.ending_sessions import EndSessionsOf, decide_end_sessions
from engine.audit.directory_pages import (
    ListOrganisations,
    ShowGroup,
    ShowOrganisation,
    answer_group,
    answer_organisation,
    answer_organisations,
)
from engine.audit.finding_bodies import FindOrganisation, OfferOrganisations, answer_find, answer_offered
from engine.audit.installation_pages import (
    AskAttention,
    EnterAdministration,
    ListRegisters,
    ListSettings,
    ListVacantPosts,
    ShowCalendarYear,
    answer_attention,
    answer_calendar_year,
    answer_enter,
    answer_registers,
    answer_settings,
    answer_vacant,
)
from engine.audit.people_pages import (
    ListPeople,
    ListSubstitutions,
    OfferSubstitution,
    ShowPerson,
    answer_offer,
    answer_people,
    answer_person,
    answer_substitutions,
)
from engine.directives.division import decide_division
from engine.directives.open_work import ShowOpenWork, answer_open_work
from engine.directives.succession_preview import PreviewSuccession, answer_preview_succession
from engine.directory.administrators import keeping_an_administrator
from engine.directory.bodies import (
    AddEdge,
    ChangeOrganisation,
    CreateOrganisation,
    EndEdge,
    decide_add_edge,
    decide_change_organisation,
    decide_create_organisation,
    decide_end_edge,
)
from engine.directory.calendar_changes import ChangeCalendarDay, decide_change_day
from engine.directory.groups import (
    AddGroupMember,
    CreateGroup,
    RemoveGroupMember,
    decide_add_member,
    decide_create_group,
    decide_remove_member,
)
from engine.directory.indicator_sets import (
    KeepIndicatorSet,
    ListIndicatorSets,
    RetireIndicatorSet,
    answer_sets,
    decide_keep_set,
    decide_retire_set,
)
from engine.directory.office_hours import ChangeOfficeHours, ShowOfficeHours, answer_hours, decide_change_hours
from engine.directory.people import ChangePerson, RegisterPerson, decide_change_person, decide_register_person
from engine.directory.posts import (
    Appoint,
    ChangePost,
    CreatePost,
    EndHolding,
    decide_appoint,
    decide_change_post,
    decide_create_post,
    decide_end_holding,
)
from engine.directory.splitting import SplitOrganisation
from engine.door import Apply, Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.instances.leaving import RecordDeparture, ShowDeparture, answer_departure, decide_departure
from engine.kernel.registry import Registry
from engine.reports.regime_changes import ChangeRegime, EndRegime, ListRegimes, answer_regimes, decide_change_regime, decide_end_regime

Decide = Callable[[Any, Reading], Apply]
SEE = "administration.see"
CHANGES: Mapping[str, tuple[tuple[type, Decide], ...]] = {
    "organisation.change": (
        (CreateOrganisation, decide_create_organisation),
        (ChangeOrganisation, decide_change_organisation),
        (AddEdge, decide_add_edge),
        (EndEdge, decide_end_edge),
        (CreateGroup, decide_create_group),
        (AddGroupMember, decide_add_member),
        (RemoveGroupMember, decide_remove_member),
        (SplitOrganisation, keeping_an_administrator(decide_division)),
    ),
    "person.change": (
        (RegisterPerson, decide_register_person),
        (ChangePerson, decide_change_person),
        (CreatePost, decide_create_post),
        (ChangePost, keeping_an_administrator(decide_change_post)),
        (Appoint, decide_appoint),
        (EndHolding, keeping_an_administrator(decide_end_holding)),
        (RecordDeparture, keeping_an_administrator(decide_departure)),
    ),
    "account.change": ((EndSessionsOf, decide_end_sessions),),
    "calendar.change": ((ChangeCalendarDay, decide_change_day), (ChangeOfficeHours, decide_change_hours)),
    "regime.change": ((ChangeRegime, decide_change_regime), (EndRegime, decide_end_regime)),
    "indicator_set.change": ((KeepIndicatorSet, decide_keep_set), (RetireIndicatorSet, decide_retire_set)),
}
PAGES: tuple[tuple[type, Callable[[Any, Reading], Any]], ...] = (
    (AskAttention, answer_attention),
    (ListOrganisations, answer_organisations),
    (ShowOrganisation, answer_organisation),
    (ShowGroup, answer_group),
    (ShowOpenWork, answer_open_work),
    (PreviewSuccession, answer_preview_succession),
    (ListPeople, answer_people),
    (ShowPerson, answer_person),
    (ShowDeparture, answer_departure),
    (ShowCalendarYear, answer_calendar_year),
    (ShowOfficeHours, answer_hours),
    (ListRegimes, answer_regimes),
    (ListSettings, answer_settings),
    (ListRegisters, answer_registers),
    (ListVacantPosts, answer_vacant),
)
NAMED = ("organisation", "parent", "owner", "edge", "post", "holding", "person", "login", "group", "predecessor", "day", "regime", "identity", "level", "code")


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what administrators see and change; substitutions, which leaders see too, have a permission of their own."""
    for action, kinds in CHANGES.items():
        for kind, decide in kinds:
            handlers.add(kind.__name__, Handler(action=action, scope=_about, decide=decide))
    for asked, answer in PAGES:
        queries.add(asked.__name__, Query(action=SEE, scope=_about, answer=answer, recorded=True))
    queries.add(ListSubstitutions.__name__, Query(action="substitution.see", scope=_of_unit, answer=answer_substitutions, recorded=True))
    queries.add(OfferSubstitution.__name__, Query(action="substitution.see", scope=_of_unit, answer=answer_offer, recorded=True))
    queries.add(EnterAdministration.__name__, Query(action=SEE, scope=_about, answer=answer_enter, recorded=True))
    queries.add(FindOrganisation.__name__, Query(action=SEE, scope=_about, answer=answer_find))
    queries.add(OfferOrganisations.__name__, Query(action=SEE, scope=_about, answer=answer_offered))
    queries.add(ListIndicatorSets.__name__, Query(action="indicator_set.see", scope=_about, answer=answer_sets, recorded=True))


def _about(asked: Any, _reading: Reading) -> Scope:
    """The installation as a whole; told is the first thing that a command or query names."""
    named = next((str(value) for name in NAMED if (value := getattr(asked, name, None))), "all")
    return Scope(organisation=None, subject=Subject(type="administration", id=named[:200]))


def _of_unit(asked: ListSubstitutions | OfferSubstitution, _reading: Reading) -> Scope:
    return Scope(organisation=asked.organisation, subject=Subject(type="substitutions", id=asked.organisation or "all"))
