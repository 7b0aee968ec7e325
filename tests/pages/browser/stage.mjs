// Common parts of all tests: the browser, the servers and their callers, and pages that fail a test for forbidden behaviour.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { hasFaintText } from "./contrast.mjs";
import { hasContentOutsideLandmarks } from "./regions.mjs";

/** The driver's settings: the servers' origins, the admin token, the selected tests, the folder for screenshots. */
export const setting = JSON.parse(process.argv[2]);
export const { token } = setting;

// A test's page lives for seconds, so optimizing its code costs more than it saves (a third of a page's CPU time). Figures are measured with a
// browser's usual settings.
const SHORT_LIVED = setting.measure ? [] : ["--js-flags=--no-opt --no-maglev --single-threaded"];

export const browser = await chromium.launch({
  executablePath: setting.chromium.program,
  // A microphone that beeps once a second, for pages with the permission.
  args: [...setting.chromium.arguments, ...SHORT_LIVED, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection"],
});

const driver = { sent: 0, waiting: new Map(), lines: createInterface({ input: process.stdin }) };
driver.lines.on("line", (line) => {
  const { id, value, error } = JSON.parse(line);
  const { resolve, reject } = driver.waiting.get(id);
  driver.waiting.delete(id);
  if (error === undefined) resolve(value);
  else reject(new Error(error));
});

/** Callers of the current test. A call that continued after its test would use a hundredth of a core until the run ends. */
const callers = [];

/** A server under test: its address, its log, and callers that ring, speak and hang up. */
class House {
  constructor(name) {
    this.name = name;
    this.origin = setting[name];
  }

  ask(what, details = {}) {
    driver.sent += 1;
    const id = driver.sent;
    console.log(JSON.stringify({ id, ask: what, at: this.name, ...details }));
    return new Promise((resolve, reject) => driver.waiting.set(id, { resolve, reject }));
  }

  /** A caller. They hang up at the end of the test at the latest; with `stays`, at the end of the run. */
  async ring(from, to = "+49 30 5550100", { stays = false } = {}) {
    const rung = await this.ask("ring", { from, to });
    if (!stays) callers.push({ at: this, caller: rung.caller });
    return rung;
  }

  /** Sends a request with the admin token, and resolves to the response. */
  send(method, path, body) {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    return fetch(this.origin + path, { method, headers, body: JSON.stringify(body) });
  }

  /** Requests a path of the API with the admin token and resolves to the parsed JSON. A request with a `body` is a POST. */
  async api(path, body) {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const request = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
    return (await fetch(this.origin + path, request)).json();
  }
}

/** Waits until a caller has heard `ms` more of sound, so that a test can barge in in the middle of a sentence. */
export async function hearsMore(at, caller, ms) {
  const before = await at.ask("heard_ms", { caller });
  await until(`${ms} ms more of sound`, async () => (await at.ask("heard_ms", { caller })) >= before + ms);
}

/** The server under test: the first test sets it up, and from then on it has an owner. */
export const house = new House("owned");
/** A server that never gets an owner, so that the admin token opens its pages; anyone may register there. */
export const unowned = new House("unowned");
/** A server whose assistant is a model in the stand-in of OpenAI. */
export const modelled = new House("modelled");
/** A server connected to a switch (a real Asterisk, or the stand-in of FreeSWITCH) or a dialler, or one with 10,000 of each thing. It is
 * started when it is first used. */
export async function atHouse(name) {
  const server = new House(name);
  server.origin = await server.ask("open");
  return server;
}
export const { origin } = house;

export const api = (path) => house.api(path);

/** Ends the conversation with the driver. */
export function leave() {
  driver.lines.close();
  process.stdin.destroy();
}

/** How long `until` waits for something to appear, on a busy machine. */
const SEEN_MS_MAX = 15_000;
/** The pause between two checks: 50 ms at first, later a tenth of the time that has passed, 250 ms at most. Each check costs the page or the
 * server work. */
const LOOK_MS = 50;
const LOOK_SHARE = 0.1;
const LOOK_MS_MAX = 250;

/** Waits until `look` returns something true, and resolves to it. `what` names it in the error. */
export async function until(what, look, limitMs = SEEN_MS_MAX) {
  const began = Date.now();
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    const passed = Date.now() - began;
    if (passed > limitMs) throw new Error(`timed out after ${limitMs} ms, waiting for: ${what}`);
    const pause = Math.min(Math.max(LOOK_MS, passed * LOOK_SHARE), LOOK_MS_MAX);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

const tests = [];

/** The time limit of a test, for a busy machine. */
const TEST_MS_MAX = setting.measure ? 300_000 : 90_000;

/** Declares a test. It gets `open`, which opens a page, signed in or as a stranger. */
export function test(name, run) {
  tests.push({ name, run });
}

/** Failures that nothing awaits, as in a route's handler: they fail the test, not the whole run. */
const unawaited = [];
process.on("unhandledRejection", (error) => unawaited.push(error.stack ?? `${error}`));

/** Cleans up after a test: its callers hang up, requests that its routes hold are dropped, and its pages are closed, or emptied for later tests. */
async function clear(visits, isWell) {
  for (const { at, caller } of callers.splice(0)) await at.ask("hang_up", { caller });
  for (const one of visits) {
    for (const page of one.context.pages()) await page.unrouteAll({ behavior: "ignoreErrors" });
    if (!isWell || !(await emptied(one))) await one.context.close();
  }
}

/** A test's duration relative to the others, which count 1: desk tests include conversations, and a Firefox is started for each of its tests. With
 * these the three parts took as long, by the durations of 2026-11-30. */
const weightOf = ({ name }) => {
  if (name.includes("::firefox_")) return 5;
  return name.startsWith("desk::") ? 2.2 : 1;
};

/** The tests of this run: all, or the part `K/N` of them, where all parts take about the same time. Neighbours stay together, because the tests of
 * a file share people and scenes. */
function ofThisShard() {
  if (!setting.shard) return tests;
  const [shard, shards] = setting.shard.split("/").map(Number);
  must(shard >= 1 && shard <= shards, `no shard ${setting.shard}: use K/N, such as 1/3`);
  const whole = tests.reduce((sum, each) => sum + weightOf(each), 0);
  let before = 0;
  return tests.filter((each) => {
    const part = Math.floor((before / whole) * shards) + 1;
    before += weightOf(each);
    return part === shard;
  });
}

export async function runAll() {
  const { filters } = setting;
  for (const { name, run } of ofThisShard()) {
    if (filters.length > 0 && !filters.some((part) => name.includes(part))) continue;
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

/** The state of a failed test: its pages, and the journal of the newest call. */
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

/** Fails a test that exceeds its time limit, so that no test hangs. */
function inTime(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the test took more than ${TEST_MS_MAX} ms`)), TEST_MS_MAX);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** The owner of `house`. */
export const OWNER = {
  email: "ada@example.com",
  password: "correct horse battery",
  name: "Ada Lovelace",
  organization: "Lovelace Plumbing",
};

/** The setup link that the server logged at its start. */
export async function setupLink(at = house) {
  const links = (await at.ask("log")).match(/http\S+\/setup#token=\w+/g) ?? [];
  must(links.length === 1, `expected one setup link in the log, found ${links.length}`);
  return links[0];
}

/** Makes sure that the server has an owner, whether or not the setup tests have run. */
async function owned() {
  if ((await api("/api/v1/auth/registration")).has_owner) return;
  const [, setup_token] = (await setupLink()).split("#token=");
  const made = await house.api("/api/v1/auth/register", { ...OWNER, setup_token });
  must(made.user, JSON.stringify(made));
}

/** Servers that tests sign in to with the admin token. */
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

/** Without motion, which costs a core in a Chromium without a graphics card; tests of motion turn it on. */
const CALM = { reducedMotion: "reduce" };

/** Emptied pages, by their servers and options. A new process costs 0.2 s of CPU time, and loading the pages' code costs as much again; a reused
 * process has both. */
const emptyPages = new Map();
/** How often a page is emptied and used again, at most. */
const USES_MAX = 40;
/** Changes that can't be undone in a page or its context: such a page is closed after its test. `undoable` has those that can. */
const LASTING = {
  page: ["exposeFunction", "exposeBinding", "routeWebSocket", "close"],
  context: ["addInitScript", "newPage", "route", "grantPermissions"],
};
/** A path of every server whose page runs no code. */
const BLANK = "/healthz";

/** Opens a page of a server, signed in, or as a `stranger`; `first` is for a server that may not have an owner yet. Forbidden behaviour of the
 * page fails the test: errors in the console (except `allowed`), requests to other origins (except `elsewhere`), violations of the
 * Content-Security-Policy. The functions `scripts` run first in each of the page's documents. */
async function visit({ stranger = false, first = false, at = house, elsewhere = [], allowed = [], scripts = [], ...options } = {}, visits = []) {
  if (at === house && !first) await owned();
  const kind = JSON.stringify([at.origin, Object.entries(options).sort(([one], [other]) => (one < other ? -1 : 1))]);
  const one = emptyPages.get(kind)?.pop() ?? (await newVisit(at, options, kind));
  Object.assign(one, { elsewhere, allowed, faults: [], undo: [], isMarked: false, isLeaving: false });
  visits.push(one);
  for (const script of scripts) await one.page.addInitScript(script);
  if (!stranger && !first) await one.context.addCookies(await signedIn(at));
  return one.page;
}

/** Opens a page in a new context. */
async function newVisit(at, more, kind) {
  const options = { ...CALM, viewport: { width: 1280, height: 800 }, ...more };
  const context = await browser.newContext(options);
  const one = { context, at, options, kind, uses: 0, undo: [] };
  const fault = (text) => {
    if (!one.isLeaving && !one.allowed.some((part) => text.includes(part))) one.faults.push(text);
  };
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
      console.error(`CSP: ${violatedDirective} ${blockedURI} ${sample}`);
    });
    // Toasts disappear before a test times out, so they are collected here.
    window.noticed = [];
    const note = ({ target, addedNodes }) => {
      if (target.className === "toasts") window.noticed.push(...[...addedNodes].map(({ textContent }) => textContent));
    };
    new MutationObserver((changes) => changes.forEach(note)).observe(document, { childList: true, subtree: true });
    // Times when the page did not respond for a second, which explain late results.
    const stalled = ({ startTime, duration }) => {
      if (duration > 1_000) window.noticed.push(`(did not respond for ${Math.round(duration)} ms, ${Math.round(startTime)} ms in)`);
    };
    new PerformanceObserver((tasks) => tasks.getEntries().forEach(stalled)).observe({ type: "longtask" });
  });
  const page = await context.newPage();
  one.page = page;
  page.setDefaultTimeout(SEEN_MS_MAX);
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") fault(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => fault(`error: ${error.message}`));
  page.on("request", (request) => {
    const { origin: requested } = new URL(request.url());
    if (requested !== at.origin && !one.elsewhere.includes(requested)) fault(`request to another origin: ${request.url()}`);
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
  undoable(one);
  return one;
}

/** Has a page's scripts, its listeners and its lost network undone after the test. */
function undoable(one) {
  const { page, context } = one;
  const addInitScript = page.addInitScript.bind(page);
  page.addInitScript = async (...words) => {
    const script = await addInitScript(...words);
    one.undo.push(() => script.dispose());
    return script;
  };
  for (const name of ["on", "once"]) {
    const listen = page[name].bind(page);
    page[name] = (event, listener) => {
      one.undo.push(() => page.off(event, listener));
      return listen(event, listener);
    };
  }
  const setOffline = context.setOffline.bind(context);
  context.setOffline = (isOffline) => {
    one.undo.push(() => setOffline(false));
    return setOffline(isOffline);
  };
}

/** Restores a page for other tests. Returns false if that is impossible. */
async function emptied(one) {
  const { page, context, at, options, kind } = one;
  one.uses += 1;
  if (one.isMarked || setting.measure || one.uses >= USES_MAX || context.pages().length !== 1) return false;
  one.isLeaving = true;
  try {
    for (const undo of one.undo) await undo();
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

/** Without `noHtml`, axe keeps the HTML of each element that it judges, which is most of the page again for each level. */
const axe = `${readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")}\n;axe.configure({ noHtml: true });`;
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** A full run has axe check whole pages by all rules. */
const IS_WHOLE = Boolean(process.env.CORDBOARD_TEST_FULL);

/** Runs axe on a page and returns its findings, one line each. It applies all rules, or those of the tags `runOnly`, except the rules `without`.
 * Under a modal window nothing else can be used: axe checks only the window. */
export async function audit(page, runOnly = AXE_TAGS, without = []) {
  if (!(await page.evaluate(() => "axe" in window))) await addAxe(page);
  // Two rules judge each text or each element, which is most of axe's cost: they are applied to pages where a quick check finds too little contrast,
  // or something outside the landmarks. A full run always applies them.
  const isFaint = IS_WHOLE || (await page.evaluate(hasFaintText));
  const isLoose = IS_WHOLE || (await page.evaluate(hasContentOutsideLandmarks));
  const off = [...without, ...(isFaint ? [] : ["color-contrast"]), ...(isLoose ? [] : ["region"])];
  // Results of passed rules stay in the page: they are longer than the page itself. Style sheets are not preloaded, which would take a third of the
  // time and which no rule of these tags needs.
  return page.evaluate(async ([tags, left, isWhole]) => {
    const rules = Object.fromEntries(left.map((rule) => [rule, { enabled: false }]));
    const modal = isWhole ? [] : [...document.querySelectorAll("dialog:modal")];
    const context = modal.length > 0 ? { include: modal } : document;
    const { violations } = await window.axe.run(context, { runOnly: tags, rules, resultTypes: ["violations"], preload: false, elementRef: true });
    const html = ({ element, target }) => element?.outerHTML.slice(0, 300) ?? target;
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${html(node)} ${node.failureSummary}`));
  }, [runOnly, off, IS_WHOLE]);
}

/** Evaluates axe's half a megabyte of script directly: Playwright would parse and wrap it first. */
async function addAxe(page) {
  const session = await page.context().newCDPSession(page);
  const { exceptionDetails } = await session.send("Runtime.evaluate", { expression: axe });
  must(!exceptionDetails, `axe: ${exceptionDetails?.text}`);
  await session.detach();
}

/** Navigates within the page, as a link does: a reload costs three times as much. */
export async function goWithin(page, address) {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, address);
}

/** Fails with both values if they differ. */
export function equal(seen, expected, what = "value") {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, saw ${a}`);
}

/** Fails with the text `what` if the condition is false. */
export function must(isSo, what) {
  if (!isSo) throw new Error(what);
}
