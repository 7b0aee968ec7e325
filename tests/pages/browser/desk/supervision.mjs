// Supervisors: the board, agents who ask for help there, and what supervisors do in a live call.
import { lookAtState } from "../views.mjs";
import { equal, must, origin, test, until } from "../stage.mjs";
import { button, colleague, pageOf, person, region } from "./people.mjs";
import { customer, entries, givesMicrophones, hears, listens, MICROPHONE, sends, speaks, state, talks, unplug } from "./scene.mjs";

const panel = (page) => region(page, "Supervise");
const chooses = (page, way) => panel(page).getByRole("radiogroup", { name: "How you take part" }).getByText(way, { exact: true }).click();

test("desk::a_supervisor_listens_whispers_and_takes_a_call_over", async (open) => {
  const { page: desk, visitor, id } = await talks(open, "Wanda", "398");
  const sam = await person("Samira", { role: "supervisor" });
  const blank = await open({ stranger: true, scripts: [listens, givesMicrophones, () => (window.hasNone = true)], ...MICROPHONE });
  const page = await pageOf(() => blank, sam, { path: `/calls/${id}` });
  const does = (words) => panel(page).getByRole("status").filter({ hasText: words });
  const alert = (words) => panel(page).getByRole("alert").filter({ hasText: words });
  const seen = (words) => desk.getByRole("status", { name: "Supervision" }).filter({ hasText: words });

  // On the call's page: a supervisor who stops while they are being connected is in no call.
  await page.evaluate(() => (window.hasNone = false));
  let comes = null;
  await page.route(`**/api/v1/calls/${id}/supervision`, async (route) => {
    const answer = await route.fetch();
    if (route.request().method() === "PUT") await new Promise((done) => (comes = done));
    await route.fulfill({ response: answer });
  });
  await does("You don’t hear this call").waitFor();
  await chooses(page, "Barge in");
  await until("the answer on its way", () => comes !== null);
  await panel(page).getByRole("button", { name: "Stop" }).click();
  await does("You don’t hear this call").waitFor();
  comes();
  const of = async (kind) => (await entries(id)).filter((entry) => entry.kind === kind);
  await until("the supervisor's leaving in the journal", async () => (await of("supervisor_left")).length === 1);
  equal((await of("supervisor_joined")).length, 0, "joins of the supervisor");
  await does("You don’t hear this call").waitFor();
  const isGivenBack = () => window.given.every((one) => one.getTracks().every(({ readyState }) => readyState === "ended"));
  await until("the release of the microphone", () => page.evaluate(isGivenBack));

  // The visitor's connection is lost for a moment: a supervisor who listens stays.
  await page.unroute(`**/api/v1/calls/${id}/supervision`);
  await chooses(page, "Listen");
  await does("nobody hears you").waitFor();
  await visitor.reload();
  await page.getByRole("list", { name: "Timeline" }).getByText("Resumed").waitFor();
  await does("nobody hears you").waitFor();
  equal((await of("supervisor_left")).length, 1, "the times the supervisor left the call");
  await panel(page).getByRole("button", { name: "Stop" }).click();
  await does("You don’t hear this call").waitFor();

  await page.goto(`${origin}/board`);
  await page.getByRole("heading", { name: "Board", level: 1 }).waitFor();
  await region(page, "Team").getByText("Wanda").waitFor();

  // The agent asks for help, and whoever sees the team sees that until they have it.
  await customer(desk).getByRole("button", { name: "Close Customer information" }).click();
  await desk.getByText("Need help?").click();
  const words = "Wants <b>his</b> money back.";
  await desk.getByRole("textbox", { name: "What it is about" }).fill(words);
  await button(desk, "Ask for help").click();
  await desk.getByText("Everybody’s desk shows that you need help.").waitFor();
  await until("the focus on the way back", () => button(desk, "I no longer need help").evaluate((it) => it === document.activeElement));
  await lookAtState(desk, "desk-needs-help");
  const row = colleague(page, "Wanda");
  await row.getByText(`Needs help: ${words}`).waitFor();
  await page.getByRole("status").filter({ hasText: "Wanda needs help." }).waitFor({ state: "attached" });
  equal(await row.getByRole("link", { name: "Open the call" }).getAttribute("href"), `/calls/${id}`, "the link's address");
  await lookAtState(page, "board-somebody-needs-help");
  await button(desk, "I no longer need help").click();
  await row.getByText("Needs help").waitFor({ state: "detached" });
  await desk.getByText("Need help?").waitFor();

  await page.locator(`[data-call="${id}"]`).click();
  await does("You don’t hear this call").waitFor();

  // Listening needs no microphone.
  await panel(page).getByText("The agent sees who hears the call.").waitFor();
  await chooses(page, "Listen");
  await does("nobody hears you").waitFor();
  await hears(page);
  equal(await page.evaluate(() => window.asked), 0, "requests for a microphone");
  must((await sends(page, 10)) === 0, "a listening supervisor sends sound");
  await seen("Samira is listening.").waitFor();
  await lookAtState(page, "supervision");

  // Speaking needs one.
  await chooses(page, "Whisper");
  await alert("No microphone found. Plug one in, then try again. You still hear the call as before.").waitFor();
  await does("nobody hears you").waitFor();
  await lookAtState(page, "supervision-no-microphone", { words: true });
  await hears(page);
  await page.evaluate(() => (window.hasNone = false));
  await chooses(page, "Whisper");
  await seen("Samira is whispering to you").waitFor();
  await speaks(page);

  await unplug(page);
  await alert("Your microphone is disconnected, so nobody hears you.").waitFor();
  const turnsOn = panel(page).getByRole("button", { name: "Turn on the microphone" });
  await turnsOn.click();
  await alert("No microphone found.").waitFor();
  await page.evaluate(() => (window.hasNone = false));
  await turnsOn.click();
  await turnsOn.waitFor({ state: "detached" });
  const whisper = panel(page).getByRole("radio", { name: "Whisper" });
  await until("the focus on the active button", () => whisper.evaluate((it) => it === document.activeElement));
  await speaks(page);

  await chooses(page, "Barge in");
  await does("Caller and agent hear you").waitFor();
  await seen("Samira is talking with the caller and you.").waitFor();
  await chooses(page, "Listen");
  await seen("Samira is listening.").waitFor();
  await until("silence of a supervisor who listens again", async () => (await sends(page)) === 0);

  await panel(page).getByRole("button", { name: "Take over" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take over now" }).click();
  await page.waitForURL("**/desk");
  await state(page, "Talking").waitFor();
  await hears(visitor);
  await until("no call at the agent's desk", async () => (await desk.getByRole("region", { name: /^Call with / }).count()) === 0);

  // A caller who is handed back talks with the assistant again.
  await button(page, "Hand back to AI").click();
  await button(page, "Hand back now").click();
  await visitor.getByRole("status", { name: "Call", exact: true }).filter({ hasText: "Assistant speaking" }).waitFor();

  // An agent who has left hears no whispers any more.
  await button(desk, "Done").click();
  await visitor.getByRole("button", { name: "Keypad", exact: true }).click();
  await visitor.getByRole("button", { name: "0", exact: true }).click();
  await visitor.keyboard.press("Escape");
  await button(desk, "Accept call").click();
  await state(desk, "Talking").waitFor();
  let socket = null;
  await page.routeWebSocket(/\/ws\/audio$/, (one) => {
    one.connectToServer();
    socket = one;
  });
  await page.goto(`${origin}/calls/${id}`);
  await page.evaluate(() => (window.hasNone = false));
  await until("an agent to whisper to", () => whisper.isEnabled());
  await chooses(page, "Whisper");
  await does("The agent hears you").waitFor();
  await button(desk, "Hand back to AI").click();
  await button(desk, "Hand back now").click();
  await does("nobody hears you").waitFor();

  // The server says in English why their sound has ended; the call may go on.
  socket.send(JSON.stringify({ type: "bye", cause: "ended", words: "The sign-in has ended." }));
  await alert("You are no longer connected to this call.").waitFor();
  await does("You don’t hear this call").waitFor();
});
