// Keeps the file on every pause, by edition: what another window kept is never written over, and without a connection nothing is lost.
import { button, fill, make } from "./fields.js";

const PAUSE = 900; // milliseconds without a change
const AGAIN = 8000; // milliseconds until it is tried again

export function keeping({ data, said, current, checked, notices }) {
  const state = document.getElementById("modeler-state");
  let edition = data.edition;
  let token = data.token;
  let keptText = data.text;
  let lastly = state.textContent; // what was said when it was kept last
  let sent = null; // a text whose answer did not come: it may have been kept
  let waiting = 0;
  let going = null;
  let open = false; // something is drawn that is not kept
  let stopped = false; // a newer edition is there: a person decides

  const clock = (moment) => new Date(moment ?? Date.now()).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  const show = (words) => {
    if (state.textContent !== words) state.textContent = words;
  };
  const problem = (words, ...actions) => {
    const note = make("div", { className: "notice notice-bad", role: "alert", id: "keeping-problem" }, make("p", { textContent: words }), ...actions);
    solved();
    notices.before(note);
  };
  const solved = () => document.getElementById("keeping-problem")?.remove();

  async function post(address, body) {
    const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(body) });
    if (answer.status !== 400) return answer;
    const page = new DOMParser().parseFromString(await (await fetch(window.location.href)).text(), "text/html"); // the token is too old: the page has a new one
    const fresh = page.getElementById("modeler-data");
    if (!fresh) return answer;
    token = JSON.parse(fresh.textContent).token;
    return fetch(address, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(body) });
  }

  const newest = async () => (await fetch(`${data.at.text}?${new URLSearchParams({ path: data.path })}`)).json();

  async function taken(answer, text) {
    const kept = await answer.json();
    edition = kept.edition;
    keptText = text;
    sent = null;
    document.getElementById("text-edition").value = edition;
    solved();
    lastly = fill(said.kept, { time: clock() });
    show(lastly);
  }

  async function overtaken(text) {
    const there = await newest();
    if (sent !== null && there.text === sent) { // our own, whose answer was lost
      edition = there.edition;
      keptText = sent;
      sent = null;
      return text === keptText ? true : keepOnce();
    }
    stopped = true;
    show(said.unkept);
    const name = make("input", { className: "form-control form-control-sm", id: "keep-as-path", value: data.path.replace(/(\.bpmn)$/, "_2$1") });
    const label = make("label", { for: "keep-as-path", className: "form-label", textContent: said.other_name });
    problem(fill(said.newer, { time: clock(there.kept_at ?? undefined) }), button(said.load_newer, reload), label, name, button(said.keep_as, () => keepAs(name.value.trim())));
    return false;
  }

  function reload() {
    open = false;
    window.location.reload();
  }

  async function keepAs(path) {
    const answer = await post(data.at.keep, { path, text: await current(), edition: 0 });
    if (!answer.ok) return problem((await answer.json()).problem);
    open = false;
    return window.location.assign(`${data.at.diagram}?${new URLSearchParams({ path })}`);
  }

  async function keepOnce() {
    const text = await current();
    if (text === keptText) { // undone and done again
      open = false;
      solved();
      show(lastly);
      return true;
    }
    show(said.keeping);
    const answer = await post(data.at.keep, { path: data.path, text, edition });
    if (answer.ok && !answer.redirected) {
      await taken(answer, text);
      open = (await current()) !== text;
      return true;
    }
    if (answer.status === 409) return overtaken(text);
    show(said.unkept);
    problem(answer.status === 422 ? (await answer.json()).problem : said.signed_out, button(said.keep_now, () => keep()));
    return false;
  }

  // Keeps what is drawn now; tells whether it is kept. One at a time.
  async function keep() {
    clearTimeout(waiting);
    if (stopped || !data.mine) return false;
    if (going) await going;
    going = keepOnce().catch(async () => {
      sent = await current();
      show(said.unkept);
      problem(said.offline, button(said.keep_now, () => keep()));
      waiting = setTimeout(keep, AGAIN);
      return false;
    });
    try {
      return await going;
    } finally {
      going = null;
    }
  }

  let pause = PAUSE;
  function changed() {
    if (!data.mine) return;
    open = true;
    show(said.unkept);
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const began = performance.now();
      await Promise.all([keep(), checked()]);
      pause = Math.max(PAUSE, 2 * (performance.now() - began));
    }, pause);
  }

  window.addEventListener("online", () => open && keep());
  window.addEventListener("beforeunload", (event) => {
    if (open) event.preventDefault();
  });
  return { keep, changed, post };
}
