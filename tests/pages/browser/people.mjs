// People who come in: what they type, and the codes of their authenticator apps.
import { createHmac } from "node:crypto";
import { OWNER, until } from "./stage.mjs";

export const field = (page, label) => page.getByLabel(label, { exact: true });

/** Fills fields by their labels. */
export async function fill(page, values) {
  for (const [label, value] of Object.entries(values)) await field(page, label).fill(value);
}

/** Waits until the page is there to which signing in leads an owner. */
export const home = (page) => page.getByRole("radiogroup", { name: "Days" }).waitFor();

/** Sends the form of `/login`. */
export async function signIn(page, { email = OWNER.email, password = OWNER.password } = {}) {
  await fill(page, { "E-mail address": email, Password: password });
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Signs a page in as the owner of an organization that is not the first, where everybody may register. */
export async function signInAsOtherOwner(page, at) {
  const [email, password] = ["mallory@example.com", "four words are enough"];
  // Once; a second one is told that there is such an account.
  await at.api("/api/v1/auth/register", { email, password, name: "Mallory", organization: "Mallory's Bakery" });
  await page.context().request.post(`${at.origin}/api/v1/auth/session`, { data: { email, password } });
}

/** The signed-in user, as the menu shows them: name, e-mail and role with organization. */
export async function account(page) {
  const menu = page.locator("details.account");
  await menu.locator("summary").click();
  await menu.getByText(" · ").waitFor();
  const told = await menu.locator("p").allTextContents();
  await page.keyboard.press("Escape");
  return told;
}

const failed = [];

/** To be awaited before an attempt that the server counts as wrong: five a minute may be from one address, and other tests need
 * room for what is right. */
export async function mayFail() {
  const ofLate = () => failed.filter((at) => Date.now() - at < 61_000).length;
  await until("room for one more attempt", () => ofLate() < 4, 65_000);
  failed.push(Date.now());
}

/** An authenticator app's code for a secret in base32 (RFC 6238), so many steps of 30 s from now. */
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

/** Goes to something by the Tab key alone, from where the focus is. */
export async function tabTo(page, target, stopsMax = 150) {
  // To find it by its role costs as much as all else of a stop, so that is done once, and again where the page has created it again.
  let element = await target.elementHandle();
  for (let stops = 0; stops < stopsMax; stops += 1) {
    const { isThere, isGone } = await element.evaluate((it) => ({ isThere: it === document.activeElement, isGone: !it.isConnected }));
    if (isThere) return;
    if (isGone) element = await target.elementHandle();
    else await page.keyboard.press("Tab");
  }
  throw new Error(`not reached by ${stopsMax} stops: ${target}`);
}
