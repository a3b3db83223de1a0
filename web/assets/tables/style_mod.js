// In the place of style-mod, by which CodeMirror (the cells of dmn-js) brings its styles: a sheet of the document's own, since the policy of our pages
// (UI.md 5) lets no <style> in. What is asked last is put last, as the package does.
import { StyleModule as Written } from "../node_modules/style-mod/src/style-mod.js";

const mounted = new Map(); // document → its sheet and the modules in it

export class StyleModule extends Written {
  static mount(root, modules) {
    const page = root.ownerDocument ?? root;
    if (!mounted.has(page)) {
      mounted.set(page, { sheet: new CSSStyleSheet(), modules: new Set() });
      page.adoptedStyleSheets = [mounted.get(page).sheet, ...page.adoptedStyleSheets];
    }
    const known = mounted.get(page);
    const before = known.modules.size;
    for (const each of [modules].flat()) known.modules.add(each);
    if (known.modules.size > before) known.sheet.replaceSync([...known.modules].map((each) => each.getRules()).join("\n"));
  }
}
