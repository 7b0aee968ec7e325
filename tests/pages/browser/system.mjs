// The node's page, which only the admin token and the owners of the first organization see.
import { signInAsOtherOwner } from "./people.mjs";
import { operatorsCall } from "./scenes.mjs";
import { equal, must, test, unowned, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const at = unowned;
const api = (path, body) => at.api(path, body);

test("system::shows_actors_limits_and_what_is_open_and_sets_the_log_level", async (open) => {
  const { id } = await operatorsCall();
  const page = await open({ at, allowed: ["409 (Conflict)"] });
  await page.route("**/api/v1/admin/actors", async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    body.limits.push({ name: "daily_cost_micros", organization: { id: "0198c1f2-7b1a-7000-8000-000000000201", name: "Ada <b>& Sons</b>" }, used: 1_250_000, max: 5_000_000 });
    return route.fulfill({ response: answer, json: body });
  });
  await page.goto(`${at.origin}/system`);
  const tree = page.getByRole("region", { name: "Actors" });
  await tree.getByText("Registry").waitFor();
  const call = tree.getByRole("listitem").filter({ has: page.getByRole("link", { name: `Call ${id.slice(-8)}` }) }).last();
  await call.getByText("Telephone, over Asterisk").waitFor();
  await call.getByText("Assistant: Built-in").waitFor();
  const { calls, limits, ledger: counted } = await api("/api/v1/admin/actors");
  const limit = page.getByRole("region", { name: "Limits" });
  const bar = limit.getByRole("progressbar", { name: "Calls", exact: true });
  const { max } = limits.find(({ name }) => name === "calls");
  equal(await bar.getAttribute("max"), String(max));
  await limit.getByText(`${calls.length} of ${max}`).waitFor();
  // A cost limit is shown as money.
  await limit.getByRole("progressbar", { name: "Cost of today’s calls" }).waitFor();
  await limit.getByText("1.25 of 5", { exact: true }).waitFor();
  await page.getByRole("region", { name: "Failures since the start" }).waitFor();
  await lookAtState(page, "system");

  // The open connections, with the time when they were opened.
  const ledger = page.getByRole("table", { name: "Open and closed" });
  const row = (name) => ledger.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });
  await row("Legs by AudioSocket").getByText(/oldest \d+:\d\d/).waitFor();
  const { most } = counted.find(({ kind }) => kind === "calls");
  await row("Calls").getByRole("cell", { name: String(most), exact: true }).first().waitFor();
  equal(await row("Audio ports").getByRole("cell").allInnerTexts(), ["0", "0", "0"]);
  equal(await ledger.getByRole("rowheader").count(), counted.length);

  // Organizations: the first has no button; another one is suspended and resumed.
  const account = { email: "grace@example.com", password: "four words are enough", name: "Grace", organization: "Grace's Garage" };
  await api("/api/v1/auth/register", account);
  await page.reload();
  const houses = page.getByRole("table", { name: "Organizations" });
  const garage = houses.getByRole("row").filter({ has: page.getByRole("rowheader", { name: account.organization, exact: true }) });
  await garage.getByText("Active", { exact: true }).waitFor();
  const first = houses.getByRole("row").nth(1);
  equal(await first.getByRole("button").count(), 0, "buttons for the first organization");
  await garage.getByRole("button", { name: `Suspend ${account.organization}` }).click();
  const asks = page.getByRole("dialog", { name: `Suspend ${account.organization}?` });
  await asks.getByText("It takes and makes no calls").waitFor();
  await lookAtState(page, "system-suspend");
  await asks.getByRole("button", { name: "Suspend", exact: true }).click();
  await garage.getByText(/^since /).waitFor();
  const listed = async () => (await api("/api/v1/organizations")).items.find(({ name }) => name === account.organization);
  must((await listed()).suspended_at !== null, "the organization is not suspended");
  // Its deletion asks for its name.
  await garage.getByRole("button", { name: `Delete ${account.organization}` }).click();
  const deletion = page.getByRole("dialog", { name: `Delete ${account.organization}?` });
  await deletion.getByLabel("Its name, to confirm").fill("Another");
  await deletion.getByRole("button", { name: "Delete", exact: true }).click();
  await deletion.getByText("Type the name exactly as it is shown.").waitFor();
  await lookAtState(page, "system-delete");
  // Spaces that nobody sees don't matter: the name itself is sent.
  const sent = [];
  const deletes = /\/api\/v1\/organizations\/[^/]+\?name=/;
  await page.route(deletes, (route) => {
    sent.push(new URL(route.request().url()).searchParams.get("name"));
    return route.fulfill({ status: 409, json: { code: "calls_live", detail: "some calls of the organization are active" } });
  });
  await deletion.getByLabel("Its name, to confirm").fill(` ${account.organization.replace(" ", "  ")} `);
  await deletion.getByRole("button", { name: "Delete", exact: true }).click();
  await deletion.getByText("Some calls of the organization are active.").waitFor();
  equal(sent, [account.organization], "the name that is sent");
  await page.unroute(deletes);
  await deletion.getByRole("button", { name: "Cancel" }).click();
  equal((await listed()).deleting_since, null, "the deletion, which was cancelled");
  await garage.getByRole("button", { name: `Resume ${account.organization}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Resume", exact: true }).click();
  await garage.getByText("Active", { exact: true }).waitFor();
  equal((await listed()).suspended_at, null);

  // A server without switches says where to configure them.
  const switches = page.getByRole("region", { name: "Switches" });
  await switches.getByText("None is configured (asterisk.servers, freeswitch.servers).").waitFor();
  equal((await api("/api/v1/switches")).items.length, 0);

  const level = page.getByLabel("Log level");
  await until("the level in force", async () => (await level.inputValue()) === "info");
  await level.selectOption("warn");
  await page.getByRole("button", { name: "Set" }).click();
  await page.getByRole("status").filter({ hasText: "Log level set to warn" }).waitFor();
  equal((await api("/api/v1/admin/log-level")).level, "warn");
  await level.selectOption("info");
  await page.getByRole("button", { name: "Set" }).click();
  await until("the old level", async () => (await api("/api/v1/admin/log-level")).level === "info");

  // A mistyped drain time is reported at its field.
  const seconds = page.getByRole("spinbutton", { name: /^Seconds/ });
  await seconds.fill("-1");
  await page.getByRole("button", { name: "Drain" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "0 to 3600" });
  await alert.waitFor();
  equal(await seconds.getAttribute("aria-describedby"), await alert.getAttribute("id"));
  must(await seconds.evaluate((field) => field === document.activeElement), "focus");

  await tree.getByRole("link", { name: `Call ${id.slice(-8)}` }).click();
  await until("the call's page", () => page.url() === `${at.origin}/calls/${id}`);
});

test("system::is_not_shown_to_who_owns_another_organization", async (open) => {
  const page = await open({ at, stranger: true });
  await signInAsOtherOwner(page, at);
  await page.goto(`${at.origin}/system`);
  await page.getByRole("heading", { name: "You don't have access to this page" }).waitFor();
  await lookAtState(page, "not-allowed");
  equal(await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "System" }).count(), 0);
  await page.getByRole("main").getByRole("link", { name: "All calls" }).click();
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
});
