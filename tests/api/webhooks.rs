//! Webhooks: they get the events of calls, signed, with as many tries as needed.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cordboard::store::{change, query};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Decision;
use cordboard_schema::ids::{EffectId, WebhookId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::{LeadPayload, WebhookEvent};
use cordboard_test_support::receiver::{Received, Receiver};
use cordboard_test_support::waiting::wait_until;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::people::holds;
use crate::setup::Setup;

const PATH: &str = "/api/v1/webhooks";
const SOON: Duration = Duration::from_secs(20);

/// Creates a webhook at this address for these events; returns its id and its secret.
fn made(setup: &Setup, url: &str, events: &Value) -> (String, String) {
    let answer = setup.send("POST", PATH, &json!({ "url": url, "events": events }));
    assert_eq!(answer.status, 201, "{answer:?}");
    let shown = answer.json();
    let id = shown["id"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("location"), Some(&*format!("{PATH}/{id}")));
    (id, shown["secret"].as_str().unwrap().to_owned())
}

fn wait_received(receiver: &Receiver, count: usize) -> Vec<Received> {
    let enough = || Some(receiver.received()).filter(|all| all.len() >= count);
    wait_until(&format!("{count} requests"), SOON, enough).unwrap()
}

/// Returns the newest delivery of a webhook, once it has this state.
fn wait_delivery(setup: &Setup, id: &str, state: &str) -> Value {
    let newest = || {
        let found = setup.json(&format!("{PATH}/{id}/deliveries"))["items"][0].clone();
        (found["state"] == state).then_some(found)
    };
    wait_until(&format!("a delivery that is {state}"), SOON, newest).unwrap()
}

/// Computes the signature with Node, which shares no code with ours.
fn signature_by_node(secret: &str, text: &str) -> String {
    let script = "const [secret, text] = process.argv.slice(1); \
                  const key = Buffer.from(secret.replace('whsec_', ''), 'base64'); \
                  process.stdout.write('v1,' + require('crypto').createHmac('sha256', key).update(text).digest('base64'))";
    let signed = Command::new("node").args(["-e", script, secret, text]).output().unwrap();
    assert!(signed.status.success(), "{signed:?}");
    String::from_utf8(signed.stdout).unwrap()
}

#[test]
fn webhook_events_are_signed_as_the_standard_says() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let (id, secret) = made(&setup, &receiver.url("/ok"), &json!(["call.started", "call.ended"]));
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = said.live();
    entries.extend(said.ended(NextStep::Hangup));
    setup.journal(entries);
    let told = wait_received(&receiver, 2);
    let mut kinds = Vec::new();
    for request in &told {
        let header = |name| request.header(name).unwrap();
        assert_eq!((request.method.as_str(), header("content-type")), ("POST", "application/json"));
        let text = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), request.body);
        assert_eq!(header("webhook-signature"), signature_by_node(&secret, &text));
        let body: Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(body["data"]["id"], json!(said.call_id));
        kinds.push(body["type"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    assert_eq!(kinds, ["call.ended", "call.started"]);
    let delivery = wait_delivery(&setup, &id, "delivered");
    assert_eq!(
        (&delivery["status"], &delivery["answer"], &delivery["attempts"]),
        (&json!(200), &json!("taken"), &json!(1))
    );
    assert_eq!(delivery["next_attempt_at"], Value::Null);
}

/// Request and failure are written in one transaction, as when the extension is known to be busy.
#[test]
fn a_handoff_that_fails_at_once_reports_its_target() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    made(&setup, &receiver.url("/ok"), &json!(["handoff.failed"]));
    let mut said = Conversation::new(setup.store.organization_id());
    let handoff = EffectId(1);
    let mut entries = said.live();
    let (target, reason) = ("operator".to_owned(), "asked for a person".to_owned());
    entries.push(said.entry(Decision::HandoffRequested { handoff, target, reason }));
    entries.push(said.entry(Decision::HandoffAbandoned { handoff, failure: HandoffFailure::Busy }));
    setup.journal(entries);
    let told: Value = serde_json::from_str(&wait_received(&receiver, 1)[0].body).unwrap();
    assert_eq!((&told["type"], &told["data"]["failure"]), (&json!("handoff.failed"), &json!("busy")));
    assert_eq!(told["data"]["target"], "operator");
}

#[test]
fn a_refused_webhook_event_is_retried_until_it_is_accepted() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let (id, _) = made(&setup, &receiver.url("/fails/2"), &json!(["call.started"]));
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let delivery = wait_delivery(&setup, &id, "delivered");
    assert_eq!(delivery["attempts"], 3);
    let told = receiver.received();
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|request| request.header("webhook-id") == told[0].header("webhook-id")));
    assert!(told.iter().all(|request| request.body == told[0].body));
    assert_eq!(setup.json(&format!("{PATH}/{id}"))["failing_since"], Value::Null, "it works again");
}

/// A web server that answers each request with 200, and ends before its answer is complete; with the count of its requests.
fn breaking_off() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let (mut request, mut piece) = (Vec::new(), [0; 4_096]);
            // The body is JSON, and nothing in the head ends like it.
            while !request.ends_with(b"}") {
                match client.read(&mut piece) {
                    Ok(read @ 1..) => request.extend_from_slice(&piece[..read]),
                    Ok(0) | Err(_) => break,
                }
            }
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntak");
            let _ = client.shutdown(Shutdown::Write);
            let _ = client.read_to_end(&mut Vec::new());
        }
    });
    (format!("http://{address}/"), count)
}

#[test]
fn an_event_is_accepted_by_its_status_alone() {
    let (setup, (url, count)) = (Setup::open(), breaking_off());
    let (id, _) = made(&setup, &url, &json!(["call.started"]));
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let delivery = wait_delivery(&setup, &id, "delivered");
    assert_eq!((&delivery["status"], &delivery["attempts"]), (&json!(200), &json!(1)), "{delivery}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn a_redirect_is_a_failure_and_is_not_followed() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let (id, _) = made(&setup, &receiver.url("/redirect/inside"), &json!(["call.started"]));
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    wait_received(&receiver, 2);
    let delivery = wait_delivery(&setup, &id, "waiting");
    assert_eq!(delivery["status"], 302);
    assert!(delivery["answer"].as_str().unwrap().contains("not followed"), "{delivery}");
    assert!(receiver.received().iter().all(|request| request.path == "/redirect/inside"));
}

#[test]
fn a_secret_is_shown_once_and_stored_encrypted() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let (id, secret) = made(&setup, &receiver.url("/ok"), &json!(["call.started"]));
    let at = format!("{PATH}/{id}");
    let shown = format!("{}{}", setup.json(&at), setup.json(PATH));
    assert!(!shown.contains("whsec_") && !shown.contains("secret"), "{shown}");
    let rolled = setup.send("POST", &format!("{at}/secret"), &Value::Null).json();
    assert_ne!(rolled["secret"], json!(secret));
    let key = secret.strip_prefix("whsec_").unwrap();
    assert!(!holds(&setup, key), "the secret is in the database in clear");
    assert!(holds(&setup, &id), "the search looks in the wrong place");
}

#[test]
fn a_webhook_is_changed_switched_off_and_removed() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let (id, _) = made(&setup, &receiver.url("/ok"), &json!(["call.ended", "call.ended"]));
    let at = format!("{PATH}/{id}");
    assert_eq!(setup.json(&at)["events"], json!(["call.ended"]));
    let off = json!({ "url": receiver.url("/other"), "events": ["call.started"], "enabled": false });
    let changed = setup.send("PUT", &at, &off);
    assert_eq!((changed.status, &changed.json()["enabled"]), (200, &json!(false)));
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    assert_eq!(setup.json(&format!("{at}/deliveries"))["items"], json!([]));
    assert_eq!(setup.send("DELETE", &at, &Value::Null).status, 204);
    setup.get(&at).problem(404);
    setup.send("PUT", &at, &off).problem(404);
    let log = setup.json("/api/v1/audit-log");
    let done: Vec<&str> =
        log["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(done, ["webhook.deleted", "webhook.changed", "webhook.created"]);
}

#[test]
fn invalid_webhook_addresses_are_refused() {
    let setup = Setup::open();
    for url in ["http://10.0.0.1/", "http://169.254.169.254/", "ftp://x/", "https://a:b@example.com/", "x"] {
        let answer = setup.send("POST", PATH, &json!({ "url": url, "events": ["call.ended"] }));
        assert_eq!(answer.problem_code(422), "invalid", "{url}");
        assert_eq!(answer.json()["errors"][0]["field"], "url", "{url}");
    }
    let both = setup.send("POST", PATH, &json!({ "url": "x", "events": [] })).json();
    assert_eq!(both["errors"].as_array().unwrap().len(), 2, "all faults are reported together");
    for _ in 0..20 {
        made(&setup, "https://example.com/", &json!(["call.ended"]));
    }
    let one_more = json!({ "url": "https://example.com/", "events": ["call.ended"] });
    assert_eq!(setup.send("POST", PATH, &one_more).problem_code(409), "too_many");
}

#[test]
fn a_delivered_event_can_be_sent_again() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let (id, _) = made(&setup, &receiver.url("/ok"), &json!(["call.started"]));
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let delivery = wait_delivery(&setup, &id, "delivered");
    let again = format!("{PATH}/{id}/deliveries/{}/redeliver", delivery["id"].as_str().unwrap());
    let answer = setup.send("POST", &again, &Value::Null);
    assert_eq!((answer.status, &answer.json()["state"]), (202, &json!("waiting")));
    let told = wait_received(&receiver, 2);
    assert_eq!(told[0].header("webhook-id"), told[1].header("webhook-id"));
    setup
        .send("POST", &again.replace(&id, "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10"), &Value::Null)
        .problem(404);
}

/// Makes a webhook fail for six days.
fn fails_for_days(setup: &Setup, id: &str) {
    let id: WebhookId = id.parse().unwrap();
    let since = UnixMs::from(chrono::Utc::now()) - 6 * 24 * 3_600_000;
    assert!(setup.change(move |connection| change::webhook_failing(connection, id, since)));
}

#[test]
fn a_failed_test_switches_no_webhook_off() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let (id, _) = made(&setup, &receiver.url("/status/500"), &json!(["call.started"]));
    fails_for_days(&setup, &id);
    assert_eq!(setup.send("POST", &format!("{PATH}/{id}/test"), &Value::Null).status, 202);
    wait_delivery(&setup, &id, "failed");
    let shown = setup.json(&format!("{PATH}/{id}"));
    assert_eq!(shown["enabled"], json!(true), "{shown}");
    for (url, is_failing) in [("/status/500", true), ("/elsewhere", false)] {
        let body = json!({ "url": receiver.url(url), "events": ["call.started"] });
        let changed = setup.send("PUT", &format!("{PATH}/{id}"), &body).json();
        assert_eq!(!changed["failing_since"].is_null(), is_failing, "{changed}");
    }
}

#[test]
fn a_webhook_failing_for_days_is_switched_off_and_reported() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let (id, _) = made(&setup, &receiver.url("/status/500"), &json!(["call.started"]));
    setup.send("PUT", "/api/v1/notices", &json!({ "webhook_off": { "email": ["owner@example.com"] } }));
    fails_for_days(&setup, &id);
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    wait_received(&receiver, 3);
    assert_eq!(setup.json(&format!("{PATH}/{id}"))["enabled"], json!(true), "this event is tried again");
    // Its day is over.
    setup.stranger().batch_execute("UPDATE deliveries SET give_up_at = '2020-01-01 00:00:00'").unwrap();
    wait_delivery(&setup, &id, "failed");
    let shown = setup.json(&format!("{PATH}/{id}"));
    assert_eq!(
        (&shown["enabled"], &shown["off_reason"]),
        (&json!(false), &json!("it has taken nothing for 5 days"))
    );
    let told = wait_until("a letter", SOON, || setup.letters.all().pop()).unwrap();
    assert_eq!(
        (told.to.as_str(), told.letter.subject.as_str()),
        ("owner@example.com", "A webhook was switched off")
    );
    let text = &told.letter.text;
    assert!(text.contains("127.0.0.1") && text.contains(&id), "{text}");
    assert!(!text.contains("/status"), "the rest of an address may be secret: {text}");
    assert_eq!(setup.json("/api/v1/audit-log")["items"][0]["action"], "webhook.switched_off");
    let again = json!({ "url": receiver.url("/ok"), "events": ["call.started"] });
    let on = setup.send("PUT", &format!("{PATH}/{id}"), &again).json();
    assert_eq!(
        (&on["enabled"], &on["off_reason"], &on["failing_since"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
}

fn lead() -> WebhookEvent {
    WebhookEvent::LeadCreated(LeadPayload {
        id: "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10".parse().unwrap(),
        call_id: None,
        customer_id: None,
        name: Some("Ann".to_owned()),
        phone: Some("+4930123456".to_owned()),
        need: Some("A new roof".to_owned()),
        urgency: None,
        budget: None,
        address: None,
    })
}

#[test]
fn rolled_back_changes_are_never_sent_and_others_once() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let (id, _) = made(&setup, &receiver.url("/ok"), &json!(["lead.created"]));
    let organization_id = setup.store.organization_id();
    let taken_back = setup.store.change(move |connection| {
        change::enqueue(connection, organization_id, lead())?;
        Err::<(), _>(cordboard::store::StoreError::NoBeginning)
    });
    actix::System::new().block_on(taken_back).unwrap_err();
    // Two servers look at the same time, before this server does.
    let claimed = setup.store.change(move |connection| {
        change::enqueue(connection, organization_id, lead())?;
        let now = UnixMs::from(chrono::Utc::now());
        let owner = query::due_organizations(connection, now)?.pop().unwrap();
        let target = query::due_targets(connection, &owner, now)?.pop().unwrap();
        let mut claim = || change::claim_deliveries(connection, (&owner, &target), 10, now, now + 500);
        Ok((claim()?.len(), claim()?.len()))
    });
    assert_eq!(actix::System::new().block_on(claimed).unwrap(), (1, 0));
    // The server that claimed it died: when the claim has expired, another server sends it.
    let delivery = wait_delivery(&setup, &id, "delivered");
    assert_eq!(delivery["attempts"], 2);
    assert_eq!(receiver.received().len(), 1);
    let body: Value = serde_json::from_str(&receiver.received()[0].body).unwrap();
    assert_eq!((&body["type"], &body["data"]["need"]), (&json!("lead.created"), &json!("A new roof")));
}

#[test]
fn leads_and_bookings_are_sent_once_and_leads_are_mailed() {
    let (setup, receiver) = (Setup::open(), Receiver::start().unwrap());
    let events = json!(["lead.created", "appointment.booked", "appointment.moved", "appointment.cancelled"]);
    let (id, secret) = made(&setup, &receiver.url("/ok"), &events);
    setup.send("PUT", "/api/v1/notices", &json!({ "new_lead": { "email": ["owner@example.com"] } }));
    let lead = crate::leads::lead(&setup, "Ann", "a new roof");
    let changed =
        setup.send("PATCH", &format!("/api/v1/leads/{}", lead.id), &json!({ "status": "contacted" }));
    assert_eq!(changed.status, 200, "{changed:?}");
    let book = |hour: u32, more: Value| {
        let mut body = json!({
            "service": "Inspection", "starts_at": format!("2027-03-01T{hour:02}:00:00Z"), "zone": "Europe/Berlin", "name": "Ann",
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = setup.send("POST", "/api/v1/appointments", &body);
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.header("location").unwrap().to_owned()
    };
    let agreed = book(9, json!({}));
    let held = book(11, json!({ "hold_minutes": 10 }));
    for change in [
        json!({ "status": "confirmed" }),
        json!({ "notes": "x" }),
        json!({ "starts_at": "2027-03-01T13:00:00Z" }),
    ] {
        assert_eq!(setup.send("PATCH", &held, &change).status, 200, "{change}");
    }
    assert_eq!(setup.send("PATCH", &agreed, &json!({ "status": "cancelled" })).status, 200);
    // It was never booked.
    let released = book(15, json!({ "hold_minutes": 10 }));
    assert_eq!(setup.send("PATCH", &released, &json!({ "status": "cancelled" })).status, 200);
    let told = wait_received(&receiver, 5);
    let deliveries = setup.json(&format!("{PATH}/{id}/deliveries"));
    assert_eq!(deliveries["items"].as_array().unwrap().len(), 5, "nothing is sent twice: {deliveries}");
    let mut what: Vec<(String, String)> = Vec::new();
    for request in &told {
        let header = |name| request.header(name).unwrap();
        let text = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), request.body);
        assert_eq!(header("webhook-signature"), signature_by_node(&secret, &text));
        let body: Value = serde_json::from_str(&request.body).unwrap();
        what.push((
            body["type"].as_str().unwrap().to_owned(),
            body["data"]["id"].as_str().unwrap().to_owned(),
        ));
        if body["type"] == "appointment.moved" {
            assert_eq!(body["data"]["starts_at"], "2027-03-01T13:00:00.000Z");
        }
        if body["type"].as_str().unwrap().starts_with("appointment.") {
            assert_eq!(
                (&body["data"]["title"], &body["data"]["time_zone"], &body["data"]["phone"]),
                (&json!("Inspection"), &json!("Europe/Berlin"), &Value::Null)
            );
        }
    }
    what.sort();
    let id_of = |place: &str| place.rsplit('/').next().unwrap().to_owned();
    let mut expected = vec![
        ("appointment.booked".to_owned(), id_of(&agreed)),
        ("appointment.booked".to_owned(), id_of(&held)),
        ("appointment.moved".to_owned(), id_of(&held)),
        ("appointment.cancelled".to_owned(), id_of(&agreed)),
        ("lead.created".to_owned(), lead.id.to_string()),
    ];
    expected.sort();
    assert_eq!(what, expected);
    let letter = wait_until("a letter", SOON, || setup.letters.all().pop()).unwrap();
    assert_eq!((letter.to.as_str(), letter.letter.subject.as_str()), ("owner@example.com", "New lead: Ann"));
}
