// Every change of the panel goes through the command stack: one act of a person is one step to undo.
class Several {
  preExecute(context) {
    context.work();
  }
}

const REFERENCES = { "bpmn:Message": "messageRef", "bpmn:Signal": "signalRef", "bpmn:Error": "errorRef", "bpmn:Escalation": "escalationRef" };
const MARK = /[\u0300-\u036f]/g;

export const plainWord = (text) =>
  text.normalize("NFD").replace(MARK, "").replace(/[đĐ]/g, "d").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 40);

export function edits(modeler) {
  const stack = modeler.get("commandStack");
  const modeling = modeler.get("modeling");
  const factory = modeler.get("bpmnFactory");
  const moddle = modeler.get("moddle");
  stack.registerHandler("chidao.several", Several);

  const several = (work) => stack.execute("chidao.several", { work });
  const set = (element, properties) => modeling.updateProperties(element, properties);
  const setIn = (element, part, properties) => modeling.updateModdleProperties(element, part, properties);
  const create = (type, properties, parent) => {
    const made = factory.create(type, properties);
    made.$parent = parent;
    return made;
  };
  const definitions = () => modeler.getDefinitions();
  const free = (wanted) => {
    let id = /^[a-z_]/.test(wanted) ? wanted : `e_${wanted}`;
    for (let number = 2; moddle.ids.assigned(id); number += 1) id = `${wanted}_${number}`;
    return id;
  };

  // --- messages, signals, errors, escalations stand beside the processes: found by name, made when there is none
  const roots = (type) => definitions().rootElements.filter((each) => each.$type === type);
  const nameOf = (type, root) => (type === "bpmn:Error" ? root.errorCode : type === "bpmn:Escalation" ? root.escalationCode : root.name) ?? root.name ?? "";
  function root(element, type, name) {
    const found = roots(type).find((each) => nameOf(type, each) === name);
    if (found) return found;
    const code = { "bpmn:Error": { errorCode: name }, "bpmn:Escalation": { escalationCode: name } }[type] ?? {};
    const made = create(type, { id: free(`${type.slice(5).toLowerCase()}_${plainWord(name)}`), name, ...code }, definitions());
    setIn(element, definitions(), { rootElements: [...definitions().rootElements, made] });
    return made;
  }
  const refer = (element, holder, type, name) =>
    several(() => setIn(element, holder, { [REFERENCES[type]]: name ? root(element, type, name) : undefined }));

  // --- texts of elements inside an element: an expression, a documentation, a script
  const expression = (element, holder, property, source) => {
    const made = source ? create("bpmn:FormalExpression", { body: source }, holder) : undefined;
    setIn(element, holder, { [property]: made });
  };
  function document(element, about, text) {
    const made = text ? [create("bpmn:Documentation", { text }, about)] : [];
    setIn(element, about, { documentation: made });
  }

  // --- parameters: the chidao:parameter elements of an element, in their order
  const parametersOf = (about) => (about.extensionElements?.values ?? []).filter((each) => each.$type === "chidao:Parameter");
  function setParameters(element, about, list) {
    const rest = (about.extensionElements?.values ?? []).filter((each) => each.$type !== "chidao:Parameter");
    const block = create("bpmn:ExtensionElements", {}, about);
    const made = list.map(({ name, value }) => Object.assign(moddle.create("chidao:Parameter", { name, value }), { $parent: block }));
    block.values = [...rest, ...made];
    setIn(element, about, { extensionElements: block.values.length ? block : undefined });
  }

  return { several, set, setIn, create, free, roots, nameOf, refer, expression, document, parametersOf, setParameters, assigned: (id) => moddle.ids.assigned(id) };
}

const GENERATED = /^[a-z]+(_[a-z]+)*_\d+$|^(Activity|Event|Gateway)_\w{7}$/;

// New elements get identifiers that a reader can tell apart (user_task_1), and with their first name one that says it: operations
// refer to tasks by them.
export function readableIds(modeler) {
  const { ids } = modeler.get("moddle");
  const bus = modeler.get("eventBus");
  ids.nextPrefixed = (prefix, element) => {
    const word = (element?.$type ?? prefix).replace(/^\w+:/, "").replace(/_$/, "").replace(/^SequenceFlow$/, "Flow").replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
    const id = firstFree(ids, word, 1);
    ids.claim(id, element);
    return id;
  };
  const before = new WeakMap();
  const say = (element) => {
    const about = element.businessObject;
    const word = about.$instanceOf?.("bpmn:FlowNode") && about.name && GENERATED.test(about.id) ? plainWord(about.name) : "";
    if (/^[a-z]/.test(word)) modeler.get("modeling").updateProperties(element, { id: ids.assigned(word) ? firstFree(ids, word, 2) : word });
  };
  // the name beside a shape is called after it: left behind, its old id would meet that of the next element
  bus.on("element.updateId", ({ element, newId }) => element.label && modeler.get("elementRegistry").updateId(element.label, `${newId}_label`));
  bus.on("commandStack.shape.create.postExecuted", ({ context }) => !context.shape.labelTarget && say(context.shape));
  const naming = ["commandStack.element.updateLabel", "commandStack.element.updateProperties"];
  bus.on(naming.map((name) => `${name}.preExecute`), ({ context }) => before.set(context, context.element.businessObject?.name));
  bus.on(naming.map((name) => `${name}.postExecuted`), ({ context }) => {
    const { element } = context;
    if (!before.get(context) && element.parent && !element.labelTarget) say(element);
  });
}

function firstFree(ids, word, from) {
  let number = from;
  while (ids.assigned(`${word}_${number}`)) number += 1;
  return `${word}_${number}`;
}
