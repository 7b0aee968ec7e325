// Likely duplicates of customers: found, kept apart, merged.
import { api, equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const PATH = "/api/v1/customers";
const made = async (body) => (await house.send("POST", PATH, body)).json();
const DOUBLES = /\/api\/v1\/customers\/doubles/;

test("doubles::two_who_look_like_one_are_compared_and_put_together_by_keys", async (open) => {
  const kept = await made({ name: "Rosa <i>Albers</i>", phone: "+493055560101", email: "rosa@example.com", notes: "Prefers mornings." });
  const other = await made({ name: "Albers, Rosa", phone: "+493055560102", email: "ROSA@example.com", notes: "Has a dog.", sms_opted_out: true });
  await house.api("/api/v1/leads", { name: "Rosa", need: "A roof", customer_id: other.id });
  const page = await open();
  await page.goto(`${origin}/customers`);
  await page.getByRole("link", { name: "Possible duplicates" }).click();
  const pair = page.getByRole("listitem", { name: /Albers/ });
  await pair.getByText("Same e-mail").waitFor();
  await lookAtState(page, "doubles");
  await pair.getByRole("button", { name: /^Compare/ }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: /^Merge .* and .*$/ });
  await dialog.getByRole("heading", { name: "What happens" }).waitFor();
  await dialog.getByText(/1 lead go over|1 lead/).waitFor();
  await dialog.getByText("one of them opted out").waitFor();
  await lookAtState(page, "merge");
  await dialog.getByRole("radio", { name: "Which Name to keep: Albers, Rosa" }).check();
  await dialog.getByRole("button", { name: "Merge" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Albers, Rosa", level: 1 }).waitFor();
  const now = await api(`${PATH}/${kept.id}`);
  equal([now.name, now.other_numbers, now.sms_opted_out, now.notes], ["Albers, Rosa", ["+493055560102"], true, "Prefers mornings.\n\nHas a dog."]);
  equal((await api(`${PATH}/${other.id}`)).status, 404, "the merged customer");
  await page.getByText("+493055560102").waitFor();
  await page.getByText("A roof").waitFor();
});

test("doubles::two_pairs_kept_apart_at_once_both_stay_away", async (open) => {
  const first = await made({ name: "Mia Roth", phone: "+493055560301", email: "roth@example.com" });
  await made({ name: "Mira Roth", phone: "+493055560302", email: "roth@example.com" });
  await made({ name: "Noa Lind", phone: "+493055560303", email: "lind@example.com" });
  await made({ name: "Nora Lind", phone: "+493055560304", email: "lind@example.com" });
  const page = await open();
  await page.goto(`${origin}/customers?doubles=1`);
  let answer = () => {};
  const held = new Promise((resolve) => {
    answer = resolve;
  });
  await page.route(DOUBLES, async (route) => {
    const request = route.request();
    if (request.method() === "POST" && request.postData()?.includes(first.id)) await held;
    await route.continue();
  });
  const [one, other] = ["Mia Roth", "Noa Lind"].map((name) => page.getByRole("listitem", { name: new RegExp(name) }));
  for (const pair of [one, other]) {
    await pair.getByRole("button", { name: /^Keep separate/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Keep separate" }).click();
  }
  await until("the removal of the pair that was answered first", async () => (await other.count()) === 0);
  answer();
  await until("the removal of the other pair", async () => (await one.count()) === 0);
  equal(await other.count(), 0, "the first pair, which must not come back");
});

test("doubles::a_pair_is_kept_apart_and_who_edits_meanwhile_is_not_lost", async (open) => {
  const one = await made({ name: "Karl Bauer", phone: "+493055560201", email: "karl@example.com" });
  const other = await made({ name: "Carl Bauer", phone: "+493055560202", email: "karl@example.com" });
  const page = await open({ allowed: ["409 (Conflict)", "500 (Internal"] });
  await page.goto(`${origin}/customers/${one.id}`);
  await page.getByText("Looks like Carl Bauer").waitFor();
  await page.getByRole("button", { name: /^Compare/ }).click();
  const dialog = page.getByRole("dialog", { name: /^Merge .* and .*$/ });
  await dialog.getByRole("heading", { name: "What happens" }).waitFor();
  const name = dialog.getByRole("radio", { name: "Which Name to keep: Carl Bauer" });
  await name.check();
  await house.send("PATCH", `${PATH}/${other.id}`, { notes: "Rings twice." });
  await dialog.getByRole("button", { name: "Merge" }).click();
  await dialog.getByText("Rings twice.").waitFor();
  await dialog.getByRole("alert").filter({ hasText: "Someone changed one of them in the meantime." }).waitFor();
  must(await name.isChecked(), "the choice is lost");
  // Nor does the window close when the customer of the page is changed.
  await house.send("PATCH", `${PATH}/${one.id}`, { address: "4 Mill Lane" });
  await page.locator("aside").getByText("4 Mill Lane").waitFor();
  must(await name.isChecked(), "the choice in the window is lost");
  equal((await api(`${PATH}/${other.id}`)).notes, "Rings twice.", "the notes written meanwhile");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });

  await goWithin(page, "/customers?doubles=1");
  const pair = page.getByRole("listitem", { name: "Karl Bauer and Carl Bauer" });
  await pair.getByRole("button", { name: /^Keep separate/ }).click();
  const asks = page.getByRole("dialog", { name: "Keep Karl Bauer and Carl Bauer separate?" });
  await asks.getByText("They are never suggested as duplicates again.").waitFor();
  await page.keyboard.press("Escape");
  await pair.getByRole("button", { name: /^Keep separate/ }).click();
  await asks.getByRole("button", { name: "Keep separate" }).click();
  await page.getByRole("status").filter({ hasText: "stay separate" }).waitFor();
  await until("the removal of the pair", async () => (await pair.count()) === 0);
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Possible duplicates" }).waitFor();
  must((await pair.count()) === 0, "the pair is back");

  await page.route(DOUBLES, (route) => route.fulfill({ json: { items: [], looked_at: 12 } }));
  await page.goto(`${origin}/customers?doubles=1`);
  await page.getByRole("heading", { name: "No duplicates found" }).waitFor();
  await lookAtState(page, "doubles-empty");
  await page.unroute(DOUBLES);
  await page.route(DOUBLES, (route) => route.fulfill({ status: 500, json: {} }));
  await page.goto(`${origin}/customers?doubles=1`);
  await page.getByRole("alert").filter({ hasText: "The server answered 500" }).waitFor();
});
