// Two users on the same page: each sees the other's changes, and nobody loses what they are typing.
import { api, equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { field } from "./people.mjs";
import { pageOf, person } from "./desk/people.mjs";
import { lookAtState } from "./views.mjs";

const made = async (path, body) => (await house.send("POST", path, body)).json();

/** Opens a page twice: for the owner and for another user. */
async function two(open, path) {
  const owner = await open();
  const other = await pageOf(open, await person("Vera", { role: "supervisor" }), { path });
  await owner.goto(`${origin}${path}`);
  return [owner, other];
}

test("live_pages::what_one_changes_another_sees_and_stays_where_they_were", async (open) => {
  const { id } = await made("/api/v1/leads", { name: "Lina Live", need: "a gate" });
  const [owner, vera] = await two(open, "/leads?as=table");
  const row = (page) => page.getByRole("row").filter({ hasText: "Lina Live" });
  await row(owner).waitFor();
  await row(vera).waitFor();
  // Vera is typing in a field further down the page.
  const step = row(vera).getByRole("textbox", { name: "Next step: Lina Live" });
  await step.fill("Call at fi");
  const scrolled = await vera.evaluate(() => {
    scrollTo(0, 40);
    return scrollY;
  });
  const began = Date.now();
  await row(owner).getByRole("combobox", { name: "Status: Lina Live" }).selectOption("qualified");
  const status = row(vera).getByRole("combobox", { name: "Status: Lina Live" });
  await until("the status on the other page", async () => (await status.inputValue()) === "qualified");
  console.log(`# a lead's status was seen on another page after ${Date.now() - began} ms`);
  equal(await step.inputValue(), "Call at fi", "what Vera is typing");
  must(await step.evaluate((input) => input === document.activeElement), "Vera has lost the focus");
  equal(await vera.evaluate(() => scrollY), scrolled, "Vera's scroll position");
  await vera.keyboard.press("End");
  await vera.keyboard.type("ve");
  await vera.keyboard.press("Enter");
  await until("both changes on record", async () => {
    const lead = await api(`/api/v1/leads/${id}`);
    return lead.status === "qualified" && lead.next_step === "Call at five";
  });

  // A new lead arrives over the API, and goes to the top of the list.
  await made("/api/v1/leads", { name: "Nora New", need: "a shed" });
  await vera.getByRole("row").filter({ hasText: "Nora New" }).waitFor();
});

test("live_pages::drafts_of_leads_and_the_business_survive_others_changes", async (open) => {
  const { id } = await made("/api/v1/leads", { name: "Dora Draft", need: "a roof" });
  const page = await open();
  await page.goto(`${origin}/leads/${id}`);
  const notes = field(page, "Notes");
  await notes.fill("Has a dog");
  await field(page, "Next step").fill("Mine");
  await house.send("PATCH", `/api/v1/leads/${id}`, { status: "contacted", next_step: "Theirs" });
  const alert = page.getByRole("alert").filter({ hasText: "Someone else changed this in the meantime." });
  await alert.waitFor();
  must((await alert.innerText()).includes("You both changed Next step"), await alert.innerText());
  equal(await notes.inputValue(), "Has a dog", "the typed notes");
  equal(await field(page, "Next step").inputValue(), "Mine", "the field that both have changed");
  equal(await field(page, "Status").inputValue(), "contacted", "the field that only the other user has changed");
  await lookAtState(page, "lead-changed-meanwhile");
  await alert.getByRole("button", { name: "Use theirs" }).click();
  equal(await field(page, "Next step").inputValue(), "Theirs", "the other user's text");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("status").filter({ hasText: "Saved." }).waitFor();
  const lead = await api(`/api/v1/leads/${id}`);
  equal([lead.notes, lead.next_step, lead.status], ["Has a dog", "Theirs", "contacted"], "the lead");

  // In a form without edits, changes simply appear.
  await house.send("PATCH", `/api/v1/leads/${id}`, { notes: "Has two dogs" });
  await until("the new notes", async () => (await notes.inputValue()) === "Has two dogs");
  equal(await alert.count(), 0, "conflict alerts");
  await describesWhileAnotherDoes(page);
});

/** A conflict in the business's description is shown before it is saved. */
async function describesWhileAnotherDoes(page) {
  const describe = async (body) => {
    const { revision } = await api("/api/v1/business-profile");
    const answer = await house.send("PUT", "/api/v1/business-profile", { revision, ...body });
    must(answer.ok, await answer.text());
  };
  await describe({ name: "Lovelace", trade: "Plumber", notes: "Before both." });
  await goWithin(page, "/business");
  const notes = page.getByRole("textbox", { name: "What else the assistant should know", exact: true });
  await until("the description", async () => (await notes.inputValue()) === "Before both.");
  await page.getByRole("textbox", { name: "Trade", exact: true }).fill("Plumber and heating engineer");
  await describe({ name: "Lovelace Ltd", trade: "Plumber", notes: "New." });
  await page.getByRole("alert").filter({ hasText: "Someone else saved changes in the meantime." }).waitFor();
  equal(await page.getByRole("textbox", { name: "Trade", exact: true }).inputValue(), "Plumber and heating engineer", "the trade entered here");
  equal(await page.getByRole("textbox", { name: "Name", exact: true }).inputValue(), "Lovelace Ltd", "the other user's name");
}

test("live_pages::people_that_someone_deletes_are_said_to_be_deleted", async (open) => {
  const page = await open({ allowed: ["404 (Not Found)"] });
  const deleted = page.getByRole("alert").filter({ hasText: "This has been deleted." });
  const lead = await made("/api/v1/leads", { name: "Gus Gone", need: "a gutter" });
  await page.goto(`${origin}/leads/${lead.id}`);
  await field(page, "Next step").fill("Measure it");
  await house.send("DELETE", `/api/v1/leads/${lead.id}`);
  await deleted.waitFor();
  equal(await field(page, "Next step").inputValue(), "Measure it", "what was typed");
  await field(page, "Next step").fill("");

  const customer = await made("/api/v1/customers", { name: "Gina Gone" });
  await goWithin(page, `/customers/${customer.id}`);
  await page.getByRole("heading", { name: "Gina Gone", level: 1 }).waitFor();
  equal(await deleted.count(), 0, "alerts at a customer who is there");
  await house.send("DELETE", `/api/v1/customers/${customer.id}`);
  await deleted.waitFor();
  await page.getByRole("heading", { name: "Gina Gone", level: 1 }).waitFor();
});

test("live_pages::a_hidden_page_is_current_when_shown_again", async (open) => {
  const page = await open({ allowed: ["Failed to load resource", "ERR_INTERNET_DISCONNECTED"] });
  await page.goto(`${origin}/customers`);
  await page.getByRole("heading", { name: "Customers", level: 1 }).waitFor();
  await page.context().setOffline(true);
  await made("/api/v1/customers", { name: "Olga Offline" });
  await page.context().setOffline(false);
  await page.getByRole("link", { name: "Olga Offline" }).waitFor();
});
