// When a call is over: how it ended for the business, by mouse or by key.
import { api, equal, house, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, deskOf, person, presence, wants } from "./people.mjs";
import { callerAsks, lineTo, MICROPHONE, state, wrapUp } from "./scene.mjs";

const chip = (page, name) => page.getByRole("radio", { name });

test("desk::a_queue_that_asks_how_it_ended_gets_an_answer_by_key", async (open) => {
  const hue = await person("Hue");
  const queue = await house.api("/api/v1/queues", {
    name: "asks",
    title: "Service",
    wrap_up_required: true,
    wrap_up_s: 60,
    members: [{ user_id: hue.id }],
  });
  must(queue.id, JSON.stringify(queue));
  const page = await deskOf(open, hue, MICROPHONE);
  // The page's calendar, which its timers go by: nobody waits for a minute here.
  const later = (ms) => page.evaluate((more) => {
    const { now } = Date;
    Date.now = () => now() + more;
  }, ms);
  const { caller, id } = await callerAsks(await lineTo("asks"), "+491703400001");
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  // The next presence is chosen while the call goes on, and can be taken back.
  await presence(page).click();
  const afterwards = page.getByRole("group", { name: "After this call" });
  await afterwards.getByRole("menuitemradio", { name: "Away: Break" }).click();
  await page.getByText("then Away: Break").waitFor();
  await presence(page).click();
  await afterwards.getByRole("menuitem", { name: "Stay as I am" }).click();
  await until("no next presence", async () => (await page.getByText("then Away: Break").count()) === 0);
  await presence(page).click();
  await afterwards.getByRole("menuitemradio", { name: "Away: Lunch" }).click();
  await page.keyboard.press("n");
  await page.keyboard.type("Wants 2 boilers.");
  await house.ask("hang_up", { caller });
  await wrapUp(page).waitFor();
  await page.getByText("Choose how it ended: Service asks for it.").waitFor();
  equal(await button(page, "Done").isDisabled(), true, "whether it can be done without an answer");
  equal(await page.getByRole("textbox", { name: "Note" }).inputValue(), "Wants 2 boilers.");
  await lookAtState(page, "desk-wrap-up-required");
  await page.getByRole("heading", { name: "Desk", exact: true }).click();
  await page.keyboard.press("2");
  const second = page.getByRole("group", { name: "How did it end?" }).getByRole("radio").nth(1);
  equal(await second.isChecked(), true, "whether the second is chosen");
  const name = await second.evaluate((input) => input.closest("label").textContent.replace(/^\d/, "").trim());
  await chip(page, name).waitFor();
  await later(50_000);
  await page.getByText("The time for the wrap-up is nearly over.").waitFor();
  // The page is loaded anew: nothing is lost.
  await page.reload();
  await wrapUp(page).waitFor();
  equal(await page.getByRole("textbox", { name: "Note" }).inputValue(), "Wants 2 boilers.", "the note behind a reload");
  await later(60_000);
  await page.getByText("The time for the wrap-up is over.").waitFor();
  await wrapUp(page).waitFor();
  await button(page, "Done").click();
  await wants(page, "Away: Lunch");
  equal(await wrapUp(page).count(), 0, "wrap-ups");
  const { items } = await until("what was written", async () => {
    const list = await api(`/api/v1/wrap-ups?call_id=${id}`);
    return list.items.length > 0 && list;
  });
  const [{ user_id, disposition, note }] = items;
  equal({ user_id, disposition, note }, { user_id: hue.id, disposition: name, note: "Wants 2 boilers." });
});
