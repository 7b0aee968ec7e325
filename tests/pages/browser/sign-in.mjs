// Signing in and out.
import { liveCall, pastCall } from "./scenes.mjs";
import { equal, must, origin, test, token, until } from "./stage.mjs";

const field = (page) => page.getByLabel("Admin token");
const signIn = async (page, word = token) => {
  await field(page).fill(word);
  await page.getByRole("button", { name: "Sign in" }).click();
};

test("sign_in::leads_back_to_what_was_asked_for", async (open) => {
  // The calls that later tests look at go on meanwhile; a failure is theirs to tell.
  for (const scene of [pastCall, liveCall]) scene().catch(() => {});
  const page = await open({ stranger: true });
  await page.goto(`${origin}/calls?from=4930`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  must(page.url().includes("/login?next="), page.url());
  await signIn(page);
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  equal(page.url(), `${origin}/calls?from=4930`);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === "cordboard_session");
  equal([cookie.httpOnly, cookie.sameSite, cookie.secure, cookie.path], [true, "Strict", false, "/"]);
  equal(await page.evaluate(() => document.cookie), "", "what scripts see of the cookie");
  // Who is signed in does not see the form again.
  await page.goto(`${origin}/login`);
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
});

test("sign_in::leads_to_no_other_site", async (open) => {
  for (const next of ["//evil.example/", "https://evil.example/", "/\\evil.example", "/login"]) {
    const page = await open({ stranger: true });
    await page.goto(`${origin}/login?next=${encodeURIComponent(next)}`);
    await signIn(page);
    await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
    equal(page.url(), `${origin}/calls`, next);
  }
});

test("sign_in::a_wrong_token_is_refused_in_place", async (open) => {
  const page = await open({ stranger: true, allowed: ["401 (Unauthorized)"] });
  await page.goto(`${origin}/login`);
  equal(await field(page).getAttribute("type"), "password");
  await page.getByRole("button", { name: "Show" }).click();
  equal(await field(page).getAttribute("type"), "text");
  await signIn(page, "not-the-token");
  const alert = page.getByRole("alert").filter({ hasText: "not the admin token" });
  await alert.waitFor();
  equal(await field(page).getAttribute("aria-invalid"), "true");
  const described = (await field(page).getAttribute("aria-describedby")).split(" ");
  must(described.includes(await alert.getAttribute("id")), "the error is not linked to its field");
  must(await field(page).evaluate((input) => input === document.activeElement), "the field has lost the focus");
  equal(await page.context().cookies(), []);
  await signIn(page);
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
});

test("sign_in::signing_out_ends_the_session", async (open) => {
  const page = await open({ stranger: true, allowed: ["401 (Unauthorized)"] });
  await page.goto(`${origin}/login`);
  await signIn(page);
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  const before = await page.context().cookies();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  equal(await page.context().cookies(), []);
  // The session is over for whoever kept its cookie, too.
  await page.context().addCookies(before);
  equal((await page.request.get(`${origin}/api/v1/calls`)).status(), 401);
  await page.goBack();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

test("sign_in::a_session_that_ended_leads_to_the_form_and_back", async (open) => {
  const page = await open({ stranger: true, allowed: ["401 (Unauthorized)"] });
  await page.goto(`${origin}/login`);
  // A request that is still under way without its cookie would lead to the form before the click does.
  const answered = (path) => page.waitForResponse((response) => new URL(response.url()).pathname === path);
  const settled = Promise.all([answered("/api/v1/live"), answered("/api/v1/calls")]);
  await signIn(page);
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  await settled;
  await page.context().clearCookies();
  await page.getByRole("link", { name: "System" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(page);
  await page.getByRole("heading", { name: "System" }).waitFor();
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
  // Strict: a link from elsewhere arrives as a stranger, and the page finds the session itself.
  const page = await open({ allowed: ["request to elsewhere"] });
  await page.goto(`${origin}/calls`);
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  await page.route("http://elsewhere.example/", (route) =>
    route.fulfill({ contentType: "text/html", body: `<a href="${origin}/system">here</a>` }),
  );
  await page.goto("http://elsewhere.example/");
  await page.getByRole("link", { name: "here" }).click();
  await page.getByRole("heading", { name: "System" }).waitFor();
  await until("the address of what was asked for", () => page.url() === `${origin}/system`);
});
