"""Every page there is: where it is, somebody whose it is, and somebody whose it is not. A route that stands nowhere here fails the tests.

An address is its route, with `<name>` filled by what the stage (`tests.web.stage`) has under that name, or under another one
that is given here: `organisation="ward"`. What stands in an address can also be wrong: then there is no such page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.web.stage import (
    ADMIN,
    AUDITOR,
    CELL,
    CLERK,
    CONSOLIDATOR,
    FORMS,
    LEADER,
    OFFICE_HEAD,
    SPECIALIST,
    STAFF,
    Stage,
)
from tests.web.stage_workbench import DESIGNER

NONE_SUCH = "018e001b-0000-7000-8000-000000000000"
EVERYBODY = None  # in the place of whose it is: the page asks for nobody
OWN = "own"  # in the place of whose it is not: everybody has one, and sees there what is theirs
PLACE = re.compile(r"<(?:[^<>:]*:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class EveryPage:
    """A page: its route; the login of somebody whose it is (None: it is for all), and of somebody whose it is not, or `OWN`.

    A form's name in the place of the first login is whoever has a task with it.
    """

    route: str
    may: str | None
    may_not: str
    query: str
    given: Mapping[str, str]

    @property
    def template(self) -> str:
        """The address with names in braces."""
        return PLACE.sub(r"{\1}", self.route) + self.query

    @property
    def names(self) -> list[str]:
        """What is filled in from the stage."""
        return [name for name in re.findall(r"{(\w+)}", self.template) if name != "what"]

    def login(self, stage: Stage) -> str | None:
        """Return the login of somebody whose the page is."""
        return stage.desks.get(self.may or "", self.may)

    def address(self, stage: Stage, *, wrong: str = "") -> str:
        """Return the address; with the id of nothing in the place `wrong`."""
        filled = {name: stage.ids[self.given.get(name, name)] for name in self.names}
        return self.template.format(**{"what": "drop", **filled, **({wrong: NONE_SUCH} if wrong else {})})


def page(route: str, may: str | None, may_not: str = OWN, query: str = "", **given: str) -> EveryPage:
    return EveryPage(route=route, may=may, may_not=may_not, query=query, given=given)


def admin(route: str, query: str = "", **given: str) -> EveryPage:
    """A page of an administrator, which is not a specialist's."""
    return page(f"/admin{route}", ADMIN, SPECIALIST, query, **given)


def bench(route: str, query: str = "", **given: str) -> EveryPage:
    """A page of the workbench, which is not a specialist's."""
    return page(f"/workbench{route}", DESIGNER, SPECIALIST, query, **given)


ENTRY = (
    page("/sign-in", EVERYBODY),
    page("/sign-in", EVERYBODY, query="?find=hoi+xuat+ban"),
    page("/password/<token>", EVERYBODY),
    page("/account", LEADER),
    page("/account", OFFICE_HEAD),  # acts for the leader
    page("/account/password", STAFF, LEADER),  # whom the demonstration gave no password
    page("/account/mail", LEADER),
)
WORK = (
    page("/work", STAFF),
    page("/work", SPECIALIST),  # nothing: a colleague could do each of the tasks too
    page("/work", SPECIALIST, query="?q=khong-co&due=week"),
    page("/work/queue", SPECIALIST),
    page("/work/colleagues", LEADER),
    page("/work/later", SPECIALIST),
    page("/work/done", SPECIALIST),
    page("/work/assign", SPECIALIST, CELL, "?task={task}"),
    page("/work/release", SPECIALIST, CELL, "?task={task}"),
    page("/work/together", SPECIALIST, CELL, "?task={task}"),
    page("/overview", CONSOLIDATOR, SPECIALIST),
    page("/overview", LEADER, CELL, "?unit={organisation}"),
    page("/start", CONSOLIDATOR),
    page("/start", CONSOLIDATOR, query="?directive={directive}"),  # who may begin nothing is told so there
)
TASKS = (
    page("/task/<task>", SPECIALIST, CELL),
    page("/task/<task>", OFFICE_HEAD, CELL, task="of_the_leader"),  # for the leader, who is absent
    *(page("/task/<task>", form, ADMIN, task=form) for form in FORMS),
    page("/case/<instance>", SPECIALIST, CELL),
    page("/case/<instance>/comments", SPECIALIST, CELL),
    page("/documents/<sha256>/text", CLERK, CELL),
)
DIRECTIVES = (
    page("/directives", CLERK),
    page("/directives", CLERK, query="?q=khongcogi&status=closed"),
    page("/directives", CLERK, query="?within=remit"),
    page("/directives/register", CLERK),
    page("/directives/register/<sha256>", CLERK, LEADER, sha256="registered"),
    page("/directives/<directive>", CLERK, CELL),
    page("/directives/<directive>/instructions", CLERK, CELL),
    page("/directives/<directive>/recipients", CLERK, CELL),
    page("/directives/<directive>/cascade", CLERK, CELL),
    page("/directives/<directive>/milestones", CLERK, CELL),
    page("/directives/<directive>/urging", CLERK, CELL),
    page("/directives/<directive>/difficulties", CLERK, CELL),
    page("/directives/<directive>/changes", CLERK, CELL),
    page("/search", CLERK),
    page("/search", CLERK, query="?q=sach"),
    page("/search", CLERK, query="?q=khongcogi"),
)
REPORTS = (
    page("/reports", CONSOLIDATOR),
    page("/reports", SPECIALIST, query="?state=returned&year=2019"),
    page("/reports/<report>", CONSOLIDATOR, CELL),
    page("/reports/<report>", CONSOLIDATOR, CELL, report="unwritten"),
    page("/consolidations/<consolidation>", CONSOLIDATOR, CELL),
    page("/figures/<total>", CONSOLIDATOR, CELL),
    page("/registers", CLERK, query="?kind=outgoing"),
    page("/registers", CLERK, query="?kind=incoming"),
    page("/registers", CLERK, query="?kind=follow_up"),
)
ADMINISTRATION = (
    admin(""),
    admin("/organisations"),
    admin("/organisations", "?q=ban+tuyen+giao"),
    admin("/organisations", "?parent={organisation}"),
    admin("/organisations/new"),
    admin("/organisations/<organisation>"),
    admin("/organisations/<organisation>/change"),
    admin("/organisations/<organisation>/lines/new"),
    admin("/organisations/<organisation>/lines/<edge>/end", organisation="ward"),
    admin("/organisations/<organisation>/merge"),
    admin("/organisations/<organisation>/split"),
    admin("/organisations/<organisation>/groups/new"),
    admin("/organisations/<organisation>/posts/new"),
    admin("/organisations/<organisation>/posts/<post>/change"),
    admin("/organisations/<organisation>/posts/<post>/appoint"),
    admin("/organisations/<organisation>/holdings/<holding>/end"),
    admin("/groups/<group>"),
    admin("/groups/<group>/members/new"),
    admin("/groups/<group>/members/<organisation>/remove", organisation="member"),
    admin("/people"),
    admin("/people", "?show=left"),
    admin("/people", "?show=tasks"),
    admin("/people/new"),
    admin("/people/<person>"),
    admin("/people/<person>/change"),
    admin("/people/<person>/account"),
    admin("/people/<person>/sessions"),
    admin("/people/<person>/password-link"),
    admin("/people/<person>/departure"),
    admin("/substitutions"),
    page("/admin/substitutions", LEADER),
    admin("/substitutions/new"),
    admin("/substitutions/new/<organisation>"),
    admin("/substitutions/<substitution>/end"),
    admin("/calendar"),
    admin("/calendar/day"),
    admin("/calendar/file"),
    admin("/calendar/hours"),
    admin("/regimes"),
    admin("/regimes/change"),
    admin("/regimes/<regime>/end"),
    admin("/indicator-sets"),
    admin("/indicator-sets/new"),
    admin("/indicator-sets/<identity>"),
    admin("/indicator-sets/<identity>/retire"),
    admin("/registers"),
    admin("/registers", "?unit={organisation}"),
    admin("/registers/new"),
    admin("/registers/term"),
    admin("/settings"),
    admin("/settings/<key>", key="setting"),
    admin("/vacant-posts"),
    admin("/incidents"),
    admin("/incidents/<incident>"),
    admin("/incidents/<incident>/retry"),
    admin("/incidents/<incident>/skip"),
    admin("/incidents/<incident>/move"),
    admin("/effects"),
    admin("/effects/<key>/<any(resend, drop):what>", key="effect"),
    admin("/health"),
    admin("/proposals"),
    admin("/proposals/<proposal>"),
)
AUDIT = (
    page("/audit/verify", ADMIN, SPECIALIST),
    page("/audit/exports", AUDITOR, SPECIALIST),
    page("/audit/exports", AUDITOR, ADMIN, "?directive={directive}"),
    page("/audit", AUDITOR, SPECIALIST),
    page("/audit/directives/<directive>", AUDITOR, ADMIN, "?reads=1&steps=1&oldest=1&kind=work"),
    page("/audit/search", AUDITOR, SPECIALIST, "?text=kinh+phi&since=01/01/2024"),
    page("/audit/search", AUDITOR, ADMIN, "?person=khongai&unit=khongco&directive=khongso&since=hom+qua"),
    page("/audit/records/<path:log>/<int:seq>", AUDITOR, ADMIN),
    page("/audit/directives/<directive>/dossier", AUDITOR, SPECIALIST),
    page("/audit/cases/<instance>/replay", AUDITOR, SPECIALIST),
    page("/audit/cases/<instance>/replay", AUDITOR, ADMIN, "?step=1&day=khong+ro&time=25"),
    page("/audit/directives/<directive>/cascade", AUDITOR, SPECIALIST),
    page("/audit/directives/<directive>/cascade", AUDITOR, ADMIN, "?on=31/03/2026&known=01/04/2026"),
    page("/audit/directives/<directive>/knowledge", AUDITOR, SPECIALIST),
    page("/audit/directives/<directive>/knowledge", AUDITOR, ADMIN, "?only=unopened&whole=1&text=khongai"),
    page("/audit/retention", AUDITOR, SPECIALIST),
    page("/audit/retention", ADMIN, SPECIALIST),  # with all its forms
    page("/audit/exceptions", AUDITOR, SPECIALIST),
    page("/audit/exceptions", AUDITOR, ADMIN, "?kind=late&since=01/01/2024&returns=1"),
)
DESIGNING = (
    bench(""),
    bench("/designs/<design>"),
    bench("/designs/<design>/deploy"),
    bench("/designs/<design>/diagram", "?path={drawn}"),
    bench("/designs/<design>/export"),
    bench("/designs/<design>/form", "?path={form}"),
    bench("/designs/<design>/form/problems", "?path={form}"),
    bench("/designs/<design>/forms/new"),
    bench("/designs/<design>/import"),
    bench("/designs/<design>/merge", "?path={drawn}"),
    bench("/designs/<design>/new"),
    bench("/designs/<design>/remarks"),
    bench("/designs/<design>/table", "?path={table}"),
    bench("/designs/<design>/tables/new"),
    bench("/designs/<design>/try"),
    bench("/designs/<design>/try", "?process={process}"),
    bench("/designs/<design>/try/scenarios", "?process={process}"),
    page("/workbench/rules/<rule>", DESIGNER),
)
VERSIONS = (
    bench("/compare", "?process={process}&old={older}&new={newest}"),
    bench("/export"),
    bench("/migrations/<migration>"),
    bench("/processes/<key>", key="process"),
    bench("/processes/<key>/migrate", key="process"),
    bench("/processes/<key>/running", key="process"),
    page("/workbench/processes/<key>/running", ADMIN, SPECIALIST, key="process"),
    bench("/processes/<key>/running/cases", "?figure=active", key="process"),
    bench("/processes/<key>/versions/<int:number>", key="process"),
    bench("/proposals"),
    bench("/proposals/<proposal>", proposal="deployment"),
)
PAGES = ENTRY + WORK + TASKS + DIRECTIVES + REPORTS + ADMINISTRATION + DESIGNING + VERSIONS + AUDIT
NO_LOOKS = {  # pages that leave nothing in the log of reads, and why nobody misses it
    "/account/password": "one's own",
    "/account/mail": "one's own",
    "/start": "what one may begin oneself",
    "/work/assign": "one's own tasks, which the list has shown",
    "/work/release": "one's own tasks, which the list has shown",
    "/directives/register": "what one has begun oneself",
    "/admin/organisations/new": "an empty form",
    "/admin/substitutions/new": "an empty form",
    "/workbench/designs/<design>/diagram": "a file of a design: that the design was opened is recorded",
    "/workbench/designs/<design>/form": "a file of a design",
    "/workbench/designs/<design>/form/problems": "what is wrong with a form, asked with every pause of who edits it",
    "/workbench/designs/<design>/import": "an empty form",
    "/workbench/rules/<rule>": "the handbook",
}
NO_PAGES = {
    "/": "leads to one's work",
    "/work/next": "leads to the next task",
    "/account/again": "leads away, unless something typed waits: tests/web/entry/test_carried.py",
    "/sign-in/openid/back": "leads away: tests/web/entry/test_openid.py",
    "/documents/<sha256>": "a file as it arrived",
    "/directives/<directive>/cascade.json": "the numbers of a picture",
    "/registers.csv": "a file",
    "/print/letter/<directive>.<any(docx, pdf):format>": "a file",
    "/print/report/<report>.<any(docx, pdf):format>": "a file",
    "/print/consolidation/<consolidation>.<any(docx, pdf):format>": "a file",
    "/print/register/<organisation>/<kind>.pdf": "a file",
    "/print/arrival/<directive>/<organisation>.pdf": "a file",
    "/calendar/<token>.ics": "for a calendar program",
    "/audit/directives/<directive>/dossier/<export>.zip": "a file",
    "/workbench/designs/<design>/caption": "the words under a picture",
    "/workbench/designs/<design>/export.zip": "a file",
    "/workbench/designs/<design>/export/file": "a file",
    "/workbench/designs/<design>/file": "leads to the editor of the file",
    "/workbench/designs/<design>/text": "a file, for its editor",
    "/workbench/designs/<design>/try/scenario.json": "a file",
    "/workbench/export.zip": "a file",
    "/workbench/export/file": "a file",
    "/health/live": "for the machine that watches",
    "/health/ready": "for the machine that watches",
    "/metrics": "for the machine that watches",
}
