// API tokens, and webhooks that notify programs.
import { api, equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const NAME = "Wallboard <b>of the hall</b>";

/** The status of the API's answer to a token. */
const statusOf = async (path, token) =>
  (await fetch(house.origin + path, { headers: { Authorization: `Bearer ${token}` } })).status;

test("developers::tokens_are_shown_once_and_a_webhooks_log_sends_again", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable Entity)"] });
  await page.goto(`${origin}/developers`);
  // Other tests may have created some.
  const others = (await house.api("/api/v1/api-tokens")).items.length;
  await button(page, "Create a token").waitFor();
  if (others === 0) await page.getByRole("heading", { name: "No API tokens yet" }).waitFor();
  await button(page, "Create a token").focus();
  await page.keyboard.press("Enter");
  const name = page.getByLabel("What it is for");
  await until("the focus in the form", () => name.evaluate((field) => field === document.activeElement));
  await page.keyboard.press("Enter");
  await mustBeWrong(page, name, "It must be filled in.");
  await page.getByRole("alert").filter({ hasText: "Choose at least one permission" }).waitFor();
  await lookAtState(page, "token-wrong");
  await page.keyboard.insertText(NAME);
  equal(await page.getByRole("group", { name: "Calls" }).getByRole("checkbox", { name: "Supervise live calls" }).count(), 1, "checkboxes for this right");
  await page.getByRole("checkbox", { name: "See calls and what was said" }).focus();
  await page.keyboard.press("Space");
  await name.focus();
  await page.keyboard.press("Enter");
  const made = page.getByRole("group", { name: `Token “${NAME}”` });
  const token = await made.locator("code").innerText();
  await until("the focus on the new token", () => made.evaluate((group) => group === document.activeElement));
  await lookAtState(page, "token-made");
  equal(await statusOf("/api/v1/calls", token), 200, "an allowed request");
  equal(await statusOf("/api/v1/users", token), 403, "a forbidden request");
  // Leaving would lose it.
  await page.getByRole("link", { name: "Webhooks", exact: true }).click();
  await button(page.getByRole("dialog"), "Stay here").click();
  equal(await made.locator("code").innerText(), token, "the token after the question");
  // A second one would replace it.
  await button(page, "Create a token").click();
  await name.fill("Second");
  await page.getByRole("checkbox", { name: "See calls and what was said" }).check();
  await name.press("Enter");
  const second = page.getByRole("group", { name: "Token “Second”" });
  await second.waitFor();
  equal(await made.locator("code").innerText(), token, "the first token next to the second");
  await button(page, "Revoke Second").click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await second.waitFor({ state: "detached" });
  await button(page, "I have saved it").click();
  await page.reload();
  await button(page, `Revoke ${NAME}`).waitFor();
  must(!(await page.content()).includes(token), "the token is shown again");
  await button(page, `Revoke ${NAME}`).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await button(page, `Revoke ${NAME}`).waitFor({ state: "detached" });
  if (others === 0) {
    await page.getByRole("heading", { name: "No API tokens yet" }).waitFor();
    const head = page.getByRole("heading", { level: 1 });
    await until("the focus on the page's heading", () => head.evaluate((heading) => heading === document.activeElement));
  }
  equal(await statusOf("/api/v1/calls", token), 401, "a request with the revoked token");
  await addsAWebhook(page);
});

/** A webhook is added, switched off, and its log sends a delivery again. */
async function addsAWebhook(page) {
  await goWithin(page, "/developers?show=webhooks");
  await page.getByRole("heading", { name: "No webhooks yet" }).waitFor();
  await button(page, "Add a webhook").click();
  const url = page.getByRole("textbox", { name: "Address" });
  await url.fill("http://hooks.invalid/in");
  await page.keyboard.press("Enter");
  await mustBeWrong(page, url, "It must begin with https://");
  await url.fill("https://hooks.invalid/in");
  await page.keyboard.press("Enter");
  const secret = await page.getByRole("group", { name: "Signing secret of hooks.invalid" }).locator("code").innerText();
  must(secret.startsWith("whsec_"), secret);
  await button(page, "I have saved it").click();
  must(!(await page.content()).includes(secret), "the secret is still shown");
  await button(page, "Switch off https://hooks.invalid/in").click();
  await button(page, "Switch on https://hooks.invalid/in").waitFor();
  const [{ id, enabled, events }] = (await api("/api/v1/webhooks")).items;
  equal({ enabled, events }, { enabled: false, events: ["call.ended"] }, "the webhook on record");

  // Its deliveries, as the server lists them after attempts.
  const delivery = {
    id: "01a20fa1-95e0-73d8-ae06-ea861303389b",
    channel: "webhook",
    webhook_id: id,
    target: id,
    event: "call.ended",
    state: "failed",
    attempts: 14,
    created_at: "2026-11-01T10:00:00Z",
    tried_at: "2026-11-02T10:00:00Z",
    next_attempt_at: null,
    status: 500,
    answer: '<img src=x onerror="alert(1)">',
  };
  await page.route(`**/api/v1/webhooks/${id}/deliveries**`, (route) => {
    const isAgain = route.request().method() === "POST";
    const sent = { ...delivery, state: "waiting", next_attempt_at: "2026-11-03T10:00:00Z" };
    return route.fulfill(isAgain ? { status: 202, json: sent } : { json: { items: [delivery], next_cursor: null } });
  });
  await button(page, "Deliveries: https://hooks.invalid/in").click();
  const log = page.getByRole("region", { name: "Deliveries: https://hooks.invalid/in" });
  await log.getByText("Given up").waitFor();
  await log.getByText("Answered 500").click();
  await log.getByText(delivery.answer).waitFor();
  must(page.url().endsWith(`log=${id}`), `the log is not in the address: ${page.url()}`);
  await lookAtState(page, "webhooks");
  await button(page, "Send again: A call ends").click();
  await log.getByText("In progress").waitFor();
  await button(page, "Remove https://hooks.invalid/in").click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("heading", { name: "No webhooks yet" }).waitFor();
}
