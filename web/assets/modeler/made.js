// Elements of a page, made in one expression: made("button", {type: "button", onclick: f}, "text", child …).
export function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const button = (label, onclick, attributes = {}) =>
  made("button", { type: "button", class: "btn btn-outline-primary btn-sm", onclick, ...attributes }, label);

// Fills the places of a sentence: filled("Added {name}.", {name: "Ký"}).
export const filled = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// A place of the page by its id; made after the canvas when the page has none.
export function place(id, tag = "div") {
  return document.getElementById(id) ?? document.querySelector("main").appendChild(made(tag, { id }));
}

// What an act has done: read aloud, and shown above the drawing until the next one.
export function tell(text) {
  const shown = document.getElementById("modeler-told") ?? document.getElementById("modeler").insertAdjacentElement("beforebegin", made("p", { id: "modeler-told", role: "status" }));
  shown.textContent = text;
}

// Letters without their marks, one for one, so that places in the text stay the same: "Đăng ký" → "dang ky".
export const folded = (text) =>
  [...text.normalize("NFC").toLowerCase()].map((letter) => (letter === "đ" ? "d" : letter.normalize("NFD")[0])).join("");
