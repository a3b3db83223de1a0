// What a step calls a value that is copied into it stays when its line is moved or its deletion undone, and goes with its line when that
// is deleted or ends elsewhere: bpmn-js knows placeholders only.
const PLACEHOLDER = "__targetRef_placeholder";
const COMMANDS = ["connection.create", "connection.delete", "connection.move", "connection.reconnect"];
const BEFORE = 2000; // priorities around that of the library, which puts its placeholder in
const AFTER = 500;
const INPUT = "bpmn:DataInputAssociation";
const OUTPUT = "bpmn:DataOutputAssociation";

export const isPlaceholder = (property) => property?.name === PLACEHOLDER;

export function keepNamedData(modeler) {
  const names = new WeakMap();
  const events = COMMANDS.flatMap((command) => ["executed", "reverted"].map((phase) => `commandStack.${command}.${phase}`));
  const inputOf = ({ context: { connection } }) => (connection?.businessObject?.$type === INPUT ? connection : null);
  modeler.on(events, BEFORE, (event) => {
    const about = inputOf(event)?.businessObject;
    if (about?.targetRef && !isPlaceholder(about.targetRef)) names.set(about, about.targetRef);
  });
  modeler.on(events, AFTER, (event) => {
    const connection = inputOf(event);
    const named = connection && names.get(connection.businessObject);
    const step = connection?.target?.businessObject;
    if (!named || !step || !own(step).includes(named)) return;
    connection.businessObject.targetRef = named;
    tidied(step);
  });
  // a change of its own behind the deletion, so that both are undone together
  modeler.on(["connection.delete", "connection.reconnect"].map((command) => `commandStack.${command}.postExecuted`), ({ context }) => {
    const about = context.connection.businessObject;
    const left = { [INPUT]: inputLeft, [OUTPUT]: outputLeft }[about.$type]?.(context);
    const named = about.$type === INPUT ? names.get(about) : about.sourceRef?.[0];
    const properties = left?.businessObject.get("properties") ?? [];
    if (!properties.includes(named) || used(left.businessObject, named, about)) return;
    modeler.get("modeling").updateModdleProperties(left, left.businessObject, { properties: properties.filter((each) => each !== named) });
  });
}

// The step that a line no longer ends at, or no longer begins at; a line that begins at another step still names what it took there.
const inputLeft = ({ connection, target, oldTarget }) => (connection.target ? (oldTarget === connection.target ? null : oldTarget) : target);
const outputLeft = ({ connection, source }) => (connection.source ? null : source);

// Whether anything else of the step says this name.
function used(step, named, about) {
  const { loopDataInputRef, loopDataOutputRef } = step.loopCharacteristics ?? {};
  const lines = [...(step.dataInputAssociations ?? []), ...(step.dataOutputAssociations ?? [])].filter((each) => each !== about);
  return loopDataInputRef === named || loopDataOutputRef === named || lines.some(({ targetRef, sourceRef }) => targetRef === named || sourceRef?.includes(named));
}

// The placeholder goes again where no line needs it.
function tidied(step) {
  const needed = (step.get("dataInputAssociations") ?? []).some(({ targetRef }) => isPlaceholder(targetRef));
  const properties = step.get("properties");
  const at = properties.findIndex(isPlaceholder);
  if (!needed && at >= 0) properties.splice(at, 1);
}

const own = (step) => [...(step.get("properties") ?? []), ...(step.ioSpecification?.dataInputs ?? [])];
