// On the task page: what is typed is saved as a draft, and fields that do not apply step aside. Everything works without it.
const form = document.getElementById("task-form");
const QUIET = 2000; // milliseconds without typing before a draft is saved
const AGAIN = 10000; // until another try when it could not be saved

function value(name) {
  const controls = [...form.elements].filter((each) => each.name === name && each.type !== "hidden");
  const chosen = controls.find((each) => (each.type === "radio" || each.type === "checkbox" ? each.checked : true));
  return chosen ? chosen.value : "";
}

// A field in which something stands stays: nothing is handed in that nobody sees.
function isEmpty(part) {
  return [...part.querySelectorAll("input:not([type=hidden]), select, textarea")].every((each) =>
    each.type === "radio" || each.type === "checkbox" ? !each.checked : !each.value.trim());
}

function stepAside() {
  for (const part of form.querySelectorAll("[data-when]")) {
    const applies = Object.entries(JSON.parse(part.dataset.when)).every(([name, values]) => values.includes(value(name)));
    part.classList.toggle("does-not-apply", !applies && isEmpty(part));
  }
}

function saving() {
  const line = document.getElementById("saved");
  let timer = 0;
  let dirty = false;
  let sending = false;

  const say = (text, unsaved) => {
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("is-unsaved", unsaved);
  };
  const typed = () => {
    const data = new FormData(form);
    for (const [name, each] of [...data.entries()]) if (each instanceof File) data.delete(name);
    data.delete("do");
    return data;
  };
  // After signing in again elsewhere the page's token is another one: the page itself knows it.
  const renew = async () => {
    const answer = await fetch(location.pathname, { redirect: "manual" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#task-form input[name=csrf_token]");
    if (fresh) for (const each of document.querySelectorAll("input[name=csrf_token]")) each.value = fresh.value;
  };
  const save = async () => {
    clearTimeout(timer);
    if (!dirty || sending) return;
    sending = true;
    dirty = false;
    try {
      const answer = await fetch(form.dataset.save, { method: "POST", body: typed(), redirect: "manual", headers: { Accept: "application/json" } });
      if (!answer.ok) {
        dirty = true;
        const ended = answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 400;
        say(ended ? form.dataset.expired : form.dataset.unsaved, true);
        if (ended) await renew();
      } else {
        say((await answer.json()).saved, false);
      }
    } catch {
      dirty = true;
      say(form.dataset.unsaved, true);
    }
    sending = false;
    if (dirty) timer = setTimeout(save, AGAIN);
  };
  const changed = () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, QUIET);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  addEventListener("online", save);
  addEventListener("pagehide", () => {
    if (dirty) fetch(form.dataset.save, { method: "POST", body: typed(), keepalive: true }).catch(() => {});
  });
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) {
      event.preventDefault();
      say(form.dataset.offline, true);
      line.scrollIntoView({ block: "center" });
      return;
    }
    dirty = false;
    clearTimeout(timer);
  });
}

if (form) {
  stepAside();
  form.addEventListener("change", stepAside);
  if (document.getElementById("saved")) saving();
  const problem = document.getElementById("problem");
  if (problem) problem.focus();
  else if (location.hash) document.getElementById(location.hash.slice(1))?.focus();
}
