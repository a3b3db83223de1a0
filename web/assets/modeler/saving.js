// The drawing as a picture: SVG and PNG to save, a page to print (or to save as PDF). Each says what it shows, in which version, and when.
// The mark of bpmn.io belongs to the canvas and stays there; what bpmn-js writes into an SVG of its origin stays in the file.
import { filled, made, place, tell } from "./made.js";

const SPACE = "http://www.w3.org/2000/svg";
const MARGIN = 20;
const HEAD = 76; // height of title and two lines above the drawing
const NARROWEST = 900; // so that the lines of the head are not cut off
const SHARP = 2; // points of a PNG for one of the drawing
const LONGEST_SIDE = 12000; // of a PNG; browsers make none beyond some 16,000
const MOST_POINTS = 120e6;
const LETTERS = 400; // milliseconds until the fonts inside a picture are read; without them it has the system's letters
const FAMILY = "Be Vietnam Pro";
const FONT = `"${FAMILY}", system-ui, "Segoe UI", Arial, sans-serif`; // programs that read no fonts out of a picture take the system's

export function install(modeler, page) {
  const { at, said } = page.data.saving;
  const menu = made("details", { class: "modeler-save" });
  const act = (words, does) => made("button", { type: "button", class: "link-button", onclick: () => run(does) }, words);
  const run = async (does) => {
    menu.open = false;
    menu.firstChild.focus();
    try {
      await does();
    } catch (error) {
      tell(filled(said.failed, { problem: error.message }));
    }
  };
  const shown = () => pictured(modeler, page, at.caption);
  menu.append(
    made("summary", { class: "btn btn-outline-primary btn-sm" }, said.save),
    made(
      "ul",
      {},
      made("li", {}, act(said.svg, async () => saveSvg(await shown()))),
      made("li", {}, act(said.png, async () => savePng(await shown(), said))),
      made("li", {}, act(said.print, async () => printed(await shown()))),
      made("li", {}, act(said.file, async () => ((await kept(page)) ? follow(at.file) : null))),
    ),
  );
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.firstChild.focus();
  });
  place("modeler-tools").append(menu);
}

// What is drawn is kept first, so that the caption tells of this drawing. What cannot be kept is said by the keeper.
const kept = async (page) => page.data.mine === false || (await page.keep());

async function pictured(modeler, page, address) {
  if (!(await kept(page))) throw new Error(document.getElementById("keeping-problem")?.textContent ?? "");
  const answer = await fetch(address);
  if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
  const caption = await answer.json();
  return { caption, ...headed((await modeler.saveSVG()).svg, caption, await fontFaces()) };
}

// The fonts of the page as CSS that needs no file beside it: the picture looks everywhere as it does here.
async function fontFaces() {
  const rules = [...document.styleSheets].filter(({ href }) => href?.startsWith(window.location.origin)).flatMap((sheet) => [...sheet.cssRules].map((rule) => ({ rule, base: sheet.href })));
  const ours = rules.filter(({ rule }) => rule instanceof CSSFontFaceRule && rule.style.getPropertyValue("font-family").includes(FAMILY));
  try {
    return (await Promise.all(ours.map(fontFace))).join("");
  } catch {
    return ""; // without a connection: the drawing is worth more than its letters
  }
}

async function fontFace({ rule, base }) {
  const says = (name) => rule.style.getPropertyValue(name);
  const [, file] = /url\("?([^")]+)"?\)/.exec(says("src"));
  const letters = await (await fetch(new URL(file, base))).blob();
  const written = await new Promise((done, failed) => {
    const reader = new FileReader();
    Object.assign(reader, { onload: () => done(reader.result), onerror: () => failed(reader.error) });
    reader.readAsDataURL(new Blob([letters], { type: "font/woff2" }));
  });
  const range = says("unicode-range");
  return `@font-face{font-family:"${FAMILY}";font-weight:${says("font-weight")};font-display:swap;${range ? `unicode-range:${range};` : ""}src:url(${written}) format("woff2")}`;
}

// The drawing with title and lines above it, and its size.
function headed(svg, { title, lines }, fonts) {
  const drawing = new DOMParser().parseFromString(svg, "image/svg+xml");
  const root = drawing.documentElement;
  const [x, y, width, height] = root.getAttribute("viewBox").split(/\s+/).map(Number);
  const wide = Math.max(width + 2 * MARGIN, NARROWEST);
  const high = height + HEAD + 2 * MARGIN;
  const text = (words, down, size, weight) => {
    const made = drawing.createElementNS(SPACE, "text");
    const looks = { x, y: y - HEAD - MARGIN + down, "font-size": size, "font-weight": weight, "font-family": FONT, fill: "#1c2430" };
    for (const [name, value] of Object.entries(looks)) made.setAttribute(name, value);
    made.textContent = words;
    return made;
  };
  const paper = drawing.createElementNS(SPACE, "rect");
  for (const [name, value] of Object.entries({ x: x - MARGIN, y: y - HEAD - MARGIN, width: wide, height: high, fill: "#fff" })) paper.setAttribute(name, value);
  const about = drawing.createElementNS(SPACE, "title");
  about.textContent = [title, ...lines].join("\n");
  root.prepend(about, paper);
  root.append(text(title, 30, 20, 600), ...lines.map((line, place) => text(line, 52 + place * 18, 12, 400)));
  root.setAttribute("viewBox", `${x - MARGIN} ${y - HEAD - MARGIN} ${wide} ${high}`);
  root.setAttribute("width", wide);
  root.setAttribute("height", high);
  const written = new XMLSerializer().serializeToString(drawing); // fonts are put into the text: a style in a document of the page would offend its policy
  return { svg: written.replace(/<svg\b[^>]*>/, (start) => `${start}<style>${fonts}</style>`), width: wide, height: high };
}

const address = (svg) => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;

const saveSvg = ({ svg, caption }) => save(new Blob([svg], { type: "image/svg+xml" }), `${caption.file}.svg`);

async function savePng({ svg, width, height, caption }, said) {
  const scale = Math.min(SHARP, LONGEST_SIDE / Math.max(width, height), Math.sqrt(MOST_POINTS / (width * height)));
  const image = await loaded(svg);
  await new Promise((done) => setTimeout(done, LETTERS)); // a picture is there before its fonts, and browsers tell of these nothing
  const canvas = made("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  if (!blob) return tell(said.too_large);
  return save(blob, `${caption.file}.png`);
}

async function loaded(svg) {
  const image = made("img", { alt: "" });
  image.src = address(svg);
  await image.decode();
  return image;
}

function save(blob, name) {
  const link = URL.createObjectURL(blob);
  follow(link, name);
  setTimeout(() => URL.revokeObjectURL(link), 60000);
}

function follow(href, download = "") {
  const link = made("a", { href, download });
  document.body.append(link);
  link.click();
  link.remove();
}

// The picture alone on the paper: the browser's own printing makes a PDF of it, with letters that can be searched and enlarged.
async function printed({ svg, caption }) {
  const image = await loaded(svg);
  image.alt = [caption.title, ...caption.lines].join("\n");
  const sheet = made("section", { class: "sheet" }, image);
  document.body.append(sheet);
  document.body.classList.add("printing-sheet");
  const title = document.title;
  document.title = caption.title;
  const done = () => {
    document.title = title;
    document.body.classList.remove("printing-sheet");
    sheet.remove();
  };
  window.addEventListener("afterprint", done, { once: true });
  window.print();
}
