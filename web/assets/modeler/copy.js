// Copy and paste between diagrams, tabs and windows.
export const modules = [];
export function install() {}
