// A condition put together from rows "data, comparison, value", and back from its text when it is as simple as that.
import { button, choice, make, textField } from "./fields.js";

const SIGNS = { "==": "is", "!=": "is_not", ">": "more", ">=": "at_least", "<": "less", "<=": "at_most" };
const ROW = /^\s*([^\W\d][\w.]*)\s*(==|!=|>=|<=|>|<)\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)\s*$/u;

export function rowsOf(source) {
  const text = (source ?? "").trim();
  if (!text) return { joined: "and", rows: [] };
  for (const joined of ["and", "or"]) {
    const parts = text.split(new RegExp(`\\s+${joined}\\s+(?=(?:[^"]*"[^"]*")*[^"]*$)`));
    const rows = parts.map((part) => ROW.exec(part)).map((match) => match && { name: match[1], sign: match[2], value: match[3] });
    if (rows.every(Boolean)) return { joined, rows };
  }
  return null;
}

export const textOf = ({ joined, rows }) => rows.map(({ name, sign, value }) => `${name} ${sign} ${value}`).join(` ${joined} `);

// What was typed as a value becomes a literal: numbers and true, false, null as they are, all else in quotes
export function literal(typed, kind) {
  if (/^".*"$/.test(typed) || /^(true|false|null)$/.test(typed)) return typed;
  if (kind !== "string" && /^-?\d+(\.\d+)?$/.test(typed)) return typed;
  return JSON.stringify(typed);
}

export function conditionEditor(id, source, knownData, said, taken) {
  const parsed = rowsOf(source);
  const place = make("div", { className: "condition" });
  const own = textField(`${id}-text`, said.expression, source, taken, { rows: 2, code: true });
  if (!parsed) {
    place.append(make("p", { className: "form-text", textContent: said.by_hand }), own);
    return place;
  }
  const { rows, joined } = parsed;
  const change = (next) => taken(textOf(next) || undefined);
  if (rows.length > 1) {
    const ways = [{ value: "and", title: said.all_of }, { value: "or", title: said.one_of }];
    place.append(choice(`${id}-joined`, said.build, joined, ways, (value) => change({ joined: value, rows })));
  }
  rows.forEach((row, index) => place.append(conditionRow(`${id}-${index}`, row, knownData, said, (next) => {
    const others = rows.map((each, at) => (at === index ? next : each)).filter(Boolean);
    change({ joined, rows: others });
  })));
  const first = knownData[0] ?? { name: "value", options: [] };
  place.append(
    button(`+ ${said.field}`, () => change({ joined, rows: [...rows, { name: first.name, sign: "==", value: first.options[0] ? literal(String(first.options[0].value)) : '""' }] })),
    own,
  );
  return place;
}

function conditionRow(id, row, knownData, said, changed) {
  const data = knownData.find((each) => each.name === row.name);
  const names = knownData.map((each) => ({ value: each.name, title: each.title }));
  const shown = row.value.startsWith('"') ? JSON.parse(row.value) : row.value;
  const options = data?.kind === "boolean" ? [{ value: true, title: said.true }, { value: false, title: said.false }] : (data?.options ?? []);
  const value = options.length
    ? choice(`${id}-value`, said.compared, String(shown), options.map((each) => ({ value: String(each.value), title: each.title })), (taken) => changed({ ...row, value: literal(taken ?? "", data.kind) }))
    : textField(`${id}-value`, said.compared, shown, (taken) => changed({ ...row, value: literal(taken ?? "", data?.kind) }), { offered: data?.values });
  const fields = make(
    "div",
    { className: "condition-row" },
    choice(`${id}-name`, said.field, row.name, names, (taken) => changed({ ...row, name: taken })),
    choice(`${id}-sign`, said.comparison, row.sign, Object.entries(SIGNS).map(([sign, word]) => ({ value: sign, title: said[word] })), (taken) => changed({ ...row, sign: taken })),
    value,
    button(said.remove, () => changed(null), "link-button"),
  );
  fields.lastChild.setAttribute("aria-label", `${said.remove}: ${row.name}`);
  return fields;
}

// --- when: by the working calendar, as people say it; anything else as an expression
const WHEN = [
  { kind: "after_working", pattern: /^working_days_after\((.+), (\d+)\)$/, text: (day, count) => `working_days_after(${day}, ${count})`, count: true, day: true },
  { kind: "before_working", pattern: /^working_days_before\((.+), (\d+)\)$/, text: (day, count) => `working_days_before(${day}, ${count})`, count: true, day: true },
  { kind: "after_hours", pattern: /^now\(\) \+ hours\((\d+)\)$/, text: (_day, count) => `now() + hours(${count})`, count: true },
  { kind: "on_day", pattern: /^date\(([\w.]+)\)$/, text: (day) => (day.startsWith("date(") ? day : `date(${day})`), day: true },
];

export function whenOf(source) {
  for (const way of WHEN) {
    const match = way.pattern.exec((source ?? "").trim());
    if (!match) continue;
    const [day, count] = way.kind === "after_hours" ? ["", match[1]] : way.kind === "on_day" ? [`date(${match[1]})`, "1"] : [match[1], match[2]];
    if (day === "" || day === "today()" || /^date\([\w.]+\)$/.test(day)) return { way, day, count };
  }
  return null;
}

export function whenEditor(id, source, knownData, said, taken, more = []) {
  const found = whenOf(source);
  const kinds = [...WHEN.map((way) => ({ value: way.kind, title: said[way.kind] })), { value: "by_expression", title: said.by_expression }, ...more];
  const start = (kind) => {
    const way = WHEN.find((each) => each.kind === kind);
    return way ? way.text(kind === "after_working" ? "today()" : `date(${knownData.find((each) => /due|date|day/.test(each.name))?.name ?? "due"})`, kind === "after_hours" ? 4 : 3) : undefined;
  };
  const place = make("div", { className: "when" });
  const current = more.find((each) => each.chosen)?.value ?? (found ? found.way.kind : source ? "by_expression" : "");
  const none = [{ value: "", title: said.none }];
  place.append(choice(`${id}-kind`, said.timer, current, [...none, ...kinds], (kind) => taken(kind === undefined ? undefined : start(kind) ?? source ?? "today()", kind)));
  if (found?.way.count) place.append(textField(`${id}-count`, said.count, found.count, (count) => taken(found.way.text(found.day, /^\d+$/.test(count ?? "") ? count : found.count), found.way.kind)));
  if (found?.way.day) {
    const days = [...(found.way.kind === "on_day" ? [] : [{ value: "today()", title: said.today }]), ...knownData.map((each) => ({ value: `date(${each.name})`, title: each.title }))];
    place.append(choice(`${id}-day`, said.from_day, found.day, days, (day) => taken(found.way.text(day, found.count), found.way.kind)));
  }
  if (current) place.append(textField(`${id}-text`, said.expression, source, (text) => taken(text, current), { rows: 1, code: true }));
  return place;
}

export function functionsList(choices, said, insert) {
  const list = make("ul", { className: "functions" });
  for (const each of choices.functions) {
    list.append(make("li", {}, button(each.example, () => insert(each.example), "link-button code"), make("span", { textContent: ` ${each.said.replaceAll("`", "")}` })));
  }
  return make("details", { className: "panel-more" }, make("summary", { textContent: said.functions }), list);
}

