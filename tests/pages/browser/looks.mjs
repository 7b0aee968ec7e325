// Every page in light and dark, on a desktop and on a phone.
import { signInAsOtherOwner } from "./people.mjs";
import { crowd, liveCall, operatorsCall, pastCall } from "./scenes.mjs";
import { audit, equal, house, must, origin, test, unowned } from "./stage.mjs";
import { lookAt, SCHEMES, SIZES } from "./views.mjs";

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
  { name: "system", path: () => operatorsCall().then(() => "/system"), at: unowned, there: heading("Limits") },
  {
    name: "not-allowed",
    path: () => "/system",
    at: unowned,
    stranger: true,
    as: signInAsOtherOwner,
    there: heading("You don't have access to this page"),
  },
];

for (const { name, path, there, as, stranger = false, at = house } of PAGES) {
  test(`looks::${name.replaceAll("-", "_")}`, async (open) => {
    await Promise.all([crowd(), pastCall(), liveCall()]);
    for (const colorScheme of SCHEMES) {
      for (const size of SIZES) {
        const { width, height } = size;
        const page = await open({ stranger, at, colorScheme, viewport: { width, height } });
        await as?.(page, at);
        await page.goto(at.origin + (await path()));
        await there(page);
        await lookAt(page, name, size, colorScheme);
      }
    }
  });
}

test("looks::state_is_never_colour_alone", async (open) => {
  const { id } = await liveCall();
  const page = await open({ forcedColors: "active" });
  await page.goto(`${origin}/calls/${id}`);
  await page.getByRole("region", { name: "Facts" }).getByText("Live").waitFor();
  equal(await audit(page), [], "axe with forced colours");
});

test("looks::nothing_moves_for_who_asked_for_calm", async (open) => {
  await liveCall();
  const page = await open({ reducedMotion: "reduce" });
  await page.goto(`${origin}/calls`);
  await page.getByRole("table", { name: "Live calls" }).waitFor();
  // What appears at once, later, moves nothing.
  const moving = await page.evaluate(() => {
    const isMotion = ({ playState, effect }) => playState === "running" && effect.getComputedTiming().activeDuration > 1;
    return document.getAnimations().filter(isMotion).length;
  });
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
