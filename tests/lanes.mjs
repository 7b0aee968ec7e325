// Runs every test binary of the workspace, several at once: most of them wait for real time (ringing, timeouts, sound), so the
// machine would be idle if they ran one by one.
//
//   cargo test --workspace --no-run --message-format=json | node tests/lanes.mjs LANES [FILE]
//
// Those that do not wait for real time run in a lane of their own, and get the processor when no other binary needs it.
//
// FILE is created once that lane has finished, or only one other is left: from then on the processor is mostly idle.
//
// The output of a binary is printed in one piece when it has ended, under the line that cargo would print.
//
// A test that waits for real time can fail because the machine stalled. Such a failed test is run once more, alone,
// after all others. If it passes then, it is unsteady: both outputs are printed, and UNSTEADY lines name these tests.
// No other test is run twice. Exits with 1 if a test failed for good, or if more than 1 % of all tests were unsteady: FAILED lines at
// the end name them.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { dirname, relative } from "node:path";

/** The long-running binaries, in the order in which they start; the others follow in any order. So no lane has a long one left at the end. A binary
 * with several shards is listed once for each, with others between them: one that computes (`pages` takes most of a core) runs together with two
 * that wait (a third of a core each). Unit tests are listed by the names of their crates. */
const LONG = [
  ...["pages", "asterisk_control", "store", "pages", "faults", "asterisk", "pages", "load", "api", "osdial", "command_line", "desk"],
  ...["cordboard_rtc", "cordboard", "telemetry", "freeswitch", "dialplan", "promises", "demo", "control", "openai"],
];
/** The number of cases that run at once per core, for binaries whose cases each use a tenth of a core and wait the rest of the time. libtest's
 * default is one. */
const CASES_PER_CORE = { asterisk_control: 2, openai: 1.5, osdial: 2, command_line: 2 };

/** Tests whose outcome does not depend on the machine: they run in virtual time, or wait for nothing. None of them runs twice. They run one after the
 * other in this order, in a separate lane with idle priority: such a binary uses both cores whenever the others don't, and never delays the
 * others. */
const EXACT = ["virtual", "simulator", "soak", "machine", "tidy", "captures"];
/** The share of all tests that may be unsteady. */
const UNSTEADY_SHARE_MAX = 0.01;

/** A binary that reports nothing for this long, in ms, hangs: it is killed and has failed. How long a whole binary takes depends on what else the machine
 * does: one with idle priority may stand still while others compute. */
const SILENT_MS_MAX = 15 * 60_000;

/** The free space that the in-memory folder must have for tests to use it: they take a tenth of that. */
const ROOM_IN_MEMORY_BYTES = 4e9;
/** Begins the line with the CPU time. */
const CPU = "cpu-seconds";

/** Binaries of which several processes run at once, each with a part of the tests. The variable is set to `K/N`. */
const SHARDS = { pages: { count: 3, variable: "CORDBOARD_PAGES_SHARD" } };

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
  const isTest = message.reason === "compiler-artifact" && message.profile.test && message.executable;
  // Benchmarks are built for their lints.
  if (isTest && !message.target.kind.includes("bench")) {
    const folder = dirname(message.manifest_path);
    const source = relative(folder, message.target.src_path);
    const isUnit = message.target.kind.some((kind) => kind === "lib" || kind === "bin");
    const binary = { name: message.target.name, source, isUnit, folder, file: message.executable };
    const { count = 1, variable } = (!isUnit && SHARDS[binary.name]) || {};
    for (let shard = 1; shard <= count; shard += 1) {
      binaries.push(variable ? { ...binary, shardNumber: shard, shard: { [variable]: `${shard}/${count}` } } : binary);
    }
  }
}
if (binaries.length === 0) {
  console.error("cargo built no tests");
  process.exit(1);
}

/** Its position in `LONG`: the second shard has the second position of the name. */
const rank = ({ name, source, isUnit, shardNumber = 1 }) => {
  const places = [...LONG.keys()].filter((at) => LONG[at] === name);
  return isUnit || source.startsWith("tests/") ? (places[shardNumber - 1] ?? LONG.length) : LONG.length;
};
/** How many of its cases run at once, if that differs from libtest's default. */
const casesAtOnce = (binary) => {
  const perCore = rank(binary) < LONG.length ? CASES_PER_CORE[binary.name] : undefined;
  return perCore && { RUST_TEST_THREADS: String(Math.ceil(perCore * availableParallelism())) };
};
binaries.sort((one, other) => rank(one) - rank(other));

const isExact = ({ name, isUnit }) => !isUnit && EXACT.includes(name);
const isWallClock = (binary) => !binary.isUnit && !isExact(binary);

/** Final failures, as text. */
const failed = [];
/** Tests to run once more: their binary, name, and the binary's output. */
const again = [];
let passed = 0;

/** The process groups of the running binaries. */
const running = new Set();
const killGroup = (leader) => {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // It has ended.
  }
};
process.on("exit", () => running.forEach(killGroup));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

/** The folder for tests' files: in memory if there is room. On a disk, tests with many short-lived files spend a tenth of their time in the file
 * system. */
function fastFolder() {
  const inMemory = "/dev/shm";
  try {
    const { bavail, bsize } = statfsSync(inMemory);
    if (bavail * bsize < ROOM_IN_MEMORY_BYTES) return undefined;
    const folder = mkdtempSync(`${inMemory}/cordboard-tests-`);
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    // Tests start scripts that they have written to this folder, and a container may forbid that.
    const script = `${folder}/may-run`;
    writeFileSync(script, "#!/bin/sh\n", { mode: 0o755 });
    return spawnSync(script).status === 0 ? folder : undefined;
  } catch {
    return undefined;
  }
}
const folder = process.env.TMPDIR ? undefined : fastFolder();

/** Starts a binary; resolves to its output, its exit code, its duration, the seconds of CPU time that it and its children used, and whether it was
 * killed because it ran too long. */
function start(binary, words) {
  return new Promise((done) => {
    const said = [];
    const began = Date.now();
    const env = { ...casesAtOnce(binary), ...binary.shard, ...process.env, ...(folder && { TMPDIR: folder }) };
    const idle = isExact(binary) ? "chrt --idle --pid 0 $$; " : "";
    const timed = ["-c", `${idle}TIMEFORMAT=$'\n${CPU} %U %S'; time "$@"`, "bash", binary.file, ...words];
    // A process group of its own, so that its children can be killed with it.
    const child = spawn("bash", timed, { cwd: binary.folder, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    running.add(child.pid);
    let hangs = false;
    const limit = setTimeout(() => {
      hangs = true;
      killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
    }, SILENT_MS_MAX);
    const says = (part) => {
      limit.refresh();
      said.push(part);
    };
    child.stdout.on("data", says);
    child.stderr.on("data", says);
    child.on("error", (error) => said.push(Buffer.from(`${error}\n`)));
    child.on("close", (code) => {
      clearTimeout(limit);
      running.delete(child.pid);
      const all = Buffer.concat(said).toString();
      const at = all.lastIndexOf(`\n${CPU} `);
      const cpu = at === -1 ? 0 : all.slice(at).trim().split(" ").slice(1).reduce((sum, part) => sum + Number(part), 0);
      done({ said: at === -1 ? all : all.slice(0, at), code, ms: Date.now() - began, cpu, hangs });
    });
  });
}

const sourceOf = ({ folder, source }) => relative(process.cwd(), `${folder}/${source}`);

/** Runs a binary, and prints its output when it has ended. */
async function run(binary) {
  const { said, code, ms, cpu, hangs } = await start(binary, []);
  const kind = binary.isUnit ? `unittests ${binary.source}` : binary.source;
  console.log(`     Running ${kind} (${relative(process.cwd(), binary.file)})\n${said}     took ${Math.round(ms / 1000)} s, ${Math.round(cpu)} s of CPU time`);
  passed += Number(/^test result: .*? (\d+) passed/m.exec(said)?.[1] ?? 0);
  if (code === 0) return;
  if (hangs) {
    const hanging = Array.from(said.matchAll(/^test (\S+) has been running/gm), ([, name]) => name);
    const names = hanging.filter((name) => !said.includes(`\ntest ${name} ... `));
    failed.push(`${sourceOf(binary)}: reports nothing for ${SILENT_MS_MAX / 60_000} min: ${names.join(", ")}`);
    return;
  }
  const names = Array.from(said.matchAll(/^test (\S+) \.\.\. FAILED/gm), ([, name]) => name);
  // A binary that ended without naming a failed test has crashed: that has nothing to do with timing.
  const counted = Number(/^test result: FAILED\..*? (\d+) failed/m.exec(said)?.[1] ?? 0);
  if (isWallClock(binary) && names.length > 0 && names.length === counted) {
    again.push(...names.map((name) => ({ binary, name, said })));
  } else {
    failed.push(names.length > 0 ? `${sourceOf(binary)}: ${names.join(", ")}` : sourceOf(binary));
  }
}

/** The part of the binary's output that is about a test's failure. */
const partOf = (said, name) => {
  const begin = said.indexOf(`---- ${name} `);
  if (begin === -1) return "(the binary's output above has it)";
  const rest = said.slice(begin);
  const end = rest.slice(5).search(/^(---- |failures:|test result:)/m);
  return end === -1 ? rest : rest.slice(0, end + 5);
};
const indented = (text) => text.trimEnd().replaceAll(/^/gm, "     | ");

const waiting = binaries.filter((binary) => !isExact(binary));
const exact = binaries.filter(isExact).sort((one, other) => EXACT.indexOf(one.name) - EXACT.indexOf(other.name));
let busy = lanes;
let isExactBusy = true;
const tellQuiet = () => {
  if ((busy <= 1 || !isExactBusy) && quietFile) writeFileSync(quietFile, "");
};
const lane = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) await run(next);
  busy -= 1;
  tellQuiet();
};
const exactLane = async () => {
  for (const binary of exact) await run(binary);
  isExactBusy = false;
  tellQuiet();
};
await Promise.all([exactLane(), ...Array.from({ length: lanes }, lane)]);

let unsteady = 0;
for (const { binary, name, said: first } of again) {
  const title = `${sourceOf(binary)}: ${name}`;
  // The pages' program selects tests by a part of their name and has no options.
  const { said, code } = await start(binary, binary.name === "pages" ? [name] : ["--exact", name]);
  if (code !== 0) {
    console.log(`\nTWICE FAILED ${title}\n${indented(said)}`);
    failed.push(title);
    continue;
  }
  unsteady += 1;
  console.log(`\nUNSTEADY ${title}\n   with the others:\n${indented(partOf(first, name))}\n   alone:\n${indented(said)}`);
}
const tests = passed + again.length;
if (unsteady > tests * UNSTEADY_SHARE_MAX) {
  failed.push(`${unsteady} of ${tests} tests were unsteady, more than ${UNSTEADY_SHARE_MAX * 100} %`);
}

if (failed.length > 0) {
  console.log(`\n${failed.map((title) => `FAILED ${title}`).join("\n")}`);
  process.exit(1);
}
