// The pages of a failing server: each says what went wrong, and is complete after a retry.
import { audit, equal, goWithin, must, origin, test, until } from "./stage.mjs";

const PLACES = [
  "/dashboard",
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
  "/reports",
  "/audit",
  "/settings",
];
/** Pages whose data the frame loads with itself. */
const READ_BY_FRAME = ["/business"];
/** All requests of pages, except for the current user and the live view. */
const READ = /\/api\/v1\/(?!auth\/|live)/;

test("failing::each_page_says_what_failed_and_asks_again", async (open) => {
  const page = await open({ allowed: ["500 (Internal Server Error)"] });
  // The page repeats these requests until it gets an answer.
  const failed = new Set();
  await page.route(/\/api\/v1\/auth\/(session|me)$/, (route) => {
    const address = route.request().url();
    if (failed.has(address)) return route.continue();
    failed.add(address);
    return route.fulfill({ status: 500, json: { detail: "the disk is full" } });
  });
  await page.goto(`${origin}/account`);
  await page.locator("h1").first().waitFor();
  equal(failed.size, 2, "requests that failed at first");
  const alert = page.getByRole("main").getByRole("alert").filter({ hasText: "The disk is full." });
  for (const place of PLACES) {
    await page.route(READ, (route) => route.fulfill({ status: 500, json: { detail: "the disk is full" } }));
    if (READ_BY_FRAME.includes(place)) await page.goto(`${origin}${place}`);
    else await goWithin(page, place);
    await alert.first().waitFor();
    must((await page.title()) !== "", `${place} has no title`);
    equal(await audit(page), [], `axe, ${place}`);
    await page.unroute(READ);
    await until(`${place} after the retry`, async () => {
      const again = alert.getByRole("button", { name: "Try again" });
      if ((await again.count()) > 0) await again.first().click({ timeout: 1_000 }).catch(() => undefined);
      return (await alert.count()) === 0;
    });
  }
});
