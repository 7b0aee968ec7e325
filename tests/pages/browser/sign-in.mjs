// Signing in and out.
import { person } from "./desk/people.mjs";
import { account, codeOf, field, fill, home, mayFail, signIn } from "./people.mjs";
import { liveCall, pastCall } from "./scenes.mjs";
import { equal, goWithin, house, must, origin, OWNER, test, until } from "./stage.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const signOut = async (page) => {
  await page.locator("details.account summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
};

test("sign_in::leads_back_to_what_was_asked_for", async (open) => {
  // Calls that later tests need are started now; if one fails, those tests report it.
  for (const scene of [pastCall, liveCall]) scene().catch(() => {});
  const page = await open({ stranger: true });
  await page.goto(`${origin}/calls?from=4930`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  must(page.url().includes("/login?next="), page.url());
  await lookAtState(page, "login");
  await signIn(page);
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  equal(page.url(), `${origin}/calls?from=4930`);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === "cordboard_session");
  equal([cookie.httpOnly, cookie.sameSite, cookie.secure, cookie.path], [true, "Strict", false, "/"]);
  equal(await page.evaluate(() => document.cookie), "", "cookies visible to scripts");
  // A signed-in user does not see the form again.
  await page.goto(`${origin}/login`);
  await home(page);
});

test("sign_in::leads_to_no_other_site", async (open) => {
  const page = await open({ stranger: true });
  // The first address is requested while signed out, the others while signed in.
  const elsewhere = ["//evil.example/", "https://evil.example/", "/\\evil.example", "/..//evil.example", "//[", "/login"];
  for (const [at, next] of elsewhere.entries()) {
    const address = `/login?next=${encodeURIComponent(next)}`;
    if (at === 0) {
      await page.goto(origin + address);
      await signIn(page);
    } else {
      await goWithin(page, address);
      await page.waitForURL(`${origin}/dashboard`);
    }
    await home(page);
    equal(page.url(), `${origin}/dashboard`, next);
  }
});

test("sign_in::a_wrong_password_is_refused_in_place", async (open) => {
  const page = await open({ stranger: true, allowed: ["401 (Unauthorized)"] });
  await page.goto(`${origin}/login`);
  const [email, password] = [field(page, "E-mail address"), field(page, "Password")];
  await page.getByRole("button", { name: "Sign in" }).click();
  await mustBeWrong(page, email, "Enter your e-mail address.");
  equal([await email.getAttribute("autocomplete"), await password.getAttribute("autocomplete")], ["username", "current-password"]);
  equal(await password.getAttribute("type"), "password");
  await page.getByRole("button", { name: "Show password" }).click();
  equal(await password.getAttribute("type"), "text");
  await mayFail();
  await signIn(page, { password: "not the password" });
  await mustBeWrong(page, password, "The e-mail address or the password is wrong.");
  await lookAtState(page, "login-wrong");
  equal(await page.context().cookies(), []);
  equal(await page.getByText("admin token").count(), 0, "mentions of the admin token");
  await signIn(page);
  await home(page);
});

test("sign_in::an_unreachable_server_is_reported_and_typed_text_stays", async (open) => {
  const page = await open({ stranger: true, allowed: ["ERR_INTERNET_DISCONNECTED"] });
  await page.goto(`${origin}/login`);
  await field(page, "Password").waitFor();
  await page.context().setOffline(true);
  await signIn(page);
  await page.getByRole("alert").filter({ hasText: "The server can’t be reached." }).waitFor();
  await lookAtState(page, "login-away");
  await page.context().setOffline(false);
  equal(await field(page, "Password").inputValue(), OWNER.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await home(page);
});

test("sign_in::a_code_is_asked_for_where_the_account_has_a_second_factor", async (open) => {
  const mary = { email: "mary@example.com", password: "thirteen computers" };
  const invited = await house.api("/api/v1/invitations", { email: mary.email, role: "admin" });
  const taken = { token: invited.url.split("#token=")[1], name: "Mary", password: mary.password };
  const { access_token } = await house.api("/api/v1/auth/invitations/accept", taken);
  const asMary = async (path, body) => {
    const headers = { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" };
    return (await fetch(origin + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
  };
  const { secret } = await asMary("/api/v1/auth/totp", { password: mary.password });
  const { recovery_codes } = await asMary("/api/v1/auth/totp/confirm", { code: codeOf(secret) });

  const page = await open({ stranger: true, allowed: ["401 (Unauthorized)"] });
  await page.goto(`${origin}/login?next=${encodeURIComponent("/calls?from=4930")}`);
  await signIn(page, mary);
  await page.getByRole("heading", { name: "One more step" }).waitFor();
  const code = field(page, "Code");
  await until("the focus on the code", () => code.evaluate((input) => input === document.activeElement));
  equal([await code.getAttribute("autocomplete"), await code.getAttribute("inputmode")], ["one-time-code", "numeric"]);
  await mayFail();
  await page.keyboard.type("000000");
  await page.keyboard.press("Enter");
  await mustBeWrong(page, code, "This code is wrong");
  await lookAtState(page, "login-code");
  // The code that confirmed the factor can't be used again; the next one is accepted already.
  await code.fill(codeOf(secret, 1));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  equal(page.url(), `${origin}/calls?from=4930`);
  equal((await account(page)).at(-1), `Administrator · ${OWNER.organization}`);

  await signOut(page);
  await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
  await signIn(page, mary);
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await fill(page, { "Recovery code": recovery_codes[0] });
  await lookAtState(page, "login-recovery-code");
  await page.getByRole("button", { name: "Sign in" }).click();
  await home(page);
});

test("sign_in::signing_out_ends_the_session", async (open) => {
  const page = await open({ stranger: true, allowed: ["401 (Unauthorized)", "Failed to load resource"] });
  await page.goto(`${origin}/login`);
  await signIn(page);
  await home(page);
  // A user who has signed in again in another tab saves what they typed in this one.
  await goWithin(page, "/settings");
  const name = page.getByRole("region", { name: "Organization" }).getByLabel("Name");
  const was = await name.inputValue();
  await name.fill(`${was} & Sons`);
  const { email, password } = OWNER;
  const another = await page.context().request.post(`${origin}/api/v1/auth/session`, { data: { email, password } });
  equal(another.status(), 204, "the other sign-in");
  await name.press("Enter");
  await page.getByText("Name saved.").waitFor();
  equal((await house.api("/api/v1/organization")).name, `${was} & Sons`, "the name on record");
  // Signing out with unsaved changes needs a confirmation.
  await name.fill(was);
  await signOut(page);
  await page.getByRole("dialog", { name: "You have unsaved changes." }).getByRole("button", { name: "Stay here" }).click();
  equal(await name.inputValue(), was, "the typed name");
  await name.press("Enter");
  await until("the old name", async () => (await house.api("/api/v1/organization")).name === was);
  const before = await page.context().cookies();
  // If the server can't be reached, the user stays signed in and is told so.
  await page.route("**/api/v1/auth/session", (route) => route.abort(), { times: 1 });
  await signOut(page);
  await page.getByRole("status").filter({ hasText: "The server can’t be reached." }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  // The browser stays known, so that strangers who guess passwords can't lock its owner out.
  equal((await page.context().cookies()).map(({ name }) => name), ["cordboard_device"]);
  // The session also ends for anyone who kept its cookie.
  await page.context().addCookies(before);
  equal((await page.request.get(`${origin}/api/v1/calls`)).status(), 401);
  await page.goBack();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();

  // The next user of this browser sees nothing that was loaded for the one before.
  const next = await person("Nora Next");
  await page.context().clearCookies();
  await page.evaluate(() => (window.isOfBefore = true));
  await signIn(page, { email: next.email, password: "correct horse battery staple" });
  await page.getByRole("button", { name: /^Presence:/ }).waitFor();
  must(!(await page.evaluate(() => window.isOfBefore)), "the page still has data of the previous user");
});

test("sign_in::a_session_that_ended_is_continued_over_the_page", async (open) => {
  const bo = await person("Bo Next", { role: "admin" });
  const page = await open({ stranger: true, allowed: ["401 (Unauthorized)", "Failed to load resource"] });
  await page.goto(`${origin}/login?next=${encodeURIComponent("/customers")}`);
  // A pending request that is sent without its cookie would open the window before the form is filled in.
  const answered = (path) => page.waitForResponse((response) => new URL(response.url()).pathname === path);
  const settled = Promise.all([answered("/api/v1/live"), answered("/api/v1/customers")]);
  await signIn(page);
  await settled;
  await page.getByRole("button", { name: /^Presence:/ }).waitFor();
  const again = page.getByRole("dialog", { name: "Sign in again" });
  const form = page.getByRole("dialog", { name: "New customer" });
  const sendsWithoutSession = async (name) => {
    await page.getByRole("button", { name: "New customer" }).click();
    await field(form, "Name").fill(name);
    await page.context().clearCookies();
    // Another request may be refused first, and the window covers the button then.
    await page.locator("form.record").evaluate((sent) => sent.requestSubmit());
    await again.waitFor();
  };
  const ofName = async (name) => (await house.api(`/api/v1/customers?q=${encodeURIComponent(name)}`)).items;

  await sendsWithoutSession("Typed Before");
  const password = field(again, "Password");
  await until("the focus on the password", () => password.evaluate((input) => input === document.activeElement));
  equal(await field(again, "E-mail address").inputValue(), OWNER.email, "the address");
  await lookAtState(page, "sign-in-again");
  const isOut = () => again.evaluate((it) => document.activeElement !== document.body && !it.contains(document.activeElement));
  for (let presses = 0; presses < 8; presses += 1) {
    await page.keyboard.press("Tab");
    must(!(await isOut()), `the focus has left after ${presses + 1} presses`);
  }
  const leaves = page.getByRole("dialog", { name: "Leave this page?" });
  await page.keyboard.press("Escape");
  await leaves.getByText("What you have typed and not saved is lost.").waitFor();
  await leaves.getByRole("button", { name: "Stay here" }).click();
  await leaves.waitFor({ state: "hidden" });
  await password.fill(OWNER.password);
  await password.press("Enter");
  // The refused request is sent again, with the token of the new session.
  await page.getByRole("heading", { name: "Typed Before", level: 1 }).waitFor();
  equal(await again.count(), 0, "windows to sign in");
  const [made, ...more] = await ofName("Typed Before");
  equal(more, [], "further customers of this name");

  // Another user gets a fresh page, and nothing that was typed is sent as theirs.
  await page.getByRole("link", { name: "All customers" }).click();
  await sendsWithoutSession("Typed by Ada");
  await page.evaluate(() => (window.isOfBefore = true));
  await signIn(again, { email: bo.email, password: "correct horse battery staple" });
  await until("a fresh page", () => page.evaluate(() => !window.isOfBefore).catch(() => false));
  await page.getByRole("heading", { name: "Customers", level: 1 }).waitFor();
  equal((await account(page))[0], "Bo Next", "the user");
  equal([await form.count(), await again.count()], [0, 0], "windows over the page");
  equal(await ofName("Typed by Ada"), [], "customers of the name that was typed before");

  // Those who leave come back after signing in.
  await page.context().clearCookies();
  await goWithin(page, "/customers?q=4930");
  await again.getByRole("button", { name: "Leave this page" }).click();
  await leaves.getByRole("button", { name: "Leave this page" }).click();
  await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
  await signIn(page);
  await page.waitForURL(`${origin}/customers?q=4930`);
  await page.getByRole("heading", { name: "Customers", level: 1 }).waitFor();
  await house.send("DELETE", `/api/v1/customers/${made.id}`);
});

test("sign_in::signing_in_again_outlives_an_update_of_the_server", async (open) => {
  const page = await open({ allowed: ["401 (Unauthorized)", "404 (Not Found)", "Failed to load resource", "dynamically imported module"] });
  const areKept = Promise.all([/\/assets\/pages-/, /\/assets\/signing-/].map((file) => page.waitForResponse(file)));
  await page.goto(`${origin}/customers`);
  await page.getByRole("button", { name: "New customer" }).click();
  const form = page.getByRole("dialog", { name: "New customer" });
  await field(form, "Name").fill("Typed Over An Update");
  // With all that they import.
  await page.evaluate((files) => Promise.all(files.map((file) => import(file))).then(() => null), (await areKept).map((file) => file.url()));
  await page.route(/\/assets\//, (route) => route.fulfill({ status: 404 }));
  await page.context().clearCookies();
  await page.locator("form.record").evaluate((sent) => sent.requestSubmit());
  const password = field(page.getByRole("dialog", { name: "Sign in again" }), "Password");
  await password.fill(OWNER.password);
  await password.press("Enter");
  const made = async () => (await house.api("/api/v1/customers?q=Typed%20Over")).items;
  const [{ id }] = await until("the customer", async () => ((await made()).length === 0 ? null : made()));
  await house.send("DELETE", `/api/v1/customers/${id}`);
});

test("sign_in::what_changes_something_needs_the_csrf_token", async (open) => {
  const page = await open({ allowed: ["403 (Forbidden)", "404 (Not Found)"] });
  await page.goto(`${origin}/calls`);
  const statuses = await page.evaluate(async () => {
    const nobody = "/api/v1/calls/0198c1f2-7b1a-7000-8000-000000000000/hangup";
    const { csrf } = await (await fetch("/api/v1/auth/session")).json();
    const status = async (request) => (await fetch(nobody, request)).status;
    return [
      await status({ method: "POST" }),
      await status({ method: "POST", headers: { "X-CSRF-Token": "guessed" } }),
      await status({ method: "POST", headers: { "X-CSRF-Token": csrf } }),
      (await fetch("/api/v1/auth/session", { method: "DELETE" })).status,
    ];
  });
  equal(statuses, [403, 403, 404, 403]);
});

test("sign_in::the_cookie_is_not_sent_by_other_sites", async (open) => {
  // With SameSite=Strict a link from another site arrives without the cookie, and the page finds the session itself.
  const page = await open({ allowed: ["request to another origin"] });
  await page.goto(`${origin}/calls`);
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  await page.route("http://elsewhere.example/", (route) =>
    route.fulfill({ contentType: "text/html", body: `<a href="${origin}/calls?from=4930">here</a>` }),
  );
  await page.goto("http://elsewhere.example/");
  await page.getByRole("link", { name: "here" }).click();
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  await until("the requested address", () => page.url() === `${origin}/calls?from=4930`);
});
