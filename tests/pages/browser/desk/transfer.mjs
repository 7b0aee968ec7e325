// Transferring a caller: the choice of the target, what comes with the call, and who has it afterwards.
import { api, equal, house, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, desks, oneMoreDesk, person, pill } from "./people.mjs";
import { agentAt, callerAsks, callerHears, card, customer, entries, happened, hearsCaller, kinds, keysTo, panel, state, wrapUp } from "./scene.mjs";

/** The panel in which the agent chooses the target. */
export const transfer = (page) => page.getByRole("group", { name: "Transfer", exact: true });
const to = (page) => transfer(page).getByRole("combobox", { name: "To a colleague, a queue or a number" });
const option = (page, name) => transfer(page).getByRole("option", { name });

/** Chooses a colleague by name; the panel is open. */
export async function choose(page, name) {
  await to(page).fill(name);
  await option(page, name).click();
  equal(await to(page).inputValue(), name, "the chosen colleague");
}

const hasFocus = (locator) => locator.evaluate((it) => it === document.activeElement);

test("desk::a_transferred_caller_arrives_with_note_and_customer", async (open) => {
  const phone = "+491703410001";
  const made = await house.api("/api/v1/customers", { name: "Berta Example", email: "berta@example.com", phone });
  must(made.id, JSON.stringify(made));
  const queue = await house.api("/api/v1/queues", { name: "parcels", title: "Lost parcels", members: [] });
  must(queue.id, JSON.stringify(queue));
  // A colleague whose desk is not open, and one without an extension.
  await person("Jutta Nowhere", { extension: "344" });
  await person("Jutta Numberless");
  const bo = await agentAt(open, "Ilse", "342");
  const ada = await agentAt(open, "Hugo", "341", ["ERR_FAILED", "ERR_CONNECTION"]);
  // A part of the page that can't be loaded is tried again by itself.
  const code = /\/assets\/call-parts-[^/]*\.js$/;
  let refused = 0;
  await ada.page.route(code, (route) => {
    refused += 1;
    return route.abort();
  });
  const { caller, id } = await callerAsks(await keysTo("341"), phone);
  await button(ada.page, "Accept call").click();
  await state(ada.page, "Talking").waitFor();
  await ada.page.keyboard.press("t");
  const alert = ada.page.getByRole("alert").filter({ hasText: "A part of the page could not be loaded" });
  await alert.waitFor();
  await lookAtState(ada.page, "desk-parts-missing");
  await until("another attempt", () => refused > 1);
  await ada.page.unroute(code);
  // The next attempt comes at once.
  await ada.page.evaluate(() => dispatchEvent(new Event("online")));
  await to(ada.page).waitFor();
  equal(await alert.count(), 0, "alerts");

  // Typing finds targets.
  equal(await option(ada.page, "Hugo").count(), 0, "options for the agent themselves");
  await to(ada.page).fill("parcel");
  await option(ada.page, /^Lost parcels\s*nobody free/).waitFor();
  equal(await transfer(ada.page).getByRole("option").count(), 1, "queues of that name");
  await to(ada.page).fill("jutta");
  await option(ada.page, /^Jutta Nowhere/).waitFor();
  equal(await transfer(ada.page).getByRole("option").count(), 1, "colleagues of that name who have an extension");
  await ada.page.keyboard.press("Enter");
  await transfer(ada.page).getByRole("status").filter({ hasText: "Jutta Nowhere is not there: nobody will answer." }).waitFor();
  await to(ada.page).fill("+49 (30) 12-34");
  await option(ada.page, /^\+49301234/).waitFor();
  await to(ada.page).fill("nobody is called so");
  await transfer(ada.page).getByRole("status").filter({ hasText: "Nobody has this name." }).waitFor();
  await ada.page.keyboard.press("Escape");
  equal(await transfer(ada.page).count(), 0, "open transfer panels");
  const focus = await ada.page.evaluate(() => document.activeElement?.textContent?.trim());
  equal(focus, "Transfer", "the focused element");
  await panel(ada.page).waitFor();

  // By mouse, with a note.
  await customer(ada.page).getByRole("button", { name: "Close Customer information" }).click();
  await button(ada.page, "Transfer").click();
  await to(ada.page).waitFor();
  await option(ada.page, /^Ilse\s*342\s*Available/).waitFor();
  await lookAtState(ada.page, "desk-transfer");
  equal(await button(transfer(ada.page), "Transfer now").isDisabled(), true, "whether Transfer is disabled without a target");
  await choose(ada.page, "Ilse");
  await transfer(ada.page).getByRole("textbox", { name: /^Note for the next person/ }).fill("Wants the blue one.");
  await lookAtState(ada.page, "desk-transfer-chosen", { words: true });
  // The connection breaks for a moment: what was chosen and typed stays.
  const before = await desks(ada.page);
  await ada.page.evaluate(() => window.sockets.filter(({ url }) => new URL(url).pathname === "/ws/desk").at(-1).close());
  await oneMoreDesk(ada.page, before);
  await pill(ada.page, "Live").waitFor();
  equal(await to(ada.page).inputValue(), "Ilse", "who is chosen after it");
  await button(transfer(ada.page), "Transfer now").click();
  await wrapUp(ada.page).waitFor();
  await ada.page.getByText("Caller transferred to Ilse.").waitFor();
  await card(bo.page).getByText("Wants the blue one.").waitFor();
  await card(bo.page).getByText("berta@example.com").waitFor();
  equal(await card(bo.page).getAttribute("aria-label"), "Incoming call from Berta Example");
  await button(bo.page, "Accept call").click();
  await state(bo.page, "Talking").waitFor();
  await hearsCaller(bo.page, caller);
  await customer(bo.page).getByText("berta@example.com").waitFor();
  const timeline = await happened(bo.page);
  await timeline.getByText("Transferred to 342").waitFor();
  await timeline.getByText("transferred the caller").waitFor();
  const handed = await until("the transfer in the journal", async () => (await entries(id)).find(({ kind }) => kind === "passed_on"));
  equal([handed.target, handed.note], ["342", "Wants the blue one."], "target and note of the transfer");
  equal((await kinds(id)).filter((kind) => kind === "agent_joined").length, 2, "agents who have talked with the caller");
  equal((await api(`/api/v1/calls/${id}`)).state, "live", "the call");

  // And back by keyboard alone.
  await button(ada.page, "Done").click();
  await ada.page.getByText("Ready. Calls appear here.").waitFor();
  await bo.page.keyboard.press("t");
  await to(bo.page).waitFor();
  must(await hasFocus(to(bo.page)), "the focus is not in the field");
  await bo.page.keyboard.type("h");
  await bo.page.keyboard.type("ugo");
  await bo.page.keyboard.press("ArrowDown");
  await bo.page.keyboard.press("Enter");
  equal(await to(bo.page).inputValue(), "Hugo", "the chosen colleague");
  await bo.page.keyboard.press("Tab");
  await bo.page.keyboard.type("By keys, Bo");
  await bo.page.keyboard.press("Tab");
  await bo.page.keyboard.press("Enter");
  await wrapUp(bo.page).waitFor();
  await card(ada.page).getByText("By keys, Bo").waitFor();
  await ada.page.keyboard.press("Enter");
  await state(ada.page, "Talking").waitFor();
  await hearsCaller(ada.page, caller);
  await callerHears(caller);
});
