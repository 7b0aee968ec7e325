// Agents of a server: each has a desk, and these functions check what each agent sees.
import { equal, house, must, until } from "../stage.mjs";

const PASSWORD = "correct horse battery staple";
let invited = 0;

/** Creates a user with this role and, if given, an extension, the number of calls that they take at once, and the device that their sound goes to. */
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

/** Sets how the agent takes calls. */
async function asAgent({ at, id }, how) {
  const body = { skills: [], ...how };
  const answer = await at.send("PUT", `/api/v1/agents/${id}`, body);
  must(answer.ok, `${answer.status} ${await answer.text()}`);
}

/** Opens a user's page at this address. */
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

/** Opens the agent's desk and waits until it has loaded the state. */
export async function deskOf(open, agent, options) {
  const page = await pageOf(open, agent, options);
  await presence(page).waitFor();
  return page;
}

/** The button of the presence menu. */
export const presence = (page) => page.getByRole("button", { name: /^Presence:/ });
export const button = (page, name) => page.getByRole("button", { name, exact: true });
export const region = (page, name) => page.getByRole("region", { name });
export const pill = (page, words) => page.getByRole("status", { name: "Connection" }).filter({ hasText: words });

/** Waits until the desk shows this presence. */
export async function wants(page, words) {
  await page.getByRole("button", { name: `Presence: ${words}` }).waitFor();
}

/** A colleague's row in the directory. */
export const colleague = (page, name) => region(page, "Team").getByRole("listitem").filter({ hasText: name });

/** The text of the focused element. */
export const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

/** A script for pages that notes every WebSocket, so that a test can break one. */
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

/** Silently drops everything on the page's present sockets for sound, and lets no new one open. Needs `notesSockets`. */
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

/** The number of desk sockets that the page has opened so far. */
export const desks = (page) => page.evaluate(() => window.sockets.filter(({ url }) => new URL(url).pathname === "/ws/desk").length);

/** Waits until the page has opened more than `before` sockets. */
export const oneMoreDesk = (page, before) => until("a new socket", async () => (await desks(page)) > before);
