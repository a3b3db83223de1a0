// Putting elements into a diagram without a pointer: where they stand, what moves aside. Each act is one step to undo.
import { is } from "bpmn-js/lib/util/ModelUtil";
import { isExpanded } from "bpmn-js/lib/util/DiUtil";

const GAP = 50; // pixels between two elements
const registered = new WeakSet();

// Does several changes as one step of undo, and returns what `does` returns.
export function together(modeler, does) {
  const stack = modeler.get("commandStack");
  if (!registered.has(stack)) {
    stack.register("chidao.together", {
      preExecute: (context) => {
        context.result = context.does();
      },
    });
    registered.add(stack);
  }
  const context = { does };
  stack.execute("chidao.together", context);
  return context.result;
}

export const middle = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 });

// What has a place of its own: no line, no name outside its element, no lane.
export const placedIn = (parent) => parent.children.filter((each) => !each.waypoints && !each.labelTarget && !is(each, "bpmn:Lane"));

// Let the library find the way of a line anew, whatever way it took.
export function straighten(modeler, line) {
  modeler.get("modeling").layoutConnection(line, { connectionStart: middle(line.source), connectionEnd: middle(line.target) });
}

function shaped(modeler, target, name, properties) {
  const { type, ...attributes } = target;
  const shape = modeler.get("elementFactory").createShape({ type, ...attributes });
  const word = type === "bpmn:TextAnnotation" ? "text" : "name";
  if (name) shape.businessObject.set(word, name);
  for (const [key, value] of Object.entries(properties ?? {})) shape.businessObject.set(key, value);
  return shape;
}

// Give a new sub-process the start that it needs.
function begun(modeler, shape) {
  if (!is(shape, "bpmn:SubProcess") || is(shape, "bpmn:AdHocSubProcess") || shape.businessObject.triggeredByEvent || !isExpanded(shape)) return;
  modeler.get("modeling").createShape({ type: "bpmn:StartEvent" }, { x: shape.x + 60, y: shape.y + shape.height / 2 }, shape);
}

// Add an element after another, with a flow to it. Returns the new element.
export const addAfter = (modeler, source, target, name, properties) =>
  together(modeler, () => {
    const shape = modeler.get("autoPlace").append(source, shaped(modeler, target, name, properties));
    begun(modeler, shape);
    return shape;
  });

// Put an element into a sequence flow; what comes after moves to the right where there is no room.
export const addInto = (modeler, flow, target, name, properties) =>
  together(modeler, () => {
    const shape = shaped(modeler, target, name, properties);
    const { source, target: next } = flow;
    const from = source.x + source.width;
    const wanted = shape.width + 2 * GAP;
    if (next.x >= from && next.x - from < wanted) makeRoom(modeler, from + 1, wanted - (next.x - from));
    const straight = next.x >= from;
    const position = straight ? { x: from + GAP + shape.width / 2, y: middle(source).y } : longest(flow.waypoints);
    const placed = modeler.get("modeling").createShape(shape, position, flow);
    begun(modeler, placed);
    for (const each of [...placed.incoming, ...placed.outgoing]) straighten(modeler, each);
    return placed;
  });

// The middle of the longest piece of a line: what is dropped there stands on the line.
function longest(points) {
  const pieces = points.slice(1).map((end, index) => ({ start: points[index], end }));
  const [{ start, end }] = pieces.sort((one, other) => length(other) - length(one));
  return { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
}

const length = ({ start, end }) => Math.hypot(end.x - start.x, end.y - start.y);

function makeRoom(modeler, start, width) {
  const root = modeler.get("canvas").getRootElement();
  const all = modeler.get("elementRegistry").filter((element) => element !== root && inRoot(element, root));
  const { movingShapes, resizingShapes } = modeler.get("spaceTool").calculateAdjustments(all, "x", width, start);
  modeler.get("modeling").createSpace(movingShapes, resizingShapes, { x: width, y: 0 }, "e", start);
}

function inRoot(element, root) {
  let parent = element.parent;
  while (parent?.parent) parent = parent.parent;
  return parent === root;
}

// Put an event at the lower edge of an activity, beside those that are there.
export const addAtEdge = (modeler, host, target, name) =>
  together(modeler, () => {
    const taken = host.attachers.length;
    const x = host.x + host.width - 20 - ((taken * 42) % Math.max(host.width - 20, 42));
    return modeler.get("modeling").createShape(shaped(modeler, target, name), { x, y: host.y + host.height }, host, { attach: true });
  });

// Put an element into a pool, a lane, a process or a sub-process, to the right of what is there.
export const addInside = (modeler, container, target, name, properties) =>
  together(modeler, () => {
    const parent = is(container, "bpmn:Lane") ? participantOf(container) : container;
    const shape = shaped(modeler, target, name, properties);
    const placed = modeler.get("modeling").createShape(shape, freePlace(container, parent, shape), parent);
    begun(modeler, placed);
    return placed;
  });

export function participantOf(lane) {
  let found = lane;
  while (is(found, "bpmn:Lane")) found = found.parent;
  return found;
}

function freePlace(container, parent, shape) {
  const bounded = container.width !== undefined;
  const inner = placedIn(parent);
  const near = bounded ? inner.filter((each) => middle(each).y >= container.y && middle(each).y <= container.y + container.height) : inner;
  const left = bounded ? container.x + (is(parent, "bpmn:Participant") ? 80 : 40) : 150;
  const right = Math.max(left - GAP, ...near.map((each) => each.x + each.width));
  const y = bounded ? middle(container).y : near.length ? middle(near[0]).y : 200;
  return { x: right + GAP + shape.width / 2, y };
}

// Move an element into a lane, to where nothing else stands.
export const moveInto = (modeler, shape, lane) =>
  together(modeler, () => {
    const target = participantOf(lane);
    const y = middle(lane).y - shape.height / 2;
    const others = placedIn(target).filter((each) => each !== shape && each.host !== shape);
    let { x } = shape;
    const hit = (each) => x < each.x + each.width + 20 && each.x < x + shape.width + 20 && y < each.y + each.height + 20 && each.y < y + shape.height + 20;
    for (let other = others.find(hit); other; other = others.find(hit)) x = other.x + other.width + GAP;
    modeler.get("modeling").moveElements([shape], { x: x - shape.x, y: y - shape.y }, target);
    return shape;
  });
