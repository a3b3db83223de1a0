// The history is carried away while it is being written: nobody knows before how large the file is, so its lines are counted, about one for
// each record. Without this the browser carries it away by itself, and shows what it can.
const LINE = 10; // the byte that ends one
const HEAD = 20; // lines before the first record: until they are passed, the history is being read and nothing can be counted
const figure = new Intl.NumberFormat("vi-VN");

function put(page) {
  const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("main");
  document.querySelector("main").replaceWith(fresh);
  return fresh;
}

function say(main, text) {
  const line = main.querySelector("#export-said");
  line.textContent = text;
  line.focus();
}

async function carry(answer, form) {
  const all = Number(answer.headers.get("X-Chidao-Records"));
  const bar = form.querySelector("#export-bar");
  const line = form.querySelector("#export-said");
  const parts = [];
  let done = 0;
  bar.hidden = false;
  line.textContent = form.dataset.reading.replace("{all}", figure.format(all));
  for await (const part of answer.body) {
    parts.push(part);
    for (const byte of part) done += byte === LINE;
    done = Math.min(done, all);
    if (done > HEAD) bar.value = all ? done / all : 1;
    line.textContent = (done > HEAD ? form.dataset.working : form.dataset.reading).replace("{done}", figure.format(done)).replace("{all}", figure.format(all));
  }
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type: answer.headers.get("Content-Type") }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return form.dataset.ready.replace("{name}", name).replace("{all}", figure.format(all));
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-export]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (!answer.headers.has("X-Chidao-Records")) {
      put(await answer.text()).querySelector("[role=alert]")?.scrollIntoView({ block: "center" });
      return;
    }
    const ready = await carry(answer, form);
    say(put(await (await fetch(form.action)).text()), ready); // what was taken out is listed now, and the form can be sent anew
  } catch {
    say(document, form.dataset.broken);
    button.disabled = false;
  }
});
