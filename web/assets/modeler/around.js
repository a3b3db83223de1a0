// What stands around the canvas, in one place: `modules` go into the modeler's additionalModules, `install` is called before the first import.
import * as copy from "./copy.js";
import * as find from "./find.js";
import * as layout from "./layout.js";
import * as outline from "./outline.js";
import * as templates from "./templates.js";
import * as translate from "./translate.js";

export const modules = [translate, find, copy].flatMap((part) => part.modules);

// `page`: {data, said, keep(), check(), select(id)}. Needs #modeler-tools (a row of buttons), #modeler-outline, #modeler.
export function install(modeler, page) {
  for (const part of [layout, find, copy, templates, outline]) part.install(modeler, page);
}
