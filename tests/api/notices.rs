//! Notices: people get mail about leads, missed calls and failed hand-offs.

use std::time::Duration;

use cordboard::store::{Connection, DeliveryQuery, change, query};
use cordboard::web::{NewAccount, add_user};
use cordboard_schema::account::{User, UserStatus};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::audit::Actor;
use cordboard_schema::call::{Direction, LegKind};
use cordboard_schema::delivery::DeliveryState;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{EffectId, LegId, WebhookId};
use cordboard_schema::limits::{NOTICE_GATHERED_MS, NOTICE_MAILS_PER_DAY_MAX};
use cordboard_schema::permission::Role;
use cordboard_schema::switch::HandoffFailure;
use cordboard_test_support::waiting::wait_until;
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::setup::Setup;

const PATH: &str = "/api/v1/notices";
const SOON: Duration = Duration::from_secs(20);

#[test]
fn recipients_of_notices_are_set_together_and_checked() {
    let setup = Setup::open();
    let nobody = json!({ "email": [], "sms": [] });
    let none = json!({
        "new_lead": nobody, "missed_call": nobody, "failed_handoff": nobody, "webhook_off": nobody,
        "alarm": nobody, "figures_changed": nobody,
    });
    let mut shown = setup.json(PATH);
    assert!(shown.as_object_mut().unwrap().remove("revision").is_some_and(|revision| revision.is_string()));
    assert_eq!(shown, none);
    let wanted = json!({ "new_lead": { "email": ["owner@example.com"], "sms": ["+4930123456"] } });
    for _ in 0..2 {
        assert_eq!(setup.send("PUT", PATH, &wanted).status, 200);
    }
    assert_eq!(setup.json(PATH)["new_lead"], wanted["new_lead"]);
    for (body, named) in [
        (json!({ "new_lead": { "email": ["nobody"] } }), "e-mail"),
        (json!({ "new_lead": { "email": ["a@b\r\nBcc: c@d"] } }), "e-mail"),
        (json!({ "missed_call": { "sms": ["030123456"] } }), "country"),
        (json!({ "missed_call": { "sms": vec!["+4930123456"; 11] } }), "at most 10"),
    ] {
        let detail = setup.send("PUT", PATH, &body).problem(422);
        assert!(detail.contains(named), "{detail}");
    }
    assert_eq!(setup.json(PATH)["new_lead"], wanted["new_lead"], "a bad body changes nothing");
}

#[test]
fn one_kind_of_notice_can_be_changed_alone() {
    let setup = Setup::open();
    let [lead, alarm, missed] = ["lead@example.com", "alarm@example.com", "missed@example.com"]
        .map(|address| json!({ "email": [address], "sms": [] }));
    setup.send("PUT", PATH, &json!({ "new_lead": lead, "alarm": alarm }));
    let changed = setup.send("PATCH", PATH, &json!({ "missed_call": missed }));
    assert_eq!(changed.status, 200, "{changed:?}");
    let now = setup.json(PATH);
    assert_eq!(
        (&now["new_lead"], &now["alarm"], &now["missed_call"]),
        (&lead, &alarm, &missed),
        "a member that was not named is gone"
    );
    assert_eq!(changed.json(), now);
    let bad = json!({ "missed_call": { "sms": ["030"] } });
    assert_eq!(setup.send("PATCH", PATH, &bad).problem_code(422), "invalid");
    assert_eq!(setup.json(PATH), now);
}

#[test]
fn missed_calls_are_notified_and_failed_texts_logged() {
    let setup = Setup::open();
    let to = json!({ "email": ["owner@example.com", "nowhere@example.com"], "sms": ["+4930123456"] });
    setup.send("PUT", PATH, &json!({ "missed_call": to }));
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(missed(&mut said));
    let over = || {
        let items = setup.json(&format!("{PATH}/deliveries"))["items"].clone();
        let over = items.as_array()?.iter().filter(|delivery| delivery["state"] != "waiting").count();
        (over == 3).then_some(items)
    };
    let items = wait_until("three deliveries", SOON, over).unwrap();
    let of = |channel: &str, target: &str| -> Value {
        let is_it = |delivery: &&Value| delivery["channel"] == channel && delivery["target"] == target;
        items.as_array().unwrap().iter().find(is_it).unwrap().clone()
    };
    let letter = of("email", "owner@example.com");
    assert_eq!((&letter["state"], &letter["answer"]), (&json!("delivered"), &json!("250 ok")));
    assert_eq!(letter["event"], "missed_call");
    let refused = of("email", "nowhere@example.com");
    assert_eq!((&refused["state"], &refused["attempts"]), (&json!("failed"), &json!(1)));
    let text = of("sms", "+4930123456");
    assert_eq!(text["state"], "failed");
    assert!(text["answer"].as_str().unwrap().contains("can't be sent"), "{text}");
    let subjects: Vec<String> = setup.letters.all().into_iter().map(|sent| sent.letter.subject).collect();
    assert_eq!(subjects, ["Missed call from +49301234"; 2]);
}

#[test]
fn a_failed_handoff_of_our_call_names_its_callee() {
    let setup = Setup::open();
    setup.send("PUT", PATH, &json!({ "failed_handoff": { "email": ["owner@example.com"] } }));
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = vec![said.started_by("+4930100", "+491705550")];
    if let Event::Fact(Fact::CallStarted { direction, .. }) = &mut entries[0].event {
        *direction = Direction::Outbound;
    }
    let (handoff, target, reason) = (EffectId(1), "operator".to_owned(), String::new());
    entries.push(said.entry(Decision::Answered));
    entries.push(said.entry(Decision::HandoffRequested { handoff, target, reason }));
    entries.push(said.entry(Decision::HandoffAbandoned { handoff, failure: HandoffFailure::NoAnswer }));
    setup.journal(entries);
    let sent = wait_until("the letter", SOON, || setup.letters.all().into_iter().next()).unwrap();
    assert!(sent.letter.text.contains("Caller: +491705550\n"), "{}", sent.letter.text);
    assert!(!sent.letter.text.contains("+4930100"), "our own number: {}", sent.letter.text);
}

/// Returns the journal of a call with audio that was not answered.
fn missed(said: &mut Conversation) -> Vec<JournalEntry> {
    let joined = Fact::LegJoined { leg: LegId(1), leg_kind: LegKind::Audiosocket, rate: SampleRate::HZ_8000 };
    let mut entries = vec![said.started(), said.entry(joined)];
    entries.extend(said.ended(NextStep::Hangup));
    entries
}

#[test]
fn a_call_without_audio_causes_no_notice() {
    let setup = Setup::open();
    setup.send(
        "PUT",
        PATH,
        &json!({ "missed_call": { "email": ["owner@example.com"], "sms": ["+4930123456"] } }),
    );
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = vec![said.started()];
    entries.extend(said.ended(NextStep::Hangup));
    setup.journal(entries);
    assert_eq!(setup.json(&format!("{PATH}/deliveries"))["items"], json!([]));
}

#[test]
fn a_disabled_user_gets_no_notices() {
    let setup = Setup::open();
    let organization_id = setup.store.organization_id();
    let account = NewAccount {
        organization_id,
        email: "kurt@example.com".to_owned(),
        name: "Kurt".to_owned(),
        role: Role::Admin,
        password: "correct horse battery".to_owned(),
    };
    let kurt = setup.block_on(add_user(&setup.store, account, Actor::Installation)).unwrap();
    let kurt = User { status: UserStatus::Disabled, ..kurt };
    let disable = move |connection: &mut Connection| change::update_user(connection, &kurt);
    setup.block_on(setup.store.change(disable)).unwrap();
    let to = json!({ "email": ["Kurt@example.com", "owner@example.com"] });
    assert_eq!(setup.send("PUT", PATH, &json!({ "missed_call": to })).status, 200);
    setup.journal(missed(&mut Conversation::new(organization_id)));
    let items = setup.json(&format!("{PATH}/deliveries"))["items"].clone();
    let targets: Vec<&Value> = items.as_array().unwrap().iter().map(|delivery| &delivery["target"]).collect();
    assert_eq!(json!(targets), json!(["owner@example.com"]));
}

#[test]
fn many_missed_calls_cause_one_mail_and_one_summary() {
    let setup = Setup::open();
    setup.send("PUT", PATH, &json!({ "missed_call": { "email": ["owner@example.com"] } }));
    let organization_id = setup.store.organization_id();
    let miss = || setup.journal(missed(&mut Conversation::new(organization_id)));
    miss();
    wait_until("the first letter", SOON, || (setup.letters.all().len() == 1).then_some(())).unwrap();
    let told = || {
        let query = DeliveryQuery { webhook_id: None, before: None, limit: 100 };
        let read = move |connection: &mut Connection| query::deliveries(connection, organization_id, query);
        setup.block_on(setup.store.reads().run(read)).unwrap()
    };
    wait_until("the end of the first", SOON, || (told()[0].state == DeliveryState::Delivered).then_some(()))
        .unwrap();
    for _ in 0..30 {
        miss();
    }
    let [waiting, first] = &told()[..] else { panic!("{:?}", told()) };
    let letter = query::letter(waiting).unwrap();
    assert_eq!((letter.subject.as_str(), letter.stands_for), ("30 missed calls", 30));
    assert!(letter.text.starts_with("From: +49301234\n"), "{}", letter.text);
    let pause = waiting.due_at.unwrap().ms_since(first.tried_at.unwrap());
    assert_eq!(pause, NOTICE_GATHERED_MS, "the summary is not sent sooner");
    assert_eq!(setup.letters.all().len(), 1);
}

#[test]
fn an_organizations_mails_and_texts_of_a_day_are_bounded() {
    let setup = Setup::open();
    let organization_id = setup.store.organization_id();
    let recipients =
        |of: usize| (0..10).map(|one| format!("owner-{of}-{one}@example.com")).collect::<Vec<_>>();
    // A moment far from both midnights, so that all are of one day.
    let noon = cordboard_schema::time::UnixMs::from(chrono::Utc::now()).utc_day() + 12 * 3_600_000;
    let webhook_is_off = |of: usize| {
        setup.send("PUT", PATH, &json!({ "webhook_off": { "email": recipients(of) } }));
        let url = format!("https://hooks.example/{of}");
        let webhook =
            setup.send("POST", "/api/v1/webhooks", &json!({ "url": url, "events": ["call.ended"] })).json();
        let id: WebhookId = webhook["id"].as_str().unwrap().parse().unwrap();
        setup.change(move |connection| {
            let webhook = query::webhook(connection, organization_id, id)?.unwrap();
            change::webhook_failed(connection, &webhook, noon, 0)?;
            change::webhook_failed(connection, &webhook, noon + 1, 0)
        });
        setup.send("DELETE", &format!("/api/v1/webhooks/{id}"), &Value::Null);
    };
    (0..60).for_each(webhook_is_off);
    let made = || {
        let day = move |connection: &mut Connection| {
            let query = DeliveryQuery { webhook_id: None, before: None, limit: 10_000 };
            query::deliveries(connection, organization_id, query)
        };
        i64::try_from(setup.block_on(setup.store.reads().run(day)).unwrap().len()).unwrap()
    };
    assert_eq!(made(), NOTICE_MAILS_PER_DAY_MAX, "600 were requested");
    // If the clock was ahead when they were made, they are not of this day.
    let later = "UPDATE deliveries SET created_at = '2126-01-01 00:00:00'";
    setup.change(move |connection| Ok(connection.batch_execute(later)?));
    webhook_is_off(60);
    assert_eq!(made(), NOTICE_MAILS_PER_DAY_MAX + 10);
}

#[test]
fn an_answered_call_causes_no_notice() {
    let setup = Setup::open();
    let settings = json!({ "missed_call": { "email": ["owner@example.com"] } });
    setup.send("PUT", PATH, &settings);
    let mut said = Conversation::new(setup.store.organization_id());
    let mut entries = said.live();
    entries.extend(said.ended(NextStep::Hangup));
    setup.journal(entries);
    assert_eq!(setup.json(&format!("{PATH}/deliveries"))["items"], json!([]));
}
