// The audit log: who did what, and when.
import { equal, goWithin, house, origin, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const AT = "2026-11-20T10:00:00Z";

/** `count` lines from this number on, as the server lists them. */
function lines(from, count) {
  return Array.from({ length: count }, (_, at) => ({
    id: `01a20fa1-95e0-73d8-ae06-${String(from + at).padStart(12, "0")}`,
    at: AT,
    actor: { kind: "system" },
    action: "something.unheard_of",
    subject: `line ${from + at};`,
    address: null,
    detail: from + at === 0 ? "x".repeat(5_000) : '<img src=x onerror="alert(1)">',
  }));
}

test("audit::actions_are_listed_and_filters_stay_in_the_address", async (open) => {
  const page = await open();
  const made = await house.api("/api/v1/api-tokens", { name: "Exporter <b>", scopes: ["calls_read"] });
  await page.goto(`${origin}/audit`);
  const log = page.getByRole("region", { name: "Audit log" });
  await log.getByRole("listitem").filter({ hasText: "API token created" }).filter({ hasText: "Exporter <b>" }).first().waitFor();
  await lookAtState(page, "audit");
  await page.getByLabel("About").selectOption({ label: "API token" });
  await until("the filter in the address", () => page.url().endsWith("/audit?about=api_token"));
  await until("only lines of that kind", async () => (await log.getByText("Signed in").count()) === 0);
  await page.getByLabel("Who").selectOption({ label: "The admin token" });
  await page.reload();
  await log.getByText("API token created").first().waitFor();
  equal(await log.getByText("Signed in").count(), 0, "lines of another kind");
  equal(await page.getByLabel("Who").inputValue(), "installation", "the filter after a reload");
  await page.goBack();
  equal(await page.getByLabel("Who").inputValue(), "", "the filter after going back");
  await goWithin(page, "/audit?about=wrap_up");
  await page.getByRole("heading", { name: "No matching entries" }).waitFor();
  await lookAtState(page, "audit-none");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await log.getByText("API token created").first().waitFor();
  await house.send("DELETE", `/api/v1/api-tokens/${made.id}`);

  // An unknown action is shown by the server's name, and a long line doesn't break the layout.
  await page.route(/\/api\/v1\/audit-log(\?|$)/, (route) => route.fulfill({ json: { items: lines(0, 50), next_cursor: null } }));
  await page.getByLabel("Who").selectOption({ label: "The admin token" });
  const rows = page.getByRole("listitem").filter({ hasText: "something.unheard_of" });
  await until("all 50 lines", async () => (await rows.count()) === 50);
  await lookAtState(page, "audit-full");
});
