// The first start: from the link that the server logs to the owner's first page.
import { account, field, fill, mayFail } from "./people.mjs";
import { equal, goWithin, house, must, origin, OWNER, setupLink, test, token, unowned, until } from "./stage.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const make = (page) => page.getByRole("button", { name: "Create account" });
const heading = (page) => page.getByRole("heading", { name: "Your exchange in three cords" });

test("setup::every_address_leads_there_and_missing_fields_are_marked", async (open) => {
  const page = await open({ first: true, allowed: ["403 (Forbidden)", "422 (Unprocessable"] });
  for (const path of ["/", "/calls?from=1", "/login"]) {
    await page.goto(origin + path);
    await heading(page).waitFor();
    equal(page.url(), `${origin}/setup`, path);
  }
  await lookAtState(page, "setup");
  await make(page).click();
  await mustBeWrong(page, field(page, "Setup token"), "Paste the setup token");
  equal(await page.locator('[aria-invalid="true"]').count(), 5, "fields marked as empty");
  await lookAtState(page, "setup-empty");

  // Values that the server refuses are reported before the token is checked.
  await fill(page, {
    "Setup token": "guessed",
    "E-mail address": "ada",
    Password: "too short",
    "Your name": OWNER.name,
    "Your organization": OWNER.organization,
  });
  await make(page).click();
  await mustBeWrong(page, field(page, "E-mail address"), "It must be an e-mail address");
  await page.getByRole("alert").filter({ hasText: "It must have 10 characters or more." }).waitFor();

  await fill(page, { "E-mail address": OWNER.email, Password: OWNER.password });
  await mayFail();
  await make(page).click();
  await mustBeWrong(page, field(page, "Setup token"), "This setup token is not valid");
});

test("setup::visitors_who_may_not_register_learn_who_may", async (open) => {
  const page = await open({ first: true });
  await page.goto(`${origin}/register`);
  await page.getByText("People join by invitation.").waitFor();
  await lookAtState(page, "register-by-invitation");
});

test("setup::the_printed_link_makes_the_owner_by_keyboard_alone", async (open) => {
  const link = await setupLink();
  must(link.startsWith(`${origin}/setup#token=`), link);
  const page = await open({ first: true });
  const requested = [];
  page.on("request", (request) => requested.push(request.url()));
  await page.goto(link);
  await heading(page).waitFor();
  equal(page.url(), `${origin}/setup`, "the address without the token");
  equal(await field(page, "Setup token").count(), 0, "fields for the token");
  await until("the focus on the first field", () =>
    field(page, "E-mail address").evaluate((input) => input === document.activeElement),
  );
  const fields = { email: "username", password: "new-password", name: "name", organization: "organization" };
  for (const [name, autocomplete] of Object.entries(fields)) {
    const at = await page.evaluate(() => [document.activeElement.id, document.activeElement.autocomplete]);
    equal(at, [name, autocomplete], "the field with the focus");
    await page.keyboard.insertText(OWNER[name]);
    await page.keyboard.press("Tab");
    // The button that shows the password follows the password field.
    if (name === "password") await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Talk to it now" }).waitFor();
  equal(page.url(), `${origin}/welcome`);
  await page.getByText(`${OWNER.email}, owner`).waitFor();
  await lookAtState(page, "welcome");

  const [, secret] = link.split("#token=");
  must(!requested.some((url) => url.includes(secret)), "the token is in a requested address");
  equal((await house.ask("log")).split(secret).length - 1, 1, "occurrences of the token in the server's log");
  await page.goto(`${origin}/setup`);
  await page.getByRole("region", { name: "First steps" }).waitFor();
  equal(page.url(), `${origin}/dashboard`, "the address after the setup");
  await goWithin(page, "/calls");
  await page.getByRole("heading", { name: "No calls yet" }).waitFor();
  equal(await account(page), [OWNER.name, OWNER.email, `Owner · ${OWNER.organization}`]);
});

test("setup::a_typed_key_is_checked_and_kept_until_another_voice", async (open) => {
  const page = await open();
  await page.goto(`${origin}/welcome`);
  await page.getByRole("radio", { name: /OpenAI Realtime/ }).check();
  const key = page.getByLabel("OpenAI API key");
  await key.focus();
  await page.keyboard.type("sk-of-nobody-0123456789");
  // Test machines can't reach OpenAI, and the page says so.
  await mustBeWrong(page, key, "OpenAI");
  equal((await house.send("GET", "/api/v1/integrations/openai")).status, 404, "the status of a key that does not work");
  await lookAtState(page, "welcome-bad-key");
  await keepsAKeyThatWorks(page, key);
});

/** A key that works is kept until another voice is chosen. */
async function keepsAKeyThatWorks(page, key) {
  const path = "/api/v1/integrations/openai";
  const status = async () => (await house.send("GET", path)).status;
  const works = { outcome: "ok", part: null, status: 200, detail: "", took_ms: 240 };
  await page.route(`**${path}/check`, (route) => route.fulfill({ json: works }));
  try {
    const openai = page.getByRole("radio", { name: /OpenAI Realtime/ });
    await key.fill("sk-of-somebody-0123456789");
    await page.getByText("key checked in").waitFor();
    equal(await status(), 200, "the status of the stored key");
    await page.reload();
    await page.getByText("with the saved key").waitFor();
    must(await openai.isChecked(), "the shown voice is not the one that speaks");
    // The key can't be restored: the user is asked first.
    const demo = page.getByRole("radio", { name: /Demo voice/ });
    await demo.click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    must(await openai.isChecked(), "the voice whose key is kept is not the chosen one");
    equal(await status(), 200, "the status of the key that is kept");
    await demo.click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("Demo voice, no key needed").waitFor();
    await until("the removal of the key", async () => (await status()) === 404);
  } finally {
    await house.send("DELETE", path);
  }
}

test("setup::the_admin_token_opens_the_pages_until_there_is_an_owner", async (open) => {
  const at = unowned;
  const page = await open({ at, stranger: true, allowed: ["401 (Unauthorized)"] });
  await page.goto(`${at.origin}/`);
  await heading(page).waitFor();
  await page.getByText("Use the admin token instead").click();
  await lookAtState(page, "setup-admin-token");
  const admin = field(page, "Admin token");
  await admin.fill("not-the-token");
  await page.getByRole("button", { name: "Look around" }).click();
  await mustBeWrong(page, admin, "not the admin token. It is in the file admin_token");
  equal(await page.context().cookies(), []);
  await admin.fill(token);
  await page.getByRole("button", { name: "Look around" }).click();
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  equal((await account(page)).slice(0, 1), ["Admin token"]);
  await page.getByRole("link", { name: "System" }).click();
  await page.getByRole("heading", { name: "System" }).waitFor();
  await page.locator("details.account summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await heading(page).waitFor();
});

test("setup::where_everybody_may_register_an_organization_needs_no_token", async (open) => {
  const at = unowned;
  const page = await open({ at, stranger: true, allowed: ["409 (Conflict)"] });
  await page.goto(`${at.origin}/register`);
  const eve = {
    "E-mail address": "eve@example.com",
    Password: "four words are enough",
    "Your name": "Eve",
    "Your organization": "Eve's Bakery",
  };
  await field(page, "E-mail address").waitFor();
  await lookAtState(page, "register");
  await fill(page, eve);
  await make(page).click();
  await page.getByRole("button", { name: "Talk to it now" }).waitFor();
  await goWithin(page, "/calls");
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  equal(await account(page), ["Eve", "eve@example.com", "Owner · Eve's Bakery"]);

  // The sign-in page offers registration from now on; a taken address is reported.
  const other = await open({ at, stranger: true, allowed: ["409 (Conflict)"] });
  await other.goto(`${at.origin}/login`);
  await other.getByRole("link", { name: "Register an organization" }).click();
  await field(other, "E-mail address").waitFor();
  await fill(other, eve);
  await make(other).click();
  await mustBeWrong(other, field(other, "E-mail address"), "This e-mail address is taken");
});
