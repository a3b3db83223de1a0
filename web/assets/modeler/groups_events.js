// What events are: messages with their keys, timers, signals, errors, conditions, how a process begins, what a boundary event interrupts.
import { conditionEditor, whenEditor } from "./expressions.js";
import { button, choice, group, make, textField, tick } from "./fields.js";
import { parameterFields } from "./parameters.js";

const MESSAGING = ["bpmn:SendTask", "bpmn:ReceiveTask"];
const NAMED = {
  "bpmn:SignalEventDefinition": ["bpmn:Signal", "signalRef", "signal"],
  "bpmn:ErrorEventDefinition": ["bpmn:Error", "errorRef", "fault"],
  "bpmn:EscalationEventDefinition": ["bpmn:Escalation", "escalationRef", "escalation"],
};

export function eventGroups(near) {
  const { about, is } = near;
  if (MESSAGING.some(is)) return [message(near, about)];
  if (!is("bpmn:Event")) return [];
  const [definition] = about.eventDefinitions ?? [];
  return [interrupting(near), begins(near, definition), definition && kind(near, definition)].filter(Boolean);
}

function kind(near, definition) {
  const { element, said, does, known } = near;
  if (definition.$type === "bpmn:MessageEventDefinition") return message(near, definition);
  if (definition.$type === "bpmn:TimerEventDefinition") return timer(near, definition);
  if (definition.$type === "bpmn:ConditionalEventDefinition") {
    const taken = (text) => does.expression(element, definition, "condition", text);
    return group(said.condition, conditionEditor("p-condition", definition.condition?.body, known, said, taken));
  }
  if (definition.$type === "bpmn:LinkEventDefinition") {
    return group(said.link, textField("p-link", said.link, definition.name, (name) => does.setIn(element, definition, { name })));
  }
  if (!NAMED[definition.$type]) return null;
  const [type, reference, word] = NAMED[definition.$type];
  const offered = (does?.roots(type) ?? []).map((each) => does.nameOf(type, each));
  const name = definition[reference] ? (does?.nameOf(type, definition[reference]) ?? definition[reference].name) : "";
  return group(said[word], textField("p-named", said[word], name, (typed) => does.refer(element, definition, type, typed), { offered }));
}

function message(near, holder) {
  const { element, about, said, does, choices, modeler, is } = near;
  const own = modeler.getDefinitions().rootElements.filter(({ $type }) => $type === "bpmn:Message").map(({ name }) => name);
  const names = [...new Set([...own, ...choices.messages])].filter(Boolean).sort();
  const sends = is("bpmn:SendTask") || is("bpmn:ThrowEvent");
  const chosen = holder.messageRef?.name;
  const taken = (name) => does.refer(element, holder, "bpmn:Message", name);
  const more = make("details", { className: "panel-more" }, make("summary", { textContent: said.new_message }));
  const made = textField("p-new-message", said.message_name, "", () => {}, { code: true });
  const typed = () => document.getElementById("p-new-message").value.trim();
  more.append(made, button(said.add, () => typed() && taken(typed())));
  return group(
    said.message,
    choice("p-message", said.message, chosen, [{ value: "", title: said.none }, ...names.map((name) => ({ value: name, title: name }))], taken),
    more,
    textField("p-key", said.key, about.get("chidao:key"), (key) => does.set(element, { "chidao:key": key }), { code: true, hint: said.key_hint }),
    sends && textField("p-to", said.to, about.get("chidao:to"), (to) => does.set(element, { "chidao:to": to }), { code: true }),
    ...(sends ? parameterFields(near, (choices.payloads[chosen] ?? []).map((name) => ({ name, example: name, free: true }))) : []),
  );
}

const TIMES = { timeDate: "", timeDuration: "by_duration", timeCycle: "by_cycle" };
const SAMPLE = { by_duration: "P3D", by_cycle: "R3/P1D" };

function timer({ element, said, does, known }, definition) {
  const property = Object.keys(TIMES).find((name) => definition[name]) ?? "timeDate";
  const more = ["by_duration", "by_cycle"].map((value) => ({ value, title: said[value], chosen: TIMES[property] === value }));
  const taken = (text, chosen) =>
    does.several(() => {
      const next = Object.keys(TIMES).find((name) => TIMES[name] === chosen) ?? "timeDate";
      const source = next !== property && SAMPLE[chosen] ? SAMPLE[chosen] : next !== property && !SAMPLE[chosen] && !/\(/.test(text ?? "") ? "today()" : text;
      for (const name of Object.keys(TIMES)) if (name !== next && definition[name]) does.setIn(element, definition, { [name]: undefined });
      does.expression(element, definition, next, source);
    });
  return group(said.timer, whenEditor("p-when", definition[property]?.body, known, said, taken, more));
}

function interrupting({ element, about, said, does, is }) {
  const inside = is("bpmn:StartEvent") && about.$parent?.triggeredByEvent;
  if (!is("bpmn:BoundaryEvent") && !inside) return null;
  const property = inside ? "isInterrupting" : "cancelActivity";
  return group(said.interrupts, tick("p-interrupts", said.interrupts, about[property] !== false, (on) => does.set(element, { [property]: on })));
}

function begins(near, definition) {
  const { element, about, said, does, is, choices } = near;
  if (!is("bpmn:StartEvent") || definition || about.$parent?.$type !== "bpmn:Process") return null;
  const person = about.get("chidao:startedBy") === "person";
  const taken = (on) => does.set(element, on ? { "chidao:startedBy": "person" } : { "chidao:startedBy": undefined, "chidao:subject": undefined });
  const subjects = [{ value: "", title: said.about_directive }, ...["issued", "received", "none"].map((value) => ({ value, title: said[`about_${value}`] }))];
  const roles = choices.roles.map(({ key, title }) => ({ value: key, title }));
  return group(
    said.start,
    tick("p-by-person", said.by_person, person, taken),
    person && choice("p-subject", said.start, about.get("chidao:subject"), subjects, (subject) => does.set(element, { "chidao:subject": subject })),
    person && choice("p-role", said.role, about.get("chidao:role"), [{ value: "", title: said.none }, ...roles], (role) => does.set(element, { "chidao:role": role })),
  );
}
