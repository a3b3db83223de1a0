"""A design that somebody else's deployment overtook takes that change in: of one file, once, with a choice for each collision."""

from __future__ import annotations

import pytest

from engine.definitions.design_deployment import DeployDesign, ForeseeDeployment
from engine.definitions.design_merging import WHOLE, Merge, MergeDesignFile, ShowMerge
from engine.definitions.design_pages import ReadDesignFile
from engine.definitions.designs import BeginDesign, KeepDesignFile, RemoveDesignFile
from engine.kernel.actor import Actor
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from tests.definitions.test_merging import FILE, changed
from tests.door.office import Office

SHARED = "shared/forms/urge.schema.json"


class Both:
    """Two designs that change the same file; the other one was deployed."""

    def __init__(self, office: Office, mine: Actor, other: Actor) -> None:
        self.office, self.mine, self.other = office, mine, other
        self.design, self.theirs = (str(office.do(BeginDesign(name=name), who)["design"]) for name, who in (("Của tôi", mine), ("Khác", other)))

    def text(self, design: str = "", path: str = FILE) -> str:
        return str(self.office.door.ask(ReadDesignFile(design=design or self.design, path=path), self.mine).text)

    def keep(self, text: str, path: str = FILE) -> None:
        found = self.office.door.ask(ReadDesignFile(design=self.design, path=path), self.mine)
        self.office.do(KeepDesignFile(design=self.design, path=path, text=text, edition=found.edition), self.mine)

    def overtake(self, text: str, path: str = FILE) -> None:
        self.office.do(KeepDesignFile(design=self.theirs, path=path, text=text, edition=0), self.other)
        self.office.do(DeployDesign(design=self.theirs, reason="Theo chỉ đạo."), self.other)

    def show(self, path: str = FILE) -> Merge:
        found: Merge = self.office.door.ask(ShowMerge(design=self.design, path=path), self.mine)
        return found

    def merge(self, path: str = FILE, *, actor: Actor | None = None, seen: Merge | None = None, choices: dict[str, str] | None = None) -> None:
        found = seen or self.show(path)
        command = MergeDesignFile(design=self.design, path=path, edition=found.edition, in_force=found.in_force, choices=choices or {})
        self.office.do(command, actor or self.mine)

    def overtaken(self) -> int:
        return len(self.office.door.ask(ForeseeDeployment(design=self.design), self.mine).overtaken)


@pytest.fixture
def both(office: Office, mine: Actor, other: Actor) -> Both:
    return Both(office, mine, other)


def test_both_changes_are_taken_and_deployed(both: Both) -> None:
    base = both.text()
    both.keep(changed(base, cl_close="Của tôi"))
    both.overtake(changed(base, cl_record="Của người khác"))
    found = both.show()
    assert (found.overtaken, found.whole, found.collisions, both.overtaken()) == (True, None, (), 1)
    assert [(each.change, each.kind, each.name) for each in found.own] == [("changed", "userTask", "Của tôi")]
    assert [(each.change, each.kind, each.name) for each in found.others] == [("changed", "serviceTask", "Của người khác")]
    both.merge()
    assert both.text() == changed(base, cl_close="Của tôi", cl_record="Của người khác")
    assert (both.overtaken(), both.show().overtaken) == (0, False)
    both.office.do(DeployDesign(design=both.design, reason="Gộp cả hai."), both.mine)


def test_a_collision_is_shown_with_what_each_says_and_waits_for_a_choice(both: Both) -> None:
    base = both.text()
    both.keep(changed(base, cl_close="Của tôi"))
    both.overtake(changed(base, cl_close="Của người khác", cl_record="Ghi"))
    (found,) = both.show().collisions
    assert (found.key, found.kind, found.name, found.picture) == ("cl_close", "userTask", "Của tôi", False)
    assert [each["new"] for each in (*found.mine.values, *found.theirs.values)] == ["Của tôi", "Của người khác"]
    wrong: tuple[dict[str, str], ...] = ({}, {"cl_close": "nobody"})
    for choices in wrong:
        with pytest.raises(InvalidInput, match="a choice"):
            both.merge(choices=choices)
    both.merge(choices={"cl_close": "theirs"})
    assert both.text() == changed(base, cl_close="Của người khác", cl_record="Ghi")


def test_fields_of_a_form_are_merged_too(both: Both) -> None:
    base = both.text(path=SHARED)
    both.keep(base.replace('"Nội dung"', '"Ý kiến"'), SHARED)
    both.overtake(base.replace('"Hạn mới"', '"Hạn"'), SHARED)
    assert [(each.kind, each.name) for each in both.show(SHARED).others] == [("field", "Hạn")]
    both.merge(SHARED)
    assert '"Ý kiến"' in both.text(path=SHARED)
    assert '"Hạn"' in both.text(path=SHARED)


@pytest.mark.parametrize(("side", "rest"), [("mine", "<broken"), ("theirs", "Ghi")])
def test_a_file_that_cannot_be_read_is_taken_as_a_whole(both: Both, side: str, rest: str) -> None:
    base = both.text()
    both.keep("<broken")
    both.overtake(changed(base, cl_record="Ghi"))
    found = both.show()
    assert (found.whole is not None, [each.key for each in found.collisions]) == (True, [WHOLE])
    both.merge(choices={WHOLE: side})
    assert rest in both.text()
    assert both.overtaken() == 0


def test_a_file_that_one_took_away_is_taken_as_a_whole(both: Both) -> None:
    base = both.text()
    both.office.do(RemoveDesignFile(design=both.design, path=FILE, edition=0), both.mine)
    both.overtake(changed(base, cl_record="Ghi"))
    (found,) = both.show().collisions
    assert (found.mine.change, found.theirs.change) == ("removed", "changed")
    both.merge(choices={WHOLE: "theirs"})
    assert both.text() == changed(base, cl_record="Ghi")


def test_what_was_looked_at_is_what_is_merged(both: Both) -> None:
    base = both.text()
    both.keep(changed(base, cl_close="Của tôi"))
    both.overtake(changed(base, cl_record="Ghi"))
    seen = both.show()
    both.keep(changed(base, cl_close="Lần hai"))
    with pytest.raises(Refused, match="kept again"):
        both.merge(seen=seen)
    seen = both.show()
    both.theirs = str(both.office.do(BeginDesign(name="Nữa"), both.other)["design"])
    both.overtake(changed(base, cl_record="Ghi lần hai"))
    with pytest.raises(Refused, match="just deployed"):
        both.merge(seen=seen)
    assert both.text() == changed(base, cl_close="Lần hai")


def test_only_the_designer_merges_and_only_what_was_changed(both: Both) -> None:
    both.keep(changed(both.text(), cl_close="Của tôi"))
    with pytest.raises(Denied):
        both.merge(actor=both.other)
    with pytest.raises(NotFound):
        both.show(SHARED)
