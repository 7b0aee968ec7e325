// Appointments: a week in the business's time zone.
import { api, equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { inBusiness } from "./in-business.mjs";
import { field } from "./people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const PATH = "/api/v1/appointments";
/** Returns a Monday far in the future, a different one for each test. */
let weeks = 30;
function monday() {
  weeks += 1;
  const day = new Date(Date.now() + weeks * 7 * 86_400_000);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}
const later = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
const made = async (body) => (await house.send("POST", PATH, body)).json();
const meeting = (page, name) => page.getByRole("button", { name });

test("appointments::one_is_created_moved_by_mouse_and_keys_and_cancelled", (open) =>
  inBusiness("Asia/Tokyo", async () => {
    const day = monday();
    const page = await open({ timezoneId: "America/New_York", locale: "en-GB", allowed: ["409 (Conflict)"] });
    await page.goto(`${origin}/appointments?day=${day}`);
    await page.getByText("Nothing is booked this week.").waitFor();
    await page.getByRole("button", { name: "New appointment" }).click();
    const dialog = page.getByRole("dialog", { name: "New appointment" });
    await dialog.getByRole("button", { name: "09:30", exact: true }).waitFor();
    await lookAtState(page, "appointments-new");
    await dialog.getByRole("button", { name: "Create appointment" }).click();
    await mustBeWrong(page, field(dialog, "Start"), "It must be filled in");
    await dialog.getByRole("button", { name: "09:30", exact: true }).click();
    await field(dialog, "Name").fill("<b>Ida</b>");
    await field(dialog, "Phone").fill("0049 (0)30 5550175");
    await dialog.getByRole("button", { name: "Create appointment" }).click();
    await dialog.waitFor({ state: "hidden" });
    const own = meeting(page, /Estimate.*<b>Ida<\/b>/);
    await own.waitFor();
    const found = async () => (await api(`${PATH}?from=${day}T00:00:00Z&to=${later(day, 6)}T00:00:00Z`)).items;
    // 09:30 in Tokyo, whatever the browser's time zone.
    equal((await found()).map(({ starts_at, phone }) => [starts_at, phone]), [[`${day}T00:30:00.000Z`, "+49305550175"]]);

    // By mouse: two days later and an hour later.
    const box = await own.boundingBox();
    const columns = page.locator("main section");
    const [first, third] = await Promise.all([columns.nth(0).boundingBox(), columns.nth(2).boundingBox()]);
    const hour = (await page.locator("main section").nth(0).locator("[data-day]").evaluate((column) => parseFloat(getComputedStyle(column).height) / Number(getComputedStyle(column).getPropertyValue("--hours"))));
    await page.mouse.move(box.x + box.width / 2, box.y + 8);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 20, box.y + 12, { steps: 3 });
    await page.mouse.move(box.x + box.width / 2 + third.x - first.x, box.y + 8 + hour, { steps: 6 });
    await page.mouse.up();
    await until("the move on record", async () => (await found())[0].starts_at === `${later(day, 2)}T01:30:00.000Z`);
    equal(await page.getByRole("dialog").count(), 0, "dialogs opened by the drag");

    // By keyboard alone.
    await own.focus();
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowDown");
    await page.getByRole("status").filter({ hasText: "Enter moves it there" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Enter");
    await until("the second move on record", async () => (await found())[0].starts_at === `${later(day, 2)}T02:00:00.000Z`);

    // It stays where it is if the target is taken.
    await made({ service: "Estimate", starts_at: `${later(day, 3)}T02:00:00Z`, name: "Bo" });
    await page.reload();
    await own.focus();
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Enter");
    await page.getByRole("status").filter({ hasText: "This time overlaps with another appointment." }).waitFor();
    await lookAtState(page, "appointments-week");

    await own.click();
    const details = page.getByRole("dialog", { name: "Estimate" });
    await details.getByRole("button", { name: "Cancel appointment" }).click();
    await page.getByRole("dialog", { name: "Cancel this appointment?" }).getByRole("button", { name: "Cancel appointment" }).click();
    await details.getByText("Cancelled", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await until("the appointment disappears from the week", async () => (await own.count()) === 0);
    await page.getByRole("checkbox", { name: "Show cancelled" }).check();
    await own.waitFor();
  }));

test("appointments::hours_over_midnight_and_the_shortest_holiday_are_shown", (open) =>
  inBusiness("Asia/Tokyo", async () => {
    const day = monday();
    const { updated_at: _, ...business } = await api("/api/v1/business-profile");
    const hours = { ...business.hours, monday: [{ from: "18:00", to: "02:00" }], tuesday: [] };
    const holidays = [
      { name: "Holidays", from: later(day, 2), to: later(day, 4), hours: [] },
      { name: "Fair", from: later(day, 3), to: null, hours: [{ from: "10:00", to: "13:00" }] },
    ];
    const services = [{ name: "Visit", duration_minutes: 60, buffer_after_minutes: 30 }];
    const answer = await house.send("PUT", "/api/v1/business-profile", { ...business, hours, holidays, services });
    must(answer.ok, `${answer.status} ${await answer.text()}`);
    // From 23:00 to 01:00.
    await made({ service: "Night", starts_at: `${day}T14:00:00Z`, ends_at: `${day}T16:00:00Z` });
    const page = await open({ locale: "en-GB", allowed: ["409 (Conflict)"] });
    await page.goto(`${origin}/appointments?view=week&day=${day}`);
    const shown = (days) =>
      page.locator(`[data-day="${later(day, days)}"] .open`).evaluateAll((spans) => spans.map(({ style }) => style.getPropertyValue("--long")));
    await until("the hours of Monday", async () => (await shown(0)).join() === "6");
    equal(await Promise.all([1, 2, 3, 4].map(shown)), [["2"], [], ["3"], []], "hours of the following days");
    const pieces = (days) =>
      page.locator(`[data-day="${later(day, days)}"] .meeting`).evaluateAll((all) => all.map(({ style }) => style.getPropertyValue("--long")));
    await until("the appointment on Monday", async () => (await pieces(0)).join() === "1");
    equal(await pieces(1), ["1"], "the part on Tuesday");
    await goWithin(page, `/appointments?view=day&day=${later(day, 1)}`);
    const rest = meeting(page, /Night/);
    await until("the day, with the rest of the night", async () => (await rest.count()) === 1);
    await rest.focus();
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Enter");
    const night = page.getByRole("dialog", { name: "Night" });
    await night.getByText("23:00–01:00").waitFor();
    await page.keyboard.press("Escape");
    await night.waitFor({ state: "hidden" });

    // Time that a service keeps free is booked only on request.
    const next = monday();
    await made({ service: "Visit", starts_at: `${next}T01:00:00Z`, ends_at: `${next}T02:00:00Z` });
    await goWithin(page, `/appointments?view=day&day=${next}&new=1`);
    const booking = page.getByRole("dialog", { name: "New appointment" });
    await field(booking, "Start").fill("11:00");
    await booking.getByRole("button", { name: "Create appointment" }).click();
    await mustBeWrong(page, field(booking, "Start"), "It is kept free around another appointment");
    await booking.getByRole("switch", { name: "Book it anyway" }).click();
    await booking.getByRole("button", { name: "Create appointment" }).click();
    await booking.waitFor({ state: "hidden" });

    // A hold that was not confirmed in time is shown as expired.
    const held = await made({ service: "Survey", starts_at: `${next}T05:00:00Z`, hold_minutes: 5 });
    let isConfirmed = false;
    await page.route(new RegExp(`/api/v1/appointments/${held.id}`), (route) => {
      const edit = route.request().postDataJSON();
      isConfirmed ||= edit?.ignore_buffers === true;
      if (isConfirmed) return route.continue();
      if (edit) return route.fulfill({ status: 409, json: { code: "kept_free", status: 409, title: "Conflict", detail: "it is kept free" } });
      return route.fulfill({ json: { ...held, hold_until: "2026-01-01T00:00:00.000Z" } });
    });
    await goWithin(page, `/appointments?view=day&day=${next}&open=${held.id}`);
    const survey = page.getByRole("dialog", { name: "Survey" });
    await survey.getByText("Hold expired", { exact: true }).waitFor();
    // Another appointment keeps its time free since, which the user may ignore.
    await survey.getByRole("button", { name: "Confirm" }).click();
    await page.getByRole("dialog", { name: "This time is kept free. Confirm anyway?" }).getByRole("button", { name: "Book it anyway" }).click();
    await survey.getByText("Confirmed", { exact: true }).waitFor();
    equal((await api(`${PATH}/${held.id}`)).status, "confirmed", "the appointment");
  }));

test("appointments::ends_and_lengths_are_right_where_clocks_change", (open) =>
  inBusiness("Europe/Berlin", async () => {
    // Clocks change on the last Sundays of March and October, at 01:00 UTC.
    const sunday = (month) => {
      const last = new Date(Date.UTC(new Date().getUTCFullYear() + 1, month, 31));
      last.setUTCDate(31 - last.getUTCDay());
      return last.toISOString().slice(0, 10);
    };
    const [spring, autumn] = [sunday(2), sunday(9)];
    const skips = await made({ service: "Skips", starts_at: `${spring}T00:30:00Z`, ends_at: `${spring}T01:30:00Z` });
    const page = await open({ locale: "en-GB" });
    await page.goto(`${origin}/appointments?view=day&day=${spring}&open=${skips.id}`);
    const skipped = page.getByRole("dialog", { name: "Skips" });
    await skipped.getByText("01:30–03:30").waitFor();
    await page.keyboard.press("Escape");
    await skipped.waitFor({ state: "hidden" });
    const said = await meeting(page, /Skips/).textContent();
    must(said.includes("03:30"), said);

    // The second of the two times when it is 02:30.
    const second = await made({ service: "Second", starts_at: `${autumn}T01:30:00Z`, ends_at: `${autumn}T02:30:00Z` });
    await goWithin(page, `/appointments?view=day&day=${autumn}&open=${second.id}`);
    const dialog = page.getByRole("dialog", { name: "Second" });
    await field(dialog, "Length").fill("45");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "hidden" });
    const { starts_at, ends_at } = await api(`${PATH}/${second.id}`);
    equal([starts_at, ends_at], [`${autumn}T01:30:00.000Z`, `${autumn}T02:15:00.000Z`]);

    // It is 02:00 twice, both times are free, and the second one is chosen.
    const { updated_at: _, ...business } = await api("/api/v1/business-profile");
    const hours = { ...business.hours, sunday: [{ from: "01:00", to: "05:00" }] };
    const answer = await house.send("PUT", "/api/v1/business-profile", { ...business, hours });
    must(answer.ok, `${answer.status} ${await answer.text()}`);
    await page.goto(`${origin}/appointments?view=day&day=${autumn}&new=1`);
    const booking = page.getByRole("dialog", { name: "New appointment" });
    const twice = booking.getByRole("button", { name: "02:00", exact: true });
    await twice.nth(1).click();
    equal(await twice.evaluateAll((all) => all.map(({ ariaPressed }) => ariaPressed)), ["false", "true"], "the pressed times");
    await booking.getByRole("button", { name: "Create appointment" }).click();
    await booking.waitFor({ state: "hidden" });
    const { items } = await api(`${PATH}?from=${autumn}T00:00:00Z&to=${autumn}T01:30:00Z`);
    equal(items.map((one) => one.starts_at), [`${autumn}T01:00:00.000Z`], "the booked time");
  }));

test("appointments::a_day_in_german_and_the_calendars_address", async (open) => {
  const day = monday();
  await made({ service: "Kostenvoranschlag", starts_at: `${day}T10:00:00Z`, name: "Jörg" });
  const page = await open({ locale: "de-DE", allowed: ["500 (Internal"] });
  await page.goto(`${origin}/appointments?view=day&day=${day}`);
  await meeting(page, /Kostenvoranschlag.*Jörg/).click();
  const dialog = page.getByRole("dialog", { name: "Kostenvoranschlag" });
  await dialog.getByText("Bestätigt").waitFor();
  await lookAtState(page, "appointment");
  await field(dialog, "Dauer").fill("45");
  await field(dialog, "Telefon").fill("+49 (0)30 5550173");
  await dialog.getByRole("button", { name: "Speichern" }).click();
  await dialog.waitFor({ state: "hidden" });
  const [{ ends_at, phone }] = (await api(`${PATH}?from=${day}T00:00:00Z&to=${later(day, 1)}T00:00:00Z`)).items;
  equal([ends_at, phone], [`${day}T10:45:00.000Z`, "+49305550173"]);
  await page.getByRole("button", { name: "In Ihrem Kalender" }).click();
  const feed = page.getByRole("dialog", { name: "In Ihrem Kalender" });
  await feed.getByRole("button", { name: "Neue Adresse erzeugen" }).click();
  await page.getByRole("dialog", { name: "Neue Adresse erzeugen?" }).getByRole("button", { name: "Neue Adresse erzeugen" }).click();
  const address = await feed.getByLabel("Adresse des Kalenders").inputValue();
  const isFocused = () => feed.getByLabel("Adresse des Kalenders").evaluate((it) => it === document.activeElement);
  await until("the focus on the new address", isFocused);
  const calendar = await (await fetch(house.origin + new URL(address).pathname + new URL(address).search)).text();
  must(calendar.includes("Kostenvoranschlag: Jörg"), calendar.slice(0, 300));
  await lookAtState(page, "appointments-feed");
  // A dialog hides everything outside it, also from screen readers, so messages appear inside it.
  await page.route("**/api/v1/appointments/feed", (route) => route.fulfill({ status: 500, json: {} }), { times: 1 });
  await feed.getByRole("button", { name: "Adresse deaktivieren" }).click();
  await page.getByRole("dialog", { name: "Adresse deaktivieren?" }).getByRole("button", { name: "Adresse deaktivieren" }).click();
  await feed.getByRole("status").filter({ hasText: "500" }).waitFor();
  // Closing the dialog would lose the address.
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Hier bleiben" }).click();
  equal(await feed.getByLabel("Adresse des Kalenders").inputValue(), address, "the address after staying");
  await feed.getByRole("button", { name: "Ich habe es gesichert" }).click();
  await feed.getByLabel("Adresse des Kalenders").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await feed.waitFor({ state: "hidden" });

  await page.route(/\/api\/v1\/appointments\?/, (route) => route.fulfill({ status: 500, json: {} }));
  await page.getByRole("button", { name: "Nächster Tag" }).click();
  const again = page.getByRole("button", { name: "Erneut versuchen" });
  await again.waitFor();
  // The rest of a full week that fails is requested again only by the user.
  let further = 0;
  await page.unroute(/\/api\/v1\/appointments\?/);
  await page.route(/\/api\/v1\/appointments\?/, (route) => {
    if (!route.request().url().includes("cursor=")) return route.fulfill({ json: { items: [], next_cursor: "further" } });
    further += 1;
    return route.fulfill({ status: 500, json: {} });
  });
  await again.click();
  await until("the request of the rest", async () => further > 0);
  await again.waitFor();
  await page.evaluate(() => fetch("/healthz"));
  equal(further, 1, "requests of the rest");
});

test("appointments::a_lead_whose_request_has_several_lines_is_booked", (open) =>
  inBusiness("Europe/Berlin", async () => {
    const day = monday();
    const { id } = await house.api("/api/v1/leads", { name: "Ilse Dach", need: "New tiles\nand a gutter" });
    const page = await open({ locale: "en-GB", allowed: ["409 (Conflict)"] });
    await page.goto(`${origin}/appointments?day=${day}&new=1&lead=${id}`);
    const dialog = page.getByRole("dialog", { name: "New appointment" });
    await until("the request as a service", async () => (await field(dialog, "Service").inputValue()) === "New tiles and a gutter");
    await field(dialog, "Start").fill("10:00");
    await dialog.getByRole("button", { name: "Create appointment" }).click();
    await dialog.waitFor({ state: "hidden" });
    await meeting(page, /New tiles and a gutter.*Ilse Dach/).waitFor();
    equal((await house.send("DELETE", `/api/v1/leads/${id}`)).status, 204, "removing the lead");
  }));

test("appointments::after_a_day_long_over_a_coming_time_is_offered", (open) =>
  inBusiness("Europe/Berlin", async () => {
    const page = await open({ locale: "de-DE" });
    await page.goto(`${origin}/appointments?view=day&new=1`);
    const booking = page.getByRole("dialog", { name: "Neuer Termin" });
    await field(booking, "Tag").fill("2020-02-03");
    await booking.getByText("ist in Ihren Öffnungszeiten nichts frei").waitFor();
    await booking.getByRole("button", { name: /^Nächste freie Zeit/ }).click();
    must((await field(booking, "Tag").inputValue()) > "2026", "the day of the free time");
  }));

test("appointments::unsaved_words_outlive_others_changes_and_a_step_back_forgets", async (open) => {
  const day = monday();
  const held = await made({ service: "Survey", starts_at: `${day}T10:00:00Z`, name: "Mia", hold_minutes: 30 });
  const page = await open();
  await page.goto(`${origin}/appointments?view=day&day=${day}&open=${held.id}`);
  const dialog = page.getByRole("dialog", { name: "Survey" });
  await field(dialog, "Notes").fill("The gate is open");
  // Confirming the appointment does not discard the note.
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await dialog.getByText("Confirmed", { exact: true }).waitFor();
  equal(await field(dialog, "Notes").inputValue(), "The gate is open", "the note after the confirmation");
  // Changes of another user don't discard it either, and are reported.
  must((await house.send("PATCH", `${PATH}/${held.id}`, { notes: "Two dogs", name: "Mia Moon" })).ok, "the other user's change was refused");
  const alert = dialog.getByRole("alert").filter({ hasText: "Someone else changed this in the meantime." });
  await alert.waitFor();
  must((await alert.innerText()).includes("You both changed Notes"), await alert.innerText());
  equal(await field(dialog, "Name").inputValue(), "Mia Moon", "the other user's name");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  const { notes, name } = await api(`${PATH}/${held.id}`);
  equal([notes, name], ["The gate is open", "Mia Moon"], "the appointment");

  // A step back forgets the time that was chosen in the grid.
  const free = monday();
  await goWithin(page, `/appointments?view=day&day=${free}`);
  const column = page.locator(`[data-day="${free}"]`);
  const { x, y } = await column.boundingBox();
  await column.dispatchEvent("click", { clientX: x + 5, clientY: y + 5 });
  const booking = page.getByRole("dialog", { name: "New appointment" });
  await until("the time of the click", async () => (await field(booking, "Start").inputValue()) !== "");
  await page.goBack();
  await booking.waitFor({ state: "hidden" });
  // While a year is typed, the field has days of the first centuries.
  const goTo = page.getByLabel("Go to date");
  for (const year of ["0002", "0020", "0202"]) await goTo.fill(`${year}-02-02`);
  equal(new URL(page.url()).searchParams.get("day"), free, "the day while its year is typed");
  await goTo.fill("2027-02-02");
  await page.waitForURL(/day=2027-02-02/);
  await page.getByRole("button", { name: "New appointment" }).click();
  equal(await field(booking, "Start").inputValue(), "", "the time of another appointment");

  // A year of two digits is one of the first century.
  await field(booking, "Day").fill("0026-12-01");
  await field(booking, "Start").fill("09:00");
  await field(booking, "Service").fill("Survey");
  await booking.getByRole("button", { name: "Create appointment" }).click();
  await mustBeWrong(page, field(booking, "Day"), "It must be between the years 1970 and 2200.");
  await booking.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("button", { name: "Leave without saving" }).click();
  await booking.waitFor({ state: "hidden" });
  // The same in an address that somebody has written.
  await page.goto(`${origin}/appointments?day=0002-02-02`);
  await goTo.waitFor();
  must((await goTo.inputValue()) > "2020", await goTo.inputValue());
});

test("appointments::without_the_businesss_clock_nothing_is_booked_by_another", async (open) => {
  const page = await open({ timezoneId: "America/New_York", locale: "en-GB", allowed: ["500 (Internal"] });
  await page.route("**/api/v1/business-profile", (route) => route.fulfill({ status: 500, json: {} }));
  await page.goto(`${origin}/appointments`);
  const again = page.getByRole("main").getByRole("button", { name: "Try again" }).first();
  await again.waitFor();
  equal(await page.getByRole("button", { name: "New appointment" }).count(), 0, "buttons that book");
  await page.unroute("**/api/v1/business-profile");
  await again.click();
  await page.getByRole("button", { name: "New appointment" }).waitFor();
});
