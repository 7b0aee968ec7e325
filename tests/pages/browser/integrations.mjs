// Accounts at external services, and the lines on which calls come in.
import { atHouse, equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { person, pageOf } from "./desk/people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const KEY = "sk-test-0123456789-9f3a";
const button = (page, name) => page.getByRole("button", { name, exact: true });

test("integrations::accounts_are_set_by_keyboard_and_keys_never_shown_again", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable Entity)"] });
  await page.goto(`${origin}/settings`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Integrations" }).click();
  const openai = page.getByRole("region", { name: "OpenAI" });
  await openai.getByText("Not set up").waitFor();
  await button(page, "Set up OpenAI").focus();
  await page.keyboard.press("Enter");
  const key = openai.getByLabel("API key");
  await until("the focus in the form", () => key.evaluate((field) => field === document.activeElement));
  await page.keyboard.press("Enter");
  await mustBeWrong(page, key, "It must be filled in.");
  await page.keyboard.insertText(KEY);
  await openai.getByText("More").click();
  // A name that doesn't resolve, so that nothing reaches the real service.
  await openai.getByLabel("Address of the service").fill("http://service.invalid/v1");
  await button(page, "Save").click();
  await openai.getByRole("alert").filter({ hasText: "https://" }).waitFor();
  await openai.getByLabel("Address of the service").fill("https://service.invalid/v1");
  await page.keyboard.press("Enter");
  await openai.getByText("In use").waitFor();
  await openai.getByText("ends with 9f3a").waitFor();
  await until("the focus on the button", () =>
    button(page, "Change OpenAI").evaluate((act) => act === document.activeElement),
  );
  await button(page, "Test OpenAI").click();
  await openai.getByText(/can’t be reached|did not answer in time|may not connect to that address/).waitFor();
  await lookAtState(page, "integrations");
  await page.reload();
  await openai.getByText("ends with 9f3a").waitFor();
  must(!(await page.content()).includes(KEY), "the key is shown again");
  await button(page, "Remove OpenAI").click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await openai.getByText("Not set up").waitFor();
  await setsOwnServices(page);
  await setsElevenLabs(page);
});

/** Services of one's own, whose test names the parts that fail. */
async function setsOwnServices(page) {
  const own = page.getByRole("region", { name: "Services of your own" });
  await own.getByText("Not set up").waitFor();
  await button(page, "Set up Services of your own").focus();
  await page.keyboard.press("Enter");
  const key = own.getByLabel("Speech recognition key");
  await until("the focus in the form", () => key.evaluate((field) => field === document.activeElement));
  await page.keyboard.insertText(KEY);
  await own.getByLabel("Language model key").fill(KEY);
  await own.getByLabel("Speech service").selectOption("elevenlabs");
  await own.getByLabel("Speech synthesis key").fill(KEY);
  equal(await own.getByLabel("Audio format").count(), 0, "a setting of another speech service");
  // Names that don't resolve, so that nothing reaches the real services.
  await own.getByLabel("Recognition address").fill("https://service.invalid");
  await own.getByLabel("Language model address").fill("https://service.invalid/v1");
  await own.getByLabel("Speech address").fill("https://service.invalid");
  await button(page, "Save").click();
  await own.getByRole("alert").filter({ hasText: "speech_voice" }).waitFor();
  await own.getByLabel("Voice").fill("21m00Tcm4TlvDq8ikWAM");
  await page.keyboard.press("Enter");
  await own.getByText("In use").waitFor();
  equal(await own.getByText("ends with 9f3a").count(), 3, "stored keys");
  await lookAtState(page, "integrations-own-services");
  await button(page, "Test Services of your own").click();
  await own.getByText("Speech recognition:", { exact: true }).waitFor();
  await button(page, "Change Services of your own").click();
  equal(await own.getByLabel("Voice").inputValue(), "21m00Tcm4TlvDq8ikWAM", "the stored voice");
  await lookAtState(page, "integrations-own-services-form");
  await button(page, "Cancel").click();
  must(!(await page.content()).includes(KEY), "the key is shown again");
  await button(page, "Remove Services of your own").click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await own.getByText("Not set up").waitFor();
}

/** An account with the address of its webhook, and that webhook's secret. */
async function setsElevenLabs(page) {
  const card = page.getByRole("region", { name: "ElevenLabs" });
  await card.getByText("Not set up").waitFor();
  equal(await card.getByText("Post-call webhook address").count(), 0, "webhook addresses before there is an account");
  await button(page, "Set up ElevenLabs").click();
  await card.getByLabel("API key").fill(KEY);
  await card.getByText("More").click();
  await card.getByLabel("Post-call webhook secret").fill("wsec_0123456789-77aa");
  await card.getByLabel("Address of the service").fill("https://service.invalid");
  await button(page, "Save").click();
  await card.getByText("ends with 77aa").waitFor();
  const me = await house.api("/api/v1/auth/me");
  await card.getByRole("group", { name: "Post-call webhook address" }).getByText(`/elevenlabs/post-call/${me.organization.id}`).waitFor();
  must(!(await page.content()).includes("wsec_0123456789"), "the secret is shown again");
  await lookAtState(page, "integrations-elevenlabs");
  await button(page, "Remove ElevenLabs").click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await card.getByText("Not set up").waitFor();
}

test("integrations::the_first_call_is_waited_for_and_comes", async (open) => {
  const page = await open();
  await page.goto(`${origin}/integrations`);
  const line = page.getByRole("region", { name: "Asterisk" });
  await line.getByText("How to connect it").click();
  await line.getByText("Goto(cordboard,${EXTEN},1)").waitFor();
  await button(page, "Wait for a call over Asterisk").click();
  await line.getByText("Waiting for the first call…").waitFor();
  await lookAtState(page, "integrations-waiting");
  const { caller } = await house.ring("+49 30 5550177");
  await line.getByText("Call received.").waitFor();
  await lookAtState(page, "integrations-came", { words: true });
  await line.getByRole("link", { name: "Open the call" }).click();
  await page.waitForURL(/\/calls\/[0-9a-f-]{36}$/);
  await house.ask("hang_up", { caller }).catch(() => null);
});

test("integrations::a_switchs_card_counts_the_call_that_it_brings_and_the_events", async (open) => {
  const at = await atHouse("freeswitch");
  const held = async () => (await at.api("/api/v1/switches")).items.reduce((sum, { calls }) => sum + calls, 0);
  const before = await held();
  const from = "+491702001077";
  const telephone = await at.ask("call", { from });
  const { id } = await until("the call in the list", async () => (await at.api("/api/v1/calls?limit=200")).items.find((call) => call.from === from));
  await until("the call at its switch", async () => (await held()) === before + 1);
  const page = await open({ at });
  await page.goto(`${at.origin}/integrations`);
  const line = page.getByRole("region", { name: "FreeSWITCH" });
  await line.getByText(new RegExp(`· ${before + 1} calls?\\b`)).waitFor();
  // The newest call is named, and one click away.
  await line.getByText("Last call").waitFor();
  equal(await line.getByRole("link").first().getAttribute("href"), `/calls/${id}`, "the link to the call");
  await lookAtState(page, "integrations-switch");
  await at.ask("hang_up", { caller: telephone });
  await until("the end of the call", async () => (await at.api(`/api/v1/calls/${id}`)).state === "ended");
  await page.reload();
  await line.getByText("Last call").waitFor();
  equal(await line.getByText(new RegExp(`· ${before + 1} calls?\\b`)).count(), 0, "counted calls that are over");
  // The card updates every second.
  await line.getByText(/· [1-9][0-9,]* events?, the last: /).waitFor();
});

test("integrations::failures_are_shown_and_agents_have_no_access", async (open) => {
  const page = await open({ allowed: ["500 (Internal Server Error)"] });
  await page.route("**/api/v1/integrations", (route) => route.fulfill({ status: 500, json: { detail: "the disk is full" } }));
  await page.goto(`${origin}/integrations`);
  await page.getByRole("alert").filter({ hasText: "The disk is full." }).waitFor();
  await page.unroute("**/api/v1/integrations");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("region", { name: "OpenAI" }).waitFor();
  // Other parts of the page show their errors in their own places.
  const others = /\/api\/v1\/(voices\/health|webhooks|calls\?limit=100)$/;
  await page.route(others, (route) => route.fulfill({ status: 500, json: { detail: "the disk is full" } }));
  await page.reload();
  const parts = ["Services", "Telephone lines", "Webhooks"].map((name) => page.getByRole("region", { name, exact: true }));
  const alert = (part) => part.getByRole("alert").filter({ hasText: "The disk is full." });
  for (const part of parts) await alert(part).waitFor();
  await page.unroute(others);
  for (const part of parts) {
    await part.getByRole("button", { name: "Try again" }).click();
    await alert(part).waitFor({ state: "detached" });
  }

  const agent = await person("Dot");
  const theirs = await pageOf(open, agent, { path: "/settings" });
  await theirs.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
  await lookAtState(theirs, "settings-of-an-agent");
  equal(await theirs.getByRole("textbox").count(), 0, "fields for the server's settings");
  for (const name of ["Integrations", "Developers", "Tools", "Audit log", "Talk links", "Studio"]) {
    equal(await theirs.getByRole("link", { name }).count(), 0, `links to ${name}`);
  }
  const links = `${origin}/api/v1/talk-links`;
  equal((await theirs.context().request.get(links)).status(), 200, "reading talk links");
  equal((await theirs.context().request.post(links, { data: { name: "Mine" } })).status(), 403, "creating a talk link as an agent");
  equal((await theirs.context().request.get(`${origin}/api/v1/agent-profiles`)).status(), 403, "reading assistants");
  for (const address of ["/audit", "/dashboard", "/reports", "/team", "/talk-links", "/studio"]) {
    await goWithin(theirs, address);
    await theirs.getByRole("heading", { name: "You don't have access to this page" }).waitFor();
    // From a page that they may open to one that they may not.
    await goWithin(theirs, "/settings");
    await theirs.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
  }
});
