// Agents of the house: each has a desk, and these functions check what each sees.
import { equal, house, must, until } from "../stage.mjs";

const PASSWORD = "correct horse battery staple";
let invited = 0;

/** Somebody new who works there, with this role; with an extension of their own where one is named, so many calls at once, and their sound there. */
export async function person(name, { at = house, role = "agent", extension, calls_max = 1, audio = "browser" } = {}) {
  invited += 1;
  const email = `desk${invited}@example.com`;
  const { url } = await at.api("/api/v1/invitations", { email, role });
  const token = url.split("#token=")[1];
  const made = await at.api("/api/v1/auth/invitations/accept", { token, name, password: PASSWORD });
  must(made.user, JSON.stringify(made));
  const agent = { at, id: made.user.id, name, email, token: made.access_token };
  if (extension || calls_max > 1) await asAgent(agent, { extension, calls_max, audio });
  return agent;
}

/** Says how they take calls. */
async function asAgent({ at, id }, how) {
  const body = { skills: [], ...how };
  const answer = await at.send("PUT", `/api/v1/agents/${id}`, body);
  must(answer.ok, `${answer.status} ${await answer.text()}`);
}

/** A user's page, at this address. */
export async function pageOf(open, { at, email }, { path = "/desk", ...options } = {}) {
  const page = await open({ at, stranger: true, ...options });
  await signIn(page, at, email);
  await page.goto(at.origin + path);
  return page;
}

/** Signs a user in, in the browser of this page. */
export async function signIn(page, at, email) {
  const answer = await page.context().request.post(`${at.origin}/api/v1/auth/session`, { data: { email, password: PASSWORD } });
  equal(answer.status(), 204, "signing in");
}

/** Their desk, once it knows how things are. */
export async function deskOf(open, agent, options) {
  const page = await pageOf(open, agent, options);
  await presence(page).waitFor();
  return page;
}

/** The presence menu's button. */
export const presence = (page) => page.getByRole("button", { name: /^Presence:/ });
export const button = (page, name) => page.getByRole("button", { name, exact: true });
export const region = (page, name) => page.getByRole("region", { name });
export const pill = (page, words) => page.getByRole("status", { name: "Connection" }).filter({ hasText: words });

/** Waits until the desk says that its agent wants this. */
export async function wants(page, words) {
  await page.getByRole("button", { name: `Presence: ${words}` }).waitFor();
}

/** Somebody's row in the directory. */
export const colleague = (page, name) => region(page, "Team").getByRole("listitem").filter({ hasText: name });

/** The focused element, by role and name. */
export const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

/** A script of pages that notes every WebSocket, so that a test can break one. */
export function notesSockets() {
  const Real = window.WebSocket;
  window.sockets = [];
  window.WebSocket = class extends Real {
    constructor(...words) {
      super(...words);
      window.sockets.push(this);
    }
  };
}

/** The network swallows the present sockets of sound, and lets no other one be made; `notesSockets` has to be there. */
export const swallowSockets = (page) =>
  page.evaluate(() => {
    const Noted = window.WebSocket;
    window.WebSocket = class extends Noted {
      constructor(...words) {
        const swallowed = { url: String(words[0]), readyState: Noted.CONNECTING, close: () => undefined };
        window.sockets.push(swallowed);
        return swallowed;
      }
    };
    for (const socket of window.sockets) if (socket.url.endsWith("/ws/audio")) socket.close();
  });

/** How many sockets of the desk the page has made so far. */
export const desks = (page) => page.evaluate(() => window.sockets.filter(({ url }) => new URL(url).pathname === "/ws/desk").length);

/** Waits until the page has made one more than so many. */
export const oneMoreDesk = (page, before) => until("a new socket", async () => (await desks(page)) > before);
