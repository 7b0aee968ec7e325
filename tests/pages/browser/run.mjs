// Runs the tests in Chromium, one after the other, and tells how each went. Started by tests/pages/driver.rs.
import { browser, leave, runAll } from "./stage.mjs";
import "./setup.mjs";
import "./first-visit.mjs";
import "./sign-in.mjs";
import "./calls.mjs";
import "./past-call.mjs";
import "./live-call.mjs";
import "./system.mjs";
import "./looks.mjs";
import "./accounts.mjs";
import "./talk.mjs";
import "./desk/presence.mjs";
import "./desk/connection.mjs";
import "./desk/keys.mjs";
import "./desk/offers.mjs";
import "./desk/live.mjs";
import "./desk/transfer.mjs";
import "./desk/consult.mjs";
import "./desk/dialling.mjs";
import "./desk/transcript.mjs";
import "./desk/help.mjs";
import "./desk/window.mjs";
import "./desk/wrap-up.mjs";
import "./last.mjs";

try {
  await runAll();
} finally {
  await browser.close();
  leave();
}
