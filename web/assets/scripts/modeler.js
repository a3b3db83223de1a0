// The editor of diagrams: draws a file of a design, keeps and checks it on every pause. Who may not change it reads it.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn-codes.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";
import "diagram-js-minimap/assets/diagram-js-minimap.css";
import Modeler from "bpmn-js/lib/Modeler";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import * as around from "../modeler/around.js";
import { asText } from "../modeler/as_text.js";
import { readableIds } from "../modeler/edits.js";
import { button, fill, make } from "../modeler/fields.js";
import { keeping } from "../modeler/keeping.js";
import { kindOf } from "../modeler/kinds.js";
import * as labels from "../modeler/labels.js";
import { chidao } from "../modeler/moddle.js";
import { keepNamedData } from "../modeler/named_data.js";
import { panel } from "../modeler/panel.js";
import { problems } from "../modeler/problems.js";
import { restrict } from "../modeler/restrict.js";
import * as saving from "../modeler/saving.js";
import * as translate from "../modeler/translate.js";

const MANY = 1500; // elements from which drawing is slow enough to say so
const data = JSON.parse(document.getElementById("modeler-data").textContent);
const { said } = data;
data.text = document.getElementById("text").defaultValue; // the file stands once on the page: a large one is a long way
const canvasPlace = document.getElementById("modeler-canvas");
const notices = document.getElementById("modeler-notices");
const settings = {
  container: canvasPlace,
  textRenderer: labels.textRenderer,
  moddleExtensions: { chidao },
  additionalModules: [...labels.modules, ...(data.mine ? around.modules : translate.modules)],
};
const modeler = data.mine ? new Modeler(settings) : new NavigatedViewer(settings);
let ready = false; // what stands on the canvas is the file

// --- the text of what is drawn now; of what cannot be drawn, what is typed
const drawn = async () => (await modeler.saveXML({ format: true })).xml;
let changes = 0;
let written = { at: -1, text: data.text };
async function current() {
  if (!ready) return area.text();
  if (changes === 0) return data.text; // as it came, to the letter
  if (written.at !== changes) written = { at: changes, text: await drawn() };
  return written.text;
}

function elementOf(id) {
  const elements = modeler.get("elementRegistry");
  const found = elements.get(id);
  if (found) return found;
  const holds = (part) => part && (part.id === id || [part.loopCharacteristics, ...(part.eventDefinitions ?? []), ...(part.documentation ?? [])].some((each) => each?.id === id));
  return elements.find(({ businessObject }) => holds(businessObject) || businessObject?.processRef?.id === id);
}

function select(id) {
  const element = elementOf(id);
  if (!element) return false;
  const root = modeler.get("canvas").findRoot(element);
  if (root) modeler.get("canvas").setRootElement(root);
  modeler.get("selection").select(element === root ? null : element);
  if (element !== root) modeler.get("canvas").scrollToElement(element, 120);
  return true;
}

function jump({ element, line }) {
  if (ready && select(element)) {
    canvasPlace.scrollIntoView({ block: "nearest" });
    document.querySelector("#modeler-panel h2")?.setAttribute("tabindex", "-1");
    requestAnimationFrame(() => document.querySelector("#modeler-panel input, #modeler-panel textarea, #modeler-panel select")?.focus({ preventScroll: true }));
  } else if (line) area.jump(line);
}

const nameOf = (id) => {
  const element = ready && id ? elementOf(id) : null;
  return element ? element.businessObject.name || page.kindOf(element) : (id ?? "");
};
const keeper = keeping({ data, said, current, notices, checked: () => checker.check() });
const checker = problems({ data, said, current, jump, nameOf, modeler, post: keeper.post });
const area = asText({ data, drawn: () => (ready ? current : null), keep: keeper.keep });
const page = {
  data,
  said,
  select,
  fit,
  keep: keeper.keep,
  check: checker.check,
  kindOf: (element) => modeler.get("translate")(kindOf(element)),
};

function tools() {
  const bar = document.getElementById("modeler-tools");
  const canvas = modeler.get("canvas");
  const zoom = (by) => () => canvas.zoom(canvas.zoom() * by);
  const sight = [sign("+", said.closer, zoom(1.25)), sign("−", said.farther, zoom(0.8)), button(said.whole, fit)];
  if (!data.mine) return bar.prepend(...sight);
  const stack = modeler.get("commandStack");
  const undo = sign("↶", said.undo, () => stack.undo());
  const redo = sign("↷", said.redo, () => stack.redo());
  const state = () => {
    undo.disabled = !stack.canUndo();
    redo.disabled = !stack.canRedo();
  };
  modeler.on("commandStack.changed", state);
  state();
  document.querySelector(".modeler-head").append(...["attempt", "deploy"].filter((room) => data.at[room]).map(onward));
  return bar.prepend(undo, redo, ...sight, button(said.keep_now, () => page.keep()));
}

// A button that is a sign, so that the whole bar fits on one line; its words are read aloud, and shown when the pointer rests on it
function sign(mark, words, does) {
  const made = button("", does, "btn btn-outline-primary btn-sm modeler-sign");
  made.title = words;
  made.append(make("span", { "aria-hidden": "true", textContent: mark }), make("span", { className: "visually-hidden", textContent: words }));
  return made;
}

// A link to what comes next: what is drawn is kept first
function onward(room) {
  const process = modeler.getDefinitions().rootElements.find(({ isExecutable }) => isExecutable)?.id;
  const link = make("a", { href: room === "attempt" && process ? `${data.at[room]}?${new URLSearchParams({ process })}` : data.at[room], className: room === "deploy" ? "btn btn-outline-primary btn-sm" : "btn btn-primary btn-sm", textContent: said[room] });
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (await page.keep()) window.location.assign(link.href);
  });
  return link;
}

function fit() {
  const canvas = modeler.get("canvas");
  canvas.zoom("fit-viewport");
  const { inner, scale } = canvas.viewbox(); // room for the palette on the left and the mark of bpmn.io in the corner, which stays visible
  const left = (data.mine ? 160 : 20) / scale;
  const room = 30 / scale;
  canvas.viewbox({ x: inner.x - left, y: inner.y - room, width: inner.width + left + room, height: inner.height + 2 * room });
}

// References to names that are no elements, such as the list of a repetition, would be dropped by bpmn-moddle: they stay as they were written
function keepLooseReferences(warnings) {
  const moddle = modeler.get("moddle");
  for (const { element, property, value } of warnings) {
    if (!element || !property || !value) continue;
    const descriptor = element.$descriptor.propertiesByName[property];
    if (descriptor && !descriptor.isMany && !element.get(property)) element.set(property, moddle.create("bpmn:Property", { id: value }));
  }
}

async function draw() {
  const began = performance.now();
  document.getElementById("modeler").hidden = false;
  if (data.mine) {
    readableIds(modeler);
    restrict(modeler, data.choices.where);
    keepNamedData(modeler);
  }
  around.install(modeler, page);
  await labels.fontIsThere();
  const { warnings } = await modeler.importXML(data.text);
  keepLooseReferences(warnings);
  ready = true;
  const elements = modeler.get("elementRegistry").getAll().length;
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  if (elements > MANY) notices.before(make("div", { className: "notice" }, make("p", { textContent: fill(said.large, { count: elements, seconds }) })));
}

async function begin() {
  try {
    await draw();
  } catch (error) {
    ready = false;
    document.getElementById("modeler").classList.add("undrawn");
    notices.before(make("div", { className: "notice notice-bad", role: "alert" }, make("p", { textContent: said.not_drawn }), make("p", { lang: "en", className: "quiet", textContent: error.message })));
    area.open();
    area.onInput(later(() => checker.check()));
    await checker.check();
    document.body.dataset.ready = "text";
    return;
  }
  panel(modeler, page, document.getElementById("modeler-panel")).show();
  tools();
  saving.install(modeler, page);
  fit();
  modeler.on("commandStack.changed", () => {
    changes += 1;
    keeper.changed();
  });
  document.getElementById("modeler-title").textContent = nameOf(modeler.get("canvas").getRootElement().businessObject.participants?.[0]?.id ?? modeler.get("canvas").getRootElement().id);
  if (data.element) select(data.element);
  await checker.check();
  document.body.dataset.ready = "drawn";
}

function later(does) {
  let waiting = 0;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(does, 700);
  };
}

begin();
