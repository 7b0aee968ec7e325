//! A business behind a number: from the owner's registration to the records of its first caller, on either database.

use std::time::Duration;

use cordboard_actors::world;
use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::book::Channel;
use cordboard_test_support::openai::{Answer, Script, Words};
use cordboard_test_support::postgres;
use cordboard_test_support::receiver::Receiver;
use cordboard_test_support::twilio::{Agent, Caller};
use serde_json::{Value, json};

use super::setup::{FROM, Setup, TO, sid};
use crate::suites::book::{Book as _, until};
use crate::suites::party::Party as _;
use crate::suites::provider::provider_of;
use crate::world::virtually;

const PASSWORD: &str = "correct horse battery";
/// A caller's name in Hebrew, from right to left, with a wrench.
const NAME: &str = "\u{5d2}\u{5e8}\u{5d9}\u{5d9}\u{5e1} \u{1F469}\u{200D}\u{1F527}";

#[test]
fn the_whole_story_on_sqlite() {
    virtually(async || {
        whole_story(None).await;
    });
}

#[test]
fn the_whole_story_on_postgresql() {
    virtually(async || {
        let name = postgres::empty_database().unwrap();
        whole_story(Some(&postgres::shared().unwrap().url(&name, ""))).await;
    });
}

async fn whole_story(database: Option<&str>) {
    let slot = next_monday_at_nine();
    let provider = provider_of(script(&slot));
    let (receiver, base_url) = (Receiver::start_here().unwrap(), provider.base_url());
    let mut settings = vec![
        ("assistant.provider", "openai"),
        ("OPENAI_API_KEY", "sk-of-the-tests-0123456789"),
        ("OPENAI_BASE_URL", base_url.as_str()),
        ("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1"),
        ("outbound.allow", "127.0.0.0/8"),
        ("outbound.plain_http", "true"),
        ("TWILIO_TRANSFER_CALLER_ID", TO),
        ("FREEPBX_DOMAIN", "pbx.example.com"),
    ];
    settings.extend(database.map(|url| ("DATABASE_URL", url)));
    let setup = Setup::open(&settings).await;
    let owner = Owner::register(&setup).await;
    owner.describes_the_business().await;
    let webhook = owner.is_told_at(&receiver.url("/ok")).await;

    let caller = Caller::dial_here(&setup.account(), &sid(1), FROM, TO);
    let id = setup.wait("the call", async || setup.id_of(1).await).await;
    setup.rest().holds(&sid(1), &caller);
    for answered in 1..=TURNS {
        owner.wait_lines(&id, "assistant", answered).await;
        caller.say(&babble(answered as u64, Duration::from_millis(900), 8_000));
        caller.say(&silence(Duration::from_millis(600), 8_000));
        caller.said_all().await;
    }
    let person =
        owner.wait("a person to be called", async || setup.rest().came("POST", "/Conferences/").pop()).await;
    assert_eq!(person.get("To"), Some("sip:2001@pbx.example.com"));
    let person = Agent::of(&setup.account(), &person);
    person.rings().await;
    person.answers().await;
    owner.wait("both in the room", async || (person.with() == ["agent", "caller"]).then_some(())).await;
    // A person who leaves before the server knows that they are joined has not taken over.
    owner.wait_event(&id, "handoff_bridged").await;
    person.leaves().await;
    owner
        .wait("the end of the call", async || {
            (owner.get(&format!("/api/v1/calls/{id}")).await["state"] == "ended").then_some(())
        })
        .await;
    caller.finish();

    owner.reads_what_was_left_behind(&id, &slot).await;
    owner.follows_the_text(&id, &slot).await;
    owner.listens(&id).await;
    read_deliveries(&owner, &receiver, &webhook, &id).await;
    provider.finish();
    setup.close().await;
}

/// The caller's words, and the model's actions.
fn script(slot: &str) -> Script {
    let said = |text: &str| Answer::say(text, 700.0, Duration::from_millis(400));
    let heard = |text: &str| Words::Heard(text.to_owned(), Duration::from_millis(100));
    let lead = json!({ "name": NAME, "need": "The boiler leaks; -- '; DROP TABLE leads <script>", "urgency": "today" });
    let more = json!({ "budget": "=1+1", "address": "Gr\u{fc}ner Weg 1" });
    let hold = json!({ "action": "hold", "service": "Estimate", "starts_at": slot, "name": NAME });
    Script::new()
        .words(heard("My boiler leaks."))
        .turn(Answer::call("create_lead", &lead))
        .after_tools(said("I have written that down."))
        .words(heard("It may cost nothing."))
        .turn(Answer::call("create_lead", &more))
        .after_tools(said("That too."))
        .words(heard("Monday at nine."))
        .turn(Answer::call("book_estimate", &hold))
        .after_tools(said("Monday at nine is kept for you."))
        .words(heard("Can I have that in writing?"))
        .turn(Answer::call("send_sms", &json!({ "template": "visit" })))
        .after_tools(said("You have it on your telephone."))
        .words(heard("Let me talk to somebody."))
        .turn(
            said("One moment.")
                .and_call("escalate_to_human", &json!({ "reason": "wants a person", "urgency": "normal" })),
        )
}

/// How often the caller speaks.
const TURNS: usize = 5;

/// A Monday that is at least a day away, at nine in Berlin.
fn next_monday_at_nine() -> String {
    use chrono::{Datelike as _, Days, NaiveTime, TimeZone as _, Weekday};
    let berlin = chrono_tz::Europe::Berlin;
    let tomorrow = world::now().with_timezone(&berlin).date_naive() + Days::new(2);
    let monday = tomorrow.iter_days().find(|day| day.weekday() == Weekday::Mon).unwrap();
    let nine = monday.and_time(NaiveTime::from_hms_opt(9, 0, 0).unwrap());
    berlin.from_local_datetime(&nine).unwrap().to_rfc3339()
}

/// The business's owner, signed in.
struct Owner<'a> {
    setup: &'a Setup,
    token: String,
}

impl<'a> Owner<'a> {
    /// Registers with the setup token that the server prints.
    async fn register(setup: &'a Setup) -> Self {
        let setup_token = setup.world().setup_token().unwrap();
        let body = json!({
            "email": "ada@example.com", "password": PASSWORD, "name": "Ada", "organization": "M\u{fc}ller & Daughter",
            "setup_token": setup_token,
        });
        let made = setup.server().send("POST", "/api/v1/auth/register", None, &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        Self { setup, token: made.json()["access_token"].as_str().unwrap().to_owned() }
    }

    async fn send(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let answer = self.setup.server().send(method, path, Some(&self.token), body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        answer.json()
    }

    async fn get(&self, path: &str) -> Value {
        self.send("GET", path, &Value::Null, 200).await
    }

    async fn items(&self, path: &str) -> Vec<Value> {
        self.get(path).await["items"].as_array().unwrap().clone()
    }

    async fn wait<T>(&self, what: &str, is_there: impl AsyncFnMut() -> Option<T>) -> T {
        until(what, is_there).await
    }

    /// Waits until a speaker has said this many things.
    async fn wait_lines(&self, id: &str, speaker: &str, count: usize) {
        let path = format!("/api/v1/calls/{id}/transcript?limit=200");
        self.wait(&format!("{count} lines of the {speaker}"), async || {
            let lines = self.items(&path).await;
            (lines.iter().filter(|line| line["role"] == speaker).count() >= count).then_some(())
        })
        .await;
    }

    async fn wait_event(&self, id: &str, kind: &str) {
        let path = format!("/api/v1/calls/{id}/events?limit=200");
        self.wait(kind, async || self.items(&path).await.into_iter().find(|event| event["kind"] == kind))
            .await;
    }

    async fn describes_the_business(&self) {
        let day = json!([{ "from": "08:00", "to": "17:00" }]);
        let closed = json!([]);
        let business = json!({
            "revision": 0, "trade": "plumber", "name": "M\u{fc}ller & Daughter", "time_zone": "Europe/Berlin",
            "services": [{ "name": "Estimate", "duration_minutes": 45, "price": { "type": "on_request" } }],
            "escalation": { "targets": ["operator"] },
            "sms_templates": [{ "name": "Visit", "text": "{service} for {name} on {appointment}. {business}" }],
            "hours": { "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day,
                       "saturday": closed, "sunday": closed },
        });
        self.send("PUT", "/api/v1/business-profile", &business, 200).await;
        let operator = json!({ "name": "operator", "title": "The boss", "target": "people,2001,1" });
        self.send("POST", "/api/v1/extensions", &operator, 201).await;
        let profile = json!({
            "name": "plumber", "tools": ["create_lead", "book_estimate", "send_sms", "escalate_to_human", "end_call"],
        });
        let profile = self.send("POST", "/api/v1/agent-profiles", &profile, 201).await;
        let number = json!({ "number": TO, "profile_id": profile["id"], "label": "Main line" });
        self.send("POST", "/api/v1/phone-numbers", &number, 201).await;
    }

    /// Makes a webhook; returns its id.
    async fn is_told_at(&self, url: &str) -> String {
        let events = ["call.started", "call.ended", "lead.created", "appointment.booked", "recording.ready"];
        let made = self.send("POST", "/api/v1/webhooks", &json!({ "url": url, "events": events }), 201).await;
        made["id"].as_str().unwrap().to_owned()
    }

    async fn reads_what_was_left_behind(&self, id: &str, slot: &str) {
        let call = self.get(&format!("/api/v1/calls/{id}")).await;
        assert_eq!((&call["from"], &call["to"]), (&json!(FROM), &json!(TO)));
        let leads = self.items("/api/v1/leads").await;
        assert_eq!(leads.len(), 1, "one lead per caller and call: {leads:?}");
        let lead = &leads[0];
        assert_eq!(
            (&lead["name"], &lead["phone"], &lead["call_id"]),
            (&json!(NAME), &json!(FROM), &json!(id))
        );
        assert_eq!(lead["need"], "The boiler leaks; -- '; DROP TABLE leads <script>");
        assert_eq!((&lead["budget"], &lead["urgency"]), (&json!("=1+1"), &json!("today")));
        let csv = self.setup.server().send("GET", "/api/v1/leads.csv", Some(&self.token), &Value::Null).await;
        assert!(!csv.text().contains(",=1+1"), "a formula: {}", csv.text());
        let customers = self.items("/api/v1/customers").await;
        assert_eq!((customers.len(), &customers[0]["name"]), (1, &json!(NAME)));
        let appointments = self.items("/api/v1/appointments").await;
        assert_eq!(appointments.len(), 1, "{appointments:?}");
        assert_eq!(
            (&appointments[0]["service"], &appointments[0]["status"]),
            (&json!("Estimate"), &json!("held"))
        );
        let at = format!("/api/v1/appointments/{}", appointments[0]["id"].as_str().unwrap());
        self.send("PATCH", &at, &json!({ "status": "confirmed" }), 200).await;
        let starts_at = chrono::DateTime::parse_from_rfc3339(appointments[0]["starts_at"].as_str().unwrap());
        assert_eq!(starts_at, chrono::DateTime::parse_from_rfc3339(slot));
        let day = |days: i64| (world::now() + chrono::TimeDelta::days(days)).format("%Y-%m-%d").to_string();
        let (from, to) = (day(-1), day(1));
        let dashboard =
            self.get(&format!("/api/v1/metrics/dashboard?from={from}&to={to}&tz=Europe/Berlin")).await;
        assert!(dashboard.to_string().contains("\"calls\""), "{dashboard}");
    }

    /// The text message was sent once, and its delivery is tracked to the caller's telephone.
    async fn follows_the_text(&self, id: &str, slot: &str) {
        let texts = self.setup.rest().came("POST", "/Messages.json");
        let [text] = &texts[..] else { panic!("{texts:?}") };
        assert_eq!((text.get("To"), text.get("From")), (Some(FROM), Some(TO)));
        let there = slot[..16].replace('T', " ");
        let words = format!("Estimate for {NAME} on {there}. M\u{fc}ller & Daughter");
        assert_eq!(text.get("Body"), Some(words.as_str()));
        let sid = text.sid.clone().unwrap();
        let path = self.setup.path_of(text.get("StatusCallback").unwrap());
        for (told, stands) in [("sent", "sent"), ("delivered", "delivered"), ("sent", "delivered")] {
            let fields = [("MessageSid", sid.as_str()), ("MessageStatus", told)];
            let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(self.setup.account().post(&path, &fields).await.unwrap().status, 204);
            let messages = self.items("/api/v1/messages").await;
            let [message] = &messages[..] else { panic!("{messages:?}") };
            assert_eq!((&message["status"], &message["call_id"]), (&json!(stands), &json!(id)), "{told}");
        }
    }

    async fn listens(&self, id: &str) {
        self.wait("the recording", async || {
            self.get(&format!("/api/v1/calls/{id}")).await["recording_ms"].as_u64()
        })
        .await;
        let ear = self.setup.recording(id, Channel::CallersEar).await;
        assert!(ear.tone_share(Script::OTHERWISE.1) > 0.0 && ear.tone_share(700.0) > 0.0);
        assert!(self.setup.recording(id, Channel::Caller).await.rms() > 100.0, "the caller is not heard");
    }
}

/// Each event was reported once, with its call.
async fn read_deliveries(owner: &Owner<'_>, receiver: &Receiver, webhook: &str, id: &str) {
    let wanted = ["appointment.booked", "call.ended", "call.started", "lead.created", "recording.ready"];
    let bodies = owner
        .wait("all deliveries", async || {
            let told = receiver.received();
            let of_call = told.iter().filter(|request| request.body.contains(id));
            let bodies: Vec<Value> =
                of_call.map(|request| serde_json::from_str(&request.body).unwrap()).collect();
            (bodies.len() >= wanted.len()).then_some(bodies)
        })
        .await;
    let mut kinds: Vec<&str> = bodies.iter().map(|body| body["type"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, wanted);
    owner
        .wait("the log of the deliveries", async || {
            let log = owner.items(&format!("/api/v1/webhooks/{webhook}/deliveries")).await;
            let is_done = |delivery: &Value| delivery["state"] == "delivered";
            (log.len() >= wanted.len() && log.iter().all(is_done)).then_some(())
        })
        .await;
}
