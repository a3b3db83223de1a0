// Bundles what the pages need in a browser into the folder named on the command line. Run by build.py; `npm ci` has run before.
import { build } from "esbuild";
import { compile } from "sass";
import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";

const out = process.argv[2];
const scripts = path.join(import.meta.dirname, "scripts");
await mkdir(path.join(out, "fonts"), { recursive: true });

// --- styles: Bootstrap's parts with our variables, then ours
const styles = compile(path.join(import.meta.dirname, "styles", "chidao.scss"), {
  style: "compressed",
  loadPaths: [path.join(import.meta.dirname, "node_modules")],
  quietDeps: true,
  silenceDeprecations: ["import", "global-builtin", "color-functions", "mixed-decls", "if-function"],
});
await writeFile(path.join(out, "chidao.css"), styles.css);

// --- fonts: Vietnamese and Latin, 400 and 600
const fonts = path.join(import.meta.dirname, "node_modules/@fontsource/be-vietnam-pro/files");
for (const name of await readdir(fonts)) {
  if (/-(vietnamese|latin)-(400|600)-normal\.woff2$/.test(name)) await cp(path.join(fonts, name), path.join(out, "fonts", name));
}

// --- scripts: each file of scripts/ is a bundle of its own, loaded only by the pages that need it
const entries = (await readdir(scripts)).filter((name) => name.endsWith(".js")).map((name) => path.join(scripts, name));
const result = await build({
  entryPoints: entries,
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  legalComments: "none",
  metafile: true,
  loader: { ".woff": "empty", ".woff2": "file", ".ttf": "empty", ".eot": "empty", ".svg": "empty" },
  assetNames: "fonts/[name]",
  alias: { "style-mod": path.join(import.meta.dirname, "tables", "style_mod.js") },
});

// --- licences of everything that was bundled: esbuild's legal comments miss most of them
const used = new Set(["bootstrap", "@fontsource/be-vietnam-pro"]);
for (const input of Object.keys(result.metafile.inputs)) {
  const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/);
  if (found) used.add(found[1]);
}
let licences = "";
for (const name of [...used].sort()) {
  const folder = path.join(import.meta.dirname, "node_modules", name);
  const about = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? await readFile(path.join(folder, file), "utf8") : "(the package has no licence file)";
  licences += `${name} ${about.version} (${about.license})\n\n${text.trim()}\n\n${"-".repeat(80)}\n\n`;
}
await writeFile(path.join(out, "THIRD-PARTY-LICENSES.txt"), licences);
