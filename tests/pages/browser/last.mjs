// Tests that change the server for good: they run last.
import { field, fill } from "./people.mjs";
import { operatorsCall } from "./scenes.mjs";
import { equal, must, origin, OWNER, test, unowned, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

test("last::draining_asks_first_and_refuses_new_calls", async (open) => {
  await operatorsCall();
  const page = await open({ at: unowned });
  await page.goto(`${unowned.origin}/system`);
  await page.getByRole("button", { name: "Drain" }).click();
  await page.getByRole("dialog", { name: "Take no more calls?" }).getByRole("button", { name: "Drain now" }).click();
  await page.getByRole("status").filter({ hasText: "Draining" }).waitFor();
  await until("the refusal of /readyz", async () => (await fetch(`${unowned.origin}/readyz`)).status === 503);
});

test("last::too_many_wrong_passwords_wait", async (open) => {
  const page = await open({ stranger: true, allowed: ["401 (Unauthorized)", "429 (Too Many"] });
  await page.goto(`${origin}/login`);
  const button = page.getByRole("button", { name: "Sign in" });
  const alert = page.getByRole("alert").filter({ hasText: "Too many attempts" });
  for (let tries = 0; tries < 6 && (await alert.count()) === 0; tries += 1) {
    await fill(page, { "E-mail address": OWNER.email, Password: `guess ${tries}` });
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await button.click();
    await answered;
    await until("an answer", () => field(page, "Password").getAttribute("aria-invalid").then(async (wrong) => wrong === "true" || (await alert.count()) > 0));
  }
  const first = Number(/in (\d+) second/.exec(await alert.innerText())?.[1]);
  must(first > 0 && first <= 60, `${first} s`);
  equal(await button.getAttribute("aria-disabled"), "true", "whether the button is disabled");
  await lookAtState(page, "login-too-often");
  const left = page.getByText(/^\d+ seconds? to wait$/);
  const secondsLeft = async () => Number.parseInt(await left.innerText(), 10);
  const before = await secondsLeft();
  await until("the countdown", async () => (await secondsLeft()) < before);
  // The correct password has to wait as well: otherwise guessing could go on after the message.
  const answer = await fetch(`${origin}/api/v1/auth/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email: OWNER.email, password: OWNER.password }),
  });
  equal(answer.status, 429);
  must(Number(answer.headers.get("retry-after")) > 0, "no Retry-After");
});
