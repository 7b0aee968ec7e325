// Pages in light and dark, on a desktop and on a phone, and with forced colours, wide text or reduced motion.
import { crowd, liveCall, pastCall } from "./scenes.mjs";
import { audit, equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { lookAtState, SIZES } from "./views.mjs";

test("looks::the_calls_and_a_call", async (open) => {
  const [past, live] = await Promise.all([pastCall(), liveCall(), crowd()]);
  const page = await open();
  await page.goto(`${origin}/calls`);
  await page.getByRole("table", { name: "Past calls" }).waitFor();
  await page.getByRole("table", { name: "Live calls" }).waitFor();
  // Nothing moves for users who prefer reduced motion, and an element that appears later moves nothing.
  const moving = await page.evaluate(() => {
    const isMotion = ({ playState, effect }) => playState === "running" && effect.getComputedTiming().activeDuration > 1;
    return document.getAnimations().filter(isMotion).length;
  });
  equal(moving, 0, "animations");
  await lookAtState(page, "calls");
  await goWithin(page, "/calls?from=nobody");
  await page.getByRole("heading", { name: "No results", exact: true }).waitFor();
  await lookAtState(page, "no-results");

  await goWithin(page, `/calls/${past.id}`);
  await page.getByRole("button", { name: "Play" }).waitFor();
  await lookAtState(page, "call");
  // Text with wide spacing is not cut off.
  await page.setViewportSize({ width: 640, height: 800 });
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }");
    document.adoptedStyleSheets = [sheet];
  });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  must(wide <= 640, `${wide} px wide`);
  await page.evaluate(() => (document.adoptedStyleSheets = []));
  // On paper the frame is left out, the transcript is whole, and a dark theme is light.
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const paper = await page.getByRole("log", { name: "Transcript" }).evaluate((log) => ({
    frame: [...document.querySelectorAll(".rail, .bar")].filter((part) => part.checkVisibility()).length,
    overflow: getComputedStyle(log).overflowY,
    scheme: getComputedStyle(document.documentElement).colorScheme,
  }));
  equal(paper, { frame: 0, overflow: "visible", scheme: "light" }, "the page on paper");
  await page.emulateMedia({ media: null, colorScheme: "light" });
  // The selected choice is marked even if the system forces its colours.
  await page.emulateMedia({ forcedColors: "active" });
  const speeds = page.getByRole("group", { name: "Speed" }).locator("label");
  equal(await speeds.evaluateAll((labels) => labels.map((label) => getComputedStyle(label).outlineStyle)), ["solid", "none", "none"], "outlines of the speeds");
  await page.emulateMedia({ forcedColors: "none" });

  await goWithin(page, `/calls/${live.id}`);
  await page.getByRole("textbox", { name: "Say to the caller" }).waitFor();
  await lookAtState(page, "live-call");
  // State is never shown by colour alone.
  await page.emulateMedia({ forcedColors: "active" });
  await page.getByRole("region", { name: "Facts" }).getByText("Live").waitFor();
  equal(await audit(page), [], "axe with forced colours");
  await page.emulateMedia({ forcedColors: "none" });
  await page.getByRole("button", { name: "Hang up", exact: true }).click();
  await lookAtState(page, "hang-up");
  const isWhole = await page.getByRole("dialog").evaluate((dialog) => {
    dialog.querySelector("h2").textContent = "x".repeat(90);
    return dialog.scrollWidth <= dialog.clientWidth;
  });
  must(isWhole, "a long name is wider than its window");
  // The last test that needs this call: until the end of the run it would use a hundredth of a core.
  await house.ask("hang_up", { caller: live.caller });
});

/** The main pages, and the page of one call. */
const ROOMS = ["/dashboard", "/desk", "/inbox", "/calls", "/leads", "/campaigns", "/customers", "/appointments", "/talk-links", "/business", "/team", "/routing"];
const WORKSHOPS = ["/integrations", "/tools", "/developers", "/reports", "/settings", "/audit", "/account", "/dialler"];

test("looks::right_to_left_the_pages_stay_whole", async (open) => {
  const { id } = await pastCall();
  // Without a dialler its page says so, after a 409.
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
        // Lists that scroll sideways themselves, and text for screen readers only, may be anywhere.
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
      equal(outside.slice(0, 3), [], `${address}: elements outside the page at ${width} px`);
    }
  }
  equal(await audit(page), [], "axe, right to left");
});
