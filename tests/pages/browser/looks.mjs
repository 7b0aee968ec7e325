// Every page in light and dark, on a desktop and on a phone: axe, no scrolling sideways, targets that a finger finds.
import { join } from "node:path";
import { crowd, liveCall, pastCall } from "./scenes.mjs";
import { audit, equal, must, origin, setting, test } from "./stage.mjs";

const heading = (name) => (page) => page.getByRole("heading", { name, exact: true }).waitFor();
const PAGES = [
  { name: "login", path: () => "/login", stranger: true, there: heading("Sign in") },
  { name: "calls", path: () => "/calls", there: (page) => page.getByRole("table", { name: "Past calls" }).waitFor() },
  { name: "no-results", path: () => "/calls?from=nobody", there: heading("No results") },
  {
    name: "call",
    path: async () => `/calls/${(await pastCall()).id}`,
    there: (page) => page.getByRole("button", { name: "Play" }).waitFor(),
  },
  {
    name: "live-call",
    path: async () => `/calls/${(await liveCall()).id}`,
    there: (page) => page.getByRole("textbox", { name: "Say to the caller" }).waitFor(),
  },
  {
    name: "hang-up",
    path: async () => `/calls/${(await liveCall()).id}`,
    there: (page) => page.getByRole("button", { name: "Hang up", exact: true }).click(),
  },
  { name: "system", path: () => "/system", there: heading("Limits") },
];
const SIZES = [
  { width: 1280, height: 800, target: 24 },
  { width: 360, height: 740, target: 44 },
];

for (const { name, path, there, stranger = false } of PAGES) {
  test(`looks::${name.replaceAll("-", "_")}`, async (open) => {
    await Promise.all([crowd(), pastCall(), liveCall()]);
    for (const colorScheme of ["light", "dark"]) {
      for (const { width, height, target } of SIZES) {
        const page = await open({ stranger, colorScheme, viewport: { width, height } });
        await page.goto(origin + (await path()));
        await there(page);
        const where = `${name}, ${width} px, ${colorScheme}`;
        equal(await audit(page), [], `axe, ${where}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        must(wide <= width, `${where}: ${wide} px wide`);
        equal(await smallTargets(page, target), [], `small targets, ${where}`);
        equal(await page.getByRole("heading", { level: 1 }).count(), 1, `h1, ${where}`);
        if (PICTURES.includes(name)) await picture(page, `${name}-${width}-${colorScheme}`);
      }
    }
  });
}

/** What the documentation shows. */
const PICTURES = ["login", "calls", "call", "live-call", "system"];

/** What is too small to hit: lower than `target`, or narrower than 24 px. A row's link is as large as its row. */
function smallTargets(page, target) {
  return page.evaluate((height) => {
    const all = [...document.querySelectorAll("a, button, input, select, summary")];
    const boxOf = (element) => (element.closest("td.who, fieldset label") ?? element).getBoundingClientRect();
    const isSmall = (element) => {
      const box = boxOf(element);
      return box.bottom > 0 && (Math.round(box.height) < height || box.width < 24);
    };
    return all
      .filter((element) => element.checkVisibility() && isSmall(element))
      .map((element) => `${element.outerHTML.slice(0, 80)} ${boxOf(element).width} x ${boxOf(element).height}`);
  }, target);
}

async function picture(page, name) {
  if (setting.screenshots) await page.screenshot({ path: join(setting.screenshots, `${name}.png`), animations: "disabled" });
}

test("looks::state_is_never_colour_alone", async (open) => {
  const { id } = await liveCall();
  const page = await open({ forcedColors: "active" });
  await page.goto(`${origin}/calls/${id}`);
  await page.getByRole("region", { name: "Facts" }).getByText("Live").waitFor();
  equal(await audit(page), [], "axe with forced colours");
});

test("looks::nothing_moves_for_who_asked_for_calm", async (open) => {
  const page = await open({ reducedMotion: "reduce" });
  await page.goto(`${origin}/calls`);
  await page.getByRole("table", { name: "Live calls" }).waitFor();
  const moving = await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length);
  equal(moving, 0, "animations");
});

test("looks::wide_letters_are_not_cut", async (open) => {
  const { id } = await pastCall();
  const page = await open({ viewport: { width: 640, height: 800 } });
  await page.goto(`${origin}/calls/${id}`);
  await page.getByRole("button", { name: "Play" }).waitFor();
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }");
    document.adoptedStyleSheets = [sheet];
  });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  must(wide <= 640, `${wide} px wide`);
});
