// Where talk links are made and switched off.
import { api, equal, house, must, origin, test, until } from "./stage.mjs";
import { person, pageOf } from "./desk/people.mjs";
import { tabTo } from "./people.mjs";
import { lookAtState } from "./views.mjs";

test("talk_links::one_is_made_tried_switched_off_and_removed", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable Entity)"] });
  await page.goto(`${origin}/calls`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Talk links" }).click();
  await page.getByRole("heading", { name: "Talk links", exact: true }).waitFor();
  const make = page.getByRole("button", { name: "Make a talk link" });
  const name = page.getByRole("textbox", { name: /^Name/ });
  await make.click();
  await page.getByRole("alert").filter({ hasText: "The name" }).waitFor();
  must(await name.evaluate((field) => field === document.activeElement), "what is wrong has not the focus");
  await name.fill("Shop <b>window</b>");
  await page.getByRole("combobox", { name: "Who answers" }).selectOption({ index: 0 });
  await make.click();
  const address = await page.getByRole("status", { name: "New address" }).getByRole("link").innerText();
  const row = page.getByRole("listitem").filter({ hasText: "Shop <b>window</b>" });
  await row.getByText("On", { exact: true }).waitFor();
  await lookAtState(page, "talk-links");
  const visit = async () => (await fetch(`${origin}/api/v1/talk/${new URL(address).pathname.split("/").at(-1)}`)).status;
  equal(await visit(), 200, "the address leads somewhere");
  await page.getByRole("button", { name: "Switch off Shop <b>window</b>" }).click();
  await row.getByText("Off", { exact: true }).waitFor();
  equal(await visit(), 404, "the address of one that is off");
  // As it was but for that.
  const known = async () => (await api("/api/v1/talk-links")).items.find((link) => link.name === "Shop <b>window</b>");
  const { enabled, calls_max, calls_per_hour_max } = await known();
  equal({ enabled, calls_max, calls_per_hour_max }, { enabled: false, calls_max: 5, calls_per_hour_max: 20 });
  await page.getByRole("button", { name: "Switch on Shop <b>window</b>" }).click();
  await row.getByText("On", { exact: true }).waitFor();
  equal(await visit(), 200, "the address of one that is on again");
  await page.reload();
  await row.getByText("On", { exact: true }).waitFor();
  equal(await page.getByText(address).count(), 0, "addresses of links that were made before");
  await page.getByRole("button", { name: "Remove Shop <b>window</b>" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await until("the row's end", async () => (await row.count()) === 0);
  equal(await known(), undefined, "the link on record");
});

test("talk_links::one_is_made_switched_off_and_removed_by_keyboard_alone", async (open) => {
  const page = await open();
  await page.goto(`${origin}/talk-links`);
  const name = page.getByRole("textbox", { name: /^Name/ });
  await name.waitFor();
  await tabTo(page, name);
  await page.keyboard.type("By keys");
  await tabTo(page, page.getByRole("combobox", { name: "Who answers" }));
  await tabTo(page, page.getByRole("button", { name: "Make a talk link" }));
  await page.keyboard.press("Enter");
  // The address is shown this once, and can be copied from where the focus is.
  const made = page.getByRole("status", { name: "New address" });
  await made.getByRole("link").waitFor();
  await tabTo(page, made.getByRole("link"), 5);
  const row = page.getByRole("listitem").filter({ hasText: "By keys" });
  await tabTo(page, page.getByRole("button", { name: "Switch off By keys" }));
  await page.keyboard.press("Enter");
  await row.getByText("Off", { exact: true }).waitFor();
  await tabTo(page, page.getByRole("button", { name: "Switch on By keys" }));
  await page.keyboard.press("Space");
  await row.getByText("On", { exact: true }).waitFor();
  const remove = page.getByRole("button", { name: "Remove By keys" });
  await tabTo(page, remove);
  await page.keyboard.press("Enter");
  const asked = page.getByRole("dialog");
  await asked.waitFor();
  await page.keyboard.press("Escape");
  await asked.waitFor({ state: "hidden" });
  await until("the focus where it was", () => remove.evaluate((it) => it === document.activeElement));
  await page.keyboard.press("Enter");
  await tabTo(page, asked.getByRole("button", { name: "Remove" }), 5);
  await page.keyboard.press("Enter");
  await until("the row's end", async () => (await row.count()) === 0);
});

test("talk_links::an_agent_has_no_such_page", async (open) => {
  const dot = await person("Dot");
  const page = await pageOf(open, dot, { path: "/talk-links" });
  await page.getByRole("heading", { name: "You don't have access to this page" }).waitFor();
  equal(await page.getByRole("link", { name: "Talk links" }).count(), 0, "ways there");
  const answer = await page.context().request.get(`${house.origin}/api/v1/talk-links`);
  equal(answer.status(), 200, "reading them");
  const made = await page.context().request.post(`${house.origin}/api/v1/talk-links`, { data: { name: "Mine" } });
  must(made.status() === 403, `an agent made one: ${made.status()}`);
});
