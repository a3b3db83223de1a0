// What is offered is what runs: the rest of BPMN is left out of palette and menus (the table of engine/definitions/README.md).
const NEVER = /compensation|complex-gateway|data-store|multiple/;
const AT_THE_START = /^replace-with-(timer|conditional)-start$/; // no process begins itself (rule self_start)
const MENUS = ["bpmn-replace", "bpmn-append", "bpmn-create"];

export function restrict(modeler, where) {
  modeler.get("palette").registerProvider(500, { getPaletteEntries: () => (entries) => kept(entries, (id) => !NEVER.test(id)) });
  const top = (target) => target?.businessObject?.$type === "bpmn:StartEvent" && target.businessObject.$parent?.$type === "bpmn:Process";
  const offered = (target) => (id) => !NEVER.test(id) && !(top(target) && AT_THE_START.test(id));
  for (const menu of MENUS) {
    modeler.get("popupMenu").registerProvider(menu, 500, { getPopupMenuEntries: (target) => (entries) => kept(entries, offered(target)) });
  }
  // an element that becomes one of another kind keeps only what is read there (rule vocabulary)
  modeler.get("eventBus").on("moddleCopy.canCopyProperty", ({ propertyName, parent }) => {
    const property = parent?.$descriptor?.propertiesByName[propertyName];
    const read = property?.ns.prefix === "chidao" ? where[property.ns.localName] : null;
    const kind = parent?.$type?.slice(5);
    return read && kind && !read.includes(kind[0].toLowerCase() + kind.slice(1)) ? false : undefined;
  });
}

const kept = (entries, wanted) => Object.fromEntries(Object.entries(entries).filter(([id]) => wanted(id)));
