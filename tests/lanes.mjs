// Runs every test binary of the workspace, several at once: most of them wait for real time (rings, time-outs, sound), so a
// machine is idle while one of them runs by itself.
//
//   cargo test --workspace --no-run --message-format=json | node tests/lanes.mjs LANES [FILE]
//
// The file is made once nothing but one lane runs any more: whoever has something else to do on the machine does it then.
//
// What a binary says is printed whole when it has ended, under the line that cargo would print. Those that measure, or need
// the machine, run alone behind the others. Ends with 1 where one of them failed.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { dirname, relative } from "node:path";

/** They put load on the machine, or look at how fast it is. */
const ALONE = ["load", "demo"];
/** The longest first, so that no lane is left with one at the end; the others follow as they come. */
const LONG = ["pages", "asterisk_control", "freeswitch", "faults", "twilio", "legs", "openai", "asterisk", "freeswitch_modes", "desk"];
/** Of these each case takes a tenth of a core and waits the rest of its time: as many as this run at once for each core. libtest
 * has one for each. */
const CASES_PER_CORE = { asterisk_control: 2, openai: 1.5, legs: 1.5 };

const lanes = Number(process.argv[2]);
const quietFile = process.argv[3];
if (!Number.isInteger(lanes) || lanes < 1) {
  console.error("usage: node tests/lanes.mjs LANES [FILE] < messages of cargo");
  process.exit(2);
}

const binaries = [];
for await (const line of createInterface({ input: process.stdin })) {
  if (!line.startsWith("{")) continue;
  const message = JSON.parse(line);
  if (message.reason === "compiler-artifact" && message.profile.test && message.executable) {
    const folder = dirname(message.manifest_path);
    const source = relative(folder, message.target.src_path);
    const isUnit = message.target.kind.some((kind) => kind === "lib" || kind === "bin");
    binaries.push({ name: message.target.name, source, isUnit, folder, file: message.executable });
  }
}
if (binaries.length === 0) {
  console.error("cargo built no tests");
  process.exit(1);
}

const rank = ({ name, source }) => {
  const place = source.endsWith("main.rs") ? LONG.indexOf(name) : -1;
  return place === -1 ? LONG.length : place;
};
/** How many of its cases run at once, where libtest is to be told. */
const casesAtOnce = (binary) => {
  const perCore = rank(binary) < LONG.length ? CASES_PER_CORE[binary.name] : undefined;
  return perCore && { RUST_TEST_THREADS: String(Math.ceil(perCore * availableParallelism())) };
};
const isAlone = ({ name, isUnit }) => !isUnit && ALONE.includes(name);
binaries.sort((one, other) => rank(one) - rank(other));

let failed = [];
/** Runs one, and prints what it said when it has ended. */
function run(binary) {
  return new Promise((done) => {
    const said = [];
    const began = Date.now();
    const env = { ...casesAtOnce(binary), ...process.env };
    const child = spawn(binary.file, [], { cwd: binary.folder, env, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (part) => said.push(part));
    child.stderr.on("data", (part) => said.push(part));
    child.on("error", (error) => said.push(Buffer.from(`${error}\n`)));
    child.on("close", (code) => {
      const kind = binary.isUnit ? `unittests ${binary.source}` : binary.source;
      process.stdout.write(`     Running ${kind} (${relative(process.cwd(), binary.file)})\n${Buffer.concat(said)}`);
      process.stdout.write(`     took ${Math.round((Date.now() - began) / 1000)} s\n`);
      if (code !== 0) failed.push(binary);
      done();
    });
  });
}

const waiting = binaries.filter((binary) => !isAlone(binary));
let busy = lanes;
const lane = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) await run(next);
  busy -= 1;
  if (busy <= 1 && quietFile) writeFileSync(quietFile, "");
};
await Promise.all(Array.from({ length: lanes }, lane));
for (const binary of binaries.filter(isAlone)) await run(binary);

if (failed.length > 0) {
  console.log(`\nfailed: ${failed.map(({ folder, source }) => relative(process.cwd(), `${folder}/${source}`)).join(", ")}`);
  process.exit(1);
}
