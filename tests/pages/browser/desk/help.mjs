// An agent asks for help, and their colleagues' desks show it.
import { equal, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, colleague, deskOf, person } from "./people.mjs";
import { customer, talks } from "./scene.mjs";

test("desk::who_needs_help_is_seen_at_every_desk_until_they_have_it", async (open) => {
  const sues = await deskOf(open, await person("Sue", { role: "supervisor" }));
  const { page, id } = await talks(open, "Quin", "390");
  await customer(page).getByRole("button", { name: "Close Customer information" }).click();
  await page.getByText("Need help?").click();
  const words = "Wants <b>his</b> money back.";
  await page.getByRole("textbox", { name: "What it is about" }).fill(words);
  await button(page, "Ask for help").click();
  await page.getByText("Everybody’s desk shows that you need help.").waitFor();
  await until("the focus on the way back", () => button(page, "I no longer need help").evaluate((it) => it === document.activeElement));
  await lookAtState(page, "desk-needs-help");
  const row = colleague(sues, "Quin");
  await row.getByText(`Needs help: ${words}`).waitFor();
  await sues.getByRole("status").filter({ hasText: "Quin needs help." }).waitFor({ state: "attached" });
  equal(await row.getByRole("link", { name: "Open the call" }).getAttribute("href"), `/calls/${id}`, "the link's address");
  await lookAtState(sues, "desk-somebody-needs-help");
  await button(page, "I no longer need help").click();
  await row.getByText("Needs help").waitFor({ state: "detached" });
  await page.getByText("Need help?").waitFor();
});
