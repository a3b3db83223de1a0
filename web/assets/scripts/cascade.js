// The cascade of a directive: levels of the table unfold in place, and all of it is one picture (an icicle) that can be looked into.
// Without this script each level is a page of its own.
import { hierarchy, partition } from "d3-hierarchy";

const COLOURS = { done: "#1d6b3a", going: "#4a6fa5", late: "#a4161a", waiting: "#8a8f98", back: "#8a5300" };
const GRAVITY = ["done", "going", "waiting", "back", "late"];
const ROW = 48;
const THIN = 1.5; // pixels: of blocks that are narrower, each pixel shows the gravest state

// --- the table: the rows below an organisation are fetched once, then folded and unfolded
async function unfold(link) {
  const place = document.getElementById(link.dataset.below);
  if (!link.dataset.loaded) {
    link.setAttribute("aria-busy", "true");
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return window.location.assign(link.href);
    const parsed = new DOMParser().parseFromString(`<table>${await answer.text()}</table>`, "text/html");
    const rows = [...parsed.querySelectorAll("table > tbody")];
    rows.forEach((row) => { row.dataset.under = link.dataset.below; });
    place.after(...rows);
    link.removeAttribute("aria-busy");
    link.dataset.loaded = "1";
    enhance(rows);
    link.setAttribute("aria-expanded", "true");
    return undefined;
  }
  const open = link.getAttribute("aria-expanded") === "true";
  link.setAttribute("aria-expanded", String(!open));
  fold(link.dataset.below, open);
  return undefined;
}

function fold(below, hidden) {
  for (const row of document.querySelectorAll(`tbody[data-under="${below}"]`)) {
    row.hidden = hidden;
    const inner = row.querySelector("a.expand[aria-expanded=true]");
    if (inner) fold(inner.dataset.below, hidden);
  }
}

function enhance(parts) {
  for (const part of parts) {
    for (const link of part.querySelectorAll("a.expand")) {
      link.setAttribute("role", "button");
      link.setAttribute("aria-expanded", "false");
      link.addEventListener("click", (event) => { event.preventDefault(); unfold(link); });
      link.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); unfold(link); } });
    }
  }
}
enhance([document]);

// --- the picture
const section = document.getElementById("icicle");

function treeOf({ names, parents, states }) {
  const nodes = names.map((name, index) => ({ name, state: states[index], children: [] }));
  parents.forEach((parent, index) => { if (parent !== null) nodes[parent].children.push(nodes[index]); });
  return hierarchy(nodes[0]).count();
}

function draw(view) {
  const { canvas, focus, cursor } = view;
  const width = section.clientWidth;
  const levels = Math.min(4, focus.height + 1);
  const ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = levels * ROW * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.clearRect(0, 0, width, levels * ROW);
  pen.font = "14px 'Be Vietnam Pro', sans-serif";
  pen.textBaseline = "middle";
  const scale = width / (focus.x1 - focus.x0);
  const thin = Array.from({ length: levels }, () => new Int8Array(width).fill(-1));
  view.shown = [];
  focus.each((node) => {
    const level = node.depth - focus.depth;
    if (level >= levels) return;
    const x = (node.x0 - focus.x0) * scale, y = level * ROW, wide = (node.x1 - node.x0) * scale;
    view.shown.push({ node, x, y, wide });
    if (wide < THIN && node !== cursor) {
      for (const pixel of [Math.floor(x), Math.min(Math.floor(x + wide - 0.01), width - 1)]) {
        thin[level][pixel] = Math.max(thin[level][pixel], GRAVITY.indexOf(node.data.state));
      }
      return;
    }
    pen.fillStyle = COLOURS[node.data.state];
    pen.fillRect(x, y, Math.max(wide - (wide > 3 ? 1 : 0), 0.5), ROW - 1);
    if (wide > 60) words(pen, node, x, y, wide);
    if (node === cursor) { pen.lineWidth = 4; pen.strokeStyle = "#1c2430"; pen.strokeRect(x + 2, y + 2, Math.max(wide - 4, 2), ROW - 5); }
  });
  thin.forEach((row, level) => row.forEach((gravity, pixel) => {
    if (gravity < 0) return;
    pen.fillStyle = COLOURS[GRAVITY[gravity]];
    pen.fillRect(pixel, level * ROW, 1, ROW - 1);
  }));
}

function words(pen, node, x, y, wide) {
  pen.save();
  pen.beginPath();
  pen.rect(x + 6, y, wide - 12, ROW);
  pen.clip();
  pen.fillStyle = "#fff";
  pen.fillText(node.data.name, x + 8, y + ROW / 2);
  pen.restore();
}

function said(node) {
  const way = node.ancestors().reverse().map((each) => each.data.name).join(" → ");
  const below = node.data.below ??= node.descendants().length - 1;
  const count = section.dataset.wordsBelow.replace("{}", below.toLocaleString("vi-VN"));
  return `${way} · ${section.dataset[`words${node.data.state[0].toUpperCase()}${node.data.state.slice(1)}`]}${below ? ` · ${count}` : ""}`;
}

function picture(source) {
  const root = partition()(treeOf(source));
  const canvas = section.querySelector("canvas"), path = section.querySelector(".path");
  const view = { canvas, focus: root, cursor: root, shown: [] };
  const show = () => { draw(view); path.textContent = said(view.cursor) + (source.complete ? "" : ` ${section.dataset.wordsPartial}`); };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    return view.shown.find((each) => x >= each.x && x < each.x + Math.max(each.wide, 0.5) && y >= each.y && y < each.y + ROW)?.node;
  };
  const into = (node) => {
    view.cursor = node;
    if (node.children) view.focus = node === view.focus && node.parent ? node.parent : node;
    show();
  };
  const beside = (step) => {
    const row = view.cursor.parent ? view.cursor.parent.children : [view.cursor];
    view.cursor = row[(row.indexOf(view.cursor) + step + row.length) % row.length];
    show();
  };
  const go = {
    up: () => { view.cursor = view.cursor.parent || root; if (view.cursor.depth < view.focus.depth) view.focus = view.cursor; show(); },
    previous: () => beside(-1),
    next: () => beside(1),
    in: () => { if (view.cursor.children) { view.focus = view.cursor; view.cursor = view.cursor.children[0]; } show(); },
  };
  canvas.addEventListener("click", (event) => { const node = at(event); if (node) into(node); });
  canvas.addEventListener("mousemove", (event) => { const node = at(event); if (node) path.textContent = said(node); });
  canvas.addEventListener("mouseleave", () => { path.textContent = said(view.cursor); });
  for (const button of section.querySelectorAll("[data-go]")) button.addEventListener("click", () => go[button.dataset.go]());
  window.addEventListener("resize", show);
  section.hidden = false;
  show();
}

if (section) {
  fetch(section.dataset.source, { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((source) => { if (source && source.names.length > 1) picture(source); })
    .catch(() => {}); // without the picture the table says the same
}
