// Finding an element by its name or id, written with or without marks, and the small map of the whole diagram.
import MinimapModule from "diagram-js-minimap";
import search from "diagram-js/lib/features/search/search";
import "diagram-js-minimap/assets/diagram-js-minimap.css";

import { button, folded, place } from "./made.js";

// The library finds in the folded texts; what it shows is cut from the texts as they are.
function searchFolded(items, pattern, options) {
  const { keys } = options;
  const given = new Map();
  const plain = items.map((item) => {
    const copy = { ...item };
    for (const key of keys) copy[key] = folded(item[key] ?? "");
    given.set(copy, item);
    return copy;
  });
  return search(plain, folded(pattern), options).map(({ item, tokens }) => {
    const whole = given.get(item);
    return { item: whole, tokens: Object.fromEntries(Object.entries(tokens).map(([key, found]) => [key, asWritten(found, whole[key] ?? "")])) };
  });
}

function asWritten(tokens, text) {
  const letters = [...text.normalize("NFC")];
  let at = 0;
  return tokens.map((token) => {
    const length = [...token.value].length;
    const value = letters.slice(at, at + length).join("");
    at += length;
    return { ...token, value };
  });
}

export const modules = [MinimapModule, { search: ["value", searchFolded] }];

export function install(modeler, page) {
  const said = page.data.around.said;
  const tools = place("modeler-tools");
  tools.append(button(said.find, (event) => open(modeler, event), { "aria-keyshortcuts": "Control+F" }), mapButton(modeler, said));
}

function open(modeler, event) {
  event.stopPropagation(); // a click anywhere else closes what it opens
  modeler.get("searchPad").toggle();
}

// The library's own toggle is a <div> outside the tab order; ours does the same and says its state.
function mapButton(modeler, said) {
  const made = button(said.map, () => modeler.get("minimap").toggle(), { "aria-pressed": "false" });
  modeler.on("minimap.toggle", ({ open }) => made.setAttribute("aria-pressed", String(open)));
  return made;
}
