// Figures of the desk in a browser, taken with `CORDBOARD_MEASURE=1 cargo test --test pages -- measure`. They are printed and not checked.
import { print } from "../figures.mjs";
import { house, test, until } from "../stage.mjs";
import { button, deskOf, person } from "./people.mjs";
import { agentAt, callerAsks, card, happened, keysTo, lineTo, state, talks, visitorAsks } from "./scene.mjs";

const TIMES = 20;

/** Notes when each card appears and when it shows the caller's profile, in ms since 1970, by the call's words on the card. */
const noteCards = (page) =>
  page.addInitScript(() => {
    window.cards = new Map();
    const look = () => {
      for (const box of document.querySelectorAll('section[aria-label^="Incoming call from "]')) {
        const seen = window.cards.get(box) ?? { at: Date.now(), profileAt: null };
        window.cards.set(box, seen);
        if (box.querySelector(".profile dl.who dd") && !box.textContent.includes("Looking up the caller")) seen.profileAt ??= Date.now();
      }
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
  });

/** Notes when a reloaded page shows the call again and when caller and agent hear each other, in ms since the load began. */
const noteDesk = (page) =>
  page.addInitScript(() => {
    const look = () => {
      const words = document.querySelector('[role="status"][aria-label="State of the call"]')?.textContent ?? "";
      if (words !== "") window.deskAt ??= performance.now();
      if (words.includes("Talking")) window.talkingAt ??= performance.now();
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
  });

test("measure::from_the_offer_to_the_card", async (open) => {
  const may = await person("Measured", { extension: "390" });
  const line = await keysTo("390");
  const blank = await open({ stranger: true });
  await noteCards(blank);
  // The time of the offer is the server's, on the same machine's clock.
  await blank.addInitScript(() => {
    window.offers = [];
    const Real = window.WebSocket;
    window.WebSocket = class extends Real {
      constructor(...words) {
        super(...words);
        this.addEventListener("message", ({ data }) => {
          if (typeof data === "string" && data.includes('"kind":"offered"')) window.offers.push(Date.parse(JSON.parse(data).offer.since));
        });
      }
    };
  });
  const page = await deskOf(() => blank, may);
  const [cards, profiles] = [[], []];
  for (let time = 0; time < TIMES; time += 1) {
    const { caller } = await callerAsks(line, `+4917039${String(time).padStart(5, "0")}`);
    await card(page).waitFor();
    const seen = await until("the profile", () =>
      page.evaluate(() => {
        const last = [...window.cards.values()].at(-1);
        return last?.profileAt ? { ...last, since: window.offers.at(-1) } : null;
      }),
    );
    cards.push(seen.at - seen.since);
    profiles.push(seen.profileAt - seen.since);
    await button(page, "Decline").click();
    await until("the card's end", async () => (await card(page).count()) === 0);
    await house.ask("hang_up", { caller });
  }
  print("offer to card", cards);
  print("offer to card with profile", profiles);
});

test("measure::from_a_reload_to_the_desk_with_its_call", async (open) => {
  const { page } = await agentAt(open, "Timed", "391");
  await noteDesk(page);
  await visitorAsks(open, await lineTo("391"));
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  const [desks, sounds] = [[], []];
  for (let time = 0; time < TIMES; time += 1) {
    await page.reload();
    const seen = await until("the call with its sound", () =>
      page.evaluate(() => (window.talkingAt ? { desk: window.deskAt, sound: window.talkingAt } : null)),
    );
    desks.push(seen.desk);
    sounds.push(seen.sound);
  }
  print("reload to restored desk", desks);
  print("reload to caller and agent hearing each other", sounds);
});

test("measure::from_a_callers_key_to_the_timeline", async (open) => {
  const { page, visitor } = await talks(open, "Keyed", "392");
  await button(visitor, "Keypad").click();
  await happened(page);
  await page.evaluate(() => {
    window.keysAt = [];
    const list = document.querySelector('[aria-label="Timeline"]');
    const count = () => [...list.querySelectorAll("li")].filter(({ textContent }) => /Key 7/.test(textContent)).length;
    const look = () => {
      while (window.keysAt.length < count()) window.keysAt.push(Date.now());
    };
    new MutationObserver(look).observe(list, { childList: true, subtree: true, characterData: true });
  });
  const took = [];
  for (let time = 0; time < TIMES; time += 1) {
    const pressedAt = await button(visitor, "7").evaluate((key) => {
      key.click();
      return Date.now();
    });
    const seenAt = await until("the key", () => page.evaluate((place) => window.keysAt[place], time));
    took.push(seenAt - pressedAt);
  }
  print("a caller's key to the desk's timeline", took);
});
