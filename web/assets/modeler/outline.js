// The elements of the diagram as a list of buttons, beside the drawing: everything that can be drawn can be done from here by keyboard.
// The list is one stop of the Tab key; arrow keys go through it, the buttons of what can be done follow it. Bad cases are told, not hidden.
import { acts } from "./acts.js";
import { button, filled, folded, made, place, tell } from "./made.js";
import { kindOf } from "./kinds.js";
import { tree } from "./order.js";

const MOST = 1000; // lines shown; more are found by the field above the list

export function install(modeler, page) {
  const said = page.data.around.said;
  const translate = modeler.get("translate");
  const root = place("modeler-outline", "section");
  const list = made("ul", { class: "outline-list", role: "list", "aria-label": said.elements });
  const filter = made("input", { type: "search", id: "outline-filter", class: "form-control form-control-sm", autocomplete: "off", oninput: () => draw() });
  const more = made("p", { class: "quiet small", role: "status" });
  const able = made("div", { class: "outline-acts", role: "group", "aria-label": said.with_chosen });
  root.append(
    made("h2", { class: "h3" }, said.elements),
    made("label", { class: "visually-hidden", for: "outline-filter" }, said.filter),
    filter,
    made("p", { class: "visually-hidden", id: "outline-hint" }, said.hint),
    list,
    more,
    able,
  );
  filter.placeholder = said.filter;

  let chosen = null; // the id of the element that the buttons are about
  let waiting = false;

  const element = () => (chosen ? (modeler.get("elementRegistry").get(chosen) ?? null) : null);
  const label = ({ element: about, target }) => {
    const name = about.businessObject.name || about.businessObject.text || "";
    if (target) return filled(name ? said.flow_named : said.flow, { name, target: target.businessObject.name || translate(kindOf(target)) });
    return name || translate(kindOf(about));
  };

  function line(entry) {
    const { element: about } = entry;
    const kind = translate(kindOf(about));
    const text = label(entry);
    const here = about.id === chosen;
    const opener = made(
      "button",
      {
        type: "button", class: entry.target ? "outline-line outline-flow" : "outline-line", "data-element": about.id, tabindex: "-1",
        "aria-pressed": String(here), "aria-describedby": "outline-hint", onclick: () => choose(about.id, { focus: true }),
      },
      text,
      text === kind || entry.target ? null : made("small", { class: "quiet" }, ` ${kind}`),
    );
    return made("li", {}, opener, entry.inner.length ? made("ul", { role: "list" }, ...entry.inner.map(line)) : null);
  }

  function kept(entries, words) {
    if (!words.length) return entries;
    return entries.flatMap((entry) => {
      const inner = kept(entry.inner, words);
      const text = folded(`${label(entry)} ${translate(kindOf(entry.element))} ${entry.element.id}`);
      return inner.length || words.every((word) => text.includes(word)) ? [{ ...entry, inner }] : [];
    });
  }

  function draw() {
    waiting = false;
    if (!modeler.getDefinitions()) return;
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.element : null;
    const words = folded(filter.value).split(/\s+/).filter(Boolean);
    const { shown, left } = first(kept(tree(modeler), words), MOST);
    list.replaceChildren(...shown.map(line));
    more.textContent = left ? filled(said.more, { count: left }) : list.firstChild ? "" : said.nothing;
    stop();
    offer();
    if (focused) (find(focused) ?? list.querySelector("[tabindex='0']"))?.focus({ preventScroll: true });
  }

  // One line is the stop of the Tab key: the chosen one, else the first.
  function stop() {
    (find(chosen) ?? list.querySelector("button"))?.setAttribute("tabindex", "0");
  }

  const find = (id) => (id ? list.querySelector(`button[data-element="${CSS.escape(id)}"]`) : null);
  const later = () => {
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  };
  const offer = () => able.replaceChildren(...acts({ modeler, page, element: element(), choose, label, translate }));

  // Choose an element everywhere: in the list, on the canvas, in the panel. `focus`: and stay in the list.
  function choose(id, { focus = false } = {}) {
    const about = modeler.get("elementRegistry").get(id);
    if (!about) return;
    chosen = id;
    show(about);
    draw();
    offer();
    const opener = find(id);
    opener?.scrollIntoView({ block: "nearest" });
    if (focus) opener?.focus({ preventScroll: true });
  }

  function show(about) {
    const canvas = modeler.get("canvas");
    const top = canvas.findRoot(about);
    if (top && top !== canvas.getRootElement()) canvas.setRootElement(top);
    page.select(about.id);
    if (about.parent && !modeler.get("selection").isSelected(about)) modeler.get("selection").select(about);
    if (about.parent) canvas.scrollToElement(about);
  }

  function keys(event) {
    const all = [...list.querySelectorAll("button")];
    const at = all.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || to === undefined || !all[to]) return;
    event.preventDefault();
    for (const each of all) each.setAttribute("tabindex", "-1");
    all[to].setAttribute("tabindex", "0");
    all[to].focus();
  }

  function shortcuts(event) {
    if (event.target.matches("input, select, textarea")) return;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    const does = command ? { z: event.shiftKey ? "redo" : "undo", y: "redo", c: "copy", v: "paste" }[key] : { f2: "rename", delete: "remove", a: "add", i: "inside", e: "edge", c: "connect", d: "disconnect", l: "lane" }[key];
    if (!does || (event.altKey && command)) return;
    if (does === "undo" || does === "redo") modeler.get("commandStack")[does]();
    else {
      if (list.contains(event.target) && event.target.dataset.element !== chosen) choose(event.target.dataset.element, { focus: true });
      const act = able.querySelector(`[data-act="${does}"]`);
      if (act) act.click();
      else tell(chosen ? said.not_here : said.choose_first);
    }
    event.preventDefault();
  }

  list.addEventListener("keydown", keys);
  modeler.on(["import.done", "commandStack.changed", "root.set"], later);
  modeler.on("selection.changed", ({ newSelection }) => {
    if (newSelection.length === 1 && newSelection[0].id.replace(/_label$/, "") !== chosen) {
      chosen = newSelection[0].id.replace(/_label$/, "");
      later();
    }
  });
  if (!page.data.mine) return;
  root.addEventListener("keydown", shortcuts);
  place("modeler-tools").append(help(said));
}

// Return the first `most` lines of a tree, and how many were left.
function first(entries, most) {
  let room = most;
  let left = 0;
  const cut = (each) => each.flatMap((entry) => (room-- > 0 ? [{ ...entry, inner: cut(entry.inner) }] : ((left += 1 + count(entry.inner)), [])));
  return { shown: cut(entries), left };
}

const count = (entries) => entries.reduce((sum, entry) => sum + 1 + count(entry.inner), 0);

// The keys, in a dialog of their own.
function help(said) {
  const rows = said.keys.map(([keys, does]) => made("tr", {}, made("th", { scope: "row" }, made("kbd", {}, keys)), made("td", {}, does)));
  const dialog = made(
    "dialog",
    { class: "modeler-keys", "aria-labelledby": "modeler-keys-title" },
    made("h2", { class: "h3", id: "modeler-keys-title" }, said.keyboard),
    made("table", { class: "work" }, made("tbody", {}, ...rows)),
    made("form", { method: "dialog" }, made("button", { class: "btn btn-primary btn-sm" }, said.close)),
  );
  document.body.append(dialog);
  return button(said.keyboard, () => dialog.showModal(), { "aria-haspopup": "dialog" });
}
