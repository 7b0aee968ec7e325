// The pages of an organization in which nothing has happened: each says what it is for, and what to do first.
import { audit, equal, goWithin, must, test, unowned } from "./stage.mjs";
import { SIZES } from "./views.mjs";

/** The empty state of each page: its address, its heading, and the action that it offers. */
const PLACES = [
  ["/inbox", "Nothing to do", "New to-do"],
  ["/calls", "No calls yet", "Create a talk link and call it"],
  ["/leads", "No leads yet", "New lead"],
  ["/campaigns", "No campaigns yet", "New campaign"],
  ["/customers", "No customers yet", "New customer"],
  ["/tools", "No tools of your own yet", "Create a tool"],
  ["/developers", "No API tokens yet", "Create a token"],
  ["/developers?show=webhooks", "No webhooks yet", "Add a webhook"],
  ["/team?tab=queues", "No queues yet", "New queue"],
  ["/routing?tab=numbers", "No numbers yet", "Add a number"],
  ["/routing?tab=extensions", "No extensions yet", "Add an extension"],
  ["/reports", /^No calls in this period/, /./],
];
/** Pages that keep their form or grid when empty: their text, and the action next to it. */
const BESIDE = [
  ["/appointments", "Nothing is booked", "New appointment"],
  ["/talk-links", "No talk links yet.", "Create talk link"],
];

/** Opens a page of a newly registered user. */
async function newcomer(open) {
  const page = await open({ stranger: true, at: unowned });
  const [email, password] = ["nora@example.com", "four words are enough"];
  await unowned.api("/api/v1/auth/register", { email, password, name: "Nora", organization: "Nora's New Place" });
  const answer = await page.context().request.post(`${unowned.origin}/api/v1/auth/session`, { data: { email, password } });
  equal(answer.status(), 204, "signing in");
  return page;
}

async function isSound(page, address) {
  for (const { width, height } of SIZES) {
    await page.setViewportSize({ width, height });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    must(wide <= width, `${address}: ${wide} px wide`);
  }
  equal(await audit(page), [], `axe, ${address}`);
}

test("empty::each_page_says_what_it_is_for_and_what_comes_first", async (open) => {
  const page = await newcomer(open);
  await page.goto(unowned.origin);
  await page.locator("h1").first().waitFor();
  for (const [address, title, act] of PLACES) {
    await goWithin(page, address);
    const place = page.locator("main .empty");
    await place.getByRole("heading", { name: title }).waitFor();
    equal(await place.count(), 1, `empty states of ${address}`);
    const said = (await place.locator("p").first().innerText()).trim();
    must(said.length > 30 && /[.!?]$/.test(said), `${address} does not say what it is for: ${said}`);
    const acts = place.getByRole("button").or(place.getByRole("link"));
    equal(await acts.count(), 1, `actions at ${address}`);
    must(typeof act !== "string" || (await acts.innerText()).trim() === act, `${address} offers ${await acts.innerText()}`);
    await isSound(page, address);
  }
  await page.setViewportSize({ width: SIZES[0].width, height: SIZES[0].height });
  for (const [address, says, act] of BESIDE) {
    await goWithin(page, address);
    await page.locator("main").getByText(says).first().waitFor();
    equal(await page.locator("main").getByRole("button", { name: act, exact: true }).count(), 1, `actions at ${address}`);
    await isSound(page, address);
  }
  // The dashboard also says in a sentence that there are no calls, and shows no bare number.
  await goWithin(page, "/dashboard");
  await page.getByText("No calls yet today.").first().waitFor();
  await isSound(page, "/dashboard");
});
