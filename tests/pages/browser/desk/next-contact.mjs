// Campaigns that show an agent each contact before the call: a contact is shown, skipped, and called.
import { equal, house, must, test } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, region } from "./people.mjs";
import { agentAt, blockMicrophone } from "./scene.mjs";

const PATH = "/api/v1/campaigns";
const CONTACT = "0198a000-0000-7000-8000-00000000000";

/** A contact as the server returns it. Whether a contact may be called depends on the hour, so the page gets made-up answers. */
const contact = (digit, name, attempts = []) => ({
  id: `${CONTACT}${digit}`,
  campaign_id: `${CONTACT}9`,
  number: `+4930555020${digit}`,
  variables: { name, order: "17" },
  zone: null,
  consent: "form 7",
  state: "waiting",
  end: null,
  next_at: "2026-11-27T10:00:00Z",
  tries: attempts.length,
  last_outcome: attempts[0]?.outcome ?? null,
  created_at: "2026-11-27T10:00:00Z",
  attempts,
});

test("desk::the_next_contact_is_shown_left_out_and_called_by_the_keyboard", async (open) => {
  const { agent, page } = await agentAt(open, "Xena", "385", ["404 (Not Found)"]);
  const queue = await house.api("/api/v1/queues", { name: "previews", title: "Previews", members: [{ user_id: agent.id }] });
  must(queue.id, JSON.stringify(queue));
  const rules = { mode: "preview", consent: "form 7" };
  const settings = { queue: "previews", abandoned_message: "This was Miller.", rules };
  const { id } = await house.api(PATH, { name: "Renewals", settings });
  await house.send("POST", `${PATH}/${id}/contacts`, { contacts: [{ number: "+493055502001" }] });
  await house.send("POST", `${PATH}/${id}/start`);

  const attempt = { call_id: `${CONTACT}8`, campaign_id: id, contact_id: `${CONTACT}1`, number: "+493055502001", state: "closed" };
  const earlier = { ...attempt, reserved_at: "2026-11-26T10:00:00Z", closed_at: "2026-11-26T10:01:00Z", outcome: "busy" };
  const shown = [contact(1, "Ann", [earlier]), contact(2, "Bea"), contact(2, "Bea")];
  await page.route(`**${PATH}/*/preview`, (route) => {
    const until = new Date(Date.now() + 300_000).toISOString();
    return route.fulfill({ json: { contact: shown.shift() ?? null, until, next_at: null } });
  });
  const skipped = [];
  await page.route(`**${PATH}/*/preview/*/skip`, (route) => {
    skipped.push(route.request().postDataJSON().reason);
    return route.fulfill({ status: 204 });
  });
  const panel = region(page, "Next contact");
  await button(panel, "Show the next contact").focus();
  await page.keyboard.press("Enter");
  await panel.getByRole("heading", { name: /Ann/ }).waitFor();
  await panel.getByText("+49305550201", { exact: true }).waitFor();
  await panel.getByText(/: Busy$/).waitFor();
  await panel.getByRole("status").filter({ hasText: "Ann is yours for" }).waitFor();
  await lookAtState(page, "desk-next-contact");
  const hasFocus = (at) => at.evaluate((it) => it === document.activeElement);
  equal(await hasFocus(panel.getByRole("heading", { name: "Next contact" })), true, "whether the focus is on the panel");
  await panel.getByLabel("Why skip").selectOption({ label: "Details look wrong" });
  await button(panel, "Skip").focus();
  await page.keyboard.press("Enter");
  await panel.getByRole("heading", { name: /Bea/ }).waitFor();
  equal(skipped, ["wrong_data"], "reasons that were sent");

  // Nobody is called while the page may not use the microphone; Bea is offered again after it is allowed.
  await blockMicrophone(page);
  await button(panel, "Call Bea").click();
  await panel.getByRole("alert").filter({ hasText: "The microphone is blocked for this page" }).waitFor();
  await panel.getByRole("heading", { name: /Bea/ }).waitFor();
  equal(await hasFocus(panel.getByRole("heading", { name: "Next contact" })), true, "whether the focus is on the panel");
  await page.evaluate(() => (window.isBlocked = false));

  // The real server has no lease for this contact: the agent is told so, and is free.
  await button(panel, "Call Bea").focus();
  await page.keyboard.press("Enter");
  await button(panel, "Show the next contact").waitFor();
  await panel.getByRole("alert").waitFor();
});
