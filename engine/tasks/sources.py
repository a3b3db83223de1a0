"""The sources of choices: each is one question about a task and the place where it is done.

A value is what the operations of the processes look for (a login, a code, a printed number, an id); a label is what people know it by.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, Select, func, or_, select

from engine.definitions.repository import definition, latest
from engine.definitions.withdrawing import offered
from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.storage.schema import (
    assignment,
    consolidation,
    consolidation_total,
    directive,
    directive_item,
    dispatch,
    holding,
    indicator,
    indicator_set,
    indicator_set_row,
    milestone,
    obligation,
    organisation,
    organisation_edge,
    person,
    post,
    post_role,
    recipient_group,
    recipient_group_member,
    register_book,
    report,
    report_section,
)
from engine.tasks.choices import MOST, Choice, Source

SHORT = 90  # characters of a text that stands in a list
RATIO, WORDS = "ratio", "text"  # indicators that are computed, and those that are answered in words
Task = Row[Any]


def _posts(reading: Reading, task: Task) -> list[Choice]:
    """The colleagues of the organisation, by login; one without a login by the post."""
    rows = reading.connection.execute(_people(reading, task).order_by(holding.c.substitute_for.is_not(None), person.c.name))
    found = {row.login or row.post: Choice(value=row.login or row.post, label=f"{row.name} – {row.title}") for row in rows}
    return list(found.values())


def _people(reading: Reading, task: Task) -> Select[Any]:
    today = local_date(reading.now).isoformat()
    return (
        select(person.c.login, person.c.name, post.c.id.label("post"), post.c.title)
        .join(holding, holding.c.person == person.c.id)
        .join(post, post.c.id == holding.c.post)
        .where(post.c.organisation == task.organisation, holding.c.valid_from <= today)
        .where((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= today))
    )


def _leaders(reading: Reading, task: Task) -> list[Row[Any]]:
    def ask() -> list[Row[Any]]:
        query = _people(reading, task).join(post_role, post_role.c.post == post.c.id).where(post_role.c.role == "leader")
        return list(reading.connection.execute(query.order_by(person.c.name)))

    return reading.once((_leaders, task.organisation), ask)


def _signer_names(reading: Reading, task: Task) -> list[Choice]:
    return _unique(Choice(value=row.name, label=f"{row.name} – {row.title}") for row in _leaders(reading, task))


def _signer_titles(reading: Reading, task: Task) -> list[Choice]:
    return _unique(Choice(value=row.title, label=row.title) for row in _leaders(reading, task))


def _unique(choices: Iterable[Choice]) -> list[Choice]:
    return list({each.value: each for each in choices}.values())


def _organisations(reading: Reading, task: Task) -> list[Choice]:
    """The organisations around this one: above, below, beside, and the members of its recipient groups, by code."""
    unit, edge, beside = task.organisation, organisation_edge.c, organisation_edge.alias("beside").c
    above = select(edge.parent).where(edge.child == unit)
    siblings = select(beside.child).where(beside.parent.in_(above))
    members = (
        select(recipient_group_member.c.organisation)
        .join(recipient_group, recipient_group.c.id == recipient_group_member.c.recipient_group)
        .where(recipient_group.c.owner == unit)
    )
    near = organisation.c.id.in_(above.union(select(edge.child).where(edge.parent == unit), siblings, members))
    day = local_date(reading.now).isoformat()
    query = select(organisation.c.code, organisation.c.name).where(near, organisation.c.id != unit)
    query = query.where(or_(organisation.c.valid_to.is_(None), organisation.c.valid_to >= day))
    return [Choice(value=row.code, label=row.name) for row in reading.connection.execute(query.order_by(organisation.c.name).limit(MOST))]


def _recipient_groups(reading: Reading, task: Task) -> list[Choice]:
    query = (
        select(recipient_group.c.code, recipient_group.c.name, func.count(recipient_group_member.c.organisation).label("members"))
        .outerjoin(recipient_group_member, recipient_group_member.c.recipient_group == recipient_group.c.id)
        .where(recipient_group.c.owner == task.organisation)
        .group_by(recipient_group.c.code, recipient_group.c.name)
        .order_by(recipient_group.c.name)
    )
    return [Choice(value=row.code, label=f"{row.name} ({row.members})") for row in reading.connection.execute(query)]


def _begun_by(message: str) -> Source:
    def source(reading: Reading, _task: Task) -> list[Choice]:
        connection, found = reading.connection, []
        for key in offered(connection, message, local_date(reading.now)):
            found.append(Choice(value=key, label=definition(connection, latest(connection, key).id).definition.name or key))
        return sorted(found, key=lambda each: each.label)

    return source


def _letters(reading: Reading, task: Task, *, received: bool) -> list[Row[Any]]:
    """The newest letters that the organisation issued, or issued and received."""
    own = directive.c.issuer == task.organisation
    theirs = directive.c.id.in_(select(dispatch.c.directive).where(dispatch.c.organisation == task.organisation))
    query = select(directive.c.id, directive.c.code, directive.c.subject, directive.c.issued_date).where(or_(own, theirs) if received else own)
    return list(reading.connection.execute(query.order_by(directive.c.issued_date.desc(), directive.c.id.desc()).limit(MOST)))


def _own_codes(reading: Reading, task: Task) -> list[Choice]:
    return _unique(Choice(value=row.code, label=_letter(row)) for row in _letters(reading, task, received=False))


def _known_codes(reading: Reading, task: Task) -> list[Choice]:
    rows = reading.once((_letters, task.organisation), lambda: _letters(reading, task, received=True))
    return _unique(Choice(value=row.code, label=_letter(row)) for row in rows if row.id != task.directive)


def _known_letters(reading: Reading, task: Task) -> list[Choice]:
    rows = reading.once((_letters, task.organisation), lambda: _letters(reading, task, received=True))
    return [Choice(value=row.id, label=_letter(row)) for row in rows]


def _children(reading: Reading, task: Task) -> list[Choice]:
    """What the organisation has handed down from the letter."""
    query = select(directive.c.code, directive.c.subject).where(directive.c.parent == task.directive, directive.c.issuer == task.organisation)
    return [Choice(value=row.code, label=_letter(row)) for row in reading.connection.execute(query.where(directive.c.status == "issued").order_by(directive.c.id))]


def _letter(row: Any) -> str:
    return f"{row.code} – {_short(row.subject)}"


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT].rstrip()}…"


def _items(reading: Reading, task: Task) -> list[Choice]:
    query = select(directive_item.c.item_no, directive_item.c.text).where(directive_item.c.directive == task.directive)
    return [Choice(value=row.item_no, label=f"{row.item_no}. {_short(row.text)}") for row in reading.connection.execute(query.order_by(directive_item.c.id))]


def _open_work(reading: Reading, task: Task) -> list[Choice]:
    """What somebody may ask more time for: items of the letter, its report, its milestones, by what people call them."""
    duties = select(obligation.c.report_type).where(obligation.c.directive == task.directive, obligation.c.organisation == task.organisation)
    owned = select(milestone.c.key, milestone.c.title).where(milestone.c.directive == task.directive, milestone.c.owner == task.organisation)
    return [
        *_items(reading, task),
        *(Choice(value=name, label=name) for name in reading.connection.execute(duties).scalars()),
        *(Choice(value=row.key, label=_short(row.title)) for row in reading.connection.execute(owned.order_by(milestone.c.position))),
    ]


def _assignments(reading: Reading, task: Task) -> list[Choice]:
    query = (
        select(assignment.c.id, directive_item.c.item_no, directive_item.c.text, directive.c.code, directive.c.subject)
        .join(directive, directive.c.id == assignment.c.directive)
        .outerjoin(directive_item, directive_item.c.id == assignment.c.item)
        .where(assignment.c.directive == task.directive, assignment.c.organisation == task.organisation)
        .where(assignment.c.status.not_in(("done", "withdrawn")))
        .order_by(directive_item.c.id)
    )
    rows = reading.connection.execute(query)
    return [Choice(value=row.id, label=f"{row.item_no}. {_short(row.text)}" if row.item_no else _letter(row)) for row in rows]


def _milestones(reading: Reading, task: Task) -> list[Choice]:
    query = select(milestone.c.key, milestone.c.title).where(milestone.c.directive == task.directive, milestone.c.owner == task.organisation)
    return [Choice(value=row.key, label=_short(row.title)) for row in reading.connection.execute(query.order_by(milestone.c.position))]


def _sections(reading: Reading, task: Task) -> list[Choice]:
    """The sections of the report at hand, or, where none is at hand, everything that the organisation reports on."""
    query = _duties(task)
    if at_hand := json.loads(task.context).get("report"):
        listed = select(report_section.c.obligation).where(report_section.c.report == at_hand)
        query = query.where(obligation.c.id.in_(listed))
    return [Choice(value=row.id, label=_letter(row)) for row in reading.connection.execute(query)]


def _other_sections(reading: Reading, task: Task) -> list[Choice]:
    own = json.loads(task.context).get("section")
    return [Choice(value=row.id, label=_letter(row)) for row in reading.connection.execute(_duties(task)) if row.id != own]


def _duties(task: Task) -> Select[Any]:
    query = select(obligation.c.id, directive.c.code, directive.c.subject).join(directive, directive.c.id == obligation.c.directive)
    return query.where(obligation.c.organisation == task.organisation).order_by(directive.c.issued_date.desc(), directive.c.id).limit(MOST)


def _figures(reading: Reading, task: Task) -> list[Choice]:
    """The figures that are asked: of the one section at hand, of the letter at hand, or of each section (`within`)."""
    own = json.loads(task.context).get("section")
    query = select(indicator, obligation.c.id.label("duty")).join(obligation, obligation.c.directive == indicator.c.directive)
    query = query.where(obligation.c.organisation == task.organisation)
    if own:
        query = query.where(obligation.c.id == own)
    elif task.directive:
        query = select(indicator).where(indicator.c.directive == task.directive)
    rows = reading.connection.execute(query.where(indicator.c.aggregation != RATIO).order_by(indicator.c.position).limit(MOST))
    apart = not own and not task.directive
    return [
        Choice(
            value=row.key,
            label=row.label,
            within=row.duty if apart else "",
            kind="text" if row.aggregation == WORDS else "integer",
            unit=row.unit,
            required=bool(row.required),
        )
        for row in rows
    ]


def _own_reports(reading: Reading, task: Task) -> list[Choice]:
    query = select(report.c.id, report.c.report_type, report.c.period).where(report.c.organisation == task.organisation)
    rows = reading.connection.execute(query.order_by(report.c.period.desc(), report.c.report_type).limit(MOST))
    return [Choice(value=row.id, label=f"{row.report_type} – {row.period}") for row in rows]


def _registers(reading: Reading, task: Task) -> list[Choice]:
    query = select(register_book).where(register_book.c.organisation == task.organisation, register_book.c.direction == "incoming")
    return [Choice(value=row.id, label=row.term) for row in reading.connection.execute(query.order_by(register_book.c.term.desc()))]


def _urge_targets(reading: Reading, task: Task) -> list[Choice]:
    """With whom a letter is still open, as the process has found it; else everybody who received it."""
    found = json.loads(task.context).get("open_units")
    if isinstance(found, list) and found:
        return [Choice(value=str(each["code"]), label=str(each["name"])) for each in found]
    query = select(organisation.c.code, organisation.c.name).join(dispatch, dispatch.c.organisation == organisation.c.id)
    rows = reading.connection.execute(query.where(dispatch.c.directive == task.directive).order_by(organisation.c.name).limit(MOST))
    return [Choice(value=row.code, label=row.name) for row in rows]


def _totals(reading: Reading, task: Task) -> list[Row[Any]]:
    """The totals that were computed for the consolidation at hand."""
    query = (
        select(consolidation_total.c.directive, consolidation_total.c.indicator, directive.c.code, directive.c.subject, indicator.c.label)
        .join(consolidation, consolidation.c.id == consolidation_total.c.consolidation)
        .join(directive, directive.c.id == consolidation_total.c.directive)
        .join(indicator, (indicator.c.directive == directive.c.id) & (indicator.c.key == consolidation_total.c.indicator))
        .where(consolidation.c.id == json.loads(task.context).get("consolidation"))
        .where(consolidation_total.c.revision == consolidation.c.revision + 1)
        .order_by(directive.c.code, indicator.c.position)
    )
    return reading.once((_totals, task.id), lambda: list(reading.connection.execute(query)))


def _total_letters(reading: Reading, task: Task) -> list[Choice]:
    return _unique(Choice(value=row.directive, label=_letter(row)) for row in _totals(reading, task))


def _total_figures(reading: Reading, task: Task) -> list[Choice]:
    return _unique(Choice(value=row.indicator, label=row.label) for row in _totals(reading, task))


def _indicator_sets(reading: Reading, _task: Task) -> list[Choice]:
    """The sets of indicators that are offered, with how many each holds."""
    query = (
        select(indicator_set.c.id, indicator_set.c.name, func.count(indicator_set_row.c.key).label("held"))
        .join(indicator_set_row, indicator_set_row.c.indicator_set == indicator_set.c.id)
        .where(indicator_set.c.retired_at.is_(None))
        .group_by(indicator_set.c.id, indicator_set.c.name)
        .order_by(indicator_set.c.name)
    )
    return [Choice(value=row.id, label=f"{row.name} ({row.held})") for row in reading.connection.execute(query)]


def _symbols(reading: Reading, task: Task) -> list[Choice]:
    """The symbols of the letters that the organisation has issued, those used most first."""
    mine = select(directive.c.symbol).where(directive.c.issuer == task.organisation).group_by(directive.c.symbol)
    used = reading.connection.execute(mine.order_by(func.count().desc(), directive.c.symbol)).scalars()
    return [Choice(value=symbol, label=symbol) for symbol in used]


SOURCES: Mapping[str, Source] = {
    "indicator_sets": _indicator_sets,
    "symbols": _symbols,
    "posts": _posts,
    "signer_names": _signer_names,
    "signer_titles": _signer_titles,
    "organisations": _organisations,
    "recipient_groups": _recipient_groups,
    "processes": _begun_by("directive.dispatched"),
    "milestone_processes": _begun_by("milestone.opened"),
    "own_codes": _own_codes,
    "known_codes": _known_codes,
    "known_letters": _known_letters,
    "children": _children,
    "items": _items,
    "open_work": _open_work,
    "assignments": _assignments,
    "milestones": _milestones,
    "sections": _sections,
    "other_sections": _other_sections,
    "indicators": _figures,
    "own_reports": _own_reports,
    "registers": _registers,
    "urge_targets": _urge_targets,
    "total_letters": _total_letters,
    "total_figures": _total_figures,
}
