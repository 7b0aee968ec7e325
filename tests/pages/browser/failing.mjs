// The pages of a server that fails: each says what went wrong, and is right when it is asked again.
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
/** Pages of what the frame has read already: they read it with the frame, when they are loaded. */
const READ_BY_FRAME = ["/business"];
/** Everything that pages read, except the current user and the live view. */
const READ = /\/api\/v1\/(?!auth\/|live)/;

test("failing::each_page_says_what_failed_and_asks_again", async (open) => {
  const page = await open({ allowed: ["500 (Internal Server Error)"] });
  // The page asks for the session until there is an answer.
  const failed = new Set();
  await page.route(/\/api\/v1\/auth\/(session|me)$/, (route) => {
    const address = route.request().url();
    if (failed.has(address)) return route.continue();
    failed.add(address);
    return route.fulfill({ status: 500, json: { detail: "the disk is full" } });
  });
  await page.goto(`${origin}/account`);
  await page.locator("h1").first().waitFor();
  equal(failed.size, 2, "questions that were not answered at first");
  const told = page.getByRole("main").getByRole("alert").filter({ hasText: "The disk is full." });
  for (const place of PLACES) {
    await page.route(READ, (route) => route.fulfill({ status: 500, json: { detail: "the disk is full" } }));
    if (READ_BY_FRAME.includes(place)) await page.goto(`${origin}${place}`);
    else await goWithin(page, place);
    await told.first().waitFor();
    must((await page.title()) !== "", `${place} has no title`);
    equal(await audit(page), [], `axe, ${place}`);
    await page.unroute(READ);
    await until(`${place} once it is asked again`, async () => {
      const again = told.getByRole("button", { name: "Try again" });
      if ((await again.count()) > 0) await again.first().click({ timeout: 1_000 }).catch(() => undefined);
      return (await told.count()) === 0;
    });
  }
});
