// The audit log: who did what, and when.
import { equal, house, origin, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const AT = "2026-11-20T10:00:00Z";

/** So many lines from this number on, as the server lists them. */
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

test("audit::what_was_done_stands_there_and_filters_stay_in_the_address", async (open) => {
  const page = await open();
  const made = await house.api("/api/v1/api-tokens", { name: "Exporter <b>", scopes: ["calls_read"] });
  await page.goto(`${origin}/audit`);
  const log = page.getByRole("region", { name: "Audit log" });
  await log.getByRole("listitem").filter({ hasText: "API token made" }).filter({ hasText: "Exporter <b>" }).first().waitFor();
  await lookAtState(page, "audit");
  await page.getByLabel("About").selectOption({ label: "API token" });
  await until("the filter in the address", () => page.url().endsWith("/audit?about=api_token"));
  await until("the lines of that kind alone", async () => (await log.getByText("Signed in").count()) === 0);
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

test("audit::of_ten_thousand_lines_the_page_keeps_what_it_can_show", async (open) => {
  const page = await open({ allowed: ["500 (Internal Server Error)"] });
  let fails = true;
  await page.route(/\/api\/v1\/audit-log(\?|$)/, (route) => {
    if (fails) return route.fulfill({ status: 500, json: { detail: "the disk is full" } });
    const query = new URL(route.request().url()).searchParams;
    const from = Number(query.get("cursor") ?? 0);
    const count = Number(query.get("limit") ?? 50);
    return route.fulfill({ json: { items: lines(from, count), next_cursor: from + count < 10_000 ? String(from + count) : null } });
  });
  await page.goto(`${origin}/audit`);
  await page.getByRole("alert").filter({ hasText: "The disk is full." }).waitFor();
  fails = false;
  await page.getByRole("button", { name: "Try again" }).click();
  // A word that is not known here stands as the server has it.
  const rows = page.getByRole("listitem").filter({ hasText: "something.unheard_of" });
  await rows.first().waitFor();
  equal(await rows.count(), 50, "lines of the first page");
  await lookAtState(page, "audit-full");
  const further = page.getByRole("button", { name: "Show more" });
  for (let shown = 100; shown <= 450; shown += 50) {
    await further.click();
    await until(`line ${shown - 1}`, async () => (await rows.filter({ hasText: `line ${shown - 1};` }).count()) > 0);
  }
  equal(await rows.count(), 400, "lines that are kept");
  await page.getByRole("button", { name: "Show what was before" }).click();
  await rows.filter({ hasText: "line 0;" }).first().waitFor();
  equal(await rows.count(), 400, "lines that are kept on the way back");
});
