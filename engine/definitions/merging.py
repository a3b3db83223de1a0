"""Three versions of a file, unit by unit: what it was, what one has made of it, what somebody else has.

A unit is what is taken from one side as a whole: an element of a diagram, a rule of a table, a field of a form. Whoever alone changed a
unit prevails; where both did, differently, a person chooses. Nothing here knows XML or JSON.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

MINE, THEIRS = "mine", "theirs"
SIDES = (MINE, THEIRS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit. `parent`: the key of the unit around it, "" of the whole; `pictures`: the key of what it is only the picture of, else "";
    `ties`: the keys of what it connects or is fixed to; `says`: all that it says, to be compared; `names`: what it may refer to, by key."""

    key: str
    parent: str
    kind: str
    name: str
    says: Hashable
    pictures: str = ""
    ties: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()


Units = Mapping[str, Unit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Three:
    """The units of the three versions, each by key."""

    base: Units
    mine: Units
    theirs: Units

    def of(self, side: str) -> Units:
        """Return the units of MINE or THEIRS."""
        return self.mine if side == MINE else self.theirs

    def every(self) -> list[str]:
        """Return the keys of all units, in the order of one's own version."""
        return list(dict.fromkeys((*self.mine, *self.theirs, *self.base)))

    def unit(self, key: str) -> Unit:
        """Return a unit of whichever version has it."""
        return self.mine.get(key) or self.theirs.get(key) or self.base[key]

    def change(self, side: str, key: str) -> str:
        """Tell what a side has done to a unit: added, removed, changed, or "" for nothing."""
        before, now = self.base.get(key), self.of(side).get(key)
        if before is None or now is None:
            return "" if before is now else "added" if before is None else "removed"
        return "changed" if before.says != now.says else ""

    def prevailing(self, key: str) -> str:
        """Return the side that a unit is taken from; "" where both changed it, differently."""
        mine, theirs = self.mine.get(key), self.theirs.get(key)
        same = mine is None if theirs is None else mine is not None and mine.says == theirs.says
        if same or not self.change(THEIRS, key):
            return MINE
        return "" if self.change(MINE, key) else THEIRS


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is taken from where. `sides`: unit → MINE or THEIRS, whose version (or absence) counts; `leads`: unit → the one with which it
    goes; `collisions`: the leading units on which somebody chooses."""

    sides: Mapping[str, str]
    leads: Mapping[str, str]
    collisions: tuple[str, ...]


def settle(three: Three, choices: Mapping[str, str]) -> Settled:
    """Take each unit from one side. `choices`: collision → MINE or THEIRS; one's own side while nobody has chosen."""
    leads = {key: _lead(three, key) for key in three.every()}
    plain = [key for key in leads if not three.unit(key).pictures]
    colliding = {leads[key] for key in plain if not three.prevailing(key)} | _needed(three, leads)
    for key in [each for each in leads if three.unit(each).pictures]:
        if leads[key] == key and not three.prevailing(key):  # drawn elsewhere by both: as what it shows, when that collides too
            shown = leads.get(three.unit(key).pictures, "")
            leads[key] = shown if shown in colliding else key
            colliding.add(leads[key])
    sides = {key: choices.get(lead, MINE) if lead in colliding else three.prevailing(lead) for key, lead in leads.items()}
    return Settled(sides=sides, leads=leads, collisions=tuple(key for key in leads if key in colliding))


def in_order(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Return what stands in either version in one order: one's own where oneself has moved something, else the other's; what is new
    stands behind what it stands behind in its version."""
    common = set(base).intersection(mine, theirs)
    moved = [each for each in mine if each in common] != [each for each in base if each in common]
    first, second = (mine, theirs) if moved else (theirs, mine)
    found, known, place = list(first), set(first), 0
    for each in second:
        if each in known:
            place = found.index(each) + 1
        else:
            found.insert(place, each)
            place += 1
    return found


def _lead(three: Three, key: str) -> str:
    """Return the unit with which one goes: what was taken away together with that around it, what it hangs on, or what it pictures."""
    unit = three.base.get(key)
    if unit is not None:
        for side in SIDES:
            gone = three.of(side)
            for around in (unit.pictures, unit.parent, *unit.ties):
                if key not in gone and around in three.base and around not in gone:
                    return _lead(three, around)
    return key


def _needed(three: Three, leads: Mapping[str, str]) -> set[str]:
    """Return what one side took away while the other changed something in it, or that refers to it."""
    found: set[str] = set()
    for side, other in (SIDES, SIDES[::-1]):
        remaining = three.of(other)
        gone = {key for key in three.base if key not in three.of(side) and key in remaining}
        for key, unit in remaining.items():
            if gone and not unit.pictures and three.change(other, key):
                found |= {leads[each] for each in gone & (unit.names | {unit.parent})}
    return found
