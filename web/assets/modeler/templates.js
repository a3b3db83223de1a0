// Calls of the shared processes, to be put into a diagram ready-made.
export function install() {}
