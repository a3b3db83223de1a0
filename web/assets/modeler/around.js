// What stands around the canvas, in one place: `modules` go into the modeler's additionalModules, `install` is called before the first import.
import * as copy from "./copy.js";
import * as find from "./find.js";
import * as layout from "./layout.js";
import * as outline from "./outline.js";
import * as templates from "./templates.js";
import * as translate from "./translate.js";

export const modules = [translate, find, copy].flatMap((part) => part.modules);

// `page`: {data, said, keep(), check(), select(id)}. Needs #modeler-tools (a row of buttons), #modeler-outline, #modeler.
// Who may only read has the list too, and sees a diagram laid out that has no drawing.
export function install(modeler, page) {
  const parts = page.data.mine ? [layout, find, copy, templates, outline] : [layout, outline];
  for (const part of parts) part.install(modeler, page);
}
