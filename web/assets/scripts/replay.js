// The slider of a case's steps: a step is fetched as a page of its own, so that the address, the look that is recorded and what stands there are those of the page.
const form = document.getElementById("slide");
const slider = document.getElementById("step");
const PARTS = ["replay-now", "replay-ways", "replay-near", "replay-diagrams", "elements"];
let wanted = "";

document.getElementById("slide-show").hidden = true; // the slider itself shows the step

const said = document.getElementById("step-said");
const words = said.textContent.replace(slider.value, "{}"); // "12 of 48" → "{} of 48"
slider.addEventListener("input", () => {
  said.textContent = words.replace("{}", slider.value);
});

async function show(address) {
  wanted = address;
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (wanted !== address) return; // the slider has gone on meanwhile
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById("replay-now");
  const here = document.getElementById("replay-now");
  if (!answer.ok || !now || now.dataset.version !== here.dataset.version || now.dataset.process !== here.dataset.process) {
    location.assign(address); // another drawing, or somebody who is not signed in any more
    return;
  }
  for (const id of PARTS) {
    const part = page.getElementById(id);
    if (part) document.getElementById(id)?.replaceWith(document.importNode(part, true));
  }
  history.replaceState(null, "", address);
  const { stands } = JSON.parse(page.getElementById("diagram-data").textContent);
  document.dispatchEvent(new CustomEvent("chidao:stands", { detail: stands }));
}

slider.addEventListener("change", () => {
  show(`${location.pathname}?${new URLSearchParams(new FormData(form))}`).catch(() => form.submit());
});
