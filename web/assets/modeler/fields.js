// Fields of the panel as plain elements: every one has a label of its own; what is typed is taken when the field is left or Enter is pressed.
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "for" || name === "role" || name === "list") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_all, name) => values[name]);

export function button(label, does, className = "btn btn-outline-primary btn-sm") {
  const made = make("button", { type: "button", className, textContent: label });
  made.onclick = does;
  return made;
}

export function group(title, ...fields) {
  const shown = fields.flat().filter(Boolean);
  return shown.length ? make("fieldset", { className: "panel-group" }, make("legend", { textContent: title }), ...shown) : null;
}

function labelled(id, label, input, { hint = "", wrong = "" } = {}) {
  input.id = id;
  const parts = [make("label", { for: id, className: "form-label", textContent: label }), input];
  const told = [];
  if (hint) {
    parts.push(make("p", { id: `${id}-hint`, className: "form-text", textContent: hint }));
    told.push(`${id}-hint`);
  }
  if (wrong) {
    input.setAttribute("aria-invalid", "true");
    input.classList.add("is-invalid");
    parts.push(make("p", { id: `${id}-wrong`, className: "invalid-feedback d-block", textContent: wrong }));
    told.push(`${id}-wrong`);
  }
  if (told.length) input.setAttribute("aria-describedby", told.join(" "));
  return make("div", { className: "panel-field" }, ...parts);
}

export function textField(id, label, value, taken, options = {}) {
  const input = make(options.rows ? "textarea" : "input", { className: "form-control form-control-sm", value: value ?? "", spellcheck: !options.code });
  if (options.rows) input.rows = Math.max(options.rows, Math.min(6, Math.ceil((value ?? "").length / 38)));
  if (options.code) input.classList.add("code");
  if (options.offered?.length) {
    input.setAttribute("list", `${id}-offered`);
  }
  input.onchange = ({ currentTarget: { value: typed } }) => taken(typed.trim() === "" ? undefined : options.rows ? typed.replace(/\s+$/, "") : typed.trim());
  const field = labelled(id, label, input, options);
  if (options.offered?.length) {
    field.append(make("datalist", { id: `${id}-offered` }, ...options.offered.map((each) => make("option", { value: each.value ?? each, label: each.label ?? "" }))));
  }
  return field;
}

// `choices`: [{value, title}]; a value that is not among them is kept and shown
export function choice(id, label, value, choices, taken, options = {}) {
  const input = make("select", { className: "form-select form-select-sm" });
  const known = choices.some((each) => each.value === (value ?? ""));
  for (const each of known ? choices : [...choices, { value, title: value }]) input.append(make("option", { value: each.value, textContent: each.title }));
  input.value = value ?? "";
  input.onchange = ({ currentTarget }) => taken(currentTarget.value === "" ? undefined : currentTarget.value);
  return labelled(id, label, input, options);
}

export function tick(id, label, value, taken) {
  const input = make("input", { type: "checkbox", className: "form-check-input", id, checked: Boolean(value) });
  input.onchange = ({ currentTarget }) => taken(currentTarget.checked);
  return make("div", { className: "form-check panel-field" }, input, make("label", { for: id, className: "form-check-label", textContent: label }));
}

// Bring what is shown to what it should be, leaving in place what is the same: a field that is being used is not taken from under the hand.
export function morph(old, fresh) {
  if (old.nodeName !== fresh.nodeName || old.id !== fresh.id) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  old.onclick = fresh.onclick;
  old.onchange = fresh.onchange;
  const wanted = [...fresh.childNodes];
  const there = [...old.childNodes];
  if (old.nodeName !== "TEXTAREA") {
    there.forEach((child, index) => (wanted[index] ? morph(child, wanted[index]) : child.remove()));
    old.append(...wanted.slice(there.length));
  }
  if ("value" in old && old.nodeName !== "OPTION" && old.nodeName !== "BUTTON" && old.value !== fresh.value) old.value = fresh.value;
  if ("checked" in old) old.checked = fresh.checked;
}
