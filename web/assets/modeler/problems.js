// What is wrong with what is drawn, said by the check that deploys: signs on the elements, and a list in which each leads to its element.
import { fill, make } from "./fields.js";

const SIGN = { error: "✕", warning: "⚠" };

export function problems({ data, said, post, current, jump, nameOf, modeler }) {
  const list = document.getElementById("problems");
  const count = document.getElementById("problems-count");
  let asked = 0;
  let marked = [];

  async function check() {
    const mine = (asked += 1);
    const text = await current();
    let answer = null;
    try {
      answer = await post(data.at.check, { path: data.path, text });
    } catch {
      answer = null;
    }
    if (mine !== asked) return []; // a newer check is on its way
    if (!answer?.ok) {
      count.textContent = said.unchecked;
      return [];
    }
    const { findings } = await answer.json();
    show(findings);
    return findings;
  }

  function show(findings) {
    const own = findings.filter(({ file }) => file === data.path).sort(weight);
    const others = findings.filter(({ file }) => file !== data.path).sort(weight);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    const counted = findings.length ? fill(said.counted, { errors, warnings: findings.length - errors }) : said.no_problems;
    if (count.textContent !== counted) count.textContent = counted;
    const verdict = make("p", { className: "quiet", textContent: errors ? said.refused : said.deploys });
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.at : null;
    list.replaceChildren(verdict, listed(own));
    if (others.length) list.append(make("details", { className: "panel-more" }, make("summary", { textContent: `${said.elsewhere} (${others.length})` }), listed(others)));
    if (focused) list.querySelector(`[data-at="${CSS.escape(focused)}"]`)?.focus();
    mark(own);
  }

  const listed = (findings) => make("ol", { className: "plain" }, ...findings.map(line));

  function line(finding) {
    const { element, rule, severity, message, line: number, file } = finding;
    const [, title] = data.choices.rules[rule] ?? [severity, rule];
    const place = file === data.path ? nameOf(element) || (number ? fill(said.line, { line: number }) : "") : `${file}${number ? `:${number}` : ""}`;
    const words = make("span", { className: `problem-${severity}`, textContent: `${SIGN[severity]} ${said[severity]}` });
    const go = make("button", { type: "button", className: "link-button problem-go" }, words, `: ${message}${place && !message.includes(place) ? ` – ${place}` : ""}`);
    go.setAttribute("data-at", `${rule} ${element} ${number}`);
    go.addEventListener("click", () => (file === data.path ? jump(finding) : window.open(`${data.at.diagram}?${new URLSearchParams({ path: file, element: element ?? "" })}`)));
    const more = make("a", { href: data.at.rule.replace("RULE", rule), target: "_blank", rel: "noopener", textContent: said.explain });
    more.setAttribute("aria-label", `${said.explain}: ${title}`);
    return make("li", {}, go, " ", more);
  }

  function mark(findings) {
    if (!modeler) return;
    const canvas = modeler.get("canvas");
    const overlays = modeler.get("overlays");
    const elements = modeler.get("elementRegistry");
    for (const { id, marker } of marked) if (elements.get(id)) canvas.removeMarker(id, marker);
    overlays.remove({ type: "problem" });
    marked = [];
    const worst = new Map();
    for (const { element, severity } of findings) if (elements.get(element)) worst.set(element, worst.get(element) === "error" ? "error" : severity);
    for (const [id, severity] of worst) {
      marked.push({ id, marker: `has-${severity}` });
      canvas.addMarker(id, `has-${severity}`);
      if (elements.get(id) === canvas.getRootElement()) continue;
      const sign = make("span", { className: `case-sign problem-${severity}`, textContent: SIGN[severity], title: said[severity] });
      overlays.add(id, "problem", { position: { top: -12, right: 14 }, scale: { min: 1 }, html: sign });
    }
  }
  return { check };
}

const weight = (one, other) => (one.severity === other.severity ? 0 : one.severity === "error" ? -1 : 1);
