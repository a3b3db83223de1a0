// The editor of decision tables: draws the table of a file, keeps and checks it on every pause. Who may not change it reads it.
import "dmn-js/dist/assets/diagram-js.css";
import "dmn-js/dist/assets/dmn-js-shared.css";
import "dmn-js/dist/assets/dmn-js-decision-table.css";
import "dmn-js/dist/assets/dmn-js-decision-table-controls.css";
import "dmn-js/dist/assets/dmn-font/css/dmn.css";
import { asText } from "../modeler/as_text.js";
import { make } from "../modeler/fields.js";
import { keeping } from "../modeler/keeping.js";
import { problems } from "../modeler/problems.js";
import { ReadTables, Tables } from "../tables/decisions.js";
import vietnamese from "../tables/vi.json";

const data = JSON.parse(document.getElementById("modeler-data").textContent);
const { said } = data;
const notices = document.getElementById("modeler-notices");
const words = data.language === "vi" ? vietnamese : {};
const fill = (text, values = {}) => text.replace(/\{\s*(\w+)\s*\}/g, (all, name) => values[name] ?? all);
const translate = (text, values) => fill(words[text] ?? words[text.trim()] ?? text, values);
const settings = {
  container: document.getElementById("table-canvas"),
  decisionTable: { additionalModules: [{ translate: ["value", translate] }] },
  common: { dataTypes: ["string", "boolean", "number", "date", "dateTime"] },
};
const tables = data.mine ? new Tables(settings) : new ReadTables(settings);
let ready = false; // what is drawn is the file
let changes = 0;
let written = { at: -1, text: data.text };

const drawn = async () => (await tables.saveXML({ format: true })).xml;
async function current() {
  if (!ready) return area.text();
  if (changes === 0) return data.text; // as it came, to the letter
  if (written.at !== changes) written = { at: changes, text: await drawn() };
  return written.text;
}

function jump({ element, line }) {
  const cell = ready && element ? document.querySelector(`#table-canvas [data-element-id="${CSS.escape(element)}"], #table-canvas [data-col-id="${CSS.escape(element)}"], #table-canvas [data-row-id="${CSS.escape(element)}"]`) : null;
  if (cell) {
    cell.scrollIntoView({ block: "center" });
    (cell.querySelector("[contenteditable]") ?? cell).focus();
  } else if (line) area.jump(line);
}

function nameOf(id) {
  const row = ready && id ? document.querySelector(`#table-canvas tbody [data-element-id="${CSS.escape(id)}"]`)?.closest("tr") : null;
  return row ? fill(said.rule, { number: [...row.parentElement.children].indexOf(row) + 1 }) : (id ?? "");
}

const keeper = keeping({ data, said, current, notices, checked: () => checker.check() });
const checker = problems({ data, said, current, jump, nameOf, modeler: null, post: keeper.post });
const area = asText({ data, drawn: () => (ready ? current : null), keep: keeper.keep });

function later(does) {
  let waiting = 0;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(does, 700);
  };
}

function asWritten(problem) {
  document.getElementById("table").classList.add("undrawn");
  notices.before(make("div", { className: "notice notice-bad", role: "alert" }, make("p", { textContent: said.not_drawn }), make("p", { lang: "en", className: "quiet", textContent: problem })));
  area.open();
  area.onInput(later(() => checker.check()));
}

// The library draws buttons without names, and a heading of the row numbers without a word: both are put right
function named() {
  for (const each of document.querySelectorAll("#table-canvas th.index-column:empty")) each.textContent = "#";
  for (const each of document.querySelectorAll("#table-canvas :is(button, input, select, [role])[title]:not([aria-label])")) each.setAttribute("aria-label", each.title);
}

async function begin() {
  document.getElementById("table").hidden = false;
  document.getElementById("plain-table").open = false;
  try {
    if (!data.drawable) throw new Error(said.not_this_edition);
    await tables.importXML(data.text);
    if (!tables.getActiveView()) throw new Error(said.no_table);
    ready = true;
  } catch (error) {
    ready = false;
    asWritten(error.message);
    await checker.check();
    document.body.dataset.ready = "text";
    return;
  }
  const changed = () => {
    changes += 1;
    keeper.changed();
  };
  if (data.mine) tables.getActiveViewer().get("eventBus").on("elements.changed", changed);
  new MutationObserver(named).observe(document.getElementById("table-canvas"), { childList: true, subtree: true });
  named();
  const keep = document.getElementById("keep-now");
  if (keep) keep.addEventListener("click", () => keeper.keep());
  await checker.check();
  document.body.dataset.ready = "drawn";
}

begin();
