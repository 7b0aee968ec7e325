// The page that creates talk links and switches them off.
import { execFileSync } from "node:child_process";
import { api, equal, house, must, origin, test, until } from "./stage.mjs";
import { tabTo } from "./people.mjs";
import { lookAtState } from "./views.mjs";

test("talk_links::one_is_made_switched_off_and_removed_by_keyboard_alone", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable Entity)"] });
  await page.goto(`${origin}/calls`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Talk links" }).click();
  await page.getByRole("heading", { name: "Talk links", exact: true }).waitFor();
  const make = page.getByRole("button", { name: "Create talk link" });
  const name = page.getByRole("textbox", { name: /^Name/ });
  await tabTo(page, make);
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "The name" }).waitFor();
  must(await name.evaluate((field) => field === document.activeElement), "the wrong field does not have the focus");
  await page.keyboard.insertText("Shop <b>window</b>");
  await tabTo(page, page.getByRole("combobox", { name: "Who answers" }));
  await tabTo(page, make);
  await page.keyboard.press("Enter");
  // The address is shown once, and can be copied where the focus is.
  const made = page.getByRole("status", { name: "New address" });
  const address = await made.getByRole("link").innerText();
  await tabTo(page, made.getByRole("link"), 5);
  const row = page.getByRole("listitem").filter({ hasText: "Shop <b>window</b>" });
  await row.getByText("On", { exact: true }).waitFor();
  await lookAtState(page, "talk-links");
  const visit = async () => (await fetch(`${origin}/api/v1/talk/${new URL(address).pathname.split("/").at(-1)}`)).status;
  equal(await visit(), 200, "opening the address");
  await tabTo(page, page.getByRole("button", { name: "Switch off Shop <b>window</b>" }));
  await page.keyboard.press("Enter");
  await row.getByText("Off", { exact: true }).waitFor();
  equal(await visit(), 404, "opening the address of a disabled link");
  // Otherwise unchanged.
  const known = async () => (await api("/api/v1/talk-links")).items.find((link) => link.name === "Shop <b>window</b>");
  const { enabled, calls_max, calls_per_hour_max } = await known();
  equal({ enabled, calls_max, calls_per_hour_max }, { enabled: false, calls_max: 5, calls_per_hour_max: 20 });
  await tabTo(page, page.getByRole("button", { name: "Switch on Shop <b>window</b>" }));
  await page.keyboard.press("Space");
  await row.getByText("On", { exact: true }).waitFor();
  equal(await visit(), 200, "opening the address of a link that is enabled again");
  await page.reload();
  await row.getByText("On", { exact: true }).waitFor();
  equal(await page.getByText(address).count(), 0, "addresses of earlier links");
  const remove = page.getByRole("button", { name: "Remove Shop <b>window</b>" });
  await tabTo(page, remove);
  await page.keyboard.press("Enter");
  const confirmation = page.getByRole("dialog");
  await confirmation.waitFor();
  await page.keyboard.press("Escape");
  await confirmation.waitFor({ state: "hidden" });
  await until("the focus back on the button", () => remove.evaluate((it) => it === document.activeElement));
  await page.keyboard.press("Enter");
  await tabTo(page, confirmation.getByRole("button", { name: "Remove" }), 5);
  await page.keyboard.press("Enter");
  await until("the removal of the row", async () => (await row.count()) === 0);
  equal(await known(), undefined, "the link on record");
});

test("talk_links::a_site_with_an_international_name_is_listed", async (open) => {
  const { items } = await api("/api/v1/agent-profiles");
  const { id } = await house.api("/api/v1/talk-links", { name: "Shop of books", profile_id: items[0].id });
  const page = await open();
  await page.goto(`${origin}/talk-links`);
  await page.getByRole("button", { name: "Widget of Shop of books" }).click();
  const panel = page.getByRole("region", { name: "Widget of Shop of books" });
  await panel.getByRole("textbox", { name: "Sites that may show it" }).fill("https://Bücher.example");
  await panel.getByRole("button", { name: "Save widget" }).click();
  const saved = await until("the site on record", async () => {
    const link = await api(`/api/v1/talk-links/${id}`);
    return link.origins.length === 1 && link;
  });
  equal(saved.origins, ["https://xn--bcher-kva.example"], "the widget's sites");
});

test("talk_links::a_widget_is_listed_dressed_previewed_and_its_snippet_copied", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable Entity)", "500 (Internal"] });
  await page.goto(`${origin}/talk-links`);
  await page.getByRole("textbox", { name: /^Name/ }).fill("Shop page");
  await page.getByRole("button", { name: "Create talk link" }).click();
  const address = await page.getByRole("status", { name: "New address" }).getByRole("link").innerText();
  const token = new URL(address).pathname.split("/").at(-1);
  await page.getByRole("button", { name: "Widget of Shop page" }).click();
  const panel = page.getByRole("region", { name: "Widget of Shop page" });
  const sites = panel.getByRole("textbox", { name: "Sites that may show it" });
  await sites.fill("http://www.example.com");
  await panel.getByRole("button", { name: "Save widget" }).click();
  await panel.getByRole("alert").filter({ hasText: "The sites must be origins of pages" }).waitFor();
  await sites.fill("https://www.example.com/\nhttp://localhost:3000");
  await panel.getByRole("textbox", { name: "Text on the button" }).fill('Ask "us" <now>');
  await panel.getByRole("combobox", { name: "Side of the window" }).selectOption("left");
  await panel.getByLabel("Colour", { exact: true }).fill("#0b6e4f");
  // Closing the panel loses nothing without a question.
  await page.getByRole("button", { name: "Widget of Shop page" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stay here" }).click();
  const requests = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  const preview = panel.locator("cordboard-talk");
  const launch = preview.getByRole("button", { name: 'Ask "us" <now>' });
  equal(await launch.evaluate((it) => getComputedStyle(it).backgroundColor), "rgb(11, 110, 79)", "the colour of the preview");
  await launch.click();
  await preview.getByText("This is a preview: nobody is called.").waitFor();
  // The preview can't be used: pressing it does nothing.
  await preview.getByRole("button", { name: "Talk", exact: true }).click({ force: true });
  equal(requests.filter((path) => path.startsWith("/api/v1/talk/")), [], "requests of the preview");
  await lookAtState(page, "talk-links-widget");
  await panel.getByRole("button", { name: "Save widget" }).click();
  const known = async () => (await api("/api/v1/talk-links")).items.find(({ name }) => name === "Shop page");
  const saved = await until("the widget on record", async () => {
    const link = await known();
    return link.origins.length === 2 && link;
  });
  equal(saved.origins, ["https://www.example.com", "http://localhost:3000"], "the widget's sites");
  equal(saved.widget, { position: "left", accent: "#0b6e4f", greeting: 'Ask "us" <now>' }, "the widget's look");
  const snippet = await panel.getByRole("group", { name: "For the page’s HTML" }).innerText();
  const expected = `<script src="${origin}/widget.js" data-talk="${token}" data-position="left" data-accent="#0b6e4f" data-greeting="Ask &quot;us&quot; &lt;now>" async></script>`;
  equal(snippet.trim(), expected, "the snippet");
  const policy = await panel.getByRole("group", { name: "For the site’s Content-Security-Policy" }).innerText();
  must(policy.includes(`script-src ${origin}; connect-src ${origin} ws://${new URL(origin).host}`), policy);
  // Switching the link off keeps the widget's settings.
  await page.getByRole("button", { name: "Switch off Shop page" }).click();
  const off = await until("the disabled link on record", async () => {
    const link = await known();
    return !link.enabled && link;
  });
  equal([off.origins, off.widget], [saved.origins, saved.widget], "the widget of a disabled link");
  // Its name and its limits can be changed, and the rest stays.
  await page.getByRole("button", { name: "Edit Shop page" }).click();
  const edit = page.getByRole("dialog", { name: "Edit Shop page" });
  await edit.getByRole("textbox", { name: /^Name/ }).fill("Shop front");
  await edit.getByRole("spinbutton", { name: "Calls at once" }).fill("9");
  await lookAtState(page, "talk-links-edit");
  await edit.getByRole("button", { name: "Save" }).click();
  await edit.waitFor({ state: "detached" });
  const now = (await api("/api/v1/talk-links")).items.find(({ id }) => id === off.id);
  equal({ ...now, revision: "" }, { ...off, name: "Shop front", calls_max: 9, revision: "" }, "the changed link");
  // If removing it fails, its address stays on the page, which shows it only once.
  await page.route(`**/api/v1/talk-links/${off.id}`, (route) => route.fulfill({ status: 500, json: {} }), { times: 1 });
  await page.getByRole("button", { name: "Remove Shop front" }).click();
  // The list that is requested afterwards has another name.
  await page.route("**/api/v1/talk-links", async (route) => {
    const answer = await route.fetch();
    const { items, ...rest } = await answer.json();
    await route.fulfill({ response: answer, json: { ...rest, items: items.map((link) => (link.id === off.id ? { ...link, name: "Shop back" } : link)) } });
  });
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("status").filter({ hasText: "The server answered 500" }).waitFor();
  await page.getByRole("button", { name: "Remove Shop back" }).waitFor();
  equal(await page.getByRole("status", { name: "New address" }).getByRole("link").innerText(), address, "the address");
});

test("talk_links::a_signing_secret_is_shown_once_and_its_snippet_works", async (open) => {
  const page = await open();
  await page.goto(`${origin}/talk-links`);
  await page.getByRole("textbox", { name: /^Name/ }).fill("Shop names");
  await page.getByRole("button", { name: "Create talk link" }).click();
  const address = await page.getByRole("status", { name: "New address" }).getByRole("link").innerText();
  const token = new URL(address).pathname.split("/").at(-1);
  await page.getByRole("button", { name: "Widget of Shop names" }).click();
  const panel = page.getByRole("region", { name: "Who visitors of Shop names are" });
  await panel.getByText("This link has no signing secret.").waitFor();
  const posts = [];
  page.on("request", (request) => request.method() === "POST" && posts.push(new URL(request.url()).pathname));
  // Pressed twice, it creates one secret.
  await panel.getByRole("button", { name: "Create a signing secret" }).evaluate((button) => {
    button.click();
    button.click();
  });
  const shown = panel.getByRole("group", { name: "Signing secret of Shop names" });
  const secret = (await shown.getByRole("code").innerText()).trim();
  equal(secret.length, 40, "length of the secret");
  equal(posts.length, 1, "requests for a secret");
  await lookAtState(page, "talk-links-signing");
  await shown.getByRole("button", { name: "I have saved it" }).click();
  await until("the secret disappears from the page", async () => !(await page.content()).includes(secret));
  const snippet = (language) => panel.getByRole("group", { name: `On your server: ${language}` }).innerText();
  const begin = async (identity) => {
    const answer = await fetch(`${origin}/api/v1/talk/${token}/calls`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ identity: identity.trim() }),
    });
    return { status: answer.status, ...(await answer.json()) };
  };
  const node = `const SECRET = ${JSON.stringify(secret)};\n${await snippet("Node.js")}\nconsole.log(cordboardIdentity({ name: "Åsa", email: "asa@example.com" }));`;
  const python = `SECRET = ${JSON.stringify(secret)}\n${await snippet("Python")}\nprint(cordboard_identity("Åsa", "asa@example.com", None))`;
  const made = [
    execFileSync(process.execPath, ["--input-type=module", "-e", node], { encoding: "utf8" }),
    execFileSync("python3", ["-c", python], { encoding: "utf8" }),
  ];
  for (const identity of made) {
    const begun = await begin(identity);
    equal(begun.status, 201, JSON.stringify(begun));
    const call = await until("the call in the list", async () => {
      const known = await house.api(`/api/v1/calls/${begun.call_id}`);
      return known.id && known;
    });
    equal(call.identity, { name: "Åsa", email: "asa@example.com", id: null, by: "Shop names" }, "the call's identity");
  }
  await panel.getByRole("button", { name: "Replace the secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Replace the secret" }).click();
  await shown.waitFor();
  equal((await begin(made[0])).code, "identity_bad_signature", "an identity signed with the replaced secret");
  await panel.getByRole("button", { name: "Remove the secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove the secret" }).click();
  await panel.getByText("This link has no signing secret.").waitFor();
  const creates = panel.getByRole("button", { name: "Create a signing secret" });
  await until("the focus on what is left", () => creates.evaluate((it) => it === document.activeElement));
  equal((await begin(made[1])).code, "identity_no_secret", "an identity for a link without a secret");
});
