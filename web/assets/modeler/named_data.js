// What a step calls a value that is copied into it stays when its line is moved, deleted and undone: bpmn-js knows placeholders only.
const PLACEHOLDER = "__targetRef_placeholder";
const COMMANDS = ["connection.create", "connection.delete", "connection.move", "connection.reconnect"];
const BEFORE = 2000; // priorities around that of the library, which puts its placeholder in
const AFTER = 500;

export const isPlaceholder = (property) => property?.name === PLACEHOLDER;

export function keepNamedData(modeler) {
  const names = new WeakMap();
  const events = COMMANDS.flatMap((command) => ["executed", "reverted"].map((phase) => `commandStack.${command}.${phase}`));
  const inputOf = ({ context: { connection } }) => (connection?.businessObject?.$type === "bpmn:DataInputAssociation" ? connection : null);
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
}

// The placeholder goes again where no line needs it.
function tidied(step) {
  const needed = (step.get("dataInputAssociations") ?? []).some(({ targetRef }) => isPlaceholder(targetRef));
  const properties = step.get("properties");
  const at = properties.findIndex(isPlaceholder);
  if (!needed && at >= 0) properties.splice(at, 1);
}

const own = (step) => [...(step.get("properties") ?? []), ...(step.ioSpecification?.dataInputs ?? [])];
