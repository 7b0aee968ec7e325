// Every page in light and dark, on a desktop and on a phone.
import { signInAsOtherOwner } from "./people.mjs";
import { crowd, liveCall, operatorsCall, pastCall } from "./scenes.mjs";
import { audit, equal, goWithin, house, must, origin, test, unowned, until } from "./stage.mjs";
import { lookAtState, SIZES } from "./views.mjs";

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
    const page = await open({ stranger, at });
    await as?.(page, at);
    await page.goto(at.origin + (await path()));
    await there(page);
    await lookAtState(page, name);
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
  // An element that appears later moves nothing.
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

/** The rooms of the house, and what is told of one call. */
const ROOMS = ["/dashboard", "/desk", "/inbox", "/calls", "/leads", "/campaigns", "/customers", "/appointments", "/talk-links", "/business", "/team", "/routing"];
const WORKSHOPS = ["/integrations", "/tools", "/developers", "/reports", "/settings", "/audit", "/account", "/dialler"];

test("looks::right_to_left_the_pages_stay_whole", async (open) => {
  const { id } = await pastCall();
  // Without a dialler its page says so.
  const page = await open({ allowed: ["409 (Conflict)"] });
  await page.goto(`${origin}/calls`);
  await page.locator("h1").first().waitFor();
  await page.evaluate(() => {
    document.documentElement.dir = "rtl";
  });
  for (const address of [...ROOMS, ...WORKSHOPS, `/calls/${id}`]) {
    const before = await page.title();
    await goWithin(page, address);
    await until(`the page ${address}`, async () => (await page.title()) !== before);
    await page.locator("h1").first().waitFor();
    for (const { width, height } of SIZES) {
      await page.setViewportSize({ width, height });
      const { wide, outside } = await page.evaluate(() => {
        // Lists that scroll sideways by themselves, and text for screen readers alone, may be anywhere.
        const isAside = (element) => element.closest(".sr, [aria-hidden=true], svg") || scrolls(element);
        const scrolls = (element) => {
          for (let over = element; over; over = over.parentElement) {
            if (over !== document.documentElement && over !== document.body && getComputedStyle(over).overflowX !== "visible") return true;
          }
          return false;
        };
        const isOutside = (element) => {
          const { left, right, width: own } = element.getBoundingClientRect();
          return own > 1 && (left < -1 || right > innerWidth + 1);
        };
        const seen = [...document.querySelectorAll("main *")].filter((element) => element.checkVisibility());
        return {
          wide: document.documentElement.scrollWidth,
          outside: seen.filter((element) => isOutside(element) && !isAside(element)).map((element) => element.outerHTML.slice(0, 100)),
        };
      });
      must(wide <= width, `${address}: ${wide} px wide, ${width} px`);
      equal(outside.slice(0, 3), [], `${address}: what lies outside at ${width} px`);
    }
  }
  equal(await audit(page), [], "axe, right to left");
});
