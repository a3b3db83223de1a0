// Calls of the shared processes, to be put into a diagram ready-made: after what is chosen, before what follows it.
import { is } from "bpmn-js/lib/util/ModelUtil";

import { addAfter, addInside, addInto } from "./adding.js";
import { filled, made, place, tell } from "./made.js";

const CALL = { type: "bpmn:CallActivity" };

export function install(modeler, page) {
  const { said, calls } = page.data.around;
  if (!calls.length) return;
  const which = made("select", { class: "form-select form-select-sm", id: "modeler-call" }, ...calls.map(({ key, name }) => made("option", { value: key }, `${name} (${key})`)));
  const form = made(
    "form",
    { onsubmit: put },
    made("label", { for: "modeler-call" }, said.called),
    which,
    made("p", { class: "quiet small" }, said.call_hint),
    made("button", { class: "btn btn-primary btn-sm" }, said.put_in),
  );
  const folder = made("details", { class: "modeler-call" }, made("summary", { class: "btn btn-outline-primary btn-sm" }, said.call), form);
  place("modeler-tools").append(folder);

  function put(event) {
    event.preventDefault();
    const { key, name } = calls.find((each) => each.key === which.value);
    const chosen = modeler.get("selection").get()[0] ?? modeler.get("canvas").getRootElement();
    const added = call(modeler, chosen, key, name);
    tell(added ? filled(said.added, { name }) : said.choose_first);
    if (!added) return;
    folder.open = false;
    page.select(added.id);
  }
}

// Put a call of process `key` where `chosen` says; null where none can stand.
export function call(modeler, chosen, key, name) {
  const says = { calledElement: key };
  if (is(chosen, "bpmn:SequenceFlow")) return addInto(modeler, chosen, CALL, name, says);
  if (is(chosen, "bpmn:FlowNode") && !is(chosen, "bpmn:EndEvent") && !chosen.businessObject.triggeredByEvent) {
    const ways = chosen.outgoing.filter((each) => is(each, "bpmn:SequenceFlow"));
    return ways.length === 1 ? addInto(modeler, ways[0], CALL, name, says) : addAfter(modeler, chosen, CALL, name, says);
  }
  if (["bpmn:Process", "bpmn:Participant", "bpmn:Lane", "bpmn:SubProcess"].some((type) => is(chosen, type))) return addInside(modeler, chosen, CALL, name, says);
  return null;
}
