// Links that let users in: invitations and password resets.
import { account, field, fill, home, mayFail, signIn } from "./people.mjs";
import { equal, house, must, origin, test, until } from "./stage.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const GRACE = { email: "grace@example.com", password: "a compiler in 1952", name: "Grace Hopper" };

test("accounts::an_invitation_says_who_invites_and_signs_in_who_takes_it", async (open) => {
  const { url } = await house.api("/api/v1/invitations", { email: GRACE.email, role: "supervisor" });
  must(url.startsWith(`${origin}/invitation#token=`), url);
  const page = await open({ stranger: true, allowed: ["422 (Unprocessable", "404 (Not Found)"] });
  await page.goto(url);
  await page.getByRole("heading", { name: "Join Lovelace Plumbing" }).waitFor();
  equal(page.url(), `${origin}/invitation`, "the address without the token");
  await page.getByText("Lovelace Plumbing invites you to work as supervisor.").waitFor();
  const email = field(page, "E-mail address");
  equal([await email.inputValue(), await email.getAttribute("autocomplete")], [GRACE.email, "username"]);
  must(!(await email.isEditable()), "the address can be changed");
  await lookAtState(page, "invitation");
  await fill(page, { "Your name": GRACE.name, Password: "short" });
  const join = page.getByRole("button", { name: "Join" });
  await join.click();
  await mustBeWrong(page, field(page, "Password"), "It must have 10 characters or more.");
  await field(page, "Password").fill(GRACE.password);
  await join.click();
  await home(page);
  equal(await account(page), [GRACE.name, GRACE.email, "Supervisor · Lovelace Plumbing"]);
  await page.locator("details.account summary").click();
  await lookAtState(page, "account");

  const later = await open({ stranger: true, allowed: ["404 (Not Found)"] });
  await mayFail();
  await later.goto(url);
  await later.getByRole("heading", { name: "This invitation has expired" }).waitFor();
  await later.getByText("Ask the person who invited you for a new one.").waitFor();
  await lookAtState(later, "invitation-used");
  const [, secret] = url.split("#token=");
  equal((await house.ask("log")).split(secret).length - 1, 0, "occurrences of the token in the log");
});

test("accounts::an_invitation_without_its_token_says_where_to_find_it", async (open) => {
  const page = await open({ stranger: true });
  await page.goto(`${origin}/invitation`);
  await page.getByRole("heading", { name: "Open your invitation" }).waitFor();
  await lookAtState(page, "invitation-without-token");
  // The link is opened in the same tab: only the part after the # differs.
  const { url } = await house.api("/api/v1/invitations", { email: "kurt@example.com", role: "agent" });
  await page.goto(url);
  await page.getByText("invites you to work as agent.").waitFor();
});

test("accounts::a_new_password_is_set_by_the_mailed_link_once", async (open) => {
  const ken = { email: "ken@example.com", password: "the one he forgot" };
  const { url } = await house.api("/api/v1/invitations", { email: ken.email, role: "agent" });
  await house.api("/api/v1/auth/invitations/accept", { token: url.split("#token=")[1], name: "Ken", password: ken.password });

  const page = await open({ stranger: true, allowed: ["422 (Unprocessable", "404 (Not Found)"] });
  await page.goto(`${origin}/login`);
  await page.getByRole("link", { name: "Forgotten your password?" }).click();
  await field(page, "E-mail address").waitFor();
  await lookAtState(page, "reset");
  const words = [];
  for (const email of ["nobody@example.com", ken.email]) {
    await page.goto(`${origin}/reset`);
    await field(page, "E-mail address").fill(email);
    await mayFail();
    await page.getByRole("button", { name: "Mail me a link" }).click();
    await page.getByRole("heading", { name: "Check your mail" }).waitFor();
    words.push((await page.getByRole("main").innerText()).replace(email, "…"));
  }
  equal(words[0], words[1], "the text for an address with an account");
  await lookAtState(page, "reset-mailed");

  const links = async () => (await house.ask("log")).match(/http\S+\/reset#token=\w+/g) ?? [];
  const link = (await until("the mail in the log", async () => (await links()).length > 0 && links())).at(-1);
  equal((await links()).length, 1, "mailed links");
  must(link.startsWith(`${origin}/reset#token=`), link);
  await page.goto(link);
  await page.getByRole("heading", { name: "Choose a new password" }).waitFor();
  equal(page.url(), `${origin}/reset`);
  await lookAtState(page, "reset-new-password");
  const set = page.getByRole("button", { name: "Set password" });
  await field(page, "New password").fill("short");
  await set.click();
  await mustBeWrong(page, field(page, "New password"), "It must have 10 characters or more.");
  const renewed = "the one he wrote down";
  await field(page, "New password").fill(renewed);
  await set.click();
  await page.getByRole("heading", { name: "Your password is set" }).waitFor();
  await lookAtState(page, "reset-done");
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page, { email: ken.email, password: renewed });
  await page.getByRole("heading", { name: "Desk", exact: true }).waitFor();

  const again = await open({ stranger: true, allowed: ["404 (Not Found)"] });
  await again.goto(link);
  await field(again, "New password").fill(renewed);
  await mayFail();
  await again.getByRole("button", { name: "Set password" }).click();
  await again.getByRole("heading", { name: "This link has expired" }).waitFor();
  await field(again, "E-mail address").waitFor();
  await lookAtState(again, "reset-used");
});
