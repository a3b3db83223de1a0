// The words of bpmn-js in the language of the page. The catalogue is vi.json; what it lacks stays English and is named in the console.
import words from "./vi.json";

const named = new Set();
const vietnamese = () => document.documentElement.lang !== "en";

function lacks(text) {
  if (!text || text in words || named.has(text)) return;
  named.add(text);
  console.warn(`Expected the Vietnamese of "${text}" in vi.json, but found none.`);
}

function translate(text, values = {}) {
  if (vietnamese()) lacks(text);
  const found = vietnamese() ? (words[text] ?? text) : text;
  return found.replace(/\{([^}]+)\}/g, (whole, name) => values[name] ?? whole);
}

export const modules = [{ translate: ["value", translate] }];
