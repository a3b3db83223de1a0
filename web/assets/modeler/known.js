// What the data of the process are known to hold: fields of forms, results of operations, assignments, what messages carry.
import { rowsOf } from "./expressions.js";

const SETS = /^\s*([^\W\d]\w*)\s*=[^=]/gmu;

export function known(modeler, choices) {
  const found = new Map();
  const note = (name, more = {}) => name && found.set(name, { name, title: name, options: [], values: [], kind: "", ...found.get(name), ...more });
  const forms = new Map(choices.forms.map((form) => [form.key, form]));
  const processes = new Map(choices.processes.map((process) => [process.key, process]));
  const operations = new Map(choices.operations.map((operation) => [operation.name, operation]));

  const fields = (key) => {
    for (const field of forms.get(key)?.fields ?? []) {
      if (!field.routed) continue;
      note(field.name, { title: `${field.title} (${forms.get(key).title})`, options: field.options.map(([value, title]) => ({ value, title })), kind: field.kind });
    }
  };
  const seen = new Set();
  const called = (key) => {
    const process = processes.get(key);
    if (!process || seen.has(key)) return;
    seen.add(key);
    process.sets.forEach((name) => note(name));
    process.forms.forEach(fields);
    process.calls.forEach(called);
  };
  for (const { businessObject } of modeler.get("elementRegistry").getAll()) {
    if (!businessObject?.get) continue;
    fields(businessObject.get("chidao:form"));
    operations.get(businessObject.get("chidao:operation"))?.results.forEach((name) => note(name));
    called(businessObject.calledElement);
    for (const match of (businessObject.script ?? "").matchAll(SETS)) note(match[1]);
    const message = businessObject.messageRef ?? businessObject.eventDefinitions?.find((each) => each.messageRef)?.messageRef;
    (choices.payloads[message?.name] ?? []).forEach((name) => note(name));
  }
  for (const { name, value } of compared(modeler)) if (found.has(name) && !found.get(name).values.includes(value)) found.get(name).values.push(value);
  return [...found.values()].sort((one, other) => one.title.localeCompare(other.title));
}

// What data are compared with elsewhere in the diagram: offered where the next condition is written
function compared(modeler) {
  const conditions = modeler.get("elementRegistry").getAll().map(({ businessObject }) => businessObject?.conditionExpression?.body);
  const rows = conditions.flatMap((body) => (body ? (rowsOf(body)?.rows ?? []) : []));
  return rows.filter(({ value }) => /^".+"$/.test(value)).map(({ name, value }) => ({ name, value: JSON.parse(value) }));
}
