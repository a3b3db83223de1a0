// Places and lines for a diagram that has none, or that asks for new ones.
export function install() {}
