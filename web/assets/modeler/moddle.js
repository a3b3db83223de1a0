// What chidao adds to BPMN (namespace urn:chidao:bpmn:1, engine/bpmn/vocabulary.py), for bpmn-moddle.
export const ATTRIBUTES = ["role", "form", "due", "operation", "decision", "key", "to", "startedBy", "subject"];

export const chidao = {
  name: "chidao",
  prefix: "chidao",
  uri: "urn:chidao:bpmn:1",
  xml: { tagAlias: "lowerCase" },
  types: [
    { name: "Said", extends: ["bpmn:BaseElement"], properties: ATTRIBUTES.map((name) => ({ name, isAttr: true, type: "String" })) },
    {
      name: "Parameter",
      superClass: ["Element"],
      properties: [
        { name: "name", isAttr: true, type: "String" },
        { name: "value", isAttr: true, type: "String" },
      ],
    },
  ],
};
