// Repetitions: a step that is done for each item of a list, so many times, or again while a condition holds (engine/bpmn/many.py).
import { conditionEditor } from "./expressions.js";
import { choice, group, textField, tick } from "./fields.js";

const MANY = "bpmn:MultiInstanceLoopCharacteristics";
const LOOP = "bpmn:StandardLoopCharacteristics";
const TWICE = 2; // how often a new loop goes round until somebody says it

export function repeatGroups(near) {
  const { element, about, said, does, is } = near;
  if (!is("bpmn:Activity") || about.triggeredByEvent) return [];
  const now = about.loopCharacteristics?.$type ?? "";
  const ways = [{ value: "", title: said.once }, { value: MANY, title: said.many_on }, { value: LOOP, title: said.loop_on }];
  const taken = (kind) => does.set(element, { loopCharacteristics: kind ? begun(near, kind) : undefined });
  return [group(said.many, choice("p-repeat", said.how_often, now, ways, taken), ...(now === MANY ? many(near) : now === LOOP ? loop(near) : []))];
}

function begun({ about, does }, kind) {
  if (kind === LOOP) return does.create(LOOP, { loopMaximum: TWICE }, about);
  const made = does.create(MANY, { isSequential: false }, about);
  made.loopDataInputRef = does.create("bpmn:Property", { id: "items" }, made);
  made.inputDataItem = does.create("bpmn:DataInput", { id: does.free("item"), name: "item" }, made);
  return made;
}

function many({ element, about, said, does }) {
  const place = about.loopCharacteristics;
  const set = (property, made) => does.setIn(element, place, { [property]: made });
  const named = (property) => (text) => set(property, text ? does.create("bpmn:Property", { id: text }, place) : undefined);
  const item = (property) => (text) => set(property, text ? does.create("bpmn:DataInput", { id: does.free(text), name: text }, place) : undefined);
  const says = (property) => (text) => does.expression(element, place, property, text);
  return [
    tick("p-sequential", said.one_by_one, place.isSequential, (value) => set("isSequential", value)),
    textField("p-list", said.list, place.loopDataInputRef?.id, named("loopDataInputRef"), { code: true }),
    textField("p-item", said.item, place.inputDataItem?.name ?? place.inputDataItem?.id, item("inputDataItem"), { code: true }),
    textField("p-times", said.times, place.loopCardinality?.body, says("loopCardinality"), { code: true }),
    textField("p-results", said.results_list, place.loopDataOutputRef?.id, named("loopDataOutputRef"), { code: true }),
    textField("p-result", said.result_item, place.outputDataItem?.name ?? place.outputDataItem?.id, item("outputDataItem"), { code: true }),
    textField("p-until", said.until, place.completionCondition?.body, says("completionCondition"), { code: true }),
  ];
}

function loop({ element, about, said, does, known }) {
  const place = about.loopCharacteristics;
  const most = place.loopMaximum === undefined ? "" : String(place.loopMaximum);
  const bound = (text) => does.setIn(element, place, { loopMaximum: /^\d{1,6}$/.test(text ?? "") ? Number(text) : undefined });
  return [
    tick("p-test-before", said.test_before, place.testBefore, (value) => does.setIn(element, place, { testBefore: value })),
    conditionEditor("p-again", place.loopCondition?.body, known, said, (text) => does.expression(element, place, "loopCondition", text)),
    textField("p-most", said.at_most_times, most, bound, { hint: said.loop_hint }),
  ];
}
