// How long an owner's first minutes take, and how much each page loads. These are figures, taken with `CORDBOARD_MEASURE=1 cargo test --test pages --
// measure::` on a server that has no owner yet.
import { OWNER, equal, must, origin, setting, setupLink, test, until } from "./stage.mjs";
import { MICROPHONE, hears, listens } from "./desk/scene.mjs";

/** The limits of ux.md. */
const CLICKS_MAX = 6;
const SECONDS_MAX = 60;
/** The pages of the navigation, and those for signing in. */
const PAGES = [
  "/login",
  "/dashboard",
  "/desk",
  "/inbox",
  "/calls",
  "/leads",
  "/campaigns",
  "/customers",
  "/appointments",
  "/studio",
  "/business",
  "/routing",
  "/team",
  "/tools",
  "/talk-links",
  "/integrations",
  "/developers",
  "/dialler",
  "/reports",
  "/audit",
  "/settings",
  "/account",
  "/system",
];
/** The number of visits of each page; the median counts. */
const TIMES = 5;

test("measure::from_the_printed_link_to_hearing_a_voice", async (open) => {
  const link = await setupLink();
  const page = await open({ first: true, scripts: [listens], ...MICROPHONE });
  await page.addInitScript(() => {
    window.clicks = 0;
    addEventListener("click", ({ isTrusted }) => (window.clicks += isTrusted ? 1 : 0), true);
  });
  const began = Date.now();
  await page.goto(link);
  await page.getByLabel("E-mail address").waitFor();
  // Types like a user: twelve letters in two seconds.
  for (const name of ["email", "password", "name", "organization"]) {
    await page.keyboard.type(OWNER[name], { delay: 160 });
    await page.keyboard.press("Tab");
    if (name === "password") await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Talk to it now" }).click();
  await hears(page);
  const seconds = (Date.now() - began) / 1_000;
  const clicks = await page.evaluate(() => window.clicks);
  console.log(`measure from the printed link to hearing a voice: ${clicks} clicks, ${seconds.toFixed(1)} s, typing included (${setting.build} build)`);
  must(clicks <= CLICKS_MAX && seconds <= SECONDS_MAX, `${clicks} clicks, ${seconds} s`);
});

test("measure::what_each_page_loads_and_when_something_is_seen", async (open) => {
  const rows = [];
  const kept = await (await open()).context().cookies();
  for (const path of PAGES) {
    const seen = [];
    for (let time = 0; time < TIMES; time += 1) seen.push(await cold(open, path, kept));
    seen.sort((one, other) => one.paint - other.paint);
    const middle = seen[Math.floor(TIMES / 2)];
    rows.push(`| \`${path}\` | ${Math.round(middle.paint)} | ${kb(middle.code)} | ${kb(middle.style)} | ${middle.files} |`);
  }
  equal(rows.length, PAGES.length);
  console.log(["| page | first contentful paint, ms | scripts, KB | styles, KB | files |", "| --- | --- | --- | --- | --- |", ...rows].map((row) => `measure ${row}`).join("\n"));
});

const kb = (bytes) => (bytes / 1024).toFixed(1);

/** Visits a page with an empty cache: when it first showed something, what it had loaded by then, and what it loaded in all. */
async function cold(open, path, kept) {
  // No dialler is configured here, and its page says so.
  const page = await open({ stranger: true, allowed: path === "/dialler" ? ["409 (Conflict)"] : [] });
  if (path !== "/login") await page.context().addCookies(kept);
  const loaded = [];
  page.on("response", (response) => {
    if (/\.(js|css)$/.test(new URL(response.url()).pathname)) loaded.push(response);
  });
  await page.goto(origin + path);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  const paint = await until("a paint", () => page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0));
  // Waits for the requests after the first paint: the desk's code, icons.
  let before = -1;
  while (before !== loaded.length) {
    before = loaded.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const sizes = { code: 0, style: 0 };
  for (const response of loaded) {
    const { responseBodySize } = await response.request().sizes();
    sizes[response.url().endsWith(".css") ? "style" : "code"] += responseBodySize;
  }
  await page.context().close();
  return { paint, ...sizes, files: loaded.length };
}
