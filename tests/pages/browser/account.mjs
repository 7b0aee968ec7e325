// The page of the signed-in user: their name and their second factor.
import { equal, must, origin, test, until } from "./stage.mjs";
import { person, pageOf } from "./desk/people.mjs";
import { codeOf } from "./people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const PASSWORD = "correct horse battery staple";

test("account::a_second_factor_is_added_by_its_qr_code_and_removed", async (open) => {
  const agent = await person("Grace <b>Hopper</b>");
  const page = await pageOf(open, agent, { path: "/settings", allowed: ["401 (Unauthorized)"] });
  await page.locator("details.account summary").click();
  await page.locator("details.account").getByRole("link", { name: "Account" }).click();
  await page.getByRole("heading", { name: agent.name, level: 1 }).waitFor();
  await lookAtState(page, "account-page");
  await button(page, "Set up a second factor").focus();
  await page.keyboard.press("Enter");
  // The answer is made up, because the server counts wrong attempts.
  const wrong = { status: 401, json: { code: "wrong_credentials", detail: "e-mail, password or code is wrong" } };
  await page.route(/\/api\/v1\/auth\/totp$/, (route) => route.fulfill(wrong), { times: 1 });
  await typed(page, "not my password");
  const proof = page.getByLabel("Your password, to confirm that it is you");
  await mustBeWrong(page, proof, "It is not your current password.");
  await proof.fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("img", { name: "QR code of the second factor" }).waitFor();
  await lookAtState(page, "account-qr");
  const secret = (await page.locator("code").first().innerText()).replaceAll(" ", "");
  await page.getByLabel("The six digits shown in the app").fill(codeOf(secret));
  await page.keyboard.press("Enter");
  const codes = page.getByRole("group", { name: "Recovery codes" });
  const first = await codes.getByRole("listitem").first().innerText();
  await lookAtState(page, "account-codes");
  // Leaving would lose them.
  await page.locator("a.brand").filter({ visible: true }).click();
  await button(page.getByRole("dialog"), "Stay here").click();
  equal(await codes.getByRole("listitem").first().innerText(), first, "the code after the question");
  await button(page, "I have saved them").click();
  must(!(await page.content()).includes(first), "a recovery code is still shown");
  await page.reload();
  await page.getByText("On. Signing in takes a code.").waitFor();
  must(!(await page.content()).includes(first), "a recovery code is shown again");
  await button(page, "Remove second factor").click();
  await typed(page, PASSWORD);
  await page.getByText("Off. Signing in takes only your password.").waitFor();
  await until("the focus on the button", () =>
    button(page, "Set up a second factor").evaluate((act) => act === document.activeElement),
  );

  // Meanwhile a new address was confirmed elsewhere: the link to a new password goes there.
  const email = "grace.elsewhere@example.com";
  await page.route("**/api/v1/auth/me", async (route) => {
    const answer = await route.fetch();
    const me = await answer.json();
    return route.fulfill({ response: answer, json: { ...me, user: { ...me.user, email } } });
  });
  const asked = [];
  await page.route("**/api/v1/auth/password/forgot", (route) => {
    asked.push(route.request().postDataJSON().email);
    return route.fulfill({ status: 202 });
  });
  await button(page, "Forgotten? Mail me a link").click();
  await page.getByRole("status").filter({ hasText: `A link is on its way to ${email}.` }).waitFor();
  equal(asked, [email], "the address to which the link is mailed");
  await page.getByRole("definition").filter({ hasText: email }).waitFor();
});

/** Types the password into the confirmation, once it has the focus, and submits it. */
async function typed(page, password) {
  const confirmation = page.getByLabel("Your password, to confirm that it is you");
  await until("the focus on the password field", () => confirmation.evaluate((input) => input === document.activeElement));
  await page.keyboard.insertText(password);
  await page.keyboard.press("Enter");
}

test("account::the_owner_changes_their_name_in_german", async (open) => {
  const page = await open({ locale: "de-DE" });
  await page.goto(`${origin}/account`);
  const name = page.getByRole("textbox", { name: "Name" });
  const was = await name.inputValue();
  await name.fill("");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: /\p{L}/u }).first().waitFor();
  await name.fill("Ada von Lovelace");
  await button(page, "Speichern").click();
  await page.getByText("Name gespeichert.").waitFor();
  await page.getByRole("heading", { name: "Ada von Lovelace", level: 1 }).waitFor();
  await lookAtState(page, "account-german");
  await name.fill(was);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: was, level: 1 }).waitFor();
  equal(await page.locator("html").getAttribute("lang"), "de", "the language of the page");
});
