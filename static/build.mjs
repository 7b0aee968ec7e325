// Bundles the pages: `node build.mjs OUT_FOLDER`. Run by build.rs in a folder where `npm ci` has been run.
//
// OUT_FOLDER gets index.html, widget.js (for other sites' pages) and assets/NAME-HASH.*. Each asset and the widget also get a .gz next to them. An
// asset's name changes with its content, so browsers may cache it for ever.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";

const out = process.argv[2];
if (!out) throw new Error("usage: node build.mjs OUT_FOLDER");
const assets = join(out, "assets");
rmSync(out, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });

/** wavesurfer.js styles its shadow root with a <style> element, which our Content-Security-Policy refuses. A constructed style sheet is allowed and
 * has the same effect. */
const styleOfTheWaveform = {
  name: "style-of-the-waveform",
  setup(build) {
    build.onLoad({ filter: /wavesurfer\.js\/dist\/renderer\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const element = /shadow\.innerHTML = `\s*<style[^\n]*>\n([\s\S]*?)<\/style>/;
      if (!element.test(source)) throw new Error(`${path} no longer styles itself as expected: adapt build.mjs`);
      const contents = source.replace(
        element,
        (_, css) =>
          "const sheet = new CSSStyleSheet();\n" +
          `sheet.replaceSync(\`${css}\`);\n` +
          "shadow.adoptedStyleSheets = [sheet];\n" +
          "shadow.innerHTML = `",
      );
      return { contents, loader: "js" };
    });
  },
};

/** The folder of a package: in this folder, or in one above it. */
function folderOf(name) {
  const [above] = fileURLToPath(import.meta.resolve(name)).split(`/node_modules/${name}/`);
  return `${above}/node_modules/${name}`;
}

/** lucide lists all its icons in one module. Importing an icon from there would put the icons of all pages into the first script, so each icon is
 * imported from its own file instead. */
const eachIconAlone = {
  name: "each-icon-alone",
  setup(build) {
    const all = readFileSync(`${folderOf("lucide")}/dist/esm/lucide.mjs`, "utf8");
    const fileOf = (name) => {
      const line = all.split("\n").find((one) => new RegExp(`\\bas ${name}[ ,]`).test(one));
      const file = line && /'\.\/(icons\/.*)'/.exec(line)?.[1];
      if (!file) throw new Error(`lucide has no icon named ${name}`);
      return `lucide/dist/esm/${file}`;
    };
    build.onLoad({ filter: /src[/\\]app[/\\]icons(-later)?\.tsx?$/ }, ({ path }) => {
      const contents = readFileSync(path, "utf8").replace(/import \{([^}]*)\} from "lucide";/, (_, names) =>
        names
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== "" && !name.startsWith("type "))
          .map((name) => `import ${name} from "${fileOf(name)}";`)
          .join(""),
      );
      return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
    });
  },
};

/** JsSIP is CommonJS, and esbuild puts its helpers for such a module into a file that every page loads. So JsSIP is bundled into an ES module
 * first. */
const jssipAsModule = {
  name: "jssip-as-module",
  setup(build) {
    build.onLoad({ filter: /jssip[/\\]lib[/\\]JsSIP\.js$/ }, async ({ path }) => {
      const { outputFiles } = await esbuild.build({ entryPoints: [path], bundle: true, format: "esm", write: false, legalComments: "inline" });
      const contents = outputFiles[0].text.replace(/^export default (.*);$/m, "export const { UA, WebSocketInterface } = $1;");
      return { contents, loader: "js" };
    });
  },
};

/** Puts the frame, which every page needs, into one file. esbuild makes a file for each set of entry points that share modules: more than twenty for
 * the frame, each requested and compressed separately. So each part that is loaded later imports the whole frame, which is already there by then. */
async function withFrameInOnePiece(options) {
  const { metafile } = await esbuild.build({ ...options, write: false });
  const [main] = output({ metafile }, options.entryPoints[0], ".js");
  const frame = new Set();
  const walk = (path) => {
    if (frame.has(path)) return;
    frame.add(path);
    for (const { path: next, kind } of metafile.inputs[path].imports) {
      if (kind === "import-statement" && metafile.inputs[next]) walk(next);
    }
  };
  walk(metafile.outputs[main].entryPoint);
  const isOurs = (path) => path.startsWith("src/") && /\.tsx?$/.test(path);
  const modules = [...frame].filter((path) => isOurs(path) && path !== options.entryPoints[0]);
  const later = new Set(
    Object.values(metafile.outputs)
      .map(({ entryPoint }) => entryPoint)
      .filter((path) => path && isOurs(path) && !frame.has(path) && !path.includes("/words/"))
      .map((path) => join(process.cwd(), path)),
  );
  const wholeFrame = {
    name: "whole-frame",
    setup(build) {
      build.onResolve({ filter: /^whole-frame$/ }, ({ path }) => ({ path, namespace: "whole-frame" }));
      build.onLoad({ filter: /./, namespace: "whole-frame" }, () => ({
        contents: modules.map((path) => `import ${JSON.stringify(`./${path}`)};`).join("\n"),
        resolveDir: process.cwd(),
      }));
      build.onLoad({ filter: /src[/\\].*\.tsx?$/ }, ({ path }) => {
        if (!later.has(path)) return null;
        return { contents: `import "whole-frame";\n${readFileSync(path, "utf8")}`, loader: path.endsWith("x") ? "tsx" : "ts" };
      });
    },
  };
  return { ...options, plugins: [...options.plugins, wholeFrame] };
}

const common = {
  bundle: true,
  minify: true,
  target: ["es2022", "chrome123", "firefox121", "safari17.5"],
  legalComments: "eof",
  outdir: assets,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  metafile: true,
  logLevel: "warning",
  loader: { ".woff2": "file" },
};
const output = ({ metafile }, entry, ending) => {
  const found = Object.entries(metafile.outputs).find(
    ([path, made]) => path.endsWith(ending) && made.entryPoint === entry,
  );
  if (!found) throw new Error(`esbuild made no ${ending} for ${entry}`);
  return found;
};
const url = (path) => `/assets/${relative(assets, path)}`;
/** Writes an icon under a name that contains its hash, and returns its address. */
const iconAt = (name) => {
  const source = readFileSync(`src/${name}.svg`);
  const hash = createHash("sha256").update(source).digest("hex").slice(0, 8);
  writeFileSync(join(assets, `${name}-${hash}.svg`), source);
  return `/assets/${name}-${hash}.svg`;
};
const icon = iconAt("icon");
// Runs on the audio thread, which loads a file of its own; the pages get its name.
const worklet = await esbuild.build({ ...common, entryPoints: ["src/audio/worklet.ts"], format: "iife" });
const [workletFile] = output(worklet, "src/audio/worklet.ts", ".js");
const asPages = {
  ...common,
  define: { WIDGET: "false", AUDIO_WORKLET: JSON.stringify(url(workletFile)), BADGED_ICON: JSON.stringify(iconAt("icon-badged")) },
  entryPoints: ["src/main.tsx"],
  format: "esm",
  splitting: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: [styleOfTheWaveform, eachIconAlone, jssipAsModule],
};
const pages = await esbuild.build(await withFrameInOnePiece(asPages));
// The widget for other sites' pages: its window, which the first click loads, and the script that pages name, in one file.
const ofWidget = { ...asPages, define: { ...asPages.define, WIDGET: "true" }, plugins: [] };
const windowEntry = "src/widget/window/index.tsx";
const widgetWindow = await esbuild.build({
  ...ofWidget,
  entryPoints: [windowEntry],
  entryNames: "widget-window-[hash]",
  chunkNames: "widget-[name]-[hash]",
});
const [widgetWindowFile] = output(widgetWindow, windowEntry, ".js");
await esbuild.build({
  ...ofWidget,
  define: { ...ofWidget.define, WIDGET_WINDOW: JSON.stringify(url(widgetWindowFile)) },
  entryPoints: ["src/widget/widget.ts"],
  entryNames: "widget",
  outdir: out,
  format: "iife",
  splitting: false,
});
// Runs before the first paint, so it is a separate classic script.
const theme = await esbuild.build({ ...common, entryPoints: ["src/theme-early.ts"], format: "iife" });

const [main, { cssBundle }] = output(pages, "src/main.tsx", ".js");
const [early] = output(theme, "src/theme-early.ts", ".js");

const html = readFileSync("src/index.html", "utf8")
  .replace("{{icon}}", icon)
  .replace("{{theme}}", url(early))
  .replace("{{style}}", url(cssBundle))
  .replace("{{main}}", url(main));
writeFileSync(join(out, "index.html"), html);

for (const name of readdirSync(assets)) {
  writeFileSync(join(assets, `${basename(name)}.gz`), gzipSync(readFileSync(join(assets, name)), { level: 9 }));
}
writeFileSync(join(out, "widget.js.gz"), gzipSync(readFileSync(join(out, "widget.js")), { level: 9 }));
