// Copy and paste between diagrams, tabs and windows of one browser: what is copied is kept in localStorage, with our attributes and parameters.
import { getBusinessObject, is, isAny } from "bpmn-js/lib/util/ModelUtil";

import { participantOf, placedIn } from "./adding.js";
import { tell } from "./made.js";

const KEY = "chidao.copied";
const BEFORE = 2001; // priority: before the library takes its own clipboard
const INTO = ["bpmn:Process", "bpmn:Participant", "bpmn:SubProcess", "bpmn:Collaboration"];

export const modules = [];

export function install(modeler, page) {
  const said = page.data.around.said;
  modeler.on("copyPaste.elementsCopied", ({ tree }) => {
    if (!tree || !Object.keys(tree).length) return;
    try {
      localStorage.setItem(KEY, JSON.stringify(tree, plain));
    } catch {
      tell(said.too_much); // the browser gives a place of some megabytes; within the page the copy is there all the same
    }
  });
  modeler.on("copyPaste.pasteElements", BEFORE, (event) => {
    if (event.tree) return;
    const kept = localStorage.getItem(KEY);
    if (kept) event.tree = JSON.parse(kept, reviver(modeler));
  });
}

// References to messages, signals and the like are kept by what they say: another diagram has others, or none of that name.
const REFERENCES = ["messageRef", "signalRef", "errorRef", "escalationRef"];
const SAYS = ["name", "errorCode", "escalationCode"];

function plain(key, value) {
  if (REFERENCES.includes(key) && value?.$type) {
    return { $reference: value.$type, ...Object.fromEntries(SAYS.filter((name) => value[name]).map((name) => [name, value[name]])) };
  }
  return value;
}

// Make elements of this diagram out of what was kept: each with a new id, except those that the copy itself refers to.
function reviver(modeler) {
  const factory = modeler.get("bpmnFactory");
  const moddle = modeler.get("moddle");
  return (_key, value) => {
    if (!value || typeof value !== "object") return value;
    if (value.$reference) return referred(modeler, value);
    if (!value.$type) return value;
    const { $type, ...attributes } = value;
    const known = moddle.registry.typeMap[$type];
    if (!known) return moddle.createAny($type, namespace(moddle, $type), attributes);
    delete attributes.id;
    return factory.create($type, attributes);
  };
}

function namespace(moddle, type) {
  const prefix = type.split(":")[0];
  return moddle.registry.packageMap[prefix]?.uri ?? (prefix === "chidao" ? "urn:chidao:bpmn:1" : "");
}

// Return the message (signal, error, escalation) of this diagram that says the same; made when there is none.
function referred(modeler, { $reference, ...says }) {
  const root = modeler.getDefinitions();
  const same = (each) => each.$type === $reference && SAYS.every((name) => (each[name] || "") === (says[name] || ""));
  const found = root.get("rootElements").find(same);
  if (found) return found;
  const made = modeler.get("bpmnFactory").create($reference, says);
  made.$parent = root;
  root.get("rootElements").push(made);
  return made;
}

// Copy what is chosen, with the flows between.
export function copyChosen(modeler) {
  const chosen = modeler.get("selection").get().filter((element) => !is(element, "bpmn:Lane") && getBusinessObject(element));
  if (chosen.length) modeler.get("copyPaste").copy(chosen);
  return chosen.length;
}

// Put what was copied beside an element, or into it when it is a pool, a process or a sub-process. Returns what was put; one step to undo.
export function pasteInto(modeler, beside) {
  const container = is(beside, "bpmn:Lane") ? participantOf(beside) : isAny(beside, INTO) ? beside : (beside.source ?? beside).parent;
  const inner = placedIn(container);
  const right = Math.max(100, ...inner.map((each) => each.x + each.width));
  const y = !beside.waypoints && beside !== container ? beside.y + beside.height / 2 : inner.length ? inner[0].y + inner[0].height / 2 : (container.y ?? 100) + 100;
  const before = new Set(modeler.get("elementRegistry").getAll());
  modeler.get("copyPaste").paste({ element: container, point: { x: right + 150, y } });
  return modeler.get("elementRegistry").filter((element) => !before.has(element) && !element.labelTarget && !element.waypoints);
}
