// Changing the password, and the list of sign-ins.
import { equal, test, until } from "./stage.mjs";
import { fill, mayFail } from "./people.mjs";
import { pageOf, person } from "./desk/people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const PASSWORD = "correct horse battery staple";

test("sessions::changing_the_password_signs_out_other_sessions", async (open) => {
  const agent = await person("Nora <b>Quist</b>");
  const other = await pageOf(open, agent, { path: "/account", allowed: ["401 (Unauthorized)"] });
  const page = await pageOf(open, agent, { path: "/account", allowed: ["401 (Unauthorized)"] });
  const places = page.getByRole("region", { name: "Where you are signed in" }).getByRole("listitem");
  await until("three sign-ins", async () => (await places.count()) === 3);
  await places.first().getByText("This device").waitFor();
  await lookAtState(page, "account-sessions");
  await places.nth(1).getByRole("button", { name: /^End/ }).click();
  await page.getByRole("dialog", { name: "End this sign-in?" }).getByRole("button", { name: "End", exact: true }).click();
  await page.getByRole("status").filter({ hasText: "Sign-in ended." }).waitFor();
  equal(await places.count(), 2);

  await button(page, "Change your password").focus();
  await page.keyboard.press("Enter");
  const form = page.getByRole("form", { name: "Change your password" });
  await fill(form, { "Current password": "not my password", "New password": "a quite different one", "Repeat the new password": "a quite different" });
  await page.keyboard.press("Enter");
  await mustBeWrong(page, form.getByLabel("Repeat the new password"), "The passwords don’t match.");
  await form.getByLabel("Repeat the new password").fill("a quite different one");
  await mayFail();
  await page.keyboard.press("Enter");
  await mustBeWrong(page, form.getByLabel("Current password"), "is not your current password");
  await lookAtState(page, "account-password");
  await form.getByLabel("Current password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "Password changed." }).waitFor();
  await until("one sign-in", async () => (await places.count()) === 1);
  await until("the focus on the button", () => button(page, "Change your password").evaluate((act) => act === document.activeElement));
  await other.reload();
  await other.waitForURL(/\/login/);
});
