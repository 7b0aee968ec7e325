// What all tests share: the browser, the house (server and callers), and pages that take offence at what they should not do.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

/** What the driver told: origin, token, wanted tests, the folder for screenshots. */
export const setting = JSON.parse(process.argv[2]);
export const { origin, token } = setting;

export const browser = await chromium.launch({
  executablePath: setting.chromium.program,
  args: setting.chromium.arguments,
});

/** The server's side: callers that ring, speak and hang up. */
export const house = {
  asked: 0,
  waiting: new Map(),
  lines: createInterface({ input: process.stdin }),
  ask(what, details = {}) {
    this.asked += 1;
    const id = this.asked;
    console.log(JSON.stringify({ id, ask: what, ...details }));
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  },
  ring: (from, to = "+49 30 5550100") => house.ask("ring", { from, to }),
  leave() {
    this.lines.close();
    process.stdin.destroy();
  },
};
house.lines.on("line", (line) => {
  const { id, value, error } = JSON.parse(line);
  const { resolve, reject } = house.waiting.get(id);
  house.waiting.delete(id);
  if (error === undefined) resolve(value);
  else reject(new Error(error));
});

/** The API as a program sees it. */
export async function api(path) {
  const response = await fetch(origin + path, { headers: { Authorization: `Bearer ${token}` } });
  return response.json();
}

/** Waits until `look` gives something true. */
export async function until(what, look, limitMs = 15_000) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const tests = [];

/** The longest test; a busy machine takes its time. */
const TEST_MS_MAX = 60_000;

/** Declares a test. It is given `open`, which makes a signed-in page, or one of a stranger. */
export function test(name, run) {
  tests.push({ name, run });
}

export async function runAll() {
  const { wanted } = setting;
  for (const { name, run } of tests) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    const began = Date.now();
    const visits = [];
    let failure = null;
    try {
      await inTime(run((options) => visit(options, visits)));
      for (const { faults } of visits) if (faults.length > 0) throw new Error(faults.join("\n"));
    } catch (error) {
      failure = `${error.stack ?? error}\n${visits.flatMap(({ faults }) => faults).join("\n")}`;
    }
    for (const { context } of visits) await context.close();
    console.log(JSON.stringify({ test: name, failure, ms: Date.now() - began }));
  }
}

/** No test hangs: what it waits for does not come. */
function inTime(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${TEST_MS_MAX} ms`)), TEST_MS_MAX);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

let cookies = null;

/** The cookies of somebody who has signed in. */
async function signedIn() {
  if (cookies === null) {
    const context = await browser.newContext();
    await context.request.post(`${origin}/api/v1/auth/session`, { data: { token } });
    cookies = await context.cookies();
    await context.close();
  }
  return cookies;
}

/** Opens a page. What no page may do becomes a fault of the test: errors in the console (but for `allowed`), requests to
 * elsewhere, reports of the Content-Security-Policy. */
async function visit({ stranger = false, allowed = [], ...options } = {}, visits = []) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const faults = [];
  const fault = (text) => {
    if (!allowed.some((part) => text.includes(part))) faults.push(text);
  };
  visits.push({ context, faults });
  if (!stranger) await context.addCookies(await signedIn());
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
      console.error(`CSP: ${violatedDirective} ${blockedURI} ${sample}`);
    });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") fault(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => fault(`error: ${error.message}`));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) fault(`request to elsewhere: ${request.url()}`);
  });
  page.on("dialog", (dialog) => {
    fault(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return page;
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds on a page, in a line each. */
export async function audit(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((runOnly) => window.axe.run({ runOnly }), AXE_TAGS);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** Fails with both where they differ. */
export function equal(seen, expected, what = "value") {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, saw ${a}`);
}

/** Fails with the text where it is not so. */
export function must(isSo, what) {
  if (!isSo) throw new Error(what);
}
