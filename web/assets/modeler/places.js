// Places for a diagram without diagram interchange: columns and rows by bpmn-auto-layout, process by process; pools, lanes and what the
// library does not know (memos, message flows) are put around them here. Groups are not drawn: they need a place that only a person knows.
import { layoutProcess } from "bpmn-auto-layout";
import { BpmnModdle } from "bpmn-moddle";

const ROW = 140; // the library's cell
const MARGIN = { right: 60, bottom: 30 };
const HEAD = 30; // the strip with the name of a pool or a lane
const BETWEEN = 40;

const kind = (object, type) => object?.$instanceOf?.(type) ?? false;

// True when something of the text has a place in a drawing.
export async function drawn(xml) {
  const { rootElement } = await new BpmnModdle().fromXML(xml);
  return (rootElement.diagrams ?? []).some((diagram) => diagram.plane?.planeElement?.length);
}

// Return {xml, left}: the diagram with new places for everything, and how many elements have none. Raises what the readers raise.
export async function placed(xml) {
  const moddle = new BpmnModdle();
  const { rootElement: definitions } = await moddle.fromXML(xml);
  const pools = (definitions.get("rootElements").find((each) => kind(each, "bpmn:Collaboration")) ?? {}).participants ?? [];
  const processes = definitions.get("rootElements").filter((each) => kind(each, "bpmn:Process"));
  const drawing = new Drawing(moddle, definitions);
  let top = 80;
  for (const process of processes) {
    const pool = pools.find((each) => each.processRef === process);
    if (pools.length && !pool) continue; // stands in no pool: cannot be shown beside pools
    top += drawing.process(process, pool, await columns(xml, process.id), top) + BETWEEN;
  }
  for (const pool of pools.filter((each) => !each.processRef)) {
    drawing.shape(pool, { x: 160, y: top, width: 600, height: 60 }, { isHorizontal: true });
    top += 60 + BETWEEN;
  }
  drawing.lines();
  definitions.diagrams = drawing.diagrams();
  return { xml: (await moddle.toXML(definitions, { format: true })).xml, left: drawing.unplaced };
}

// Return {id → {x, y, width, height}} of the elements of one process, and of sub-processes {id of the plane → the same}.
async function columns(xml, id) {
  const moddle = new BpmnModdle();
  const { rootElement: definitions } = await moddle.fromXML(xml);
  const process = definitions.get("rootElements").find((each) => each.id === id);
  for (const { plane } of definitions.diagrams ?? []) plane.planeElement = (plane.planeElement ?? []).filter((each) => stands(each.bpmnElement, process));
  definitions.rootElements = [process, ...definitions.get("rootElements").filter((each) => !kind(each, "bpmn:Process") && !kind(each, "bpmn:Collaboration"))];
  for (const node of [process, ...flat(process)]) joined(node);
  opened(moddle, definitions, process);
  const laid = await new BpmnModdle().fromXML(await layoutProcess((await moddle.toXML(definitions)).xml));
  const shapes = laid.rootElement.diagrams.flatMap(({ plane }) => plane.planeElement ?? []).filter((each) => each.bounds && each.bpmnElement);
  const open = new Set(shapes.filter((each) => each.isExpanded).map((each) => each.bpmnElement));
  const planes = {};
  for (const { bpmnElement, bounds, isExpanded } of shapes.filter((each) => !kind(each.bpmnElement, "bpmn:DataObject"))) {
    const sheet = (planes[sheetOf(bpmnElement, open).id] ??= {});
    sheet[bpmnElement.id] = { x: bounds.x, y: bounds.y, width: bounds.width, height: bounds.height, isExpanded };
  }
  return planes;
}

// The process or the closed sub-process on whose sheet an element is drawn.
function sheetOf(element, open) {
  let found = element.$parent;
  while (open.has(found)) found = found.$parent;
  return found;
}

// A sub-process that was never drawn is drawn open; the library reads that from the drawing.
function opened(moddle, definitions, process) {
  const known = new Set((definitions.diagrams ?? []).flatMap(({ plane }) => plane.planeElement ?? []).map((each) => each.bpmnElement));
  const planeElement = flat(process)
    .filter((each) => kind(each, "bpmn:SubProcess") && !known.has(each))
    .map((each) => moddle.create("bpmndi:BPMNShape", { id: `${each.id}_di`, bpmnElement: each, isExpanded: true, bounds: moddle.create("dc:Bounds", { x: 0, y: 0, width: 1, height: 1 }) }));
  const plane = moddle.create("bpmndi:BPMNPlane", { id: "opened", bpmnElement: process, planeElement });
  definitions.diagrams = [...(definitions.diagrams ?? []), moddle.create("bpmndi:BPMNDiagram", { id: "opened_diagram", plane })];
}

// The library follows what nodes say of their flows, which files may leave out; a flow that leads from or to nothing stops it.
function joined(container) {
  if (container.flowElements) container.flowElements = container.flowElements.filter((each) => !kind(each, "bpmn:SequenceFlow") || (each.sourceRef && each.targetRef));
  for (const flow of (container.flowElements ?? []).filter((each) => kind(each, "bpmn:SequenceFlow"))) {
    if (!flow.sourceRef?.get("outgoing").includes(flow)) flow.sourceRef?.get("outgoing").push(flow);
    if (!flow.targetRef?.get("incoming").includes(flow)) flow.targetRef?.get("incoming").push(flow);
  }
}

function stands(object, process) {
  let parent = object;
  while (parent && parent !== process) parent = parent.$parent;
  return Boolean(parent);
}

// Return [id, {x, y, width, height}] of every shape of a text.
export async function boxes(xml) {
  const { rootElement } = await new BpmnModdle().fromXML(xml);
  const shapes = rootElement.diagrams.flatMap(({ plane }) => plane.planeElement ?? []).filter((each) => each.bounds && each.bpmnElement);
  return shapes.map(({ bpmnElement, bounds }) => [bpmnElement.id, { x: bounds.x, y: bounds.y, width: bounds.width, height: bounds.height }]);
}

// The diagram without its drawing.
export async function undrawn(xml) {
  const moddle = new BpmnModdle();
  const { rootElement } = await moddle.fromXML(xml);
  rootElement.diagrams = [];
  return (await moddle.toXML(rootElement, { format: true })).xml;
}

class Drawing {
  constructor(moddle, definitions) {
    this.moddle = moddle;
    this.definitions = definitions;
    this.boxes = new Map(); // object → its box in the main plane or in that of its sub-process
    this.main = [];
    this.planes = [];
    this.links = new Map(); // line → [source, target, sheet]
    this.unplaced = 0;
  }

  // Draw a process at `top`; returns its height.
  process(process, pool, planes, top) {
    const boxes = planes[process.id] ?? {};
    const nodes = flat(process).filter((each) => boxes[each.id]);
    const inLanes = lanesOf(process);
    const area = inLanes.length ? banded(inLanes, process, nodes, boxes) : { height: grounded(nodes, boxes), bands: [] };
    const inset = pool ? { x: 160 + HEAD + (inLanes.length ? HEAD : 0), y: top } : { x: 160, y: top };
    const width = Math.max(300, ...nodes.map((each) => boxes[each.id].x + boxes[each.id].width)) + MARGIN.right;
    if (pool) this.shape(pool, { x: 160, y: top, width: width + inset.x - 160, height: area.height }, { isHorizontal: true });
    for (const { lane, y, height, depth } of area.bands) {
      const x = 160 + HEAD * (depth + 1);
      this.shape(lane, { x, y: top + y, width: width + inset.x - x, height }, { isHorizontal: true });
    }
    for (const node of nodes) {
      const box = boxes[node.id];
      this.shape(node, { ...box, x: box.x + inset.x, y: box.y + inset.y }, kind(node, "bpmn:SubProcess") ? { isExpanded: Boolean(box.isExpanded) } : {});
    }
    this.memos(process, top);
    this.inside(process, planes);
    return area.height;
  }

  // Sub-processes are laid out on sheets of their own, behind the sign on their shape.
  inside(process, planes) {
    for (const each of flat(process).filter((node) => kind(node, "bpmn:SubProcess") && planes[node.id])) {
      const sheet = [];
      const boxes = planes[each.id];
      for (const node of flat(each).filter((inner) => boxes[inner.id])) {
        this.shape(node, { ...boxes[node.id], x: boxes[node.id].x + 160, y: boxes[node.id].y + 80 }, kind(node, "bpmn:SubProcess") ? { isExpanded: false } : {}, sheet);
      }
      this.planes.push([each, sheet]);
      this.flows(each, sheet);
    }
    this.flows(process, this.main);
  }

  flows(container, sheet) {
    for (const scope of [container, ...expandedIn(container, this.boxes)]) {
      for (const each of [...(scope.flowElements ?? []), ...(scope.artifacts ?? [])]) {
        if (kind(each, "bpmn:SequenceFlow") || kind(each, "bpmn:Association")) this.link(each, sheet);
      }
    }
  }

  link(line, sheet) {
    if (!this.links.has(line)) this.links.set(line, [line.sourceRef, line.targetRef, sheet]);
  }

  memos(process, top) {
    let x = 200;
    for (const memo of (process.artifacts ?? []).filter((each) => kind(each, "bpmn:TextAnnotation"))) {
      this.shape(memo, { x, y: top - 70, width: 160, height: 50 });
      x += 180;
    }
    this.unplaced += (process.artifacts ?? []).filter((each) => kind(each, "bpmn:Group")).length;
  }

  shape(object, { x, y, width, height }, says = {}, sheet = this.main) {
    const bounds = this.moddle.create("dc:Bounds", { x: Math.round(x), y: Math.round(y), width, height });
    sheet.push(this.moddle.create("bpmndi:BPMNShape", { id: `${object.id}_di`, bpmnElement: object, bounds, ...says }));
    this.boxes.set(object, { x, y, width, height, isExpanded: Boolean(says.isExpanded) });
  }

  // Plain ways: the modeler finds better ones (`layout.js`) when it has the shapes.
  lines() {
    for (const each of this.definitions.get("rootElements").filter((root) => kind(root, "bpmn:Collaboration"))) {
      for (const flow of each.messageFlows ?? []) this.link(flow, this.main);
    }
    for (const [link, [source, target, sheet]] of this.links) {
      const ends = [source, target].map((each) => this.boxes.get(each));
      if (ends.includes(undefined)) {
        this.unplaced += 1;
        continue;
      }
      const waypoint = way(...ends).map(({ x, y }) => this.moddle.create("dc:Point", { x: Math.round(x), y: Math.round(y) }));
      sheet.push(this.moddle.create("bpmndi:BPMNEdge", { id: `${link.id}_di`, bpmnElement: link, waypoint }));
    }
  }

  diagrams() {
    const collaboration = this.definitions.get("rootElements").find((each) => kind(each, "bpmn:Collaboration"));
    const process = this.definitions.get("rootElements").find((each) => kind(each, "bpmn:Process"));
    return [[collaboration ?? process, this.main], ...this.planes].map(([object, planeElement]) => {
      const plane = this.moddle.create("bpmndi:BPMNPlane", { id: `plane_${object.id}`, bpmnElement: object, planeElement });
      return this.moddle.create("bpmndi:BPMNDiagram", { id: `diagram_${object.id}`, plane });
    });
  }
}

// From side to side where the end is to the right, else from the upper to the lower one, or below both in one row.
function way(from, to) {
  const [a, b] = [from, to].map(({ x, y, width, height }) => ({ left: x, right: x + width, top: y, bottom: y + height, x: x + width / 2, y: y + height / 2 }));
  if (b.left >= a.right) {
    const x = (a.right + b.left) / 2;
    return a.y === b.y ? [{ x: a.right, y: a.y }, { x: b.left, y: b.y }] : [{ x: a.right, y: a.y }, { x, y: a.y }, { x, y: b.y }, { x: b.left, y: b.y }];
  }
  const [start, y, end] =
    b.top > a.bottom ? [a.bottom, (a.bottom + b.top) / 2, b.top] : b.bottom < a.top ? [a.top, (a.top + b.bottom) / 2, b.bottom] : [a.bottom, Math.max(a.bottom, b.bottom) + 20, b.bottom];
  return [{ x: a.x, y: start }, { x: a.x, y }, { x: b.x, y }, { x: b.x, y: end }];
}

// The nodes of a container and those in its expanded sub-processes.
function flat(container) {
  return (container.flowElements ?? []).filter((each) => !kind(each, "bpmn:SequenceFlow") && !kind(each, "bpmn:DataObject")).flatMap((each) => (kind(each, "bpmn:SubProcess") ? [each, ...flat(each)] : [each]));
}

const expandedIn = (container, boxes) => flat(container).filter((each) => kind(each, "bpmn:SubProcess") && boxes.get(each)?.isExpanded);

const lanesOf = (process) => (process.laneSets ?? []).flatMap((set) => leaves(set.lanes ?? [], 0));

// The lanes that hold elements, each with how deep it lies; those around others come first.
function leaves(lanes, depth) {
  return lanes.flatMap((lane) => [{ lane, depth, inner: lane.childLaneSet?.lanes?.length ?? 0 }, ...leaves(lane.childLaneSet?.lanes ?? [], depth + 1)]);
}

// Put the rows of each lane together, lane under lane; what stands in or at an element goes with it. Changes `boxes`; returns the bands.
function banded(lanes, process, nodes, boxes) {
  const bands = [];
  const ends = lanes.filter(({ inner }) => !inner);
  const own = (node) => ends.findLast(({ lane }) => lane.flowNodeRef?.includes(node));
  const before = (node) => flowsOf(process).find(({ targetRef }) => targetRef === node)?.sourceRef;
  const home = (node) => own(node) ?? own(before(node)) ?? own(before(node)?.attachedToRef) ?? ends[0];
  const outer = nodes.filter((node) => node.$parent === process && !node.attachedToRef);
  const shift = new Map();
  let y = 0;
  for (const found of ends) {
    const held = outer.filter((node) => home(node) === found);
    const rows = [...new Set(held.flatMap((node) => rowsOf(boxes[node.id])))].sort((a, b) => a - b);
    for (const node of held) {
      const [first] = rowsOf(boxes[node.id]);
      shift.set(node, y + (rows.indexOf(first) - first) * ROW);
    }
    const height = Math.max(1, rows.length) * ROW;
    bands.push({ ...found, y, height });
    y += height;
  }
  for (const node of nodes) boxes[node.id].y += shift.get(carrier(node, process)) ?? 0;
  for (const around of lanes.filter(({ inner }) => inner).reverse()) bands.push(surrounding(around, bands));
  return { height: y, bands };
}

const flowsOf = (process) => (process.flowElements ?? []).filter((each) => kind(each, "bpmn:SequenceFlow"));

// The element of the process that carries a node: the host of an event, the sub-process around an element.
function carrier(node, process) {
  let found = node;
  while (found.$parent !== process || found.attachedToRef) found = found.attachedToRef ?? found.$parent;
  return found;
}

function rowsOf({ y, height }) {
  const first = Math.floor(y / ROW);
  return Array.from({ length: Math.floor((y + height - 1) / ROW) - first + 1 }, (_each, number) => first + number);
}

function surrounding(around, bands) {
  const inner = bands.filter(({ lane }) => around.lane.childLaneSet.lanes.includes(lane));
  const y = Math.min(...inner.map((band) => band.y));
  return { ...around, y, height: Math.max(...inner.map((band) => band.y + band.height)) - y };
}

// Without lanes: the height that the rows take.
const grounded = (nodes, boxes) => Math.max(ROW, ...nodes.map((each) => boxes[each.id].y + boxes[each.id].height)) + MARGIN.bottom;
