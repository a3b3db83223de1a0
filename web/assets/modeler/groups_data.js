// Data objects: what they are called in the data, and what is copied when a step begins and when it ends (engine/bpmn/data_objects.py).
import { plainWord } from "./edits.js";
import { button, choice, fill, group, make, textField, tick } from "./fields.js";
import { isPlaceholder } from "./named_data.js";

const INPUT = "bpmn:DataInputAssociation";
const OUTPUT = "bpmn:DataOutputAssociation";
const WORD = /^(?!_)[\p{L}_][\p{L}\p{N}_]*$/u; // what an expression can say

export function dataGroups(near) {
  const { is, about } = near;
  if (is("bpmn:DataObjectReference")) return [object(near)];
  if (about.$type === INPUT || about.$type === OUTPUT) return [copied(near)];
  return is("bpmn:Activity") && !about.triggeredByEvent ? [lines(near)] : [];
}

const inData = (reference) => [reference?.dataObjectRef?.name, reference?.name, reference?.dataObjectRef?.id].find((name) => WORD.test(name ?? "")) ?? "";

function object({ element, about, said, does }) {
  const data = about.dataObjectRef;
  const told = fill(said.in_data, { name: inData(about) });
  return group(said.data, make("p", { className: "form-text", textContent: told }), data && tick("p-collection", said.collection, data.isCollection, (on) => does.setIn(element, data, { isCollection: on })));
}

// A line between a data object and a step: the name that the value has inside the step, and which part of it is copied.
function copied(near) {
  const { element, about, said, does } = near;
  const input = about.$type === INPUT;
  const reference = input ? about.sourceRef?.[0] : about.targetRef;
  const own = input ? about.targetRef : about.sourceRef?.[0];
  const name = own && !isPlaceholder(own) ? (own.name ?? own.id) : "";
  const part = about.transformation?.body ?? "";
  const nothing = input ? !name : !name && !part;
  return group(
    said.data,
    make("p", { className: "form-text", textContent: fill(input ? said.copied_in : said.copied_out, { name: inData(reference) || "…" }) }),
    nothing && make("p", { className: "form-text", textContent: said.nothing_copied_yet }),
    textField("p-inside", said.inside_name, name, (typed) => rename(near, input, own, typed), { code: true, hint: input ? "" : said.inside_hint }),
    textField("p-part", said.copied_part, part, (text) => does.expression(element, about, "transformation", text), { code: true, hint: said.copied_part_hint }),
  );
}

// What a step calls a value inside is a property of the step: a line that names none has the placeholder that bpmn-js gives it.
function rename({ element, about, does }, input, old, typed) {
  const name = WORD.test(typed ?? "") ? typed : plainWord(typed ?? "");
  const end = input ? element.target : element.source;
  const step = end.businessObject;
  does.several(() => {
    const shared = isPlaceholder(old) || !step.get("properties").includes(old);
    const others = (step.dataInputAssociations ?? []).filter((each) => each !== about);
    const used = (each) => !isPlaceholder(each) || others.some(({ targetRef }) => targetRef === each);
    const rest = step.get("properties").filter((each) => (shared || each !== old) && used(each));
    const made = name ? does.create("bpmn:Property", { id: does.free(`${step.id}_${name}`), name }, step) : null;
    const placeholder = input && !made ? (rest.find(isPlaceholder) ?? does.create("bpmn:Property", { name: "__targetRef_placeholder" }, step)) : null;
    does.setIn(element, step, { properties: [...new Set([...rest, made, placeholder].filter(Boolean))] });
    does.setIn(element, about, input ? { targetRef: made ?? placeholder } : { sourceRef: made ? [made] : [] });
  });
}

// The lines of a step, and what it takes for another one.
function lines(near) {
  const { element, said, does, page, modeler } = near;
  const drawn = [...(element.incoming ?? []), ...(element.outgoing ?? [])].filter(({ businessObject }) => [INPUT, OUTPUT].includes(businessObject?.$type));
  const rows = drawn.map((line) => {
    const input = line.businessObject.$type === INPUT;
    const name = (input ? line.source : line.target).businessObject.name || (input ? line.source : line.target).id;
    return make("li", {}, button(`${input ? "←" : "→"} ${fill(input ? said.takes : said.gives, { name })}`, () => page.select(line.id), "link-button"));
  });
  return group(said.data, rows.length ? make("ul", { className: "plain" }, ...rows) : null, declared(near), does && adding(near, modeler));
}

// What other tools declare beside the lines (ioSpecification) is kept to the letter and works; here it is only told.
function declared({ about: { ioSpecification }, said }) {
  if (!ioSpecification) return null;
  const names = [...(ioSpecification.dataInputs ?? []), ...(ioSpecification.dataOutputs ?? [])].map(({ name, id }) => name || id);
  return make("p", { className: "form-text", textContent: fill(said.declared_data, { names: names.join(", ") || "–" }) });
}

function adding({ element, said, does, page }, modeler) {
  const canvas = modeler.get("canvas");
  const sheet = canvas.findRoot(element);
  const objects = modeler.get("elementRegistry").filter((each) => each.businessObject?.$type === "bpmn:DataObjectReference" && !each.labelTarget && canvas.findRoot(each) === sheet);
  const offered = [...objects.map(({ id, businessObject }) => ({ value: id, title: businessObject.name || id })), { value: "new", title: said.new_data }];
  const which = choice("p-data-object", said.data_object, offered[0].value, offered, () => {});
  const line = (input) => () => {
    let made;
    does.several(() => {
      const chosen = document.getElementById("p-data-object").value;
      const shape = chosen === "new" ? placed(modeler, element) : modeler.get("elementRegistry").get(chosen);
      const [from, to] = input ? [shape, element] : [element, shape];
      made = modeler.get("modeling").connect(from, to, { type: input ? INPUT : OUTPUT });
    });
    page.select(made.id);
  };
  return make("details", { className: "panel-more" }, make("summary", { textContent: said.add_data }), which, make("div", { className: "panel-row" }, button(said.reads, line(true)), button(said.writes, line(false))));
}

// A new data object below the step, beside those that stand there.
function placed(modeler, element) {
  const taken = element.parent.children.filter(({ businessObject }) => businessObject?.$type === "bpmn:DataObjectReference").length;
  const position = { x: element.x + element.width / 2 + (taken % 3) * 60, y: element.y + element.height + 65 };
  return modeler.get("modeling").createShape({ type: "bpmn:DataObjectReference" }, position, element.parent);
}
