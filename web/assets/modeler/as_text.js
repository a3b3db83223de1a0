// The file as text: for what cannot be drawn, and for whoever wants to see it. Lines named by problems are jumped to.
export function asText({ data, drawn, keep }) {
  const place = document.getElementById("as-text");
  const area = document.getElementById("text");
  const form = document.getElementById("text-form");
  let before = area.value;

  place.addEventListener("toggle", async () => {
    if (!place.open || !drawn()) return;
    area.value = await drawn()();
    before = area.value;
  });
  form.addEventListener("submit", async (event) => {
    if (!drawn() || !data.mine) return;
    event.preventDefault(); // what is drawn is kept first, so that the edition is the newest
    if ((await keep()) || area.value === before) form.submit();
  });
  return {
    open() {
      place.open = true;
    },
    jump(line) {
      place.open = true;
      const lines = area.value.split("\n");
      const start = lines.slice(0, Math.max(0, line - 1)).join("\n").length + (line > 1 ? 1 : 0);
      area.focus();
      area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
      area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 4);
    },
    text: () => area.value,
    onInput: (does) => area.addEventListener("input", does),
  };
}
