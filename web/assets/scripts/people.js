// At the door of the demonstration: offices and people are found while one types, without marks and capitals. Without it: the button beside.
const field = document.querySelector("[data-filter]");
if (field) {
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll(/[đĐ]/g, "d").toLowerCase();
  const offices = [...document.getElementById(field.dataset.filter).querySelectorAll("details")].map((office) => {
    const name = fold(office.querySelector("summary").textContent);
    return { office, people: [...office.querySelectorAll("li")].map((person) => ({ person, text: `${fold(person.textContent)} ${name}` })) };
  });
  field.addEventListener("input", () => {
    const words = fold(field.value).split(/\s+/).filter(Boolean);
    let any = false;
    for (const { office, people } of offices) {
      let found = 0;
      for (const { person, text } of people) {
        const fits = words.every((word) => text.includes(word));
        person.hidden = !fits;
        found += fits;
      }
      office.hidden = !found;
      office.open = words.length > 0 && found > 0;
      any ||= found > 0;
    }
    document.getElementById("nobody").hidden = any;
  });
}
