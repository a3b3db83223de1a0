// A diagram without places is laid out when it is opened, which is said; anything drawn can be laid out anew, as one step to undo.
import { middle, placedIn, straighten, together } from "./adding.js";
import { button, filled, place, tell } from "./made.js";
import { boxes, drawn, placed, undrawn } from "./places.js";

const SHAPE = /<(?:\w+:)?BPMNShape\b/;

export function install(modeler, page) {
  const said = page.data.around.said;
  const read = modeler.importXML.bind(modeler);
  modeler.importXML = async (xml, ...more) => {
    const found = await laidOut(xml);
    if (!found) return read(xml, ...more);
    const result = await read(found.xml, ...more);
    if (page.data.mine) bend(modeler);
    tell(found.left ? filled(said.laid_left, { count: found.left }) : said.laid);
    return result;
  };
  if (!page.data.mine) return;
  modeler.get("commandStack").registerHandler("chidao.arrange", Arrange);
  place("modeler-tools").append(button(said.lay_out, () => again(modeler, page)));
}

// What has a drawing is left to the reader, and so is what cannot be read or holds no process: it says what is wrong.
async function laidOut(xml) {
  try {
    const sure = SHAPE.test(xml.slice(xml.lastIndexOf("-->") + 1)); // after the last comment: a large file need not be read twice
    return sure || (await drawn(xml)) ? null : await placed(xml);
  } catch {
    return null;
  }
}

// Let the library find the way of every line between the shapes as they stand.
function bend(modeler) {
  together(modeler, () => {
    for (const line of lines(modeler)) lead(modeler, line);
  });
  modeler.get("commandStack").clear(); // before it is nothing that could be come back to
}

// Lay the open diagram out anew: one step to undo, unless something had no place at all and everything has to be read again.
async function again(modeler, page) {
  const said = page.data.around.said;
  try {
    const { xml } = await modeler.saveXML();
    const laid = await placed(xml);
    const found = await boxes(laid.xml);
    const registry = modeler.get("elementRegistry");
    if (found.some(([id]) => !registry.get(id))) await modeler.importXML(await undrawn(xml));
    else arrange(modeler, found.map(([id, box]) => [registry.get(id), box]));
    page.fit();
    tell(laid.left ? filled(said.laid_left, { count: laid.left }) : said.laid_anew);
  } catch (error) {
    tell(filled(said.failed, { problem: error.message }));
  }
}

function arrange(modeler, found) {
  together(modeler, () => {
    modeler.get("commandStack").execute("chidao.arrange", { found });
    for (const line of lines(modeler)) {
      modeler.get("modeling").updateWaypoints(line, [middle(line.source), middle(line.target)]);
      lead(modeler, line);
    }
  });
}

// A line along its row that would run through what stands between its ends goes below it.
function lead(modeler, line) {
  const { source, target } = line;
  straighten(modeler, line);
  if (line.waypoints.length > 2 || middle(source).y !== middle(target).y) return;
  const between = placedIn(line.parent).filter((each) => each !== source && each !== target && !each.host && through(each, line.waypoints));
  if (!between.length) return;
  const y = Math.max(...[...between, source, target].map((each) => each.y + each.height)) + 20;
  const [from, to] = [middle(source).x, middle(target).x];
  const points = [{ x: from, y: source.y + source.height }, { x: from, y }, { x: to, y }, { x: to, y: target.y + target.height }];
  modeler.get("modeling").updateWaypoints(line, points);
}

const through = ({ x, y, width, height }, [start, end]) => Math.min(start.x, end.x) < x && x + width < Math.max(start.x, end.x) && y < start.y && start.y < y + height;

// The lines between shapes; what is tied to another line keeps its way.
const lines = (modeler) => modeler.get("elementRegistry").filter((each) => each.waypoints && !each.source.waypoints && !each.target.waypoints);

const box = ({ x, y, width, height }) => ({ x, y, width, height });

// Gives shapes their boxes, past the rules for moving by hand: nothing is dropped onto anything, no pool grows.
class Arrange {
  constructor(bpmnUpdater) {
    this.updater = bpmnUpdater;
  }

  execute(context) {
    context.was = context.found.flatMap(([shape]) => [shape, shape.label].filter(Boolean)).map((shape) => [shape, box(shape)]);
    const moved = context.found.flatMap(([shape, to]) => [[shape, to], ...named(shape, to)]);
    return this.give(moved);
  }

  revert(context) {
    return this.give(context.was);
  }

  give(moved) {
    for (const [shape, to] of moved) Object.assign(shape, to);
    for (const [shape] of moved) this.updater.updateBounds(shape);
    return moved.map(([shape]) => shape);
  }
}

Arrange.$inject = ["bpmnUpdater"];

// A name outside its shape goes with it.
const named = (shape, to) => (shape.label ? [[shape.label, { ...box(shape.label), x: shape.label.x + to.x - shape.x, y: shape.label.y + to.y - shape.y }]] : []);
