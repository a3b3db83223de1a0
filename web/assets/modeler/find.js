// Finding an element by its name, and the small map of the whole diagram.
export const modules = [];
export function install() {}
