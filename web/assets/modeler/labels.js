// Names outside their shapes: the box that a file gives one is at least as wide as its longest word, so that no word is broken in two.
import TextRenderer from "bpmn-js/lib/draw/TextRenderer";

const ruler = document.createElement("canvas").getContext("2d");

class WholeWords extends TextRenderer {
  constructor(config) {
    super(config);
    const create = this.createText;
    this.createText = (text, options = {}) => {
      if (options.align || !options.box) return create(text, options); // inside its shape, which is as wide as it is
      const wide = longest(text, this.getExternalStyle());
      const more = Math.max(0, wide - options.box.width);
      const made = create(text, { ...options, box: { ...options.box, width: options.box.width + more } });
      if (more) made.setAttribute("transform", `translate(${-more / 2} 0)`);
      return made;
    };
  }
}

WholeWords.$inject = ["config.textRenderer"];

function longest(text, { fontFamily, fontSize, fontWeight }) {
  ruler.font = `${fontWeight ?? "normal"} ${fontSize}px ${fontFamily}`;
  return Math.ceil(Math.max(0, ...text.split(/\s+/).map((word) => ruler.measureText(word).width))) + 1;
}

// The font of the drawings: bpmn-js measures texts as it draws, so the letters have to be there before.
export const FONT = '"Be Vietnam Pro", system-ui, sans-serif';
export const modules = [{ textRenderer: ["type", WholeWords] }];
export const textRenderer = { defaultStyle: { fontFamily: FONT, fontSize: 12 }, externalStyle: { fontFamily: FONT, fontSize: 11 } };

export async function fontIsThere() {
  try {
    await Promise.all(["12px", "600 12px"].map((size) => document.fonts.load(`${size} "Be Vietnam Pro"`, "Aạ")));
  } catch {
    // another font is drawn with, which the page has anyway
  }
}
