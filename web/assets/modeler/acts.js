// What can be done with the element that is chosen in the list: each act a button, with a small form where it asks for something.
import { getBusinessObject, is, isAny } from "bpmn-js/lib/util/ModelUtil";
import { getLabel } from "bpmn-js/lib/util/LabelUtil";

import { addAfter, addAtEdge, addInside, addInto, moveInto, participantOf } from "./adding.js";
import { copyChosen, pasteInto } from "./copy.js";
import { atEdge, following, inside, kindOf } from "./kinds.js";
import { button, filled, made, tell } from "./made.js";

const CONTAINERS = ["bpmn:Process", "bpmn:Participant", "bpmn:Lane", "bpmn:SubProcess"];
let numbers = 0; // of the fields of the small forms

// Return the buttons for `element` (null: none is chosen). `choose(id)` moves on to another element.
export function acts(context) {
  const { modeler, page, element } = context;
  const said = page.data.around.said;
  if (!page.data.mine) return [];
  if (!element) return [made("p", { class: "quiet small" }, said.choose_first)];
  const does = { ...context, said, stack: modeler.get("commandStack") };
  return [rename, add, edge, put, connect, disconnect, lane, addLane, copy, paste, remove].map((act) => act(does)).filter(Boolean);
}

const flows = (element) => (element.outgoing ?? []).filter((each) => is(each, "bpmn:SequenceFlow"));
const nameOf = ({ label, translate }, element) => label({ element }) || translate(kindOf(element));

// A <details> with a form: opens by its button (`prepare` fills it then), closes with Escape, does its work when it is sent.
function form(context, act, title, fields, does, prepare = () => {}) {
  const { said } = context;
  const folder = made("details", { class: "outline-act" });
  const opener = made("summary", { "data-act": act, class: "btn btn-outline-primary btn-sm" }, title);
  const body = made("form", {
    onsubmit: (event) => {
      event.preventDefault();
      attempt(context, does);
    },
  });
  body.append(...fields, made("button", { class: "btn btn-primary btn-sm" }, said.do_it));
  folder.append(opener, body);
  opener.addEventListener("click", (event) => {
    event.preventDefault(); // a <details> opens a moment later: what is typed at once would be lost
    if (!folder.open) prepare();
    folder.open = !folder.open;
    const first = folder.open && body.querySelector("select, input");
    if (first) first.focus();
    if (first?.select) first.select();
  });
  folder.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    folder.open = false;
    opener.focus();
  });
  return folder;
}

function attempt({ said }, does) {
  try {
    does();
  } catch (error) {
    tell(filled(said.failed, { problem: error.message }));
  }
}

function field(title, control) {
  numbers += 1;
  control.id = `outline-field-${numbers}`;
  return made("div", { class: "outline-field" }, made("label", { for: control.id }, title), control);
}

const option = (value, text) => made("option", { value }, text);
const options = (pairs) => made("select", { class: "form-select form-select-sm" }, ...pairs.map(([value, text]) => option(value, text)));
const typed = (value = "") => {
  const input = made("input", { class: "form-control form-control-sm", autocomplete: "off" });
  input.value = value;
  return input;
};

function done({ choose, said }, element, sentence, name) {
  tell(filled(said[sentence], { name }));
  choose(element.id, { focus: true });
}

function rename(context) {
  const { modeler, element, said } = context;
  const name = typed(is(element, "bpmn:TextAnnotation") ? getBusinessObject(element).text : (getLabel(element) ?? ""));
  return form(context, "rename", said.rename, [field(said.name, name)], () => {
    if (element.parent) modeler.get("modeling").updateLabel(element, name.value.trim());
    else modeler.get("modeling").updateProperties(element, { name: name.value.trim() });
    done(context, element, "renamed", name.value.trim());
  });
}

const kindsOf = ({ translate }, kinds) => options(kinds.map(({ label }, number) => [number, translate(label)]));

function add(context) {
  const { modeler, element, said } = context;
  const flow = is(element, "bpmn:SequenceFlow");
  if (!flow && (!is(element, "bpmn:FlowNode") || isAny(element, ["bpmn:EndEvent"]) || getBusinessObject(element).triggeredByEvent)) return null;
  const after = flow ? [element] : flows(element);
  const places = flow ? [] : [["", said.another_way], ...after.map((each) => [each.id, filled(said.before, { name: nameOf(context, each.target) })])];
  const where = options(places);
  if (after.length === 1 && !flow) where.value = after[0].id;
  const kinds = following(flow);
  const kind = kindsOf(context, kinds);
  const name = typed();
  const fields = [field(said.kind, kind), field(said.name, name), ...(places.length > 1 ? [field(said.where, where)] : [])];
  return form(context, "add", flow ? said.put_in : said.add_after, fields, () => {
    const { target } = kinds[Number(kind.value)];
    const into = flow ? element : where.value ? modeler.get("elementRegistry").get(where.value) : null;
    const end = is(modeler.get("elementFactory").createShape({ type: target.type, ...target }), "bpmn:EndEvent");
    const put = into && !end ? addInto(modeler, into, target, name.value.trim()) : addAfter(modeler, element, target, name.value.trim());
    done(context, put, "added", name.value.trim() || nameOf(context, put));
  });
}

function edge(context) {
  const { modeler, element, said } = context;
  if (!is(element, "bpmn:Activity") || getBusinessObject(element).triggeredByEvent) return null;
  const kinds = atEdge();
  const [kind, name] = [kindsOf(context, kinds), typed()];
  return form(context, "edge", said.add_edge, [field(said.kind, kind), field(said.name, name)], () => {
    const put = addAtEdge(modeler, element, kinds[Number(kind.value)].target, name.value.trim());
    done(context, put, "added", name.value.trim() || nameOf(context, put));
  });
}

function put(context) {
  const { modeler, element, said } = context;
  if (!isAny(element, CONTAINERS) || (is(element, "bpmn:Participant") && !getBusinessObject(element).processRef)) return null;
  const kinds = inside(element);
  const [kind, name] = [kindsOf(context, kinds), typed()];
  return form(context, "inside", said.add_inside, [field(said.kind, kind), field(said.name, name)], () => {
    const added = addInside(modeler, element, kinds[Number(kind.value)].target, name.value.trim());
    done(context, added, "added", name.value.trim() || nameOf(context, added));
  });
}

function connect(context) {
  const { modeler, element, said } = context;
  if (!isAny(element, ["bpmn:FlowNode", "bpmn:Participant", "bpmn:TextAnnotation", "bpmn:DataObjectReference"]) || is(element, "bpmn:EndEvent")) return null;
  const [rules, registry] = [modeler.get("bpmnRules"), modeler.get("elementRegistry")];
  const target = options([]);
  const offer = () => target.replaceChildren(...targets(modeler, element).map((each) => option(each.id, `${nameOf(context, each)} (${context.translate(kindOf(each))})`)));
  return form(context, "connect", said.connect, [field(said.to, target)], () => {
    const to = registry.get(target.value);
    if (!to) return tell(said.not_here);
    modeler.get("modeling").connect(element, to, rules.canConnect(element, to));
    return done(context, element, "connected", nameOf(context, to));
  }, offer);
}

// What an element may lead to, on the same sheet. Asked for when the form is opened: in a large diagram it takes a while.
function targets(modeler, element) {
  const [rules, canvas] = [modeler.get("bpmnRules"), modeler.get("canvas")];
  const sheet = canvas.findRoot(element);
  const shapes = modeler.get("elementRegistry").filter((each) => each !== element && each.parent && !each.labelTarget && !each.waypoints && !is(each, "bpmn:Lane"));
  return shapes.filter((each) => canvas.findRoot(each) === sheet && rules.canConnect(element, each));
}

function disconnect(context) {
  const { modeler, element, said } = context;
  const lines = [...(element.outgoing ?? []), ...(element.incoming ?? [])];
  if (!lines.length || element.waypoints) return null;
  const line = options(
    lines.map((each) => [each.id, filled(each.source === element ? said.way_to : said.way_from, { name: nameOf(context, each.source === element ? each.target : each.source) })]),
  );
  return form(context, "disconnect", said.disconnect, [field(said.which, line)], () => {
    modeler.get("modeling").removeConnection(modeler.get("elementRegistry").get(line.value));
    done(context, element, "disconnected", nameOf(context, element));
  });
}

function lane(context) {
  const { modeler, element, said } = context;
  if (!is(element, "bpmn:FlowNode") || is(element, "bpmn:BoundaryEvent") || !is(element.parent, "bpmn:Participant")) return null;
  const lanes = modeler.get("elementRegistry").filter((each) => is(each, "bpmn:Lane") && participantOf(each) === element.parent && !getBusinessObject(each).childLaneSet);
  const others = lanes.filter((each) => !getBusinessObject(each).flowNodeRef?.includes(getBusinessObject(element)));
  if (!others.length) return null;
  const to = options(others.map((each) => [each.id, nameOf(context, each)]));
  return form(context, "lane", said.move, [field(said.lane, to)], () => {
    const into = modeler.get("elementRegistry").get(to.value);
    moveInto(modeler, element, into);
    done(context, element, "moved", nameOf(context, into));
  });
}

function addLane(context) {
  const { modeler, element, said } = context;
  if (!isAny(element, ["bpmn:Participant", "bpmn:Lane"])) return null;
  return button(said.add_lane, () => attempt(context, () => done(context, modeler.get("modeling").addLane(element, "bottom"), "added", said.lane)));
}

function copy(context) {
  const { modeler, element, said } = context;
  if (!element.parent || element.waypoints || is(element, "bpmn:Lane")) return null;
  return button(said.copy, () => tell(filled(said.copied, { count: copyChosen(modeler) })), { "data-act": "copy" });
}

function paste(context) {
  const { modeler, element, said, choose } = context;
  return button(
    said.paste,
    () =>
      attempt(context, () => {
        const put = pasteInto(modeler, element);
        tell(put.length ? filled(said.pasted, { count: put.length }) : said.nothing_copied);
        if (put.length) choose(put[0].id, { focus: true });
      }),
    { "data-act": "paste" },
  );
}

function remove(context) {
  const { modeler, element, said, choose } = context;
  if (!element.parent) return null;
  return button(
    said.remove,
    () =>
      attempt(context, () => {
        const name = nameOf(context, element);
        const next = element.incoming?.[0]?.source ?? element.source ?? element.host ?? element.parent;
        modeler.get("modeling").removeElements([element]);
        tell(filled(said.removed, { name }));
        choose(next.id, { focus: true });
      }),
    { "data-act": "remove", class: "btn btn-outline-danger btn-sm" },
  );
}
