"""The editor of diagrams in a browser: drawn, changed by the panel, undone, checked as one draws, kept, and nothing lost when keeping fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from engine.definitions.design_pages import ReadDesignFile
from engine.definitions.designs import DiscardDesign, KeepDesignFile
from engine.definitions.source import shipped_sources
from tests.browser.axe import Axe
from tests.web.workbench.conftest import DRAWN, begin_design
from web.door import EXTENSION

Visit = Callable[..., Page]
INTAKE = "shared/directive_intake.bpmn"


class Drawing:
    """The editor with a diagram of a design."""

    def __init__(self, visit: Visit, demo: Flask, path: str = DRAWN, text: str | None = None) -> None:
        self.door = demo.extensions[EXTENSION]
        login, self.actor, self.design = begin_design(demo)
        self.path = path
        if text is not None:
            self.keep_elsewhere(text, 0)
        self.page = visit(login, f"/workbench/designs/{self.design}/diagram?path={path}", width=1380)
        self.page.locator("body[data-ready]").wait_for()

    def keep_elsewhere(self, text: str, edition: int) -> None:
        """Keep the file as another window would."""
        self.door.execute(KeepDesignFile(design=self.design, path=self.path, text=text, edition=edition), self.actor, key=f"elsewhere {edition}")

    def kept(self) -> str:
        """The file as it was kept last."""
        return str(self.door.ask(ReadDesignFile(design=self.design, path=self.path), self.actor).text)

    def choose(self, element: str) -> None:
        self.page.locator(f'#modeler-outline [data-element="{element}"]').click()

    def insert(self, flow: str, name: str) -> None:
        """Put a task of people into a line."""
        self.choose(flow)
        self.page.locator('#modeler-outline summary[data-act="add"]').click()
        form = self.page.locator("#modeler-outline details[open] form")
        form.locator("input").fill(name)
        form.get_by_role("button").click()


@pytest.fixture
def drawing(visit: Visit, demo: Flask) -> Drawing:
    return Drawing(visit, demo)


def test_a_task_is_added_given_a_form_and_a_role_undone_redone_and_kept(drawing: Drawing, axe: Axe) -> None:
    page = drawing.page
    expect(page.locator("#problems-count")).to_have_text("không có")
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    drawing.insert("flow_action_gateway_work_split", "Thẩm định pháp lý")
    expect(page.locator("#p-id")).to_have_value("tham_dinh_phap_ly")  # an identifier that a reader understands
    problem = page.get_by_role("button", name="nên có biểu mẫu (chidao:form)")
    expect(problem).to_contain_text("Thẩm định pháp lý")
    expect(page.locator("#modeler-canvas .problem-warning")).to_have_text("⚠")
    drawing.choose("start")
    problem.click()
    expect(page.locator("#p-name")).to_be_focused()
    page.get_by_label("Biểu mẫu", exact=True).select_option("approve_sign")
    page.get_by_label("Vai trò").select_option("specialist")
    expect(page.locator("#problems-count")).to_have_text("không có")
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.get_by_label("Vai trò")).to_have_value("")
    page.get_by_role("button", name="Làm lại").click()
    expect(page.get_by_label("Vai trò")).to_have_value("specialist")
    expect(page.locator("#modeler-state")).to_contain_text("Đã lưu lúc")
    assert axe.violations(page) == []
    page.reload()
    page.locator("body[data-ready=drawn]").wait_for()
    (task,) = (line for line in drawing.kept().splitlines() if 'id="tham_dinh_phap_ly"' in line)
    assert all(said in task for said in ("<bpmn:userTask", 'name="Thẩm định pháp lý"', 'chidao:role="specialist"', 'chidao:form="approve_sign"'))
    drawing.choose("tham_dinh_phap_ly")
    expect(page.get_by_label("Biểu mẫu", exact=True)).to_have_value("approve_sign")


def test_a_condition_a_deadline_and_an_operation_are_put_together_without_writing_expressions(drawing: Drawing) -> None:
    page = drawing.page
    drawing.choose("flow_action_gateway_set_filed")
    page.get_by_label("So sánh").select_option("!=")
    expect(page.get_by_label("Biểu thức")).to_have_value('action != "file"')
    drawing.insert("flow_start_init", "Kiểm tra")
    page.get_by_label("Thời điểm").select_option("after_working")
    page.get_by_label("Số lượng").fill("5")
    page.get_by_label("Số lượng").press("Enter")
    expect(page.get_by_label("Biểu thức")).to_have_value("working_days_after(today(), 5)")
    drawing.choose("set_filed")
    page.locator("#p-name").fill("Nhắc lãnh đạo")
    page.get_by_role("button", name="+ form").click()  # one click is enough, and takes nothing of what was being typed
    expect(page.get_by_label("form", exact=True)).to_have_value('"in_check"')
    expect(page.locator("#p-name")).to_have_value("Nhắc lãnh đạo")
    page.get_by_label("Thao tác").select_option("remind")
    expect(page.get_by_label("about", exact=True)).to_have_value('"in_check"')
    page.get_by_label("about", exact=True).fill('"kiem_tra"')
    expect(page.locator("#modeler-state")).to_contain_text("Chưa lưu")
    page.get_by_role("button", name="Lưu ngay").click()
    expect(page.locator("#modeler-state")).to_contain_text("Đã lưu lúc")
    kept = drawing.kept()
    assert "action != " in kept
    assert 'chidao:due="working_days_after(today(), 5)"' in kept
    assert '<chidao:parameter name="about" value="&#34;kiem_tra&#34;" />' in kept.replace("&quot;", "&#34;")


def test_a_list_that_is_named_and_not_drawn_stays_when_something_else_changes(visit: Visit, demo: Flask) -> None:
    drawing = Drawing(visit, demo, "shared/directive_execute.bpmn")
    page = drawing.page
    drawing.choose("ex_each")
    expect(page.get_by_label("Danh sách (tên trong dữ liệu)")).to_have_value("assignments")
    page.locator("#p-name").fill("Thực hiện từng việc")
    page.locator("#p-name").press("Tab")
    expect(page.locator("#modeler-state")).to_contain_text("Đã lưu lúc")
    assert "<bpmn:loopDataInputRef>assignments</bpmn:loopDataInputRef>" in drawing.kept()


def test_a_step_takes_data_under_a_name_of_its_own_and_is_done_again_while_a_condition_holds(drawing: Drawing, axe: Axe) -> None:
    page = drawing.page
    undo, state = page.get_by_role("button", name="Hoàn tác"), page.locator("#modeler-state")
    drawing.choose("init")
    page.locator("#modeler-panel summary", has_text="Dữ liệu lấy vào").click()
    page.get_by_role("button", name="Lấy vào").click()
    expect(page.locator("#modeler-panel")).to_contain_text("Chưa chép gì")
    page.get_by_label("Tên trong bước").fill("hồ sơ gốc")
    page.get_by_label("Tên trong bước").press("Enter")
    expect(page.get_by_label("Tên trong bước")).to_have_value("ho_so_goc")  # as an expression can say it
    page.get_by_label("Nội dung được chép").fill("data_object_1.number")
    page.get_by_label("Nội dung được chép").press("Enter")
    assert axe.violations(page) == []
    with page.expect_response(lambda answer: answer.url.endswith("/keep") and "dataInputAssociation" not in str(answer.request.post_data)):
        page.locator('#modeler-outline [data-act="remove"]').click()
    expect(page.locator('#modeler-outline [data-element="data_input_association_1"]')).to_have_count(0)
    assert "bpmn:property" not in drawing.kept()  # the name goes with its line, and comes back with it
    undo.click()
    drawing.choose("init")
    page.get_by_label("Số lần làm").select_option(label="Lặp lại khi điều kiện còn đúng")
    page.get_by_label("Nhiều nhất bao nhiêu lần").fill("5")
    page.get_by_label("Nhiều nhất bao nhiêu lần").press("Enter")
    page.get_by_role("button", name="Lưu ngay").click()
    expect(state).to_contain_text("Đã lưu lúc")
    kept = drawing.kept()
    for line in (
        '<bpmn:property id="init_ho_so_goc" name="ho_so_goc" />',
        "<bpmn:targetRef>init_ho_so_goc</bpmn:targetRef>",
        "<bpmn:transformation>data_object_1.number</bpmn:transformation>",
        '<bpmn:standardLoopCharacteristics loopMaximum="5" />',
    ):
        assert line in kept
    assert "__targetRef_placeholder" not in kept
    expect(page.locator("#problems-count")).to_have_text("không có")


def test_what_another_tool_declared_of_data_is_told_and_kept(visit: Visit, demo: Flask) -> None:
    declared = (
        '<bpmn:ioSpecification><bpmn:dataInput id="vao" name="so_cu"/><bpmn:inputSet><bpmn:dataInputRefs>vao</bpmn:dataInputRefs></bpmn:inputSet>'
        "<bpmn:outputSet/></bpmn:ioSpecification>"
    )
    begin = '<bpmn:userTask id="in_check"'
    head, tail = shipped_sources().files[INTAKE].decode().split(begin)
    place = tail.index("</bpmn:userTask>")
    drawing = Drawing(visit, demo, INTAKE, f"{head}{begin}{tail[:place]}{declared}{tail[place:]}")
    drawing.choose("in_check")
    expect(drawing.page.locator("#modeler-panel")).to_contain_text("Khai báo trong tệp (ioSpecification): so_cu.")
    with drawing.page.expect_response(lambda answer: answer.url.endswith("/keep")):
        drawing.page.locator("#p-name").fill("Xem văn bản")
        drawing.page.locator("#p-name").press("Tab")
    assert '<bpmn:dataInput id="vao" name="so_cu" />' in drawing.kept()


def test_a_data_object_is_added_from_the_list_and_a_step_gives_it_a_value(drawing: Drawing) -> None:
    page = drawing.page
    drawing.choose("pool_coordination_monthly")
    page.locator('#modeler-outline summary[data-act="inside"]').click()
    form = page.locator("#modeler-outline details[open] form")
    form.locator("select").select_option(label="Dữ liệu")
    form.locator("input").fill("hoSo")
    form.get_by_role("button").click()
    expect(page.locator("#modeler-panel")).to_contain_text("Trong biểu thức, dữ liệu này có tên hoSo.")
    page.get_by_label("Chứa nhiều giá trị (danh sách)").check()
    drawing.choose("init")
    page.locator("#modeler-panel summary", has_text="Dữ liệu lấy vào").click()
    page.get_by_label("Dữ liệu trên sơ đồ").select_option(label="hoSo")
    page.get_by_role("button", name="Cho ra").click()
    page.get_by_label("Nội dung được chép").fill("[action]")
    page.get_by_label("Nội dung được chép").press("Enter")
    page.get_by_role("button", name="Lưu ngay").click()
    expect(page.locator("#modeler-state")).to_contain_text("Đã lưu lúc")
    kept = drawing.kept()
    assert 'isCollection="true"' in kept
    assert "<bpmn:transformation>[action]</bpmn:transformation>" in kept
    expect(page.locator("#problems-count")).to_have_text("không có")


def test_the_tools_stand_on_one_line_at_1280_pixels(drawing: Drawing) -> None:
    drawing.page.set_viewport_size({"width": 1280, "height": 900})
    tops = drawing.page.locator("#modeler-tools").evaluate("(bar) => [...bar.children].map((each) => Math.round(each.getBoundingClientRect().top))")
    assert len(tops) > 8
    assert max(tops) - min(tops) < 8


def test_what_another_window_kept_is_not_written_over(drawing: Drawing) -> None:
    page = drawing.page
    newer = drawing.kept().replace("Mở hồ sơ công việc", "Mở hồ sơ")
    drawing.keep_elsewhere(newer, 0)
    drawing.choose("init")
    page.locator("#p-name").fill("Của tôi")
    page.locator("#p-name").press("Tab")
    problem = page.locator("#keeping-problem")
    expect(problem).to_contain_text("vừa được lưu ở cửa sổ khác")
    assert drawing.kept() == newer
    problem.get_by_label("Đường dẫn của tệp khác").fill("coordination_monthly/mine.bpmn")
    problem.get_by_role("button", name="Lưu bản ở đây thành tệp khác").click()
    page.wait_for_url("**/diagram?path=coordination_monthly%2Fmine.bpmn")
    page.locator("body[data-ready=drawn]").wait_for()
    expect(page.locator('#modeler-outline [data-element="init"]')).to_contain_text("Của tôi")
    expect(page.locator("#problems")).to_contain_text("Lỗi")  # two files with one process


def test_without_a_connection_nothing_is_lost(drawing: Drawing) -> None:
    page = drawing.page
    page.context.set_offline(True)
    drawing.choose("init")
    page.locator("#p-name").fill("Viết khi mất mạng")
    page.locator("#p-name").press("Tab")
    expect(page.locator("#keeping-problem")).to_contain_text("Mất kết nối")
    page.context.set_offline(False)  # the browser tells the page
    expect(page.locator("#modeler-state")).to_contain_text("Đã lưu lúc")
    expect(page.locator("#keeping-problem")).to_have_count(0)
    assert "Viết khi mất mạng" in drawing.kept()


def test_a_broken_file_is_mended_as_text(visit: Visit, demo: Flask, axe: Axe) -> None:
    drawing = Drawing(visit, demo, "broken.bpmn", "<?xml version='1.0'?>\n<definitions>\n<process>\n</definitions>")
    page = drawing.page
    expect(page.get_by_text("Tệp này không vẽ được")).to_be_visible()
    page.get_by_role("button", name="Lỗi:").click()
    expect(page.get_by_label("broken.bpmn")).to_be_focused()
    assert axe.violations(page) == []
    page.get_by_label("broken.bpmn").fill("<a/>")
    page.get_by_role("button", name="Lưu văn bản").click()
    expect(page.get_by_text("Đã lưu tệp.")).to_be_visible()
    assert drawing.kept().strip() == "<a/>"


def test_a_design_that_has_ended_is_read_only(drawing: Drawing) -> None:
    drawing.door.execute(DiscardDesign(design=drawing.design, reason="không cần nữa"), drawing.actor, key="given up")
    page = drawing.page
    page.reload()
    page.locator("body[data-ready=drawn]").wait_for()
    expect(page.locator("#modeler-state")).to_contain_text("Chỉ xem")
    expect(page.locator(".djs-palette")).to_have_count(0)
    drawing.choose("set_filed")
    expect(page.get_by_label("Thao tác")).to_be_disabled()


def test_only_what_runs_is_offered_and_another_kind_keeps_only_what_is_read_there(drawing: Drawing) -> None:
    page = drawing.page
    expect(page.locator('.djs-palette [data-action="create.data-store"]')).to_have_count(0)
    drawing.choose("outcome_gateway")
    page.locator('.djs-context-pad [data-action="replace"]').click()
    expect(page.locator('.djs-popup [data-id="replace-with-parallel-gateway"]')).to_be_visible()
    expect(page.locator('.djs-popup [data-id="replace-with-complex-gateway"]')).to_have_count(0)
    page.keyboard.press("Escape")
    drawing.choose("set_filed")
    page.locator('.djs-context-pad [data-action="replace"]').click()
    page.locator('.djs-popup [data-id="replace-with-user-task"]').click()
    expect(page.locator("#p-form")).to_be_visible()
    expect(page.locator("#problems-count")).to_have_text("0 lỗi, 1 cảnh báo")  # a form is missing; no operation is left where nobody reads it
    expect(page.locator("#p-id")).to_have_value("set_filed")
