// The properties of what is selected, brought up to date after every change.
import { edits } from "./edits.js";
import { functionsList } from "./expressions.js";
import { choice, group, make, morph, textField } from "./fields.js";
import { eventGroups } from "./groups_events.js";
import { peopleGroups, workGroups } from "./groups_work.js";
import { dataGroups } from "./groups_data.js";
import { flowGroups } from "./groups_flow.js";
import { repeatGroups } from "./groups_repeat.js";
import { known } from "./known.js";

const NAMED = ["bpmn:FlowElement", "bpmn:Lane", "bpmn:Participant", "bpmn:Process", "bpmn:MessageFlow"];

export function panel(modeler, page, place) {
  const { said } = page;
  const does = page.data.mine ? edits(modeler) : null;
  const inside = make("div");
  const helped = functionsList(page.data.choices, said, insert);
  place.append(inside, helped);
  let lastField = null; // where a function is put that is chosen from the list
  place.addEventListener("focusin", ({ target }) => {
    if (target.classList.contains("code") && target.tagName !== "BUTTON") lastField = target.id;
  });

  function insert(example) {
    const field = lastField && document.getElementById(lastField);
    if (!field) return;
    field.setRangeText(example, field.selectionStart, field.selectionEnd, "end");
    field.focus();
  }

  function selected() {
    const [first, second] = modeler.get("selection").get();
    if (!first || second) return modeler.get("canvas").getRootElement();
    return first.labelTarget ?? first;
  }

  function show() {
    const element = selected();
    const frame = make("fieldset", { className: "panel-all", disabled: !page.data.mine }, ...groups(element));
    morph(inside, make("div", {}, make("h2", { className: "h3", textContent: page.kindOf(element) }), frame));
  }

  function groups(element) {
    const about = element.businessObject;
    if (!about?.$instanceOf) return [];
    const { choices } = page.data;
    const near = { element, about, said, does, page, modeler, choices, is: (type) => about.$instanceOf(type) };
    let found; // looked for only where conditions and days are written: it takes a walk through the whole diagram
    Object.defineProperty(near, "known", { get: () => (found ??= known(modeler, choices)) });
    return [general(near), ...peopleGroups(near), ...workGroups(near), ...eventGroups(near), ...flowGroups(near), ...repeatGroups(near), ...dataGroups(near)].filter(Boolean);
  }

  let waiting = 0; // one drawing for all that happens at once
  const soon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(show);
  };
  modeler.on("selection.changed", soon);
  modeler.on("commandStack.changed", soon);
  modeler.on("import.done", soon);
  return { show };
}

function general({ element, about, said, does, is }) {
  if (is("bpmn:TextAnnotation")) return group(said.general, textField("p-text", said.text, about.text, (text) => does.set(element, { text }), { rows: 3 }));
  const process = is("bpmn:Participant") ? about.processRef : is("bpmn:Process") ? about : null;
  const named = NAMED.some(is);
  const documented = process ?? about;
  return group(
    said.general,
    named && textField("p-name", said.name, about.name, (name) => rename(element, process, name, does), { rows: is("bpmn:Activity") ? 2 : 0 }),
    identifier(element, process ?? about, said, does),
    (process || is("bpmn:Activity") || is("bpmn:Event") || documented.documentation?.length) && textField("p-documentation", said.documentation, documented.documentation?.[0]?.text, (text) => does.document(element, documented, text), {
      rows: 3,
      hint: is("bpmn:UserTask") ? said.documentation_hint : "",
    }),
    process && choice("p-executable", said.executable, String(Boolean(process.isExecutable)), [{ value: "true", title: said.yes }, { value: "false", title: said.no }], (value) =>
      does.setIn(element, process, { isExecutable: value === "true" })),
  );
}

// A pool and its process are one thing to a reader: they are called the same
function rename(element, process, name, does) {
  if (!process || process === element.businessObject) return does.set(element, { name });
  return does.several(() => {
    does.set(element, { name });
    does.setIn(element, process, { name });
  });
}

function identifier(element, about, said, does) {
  const draw = (wrong) => textField("p-id", said.id, about.id, taken, { hint: said.id_hint, wrong });
  function taken(id) {
    if (id === about.id) return;
    if (!/^[A-Za-z_][\w-]*$/.test(id ?? "") || does.assigned(id)) {
      document.getElementById("p-id").closest(".panel-field").replaceWith(draw(said.id_wrong));
      document.getElementById("p-id").focus();
    } else if (about === element.businessObject) does.set(element, { id });
    else does.setIn(element, about, { id });
  }
  return draw("");
}
