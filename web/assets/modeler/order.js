// The elements of a diagram as a tree: pools, lanes, sub-processes, what stands in them in the order of flow, under each what leaves it.
import { is } from "bpmn-js/lib/util/ModelUtil";

// Return [{element, target, inner}] of everything that is drawn; `target`: of a flow, where it leads.
export function tree(modeler) {
  const registry = modeler.get("elementRegistry");
  const shape = (object) => registry.get(object.id);
  return (modeler.getDefinitions().get("rootElements") ?? []).flatMap((object) => {
    if (is(object, "bpmn:Collaboration")) return (object.participants ?? []).filter(shape).map((each) => pool(each, shape)).concat(loose(object, shape));
    if (!is(object, "bpmn:Process") || !shape(object)) return [];
    return [{ element: shape(object), inner: container(object, shape) }];
  });
}

const entry = (object, shape) => ({ element: shape(object), inner: beneath(object, shape) });

function pool(participant, shape) {
  const process = participant.processRef;
  const flows = shape(participant).outgoing.filter((each) => is(each, "bpmn:MessageFlow")).map(flow);
  return { element: shape(participant), inner: [...flows, ...(process ? container(process, shape) : [])] };
}

// What stands in a process or a sub-process: by lane where there are lanes.
function container(object, shape) {
  const ordered = inOrder(object).filter(shape);
  const laid = new Set();
  const lanes = (object.laneSets ?? []).flatMap((set) => set.lanes ?? []).filter(shape).map((lane) => laned(lane, ordered, laid, shape));
  const rest = ordered.filter((each) => !laid.has(each)).map((each) => entry(each, shape));
  return [...lanes, ...rest, ...loose(object, shape)];
}

function laned(lane, ordered, laid, shape) {
  const inner = (lane.childLaneSet?.lanes ?? []).filter(shape).map((each) => laned(each, ordered, laid, shape));
  const held = new Set(lane.flowNodeRef);
  const own = ordered.filter((each) => held.has(each) && !laid.has(each));
  for (const each of own) laid.add(each);
  return { element: shape(lane), inner: [...inner, ...own.map((each) => entry(each, shape))] };
}

const loose = (object, shape) => (object.artifacts ?? []).filter((each) => shape(each) && !is(each, "bpmn:Association")).map((each) => entry(each, shape));

// What belongs to an element: events at its edge, what it contains, the ways out of it.
function beneath(object, shape) {
  const found = shape(object);
  const edges = (found.attachers ?? []).filter((each) => !each.labelTarget).map((each) => entry(each.businessObject, shape));
  const inner = is(object, "bpmn:SubProcess") ? container(object, shape) : [];
  return [...edges, ...inner, ...(found.outgoing ?? []).map(flow)];
}

const flow = (connection) => ({ element: connection, target: connection.target, inner: [] });

// Nodes from the starts along the flows, depth first; then what nothing leads to. What stands at an edge follows its host.
function inOrder(object) {
  const nodes = (object.flowElements ?? []).filter((each) => !is(each, "bpmn:SequenceFlow") && !is(each, "bpmn:DataObject"));
  const seen = new Set();
  const found = [];
  const attached = new Map();
  for (const each of nodes) if (each.attachedToRef) attached.set(each.attachedToRef, [...(attached.get(each.attachedToRef) ?? []), each]);
  const visit = (from) => {
    const waiting = [from];
    while (waiting.length) {
      const each = waiting.pop();
      if (!each || seen.has(each)) continue;
      seen.add(each);
      if (!each.attachedToRef) found.push(each);
      const next = [each, ...(attached.get(each) ?? [])].flatMap((one) => (one.outgoing ?? []).map(({ targetRef }) => targetRef));
      waiting.push(...next.reverse());
    }
  };
  for (const each of nodes) if (is(each, "bpmn:StartEvent")) visit(each);
  for (const each of nodes) if (!each.attachedToRef && !each.incoming?.length && !each.triggeredByEvent) visit(each);
  for (const each of nodes) if (!each.attachedToRef) visit(each);
  return found;
}
