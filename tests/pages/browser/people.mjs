// Users who sign in: what they type, and the codes of their authenticator apps.
import { createHmac } from "node:crypto";
import { OWNER, until } from "./stage.mjs";

export const field = (page, label) => page.getByLabel(label, { exact: true });

/** Fills in fields by their labels. */
export async function fill(page, values) {
  for (const [label, value] of Object.entries(values)) await field(page, label).fill(value);
}

/** Waits for the page that an owner sees after signing in. */
export const home = (page) => page.getByRole("radiogroup", { name: "Days" }).waitFor();

/** Submits the form of `/login`. */
export async function signIn(page, { email = OWNER.email, password = OWNER.password } = {}) {
  await fill(page, { "E-mail address": email, Password: password });
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Signs a page in as the owner of a second organization, on a server where anyone may register. */
export async function signInAsOtherOwner(page, at) {
  const [email, password] = ["mallory@example.com", "four words are enough"];
  // Succeeds once; a repeated registration is refused because the account exists.
  await at.api("/api/v1/auth/register", { email, password, name: "Mallory", organization: "Mallory's Bakery" });
  await page.context().request.post(`${at.origin}/api/v1/auth/session`, { data: { email, password } });
}

/** The signed-in user, as the menu shows them: name, e-mail address and role with organization. */
export async function account(page) {
  const menu = page.locator("details.account");
  await menu.locator("summary").click();
  await menu.getByText(" · ").waitFor();
  const texts = await menu.locator("p").allTextContents();
  await page.keyboard.press("Escape");
  return texts;
}

const failed = [];

/** Call this before an attempt that the server counts as wrong: it allows five a minute from one address, and other tests need room for correct
 * attempts. */
export async function mayFail() {
  const ofLate = () => failed.filter((at) => Date.now() - at < 61_000).length;
  await until("room for one more attempt", () => ofLate() < 4, 65_000);
  failed.push(Date.now());
}

/** An authenticator app's code for a secret in base32 (RFC 6238), `steps` steps of 30 s from now. */
export function codeOf(secret, steps = 0) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll("=", "")].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", key).update(step).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** Moves the focus to an element by the Tab key alone. */
export async function tabTo(page, target, stopsMax = 150) {
  // Finding the element by its role costs as much as the rest of a stop, so it is done once, and again if the page has recreated the element.
  let element = await target.elementHandle();
  for (let stops = 0; stops < stopsMax; stops += 1) {
    const { isThere, isGone } = await element.evaluate((it) => ({ isThere: it === document.activeElement, isGone: !it.isConnected }));
    if (isThere) return;
    if (isGone) element = await target.elementHandle();
    else await page.keyboard.press("Tab");
  }
  throw new Error(`not reached by pressing Tab ${stopsMax} times: ${target}`);
}
