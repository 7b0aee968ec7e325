// The studio: a second voice that no caller hears is chosen after its cost was shown, and its answers are compared with those that callers got.
import { pageOf, person } from "./desk/people.mjs";
import { equal, modelled, must, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const PATH = "/api/v1/agent-profiles";
const SAID = "When do you open tomorrow?";
const field = (page, name) => page.getByRole("textbox", { name });
const saved = (page, words = "Draft saved") => page.getByRole("status", { name: "Draft" }).filter({ hasText: words }).waitFor();
const kinds = async (id) => (await modelled.api(`/api/v1/calls/${id}/events?limit=200`)).items.map(({ kind }) => kind);

test("shadow::its_cost_is_shown_first_and_its_answers_are_compared", async (open) => {
  const [profile] = (await modelled.api(PATH)).items;
  const admin = await person("Sharon", { at: modelled, role: "admin" });
  const page = await pageOf(open, admin, { path: `/studio/${profile.id}` });
  const form = page.locator("details").filter({ has: page.locator("summary", { hasText: /^Shadow/ }) });
  await form.locator("summary").first().focus();
  await page.keyboard.press("Enter");
  // Before a choice, the page shows how much talk there was, and that a shadow costs money.
  await form.getByText(/^In the last 30 days this assistant had \d+ calls? with \d+ minutes of talk\.$/).waitFor();
  await form.getByText("It costs as much as a call with this voice.").waitFor();
  await form.getByRole("combobox", { name: "Who listens" }).selectOption("openai");
  await form.getByRole("status").filter({ hasText: "a month" }).waitFor();
  await form.getByRole("status").filter({ hasText: "This month it has cost" }).waitFor();
  await saved(page);
  for (const [name, text, words] of [
    [/^Share of calls/, "200", "Enter a whole number from 1 to 100."],
    [/^Monthly limit/, "much", "Enter an amount"],
  ]) {
    await field(form, name).fill(text);
    await form.getByRole("alert").filter({ hasText: words }).waitFor();
    await saved(page, "Not saved yet");
    equal(await field(form, name).getAttribute("aria-invalid"), "true", `whether ${name} is marked`);
    await field(form, name).fill(text === "200" ? "100" : "2.50");
    await saved(page);
  }
  const draft = (await modelled.api(`${PATH}/${profile.id}`)).shadow;
  equal([draft.provider, draft.share_percent, draft.month_cost_max_micros], ["openai", 100, 2_500_000], "the draft's shadow");
  await lookAtState(page, "studio-shadow");
  await page.getByRole("button", { name: /^Publish/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("Try another voice");
  await dialog.getByRole("button", { name: /^Publish/ }).click();
  await dialog.waitFor({ state: "detached" });

  // A call that begins once calls use the new version.
  const rows = async () => (await modelled.api(`${PATH}/${profile.id}/shadow/calls`)).items;
  const talk = async () => {
    await modelled.ask("model", { said: SAID });
    const { caller, id } = await modelled.ring("+49 170 5550123");
    await until("the greeting", async () => (await kinds(id)).includes("played_until"));
    await modelled.ask("speak", { caller });
    await until("an answer", async () => (await kinds(id)).filter((kind) => kind === "assistant_said").length > 1);
    await modelled.ask("hang_up", { caller });
    await until("the end of the call", async () => (await modelled.api(`/api/v1/calls/${id}`)).state === "ended");
  };
  await until("a call with a shadow", async () => {
    await talk();
    const [newest] = await rows();
    return newest !== undefined;
  }, 60_000);
  await until("the end of the shadow's answers", async () => (await rows())[0].ended_at !== null);

  await page.getByRole("navigation", { name: "Views of the assistant" }).getByRole("link", { name: "Shadow", exact: true }).click();
  const list = page.getByRole("list", { name: "Calls that the shadow heard" });
  await list.getByText("OpenAI, with OpenAI as shadow").first().waitFor();
  await lookAtState(page, "shadow-calls");
  await list.getByRole("link", { name: /^Compare the answers of the call of/ }).first().click();
  const turn = page.getByRole("list", { name: "Turns" }).getByRole("listitem").first();
  await turn.getByText("OpenAI, unheard").waitFor();
  await turn.getByText(SAID).first().waitFor();
  await page.getByText("OpenAI answered after").first().waitFor();
  await lookAtState(page, "shadow-call");
  must(page.url().includes("view=shadow&of="), `the call is missing in the address: ${page.url()}`);
  await page.reload();
  await turn.waitFor();
  await page.getByRole("link", { name: "The call", exact: true }).click();
  await page.waitForURL(/\/calls\//);

  // The shadow is removed again.
  equal((await modelled.send("PATCH", `${PATH}/${profile.id}`, { shadow: null })).status, 200, "removing the shadow");
  equal(await modelled.ask("rules_broken"), [], "rules of the model's API that were broken");
});

test("shadow::a_supervisor_looks_at_it_in_german", async (open) => {
  const [profile] = (await modelled.api(PATH)).items;
  const supervisor = await person("Sven", { at: modelled, role: "supervisor" });
  const german = await pageOf(open, supervisor, { path: `/studio/${profile.id}?view=shadow`, locale: "de-DE" });
  await german.getByRole("heading", { name: "Anrufe, die der Schatten gehört hat" }).waitFor();
});
