// Runs the tests in Chromium one after the other, and prints each result. Started by tests/pages/driver.rs.
import { browser, leave, runAll, setting } from "./stage.mjs";
import "./setup.mjs";
import "./first-visit.mjs";
import "./sign-in.mjs";
import "./dashboard.mjs";
import "./reports.mjs";
import "./calls.mjs";
import "./clock.mjs";
import "./call-beside.mjs";
import "./past-call.mjs";
import "./live-call.mjs";
import "./system.mjs";
import "./looks.mjs";
import "./accounts.mjs";
import "./talk.mjs";
import "./talk-webrtc.mjs";
import "./talk-webrtc-weather.mjs";
import "./talk-firefox.mjs";
import "./talk-relay.mjs";
import "./widget.mjs";
import "./german.mjs";
import "./talk-links.mjs";
import "./studio.mjs";
import "./replay.mjs";
import "./business.mjs";
import "./team.mjs";
import "./routing.mjs";
import "./integrations.mjs";
import "./dialler.mjs";
import "./developers.mjs";
import "./tools.mjs";
import "./trials.mjs";
import "./audit-log.mjs";
import "./account.mjs";
import "./sessions.mjs";
import "./settings.mjs";
import "./quality.mjs";
import "./about-calls.mjs";
import "./leads.mjs";
import "./campaigns.mjs";
import "./customers.mjs";
import "./doubles.mjs";
import "./appointments.mjs";
import "./inbox.mjs";
import "./full.mjs";
import "./empty.mjs";
import "./failing.mjs";
import "./live-pages.mjs";
import "./palette.mjs";
import "./desk/presence.mjs";
import "./desk/connection.mjs";
import "./desk/offers.mjs";
import "./desk/live.mjs";
import "./desk/wishes.mjs";
import "./desk/several.mjs";
import "./desk/transfer.mjs";
import "./desk/consult.mjs";
import "./desk/dialling.mjs";
import "./desk/next-contact.mjs";
import "./desk/switches.mjs";
import "./desk/softphone.mjs";
import "./desk/transfer-from-speech.mjs";
import "./desk/transcript.mjs";
import "./desk/lanes.mjs";
import "./desk/window.mjs";
import "./desk/supervision.mjs";
import "./desk/board.mjs";
import "./desk/wrap-up.mjs";
import "./desk/customer.mjs";
import "./shadow.mjs";
import "./last.mjs";

// Figures are measured only on request, and are not tests.
if (setting.measure) {
  await import("./first-minutes.mjs");
  await import("./desk/measure.mjs");
  await import("./talk-measure.mjs");
}

try {
  await runAll();
} finally {
  await browser.close();
  leave();
}
