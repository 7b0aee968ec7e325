// The command palette (Ctrl+K), by keyboard alone, and the navigation, which folds.
import { audit, equal, house, must, origin, test, until } from "./stage.mjs";
import { pageOf, person } from "./desk/people.mjs";
import { lookAtState } from "./views.mjs";

const made = async (path, body) => (await house.send("POST", path, body)).json();
const box = (page) => page.getByRole("combobox", { name: "Find anything" });
const hits = (page) => page.getByRole("dialog").getByRole("option");
/** The option that Enter chooses, as screen readers announce it. */
const active = (page) =>
  page.evaluate(() => {
    const id = document.activeElement?.getAttribute("aria-activedescendant");
    return (id && document.getElementById(id)?.querySelector(".label")?.textContent) || "";
  });

test("palette::anything_is_found_and_opened_by_keyboard_alone", async (open) => {
  const { id } = await made("/api/v1/customers", { name: "Paula Palette", phone: "+49 30 5550144" });
  await made("/api/v1/leads", { name: "Paula Palette", need: "a fence" });
  const page = await open();
  await page.goto(`${origin}/customers`);
  const find = page.getByRole("searchbox", { name: "Find a customer" });
  await find.focus();
  await page.keyboard.press("Control+k");
  await box(page).waitFor();
  must(await box(page).evaluate((input) => input === document.activeElement), "the field does not have the focus");
  await hits(page).first().waitFor();
  await lookAtState(page, "palette");
  equal(await box(page).getAttribute("aria-expanded"), "true", "whether the list is open");
  await page.keyboard.press("Escape");
  await box(page).waitFor({ state: "hidden" });
  must(await find.evaluate((input) => input === document.activeElement), "the focus is not back");

  await page.keyboard.press("Control+k");
  await box(page).fill("palette");
  await page.getByRole("group", { name: "Customers" }).getByRole("option", { name: /Paula Palette/ }).waitFor();
  await page.getByRole("status").filter({ hasText: /\d results?\. Use the arrow keys to choose, Enter to open\./ }).waitFor({ state: "attached" });
  await lookAtState(page, "palette-found");
  equal(await active(page), "Paula Palette", "the option that Enter chooses");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Paula Palette", level: 1 }).waitFor();
  equal(new URL(page.url()).pathname, `/customers/${id}`, "the page that it opens");

  // A number as people type it, then a page chosen by an arrow key.
  await page.keyboard.press("Control+k");
  await box(page).fill("030 / 555-0144");
  await page.getByRole("status").filter({ hasText: "No results" }).waitFor();
  await box(page).fill("30 5550144");
  await hits(page).filter({ hasText: "Paula Palette" }).first().waitFor();
  await box(page).fill("audit");
  await until("the page is the option that Enter chooses", async () => (await active(page)) === "Audit log");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Audit log", level: 1 }).waitFor();

  await page.keyboard.press("Control+k");
  await box(page).fill("");
  await until("the first page is chosen", async () => (await active(page)) === "Dashboard");
  await page.keyboard.press("ArrowDown");
  await until("the second page is chosen", async () => (await active(page)) === "Desk");
  equal(await audit(page), [], "axe");
});

test("palette::agents_find_only_their_pages_and_failures_are_shown", async (open) => {
  await made("/api/v1/agent-profiles", { name: "Zebrawood lady", language: "en" });
  const page = await pageOf(open, await person("Quinn"), { path: "/calls", allowed: ["500 (Internal"] });
  await page.getByRole("button", { name: /^Find anything/ }).click();
  // Agents find neither assistants nor the audit log.
  for (const text of ["zebrawood", "audit log"]) {
    await box(page).fill(text);
    await page.getByRole("status").filter({ hasText: `No results for “${text}”.` }).waitFor();
    equal(await hits(page).count(), 0, "results for an agent");
  }
  await page.route(/\/api\/v1\/search/, (route) => route.fulfill({ status: 500, json: {} }));
  await box(page).fill("anybody");
  await page.getByRole("status").filter({ hasText: "The server answered 500" }).waitFor();
});

test("palette::auf_deutsch_und_die_leiste_merkt_sich_wie_sie_steht", async (open) => {
  const page = await open({ locale: "de-DE" });
  await page.goto(`${origin}/leads`);
  await page.getByRole("button", { name: /^Alles finden/ }).waitFor();
  await page.keyboard.press("Control+k");
  const feld = page.getByRole("combobox", { name: "Alles finden" });
  await feld.fill("warteschl");
  await page.getByRole("group", { name: "Seiten" }).getByRole("option", { name: /Warteschlangen/ }).waitFor();
  await page.keyboard.press("Escape");
  // On a work page the navigation is folded; its names stay for screen readers.
  const rail = page.getByRole("navigation", { name: "Hauptmenü" }).or(page.locator("nav.rail"));
  const width = () => rail.first().evaluate((nav) => nav.getBoundingClientRect().width);
  equal(await width(), 60, "width of the folded navigation");
  await page.getByRole("link", { name: "Kunden", exact: true }).waitFor();
  await page.getByRole("button", { name: "Menü ausklappen" }).click();
  must((await width()) > 200, "the navigation did not unfold");
  await page.reload();
  await page.getByRole("button", { name: "Menü einklappen" }).waitFor();
  must((await width()) > 200, "the navigation did not stay unfolded");
  await page.getByRole("button", { name: "Menü einklappen" }).click();
  await page.goto(`${origin}/customers`);
  await page.getByRole("button", { name: "Menü einklappen" }).waitFor();
  must((await width()) > 200, "the navigation is folded on a page for reading");
  await page.setViewportSize({ width: 1000, height: 700 });
  await until("the navigation folds on a narrow page", async () => (await width()) === 60);
  // On a phone, long names are hyphenated instead of moving others out of the window.
  await page.setViewportSize({ width: 360, height: 740 });
  await page.locator("nav.rail .more").click();
  const nav = page.locator("nav.rail.whole .nav");
  must(await nav.evaluate((it) => it.scrollWidth <= it.clientWidth), "the navigation is wider than a phone");
});
