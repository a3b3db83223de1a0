// One drawing or two beside each other, read-only: what differs is marked by sign and colour, and linked both ways with the table.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { fontIsThere, modules, textRenderer } from "../modeler/labels.js";

const { sides, said } = JSON.parse(document.getElementById("compare-data").textContent);
const READABLE = 0.7; // at least so large is what somebody asks to see
const WIDE = 1.8; // times as wide as high
const drawn = new Map(); // place → viewer

async function draw({ place, xml, marks }) {
  const box = document.getElementById(`drawing-${place}`);
  box.hidden = false;
  const viewer = new NavigatedViewer({
    container: box,
    zoomScroll: { enabled: false }, // the wheel moves the page; the buttons zoom
    textRenderer,
    additionalModules: modules,
  });
  try {
    await fontIsThere();
    await viewer.importXML(xml);
  } catch {
    box.textContent = said.problem;
    box.className = "quiet";
    return;
  }
  drawn.set(place, viewer);
  mark(viewer, marks);
  viewer.get("eventBus").on("element.click", ({ element }) => toRow(element.id.replace(/_label$/, "")));
}

function mark(viewer, marks) {
  const canvas = viewer.get("canvas");
  const elements = viewer.get("elementRegistry");
  for (const [id, change] of Object.entries(marks)) {
    const found = elements.get(id);
    if (!found) continue;
    canvas.addMarker(id, `change-${change}`);
    const sign = document.createElement("span");
    sign.className = `change-sign change-${change}`;
    sign.textContent = said.signs[change];
    const half = found.waypoints && found.waypoints[Math.floor((found.waypoints.length - 1) / 2)];
    const place = half ? { left: half.x - Math.min(...found.waypoints.map(({ x }) => x)), top: half.y - Math.min(...found.waypoints.map(({ y }) => y)) - 10 } : { top: -18, left: -14 };
    viewer.get("overlays").add(id, { position: place, html: sign, scale: false }); // it stays readable however small the drawing is
  }
}

function fit(viewer) {
  const canvas = viewer.get("canvas");
  canvas.zoom("fit-viewport");
  const box = canvas.viewbox(); // room for the signs, and for the mark of bpmn.io in the corner, which stays visible
  const room = 30 / box.scale;
  canvas.viewbox({ x: box.inner.x - room, y: box.inner.y - room, width: box.inner.width + 2 * room, height: box.inner.height + 2 * room });
}

// --- what is wide is read better one above the other
function arrange() {
  const wide = [...drawn.values()].some((viewer) => {
    const { width, height } = viewer.get("canvas").viewbox().inner;
    return width > WIDE * height;
  });
  document.querySelector(".compare-sides")?.classList.toggle("compare-stacked", wide);
  for (const viewer of drawn.values()) {
    viewer.get("canvas").resized();
    fit(viewer);
  }
}

// --- what is moved or enlarged in one drawing is so in the other
function together() {
  let following = false;
  for (const [place, viewer] of drawn) {
    viewer.get("eventBus").on("canvas.viewbox.changed", ({ viewbox }) => {
      if (following) return;
      following = true;
      for (const [other, beside] of drawn) {
        if (other !== place) beside.get("canvas").viewbox({ x: viewbox.x, y: viewbox.y, width: viewbox.width, height: viewbox.height });
      }
      following = false;
    });
  }
}

// --- both ways: a click on a drawing leads to the row, a button in the row to the drawings
let shown = "";
function show(id) {
  for (const viewer of drawn.values()) {
    const canvas = viewer.get("canvas");
    const elements = viewer.get("elementRegistry");
    if (shown && elements.get(shown)) canvas.removeMarker(shown, "change-shown");
    if (!elements.get(id)) continue;
    canvas.addMarker(id, "change-shown");
    if (canvas.zoom() < READABLE) canvas.zoom(READABLE);
    canvas.scrollToElement(id, 60);
  }
  shown = id;
}

function toRow(id) {
  const row = document.getElementById(`element-${id}`);
  if (!row) return;
  show(id);
  row.scrollIntoView({ block: "center" });
  row.focus({ preventScroll: true });
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
  const first = () => drawn.values().next().value;
  const zoom = (by) => () => first().get("canvas").zoom(first().get("canvas").zoom() * by);
  const whole = () => drawn.forEach(fit);
  document.getElementById("compare-tools").append(button(said.closer, zoom(1.25)), button(said.farther, zoom(0.8)), button(said.whole, whole));
}

function rows() {
  for (const row of document.querySelectorAll("tr[data-element]")) {
    const id = row.dataset.element;
    if (![...drawn.values()].some((viewer) => viewer.get("elementRegistry").get(id))) continue;
    const go = button(said.find, () => {
      show(id);
      document.getElementById("compare-tools").scrollIntoView({ block: "start" });
    });
    go.className = "link-button no-print";
    go.setAttribute("aria-label", `${said.find}: ${row.querySelector("th").textContent.trim()}`);
    row.querySelector("th span").append(" ", go);
  }
}

Promise.all(sides.map(draw)).then(() => {
  if (!drawn.size) return;
  arrange();
  tools();
  rows();
  together();
  for (const { place } of sides) document.getElementById(`drawing-${place}`).dataset.ready = "true";
});
