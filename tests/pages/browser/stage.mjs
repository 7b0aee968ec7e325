// Common parts of all tests: the browser, the houses (servers and callers), and pages that fail a test for forbidden behaviour.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { hasFaintText } from "./contrast.mjs";

/** The driver's setting: the servers' origins, the admin token, wanted tests, the folder for screenshots. */
export const setting = JSON.parse(process.argv[2]);
export const { token } = setting;

// A page of a test lives for seconds: code that V8 optimizes alongside is thrown away before it has paid (a third of what a page costs).
// Figures are those of a browser as people have it.
const SHORT_LIVED = setting.measure ? [] : ["--js-flags=--no-opt --no-maglev --single-threaded"];

export const browser = await chromium.launch({
  executablePath: setting.chromium.program,
  // A microphone that beeps once a second, for pages that may have one.
  args: [...setting.chromium.arguments, ...SHORT_LIVED, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection"],
});

const driver = { asked: 0, waiting: new Map(), lines: createInterface({ input: process.stdin }) };
driver.lines.on("line", (line) => {
  const { id, value, error } = JSON.parse(line);
  const { resolve, reject } = driver.waiting.get(id);
  driver.waiting.delete(id);
  if (error === undefined) resolve(value);
  else reject(new Error(error));
});

/** Callers of the current test. A call that continues after the test costs a hundredth of a core until the run ends. */
const callers = [];

/** A server's side: its log, and callers that ring, speak and hang up. */
class House {
  constructor(name) {
    this.name = name;
    this.origin = setting[name];
  }

  ask(what, details = {}) {
    driver.asked += 1;
    const id = driver.asked;
    console.log(JSON.stringify({ id, ask: what, at: this.name, ...details }));
    return new Promise((resolve, reject) => driver.waiting.set(id, { resolve, reject }));
  }

  /** A caller who hangs up at the end of the test at the latest; with `stays`, at the end of the run. */
  async ring(from, to = "+49 30 5550100", { stays = false } = {}) {
    const rung = await this.ask("ring", { from, to });
    if (!stays) callers.push({ at: this, caller: rung.caller });
    return rung;
  }

  /** A request of the program that has the admin token, and what it is answered. */
  send(method, path, body) {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    return fetch(this.origin + path, { method, headers, body: JSON.stringify(body) });
  }

  /** The API as a program with the admin token sees it; `body` is what it sends. */
  async api(path, body) {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const request = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
    return (await fetch(this.origin + path, request)).json();
  }
}

/** Waits until a caller of a server has heard that much more: they barge in after part of what is said to them. */
export async function hearsMore(at, caller, ms) {
  const before = await at.ask("heard_ms", { caller });
  await until(`${ms} ms more of sound`, async () => (await at.ask("heard_ms", { caller })) >= before + ms);
}

/** The server under test: the first test sets it up, and it has an owner from then on. */
export const house = new House("owned");
/** A house that never gets an owner, so that the admin token opens its pages; everybody may register there. */
export const unowned = new House("unowned");
/** A server whose assistant is a model in the stand-in of OpenAI. */
export const modelled = new House("modelled");
/** A server behind a switch (a real Asterisk, or the stand-in of FreeSWITCH or Twilio), with a dialler, or with 10,000 of each thing; it is
 * opened when it is asked for first. */
export async function atHouse(name) {
  const behind = new House(name);
  behind.origin = await behind.ask("open");
  return behind;
}
export const { origin } = house;

export const api = (path) => house.api(path);

/** No more questions. */
export function leave() {
  driver.lines.close();
  process.stdin.destroy();
}

/** How long something may take to be seen, on a busy machine. */
const SEEN_MS_MAX = 15_000;
/** How often it is looked at first, and at most a tenth of the time that has passed: each look is work of the page, or of the server. */
const LOOK_MS = 50;
const LOOK_SHARE = 0.1;
const LOOK_MS_MAX = 250;

/** Waits until `look` gives something true. */
export async function until(what, look, limitMs = SEEN_MS_MAX) {
  const began = Date.now();
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    const passed = Date.now() - began;
    if (passed > limitMs) throw new Error(`${what} did not happen within ${limitMs} ms`);
    const pause = Math.min(Math.max(LOOK_MS, passed * LOOK_SHARE), LOOK_MS_MAX);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

const tests = [];

/** The longest test; a busy machine takes its time. */
const TEST_MS_MAX = setting.measure ? 300_000 : 90_000;

/** Declares a test. It is given `open`, which makes a signed-in page, or one of a stranger. */
export function test(name, run) {
  tests.push({ name, run });
}

/** Failures that nobody waited for, as in the handler of a route: they fail the test, and not the whole run. */
const unawaited = [];
process.on("unhandledRejection", (error) => unawaited.push(error.stack ?? `${error}`));

/** Leaves nothing of a test: its callers hang up, requests that its routes hold are dropped, and its pages closed, or emptied for the tests after it. */
async function clear(visits, isWell) {
  for (const { at, caller } of callers.splice(0)) await at.ask("hang_up", { caller });
  for (const one of visits) {
    for (const page of one.context.pages()) await page.unrouteAll({ behavior: "ignoreErrors" });
    if (!isWell || !(await emptied(one))) await one.context.close();
  }
}

/** How long a test takes compared with the others, which take 1: those of the desk talk, and a Firefox is started for its test. */
const weightOf = ({ name }) => {
  if (name.includes("::firefox_")) return 5;
  return name.startsWith("desk::") ? 2.5 : 1;
};

/** Those of this run: all, or the part `K/N` of them that takes as long as the others. Neighbours stay together, for those of a file
 * share people and scenes. */
function ofThisShard() {
  if (!setting.shard) return tests;
  const [shard, shards] = setting.shard.split("/").map(Number);
  must(shard >= 1 && shard <= shards, `no shard ${setting.shard}: say K/N, as 1/3`);
  const whole = tests.reduce((sum, each) => sum + weightOf(each), 0);
  let before = 0;
  return tests.filter((each) => {
    const part = Math.floor((before / whole) * shards) + 1;
    before += weightOf(each);
    return part === shard;
  });
}

export async function runAll() {
  const { wanted } = setting;
  for (const { name, run } of ofThisShard()) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    const began = Date.now();
    const visits = [];
    const faultsOf = () => [...unawaited, ...visits.flatMap(({ faults }) => faults)];
    let failure = null;
    try {
      await inTime(run((options) => visit(options, visits)));
      if (faultsOf().length > 0) throw new Error(faultsOf().join("\n"));
    } catch (error) {
      failure = [error.stack ?? error, ...faultsOf(), ...(await leftBehind(visits))].join("\n");
    }
    await clear(visits, failure === null);
    unawaited.length = 0;
    console.log(JSON.stringify({ test: name, failure, ms: Date.now() - began }));
  }
}

/** State of a failed test: its pages, and the journal of the newest call. */
async function leftBehind(visits) {
  const pages = visits.flatMap(({ context }) => context.pages());
  const textOf = () => {
    const off = [...document.querySelectorAll("button:disabled")].map(({ textContent }) => textContent);
    const since = Math.round(performance.now());
    return `after ${since} ms, noticed: ${window.noticed.join(" ")}\noff: ${off.join(", ")}\n${document.body.innerText}`;
  };
  const texts = await Promise.all(pages.map((page) => page.evaluate(textOf).catch((error) => `${error}`)));
  const shown = pages.map((page, at) => `--- ${page.url()}\n${texts[at].slice(0, 1_500)}`);
  const journal = await newestJournal().catch((error) => `${error}`);
  return [...shown, `--- the newest call\n${journal}`];
}

async function newestJournal() {
  const [{ id }] = (await api("/api/v1/calls?limit=1")).items;
  const { items } = await api(`/api/v1/calls/${id}/events?limit=200`);
  return items.map(({ at, kind }) => `${at} ${kind}`).join("\n");
}

/** No test hangs: what it waits for does not come. */
function inTime(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${TEST_MS_MAX} ms`)), TEST_MS_MAX);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Owner of the house. */
export const OWNER = {
  email: "ada@example.com",
  password: "correct horse battery",
  name: "Ada Lovelace",
  organization: "Lovelace Plumbing",
};

/** The link that the server printed at its start. */
export async function setupLink(at = house) {
  const links = (await at.ask("log")).match(/http\S+\/setup#token=\w+/g) ?? [];
  must(links.length === 1, `${links.length} links to the setup were printed`);
  return links[0];
}

/** The server has an owner from here on, whether or not the setup tests have run. */
async function owned() {
  if ((await api("/api/v1/auth/registration")).has_owner) return;
  const [, setup_token] = (await setupLink()).split("#token=");
  const made = await house.api("/api/v1/auth/register", { ...OWNER, setup_token });
  must(made.user, JSON.stringify(made));
}

/** Houses that tests sign in to with the admin token. */
const byToken = ["unowned", "dialler", "freeswitch", "full"];
const credentials = {
  owned: { email: OWNER.email, password: OWNER.password },
  ...Object.fromEntries(byToken.map((name) => [name, { token }])),
};
const cookies = {};

/** The cookies of a signed-in user. */
async function signedIn(at) {
  cookies[at.name] ??= (async () => {
    const context = await browser.newContext();
    const answer = await context.request.post(`${at.origin}/api/v1/auth/session`, { data: credentials[at.name] });
    equal(answer.status(), 204, "signing in");
    const kept = await context.cookies();
    await context.close();
    return kept;
  })();
  return cookies[at.name];
}

/** Without motion, which a Chromium without a graphics card pays for with a core; a test of motion asks for it. */
const CALM = { reducedMotion: "reduce" };

/** Pages that were emptied, by their houses and options. A new process costs 0.2 s of CPU, and the pages' code as much again, which a process
 * that has read it before has ready. */
const emptyPages = new Map();
/** A page is emptied so often at most. */
const USES_MAX = 20;
/** Changes that can't be taken from a page again, nor from its context: such a page is closed after its test. */
const LASTING = {
  page: ["addInitScript", "exposeFunction", "exposeBinding", "routeWebSocket", "on", "once", "close"],
  context: ["addInitScript", "newPage", "route", "setOffline", "grantPermissions"],
};
/** An address of every house whose page has no code. */
const BLANK = "/healthz";

/** Opens a page at a house, signed in or a stranger; `first` where nobody owns it yet. What no page may do becomes a fault of
 * the test: errors in the console (except `allowed`), requests to other origins (except `elsewhere`), reports of the Content-Security-Policy.
 * Each document of it begins with the functions `scripts`. */
async function visit({ stranger = false, first = false, at = house, elsewhere = [], allowed = [], scripts = [], ...options } = {}, visits = []) {
  if (at === house && !first) await owned();
  const kind = JSON.stringify([at.origin, options, scripts.map(String)]);
  const one = emptyPages.get(kind)?.pop() ?? (await newVisit(at, options, scripts, kind));
  Object.assign(one, { elsewhere, allowed, faults: [], isMarked: false, isLeaving: false });
  visits.push(one);
  if (!stranger && !first) await one.context.addCookies(await signedIn(at));
  return one.page;
}

/** A page of a new context. */
async function newVisit(at, more, scripts, kind) {
  const options = { ...CALM, viewport: { width: 1280, height: 800 }, ...more };
  const context = await browser.newContext(options);
  const one = { context, at, options, kind, uses: 0 };
  const fault = (text) => {
    if (!one.isLeaving && !one.allowed.some((part) => text.includes(part))) one.faults.push(text);
  };
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
      console.error(`CSP: ${violatedDirective} ${blockedURI} ${sample}`);
    });
    // Notices are gone by the time a test has given up waiting.
    window.noticed = [];
    const note = ({ target, addedNodes }) => {
      if (target.className === "toasts") window.noticed.push(...[...addedNodes].map(({ textContent }) => textContent));
    };
    new MutationObserver((changes) => changes.forEach(note)).observe(document, { childList: true, subtree: true });
    // Times when the page did not respond for a second: waits after them were late.
    const stood = ({ startTime, duration }) => {
      if (duration > 1_000) window.noticed.push(`(stood still for ${Math.round(duration)} ms, ${Math.round(startTime)} ms in)`);
    };
    new PerformanceObserver((tasks) => tasks.getEntries().forEach(stood)).observe({ type: "longtask" });
  });
  for (const script of scripts) await context.addInitScript(script);
  const page = await context.newPage();
  one.page = page;
  page.setDefaultTimeout(SEEN_MS_MAX);
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") fault(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => fault(`error: ${error.message}`));
  page.on("request", (request) => {
    const { origin: asked } = new URL(request.url());
    if (asked !== at.origin && !one.elsewhere.includes(asked)) fault(`request to elsewhere: ${request.url()}`);
  });
  page.on("dialog", (dialog) => {
    fault(`a dialog: ${dialog.message()}`);
    void (one.isLeaving ? dialog.accept() : dialog.dismiss());
  });
  for (const [thing, names] of [[page, LASTING.page], [context, LASTING.context]]) {
    for (const name of names) {
      const act = thing[name].bind(thing);
      thing[name] = (...words) => {
        one.isMarked = true;
        return act(...words);
      };
    }
  }
  return one;
}

/** Makes a page as good as new, for other tests. False where it can't be. */
async function emptied(one) {
  const { page, context, at, options, kind } = one;
  one.uses += 1;
  if (one.isMarked || setting.measure || one.uses >= USES_MAX || context.pages().length !== 1) return false;
  one.isLeaving = true;
  try {
    await page.goto(at.origin + BLANK);
    await page.evaluate(() => {
      sessionStorage.clear();
      localStorage.clear();
    });
    await context.clearCookies();
    await page.setViewportSize(options.viewport);
    await page.emulateMedia({ colorScheme: options.colorScheme ?? "light", reducedMotion: options.reducedMotion });
    await page.mouse.move(-5, -5);
  } catch {
    return false;
  }
  emptyPages.set(kind, [...(emptyPages.get(kind) ?? []), one]);
  return true;
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Findings of axe on a page, in a line each: by all its rules, or those of these tags, except the rules `without`. */
export async function audit(page, runOnly = AXE_TAGS, without = []) {
  if (!(await page.evaluate(() => "axe" in window))) await addAxe(page);
  // axe judges contrast where a quick look finds too little of it: comparing every text with everything under it is half of what axe costs.
  // A full run has it compare everything.
  const isFaint = Boolean(process.env.CORDBOARD_TEST_FULL) || (await page.evaluate(hasFaintText));
  const off = isFaint ? without : [...without, "color-contrast"];
  // All that is as it should be stays in the page: it is longer than the page itself. Style sheets are not read beforehand, which takes a third
  // of the time: no rule of these tags looks at them.
  return page.evaluate(async ([tags, left]) => {
    const rules = Object.fromEntries(left.map((rule) => [rule, { enabled: false }]));
    const { violations } = await window.axe.run({ runOnly: tags, rules, resultTypes: ["violations"], preload: false });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  }, [runOnly, off]);
}

/** Half a megabyte of script, as it is: Playwright would read it as an expression first, and wrap it. */
async function addAxe(page) {
  const session = await page.context().newCDPSession(page);
  const { exceptionDetails } = await session.send("Runtime.evaluate", { expression: axe });
  must(!exceptionDetails, `axe: ${exceptionDetails?.text}`);
  await session.detach();
}

/** Goes to another address of the server within the page, as a link does: reloading costs three times as much. */
export async function goWithin(page, address) {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, address);
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
