// What can be added to a diagram, and what an element is called: the kinds of bpmn-js that the engine runs (engine/definitions/README.md).
import { PopupEntries } from "bpmn-js/lib/features/popup-menu/PopupEntries";
import { getBusinessObject, is } from "bpmn-js/lib/util/ModelUtil";
import { isExpanded } from "bpmn-js/lib/util/DiUtil";

const TASKS = ["user-task", "service-task", "rule-task", "script-task", "send-task", "receive-task", "manual-task", "call-activity"];
const BLOCKS = ["expanded-subprocess", "expanded-ad-hoc-subprocess"];
const GATEWAYS = ["exclusive-gateway", "parallel-gateway", "inclusive-gateway", "event-based-gateway"];
const MIDDLE = [
  "timer-intermediate-catch", "message-intermediate-catch", "conditional-intermediate-catch", "signal-intermediate-catch",
  "none-intermediate-throwing", "message-intermediate-throw", "signal-intermediate-throw", "escalation-intermediate-throw",
];
const ENDS = ["none-end-event", "message-end", "signal-end", "error-end", "escalation-end", "terminate-end"];
const STARTS = ["none-start-event", "message-start", "signal-start"];
const INNER_STARTS = [
  "message-start", "non-interrupting-message-start", "timer-start", "non-interrupting-timer-start", "conditional-start",
  "non-interrupting-conditional-start", "signal-start", "non-interrupting-signal-start", "error-start", "escalation-start",
  "non-interrupting-escalation-start",
];
const EDGES = [
  "timer-boundary", "non-interrupting-timer-boundary", "message-boundary", "non-interrupting-message-boundary", "conditional-boundary",
  "non-interrupting-conditional-boundary", "signal-boundary", "non-interrupting-signal-boundary", "error-boundary", "escalation-boundary",
  "non-interrupting-escalation-boundary",
];
const MEMO = { label: "Text annotation", target: { type: "bpmn:TextAnnotation" } };

const DATA = { name: "data", label: "Data object reference", target: { type: "bpmn:DataObjectReference" } };

const entries = (names) => names.map((name) => ({ name, ...PopupEntries[name] }));
const STEPS = entries([...TASKS, ...BLOCKS, ...GATEWAYS, ...MIDDLE]);

// What may follow an element; `between`: another element comes after it, so it cannot be an end.
export const following = (between) => (between ? STEPS : [...STEPS, ...entries(ENDS), { name: "memo", ...MEMO }]);

// What may stand at the edge of an activity.
export const atEdge = () => entries(EDGES);

// What may stand in a pool, a process or a sub-process without following anything.
export function inside(container) {
  const object = getBusinessObject(container);
  if (object.triggeredByEvent) return [...entries(INNER_STARTS), ...STEPS, ...entries(ENDS), DATA];
  const starts = is(container, "bpmn:SubProcess") ? ["none-start-event"] : STARTS;
  return [...entries(starts), ...STEPS, ...entries(["event-subprocess"]), ...entries(ENDS), { name: "memo", ...MEMO }, DATA];
}

const definition = (object) => object.get("eventDefinitions")?.[0]?.$type;

function fits({ type, eventDefinitionType, triggeredByEvent, isExpanded: expanded, cancelActivity, isInterrupting }, object, element) {
  if (object.$type !== type) return false;
  if (is(object, "bpmn:Event")) {
    if (definition(object) !== eventDefinitionType) return false;
    if (is(object, "bpmn:BoundaryEvent")) return (object.cancelActivity ?? true) === (cancelActivity ?? true);
    return !is(object, "bpmn:StartEvent") || (object.isInterrupting ?? true) === (isInterrupting ?? true);
  }
  if (is(object, "bpmn:SubProcess") && Boolean(object.triggeredByEvent) !== Boolean(triggeredByEvent)) return false;
  return expanded === undefined || !element || Boolean(isExpanded(element)) === expanded;
}

const OTHERS = {
  "bpmn:Process": "Process", "bpmn:Collaboration": "Collaboration", "bpmn:Participant": "Pool/participant", "bpmn:Lane": "Lane",
  "bpmn:SequenceFlow": "Sequence flow", "bpmn:MessageFlow": "Message flow", "bpmn:TextAnnotation": "Text annotation", "bpmn:Group": "Group",
  "bpmn:Association": "Association", "bpmn:DataInputAssociation": "Data input association", "bpmn:DataOutputAssociation": "Data output association",
};

// The English name of an element's kind, a key of vi.json.
export function kindOf(element) {
  const object = getBusinessObject(element);
  const found = Object.values(PopupEntries).find(({ target }) => fits(target, object, element.waypoints || element.children ? element : null));
  return found?.label ?? OTHERS[object.$type] ?? object.$type.replace("bpmn:", "");
}
