// Parameters of operations and messages: name and expression, one row each.
import { button, make, textField } from "./fields.js";

// `wanted`: what the operation is known to take, [{name, example, free}]
export function parameterFields({ element, about, said, does }, wanted) {
  const given = (about.extensionElements?.values ?? []).filter((each) => each.$type === "chidao:Parameter").map(({ name, value }) => ({ name, value }));
  const change = (list) => does.setParameters(element, about, list);
  const replaced = (index, one) => change(given.map((each, at) => (at === index ? one : each)).filter(Boolean));
  const rows = given.map(({ name, value }, index) => {
    const known = wanted.some((each) => each.name === name);
    const row = make("div", { className: "parameter" });
    if (!known) row.append(textField(`p-parameter-${index}-name`, said.parameter, name, (typed) => replaced(index, { name: typed ?? "", value }), { code: true }));
    const remove = button(said.remove, () => replaced(index, null), "link-button");
    remove.setAttribute("aria-label", `${said.remove}: ${name}`);
    row.append(textField(`p-parameter-${index}`, known ? name : said.value, value, (typed) => replaced(index, { name, value: typed ?? "" }), { code: true }), remove);
    return row;
  });
  const missing = wanted.filter(({ name }) => !given.some((each) => each.name === name));
  const more = missing.map(({ name, example }) => button(`+ ${name}`, () => change([...given, { name, value: example }])));
  const another = button(`+ ${said.another}`, () => change([...given, { name: `value_${given.length + 1}`, value: "null" }]), "link-button");
  return [make("h3", { className: "h6", textContent: said.parameters }), ...rows, make("div", { className: "panel-row" }, ...more, another)];
}
