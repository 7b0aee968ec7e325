// The desk's connection to the server: it reconnects, and the desk trusts no state that misses an event.
import { equal, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, colleague, deskOf, desks, notesSockets, oneMoreDesk, pageOf, person, pill, presence, wants } from "./people.mjs";

/** A script for pages: the network swallows the first attempt to open the desk's connection. The page waits for it for a moment only, not for 8 s. */
function swallowsTheFirstDesk() {
  const { setTimeout: later, WebSocket: Real } = window;
  window.hurried = 0;
  window.setTimeout = (act, ms, ...more) => later(act, ms === 8_000 && (window.hurried += 1) === 1 ? 100 : ms, ...more);
  window.swallowed = 0;
  window.WebSocket = new Proxy(Real, {
    construct(made, words) {
      if (window.swallowed > 0 || new URL(words[0]).pathname !== "/ws/desk") return Reflect.construct(made, words);
      window.swallowed += 1;
      return { readyState: Real.CONNECTING, close: () => undefined };
    },
  });
}

test("desk::a_line_that_breaks_is_made_again_and_shows_what_was_missed", async (open) => {
  const [hal, ida] = [await person("Hal"), await person("Ida")];
  // Code of the desk that does not come is tried again, and the page says so.
  const idas = await open({ stranger: true, allowed: ["ERR_FAILED"] });
  const code = /\/assets\/frame-\w+\.js$/;
  let refused = 0;
  await idas.route(code, (route) => {
    refused += 1;
    return route.abort();
  });
  await pageOf(() => idas, ida);
  const alert = idas.getByRole("alert").filter({ hasText: "no calls ring on this tab" });
  await alert.waitFor();
  await lookAtState(idas, "desk-not-loaded");
  await until("another attempt", () => refused > 1);
  await idas.unroute(code);
  await presence(idas).waitFor();
  equal(await alert.count(), 0, "alerts");

  // A connection that never opens is replaced.
  const page = await open({ stranger: true, allowed: ["ERR_INTERNET_DISCONNECTED"], scripts: [notesSockets, swallowsTheFirstDesk] });
  const hals = await deskOf(() => page, hal);
  await pill(hals, "Live").waitFor();
  equal(await hals.evaluate(() => window.swallowed), 1, "swallowed attempts");
  const before = await desks(hals);
  // The browser is set offline, and is back 5 s later.
  await hals.context().setOffline(true);
  await pill(hals, "Offline").waitFor();
  await presence(hals).click();
  await hals.getByText("Reconnecting to the server. You can change your presence once it is back.").waitFor();
  equal(await hals.getByRole("menuitemradio", { name: "Away: Lunch" }).isDisabled(), true, "whether presence is disabled");
  await lookAtState(hals, "desk-offline");
  await hals.keyboard.press("Escape");
  await presence(idas).click();
  await idas.getByRole("menuitemradio", { name: "Away: Lunch" }).click();
  await wants(idas, "Away: Lunch");
  await colleague(hals, "Ida").getByText("Available").waitFor();
  await hals.context().setOffline(false);
  await pill(hals, "Live").waitFor();
  await oneMoreDesk(hals, before);
  await colleague(hals, "Ida").getByText("Away: Lunch").waitFor();
  await wants(hals, "Available");
});

test("desk::a_missing_event_is_repaired_by_a_snapshot", async (open) => {
  const [jo, kim] = [await person("Jo"), await person("Kim")];
  const kims = await deskOf(open, kim);
  const page = await open({ stranger: true });
  const commands = [];
  let lost = 0;
  let loses = false;
  await page.routeWebSocket(/\/ws\/desk$/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      commands.push(JSON.parse(text).command);
      server.send(text);
    });
    server.onMessage((text) => {
      const isKims = JSON.parse(text).kind === "changed" && JSON.parse(text).agents.some(({ name }) => name === "Kim");
      if (loses && isKims && lost === 0) lost += 1;
      else socket.send(text);
    });
  });
  const jos = await deskOf(() => page, jo);
  await colleague(jos, "Kim").getByText("Available").waitFor();
  loses = true;
  const away = async (reason) => {
    await presence(kims).click();
    await kims.getByRole("menuitemradio", { name: `Away: ${reason}` }).click();
    await wants(kims, `Away: ${reason}`);
  };
  await away("Lunch");
  await until("the loss of an event", () => lost === 1);
  equal(commands.includes("snapshot"), false, "whether a snapshot was requested before an event was missing");
  await colleague(jos, "Kim").getByText("Available").waitFor();
  await away("Break");
  await colleague(jos, "Kim").getByText("Away: Break").waitFor();
  equal(commands.filter((command) => command === "snapshot").length, 1, "requested snapshots");
  await presence(jos).click();
  await jos.getByRole("menuitemradio", { name: "Away: Training" }).click();
  await wants(jos, "Away: Training");
  must((await button(jos, "Take calls").count()) === 1, "the desk stopped working");
});
