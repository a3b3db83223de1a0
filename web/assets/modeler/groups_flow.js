// Ways: conditions of flows, the default way, when an ad-hoc sub-process is done.
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
