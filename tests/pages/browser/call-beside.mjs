// Notes and tags of a call, and the list of calls with its views and columns.
import { pageOf, person } from "./desk/people.mjs";
import { api, equal, house, must, origin, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

/** The id of an ended call, which this file's tests share. */
let over = null;
async function call() {
  over ??= (async () => {
    await house.ring("+49 30 5550133");
    const { id } = await until("a call with words", async () => {
      const [live] = (await api("/api/v1/calls?state=live&limit=1")).items;
      const { items } = live ? await api(`/api/v1/calls/${live.id}/events?limit=200`) : { items: [] };
      return items.some(({ kind }) => kind === "item_started") && live;
    });
    equal((await house.send("POST", `/api/v1/calls/${id}/hangup`)).status, 202, "hanging up");
    await until("the end of the call", async () => (await api(`/api/v1/calls/${id}`)).state === "ended");
    return id;
  })();
  return over;
}

test("call_beside::a_call_is_tagged_noted_and_shared_by_keyboard_alone", async (open) => {
  const id = await call();
  const grace = await person("Grace <b>Hopper</b>");
  const page = await open();
  await page.goto(`${origin}/calls/${id}`);
  const tags = page.getByRole("group", { name: "Tags" });
  const add = tags.getByRole("combobox", { name: "Add a tag" });
  for (const tag of ["roof", "<b>urgent</b> محمد", "soon", "later"]) {
    await add.focus();
    await page.keyboard.type(tag);
    await page.getByRole("option", { name: `New tag “${tag}”` }).waitFor();
    await page.keyboard.press("Enter");
    await tags.getByRole("link", { name: `Calls with the tag ${tag}` }).waitFor();
    equal(await add.inputValue(), "", "the field after a choice");
  }
  // Two that are removed at the same moment are both gone.
  const drop = (tag) => tags.getByRole("button", { name: `Remove the tag ${tag}` });
  await drop("soon").focus();
  await drop("later").evaluate((button) => {
    document.activeElement.click();
    button.click();
  });
  await until("two tags", async () => (await api(`/api/v1/calls/${id}`)).tags.length === 2);
  await drop("later").waitFor({ state: "detached" });
  await drop("<b>urgent</b> محمد").focus();
  await page.keyboard.press("Enter");
  await until("one tag", async () => (await api(`/api/v1/calls/${id}`)).tags.join() === "roof");
  await until("the focus in the field", () => add.evaluate((field) => field === document.activeElement));

  const notes = page.getByRole("region", { name: "Notes" });
  await notes.getByText("No notes on this call yet.").waitFor();
  await notes.getByRole("textbox", { name: "Note" }).fill("She wants <script>alert(1)</script>\na new roof");
  await page.keyboard.press("Control+Enter");
  await notes.getByText("a new roof").waitFor();
  await notes.getByRole("button", { name: /^Edit the note/ }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+End");
  await page.keyboard.type(", soon");
  await page.keyboard.press("Control+Enter");
  await notes.getByText("a new roof, soon").waitFor();
  await notes.getByText("edited").waitFor();

  // A user who leaves without saving a note is asked first.
  const note = notes.getByRole("textbox", { name: "Note" });
  await note.fill("Calls again");
  await tags.getByRole("link", { name: "Calls with the tag roof" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stay here" }).click();
  equal(await note.inputValue(), "Calls again", "the unsaved note");
  await note.fill("");

  await page.getByRole("button", { name: "Share", exact: true }).focus();
  await page.keyboard.press("Enter");
  const window = page.getByRole("dialog", { name: "Share this call with a colleague" });
  await window.getByRole("button", { name: "Share" }).click();
  await window.getByText("Choose a colleague.").waitFor();
  await window.getByRole("combobox", { name: "Colleague" }).fill("grace");
  await page.getByRole("option", { name: grace.name }).waitFor();
  await page.keyboard.press("Enter");
  await window.getByLabel("What is it about?").fill("Is this yours?");
  // Cancel does not lose the typed text.
  await window.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Stay here" }).click();
  await window.getByLabel("What is it about?").focus();
  equal(await window.getByLabel("What is it about?").inputValue(), "Is this yours?", "the typed note");
  await lookAtState(page, "call-share");
  await page.keyboard.press("Enter");
  await window.waitFor({ state: "hidden" });
  await notes.getByText(`${grace.name} (not seen yet)`).waitFor();
  await lookAtState(page, "call-beside");

  // She finds it at the top of her calls, reads the note, and can't change it.
  const hers = await pageOf(open, grace, { path: "/calls" });
  const shared = hers.getByRole("region", { name: "Shared with you" });
  await shared.getByText("Is this yours?").waitFor();
  await lookAtState(hers, "calls-shared");
  // Done removes the call from the list for good, so it needs a confirmation.
  await shared.getByRole("button", { name: /^Done with the call from/ }).click();
  const asks = hers.getByRole("dialog");
  await asks.getByText("together with the message to you").waitFor();
  await hers.keyboard.press("Escape");
  await shared.getByText("Is this yours?").waitFor();
  await shared.getByRole("link").click();
  await hers.getByText("shared this call with you.").waitFor();
  const read = hers.getByRole("region", { name: "Notes" });
  await read.getByText("a new roof, soon").waitFor();
  equal(await read.getByRole("button").count(), 0, "buttons on another user's note");
  await hers.getByRole("button", { name: "Done with it" }).click();
  await asks.getByRole("button", { name: "Done with it" }).click();
  await hers.getByText("Call removed from your list.").waitFor();
  await page.reload();
  await notes.getByText(`${grace.name} (seen)`).waitFor();
});

test("call_beside::stepping_back_shows_the_new_tags_in_the_list", async (open) => {
  const id = await call();
  const page = await open();
  await page.goto(`${origin}/calls?view=all&from=5550133`);
  const past = page.getByRole("table", { name: "Past calls" });
  const link = past.locator(`a[href="/calls/${id}"]`);
  const tags = page.getByRole("group", { name: "Tags" });
  await link.click();
  await tags.getByRole("combobox", { name: "Add a tag" }).fill("slates");
  await page.getByRole("option", { name: "New tag “slates”" }).waitFor();
  await page.keyboard.press("Enter");
  await tags.getByRole("link", { name: "Calls with the tag slates" }).waitFor();
  await page.goBack();
  const row = past.getByRole("row").filter({ has: page.locator(`a[href="/calls/${id}"]`) });
  await row.getByText("slates", { exact: true }).waitFor();

  // A call that loses the tag is not in the list of that tag any more.
  await page.goto(`${origin}/calls?view=all&from=5550133&tag=slates`);
  await link.click();
  const drop = tags.getByRole("button", { name: "Remove the tag slates" });
  await drop.click();
  await drop.waitFor({ state: "detached" });
  await page.goBack();
  await page.getByRole("heading", { name: "No results" }).waitFor();
});

test("call_beside::tags_stay_in_the_list_when_an_ended_call_changes", async (open) => {
  const id = await call();
  equal((await house.send("PATCH", `/api/v1/calls/${id}/tags`, { add: ["chimney"] })).status, 200, "tagging");
  const { tags: _, ...changed } = await api(`/api/v1/calls/${id}`);
  changed.from = "+49 30 5550134";
  const page = await open();
  let follow;
  const isListed = new Promise((listed) => (follow = listed));
  await page.route(/\/api\/v1\/live$/, async (route) => {
    await isListed;
    const at = new Date().toISOString();
    const events = [{ kind: "snapshot", seq: 0, at, calls: [] }, { kind: "call", seq: 1, at, call: changed }];
    const body = events.map((event) => `event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`).join("");
    await route.fulfill({ contentType: "text/event-stream", body });
  });
  await page.goto(`${origin}/calls?view=all&from=5550133`);
  const link = page.locator(`a[href="/calls/${id}"]`);
  const row = page.getByRole("table", { name: "Past calls" }).getByRole("row").filter({ has: link });
  await row.getByText("chimney", { exact: true }).waitFor();
  // News of the call, which has ended long ago: events bring no tags.
  follow();
  await row.getByText("+49 30 5550134", { exact: true }).waitFor();
  await row.getByText("chimney", { exact: true }).waitFor();
});

test("call_beside::the_list_opens_with_a_saved_view_and_leaves_as_a_file", async (open) => {
  const id = await call();
  equal((await house.send("PUT", `/api/v1/calls/${id}/tags`, { tags: ["roof"] })).status, 200, "tagging");
  const page = await open({ allowed: ["ERR_FAILED"] });
  // The list works even if the views fail to load.
  await page.route(/call-views/, (route) => route.abort());
  await page.goto(`${origin}/calls`);
  const past = page.getByRole("table", { name: "Past calls" });
  const row = past.locator(`a[href="/calls/${id}"]`);
  await row.waitFor();
  await page.unroute(/call-views/);
  await past.getByRole("rowheader", { name: /^(Today|Yesterday) [\d,]+\+? calls?$/ }).first().waitFor();

  await page.getByLabel("Tag", { exact: true }).selectOption("roof");
  await page.waitForURL(`${origin}/calls?tag=roof`);
  await page.locator("summary", { hasText: "Columns" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("checkbox", { name: "Tags" }).focus();
  await page.keyboard.press("Space");
  await past.getByRole("columnheader", { name: "Tags" }).waitFor();
  await lookAtState(page, "calls-columns");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Save view" }).click();
  const window = page.getByRole("dialog", { name: "Save these filters and columns as a view" });
  await window.getByRole("button", { name: "Save view" }).click();
  await window.getByText("Enter a name.").waitFor();
  await window.getByLabel("Name").fill("Roofs <b>now</b>");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "You have unsaved changes." }).getByRole("button", { name: "Stay here" }).click();
  await window.getByLabel("Open the list with this view").check();
  await lookAtState(page, "calls-view");
  await page.keyboard.press("Enter");
  await window.waitFor({ state: "hidden" });
  const views = page.getByRole("navigation", { name: "Views" });
  await views.getByRole("link", { name: "Roofs <b>now</b>", exact: true }).waitFor();
  await lookAtState(page, "calls-views");

  // The view opens by itself with its columns, in another browser, too.
  await page.evaluate(() => localStorage.removeItem("cordboard.calls.columns"));
  await page.goto(`${origin}/calls`);
  await page.waitForURL(/tag=roof/);
  await row.waitFor();
  await past.getByRole("columnheader", { name: "Tags" }).waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV" }).click()]);
  equal(file.suggestedFilename(), "calls.csv");
  const chunks = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  must(text.startsWith("\ufeffid,started_at,") && text.includes(id) && text.includes(",roof,"), text.slice(0, 400));

  await views.getByRole("link", { name: "All calls" }).click();
  await page.waitForURL(`${origin}/calls?view=all`);
  await page.reload();
  await page.waitForURL(`${origin}/calls?view=all`);
  await views.getByRole("link", { name: "Roofs <b>now</b>", exact: true }).click();
  await views.getByRole("button", { name: "Edit view" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog", { name: /^Remove the view/ }).getByRole("button", { name: "Remove" }).click();
  await until("the removal of the view", async () => (await views.count()) === 0 || (await views.getByRole("link").count()) === 0);
  equal((await api("/api/v1/call-views")).items, []);
});
