// A business in another time zone than the browser's.
import { api, house, must } from "./stage.mjs";

/** Gives the business its own time zone, open on weekdays, while `work` runs, and restores it afterwards. */
export async function inBusiness(time_zone, work) {
  const { updated_at: _, ...before } = await api("/api/v1/business-profile");
  const open = [{ from: "09:00", to: "17:00" }];
  const hours = { monday: open, tuesday: open, wednesday: open, thursday: open, friday: open, saturday: [], sunday: [] };
  const services = [{ name: "Estimate", duration_minutes: 30 }];
  const put = async (body) => {
    const { revision } = await api("/api/v1/business-profile");
    const answer = await house.send("PUT", "/api/v1/business-profile", { ...body, revision });
    must(answer.ok, `${answer.status} ${await answer.text()}`);
  };
  await put({ ...before, time_zone, hours, services });
  try {
    await work();
  } finally {
    await put(before);
  }
}

/** Makes the answers to reports say, while `lasts()` is true, that the figures still use another time zone and are being recounted. */
export const countsAnew = (page, lasts) =>
  page.route(/\/api\/v1\/metrics\/report\?/, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    return route.fulfill({ response: answer, json: { ...body, tz: "Europe/Berlin", next_tz: lasts() ? "Asia/Kolkata" : null } });
  });
