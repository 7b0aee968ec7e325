// Calls that agents start: to a number, and to a colleague.
import { api, equal, house, test } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, colleague, region } from "./people.mjs";
import { agentAt, card, hears, panel, state } from "./scene.mjs";

const pad = (page) => region(page, "Call a number");
/** A call is in the database a moment after it has begun; the page retries. */
const BEHIND = ["404 (Not Found)"];
const field = (page) => pad(page).getByLabel("Number or extension");

test("desk::failed_dialling_and_declined_consults_show_at_their_fields", async (open) => {
  const { agent: called, page: theirs } = await agentAt(open, "Sven", "381", BEHIND);
  const { page } = await agentAt(open, "Tilda", "382", BEHIND);
  await field(page).waitFor();
  await field(page).focus();
  await page.keyboard.press("Enter");
  await pad(page).getByRole("alert").filter({ hasText: "Enter a number with its country code" }).waitFor();
  await page.keyboard.type("+49 (30) 123");
  await button(pad(page), "Show the keypad").click();
  await button(pad(page), "4").click();
  equal(await field(page).inputValue(), "+49 (30) 1234", "the number as typed and clicked");
  await field(page).focus();
  await page.keyboard.press("Enter");
  await pad(page).getByRole("alert").filter({ hasText: /dial policy|switch/ }).waitFor();
  equal(await field(page).getAttribute("aria-invalid"), "true", "whether the field is marked");
  equal(await field(page).evaluate((at) => at === document.activeElement), true, "whether the field has the focus");
  await lookAtState(page, "desk-dial-refused");

  // A call that is offered takes the field away; the number is in it again afterwards.
  await colleague(theirs, "Tilda").getByText("Available").waitFor();
  await colleague(theirs, "Tilda").getByRole("button", { name: "Call Tilda" }).click();
  await card(page).waitFor();
  equal(await field(page).count(), 0, "fields for a number while a call is offered");
  await button(page, "Decline").click();
  await field(page).waitFor();
  equal(await field(page).inputValue(), "+49 (30) 1234", "the number after the offer");

  const calls = async () => {
    await colleague(page, "Sven").getByText("Available").waitFor();
    await colleague(page, "Sven").getByRole("button", { name: "Call Sven" }).click();
    await card(theirs).getByText("a colleague calls you").waitFor();
  };
  await calls();
  await button(theirs, "Decline").click();
  await pad(page).getByRole("alert").filter({ hasText: "Sven declined the call." }).waitFor();
  // An agent who has looked something up in another window comes back to a snapshot.
  await page.evaluate(
    () =>
      new Promise((done) => {
        const desk = window.sockets.filter(({ url }) => new URL(url).pathname === "/ws/desk").at(-1);
        desk.addEventListener("message", ({ data }) => JSON.parse(data).kind === "snapshot" && done());
        document.dispatchEvent(new Event("visibilitychange"));
      }),
  );
  equal(await pad(page).getByRole("alert").textContent(), "Sven declined the call.", "the failure after a snapshot");

  // The next call is accepted, and the two talk.
  await calls();
  await state(page, "Dialling").waitFor();
  await panel(page).getByRole("heading", { name: "Sven" }).waitFor();
  await hears(page);
  equal(await pad(page).count(), 0, "fields for a number during a call");
  await lookAtState(page, "desk-dialling");
  await button(theirs, "Accept call").click();
  for (const one of [page, theirs]) await state(one, "Talking").waitFor();
  await hears(theirs);
  await hears(page);
  await panel(theirs).getByText("You can mute yourself, and hang up.").waitFor();
  await button(panel(page), "Hang up").click();
  for (const one of [page, theirs]) await field(one).waitFor();
  const { items } = await api(`/api/v1/calls?agent_id=${called.id}&limit=1`);
  equal([items[0].direction, items[0].hangup_by], ["internal", "agent"], "the call");
});

test("desk::a_colleagues_call_rings_at_the_desk_and_not_the_phone", async (open) => {
  await house.api("/api/v1/extensions", { name: "388", target: "internal,388,1" });
  const { page: theirs } = await agentAt(open, "Paul", "388", BEHIND, { audio: "phone" });
  const { page } = await agentAt(open, "Rosa", "389", BEHIND);
  await colleague(page, "Paul").getByText("Available").waitFor();
  await colleague(page, "Paul").getByRole("button", { name: "Call Paul" }).click();
  await card(theirs).getByText("a colleague calls you").waitFor();
  equal(await card(theirs).getByText("Your phone rings").count(), 0, "words about the phone, which does not ring");
  await theirs.evaluate(() => {
    window.told = "";
    new MutationObserver(() => (window.told += document.body.textContent)).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await button(theirs, "Accept call").click();
  for (const one of [page, theirs]) await state(one, "Talking").waitFor();
  equal(await theirs.evaluate(() => window.told.includes("in another window")), false, "whether the sound was sought in another window");
  await hears(page);
  await button(panel(page), "Hang up").click();
  await house.send("DELETE", "/api/v1/extensions/388");
});
