// The inbox: callbacks, messages, to-dos and texts.
import { api, equal, house, must, origin, test, until } from "./stage.mjs";
import { field } from "./people.mjs";
import { person, signIn } from "./desk/people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const ALL = /\/api\/v1\/(callbacks|activities|messages)\?/;
const page_of = (items) => ({ json: { items, next_cursor: null } });
const ID = "0198c1f2-7b1a-7000-8000-0000000000";

/** Activities of calls that no test here makes, as the server would send them. */
const message = { id: `${ID}01`, call_id: `${ID}0a`, type: "event", action: "created", title: "Message from +493055501, 6.7 s", at: "2026-03-01T08:00:00Z", audio: { from_ms: 0, to_ms: 6_700 }, due_at: null, notes: "", owner_id: null, updated_at: "2026-03-01T08:00:00Z" };
const note = { ...message, id: `${ID}02`, title: "Asked for the opening hours", audio: null };
const text = { id: `${ID}03`, body: "<b>Half past two</b> suits us", call_id: null, customer_id: null, direction: "inbound", from: "+493055502", to: "+493055500", status: "received", created_at: "2026-03-01T08:00:00Z", updated_at: "2026-03-01T08:00:00Z", error_code: null, segments: 1, sid: null, template: null, done_at: null, done_by: null };
const callback = (user_id) => ({ id: `${ID}04`, call_id: `${ID}0a`, customer_id: null, queue_id: null, phone: "+493055503", about: "the van is late", state: user_id ? "claimed" : "open", user_id, created_at: "2026-03-01T07:00:00Z", updated_at: "2026-03-01T07:00:00Z" });

test("inbox::a_to_do_is_written_and_done_by_keys_alone", async (open) => {
  const page = await open();
  await page.route(ALL, (route) => route.fulfill(page_of([])));
  await page.goto(`${origin}/inbox`);
  await page.getByRole("heading", { name: "Nothing to do" }).waitFor();
  await page.unroute(ALL);
  await page.getByRole("button", { name: "New to-do" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "New to-do" });
  await field(dialog, "What needs to be done").waitFor();
  await lookAtState(page, "inbox-new");
  await field(dialog, "What needs to be done").focus();
  await page.keyboard.press("Enter");
  await mustBeWrong(page, field(dialog, "What needs to be done"), "It must be filled in");
  await page.keyboard.insertText("Order <i>pumps</i> محمد");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  const row = page.getByRole("listitem").filter({ hasText: "Order <i>pumps</i>" });
  await row.getByText("No day set").waitFor();
  await row.getByRole("button", { name: /^Done/ }).focus();
  await page.keyboard.press("Enter");
  await until("the removal of the row", async () => (await row.count()) === 0);
  await until("the focus on the page's heading", () => page.getByRole("heading", { level: 1 }).evaluate((head) => head === document.activeElement));
  const known = (await api("/api/v1/activities?type=todo&action=completed")).items;
  must(known.some(({ title }) => title === "Order <i>pumps</i> محمد"), "the to-do is not done on record");
  await page.getByRole("checkbox", { name: "Show done" }).check();
  await row.waitFor();
  must(page.url().endsWith("?done=1"), page.url());
});

test("inbox::the_player_of_a_message_gets_the_focus", async (open) => {
  const page = await open({ allowed: ["404 (Not Found)"] });
  await page.route(ALL, (route) => route.fulfill(page_of(route.request().url().includes("audio=true") ? [message] : [])));
  await page.goto(`${origin}/inbox`);
  await page.getByRole("button", { name: /^Listen/ }).focus();
  await page.keyboard.press("Enter");
  const player = page.locator("audio");
  await player.waitFor();
  await until("the focus on the player", () => player.evaluate((it) => it === document.activeElement));
  must((await player.getAttribute("src")).endsWith("/recording?from_ms=0&to_ms=6700"), "the message as WAV, for every browser");
});

test("inbox::what_waits_is_one_list_and_a_callback_is_seen_to", async (open) => {
  const ina = await person("Ina");
  const page = await open({ stranger: true, allowed: ["500 (Internal"] });
  await signIn(page, house, ina.email);
  let whose = null;
  const actions = [];
  let opened = Promise.resolve();
  await page.route(ALL, async (route) => {
    const { pathname, searchParams } = new URL(route.request().url());
    if (pathname.endsWith("/messages")) return route.fulfill(page_of([text]));
    if (pathname.endsWith("/activities")) {
      const isFirst = searchParams.get("type") === "event" && searchParams.get("open") === "true" && !searchParams.has("owner_id");
      const spoken = searchParams.get("audio") === "true" ? [message] : [message, note];
      return route.fulfill(page_of(isFirst ? spoken : []));
    }
    const stands = whose ? "claimed" : "open";
    if (searchParams.get("state") === "open") await opened;
    const isAskedFor = searchParams.get("state") === stands && (searchParams.get("user_id") ?? whose) === whose;
    return route.fulfill(page_of(isAskedFor ? [callback(whose)] : []));
  });
  await page.route("**/api/v1/inbox", (route) => route.fulfill({ json: { callbacks: 1, messages: 1, todos: 0, overdue: 0, texts: 1, mine: whose ? 1 : 0 } }));
  await page.route(/\/api\/v1\/callbacks\/.+\//, (route) => {
    actions.push(new URL(route.request().url()).pathname.split("/").at(-1));
    whose = actions.at(-1) === "claim" ? ina.id : null;
    return route.fulfill({ json: callback(whose) });
  });
  await page.goto(`${house.origin}/inbox`);
  const rows = page.getByRole("region", { name: /^Waiting now/ }).getByRole("listitem");
  await rows.nth(1).waitFor();
  const first = rows.first();
  await first.getByText("the van is late").waitFor();
  await rows.nth(1).getByText("Left a message of 7 seconds.").waitFor();
  equal(await page.getByText("Asked for the opening hours").count(), 0, "notes, which are no tasks");
  // An agent may not hear recordings.
  equal(await page.getByRole("button", { name: /^Listen/ }).count(), 0, "buttons that play it");
  await page.getByText("<b>Half past two</b> suits us").waitFor();
  await lookAtState(page, "inbox");
  await page.getByRole("radio", { name: "Mine" }).check();
  await page.getByRole("heading", { name: "Nothing of this kind" }).waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await first.getByText("the van is late").waitFor();
  // The open callbacks are answered after the claimed ones: it is shown once all the same.
  let release;
  opened = new Promise((now) => (release = now));
  await first.getByRole("button", { name: /^Take it/ }).click();
  await first.getByText("Assigned to you").waitFor();
  equal(await page.getByText("the van is late").count(), 1, "rows of one callback");
  release();
  await page.getByRole("radio", { name: "Mine" }).check();
  await until("the other kinds disappear", async () => (await page.getByRole("listitem").filter({ hasText: "Left a message" }).count()) === 0);
  await first.getByRole("button", { name: /^Release/ }).click();
  await page.getByRole("heading", { name: "Nothing of this kind" }).waitFor();
  equal(actions, ["claim", "release"]);
  await page.getByRole("link", { name: /^Text messages/ }).click();
  must(page.url().includes("kind=text"), page.url());

  await page.unroute(ALL);
  await page.route(ALL, (route) => route.fulfill({ status: 500, json: {} }));
  await page.goto(`${house.origin}/inbox`);
  await page.getByRole("alert").filter({ hasText: "The server answered 500" }).waitFor();
});

test("inbox::an_old_to_do_is_listed_when_it_is_due", async (open) => {
  const page = await open({ locale: "de-DE" });
  const todo = (n, title, due_at) => ({ ...note, id: `${ID}${n}`, call_id: null, type: "todo", title, due_at });
  const ends = new Set();
  await page.route(ALL, (route) => {
    const { pathname, searchParams } = new URL(route.request().url());
    if (!pathname.endsWith("/activities")) return route.fulfill(page_of([]));
    if (searchParams.get("type") === "event") return route.fulfill(page_of([{ ...message, title: "Message from an unknown caller, 6.7 s" }]));
    if (searchParams.has("due_before")) {
      ends.add(searchParams.get("due_before"));
      return route.fulfill(page_of([todo("06", "Recall Ida", "2026-01-01T08:00:00Z")]));
    }
    // The newest of many: the older ones are on further pages.
    return route.fulfill({ json: { items: [todo("07", "Recall Bo", "2090-01-01T08:00:00Z")], next_cursor: `${ID}07` } });
  });
  await page.goto(`${origin}/inbox`);
  const waiting = page.locator("section[aria-labelledby='inbox-now']");
  await waiting.getByText("Recall Ida", { exact: true }).waitFor();
  // A caller without a number is named in the language of the page.
  await waiting.getByText("Unbekannter Anrufer", { exact: true }).first().waitFor();
  await page.locator("section[aria-labelledby='inbox-later']").getByText("Recall Bo", { exact: true }).waitFor();
  must([...ends].every((end) => Date.parse(end) > Date.now()), [...ends].join());
});

test("inbox::a_to_do_gets_another_day_and_other_words", async (open) => {
  const { id } = await house.api("/api/v1/activities", { type: "todo", title: "Order fitlers", notes: "Ask for Ida.", due_at: "2026-01-05T09:00:00Z" });
  const page = await open({ locale: "en-GB" });
  await page.goto(`${origin}/inbox?kind=todo`);
  await page.getByRole("button", { name: "Edit: Order fitlers" }).click();
  const dialog = page.getByRole("dialog", { name: "To-do" });
  await lookAtState(page, "inbox-edit");
  await field(dialog, "What needs to be done").fill("Order filters");
  await field(dialog, "Due on").fill("2090-02-03");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  const later = page.getByRole("region", { name: /^Later/ });
  await later.getByText("Order filters", { exact: true }).waitFor();
  const { title, notes, due_at } = await api(`/api/v1/activities/${id}`);
  equal([title, notes, due_at.slice(0, 10)], ["Order filters", "Ask for Ida.", "2090-02-03"]);
  // It may also have no day any more.
  await page.getByRole("button", { name: "Edit: Order filters" }).click();
  await field(dialog, "Due on").fill("");
  await field(dialog, "At").fill("");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("listitem").filter({ hasText: "Order filters" }).getByText("No day set").waitFor();
  equal((await house.send("PATCH", `/api/v1/activities/${id}`, { completed: true })).status, 200, "finishing it");
});

test("inbox::further_rows_stay_when_one_of_them_is_done", async (open) => {
  const page = await open();
  const two = (n) => n.toString(16).padStart(2, "0");
  let todos = Array.from({ length: 120 }, (_, n) => ({ ...note, id: `${ID}${two(n + 16)}`, type: "todo", title: `Order part ${n}` }));
  await page.route(ALL, (route) => {
    const { searchParams: asked } = new URL(route.request().url());
    if (asked.get("type") !== "todo" || asked.has("due_before")) return route.fulfill(page_of([]));
    const isFurther = asked.has("cursor");
    return route.fulfill({ json: { items: isFurther ? todos.slice(100) : todos.slice(0, 100), next_cursor: isFurther ? null : "further" } });
  });
  await page.route(/\/api\/v1\/activities\/./, (route) => {
    const done = todos.find(({ id }) => route.request().url().endsWith(id));
    todos = todos.filter((todo) => todo !== done);
    return route.fulfill({ json: { ...done, action: "completed" } });
  });
  await page.goto(`${origin}/inbox`);
  await page.getByRole("button", { name: "Show more" }).click();
  const row = (n) => page.getByRole("listitem").filter({ hasText: `Order part ${n}` });
  await row(119).getByRole("button", { name: /^Done/ }).click();
  await until("the removal of the row", async () => (await row(119).count()) === 0);
  equal(await row(110).count(), 1, "rows of the second page");
});

test("inbox::a_name_that_was_corrected_is_shown_on_return", async (open) => {
  const { id } = await house.api("/api/v1/customers", { name: "Jon Smyth", phone: "+49 30 5550291" });
  const page = await open();
  await page.route(ALL, (route) => {
    const isOfTexts = new URL(route.request().url()).searchParams.get("direction") === "inbound";
    return route.fulfill(page_of(isOfTexts ? [{ ...text, customer_id: id }] : []));
  });
  await page.goto(`${origin}/inbox`);
  await page.getByRole("link", { name: "Jon Smyth" }).click();
  await page.getByRole("button", { name: "Edit" }).click();
  await field(page, "Name").fill("John Smith");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "John Smith", level: 1 }).waitFor();
  await page.goBack();
  await page.getByRole("link", { name: "John Smith" }).waitFor();
  equal((await house.send("DELETE", `/api/v1/customers/${id}`)).status, 204, "removing the customer");
});

test("inbox::a_to_do_is_assigned_and_a_text_message_is_handled", async (open) => {
  const [ina, tom] = [await person("Ina Weber"), await person("Tom Reed")];
  const { id } = await house.api("/api/v1/activities", { type: "todo", title: "Order <b>gaskets</b>" });
  const page = await open({ stranger: true });
  await signIn(page, house, ina.email);
  let done = null;
  await page.route(/\/api\/v1\/messages/, (route) => {
    const request = route.request();
    if (request.method() === "PATCH") {
      done = JSON.parse(request.postData()).done ? { done_at: "2026-03-01T09:00:00Z", done_by: ina.id } : null;
      return route.fulfill({ json: { ...text, ...done } });
    }
    const isDone = new URL(request.url()).searchParams.get("done") === "true";
    return route.fulfill(page_of(isDone === (done !== null) ? [{ ...text, ...done }] : []));
  });
  await page.goto(`${house.origin}/inbox`);
  const row = page.getByRole("listitem").filter({ hasText: "Order <b>gaskets</b>" });
  const owner = row.getByRole("combobox", { name: "Assigned to: Order <b>gaskets</b>" });
  await until("Tom in the list", async () => (await owner.getByRole("option", { name: tom.name }).count()) === 1);
  await owner.selectOption({ label: tom.name });
  await page.getByRole("status").filter({ hasText: "Assigned to Tom Reed." }).waitFor();
  equal((await api(`/api/v1/activities/${id}`)).owner_id, tom.id);
  await page.getByRole("radio", { name: "Mine" }).check();
  await until("the removal of the to-do", async () => (await row.count()) === 0);
  await page.getByRole("radio", { name: "Everyone’s" }).check();
  await owner.selectOption({ label: "Me" });
  await page.getByText(/of them is yours/).waitFor();
  await page.getByRole("radio", { name: "Mine" }).check();
  await row.waitFor();
  await lookAtState(page, "inbox-mine", { words: true });
  await page.getByRole("radio", { name: "Everyone’s" }).check();

  const said = page.getByRole("listitem").filter({ hasText: "suits us" });
  await said.getByRole("button", { name: /^Done/ }).click();
  await until("the removal of the text", async () => (await said.count()) === 0);
  await row.getByRole("button", { name: /^Done/ }).click();
  await until("the removal of the to-do", async () => (await row.count()) === 0);
  await page.getByRole("checkbox", { name: "Show done" }).check();
  await row.waitFor();
  equal(await page.getByRole("region", { name: /^Done/ }).count(), 1, "lists of what is done");
  await said.getByRole("button", { name: /^Reopen/ }).click();
  await until("the removal of the text", async () => (await said.count()) === 0);
  await page.getByRole("checkbox", { name: "Show done" }).uncheck();
  await said.waitFor();
});
