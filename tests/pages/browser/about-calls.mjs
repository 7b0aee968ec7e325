// Topics and fields of calls: defined in the studio, found after a call, shown on its page, tried on a call, filtered in the list, and counted in the
// reports.
import { pageOf, person } from "./desk/people.mjs";
import { equal, goWithin, modelled, must, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const PATH = "/api/v1/agent-profiles";
const SAID = "When do you open tomorrow?";
const kinds = async (id) => (await modelled.api(`/api/v1/calls/${id}/events?limit=200`)).items.map(({ kind }) => kind);

test("about-calls::topics_and_fields_are_asked_found_listed_and_counted", async (open) => {
  const [profile] = (await modelled.api(PATH)).items;
  const admin = await person("Tess", { at: modelled, role: "admin" });
  const page = await pageOf(open, admin, { path: `/studio/${profile.id}` });
  const saved = (words = "Draft saved") => page.getByRole("status", { name: "Draft" }).filter({ hasText: words }).waitFor();
  const form = page.locator("details").filter({ has: page.locator("summary", { hasText: /^What calls are about/ }) });
  await form.getByText("No topics or fields").waitFor();
  await form.locator("summary").first().focus();
  await page.keyboard.press("Enter");
  await form.getByRole("button", { name: "Add a topic" }).click();
  const topic = form.getByRole("group", { name: "Topic 1", exact: true });
  await topic.getByRole("textbox", { name: "Title" }).fill("Opening hours");
  equal(await topic.getByRole("textbox", { name: "Name in reports and answers" }).inputValue(), "opening_hours", "the name, which follows the title");
  await form.getByRole("alert").filter({ hasText: "“Opening hours” needs 1 to 30 words or phrases." }).waitFor();
  await saved("Not saved yet");
  await topic.getByRole("textbox", { name: "Keywords, one per line" }).fill("open*\nopening hours");
  await form.getByRole("button", { name: "Add a field" }).click();
  const field = form.getByRole("group", { name: "Field 1", exact: true });
  await field.getByRole("textbox", { name: "Title" }).fill("Day");
  await field.getByRole("textbox", { name: "Question" }).fill("Of which day does the caller speak?");
  await form.getByRole("alert").filter({ hasText: "“Day” needs 2 to 12 different choices." }).waitFor();
  await field.getByRole("textbox", { name: "Choices, one per line" }).fill("today\ntomorrow");
  await saved();
  await form.getByText("1 topic, 1 field").waitFor();
  await lookAtState(page, "studio-about-calls");
  await page.getByRole("button", { name: /^Publish/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("asks what calls are about");
  await dialog.getByRole("button", { name: /^Publish/ }).click();
  await dialog.waitFor({ state: "detached" });

  // A call that begins once calls use the new version.
  const talk = async () => {
    await modelled.ask("model", { said: SAID });
    const { caller, id } = await modelled.ring("+49 170 5550199");
    await until("the greeting", async () => (await kinds(id)).includes("played_until"));
    await modelled.ask("speak", { caller });
    await until("an answer", async () => (await kinds(id)).filter((kind) => kind === "assistant_said").length > 1);
    await modelled.ask("hang_up", { caller });
    await until("the end of the call", async () => (await modelled.api(`/api/v1/calls/${id}`)).state === "ended");
    return id;
  };
  const about = async (id) => await modelled.api(`/api/v1/calls/${id}/extraction`);
  const call = await until(
    "a call with answers",
    async () => {
      const id = await talk();
      return (await about(id)).pending ? id : undefined;
    },
    60_000,
  );
  await goWithin(page, `/calls/${call}`);
  const panel = page.getByRole("region", { name: "What the call was about" });
  // The result arrives by itself, some seconds after the end.
  await until("the result", async () => (await about(call)).extraction !== null, 30_000);
  await panel.getByText("tomorrow").waitFor();
  await panel.getByText("Found by keywords, without a model.").waitFor();
  await lookAtState(page, "call-about");
  await panel.getByRole("link", { name: "Opening hours" }).click();
  await page.getByRole("table", { name: "Past calls" }).locator(`a[href="/calls/${call}"]`).first().waitFor();
  equal(await page.getByRole("combobox", { name: "Topic" }).inputValue(), "opening_hours", "the filter");

  // The draft is tried on that call, too.
  await goWithin(page, `/studio/${profile.id}`);
  await form.locator("summary").first().focus();
  await page.keyboard.press("Enter");
  const trial = form.getByRole("group", { name: "Try it on a call" });
  await trial.getByRole("textbox", { name: /^Call ID/ }).fill(call);
  await trial.getByRole("button", { name: "Try on this call" }).click();
  const tried = trial.getByRole("status");
  await tried.getByText("tomorrow").waitFor();
  await tried.getByText("Found by keywords, without a model.").waitFor();
  await lookAtState(page, "studio-extraction-tried");

  await goWithin(page, "/reports");
  await page.getByLabel("Split by").selectOption({ label: "Topic" });
  const topics = page.getByRole("region", { name: "By topic", exact: true });
  const row = topics.getByRole("row", { name: /^Opening hours/ });
  await row.waitFor();
  must(/%/.test(await row.innerText()), "the topic's share of the calls");
  await lookAtState(page, "reports-topics");
  await page.getByLabel("Split by").selectOption({ label: "Field" });
  await page.getByRole("region", { name: "By field", exact: true }).getByRole("rowheader", { name: /, Day: tomorrow$/ }).waitFor();

  // The topics and fields are removed again.
  const nothing = { topics: [], extraction: [] };
  equal((await modelled.send("PATCH", `${PATH}/${profile.id}`, nothing)).status, 200, "removing the topics and fields");
  equal(await modelled.ask("rules_broken"), [], "rules of the model's API that were broken");
});
