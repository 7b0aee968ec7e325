// Collects the licences of everything that the program contains, for packages and images: `node deploy/third-party-licences.mjs FILE`.
//
// The crates are those that a build for this machine links (`cargo metadata`). The npm packages are those of the pages (`static/package-lock.json`,
// from the folder where `npm ci` installed them in the last build). Identical texts are listed once, under the names of everything that uses them.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [file] = process.argv.slice(2);
if (!file) {
  console.error("usage: node deploy/third-party-licences.mjs FILE");
  process.exit(2);
}
const sources = fileURLToPath(new URL("..", import.meta.url));
/** Names of files that contain a licence or a notice that must be passed on. */
const LICENCE = /^(licen[cs]e|copying|copyright|notice|unlicense)/i;

const run = (command, ...args) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: sources, encoding: "utf8", maxBuffer: 1e9 });
  if (status === 0) return stdout;
  console.error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
  process.exit(1);
};

/** The crates that are linked into the program, without those of tests, benchmarks and build scripts. */
function crates() {
  const target = /^host: (.*)$/m.exec(run("rustc", "-vV"))[1];
  const { packages, resolve } = JSON.parse(
    run("cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target),
  );
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const linked = new Set();
  const open = [packages.find(({ name }) => name === "cordboard").id];
  for (let id = open.pop(); id; id = open.pop()) {
    if (linked.has(id)) continue;
    linked.add(id);
    const { deps } = nodes.get(id);
    open.push(...deps.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null)).map(({ pkg }) => pkg));
  }
  return packages
    .filter(({ id, source }) => linked.has(id) && source)
    .map(({ name, version, license, license_file, manifest_path }) => ({
      name: `${name} ${version}`,
      licence: license ?? license_file,
      folder: dirname(manifest_path),
    }));
}

/** The packages that the pages are bundled from. */
function pages() {
  const builds = resolve(sources, process.env.CARGO_TARGET_DIR ?? "target");
  const found = ["packaged", "release", "debug"].flatMap((profile) => {
    try {
      const build = join(builds, profile, "build");
      return readdirSync(build).map((name) => join(build, name, "out/pages-build/node_modules"));
    } catch {
      return [];
    }
  });
  const modules = found.find((folder) => statSync(folder, { throwIfNoEntry: false }));
  if (!modules) {
    console.error("the pages are not built yet: run `cargo build --profile packaged` first");
    process.exit(1);
  }
  const { packages } = JSON.parse(readFileSync(join(sources, "static/package-lock.json"), "utf8"));
  return Object.entries(packages)
    .filter(([path, { dev, optional }]) => path && !dev && !optional)
    .map(([path, { version, license }]) => ({
      name: `${path.replace(/^.*node_modules\//, "")} ${version}`,
      licence: license,
      folder: join(dirname(modules), path),
    }));
}

const texts = new Map();
const without = [];
for (const { name, licence, folder } of [...crates(), ...pages()]) {
  const files = readdirSync(folder).filter((entry) => LICENCE.test(entry) && statSync(join(folder, entry)).isFile());
  if (files.length === 0) without.push(`${name}: ${licence ?? "not said"}`);
  for (const entry of files) {
    const text = readFileSync(join(folder, entry), "utf8").replaceAll("\r\n", "\n").trim();
    if (!texts.has(text)) texts.set(text, []);
    texts.get(text).push(`${name} (${licence})`);
  }
}

const line = "=".repeat(80);
const parts = [...texts].map(([text, names]) => `${line}\n${names.sort().join("\n")}\n${line}\n\n${text}\n`);
const head = [
  "Cordboard contains the crates and packages below. Each keeps its own copyright and licence.",
  "",
  ...(without.length > 0 ? ["These came without a file, by the licence that they name:", "", ...without.sort(), ""] : []),
];
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${head.join("\n")}\n${parts.join("\n")}`);
console.log(`${file}: ${texts.size} texts, ${without.length} without a file`);
