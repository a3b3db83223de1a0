// Ways and repetitions: conditions of flows, the default way, doing something for each item of a list.
import { conditionEditor } from "./expressions.js";
import { group, textField, tick } from "./fields.js";

const DECIDING = ["bpmn:ExclusiveGateway", "bpmn:InclusiveGateway", "bpmn:Activity"];

export function flowGroups(near) {
  const { element, about, said, does, known, is } = near;
  if (is("bpmn:AdHocSubProcess")) {
    const taken = (text) => does.expression(element, about, "completionCondition", text);
    return [group(said.until, textField("p-ad-hoc", said.ad_hoc_end, about.completionCondition?.body, taken, { code: true }))];
  }
  if (!is("bpmn:SequenceFlow") || !DECIDING.some((type) => about.sourceRef?.$instanceOf(type))) return [];
  const isDefault = about.sourceRef.default === about;
  const source = element.source;
  const mark = (on) =>
    does.several(() => {
      does.set(source, { default: on ? about : undefined });
      if (on && about.conditionExpression) does.expression(element, about, "conditionExpression", undefined);
    });
  const taken = (text) => does.set(element, { conditionExpression: text ? does.create("bpmn:FormalExpression", { body: text }, about) : undefined });
  return [
    group(
      said.condition,
      (about.sourceRef.outgoing ?? []).length > 1 || isDefault ? tick("p-default", said.default_flow, isDefault, mark) : null,
      isDefault ? null : conditionEditor("p-condition", about.conditionExpression?.body, known, said, taken),
    ),
  ];
}

export function repeatGroups({ element, about, said, does, is }) {
  if (!is("bpmn:Activity") || about.triggeredByEvent) return [];
  const many = about.loopCharacteristics?.$type === "bpmn:MultiInstanceLoopCharacteristics" ? about.loopCharacteristics : null;
  if (about.loopCharacteristics && !many) return [];
  const on = (wanted) =>
    does.several(() => {
      const made = wanted ? does.create("bpmn:MultiInstanceLoopCharacteristics", { isSequential: false }, about) : undefined;
      if (made) {
        made.loopDataInputRef = does.create("bpmn:Property", { id: "items" }, made);
        made.inputDataItem = does.create("bpmn:DataInput", { id: does.free("item"), name: "item" }, made);
      }
      does.set(element, { loopCharacteristics: made });
    });
  const place = many ?? about;
  const named = (property) => (text) => does.setIn(element, many, { [property]: text ? does.create("bpmn:Property", { id: text }, many) : undefined });
  const item = (property) => (text) => does.setIn(element, many, { [property]: text ? does.create("bpmn:DataInput", { id: does.free(text), name: text }, many) : undefined });
  return [
    group(
      said.many,
      tick("p-many", said.many_on, Boolean(many), on),
      ...(many
        ? [
            tick("p-sequential", said.one_by_one, many.isSequential, (value) => does.setIn(element, many, { isSequential: value })),
            textField("p-list", said.list, many.loopDataInputRef?.id, named("loopDataInputRef"), { code: true }),
            textField("p-item", said.item, many.inputDataItem?.name ?? many.inputDataItem?.id, item("inputDataItem"), { code: true }),
            textField("p-times", said.times, many.loopCardinality?.body, (text) => does.expression(element, place, "loopCardinality", text), { code: true }),
            textField("p-results", said.results_list, many.loopDataOutputRef?.id, named("loopDataOutputRef"), { code: true }),
            textField("p-result", said.result_item, many.outputDataItem?.name ?? many.outputDataItem?.id, item("outputDataItem"), { code: true }),
            textField("p-until", said.until, many.completionCondition?.body, (text) => does.expression(element, place, "completionCondition", text), { code: true }),
          ]
        : []),
    ),
  ];
}
