"""The assignments: who is to do what, by when. Reads the printed numbering as it is, also where it is not logical."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from engine.directives.reading.deadlines import Deadline, deadlines
from engine.directives.reading.lines import Marker, Paragraph, Span
from engine.directives.reading.note import CERTAIN, DOUBTFUL, MISSING, Note, note
from engine.directives.reading.parties import addressed, before_colon, is_order, split_parties, starts_with_organisation
from engine.directives.reading.reporting import is_contact, is_report_duty
from engine.directives.reading.tables import Row, row_deadline, table_rows
from engine.directives.reading.vocabulary import keys
from engine.kernel.vietnamese import CAPITAL, skeleton

_MANDATE = re.compile(r"(?<!y kien )(?<!\w)(?P<verb>de nghi|yeu cau|chi dao|giao|huong dan|thong bao|phan cong)(?!\w)")
_TAIL = re.compile(
    r"(?:de nghi|yeu cau|nhan duoc|tren day|tran trong|can cu (?:cong van|van ban|noi dung)|trong qua trinh|quet ma|\(?gui kem|\(?kem theo|"
    r"ket thuc|dinh ky|hang (?:thang|tuan|quy)|cac (?:co quan|don vi|dia phuong).{0,80}bao cao|van ban nay|cong van nay)"
)
_ORDERS = re.compile(r"(?:giao|phan cong|de nghi|yeu cau)\s")
_COUNTED = re.compile(r"(?:mot|hai|ba|bon|nam|sau|bay) la\b|thu (?:nhat|hai|ba|tu|nam)\b")
_LONG_NAME = 25  # words
_CLOSING_ORDER = 50  # "nghiêm túc triển khai thực hiện" is shorter, a real order is longer
_ACTION_END = re.compile(rf";\s+|(?<!\w\.)[.!?]\s+(?={CAPITAL})")
_NUMBERED = {Marker.NUMBER, Marker.LETTER, Marker.ROMAN, Marker.ARTICLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One clause of an item; its deadline does not spread to neighbouring clauses."""

    id: str
    text: str
    deadline: Deadline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One assignment. `id` as printed, `2.a` for bullets under a number, `-` when nothing is numbered."""

    id: str
    heading: str | None
    addressees: tuple[str, ...]
    actions: tuple[Action, ...]
    lines: Span
    named: bool = True  # False: the addressees come from the mandate sentence or the addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """The sentence that orders: by whom, with which verb, to whom."""

    by: str | None
    verb: str
    to: tuple[str, ...]
    order: str
    lines: Span


@dataclass(slots=True, kw_only=True)
class _Node:
    """A numbered paragraph, what stands under it, and the numbered paragraphs below it."""

    label: str
    path: str
    depth: int
    head: Paragraph
    body: list[Paragraph] = field(default_factory=list)
    children: list[_Node] = field(default_factory=list)
    inherited: tuple[str, ...] = ()


def read_mandate(parts: list[Paragraph]) -> Mandate | None:
    """Return the ordering sentence: the last one before the numbering, else the first one of the text."""
    numbered = next((index for index, part in enumerate(parts) if part.marker in _NUMBERED), None)
    plain = [part for part in parts[:numbered] if part.marker is Marker.NONE]
    candidates = [mandate for part in plain if (mandate := _mandate(part)) is not None]
    if not candidates:
        return None
    return candidates[-1] if numbered is not None else max(candidates, key=lambda mandate: (bool(mandate.by), len(mandate.order)))


def read_items(parts: list[Paragraph], mandate: Mandate | None, recipients: list[str], issued: date | None) -> tuple[list[Item], Note]:
    """Return the items in printed order."""
    default = mandate.to if mandate and mandate.to else tuple(recipients)
    rows, parts = table_rows(parts), [part for part in parts if part.marker is not Marker.ROW]
    nodes = _tree(parts)
    if nodes:
        items = [item for node in nodes for item in _node_items(node, default, issued)]
    elif not rows:
        items = _plain_items(parts, mandate, default, issued)
    else:
        items = []
    items += [_row_item(row, default, issued) for row in rows]
    certain = all(item.named or (mandate is not None and mandate.to) for item in items)
    # A name of so many words probably runs on into the order, behind a verb that the word list lacks.
    certain = certain and all(len(party.split()) <= _LONG_NAME for item in items for party in item.addressees)
    return _distinct(items, nodes), note(MISSING if not items else CERTAIN if certain else DOUBTFUL, [item.lines for item in items])


def _row_item(row: Row, default: tuple[str, ...], issued: date | None) -> Item:
    due = row_deadline(row.due, issued)
    action = Action(id=f"{row.id}.a", text=row.task, deadline=due)
    parties = split_parties(row.owner) or default
    return Item(id=row.id, heading=None, addressees=parties, actions=(action,), lines=row.lines, named=bool(row.owner))


def _mandate(part: Paragraph) -> Mandate | None:
    announcing: Mandate | None = None
    for match in _MANDATE.finditer(part.key):
        printed = part.text[slice(*match.span("verb"))]
        named = printed[0].isupper() and part.text[: match.start()].rstrip()[-1:] not in {"", ".", ";", ":", "!"}  # Ban Chỉ đạo, Hướng dẫn
        if named or (match["verb"] == "giao" and printed.lower() != "giao") or re.match(r"\s+so\s+\d", part.key[match.end() :]):
            continue  # Tuyên giáo; Hướng dẫn số 15
        behind = part.text[match.end() :].strip()
        who = addressed(behind, ordered=True)
        announced = re.match(r"(?:nhu sau|mot so|cac noi dung|thuc hien)?[^.]*:$", skeleton(behind))
        if who or announced:
            found = Mandate(
                by=_body_before(part.text[: match.start()]),
                verb=part.text[slice(*match.span("verb"))],
                to=who.parties if who else (),
                order=who.order if who else behind,
                lines=part.lines,
            )
            if who:
                return found
            announcing = found  # "Theo chỉ đạo của …, … đề nghị:" orders with its last verb
    return announcing


def _body_before(text: str) -> str | None:
    """Return the body that speaks: the organisation named right before the verb, with the commas inside its name."""
    starts = [found.end() for found in re.finditer(r"^|[,.;]\s+", text)]
    named = [start for start in starts if starts_with_organisation(text[start:])]
    return text[named[-1] :].strip(" ,") or None if named else None


def _tree(parts: list[Paragraph]) -> list[_Node]:
    """Order the numbered paragraphs by depth; what stands behind the last one and closes the document is left out."""
    roots: list[_Node] = []
    stack: list[_Node] = []
    last = max((index for index, part in enumerate(parts) if part.marker in _NUMBERED), default=-1)
    for index, part in enumerate(parts):
        if part.marker in _NUMBERED:
            depth = _depth(part)
            while stack and stack[-1].depth >= depth:
                stack.pop()
            above = stack[-1].path if stack else ""
            path = f"{above}.{part.label}" if above and not part.label.startswith(f"{above}.") else part.label
            node = _Node(label=_label(part, stack), path=path, depth=depth, head=part)
            (stack[-1].children if stack else roots).append(node)
            stack.append(node)
        elif stack:
            if index > last and part.marker is Marker.NONE and _is_tail(part):
                break
            stack[-1].body.append(part)
    return roots


def _depth(part: Paragraph) -> int:
    if part.marker in {Marker.ROMAN, Marker.ARTICLE}:
        return 0
    if part.marker is Marker.LETTER:
        return 9
    return 1 + part.label.count(".")


def _label(part: Paragraph, stack: list[_Node]) -> str:
    return f"{stack[-1].label}.{part.label}" if part.marker is Marker.LETTER and stack else part.label


def _is_tail(part: Paragraph) -> bool:
    return bool(_TAIL.match(part.key)) or is_report_duty(part.text) or is_contact(part.text)


def _node_items(node: _Node, default: tuple[str, ...], issued: date | None) -> list[Item]:
    own = addressed(node.head.text)
    parties = own.parties if own else node.inherited
    if node.children:
        for child in node.children:
            child.inherited = parties
        if _is_content(node, own is not None):
            # What is under a heading of matter is an assignment only where it names a body itself.
            return [item for child in node.children if child.children or addressed(child.head.text) for item in _node_items(child, (), issued)]
        return [item for child in node.children for item in _node_items(child, default, issued)]
    if node.head.marker is Marker.ARTICLE and not parties:
        return []  # an article without a body ("Ban hành kèm theo …", "có hiệu lực …") assigns nothing
    bullets = [part for part in node.body if part.marker is Marker.BULLET]
    if len(bullets) > 0 and any(addressed_bullet(part) for part in bullets):
        return _bullet_items(node, bullets, parties or default, issued)
    if not parties and node.head.key.startswith(keys("words_of_assent")):
        return []
    if not parties and (_is_content(node, named=False) or (not default and not is_order(node.head.text))):
        return []
    texts = [own.order if own else node.head.text, *(part.text for part in node.body)]
    heading = node.head.text if own and not own.order else None
    return [_item(node.label, heading, parties or default, texts, _span([node.head, *node.body]), issued, named=bool(parties))]


def addressed_bullet(part: Paragraph) -> bool:
    """Say whether a bullet names its own addressees and goes on with an order."""
    own = addressed(part.text)
    return own is not None and bool(own.order)


def _is_content(node: _Node, named: bool) -> bool:  # noqa: FBT001 - private
    """A heading such as "Nội dung tuyên truyền": what is under it is matter, not an assignment."""
    return not named and node.head.key.startswith(keys("content_headings")) and not node.head.text.endswith(";")


def _bullet_items(node: _Node, bullets: list[Paragraph], default: tuple[str, ...], issued: date | None) -> list[Item]:
    result: list[Item] = []
    for index, part in enumerate(bullets):
        begin = node.body.index(part)
        end = node.body.index(bullets[index + 1]) if index + 1 < len(bullets) else len(node.body)
        own = addressed(part.text) if addressed_bullet(part) else before_colon(part.text)
        texts = [own.order if own else part.text, *(more.text for more in node.body[begin + 1 : end])]
        label = f"{node.label}.{_letter(index)}"
        parties = own.parties if own else default
        result.append(_item(label, node.head.text, parties, texts, _span(node.body[begin:end]), issued, named=own is not None))
    return result


def _plain_items(parts: list[Paragraph], mandate: Mandate | None, default: tuple[str, ...], issued: date | None) -> list[Item]:
    """Items of a text without numbers: its bullets that name an addressee, else the ordering sentence itself."""
    bullets = [part for part in parts if part.marker is Marker.BULLET]
    named = [part for part in bullets if addressed_bullet(part)]
    if named:
        root = _Node(label="-", path="-", depth=0, head=bullets[0], body=bullets)
        return [
            Item(id="-", heading=None, addressees=item.addressees, actions=item.actions, lines=item.lines, named=item.named)
            for item in _bullet_items(root, bullets, default, issued)
        ]
    announced = mandate is not None and (not mandate.order or mandate.order.endswith(":"))
    headed = _headed(parts, mandate) if announced else []
    if headed:
        return [item for node in headed for item in _headed_item(node, default, issued)]
    if mandate is None:
        return []
    behind = [part for part in parts if part.lines[0] > mandate.lines[1] and part.marker is Marker.NONE]
    counted = [part for part in behind if _COUNTED.match(part.key) or (_mandate(part) is None and not _is_tail(part) and deadlines(part.text, issued))]
    bullets = sorted([*bullets, *counted], key=lambda part: part.lines)
    texts = [mandate.order, *(part.text for part in bullets)]
    span = (mandate.lines[0], max([mandate.lines[1], *(part.lines[1] for part in bullets)]))
    first = _item("-", None, default, texts, span, issued, named=bool(mandate.to))
    return [first, *(_item("-", None, more.to, [more.order], more.lines, issued, named=True) for more in _further(parts, mandate))]


def _headed(parts: list[Paragraph], mandate: Mandate | None) -> list[_Node]:
    """Return the paragraphs behind an announcing mandate ("… đề nghị:") that begin with the body they address, with what belongs to them."""
    behind = [part for part in parts if mandate and part.lines[0] > mandate.lines[1]]
    nodes: list[_Node] = []
    for part in behind:
        own = addressed(part.text) if part.marker is Marker.NONE and not _is_tail(part) else None
        listed = own is not None and (part.text.endswith(":") or bool(own.order) or not part.ended)
        if listed and not _ORDERS.match(part.key):
            nodes.append(_Node(label="-", path="-", depth=0, head=part))
        elif part.marker is Marker.NONE and _is_tail(part):
            break
        elif nodes:
            nodes[-1].body.append(part)
    return nodes


def _headed_item(node: _Node, default: tuple[str, ...], issued: date | None) -> list[Item]:
    own = addressed(node.head.text)
    texts = [own.order if own else node.head.text, *(part.text for part in node.body)]
    parties = own.parties if own else default
    return [_item("-", node.head.text if own and not own.order else None, parties, texts, _span([node.head, *node.body]), issued, named=True)]


def _further(parts: list[Paragraph], mandate: Mandate) -> list[Mandate]:
    """Return the orders to other bodies behind the first one ("Giao Phòng …"); a closing "đề nghị … thực hiện" is none."""
    behind = [part for part in parts if part.lines[0] > mandate.lines[1] and part.marker is Marker.NONE]
    found = [_mandate(part) for part in behind if _ORDERS.match(part.key) and not is_contact(part.text)]
    return [more for more in found if more and more.to and more.to != mandate.to and len(more.order) > _CLOSING_ORDER]


def _item(label: str, heading: str | None, parties: tuple[str, ...], texts: list[str], lines: Span, issued: date | None, *, named: bool) -> Item:
    clauses = [clause for text in texts for clause in _clauses(text)]
    actions = []
    for index, clause in enumerate(clauses):
        due = deadlines(clause, issued)
        name = f"{label}.{_letter(index)}"
        actions.append(Action(id=name, text=clause, deadline=due[0] if due else None))
        actions += [Action(id=name, text=clause, deadline=more) for more in due[1:]]
    return Item(id=label, heading=heading, addressees=parties, actions=tuple(actions), lines=lines, named=named)


def _clauses(text: str) -> list[str]:
    return [clause for clause in (clause.strip() for clause in _ACTION_END.split(text)) if clause]


def _letter(index: int) -> str:
    return chr(ord("a") + index) if index < 26 else str(index + 1)


def _span(parts: list[Paragraph]) -> Span:
    return min(part.lines[0] for part in parts), max(part.lines[1] for part in parts)


def _distinct(items: list[Item], nodes: list[_Node]) -> list[Item]:
    """Where numbers start again under every roman heading, name the items by their whole path."""
    if len({item.id for item in items}) == len(items) or not nodes:
        return items
    paths: dict[Span, str] = {}
    for node in nodes:
        _paths(node, paths)
    result = []
    for item in items:
        base = next((path for (begin, end), path in paths.items() if begin <= item.lines[0] <= end), item.id)
        suffix = item.id.rsplit(".", 1)[-1] if item.id[-1].isalpha() and not base.endswith(item.id[-1]) else ""
        label = f"{base}.{suffix}" if suffix else base
        result.append(Item(id=label, heading=item.heading, addressees=item.addressees, actions=item.actions, lines=item.lines, named=item.named))
    return result


def _paths(node: _Node, paths: dict[Span, str]) -> None:
    for child in node.children:
        _paths(child, paths)
    if not node.children:
        paths[_span([node.head, *node.body])] = node.path

