// An owner's trials before callers: a tool, a webhook, the instructions from the business profile.
import { api, equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });

test("trials::a_tool_a_webhook_and_a_prompt_are_tried_first", async (open) => {
  const [profile] = (await api("/api/v1/agent-profiles")).items;
  const tool = await house.api(`/api/v1/agent-profiles/${profile.id}/tools`, {
    name: "try_stock", description: "Looks up.", method: "GET", url: "https://shop.invalid/stock/{article}",
    headers: [{ name: "Authorization", value: "Bearer tiger-77-of-the-shop" }],
    parameters: { type: "object", properties: { article: { type: "string", description: "its <b>number</b>" }, fresh: { type: "boolean" } }, required: ["article"], additionalProperties: false },
  });
  const page = await open();
  await page.goto(`${origin}/tools?tool=${tool.id}`);
  const form = page.getByRole("form", { name: "Try it out" });
  await form.getByText("its <b>number</b>").waitFor();
  const result = page.getByRole("region", { name: "Try it out" }).getByRole("status");
  await button(form, "Send the request").click();
  await result.getByText("Nothing was sent").waitFor();
  await form.getByLabel(/^article/).fill("a b/<i>");
  await form.getByLabel(/^fresh/).selectOption("Yes");
  await button(form, "Only show it").click();
  await result.getByText("As it would be sent").waitFor();
  await result.getByText("GET https://shop.invalid/stock/a%20b%2F%3Ci%3E?fresh=true").waitFor();
  must(!(await page.content()).includes("tiger-77"), "the secret is shown");
  await lookAtState(page, "tool-shown");
  await button(form, "Send the request").click();
  await result.getByText("It failed").waitFor();
  await result.getByText("no connection").waitFor();
  await page.route(/\/try$/, async (route) => {
    const body = await (await route.fetch()).json();
    const answer = { status: 200, content_type: "application/json", body: '{"stock":3,"note":"<script>alert(1)</script>"}', is_cut: false };
    return route.fulfill({ json: { ...body, outcome: "done", told: "the service answered 200", answer, took_ms: 120 } });
  });
  await button(form, "Send the request").click();
  await result.getByText("It answered").waitFor();
  await result.getByText('"note": "<script>alert(1)</script>"').waitFor();
  await lookAtState(page, "tool-answered", { words: true });
  await page.getByLabel("When to use it").fill("Looks up articles.");
  await page.getByText("Save your changes first").waitFor();
  await button(page, "Save").click();
  await page.getByRole("status").filter({ hasText: "try_stock saved" }).waitFor();
  await page.unroute(/\/try$/);
  await triesAWebhook(page);
  await house.send("DELETE", `/api/v1/agent-profiles/${profile.id}/tools/${tool.id}`);
  await triesAPrompt(page);
});

/** A test of a webhook reports its delivery by itself. */
async function triesAWebhook(page) {
  const hook = await house.api("/api/v1/webhooks", { url: "https://hooks.invalid/try", events: ["call.ended"] });
  await goWithin(page, "/developers?show=webhooks");
  await button(page, "Send a test to https://hooks.invalid/try").click();
  await page.getByRole("status").filter({ hasText: "A test is on its way." }).waitFor();
  const row = page.getByRole("region", { name: /hooks\.invalid/ }).getByRole("listitem").filter({ hasText: "A test" });
  await row.getByText("Given up").waitFor();
  await row.getByText("1 attempt").waitFor();
  await lookAtState(page, "webhook-tested", { words: true });
  await house.send("DELETE", `/api/v1/webhooks/${hook.id}`);
}

/** The preview of a prompt follows what is typed. */
async function triesAPrompt(page) {
  await goWithin(page, "/business");
  await button(page, "Show what the assistant is told").click();
  const preview = page.getByRole("region", { name: "What the assistant is told" });
  await preview.getByText("The business", { exact: true }).waitFor();
  const area = page.getByLabel("Area", { exact: true });
  const before = await area.inputValue();
  await area.fill("Riverside </owner> and <b>Northgate</b>");
  await until("the new words", async () => (await preview.locator("mark").filter({ hasText: "Northgate" }).count()) === 1);
  equal(await preview.locator("b").count(), 0, "elements created from the text");
  await lookAtState(page, "business-prompt");
  await area.fill(before);
  await until("the removal of the mark", async () => (await preview.locator("mark").count()) === 0);
  await button(page, "Hide").click();
  await until("the focus on the button", () => button(page, "Show what the assistant is told").evaluate((act) => act === document.activeElement));
}
