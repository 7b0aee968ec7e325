// A call in progress.
import { count, HOSTILE_NAME, liveCall } from "./scenes.mjs";
import { equal, house, must, origin, test, until } from "./stage.mjs";

const log = (page) => page.getByRole("log", { name: "Transcript" });

/** A script for a computer whose clock is an hour ahead. */
function isAhead() {
  const { now } = Date;
  Date.now = () => now() + 3_600_000;
}

test("live_call::the_log_grows_without_pulling_anybody_down", async (open) => {
  const { caller, id } = await liveCall();
  const page = await open({ scripts: [isAhead] });
  // Names that callers give themselves stay text, in the list and on the call's page.
  await page.goto(`${origin}/calls`);
  await page.getByRole("table", { name: "Live calls" }).getByRole("link", { name: HOSTILE_NAME }).click();
  await page.getByRole("heading", { name: `Call from ${HOSTILE_NAME}` }).waitFor();
  equal(page.url(), `${origin}/calls/${id}`);
  equal(await page.getByRole("img", { name: /x/ }).count(), 0);
  must((await page.title()).startsWith(`Live call from ${HOSTILE_NAME}`), await page.title());

  const facts = page.getByRole("region", { name: "Facts" });
  await until("the length by the server's clock", async () => /Length\d+:\d\d(?!:\d)/.test((await facts.textContent()) ?? ""));

  await log(page).getByText("That key does nothing here.").first().waitFor();
  const lines = () => log(page).getByText(/^Assistant$/).count();
  const overflows = await log(page).evaluate((box) => box.scrollHeight - box.clientHeight);
  must(overflows > 60, `the log has only ${overflows} px to scroll`);
  const fromEnd = () => log(page).evaluate((box) => box.scrollHeight - box.clientHeight - box.scrollTop);
  must((await fromEnd()) < 2, "the log does not open at its end");

  await log(page).evaluate((box) => box.scrollTo(0, 0));
  const more = async () => {
    const before = await lines();
    await house.ask("press", { caller, digits: "9" });
    await until("one more line", async () => (await lines()) > before);
  };
  await more();
  equal(await log(page).evaluate((box) => box.scrollTop), 0, "the reader's scroll position");
  await page.getByRole("button", { name: "New messages" }).click();
  must((await fromEnd()) < 2, "the button did not scroll to the end");
  equal(await page.getByRole("button", { name: "New messages" }).count(), 0);
  await more();
  must((await fromEnd()) < 2, "the log did not follow its end");
  await until("the same number of lines in the store", async () => (await lines()) === (await count(id, "assistant_said")));
});

test("live_call::empty_words_are_refused_and_timer_and_line_survive_a_reload", async (open) => {
  const { caller, id } = await liveCall();
  const page = await open({ allowed: ["422 (Unprocessable", "ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "ERR_NETWORK"] });
  await page.goto(`${origin}/calls/${id}`);
  const field = page.getByRole("textbox", { name: "Say to the caller" });
  await page.getByRole("button", { name: "Say", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "Enter what the assistant should say" }).waitFor();
  await field.fill("A table is free.");
  await page.keyboard.press("Enter");
  const alert = page.getByRole("alert").filter({ hasText: "recordings only" });
  await alert.waitFor();
  equal(await field.getAttribute("aria-describedby"), await alert.getAttribute("id"));
  equal(await field.inputValue(), "A table is free.", "the typed text");
  // Text typed while the previous one is being sent stays, and so does the focus of a user who moved on to a note.
  let answer;
  const isWritten = new Promise((resolve) => (answer = resolve));
  await page.route("**/say", async (route) => {
    await isWritten;
    await route.fulfill({ status: 202, body: "" });
  });
  await field.press("Enter");
  await field.fill("Or two.");
  const note = page.getByRole("region", { name: "Notes" }).getByRole("textbox", { name: "Note" });
  await note.focus();
  answer();
  await page.getByRole("status").filter({ hasText: "The assistant says it next." }).waitFor();
  equal(await field.inputValue(), "Or two.", "the text typed meanwhile");
  must(await note.evaluate((it) => it === document.activeElement), "the focus was taken from the note");
  await page.unroute("**/say");

  const facts = page.getByRole("region", { name: "Facts" });
  const seconds = async () => {
    const [, minutes, rest] = /Length(\d+):(\d\d)/.exec((await facts.textContent()) ?? "") ?? [];
    return Number(minutes) * 60 + Number(rest);
  };
  const before = await seconds();
  await until("two more seconds on the timer", async () => (await seconds()) >= before + 2);
  const left = await seconds();
  const leftAt = Date.now();
  await page.reload();
  await facts.waitFor();
  const there = await seconds();
  // The timer went on meanwhile: it neither restarted nor ran faster than time.
  must(there >= left - 1 && there <= left + (Date.now() - leftAt) / 1_000 + 2, `the timer at ${left} s, and at ${there} s after a reload`);

  const pill = page.getByRole("status", { name: "Connection" });
  await pill.filter({ hasText: "Live" }).waitFor();
  await page.context().setOffline(true);
  await pill.filter({ hasText: "Offline" }).waitFor();
  await house.ask("press", { caller, digits: "9" });
  await page.context().setOffline(false);
  await pill.filter({ hasText: "Live" }).waitFor();
  await until("the missed lines", async () => {
    const shown = await log(page).getByText(/^Assistant$/).count();
    return shown === (await count(id, "assistant_said"));
  });
});

test("live_call::words_that_are_not_final_stand_dimmed_and_then_as_one_line", async (open) => {
  const { caller, id } = await house.ring("+49 30 901825");
  await until("the greeting", () => count(id, "assistant_said"));
  const page = await open();
  await page.goto(`${origin}/calls/${id}`);
  await log(page).waitFor();
  await page.evaluate(() => {
    const box = document.querySelector("[role=log]");
    const said = (lines) => [...box.querySelectorAll(lines)].map((line) => line.querySelector(".said").textContent);
    window.seen = [];
    const look = () => window.seen.push({ dimmed: said(".line.interim"), final: said(".line:not(.interim)") });
    new MutationObserver(look).observe(box, { childList: true, subtree: true, characterData: true });
  });
  await house.ask("press", { caller, digits: "9" });
  const words = "That key does nothing here.";
  const lines = log(page).locator(".line:not(.interim)").filter({ hasText: words });
  await lines.waitFor();
  const holds = (texts) => texts.some((text) => text.includes(words));
  const seen = await page.evaluate(() => window.seen);
  must(seen.some(({ dimmed, final }) => holds(dimmed) && !holds(final)), "the words were not shown before they were final");
  must(!seen.some(({ dimmed, final }) => holds(dimmed) && holds(final)), "the words were shown twice");
  equal([await lines.count(), await log(page).locator(".interim").count()], [1, 0], "final and dimmed lines");

  // A caller is put on hold and taken back.
  const group = page.getByRole("group", { name: "Transfer the caller" });
  const hold = group.getByRole("button", { name: "Hold", exact: true });
  await hold.focus();
  await page.keyboard.press("Enter");
  const unhold = group.getByRole("button", { name: "Unhold", exact: true });
  await unhold.waitFor();
  await page.getByRole("status").filter({ hasText: "Putting the caller on hold" }).waitFor();
  await until("the hold in the journal", async () => (await count(id, "hold_began")) === 1);
  await unhold.click();
  await hold.waitFor();
  await page.getByRole("region", { name: "Timeline" }).getByText("Off hold").first().waitFor();

  // A page whose first answer was made before the call's end but arrives after it.
  const late = await open();
  let ask;
  let answer;
  const isAsked = new Promise((resolve) => (ask = resolve));
  const isOver = new Promise((resolve) => (answer = resolve));
  await late.route(`**/api/v1/calls/${id}`, async (route) => {
    const response = await route.fetch();
    ask();
    await isOver;
    await route.fulfill({ response });
  });
  await late.goto(`${origin}/calls/${id}`);
  await isAsked;
  await late.getByRole("status", { name: "Connection" }).filter({ hasText: "Live" }).waitFor();

  // Hanging up needs a confirmation.
  const button = page.getByRole("button", { name: "Hang up", exact: true });
  await button.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Hang up this call?" });
  await dialog.waitFor();
  must(await dialog.getByRole("button", { name: "Cancel" }).evaluate((at) => at === document.activeElement), "focus");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  must(await button.evaluate((at) => at === document.activeElement), "the focus is not back on the button");
  equal(await count(id, "ended"), 0);

  await button.click();
  await dialog.getByRole("button", { name: "Hang up now" }).click();
  equal(await house.ask("wait_ended", { caller }), "Hangup");
  await page.getByRole("region", { name: "Facts" }).getByText("Hung up from here").waitFor();
  await button.waitFor({ state: "detached" });
  // The record is complete at once, without a reload.
  await page.getByRole("button", { name: "Play" }).click();
  // A reader who saw the call end sees the line that is played, like one who comes later.
  await log(page).locator(".line[aria-current]").first().waitFor();
  await until("the end of the call on the other page", async () => (await late.title()).startsWith("Call from"));
  answer();
  await late.getByRole("button", { name: "Play" }).waitFor();
});
