// A new password by the present one, and where somebody is signed in.
import { equal, test, until } from "./stage.mjs";
import { fill, mayFail } from "./people.mjs";
import { pageOf, person } from "./desk/people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const PASSWORD = "correct horse battery staple";

test("sessions::a_password_is_changed_by_the_present_one_and_others_are_signed_out", async (open) => {
  const agent = await person("Nora <b>Quist</b>");
  const other = await pageOf(open, agent, { path: "/account", allowed: ["401 (Unauthorized)"] });
  const page = await pageOf(open, agent, { path: "/account", allowed: ["401 (Unauthorized)"] });
  const places = page.getByRole("region", { name: "Where you are signed in" }).getByRole("listitem");
  await until("three places", async () => (await places.count()) === 3);
  await places.first().getByText("This one").waitFor();
  await lookAtState(page, "account-sessions");
  await places.nth(1).getByRole("button", { name: /^End/ }).click();
  await page.getByRole("dialog", { name: "End this sign-in?" }).getByRole("button", { name: "End", exact: true }).click();
  await page.getByRole("status").filter({ hasText: "That sign-in has ended." }).waitFor();
  equal(await places.count(), 2);

  await button(page, "Change your password").focus();
  await page.keyboard.press("Enter");
  const form = page.getByRole("form", { name: "Change your password" });
  await fill(form, { "Present password": "not my password", "New password": "a quite different one", "The new one once more": "a quite different" });
  await page.keyboard.press("Enter");
  await mustBeWrong(page, form.getByLabel("The new one once more"), "These two are not the same.");
  await form.getByLabel("The new one once more").fill("a quite different one");
  await mayFail();
  await page.keyboard.press("Enter");
  await mustBeWrong(page, form.getByLabel("Present password"), "is not your present password");
  await lookAtState(page, "account-password");
  await form.getByLabel("Present password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "The new password is set." }).waitFor();
  await until("one place", async () => (await places.count()) === 1);
  await until("the focus on the act", () => button(page, "Change your password").evaluate((act) => act === document.activeElement));
  await other.reload();
  await other.waitForURL(/\/login/);
});
