// The board: live calls as cords and as a table, by mouse and by keyboard, and hundreds of them.
import { lookAtState } from "../views.mjs";
import { api, equal, house, must, origin, setting, test, token, until } from "../stage.mjs";
import { deskOf, person, region } from "./people.mjs";
import { callerAsks, keysTo } from "./scene.mjs";

const face = (page) => region(page, "Callers");
const table = (page) => page.getByRole("table", { name: "Live calls" });
const caller = (page, number) => page.getByRole("button", { name: new RegExp(number.replace("+", "\\+")) });
const drawer = (page) => page.getByRole("complementary", { name: /./ });
const hangsUp = (id) => house.send("POST", `/api/v1/calls/${id}/hangup`, {});
const focusIn = (locator) => locator.evaluate((element) => element.contains(document.activeElement));

/** Opens the board, with its calls as cords. */
async function board(open, options) {
  const page = await open({ scripts: [() => localStorage.setItem("cordboard.board.as", "cords")], ...options });
  await page.goto(`${origin}/board`);
  await page.getByRole("heading", { name: "Board", level: 1 }).waitFor();
  return page;
}

test("board::cords_and_table_show_the_same_live_calls", async (open) => {
  const page = await board(open, { allowed: ["422 (Unprocessable Entity)"] });
  await page.getByRole("list", { name: "Live figures" }).getByText("on the line").waitFor();
  const { caller: ringing, id } = await house.ring("+49 30 7770001");
  await caller(face(page), "+49 30 7770001").waitFor();
  const second = await house.ring("+49 30 7770002");
  await caller(face(page), "+49 30 7770002").waitFor();
  await lookAtState(page, "board");
  const idsIn = (scope) => scope.locator("[data-call]").evaluateAll((all) => all.map((one) => one.dataset.call).sort());
  const drawn = await idsIn(face(page));

  // A hold that ends while the connection is down is shown as over after the reconnect.
  const isHeld = caller(face(page), "+49 30 7770002").getByText("Held", { exact: true });
  await until("the hold", async () => (await house.send("POST", `/api/v1/calls/${second.id}/hold`)).ok);
  await isHeld.waitFor();
  let comesBack;
  const isBack = new Promise((resolve) => (comesBack = resolve));
  const line = /\/api\/v1\/live\?topics=board$/;
  const isAsked = page.waitForRequest(line);
  await page.route(line, (route) => isBack.then(() => route.continue()));
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await isAsked;
  must((await house.send("POST", `/api/v1/calls/${second.id}/unhold`)).ok, "the end of the hold");
  await until("the hold ends", async () => (await api(`/api/v1/calls/${second.id}/events?limit=200`)).items.some(({ kind }) => kind === "hold_ended"));
  comesBack();
  await isHeld.waitFor({ state: "detached" });

  // A call that was on hold before the board opened is shown as held.
  must((await house.send("POST", `/api/v1/calls/${second.id}/hold`)).ok, "the second hold");
  await isHeld.waitFor();
  await page.reload();
  await isHeld.waitFor();
  must((await house.send("POST", `/api/v1/calls/${second.id}/unhold`)).ok, "the end of the second hold");
  await isHeld.waitFor({ state: "detached" });

  // By keyboard: switch the view, move along the rows, open the drawer, and return.
  await page.getByRole("radio", { name: "Cords" }).focus();
  await page.keyboard.press("ArrowRight");
  await table(page).waitFor();
  // Calls of earlier tests may end meanwhile.
  await until("the same calls in the table", async () => {
    const live = (await api("/api/v1/calls?limit=200")).items.filter(({ state }) => state === "live").map((call) => call.id);
    return JSON.stringify(await idsIn(table(page))) === JSON.stringify(drawn.filter((call) => live.includes(call)));
  });
  const rows = table(page).locator("[data-call]");
  await rows.first().focus();
  await page.keyboard.press("ArrowDown");
  must(await focusIn(rows.nth(1)), "the arrow key did not move to the next row");
  await page.keyboard.press("ArrowUp");
  must(await focusIn(rows.first()), "the arrow key did not move back");
  await caller(table(page), "+49 30 7770002").focus();
  await page.keyboard.press("Enter");
  await drawer(page).getByRole("radiogroup", { name: "How you take part" }).waitFor();
  must(await focusIn(drawer(page)), "the focus is not in the drawer");
  await drawer(page).getByRole("log", { name: "Transcript" }).waitFor();
  // The built-in assistant plays recordings, so it takes no hint, and the drawer says so.
  const hint = drawer(page).getByRole("textbox", { name: "Hint for the assistant (the caller does not hear it)" });
  await hint.fill("Offer Friday, too.");
  await hint.press("Enter");
  await drawer(page).getByRole("alert").filter({ hasText: "it has recordings only" }).waitFor();
  equal(await hint.inputValue(), "Offer Friday, too.", "the hint, which was refused");
  await lookAtState(page, "board-drawer");
  await page.keyboard.press("Escape");
  await drawer(page).waitFor({ state: "detached" });
  must(await focusIn(caller(table(page), "+49 30 7770002")), "the focus is not back on the row");

  // A call disappears when it has ended, and the other one stays.
  await hangsUp(id);
  await caller(table(page), "+49 30 7770001").waitFor({ state: "detached" });
  must(await caller(table(page), "+49 30 7770002").isVisible(), "the other call disappeared");
  must(ringing !== second.caller, "both calls have the same caller");

  // Hang up from the drawer.
  await caller(table(page), "+49 30 7770002").click();
  await drawer(page).getByRole("button", { name: "Hang up" }).click();
  // Esc closes the confirmation, and the drawer stays.
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await drawer(page).getByRole("button", { name: "Hang up" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Hang up now" }).click();
  await drawer(page).getByText("This call is over.").waitFor();
});

test("board::tiles_say_how_long_callers_wait_and_are_answered", async (open) => {
  const tia = await person("Tia");
  const queue = await house.api("/api/v1/queues", { name: "tiles", title: "Tiles", ring_s: 120, members: [{ user_id: tia.id }] });
  must(queue.id, JSON.stringify(queue));
  await deskOf(open, tia);
  const page = await open();
  // The server's real figures of the day include the calls of other tests.
  await page.route(/\/api\/v1\/metrics\/report\?/, async (route) => {
    const response = await route.fetch();
    const report = await response.json();
    const figures = { ...report.now.figures, answered: 8, contained: 6, missed: 3 };
    const ofQueue = { ...figures, handoffs: 4, bridged: 2, waits_20_s: 1 };
    await route.fulfill({ response, json: { ...report, now: { ...report.now, figures }, keys: [{ key: queue.id, now: ofQueue }] } });
  });
  await page.goto(`${origin}/board`);
  const tile = (name) => page.getByRole("list", { name: "Live figures" }).getByRole("listitem").filter({ hasText: name });
  const facts = async (name) => (await tile(name).locator("dl > div").allInnerTexts()).map((fact) => fact.replace(/\s+/g, " "));
  const says = (name, ...wanted) => until(`${name}: ${wanted.join(", ")}`, async () => JSON.stringify(await facts(name)) === JSON.stringify(wanted));
  await until("the day's figures", async () => (await facts("All calls")).slice(1).join() === "Missed today 3,Assistant alone 75%");
  await says("Tiles", "Longest –", "Within 20 s 25%", "Answered 50%");

  const line = await keysTo("tiles");
  const callers = [await callerAsks(line, "+49 30 7770051"), await callerAsks(line, "+49 30 7770052")];
  await tile("Tiles").getByText("2 wait", { exact: true }).waitFor();
  // The first of the callers waits the longest.
  const startedAt = Date.now();
  const longest = async () => /^Longest (\d+):(\d\d)$/.exec((await facts("Tiles"))[0]);
  const seconds = async () => {
    const [, minutes, rest] = (await longest()) ?? must(false, "no longest wait");
    return 60 * Number(minutes) + Number(rest);
  };
  const began = await seconds();
  await until("one more second", async () => (await seconds()) > began);
  must((await seconds()) <= began + Math.ceil((Date.now() - startedAt) / 1_000) + 1, "it counts faster than the clock");
  for (const { id } of callers) await hangsUp(id);
  await says("Tiles", "Longest –", "Within 20 s 25%", "Answered 50%");
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("board::an_alarm_is_seen_to_while_a_tablet_is_rotated", async (open) => {
  const rules = { rules: [{ name: "Says nothing", enabled: true, on: "silence", longer_than_s: 5 }] };
  must((await house.send("PUT", "/api/v1/alarm-rules", rules)).ok, "the rule was refused");
  const { id } = await house.ring("+49 30 7770003");

  // Until the alarm: the board follows a rotated tablet until a view is chosen.
  const page = await open();
  const turn = (width, height) => page.setViewportSize({ width, height });
  const isChosen = (name) => until(`${name} are shown`, () => page.getByRole("radio", { name }).isChecked());
  await turn(600, 960);
  await page.goto(`${origin}/board`);
  await page.getByRole("heading", { name: "Board", level: 1 }).waitFor();
  await isChosen("Table");
  await turn(960, 600);
  await isChosen("Cords");
  await turn(600, 960);
  await isChosen("Table");
  // A view that the user has chosen stays when the tablet is rotated.
  await page.getByRole("radio", { name: "Cords" }).check({ force: true });
  await turn(960, 600);
  await page.getByRole("radio", { name: "Table" }).check({ force: true });
  await turn(600, 960);
  await turn(960, 600);
  await isChosen("Table");
  await page.reload();
  await isChosen("Table");
  await page.getByRole("radio", { name: "Cords" }).check({ force: true });

  const alarm = region(page, "Alarms").or(page.getByRole("log", { name: "Alarms" }));
  await alarm.getByText("Says nothing").first().waitFor({ timeout: 40_000 });
  await alarm.getByText("Nobody has said anything for 5 seconds.").first().waitFor();
  await lookAtState(page, "board-alarm");
  await alarm.getByRole("button", { name: "Open the call of Says nothing" }).first().click();
  await drawer(page).getByRole("log", { name: "Transcript" }).waitFor();
  await page.keyboard.press("Escape");
  // So that calls of other tests raise no alarms meanwhile.
  must((await house.send("PUT", "/api/v1/alarm-rules", { rules: [] })).ok, "the rules were not removed");
  const { items } = await house.api("/api/v1/alarms?open=true");
  for (let left = items.length; left > 0; left -= 1) {
    await alarm.getByRole("button", { name: "Says nothing: acknowledge" }).first().click();
    await until("one alarm less", async () => (await house.api("/api/v1/alarms?open=true")).items.length < left);
  }
  await alarm.getByText("Says nothing").first().waitFor({ state: "detached" });
  await hangsUp(id);
});

/** Runs in the page: replaces the board's event stream by one that the test writes. */
function scripted() {
  const Real = window.EventSource;
  window.EventSource = class {
    constructor(url) {
      if (!url.includes("topics=board")) return new Real(url);
      this.takes = {};
      window.stream = this;
    }
    addEventListener(kind, take) {
      this.takes[kind] = take;
    }
    close() {}
  };
  let seq = 0;
  window.tell = (event) => {
    seq += 1;
    window.stream.takes[event.kind]({ data: JSON.stringify({ seq, at: new Date().toISOString(), ...event }) });
  };
  window.call = (n, state = "live") => ({
    id: `0199d2a5-7f1e-7c3a-9a55-${String(n).padStart(12, "0")}`, state, direction: "inbound",
    from: `+49 30 ${1_000_000 + n}`, to: "+49 30 5550100", profile_id: "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10",
    started_at: new Date(Date.now() - n * 1_000).toISOString(), answered_at: new Date().toISOString(), ended_at: null, provider: "builtin",
    leg_kind: "audio_socket", outside_ids: [], hangup_by: null, hangup_cause: null, failure: null, recording_ms: null, recording_lost_ms: 0, cost_micros: n,
    last_seq: 10, identity: null, currency: "USD", agents: [], tags: [],
  });
}

/** Sends 60 changes a second for `ms`, and measures how long the frames take meanwhile. */
function frames(ms) {
  return new Promise((resolve) => {
    const took = [];
    let last = performance.now();
    const began = last;
    let n = 0;
    const timer = setInterval(() => {
      n += 1;
      // Most changes are the costs of a turn; now and then a call ends and another one begins.
      if (n % 15 === 0) {
        window.tell({ kind: "call", call: { ...window.call(n % 500), state: "ended" } });
        window.tell({ kind: "call", call: window.call(1_000 + n) });
      } else window.tell({ kind: "call", call: { ...window.call((n * 7) % 500), cost_micros: n } });
    }, 1_000 / 60);
    const step = (at) => {
      took.push(at - last);
      last = at;
      if (at - began < ms) return requestAnimationFrame(step);
      clearInterval(timer);
      took.sort((a, b) => a - b);
      resolve({ frames: took.length, p50: took[took.length >> 1], p95: took[Math.floor(took.length * 0.95)], worst: took.at(-1) });
    };
    requestAnimationFrame(step);
  });
}

test("board::people_who_talk_or_call_are_not_the_assistant", async (open) => {
  const page = await open({ scripts: [scripted, () => localStorage.setItem("cordboard.board.as", "table")] });
  await page.goto(`${origin}/board`);
  await page.waitForFunction(() => window.stream?.takes.snapshot);
  const tells = (more) => page.evaluate((more) => window.tell({ kind: "snapshot", calls: [{ ...window.call(1), ...more }] }), more);
  const row = (...cells) => table(page).getByRole("row", { name: new RegExp(cells.join(".*")) });
  await tells({ with_person: false });
  await row("1000001", "Assistant").waitFor();
  // An agent calls somebody, whose phone rings.
  const agents = [{ user_id: "ada", name: "Ada", outcome: "accepted", joined_at: null, left_at: null, talked_ms: 0 }];
  await tells({ state: "dialling", direction: "outbound", answered_at: null, with_person: false, agents });
  await row("5550100", "Ringing", "Ada").waitFor();
  await page.getByText("1 call, 0 with the assistant").waitFor();
  await tells({ with_person: true });
  await row("1000001", "Live", "Someone").waitFor();
  await page.getByText("1 call, 0 with the assistant").waitFor();
  await page.getByRole("radio", { name: "Cords" }).check({ force: true });
  await face(page).getByRole("listitem").getByText("Someone", { exact: true }).waitFor();
});

test("board::it_bears_unreadable_entries_and_five_hundred_calls", async (open) => {
  const page = await open({ scripts: [scripted, () => localStorage.setItem("cordboard.board.as", "table")], allowed: ["ERR_FAILED"] });
  const ears = (names) => table(page).getByRole("cell", { name: names, exact: true });
  const snapshot = () => page.evaluate(() => window.tell({ kind: "snapshot", calls: [window.call(1)] }));
  const joins = (user_id, seq) =>
    page.evaluate(
      ([user_id, seq]) => window.tell({ kind: "entry", entry: { kind: "supervisor_joined", call_id: window.call(1).id, seq, user_id, mode: "listen" } }),
      [user_id, seq],
    );
  await page.goto(`${origin}/board`);
  await page.waitForFunction(() => window.stream?.takes.snapshot);
  await snapshot();
  await joins("one", 11);
  await ears("Someone").waitFor();

  // As after a lost connection: another supervisor joins while the journal is being read.
  await page.route(/\/events\?/, async (route) => {
    await joins("another", 12);
    await ears("Someone, Someone").waitFor();
    await route.abort();
  });
  const failed = page.waitForEvent("requestfailed", (request) => request.url().includes("/events?"));
  await snapshot();
  await failed;
  await ears("Someone").waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });

  // And it bears five hundred calls. None of them is on the server.
  await page.route(/\/events\?/, (route) => route.abort());
  await page.evaluate(() => window.tell({ kind: "snapshot", calls: Array.from({ length: 500 }, (_, n) => window.call(n)) }));
  await until("all calls in the table", async () => (await table(page).locator("[data-call]").count()) === 500);
  const inTable = await page.evaluate(frames, setting.measure ? 10_000 : 500);
  await page.getByRole("radio", { name: "Cords" }).check({ force: true });
  await face(page).getByText(/20 of \d+ calls are shown/).waitFor();
  equal(await face(page).locator("[data-call]").count(), 20, "callers in the picture");
  const inCords = await page.evaluate(frames, setting.measure ? 10_000 : 500);
  for (const [name, { frames: count, p50, p95, worst }] of [["table", inTable], ["cords", inCords]]) {
    console.log(`# 500 calls, 60 changes a second, ${name}: ${count} frames, ${p50.toFixed(1)} ms median, ${p95.toFixed(1)} ms p95, ${worst.toFixed(1)} ms worst`);
  }
  await page.evaluate(() => window.tell({ kind: "snapshot", calls: [] }));
  await face(page).getByText("Nobody is on the line").waitFor();
});

/** The number of bytes that the live view sends within `ms`. */
async function bytesOf(topics, ms) {
  const stop = new AbortController();
  const answer = await fetch(`${origin}/api/v1/live?topics=${topics}`, { headers: { Authorization: `Bearer ${token}` }, signal: stop.signal });
  let bytes = 0;
  const timer = setTimeout(() => stop.abort(), ms);
  try {
    for await (const piece of answer.body) bytes += piece.length;
  } catch {
    // The request was aborted.
  }
  clearTimeout(timer);
  return bytes;
}

test("board::its_stream_is_smaller_than_that_of_all_entries", async () => {
  const ms = setting.measure ? 20_000 : 3_000;
  const calls = [];
  const [of, all] = [bytesOf("board", ms), bytesOf("calls", ms)];
  for (let n = 0; n < 4; n += 1) calls.push((await house.ring(`+49 30 777010${n}`)).id);
  const [small, large] = [await of, await all];
  console.log(`# 4 calls from their beginning, ${ms / 1_000} s: ${small} bytes of the board, ${large} bytes of all entries; for 500 calls about ${Math.round((small / 4 / ms) * 500)} kB/s and ${Math.round((large / 4 / ms) * 500)} kB/s`);
  must(small < large, `${small} and ${large} bytes`);
  for (const id of calls) await hangsUp(id);
});
