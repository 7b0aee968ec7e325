// What leaves its marks on the server: these come last.
import { liveCall } from "./scenes.mjs";
import { equal, must, origin, test, token, until } from "./stage.mjs";

test("last::draining_asks_first_and_refuses_new_calls", async (open) => {
  await liveCall();
  const page = await open();
  await page.goto(`${origin}/system`);
  await page.getByRole("button", { name: "Drain" }).click();
  await page.getByRole("dialog", { name: "Take no more calls?" }).getByRole("button", { name: "Drain now" }).click();
  await page.getByRole("status").filter({ hasText: "Draining" }).waitFor();
  await until("a no of /readyz", async () => (await fetch(`${origin}/readyz`)).status === 503);
});

test("last::too_many_wrong_tokens_wait", async (open) => {
  const page = await open({ stranger: true, allowed: ["401 (Unauthorized)", "429 (Too Many"] });
  await page.goto(`${origin}/login`);
  const button = page.getByRole("button", { name: "Sign in" });
  const alert = page.getByRole("alert").filter({ hasText: "Too many attempts" });
  for (let tries = 0; tries < 6 && (await alert.count()) === 0; tries += 1) {
    await page.getByLabel("Admin token").fill(`guess ${tries}`);
    await button.click();
    await until("an answer", () => button.isEnabled().then(async (on) => on || (await alert.count()) > 0));
  }
  const secondsIn = async () => Number(/in (\d+) second/.exec(await alert.innerText())?.[1]);
  const seconds = await secondsIn();
  must(seconds > 0 && seconds <= 60, `${seconds} s`);
  must(await button.isDisabled(), "the button can still be pressed");
  await until("the countdown", async () => (await secondsIn()) < seconds, 3_000);
  // The right token waits as well: else guessing would go on behind the message.
  const answer = await fetch(`${origin}/api/v1/auth/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  });
  equal(answer.status, 429);
  must(Number(answer.headers.get("retry-after")) > 0, "no Retry-After");
});
