// What tasks are: who does them with which form, what the system does, which table decides, which process is called.
import { button, choice, fill, group, make, textField } from "./fields.js";
import { whenEditor } from "./expressions.js";
import { parameterFields } from "./parameters.js";

const PEOPLE = ["bpmn:UserTask", "bpmn:ManualTask"];
const isPlainTask = (about) => about.$type === "bpmn:Task";
const reads = ({ choices, about }, attribute) => {
  const where = choices.where[attribute];
  return !where || where.includes(about.$type.slice(5, 6).toLowerCase() + about.$type.slice(6));
};
const bare = (said) => [{ value: "", title: said.none }];
const at = (address, values) => `${address}?${new URLSearchParams(values)}`;
const link = (href, text) => make("a", { href, textContent: text, className: "panel-link" });

// --- the lane that an element stands in, the innermost; what is inside a sub-process stands where that stands
export function laneOf(element, modeler) {
  const lanes = modeler.get("elementRegistry").filter(({ businessObject }) => businessObject?.$type === "bpmn:Lane").map(({ businessObject }) => businessObject);
  for (let around = element; around; around = around.parent) {
    const found = lanes.filter((lane) => lane.flowNodeRef?.includes(around.businessObject)).pop();
    if (found) return found;
  }
  return null;
}

function roleOf(lane) {
  for (let around = lane; around; around = around.$parent) if (around.get?.("chidao:role")) return around.get("chidao:role");
  return "";
}

function roleField({ element, about, said, does, choices, modeler }) {
  const titles = new Map(choices.roles.map(({ key, title }) => [key, title]));
  const lane = about.$type === "bpmn:Lane" ? null : roleOf(laneOf(element, modeler));
  const empty = about.$type === "bpmn:Lane" ? said.none : lane ? fill(said.by_lane, { role: titles.get(lane) ?? lane }) : said.no_lane;
  const roles = choices.roles.map(({ key, title }) => ({ value: key, title }));
  return choice("p-role", said.role, about.get("chidao:role"), [{ value: "", title: empty }, ...roles], (role) => does.set(element, { "chidao:role": role }));
}

export function peopleGroups(near) {
  const { about, said, is, element, does } = near;
  if (about.$type === "bpmn:Lane") return [group(said.person, roleField(near))];
  if (!(PEOPLE.some(is) || isPlainTask(about))) return reads(near, "role") && is("bpmn:Activity") ? [group(said.person, roleField(near))] : [];
  return [
    group(
      said.person,
      formField(near),
      roleField(near),
      make("h3", { className: "h6", textContent: said.due }),
      whenEditor("p-due", about.get("chidao:due"), near.known, said, (text) => does.set(element, { "chidao:due": text })),
    ),
  ];
}

function formField(near) {
  const { element, about, said, does, choices, page } = near;
  const chosen = about.get("chidao:form");
  const forms = choices.forms.map(({ key, title }) => ({ value: key, title: `${title} (${key})` }));
  const field = choice("p-form", said.form, chosen, [...bare(said), ...forms], (form) => does.set(element, { "chidao:form": form }));
  if (!page.data.at.form) return field;
  const known = choices.forms.find(({ key }) => key === chosen);
  if (known) field.append(link(at(page.data.at.form, { path: known.path }), said.edit_form));
  if (page.data.mine) field.append(newForm(near));
  return field;
}

// A new form: its key is noted at the task, the drawing is kept, then its editor opens
function newForm({ element, about, said, does, page }) {
  const name = textField("p-new-form", said.new_form_name, about.id, () => {}, { code: true });
  const go = button(said.new_form, async () => {
    const key = document.getElementById("p-new-form").value.trim();
    if (!/^[a-z][a-z0-9_]*$/.test(key)) return;
    does.set(element, { "chidao:form": key });
    const folder = page.data.path.split("/").slice(0, -1);
    if (await page.keep()) window.location.assign(at(page.data.at.form, { path: [...folder, "forms", `${key}.schema.json`].join("/") }));
  });
  return make("details", { className: "panel-more" }, make("summary", { textContent: said.new_form }), name, go);
}

export function workGroups(near) {
  const { is, about } = near;
  if (is("bpmn:ServiceTask")) return [operation(near)];
  if (is("bpmn:BusinessRuleTask")) return [decision(near), ...(about.get("chidao:operation") ? [operation(near)] : [])];
  if (is("bpmn:ScriptTask")) return [script(near)];
  if (is("bpmn:CallActivity")) return [called(near)];
  return [];
}

function operation(near) {
  const { element, about, said, does, choices } = near;
  const chosen = choices.operations.find(({ name }) => name === about.get("chidao:operation"));
  const names = choices.operations.map(({ name, drawn }) => ({ value: name, title: drawn.length ? `${name} – ${drawn[0]}` : name }));
  const taken = (name) =>
    does.several(() => {
      does.set(element, { "chidao:operation": name });
      const wanted = choices.operations.find((each) => each.name === name)?.parameters ?? [];
      const given = new Map(does.parametersOf(about).map((each) => [each.name, each.value]));
      does.setParameters(element, about, wanted.filter(({ name: each, free }) => !free || given.has(each)).map(({ name: each, example }) => ({ name: each, value: given.get(each) ?? example })));
    });
  const field = choice("p-operation", said.operation, about.get("chidao:operation"), [...bare(said), ...names], taken);
  if (chosen) {
    field.append(make("p", { className: "form-text", lang: "en", textContent: chosen.does }));
    if (chosen.drawn.length) field.append(make("p", { className: "form-text", textContent: fill(said.drawn_as, { names: chosen.drawn.join("; ") }) }));
  }
  return group(said.operation_group, field, ...parameterFields(near, chosen?.parameters ?? []));
}

function decision({ element, about, said, does, choices, page }) {
  const chosen = about.get("chidao:decision");
  const tables = choices.decisions.map(([key]) => ({ value: key, title: key }));
  const field = choice("p-decision", said.decision, chosen, [...bare(said), ...tables], (key) => does.set(element, { "chidao:decision": key }));
  const known = choices.decisions.find(([key]) => key === chosen);
  if (known && page.data.at.table) field.append(link(at(page.data.at.table, { path: known[1] }), said.edit_table));
  return group(said.decision, field);
}

function script({ element, about, said, does }) {
  return group(said.script, textField("p-script", said.expression, about.script, (text) => does.setIn(element, about, { script: text }), { rows: 5, code: true }));
}

function called({ element, about, said, does, choices, page }) {
  const processes = choices.processes.map(({ key, name }) => ({ value: key, title: `${name} (${key})` }));
  const field = choice("p-called", said.called, about.calledElement, [...bare(said), ...processes], (key) => does.set(element, { calledElement: key }));
  const known = choices.processes.find(({ key }) => key === about.calledElement);
  if (known) field.append(link(at(page.data.at.diagram, { path: known.path }), said.open_called));
  return group(said.called, field);
}
