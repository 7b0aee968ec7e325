// Who did what, and when.
import { equal, house, origin, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const AT = "2026-11-20T10:00:00Z";

/** So many lines from this number on, as the server lists them. */
function lines(from, count) {
  return Array.from({ length: count }, (_, at) => ({
    id: `01a20fa1-95e0-73d8-ae06-${String(from + at).padStart(12, "0")}`,
    at: AT,
    actor: { kind: "system" },
    action: (from + at) % 300 === 299 ? "webhook.switched_off" : "something.unheard_of",
    subject: "hooks.example",
    address: null,
    detail: (from + at) % 300 === 299 ? '<img src=x onerror="alert(1)">' : from + at === 0 ? "x".repeat(5_000) : "short",
  }));
}

test("audit::what_was_done_stands_there_and_filters_stay_in_the_address", async (open) => {
  const page = await open();
  const made = await house.api("/api/v1/api-tokens", { name: "Exporter <b>", scopes: ["calls_read"] });
  await page.goto(`${origin}/audit`);
  const log = page.getByRole("region", { name: "Audit log" });
  await log.getByRole("listitem").filter({ hasText: "API token made" }).filter({ hasText: "Exporter <b>" }).first().waitFor();
  await lookAtState(page, "audit");
  await page.getByLabel("About").selectOption({ label: "API token" });
  await until("the filter in the address", () => page.url().endsWith("/audit?about=api_token"));
  await page.getByText("That is all there is.").waitFor();
  await page.getByLabel("Who").selectOption({ label: "The admin token" });
  await page.reload();
  await log.getByText("API token made").first().waitFor();
  equal(await log.getByText("Signed in").count(), 0, "lines of another kind");
  equal(await page.getByLabel("Who").inputValue(), "installation", "the filter after a reload");
  await page.goBack();
  equal(await page.getByLabel("Who").inputValue(), "", "the filter one step back");
  await page.goto(`${origin}/audit?about=wrap_up`);
  await page.getByRole("heading", { name: "Nothing of that kind" }).waitFor();
  await lookAtState(page, "audit-none");
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await log.getByText("API token made").first().waitFor();
  await house.send("DELETE", `/api/v1/api-tokens/${made.id}`);
});

test("audit::ten_thousand_lines_are_looked_through_page_by_page", async (open) => {
  const page = await open({ allowed: ["500 (Internal Server Error)"] });
  let asked = 0;
  let fails = true;
  await page.route("**/api/v1/audit-log?**", (route) => {
    if (fails) return route.fulfill({ status: 500, json: { detail: "the disk is full" } });
    const query = new URL(route.request().url()).searchParams;
    const from = Number(query.get("cursor") ?? 0);
    const count = Number(query.get("limit"));
    asked += 1;
    return route.fulfill({ json: { items: lines(from, count), next_cursor: from + count < 10_000 ? String(from + count) : null } });
  });
  await page.goto(`${origin}/audit`);
  await page.getByRole("alert").filter({ hasText: "The disk is full." }).waitFor();
  fails = false;
  await page.getByRole("button", { name: "Try again" }).click();
  // A word that is not known here stands as the server has it.
  await page.getByText("something.unheard_of").first().waitFor();
  equal(await page.getByRole("listitem").filter({ hasText: "something" }).count(), 50, "lines of the first page");
  await lookAtState(page, "audit-full");
  await page.getByRole("button", { name: "Earlier lines" }).click();
  await until("the second page", async () => (await page.getByRole("listitem").filter({ hasText: "something" }).count()) === 100);
  asked = 0;
  await page.getByLabel("About").selectOption({ label: "Webhook" });
  await page.getByText('<img src=x onerror="alert(1)">').first().waitFor();
  await page.getByRole("button", { name: "Look further back" }).waitFor();
  equal(asked, 10, "requests before somebody asks for more");
  await page.getByText(/^Looked through 2,1\d\d lines/).waitFor();
});
