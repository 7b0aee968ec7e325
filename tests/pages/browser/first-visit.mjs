// A server before its first call.
import { equal, must, origin, test } from "./stage.mjs";

/** The limit for a page's code, in bytes as sent, i. e. compressed. The frame takes 22 KB, half of it Preact and its signals, in one file
 * (build.mjs); one language's texts take 3 KB. The list of calls has 13 KB of its own: filters, days, columns, views, shared calls and the live
 * view. Parts that open on a click (the account's card, the window of a view, the palette) are loaded then. */
const PAGE_BYTES_MAX = 40 * 1024;
/** The same limit with the desk's code, for an agent. */
const DESK_BYTES_MAX = 60 * 1024;

/** The size of a script as sent, in bytes. */
const sent = async (script) => (await script.request().sizes()).responseBodySize;

test("calls::an_empty_house_says_so_and_owners_find_the_system", async (open) => {
  const page = await open();
  await page.goto(`${origin}/calls`);
  await page.getByRole("heading", { name: "No calls yet" }).waitFor();
  // The user has access to everything that the page offers.
  const offered = page.getByRole("main").getByRole("link");
  equal(await offered.allTextContents(), ["Create a talk link and call it"], "the offered actions");
  await offered.click();
  await page.getByRole("heading", { name: "Talk links", exact: true }).waitFor();
  // The owner who has set the server up sees its system.
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "System" }).click();
  await page.getByRole("heading", { name: "System", exact: true }).waitFor();
  await page.getByRole("heading", { name: "Limits" }).waitFor();
  equal(await page.getByRole("alert").filter({ hasText: /./ }).count(), 0, "alerts");
});

test("shell::little_code_from_this_origin_kept_for_ever", async (open) => {
  const page = await open();
  let scripts = [];
  page.on("response", (response) => {
    if (response.url().endsWith(".js")) scripts.push(response);
  });
  // While requests are intercepted, the browser takes nothing from its cache. The desk's code is held back until the page's own is counted.
  let letGo;
  const isCounted = new Promise((resolve) => (letGo = resolve));
  await page.route(/\/assets\/frame-/, (route) => isCounted.then(() => route.continue()));
  const isAsked = page.waitForRequest(/\/assets\/frame-/);
  const shell = await page.goto(`${origin}/calls`);
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  await isAsked;
  equal(
    shell.headers()["content-security-policy"],
    `default-src 'self'; connect-src 'self' ws://${origin.slice(7)} wss://${origin.slice(7)}; frame-ancestors 'none'; base-uri 'none'`,
  );
  equal(shell.headers()["cache-control"], "no-store");
  const bytesSent = async () => (await Promise.all(scripts.map(sent))).reduce((sum, bytes) => sum + bytes, 0);
  const own = await bytesSent();
  must(scripts.length > 1 && own <= PAGE_BYTES_MAX, `${scripts.length} scripts, ${own} bytes of the page's code`);
  letGo();
  await page.getByRole("button", { name: /^Presence:/ }).waitFor();
  const bytes = await bytesSent();
  must(bytes <= DESK_BYTES_MAX, `${bytes} bytes including the desk's code`);
  for (const script of scripts) {
    equal(script.headers()["cache-control"], "public, max-age=31536000, immutable", script.url());
    equal(script.headers()["content-encoding"], "gzip", script.url());
    must(!script.url().includes("wavesurfer"), "the waveform's code is loaded before it is needed");
  }

  // A desk without a call loads no more than it needs.
  scripts = [];
  await page.goto(`${origin}/desk`);
  await page.getByRole("button", { name: /^Presence:/ }).waitFor();
  await page.getByRole("region", { name: "No call" }).waitFor();
  const ofDesk = await bytesSent();
  for (const script of scripts) must(!/wavesurfer|call-parts/.test(script.url()), `${script.url()} is loaded before it is needed`);
  must(scripts.length > 1 && ofDesk <= DESK_BYTES_MAX, `${scripts.length} scripts, ${ofDesk} bytes`);
});

test("shell::an_unknown_address_says_page_not_found", async (open) => {
  const page = await open({ allowed: ["404 (Not Found)"] });
  const answer = await page.goto(`${origin}/nothing/here`);
  equal(answer.status(), 404);
  await page.getByRole("heading", { name: "Page not found" }).waitFor();
  await page.getByRole("main").getByRole("link", { name: "All calls" }).click();
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
});

test("shell::a_program_is_answered_as_a_program", async () => {
  const answer = await fetch(`${origin}/nothing/here`, { headers: { Accept: "*/*" } });
  equal([answer.status, answer.headers.get("content-type")], [404, "application/problem+json"]);
});

test("shell::the_theme_is_chosen_and_kept", async (open) => {
  const page = await open();
  await page.goto(`${origin}/calls`);
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await page.locator("details.account summary").click();
  await page.getByRole("combobox", { name: "Theme" }).selectOption("dark");
  const dark = await paper();
  must(light !== dark, "dark looks as light does");
  // The theme is set as soon as the page's first element is parsed, so that nothing flashes.
  await page.addInitScript(() => {
    new MutationObserver(() => {
      window.themeAtBody ??= document.body && document.documentElement.dataset.theme;
    }).observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  equal(await page.evaluate(() => window.themeAtBody), "dark", "theme before the first paint");
  equal(await paper(), dark);
  await page.locator("details.account summary").click();
  await page.getByRole("combobox", { name: "Theme" }).selectOption("system");
  equal(await paper(), light);
});
