// Scorecards: written in the settings, filled in and corrected on a call's page, and counted in the reports.
import { pageOf, person } from "./desk/people.mjs";
import { equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

/** The answers of a call's score with other points, and the given yes or no if there is one. */
async function answers(id, points, yes) {
  const { answers: kept } = (await house.api(`/api/v1/calls/${id}/score`)).score;
  return Object.fromEntries(Object.entries(kept).map(([question, answer]) => [question, typeof answer === "number" ? points : (yes ?? answer)]));
}

test("quality::a_scorecard_is_written_filled_in_corrected_and_counted", async (open) => {
  const page = await open();
  await page.goto(`${origin}/settings`);
  const card = page.getByRole("region", { name: "Scorecard", exact: true });
  await card.getByRole("button", { name: "Add a question" }).click();
  await card.getByRole("textbox", { name: "Question 1" }).fill("Was the caller greeted?");
  await card.getByRole("button", { name: "Add a question" }).click();
  await card.getByRole("textbox", { name: "Question 2" }).fill("How friendly was it?");
  await card.getByRole("combobox", { name: "Answer type of question 2" }).selectOption({ label: "1 to 5" });
  await card.getByRole("spinbutton", { name: /at random/ }).fill("100");
  await card.getByRole("combobox", { name: /Filled in by the model/ }).selectOption({ label: "for calls to review" });
  await lookAtState(page, "settings-scorecard");
  await card.getByRole("button", { name: "Save scorecard" }).click();
  await page.getByText("Scorecard saved.").waitFor();
  equal((await house.api("/api/v1/scorecard")).by_model, "picked", "the calls for which the model fills it in");

  const { id } = await house.ring("+49 30 7770400");
  await house.send("POST", `/api/v1/calls/${id}/hangup`, {});
  await until("the end of the call", async () => (await house.api(`/api/v1/calls/${id}`)).state === "ended");
  const sam = await person("Serena", { role: "supervisor" });
  const other = await pageOf(open, sam, { path: "/reports" });
  const quality = other.getByRole("region", { name: "Quality", exact: true });
  await quality.getByRole("list", { name: "To review" }).locator(`a[href="/calls/${id}"]`).click();
  const score = other.getByRole("region", { name: "Scorecard", exact: true });
  await score.getByRole("group", { name: "Was the caller greeted?" }).getByRole("radio", { name: "Yes" }).check();
  await score.getByRole("group", { name: "How friendly was it?" }).getByRole("radio", { name: "3" }).check();
  await score.getByRole("button", { name: "Save answers" }).click();
  await score.getByText("75%").waitFor();
  await score.getByText("Filled in by Serena").waitFor();

  // Another user corrects the score and is named.
  await goWithin(page, `/calls/${id}`);
  const mine = page.getByRole("region", { name: "Scorecard", exact: true });
  await mine.getByRole("group", { name: "How friendly was it?" }).getByRole("radio", { name: "1" }).check();
  await mine.getByRole("button", { name: "Save answers" }).click();
  await mine.getByText("50%").waitFor();
  await mine.getByText("Corrections").click();
  await mine.getByText("How friendly was it? changed from 3 to 1").waitFor();
  await lookAtState(page, "call-score");

  // Typed answers survive another user's correction and the removal of a question.
  await mine.getByRole("group", { name: "Was the caller greeted?" }).getByRole("radio", { name: "No" }).check();
  must((await house.send("PUT", `/api/v1/calls/${id}/score`, { answers: await answers(id, 2) })).ok, "the other user's correction was refused");
  await mine.getByRole("alert").filter({ hasText: "Someone else changed this in the meantime." }).waitFor();
  must(await mine.getByRole("group", { name: "Was the caller greeted?" }).getByRole("radio", { name: "No" }).isChecked(), "the typed answer is lost");
  must(await mine.getByRole("group", { name: "How friendly was it?" }).getByRole("radio", { name: "2" }).isChecked(), "the other user's answer is not shown");
  const { revision: _, ...whole } = await house.api("/api/v1/scorecard");
  const [greeted] = whole.questions;
  must((await house.send("PUT", "/api/v1/scorecard", { ...whole, questions: [greeted] })).ok, "removing a question failed");
  await mine.getByRole("group", { name: "How friendly was it?" }).waitFor({ state: "detached" });
  await mine.getByRole("button", { name: "Save answers" }).click();
  await until("the answer, and that of the removed question", async () => {
    const { answers: kept } = (await house.api(`/api/v1/calls/${id}/score`)).score;
    return kept[greeted.id] === false && Object.keys(kept).length === 2;
  });
  must((await house.send("PUT", "/api/v1/scorecard", whole)).ok, "restoring the scorecard failed");
  must((await house.send("PUT", `/api/v1/calls/${id}/score`, { answers: await answers(id, 1, true) })).ok, "restoring the answers failed");

  await goWithin(other, "/reports");
  await quality.getByRole("table", { name: "Assistants" }).getByText("50%").waitFor();
  equal(await quality.locator(`a[href="/calls/${id}"]`).count(), 0, "scored calls among those to score");
  await lookAtState(other, "reports-quality");

  // A new question does not get the answers to a removed one.
  await goWithin(page, "/settings");
  await card.getByRole("button", { name: "Remove question 2" }).click();
  await card.getByRole("button", { name: "Add a question" }).click();
  await card.getByRole("textbox", { name: "Question 2" }).fill("Was the price named?");
  await card.getByRole("button", { name: "Save scorecard" }).click();
  await page.getByText("Scorecard saved.").waitFor();
  const [, named] = (await house.api("/api/v1/scorecard")).questions;
  must(named.id !== whole.questions[1].id, `the new question has the id of the removed one: ${named.id}`);
  const nothing = { questions: [], picks: { random_percent: 0, handed_off: false, shorter_than_s: null, alarm: false } };
  must((await house.send("PUT", "/api/v1/scorecard", nothing)).ok, "removing all questions failed");
});
