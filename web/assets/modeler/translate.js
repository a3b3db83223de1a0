// The words of bpmn-js in the language of the page; the catalogue is vi.json.
export const modules = [];
export function install() {}
