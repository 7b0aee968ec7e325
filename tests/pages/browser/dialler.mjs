// The page of a dialler's remote agents, with an OSdial's tables in a MariaDB.
import { atHouse, equal, goWithin, test, unowned, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const row = (page, user) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: user, exact: true }) });
const says = (page, user, words) => row(page, user).getByText(words).waitFor();
const announced = (page, words) => page.getByRole("status").filter({ hasText: words }).first().waitFor();

test("dialler::remote_agents_are_enabled_and_assigned_and_the_dialler_is_followed", async (open) => {
  const at = await atHouse("dialler");
  const page = await open({ at });
  await page.goto(`${at.origin}/integrations`);
  await page.getByRole("link", { name: "Remote agents" }).click();
  await page.getByRole("heading", { name: "Dialler", level: 1 }).waitFor();
  const now = page.getByRole("region", { name: "TEST1: Test campaign one" });
  await now.getByText("This campaign is dialling.").waitFor();
  await says(page, "1001", "1 ready, 1 in a call");
  await lookAtState(page, "dialler");
  // The dialler's own agent has no buttons.
  equal(await row(page, "vaTEST1001").getByRole("button").count(), 0, "buttons for the dialler's own agent");

  // The database is changed from outside, and the page notices by itself.
  await says(page, "1020", "takes no calls");
  await at.ask("change", { sql: "UPDATE osdial_remote_agents SET status='ACTIVE' WHERE user_start='1020'" });
  await says(page, "1020", "takes calls");

  // A change that reached only another page while this one was disconnected appears after the reconnect.
  const other = await open({ at });
  await other.goto(`${at.origin}/dialler?campaign=TEST1`);
  await says(other, "1020", "takes calls");
  const line = /\/api\/v1\/live\?topics=osdial$/;
  let comesBack;
  const isBack = new Promise((resolve) => (comesBack = resolve));
  const isAsked = page.waitForRequest(line);
  await page.route(line, (route) => isBack.then(() => route.continue()));
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await isAsked;
  await at.ask("change", { sql: "UPDATE osdial_remote_agents SET status='INACTIVE' WHERE user_start='1020'" });
  await says(other, "1020", "takes no calls");
  comesBack();
  await says(page, "1020", "takes no calls");
  await at.ask("change", { sql: "UPDATE osdial_remote_agents SET status='ACTIVE' WHERE user_start='1020'" });
  await says(page, "1020", "takes calls");

  await page.getByRole("combobox", { name: "Campaign", exact: true }).selectOption("TEST2");
  await page.waitForURL("**/dialler?campaign=TEST2");
  await says(page, "1010", "takes no calls");
  await row(page, "1010").getByRole("button", { name: "Enable remote agent 1010" }).focus();
  await page.keyboard.press("Enter");
  await announced(page, "Remote agent 1010 now takes calls");
  await says(page, "1010", "3 ready");

  await row(page, "1010").getByRole("checkbox", { name: "Select remote agent 1010" }).focus();
  await page.keyboard.press("Space");
  await page.getByRole("combobox", { name: "Assign the selected remote agents to" }).selectOption("TEST1");
  await page.getByRole("button", { name: "Assign 1 remote agent" }).click();
  await announced(page, "1 remote agent now takes calls of TEST1");
  await page.getByText("This campaign has no remote agents.").waitFor();

  await goWithin(page, "/dialler?campaign=TEST1");
  await says(page, "1010", "takes calls");
  await page.getByRole("button", { name: "Disable all" }).click();
  const asks = page.getByRole("dialog", { name: "Disable all remote agents of TEST1?" });
  await asks.getByText("6 lines of 3 remote agents in the campaign TEST1: Test campaign one will get no more calls.").waitFor();
  await asks.getByRole("button", { name: "Disable all" }).click();
  for (const user of ["1001", "1010", "1020"]) await says(page, user, "takes no calls");
  // A running call continues.
  await says(page, "1001", "1 in a call");
  await says(page, "vaTEST1001", "takes calls");
  const { items } = await at.api("/api/v1/osdial/agents?limit=200");
  equal(items.filter(({ status }) => status === "ACTIVE").map(({ user_start }) => user_start), ["vaTEST1001"], "active agents in the dialler");

  // Enabling all needs a confirmation.
  await page.getByRole("button", { name: "Enable all" }).click();
  const asksToo = page.getByRole("dialog", { name: "Enable all remote agents of TEST1?" });
  await asksToo.getByText("6 lines of 3 remote agents in the campaign TEST1: Test campaign one will get calls from now on.").waitFor();
  await lookAtState(page, "dialler-enable-all");
  await asksToo.getByRole("button", { name: "Cancel" }).click();
  await asksToo.waitFor({ state: "detached" });
  const kept = await at.api("/api/v1/osdial/agents?limit=200");
  equal(kept.items.filter(({ status }) => status === "ACTIVE").map(({ user_start }) => user_start), ["vaTEST1001"], "active agents after cancelling");
  await page.getByRole("button", { name: "Enable all" }).click();
  await asksToo.getByRole("button", { name: "Enable all" }).click();
  await announced(page, "3 remote agents now take calls");
  for (const user of ["1001", "1010", "1020"]) await says(page, user, "takes calls");
});

test("dialler::without_one_the_page_says_how_to_connect_it", async (open) => {
  const page = await open({ at: unowned, allowed: ["409"] });
  await page.goto(`${unowned.origin}/dialler`);
  await page.getByText("No dialler is connected").waitFor();
  await page.getByText("osdial.database_url").waitFor();
  await until("the end of loading", async () => (await page.locator(".skeleton").count()) === 0);
  await lookAtState(page, "dialler-none");
});
