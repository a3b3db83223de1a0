// The diagram of a case with "you are here": read-only, marked by sign and count, linked both ways with the table below it.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { fontIsThere, modules, textRenderer } from "../modeler/labels.js";

const place = document.getElementById("diagram");
const { xml, stands: first, said, path = [], flows = [], near = false } = JSON.parse(document.getElementById("diagram-data").textContent);
let stands = first; // a page that shows another moment gives others
place.hidden = false;
const viewer = new NavigatedViewer({
  container: place,
  zoomScroll: { enabled: false }, // the wheel moves the page; the buttons zoom
  textRenderer,
  additionalModules: modules,
});

const size = flows.length ? { scale: { min: 0.7 } } : {}; // numbers over many cases are read on the whole diagram too

const state = ({ done, here, late, stopped }) => (late || stopped ? "late" : here ? "here" : done ? "done" : "");
const sign = ({ done, here, late, stopped }) =>
  [stopped ? `✕ ${stopped}` : "", late ? `⚠ ${late}` : "", here && here !== late ? `● ${here}` : "", done ? `✓ ${done}` : ""].filter(Boolean).join(" ");

function mark() {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const elements = viewer.get("elementRegistry");
  for (const stand of stands) {
    const found = elements.get(stand.id);
    if (!found || !state(stand)) continue;
    canvas.addMarker(stand.id, `case-${state(stand)}`);
    const text = document.createElement("span");
    text.className = `case-sign case-sign-${state(stand)}`;
    text.textContent = sign(stand);
    overlays.add(stand.id, { type: "stand", position: { top: flows.length ? -24 : -14, left: -6 }, html: text, ...size });
  }
}

// --- another moment of the same case: other signs on the same drawing
function markAnew(others) {
  for (const stand of stands) {
    if (!viewer.get("elementRegistry").get(stand.id)) continue;
    for (const kind of ["done", "here", "late"]) viewer.get("canvas").removeMarker(stand.id, `case-${kind}`);
  }
  viewer.get("overlays").remove({ type: "stand" });
  stands = others;
  mark();
  linkRows();
}

// --- the flows that were taken: out of a gateway that chooses, the one whose end came next; out of anything else, all that led somewhere
function taken() {
  const canvas = viewer.get("canvas");
  const elements = viewer.get("elementRegistry");
  const been = new Set([...path, ...stands.filter((stand) => stand.here).map((stand) => stand.id)]);
  for (const id of new Set(path)) {
    const from = elements.get(id);
    const flows = (from?.outgoing ?? []).filter((flow) => flow.type === "bpmn:SequenceFlow" && been.has(flow.target.id));
    const chooses = /ExclusiveGateway|EventBasedGateway/.test(from?.type ?? "");
    for (const flow of chooses ? next(id, flows) : flows) canvas.addMarker(flow.id, "case-done");
  }
}

function next(id, flows) {
  const came = path.flatMap((passed, place) => {
    const after = path.slice(place + 1);
    const target = after.find((later) => flows.some((flow) => flow.target.id === later));
    return passed === id ? [flows.find((flow) => flow.target.id === target) ?? flows[0]] : [];
  });
  return new Set(came.filter(Boolean));
}

// --- how often flows were taken, over many cases: a number in the middle of the longest piece of those that are a choice
function count() {
  const elements = viewer.get("elementRegistry");
  for (const { id, number, told } of flows) {
    const flow = elements.get(id);
    if (!flow) continue;
    viewer.get("canvas").addMarker(id, "case-done");
    if (!told) continue;
    const pieces = flow.waypoints.slice(1).map((end, at) => [flow.waypoints[at], end]);
    const length = ([a, b]) => Math.hypot(b.x - a.x, b.y - a.y);
    const [from, to] = pieces.reduce((longest, piece) => (length(piece) > length(longest) ? piece : longest));
    const corner = { x: Math.min(...flow.waypoints.map(({ x }) => x)), y: Math.min(...flow.waypoints.map(({ y }) => y)) };
    const text = document.createElement("span");
    text.className = "case-sign case-sign-flow";
    text.textContent = number;
    viewer.get("overlays").add(id, { position: { left: (from.x + to.x) / 2 - corner.x - 8, top: (from.y + to.y) / 2 - corner.y - 8 }, html: text, ...size });
  }
}

function fit() {
  const canvas = viewer.get("canvas");
  canvas.zoom("fit-viewport");
  const box = canvas.viewbox(); // room for the signs, and for the mark of bpmn.io in the corner, which stays visible
  const room = 40 / box.scale;
  canvas.viewbox({ x: box.inner.x - room, y: box.inner.y - room, width: box.inner.width + 2 * room, height: box.inner.height + 2 * room });
}

// --- a large diagram is unreadable as a whole: look at where it stands
function look() {
  const canvas = viewer.get("canvas");
  const found = stands.filter((stand) => stand.here).map((stand) => viewer.get("elementRegistry").get(stand.id)).find((shape) => shape && shape.width < 300);
  if (!found || canvas.zoom() >= 0.6) return;
  canvas.zoom(0.7, { x: found.x + found.width / 2, y: found.y + found.height / 2 });
  canvas.scrollToElement(found.id, 100);
}

function button(label, does) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-outline-primary btn-sm";
  made.textContent = label;
  made.addEventListener("click", does);
  return made;
}

function tools() {
  const bar = document.createElement("div");
  bar.className = "diagram-tools no-print";
  const zoom = (by) => () => viewer.get("canvas").zoom(viewer.get("canvas").zoom() * by);
  bar.append(button(said.closer, zoom(1.25)), button(said.farther, zoom(0.8)), button(said.whole, fit));
  place.before(bar);
}

let shown = "";
function show(id) {
  const canvas = viewer.get("canvas");
  if (shown) canvas.removeMarker(shown, "case-shown");
  shown = id;
  canvas.addMarker(id, "case-shown");
}

// --- both ways: a click on the drawing leads to the row, a button in the row to the drawing
function link() {
  viewer.get("eventBus").on("element.click", ({ element }) => {
    const row = document.getElementById(`element-${element.id.replace(/_label$/, "")}`);
    if (!row) return;
    show(element.id);
    row.closest("details")?.setAttribute("open", "");
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
  });
  linkRows();
}

function linkRows() {
  const canvas = viewer.get("canvas");
  const elements = viewer.get("elementRegistry");
  for (const row of document.querySelectorAll("tr[data-element]")) {
    if (!elements.get(row.dataset.element)) continue;
    const go = button(said.find, () => {
      show(row.dataset.element);
      canvas.scrollToElement(row.dataset.element, 60);
      place.scrollIntoView({ block: "center" });
    });
    go.className = "link-button no-print";
    go.setAttribute("aria-label", `${said.find}: ${row.querySelector("th").textContent.trim()}`);
    row.querySelector("th span").append(" ", go);
  }
}

fontIsThere().then(() => viewer.importXML(xml)).then(
  () => {
    mark();
    taken();
    count();
    tools();
    fit();
    if (near) look();
    link();
    document.addEventListener("chidao:stands", ({ detail }) => markAnew(detail));
    place.dataset.ready = "true";
  },
  () => {
    place.textContent = said.problem;
    place.className = "quiet";
  },
);
