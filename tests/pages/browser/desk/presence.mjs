// Presence: whether an agent takes calls, as they set it and as others see it. Queues, and the sheet of keys.
import { equal, goWithin, house, must, origin, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, colleague, deskOf, focused, person, presence, region, wants } from "./people.mjs";

test("desk::who_comes_to_their_desk_is_ready_and_seen_by_everybody", async (open) => {
  const [ann, bob] = [await person("Ann", { extension: "301" }), await person("Bob")];
  const bobs = await deskOf(open, bob);
  await colleague(bobs, "Ann").getByText("Offline").waitFor();
  const anns = await deskOf(open, ann, { path: "/" });
  await anns.waitForURL(`${origin}/desk`);
  equal(await anns.title(), "Desk — Cordboard");
  await anns.getByText("Ready. Calls appear here.").waitFor();
  await wants(anns, "Available");
  await colleague(bobs, "Ann").getByText("Available").waitFor();
  await colleague(bobs, "Ann").getByText("301").waitFor();
  await colleague(anns, "Ann").getByText("(you)").waitFor();
  must(await anns.getByRole("link", { name: "Desk" }).getAttribute("aria-current"), "the navigation does not mark the current page");
  await bobs.getByText("You have no extension yet").waitFor();
  await lookAtState(anns, "desk-idle");

  // Queues are shown when they are made, and agents see only their own pages.
  const made = await house.api("/api/v1/queues", {
    name: "boilers",
    title: "Boilers",
    members: [{ user_id: bob.id, tier: 1 }],
  });
  must(made.id, JSON.stringify(made));
  const queue = region(bobs, "Queues").getByRole("listitem").filter({ hasText: "Boilers" });
  await queue.getByText("You take its calls").waitFor();
  await queue.getByText("Nobody is waiting").waitFor();
  equal(await bobs.getByRole("navigation", { name: "Main" }).getByRole("link").allInnerTexts().then((all) => all.filter((word) => word !== "Cordboard")), ["Desk", "Inbox", "Calls", "Leads", "Campaigns", "Customers", "Appointments", "Business", "Settings"]);
  await goWithin(bobs, "/system");
  await bobs.getByRole("heading", { name: "You don't have access to this page" }).waitFor();
});

test("desk::keys_change_presence_in_all_tabs_and_have_a_sheet", async (open) => {
  const cas = await person("Cas");
  const page = await deskOf(open, cas);
  // Another tab shows the same presence, and not only on the desk's page: every page shows it.
  const other = await deskOf(open, cas, { path: "/calls" });
  await wants(page, "Available");
  const menu = page.getByRole("menu", { name: "Presence" });
  const time = () => presence(page).innerText().then((text) => /\d+:\d\d/.exec(text)?.[0]);
  await until("some seconds", async () => (await time()) >= "0:02");
  await presence(page).focus();
  equal(await presence(page).getAttribute("aria-expanded"), "false");
  await page.keyboard.press("ArrowDown");
  await menu.waitFor();
  equal(await presence(page).getAttribute("aria-expanded"), "true");
  // Being away requires a reason if the organization has defined some.
  const choices = ["Available", "Away: Lunch", "Away: Break", "Away: Training"];
  equal(await menu.getByRole("menuitemradio").allInnerTexts(), choices);
  await lookAtState(page, "desk-presence");
  const steps = [];
  for (const key of ["ArrowDown", "ArrowDown", "End", "Home", "ArrowUp"]) {
    await page.keyboard.press(key);
    steps.push(await focused(page));
  }
  equal(steps, ["Away: Lunch", "Away: Break", "Away: Training", "Available", "Away: Training"], "the items that the keys reached");
  await page.keyboard.press("Escape");
  equal(await menu.count(), 0, "open menus");
  must((await focused(page)).startsWith("Presence: Available"), "the focus is not back on the button");
  await page.keyboard.press("Enter");
  await menu.waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await wants(page, "Away: Lunch");
  await wants(other, "Away: Lunch");
  must((await time()) < "0:02", `the timer says ${await time()}`);
  await page.getByText("You get no calls while you are away.").waitFor();
  await lookAtState(page, "desk-away");
  await button(page, "Take calls").click();
  await wants(page, "Available");

  // The sheet lists all keys, and shortcuts of a single key can be switched off.
  const sheet = page.getByRole("dialog", { name: "Keys" });
  await page.getByRole("region", { name: "No call" }).waitFor();
  await page.keyboard.press("?");
  await sheet.waitFor();
  must(await sheet.evaluate((dialog) => dialog.contains(document.activeElement)), "the focus is not in the sheet");
  const keys = await sheet.getByRole("row").locator("kbd").allInnerTexts();
  equal(new Set(keys).size, keys.length, "different keys on the sheet");
  for (const key of ["Enter", "M", "H", "P", "T", "Shift+X", "N", "J", "K", "?", "1 to 9", "Ctrl+Shift+A", "Ctrl+Shift+X", "Ctrl+K"]) {
    must(keys.includes(key), `${key} is not on the sheet: ${keys.join(", ")}`);
  }
  await lookAtState(page, "desk-keys");
  await page.keyboard.press("Escape");
  equal(await sheet.count(), 0, "open sheets after Esc");
  await button(page, "Keys").click();
  await sheet.getByRole("checkbox", { name: "Single keys" }).uncheck();
  equal((await sheet.getByRole("row").locator("kbd").allInnerTexts()).every((key) => key.startsWith("Ctrl+")), true);
  await button(sheet, "Close").click();
  await page.getByRole("heading", { name: "Desk", exact: true }).click();
  await page.keyboard.press("?");
  equal(await sheet.count(), 0, "sheets opened by a single key");
  await page.keyboard.press("Control+Shift+L");
  await sheet.waitFor();
  await page.keyboard.press("Escape");
  await page.reload();
  await page.getByRole("region", { name: "No call" }).waitFor();
  await page.keyboard.press("?");
  equal(await sheet.count(), 0, "sheets after a reload: the choice is kept");
});
