// Tools with which an assistant acts in the organization's own systems.
import { api, equal, house, must, origin, test, until } from "./stage.mjs";
import { person, pageOf } from "./desk/people.mjs";
import { tabTo } from "./people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const rail = (page) => page.getByRole("navigation", { name: "Main" });

/** The tools of the first assistant, from the API. */
async function known() {
  const [profile] = (await api("/api/v1/agent-profiles")).items;
  return (await api(`/api/v1/agent-profiles/${profile.id}/tools`)).items;
}

test("tools::one_is_made_in_rows_keeps_its_header_and_is_removed", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable Entity)"] });
  await page.goto(`${origin}/settings`);
  await rail(page).getByRole("link", { name: "Tools" }).click();
  await page.getByRole("heading", { name: "No tools of your own yet" }).waitFor();
  await page.getByRole("link", { name: "Create a tool" }).click();
  const form = page.getByRole("form", { name: "New tool" });
  const name = form.getByLabel("Name", { exact: true }).first();
  await until("the focus in the form", () => name.evaluate((field) => field === document.activeElement));
  await page.keyboard.type("Look up");
  await page.keyboard.press("Enter");
  await mustBeWrong(page, name, "starting with a letter");
  await name.fill("look_up_stock");
  await form.getByLabel("When to use it").fill("<script>alert(1)</script> When somebody asks for an article.");
  await form.getByLabel("Address").fill("https://shop.invalid/stock/{article}");
  await button(page, "Save").click();
  await form.getByRole("alert").filter({ hasText: "no property of parameters" }).waitFor();
  await button(page, "Add a value").click();
  const value = form.getByRole("group", { name: "Value 1" });
  await value.getByLabel("Name").fill("article");
  await value.getByLabel("Meaning").fill("its number");
  await button(page, "Add a header").click();
  const header = form.getByRole("group", { name: "Header 1" });
  await header.getByLabel("Name").fill("Authorization");
  await header.getByLabel("Value").fill("Bearer 0123456789");
  await lookAtState(page, "tool");
  // Leaving the page with unsaved changes needs a confirmation.
  await rail(page).getByRole("link", { name: "Calls" }).click();
  await button(page, "Stay here").click();
  await button(page, "Save").click();
  await page.getByRole("status").filter({ hasText: "look_up_stock saved" }).waitFor();
  const [tool] = await known();
  const parameters = {
    additionalProperties: false,
    properties: { article: { description: "its number", type: "string" } },
    required: ["article"],
    type: "object",
  };
  equal(sorted(tool.parameters), sorted(parameters), "the schema");
  equal(tool.headers, [{ name: "authorization", ends_with: "6789" }], "the header");

  await page.getByRole("link", { name: "Calls", exact: true }).click();
  await page.goBack();
  await page.getByLabel("Timeout").fill("2000");
  await button(page, "Save").click();
  await until("the change on record", async () => (await known())[0].timeout_ms === 2000);
  equal((await known())[0].headers, [{ name: "authorization", ends_with: "6789" }], "the header, which was not changed");
  const saved = page.getByRole("form", { name: "look_up_stock" });
  await saved.getByRole("group", { name: "Header 1" }).getByLabel("Value").fill("Bearer 9876543210");
  await button(page, "Save").click();
  await until("the new header on record", async () => (await known())[0].headers[0].ends_with === "3210");
  await until("the form without the saved value", async () => (await saved.getByRole("group", { name: "Header 1" }).getByLabel("Value").inputValue()) === "");
  // A saved page can be left without a confirmation.
  await page.getByRole("link", { name: "Tools", exact: true }).click();
  await page.waitForURL((url) => !url.searchParams.has("tool"));
  equal(await page.getByRole("dialog").count(), 0, "confirmations without unsaved changes");

  const supervisor = await person("Sam", { role: "supervisor" });
  const theirs = await pageOf(open, supervisor, { path: "/settings" });
  await rail(theirs).getByRole("link", { name: "Tools" }).click();
  await theirs.getByRole("link", { name: /look_up_stock/ }).click();
  await theirs.getByText("authorization: ••••").waitFor();
  equal(await theirs.getByRole("button", { name: /Save|Remove this tool/ }).count(), 0, "buttons for a reader");

  await page.getByRole("link", { name: /look_up_stock/ }).click();
  await button(page, "Remove this tool").click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("heading", { name: "No tools of your own yet" }).waitFor();
  equal(await known(), [], "tools on record");
});

test("tools::one_is_made_changed_and_removed_by_keyboard_alone", async (open) => {
  const page = await open();
  await page.goto(`${origin}/tools`);
  const make = page.getByRole("link", { name: "Create a tool" });
  await make.waitFor();
  await tabTo(page, make);
  await page.keyboard.press("Enter");
  const form = page.getByRole("form", { name: "New tool" });
  const name = form.getByLabel("Name", { exact: true }).first();
  await until("the focus in the form", () => name.evaluate((field) => field === document.activeElement));
  await page.keyboard.type("opening_hours");
  await tabTo(page, form.getByLabel("When to use it"));
  await page.keyboard.insertText("When somebody asks whether the shop is open.");
  await tabTo(page, form.getByLabel("Address"));
  await page.keyboard.insertText("https://shop.invalid/hours");
  await tabTo(page, button(page, "Add a value"));
  await page.keyboard.press("Enter");
  const value = form.getByRole("group", { name: "Value 1" });
  // The focus moves to an added row.
  await tabTo(page, value.getByLabel("Name"));
  await page.keyboard.type("day");
  await tabTo(page, value.getByLabel("Meaning"));
  await page.keyboard.insertText("the day that is asked about");
  await tabTo(page, button(page, "Save"));
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "opening_hours saved" }).waitFor();
  const own = async () => (await known()).find((tool) => tool.name === "opening_hours");
  equal((await own()).parameters.required, ["day"], "the required parameters");

  await tabTo(page, page.getByLabel("Timeout"));
  await page.keyboard.press("Control+A");
  await page.keyboard.type("2500");
  await page.keyboard.press("Enter");
  await until("the change on record", async () => (await own()).timeout_ms === 2_500);
  await tabTo(page, button(page, "Remove this tool"));
  await page.keyboard.press("Enter");
  const confirmation = page.getByRole("dialog");
  await confirmation.waitFor();
  must(await confirmation.evaluate((dialog) => dialog.contains(document.activeElement)), "the focus is not in the confirmation");
  await tabTo(page, confirmation.getByRole("button", { name: "Remove" }), 5);
  await page.keyboard.press("Enter");
  await until("the removal of the tool", async () => (await own()) === undefined);
  await confirmation.waitFor({ state: "hidden" });
});

test("tools::of_two_who_edit_one_both_keep_their_words", async (open) => {
  const [profile] = (await api("/api/v1/agent-profiles")).items;
  const path = `/api/v1/agent-profiles/${profile.id}/tools`;
  const parameters = { type: "object", properties: {}, required: [], additionalProperties: false };
  const url = "https://shop.invalid/orders";
  const body = { name: "look_up_order", description: "When somebody asks for an order.", method: "GET", url, parameters };
  const { id } = await (await house.send("POST", path, body)).json();
  const page = await open();
  await page.route("**/api/v1/agent-profiles", async (route) => {
    const answer = await route.fetch();
    const known = await answer.json();
    const other = { ...profile, id: "0198c1f2-7b1a-7000-8000-000000000001", name: "Another assistant" };
    await route.fulfill({ response: answer, json: { ...known, items: [...known.items, other] } });
  });
  await page.goto(`${origin}/tools?tool=${id}`);
  const form = page.getByRole("form", { name: "look_up_order" });
  const use = form.getByLabel("When to use it");
  await use.fill("When somebody asks where their order is.");
  // Another assistant's tools are shown once the user has left this one.
  const assistant = page.getByRole("combobox", { name: "Assistant", exact: true });
  await assistant.selectOption({ label: "Another assistant" });
  await button(page, "Stay here").click();
  equal(await assistant.inputValue(), profile.id, "the assistant");
  const theirs = { ...body, url: "https://shop.invalid/v2/orders" };
  must((await house.send("PUT", `${path}/${id}`, theirs)).ok, "the other user's address was refused");
  await form.getByRole("alert").filter({ hasText: "Someone else changed this in the meantime." }).waitFor();
  equal(await form.getByLabel("Address").inputValue(), theirs.url, "the other user's address");
  await button(page, "Save").click();
  await until("both changes", async () => {
    const tool = (await known()).find((one) => one.id === id);
    return tool.url === theirs.url && tool.description === "When somebody asks where their order is.";
  });

  const timeout = form.getByLabel("Timeout");
  await timeout.fill("");
  await button(page, "Save").click();
  await mustBeWrong(page, timeout, "It must be filled in.");
  await timeout.fill("5000");

  // A tool that somebody else removes takes nobody's words with it.
  await use.fill("When somebody asks for their parcel.");
  must((await house.send("DELETE", `${path}/${id}`)).ok, "removing the tool failed");
  await page.getByRole("link", { name: /look_up_order/ }).waitFor({ state: "detached" });
  equal(await use.inputValue(), "When somebody asks for their parcel.", "words about the removed tool");
  await page.getByRole("link", { name: "Tools", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave without saving" }).click();
  await page.getByRole("heading", { name: "No tools of your own yet" }).waitFor();
});

/** Sorts keys, so that the server's order of names doesn't matter. */
function sorted(value) {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
