// The page on which talk links are made and switched off.
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
  must(await name.evaluate((field) => field === document.activeElement), "what is wrong has not the focus");
  await page.keyboard.type("Shop <b>window</b>");
  await tabTo(page, page.getByRole("combobox", { name: "Who answers" }));
  await tabTo(page, make);
  await page.keyboard.press("Enter");
  // The address is shown this once, and can be copied from where the focus is.
  const made = page.getByRole("status", { name: "New address" });
  const address = await made.getByRole("link").innerText();
  await tabTo(page, made.getByRole("link"), 5);
  const row = page.getByRole("listitem").filter({ hasText: "Shop <b>window</b>" });
  await row.getByText("On", { exact: true }).waitFor();
  await lookAtState(page, "talk-links");
  const visit = async () => (await fetch(`${origin}/api/v1/talk/${new URL(address).pathname.split("/").at(-1)}`)).status;
  equal(await visit(), 200, "the address leads somewhere");
  await tabTo(page, page.getByRole("button", { name: "Switch off Shop <b>window</b>" }));
  await page.keyboard.press("Enter");
  await row.getByText("Off", { exact: true }).waitFor();
  equal(await visit(), 404, "the address of one that is off");
  // Otherwise unchanged.
  const known = async () => (await api("/api/v1/talk-links")).items.find((link) => link.name === "Shop <b>window</b>");
  const { enabled, calls_max, calls_per_hour_max } = await known();
  equal({ enabled, calls_max, calls_per_hour_max }, { enabled: false, calls_max: 5, calls_per_hour_max: 20 });
  await tabTo(page, page.getByRole("button", { name: "Switch on Shop <b>window</b>" }));
  await page.keyboard.press("Space");
  await row.getByText("On", { exact: true }).waitFor();
  equal(await visit(), 200, "the address of one that is on again");
  await page.reload();
  await row.getByText("On", { exact: true }).waitFor();
  equal(await page.getByText(address).count(), 0, "addresses of links that were made before");
  const remove = page.getByRole("button", { name: "Remove Shop <b>window</b>" });
  await tabTo(page, remove);
  await page.keyboard.press("Enter");
  const asked = page.getByRole("dialog");
  await asked.waitFor();
  await page.keyboard.press("Escape");
  await asked.waitFor({ state: "hidden" });
  await until("the focus where it was", () => remove.evaluate((it) => it === document.activeElement));
  await page.keyboard.press("Enter");
  await tabTo(page, asked.getByRole("button", { name: "Remove" }), 5);
  await page.keyboard.press("Enter");
  await until("the row's end", async () => (await row.count()) === 0);
  equal(await known(), undefined, "the link on record");
});

test("talk_links::a_widget_is_listed_dressed_previewed_and_its_snippet_copied", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable Entity)"] });
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
  const requests = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  const preview = panel.locator("cordboard-talk");
  const launch = preview.getByRole("button", { name: 'Ask "us" <now>' });
  equal(await launch.evaluate((it) => getComputedStyle(it).backgroundColor), "rgb(11, 110, 79)", "the colour of the preview");
  await launch.click();
  await preview.getByText("This is a preview: nobody is called.").waitFor();
  // It can be pressed as little as it looks.
  await preview.getByRole("button", { name: "Talk", exact: true }).click({ force: true });
  equal(requests.filter((path) => path.startsWith("/api/v1/talk/")), [], "what the preview asks");
  await lookAtState(page, "talk-links-widget");
  await panel.getByRole("button", { name: "Save widget" }).click();
  const known = async () => (await api("/api/v1/talk-links")).items.find(({ name }) => name === "Shop page");
  const saved = await until("the widget on record", async () => {
    const link = await known();
    return link.origins.length === 2 && link;
  });
  equal(saved.origins, ["https://www.example.com", "http://localhost:3000"], "its sites");
  equal(saved.widget, { position: "left", accent: "#0b6e4f", greeting: 'Ask "us" <now>' }, "its look");
  const snippet = await panel.getByRole("group", { name: "For the page’s HTML" }).innerText();
  const expected = `<script src="${origin}/widget.js" data-talk="${token}" data-position="left" data-accent="#0b6e4f" data-greeting="Ask &quot;us&quot; &lt;now>" async></script>`;
  equal(snippet.trim(), expected, "the snippet");
  const policy = await panel.getByRole("group", { name: "For the site’s Content-Security-Policy" }).innerText();
  must(policy.includes(`script-src ${origin}; connect-src ${origin} ws://${new URL(origin).host}`), policy);
  // Switching it off keeps what was set.
  await page.getByRole("button", { name: "Switch off Shop page" }).click();
  const off = await until("the link switched off", async () => {
    const link = await known();
    return !link.enabled && link;
  });
  equal([off.origins, off.widget], [saved.origins, saved.widget], "its widget once it is off");
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
  await panel.getByRole("button", { name: "Create a signing secret" }).click();
  const shown = panel.getByRole("group", { name: "Signing secret of Shop names" });
  const secret = (await shown.getByRole("code").innerText()).trim();
  equal(secret.length, 40, "letters of the secret");
  await lookAtState(page, "talk-links-signing");
  await shown.getByRole("button", { name: "I have saved it" }).click();
  await until("nothing of the secret on the page", async () => !(await page.content()).includes(secret));
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
    equal(call.identity, { name: "Åsa", email: "asa@example.com", id: null, by: "Shop names" }, "who it is");
  }
  await panel.getByRole("button", { name: "Replace the secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Replace the secret" }).click();
  await shown.waitFor();
  equal((await begin(made[0])).code, "identity_bad_signature", "what the one before has signed");
  await panel.getByRole("button", { name: "Remove the secret" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove the secret" }).click();
  await panel.getByText("This link has no signing secret.").waitFor();
  equal((await begin(made[1])).code, "identity_no_secret", "of a link without a secret");
});
