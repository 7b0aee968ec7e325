//! Text messages: stored before they are sent, sent by one server, updated in any order of reports, and never sent after a STOP.

use cordboard::store::{
    Connection, CustomerQuery, DeliveryReport, Incoming, MessageName, MessageQuery, Store, TextRefused,
    TextSaid, TextSettings, TextWanted, TextsLeft, TextsOf, change, query,
};
use cordboard_schema::account::PageLanguage;
use cordboard_schema::call::Direction;
use cordboard_schema::changed::Thing;
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::did::{Did, Proof};
use cordboard_schema::ids::{MessageId, OrganizationId, PhoneNumberId};
use cordboard_schema::known_caller::{KnownCaller, OwnNumbers};
use cordboard_schema::limits::{TEXTS_PER_CALL_MAX, TEXTS_PER_DAY_MAX};
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::sms::Keyword;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::AccountSid;
use cordboard_schema::written::Written;
use serde_json::{Value, json};
use uuid::Uuid;

use super::profiles::{ANYBODY, with_own_numbers};
use super::room::{Room, first_profile, read};
use super::tool_writes::{Desk, asked, held, open_on_weekdays, refusal, set_business, slot};

/// The number that conversations come from.
const CALLER: &str = "+49301234";

fn now() -> UnixMs {
    chrono::Utc::now().into()
}

fn text(words: &str) -> cordboard_actors::tools::ToolWrite {
    asked("send_sms", json!({ "text": words }))
}

/// Returns the organization's messages, newest first.
async fn all(desk: &Desk) -> Vec<Message> {
    let query = MessageQuery { limit: 100, ..MessageQuery::default() };
    desk.read(move |connection, id| query::messages(connection, id, query)).await
}

/// Has a call write a message, with words that none had before.
async fn written(desk: &mut Desk) -> MessageId {
    match desk.run(text(&format!("Hello {}", Uuid::now_v7()))).await.unwrap().written {
        Some(Written::TextQueued(id)) => id,
        other => panic!("{other:?}"),
    }
}

async fn hear(
    store: &Store,
    name: MessageName,
    status: MessageStatus,
    error_code: Option<i64>,
) -> Option<Message> {
    let heard = DeliveryReport { status, sid: Some("SM1".to_owned()), error_code };
    let setup = store.configured_numbers().clone();
    let hear = move |connection: &mut Connection| {
        change::hear_of_text(connection, None, &name, &heard, (&setup, now()))
    };
    store.change(hear).await.unwrap()
}

/// Gives the first organization this number.
pub(crate) async fn has_number(store: &Store, number: &'static str) {
    has_number_proved(store, number, Proof::Operator).await;
}

/// The same, with this proof.
pub(super) async fn has_number_proved(store: &Store, number: &'static str, proof: Proof) {
    let own = store.change(move |connection| {
        let organization_id = query::first_organization(connection)?.unwrap();
        let did = Did {
            id: PhoneNumberId(Uuid::now_v7()),
            organization_id,
            number: number.parse().unwrap(),
            profile_id: first_profile(connection, organization_id)?,
            answering: serde_json::from_value(json!({ "label": "", "mode": "media_streams" })).unwrap(),
            proof,
        };
        change::create_phone_number(connection, &did)
    });
    own.await.unwrap();
}

fn incoming(store: &Store, sid: &str, body: &str) -> Incoming {
    Incoming {
        organization_id: store.organization_id(),
        sid: sid.to_owned(),
        from: CALLER.to_owned(),
        to: "+15550100001".to_owned(),
        body: body.to_owned(),
        keyword: Keyword::read(None, body),
        sent_at: None,
    }
}

async fn receive(store: &Store, sid: &str, body: &str) -> bool {
    let incoming = incoming(store, sid, body);
    keep(store, incoming).await
}

async fn keep(store: &Store, incoming: Incoming) -> bool {
    let setup = store.configured_numbers().clone();
    let receive =
        move |connection: &mut Connection| change::receive_text(connection, &incoming, (&setup, now()));
    store.change(receive).await.unwrap()
}

#[actix::test]
async fn a_message_is_stored_once_and_waits() {
    let mut desk = Desk::open().await;
    let odd = "'; DROP TABLE messages; -- 🦊 محمد";
    desk.run(text(odd)).await.unwrap();
    let [message] = &all(&desk).await[..] else { panic!("not one") };
    assert_eq!(
        (message.status, message.body.as_str(), message.segments),
        (MessageStatus::Queued, odd, Some(1))
    );
    assert_eq!((message.from.as_str(), message.to.as_str()), ("+15550100001", CALLER));
    let caller = KnownCaller::parse(CALLER, &OwnNumbers::default()).unwrap();
    let customer = desk.read(move |connection, id| query::customer_known_as(connection, id, &caller)).await;
    assert_eq!(message.customer_id, customer.map(|customer| customer.id));
    // The organization's own number is preferred.
    has_number(&desk.store, "+15550100009").await;
    desk.run(text("again")).await.unwrap();
    assert_eq!(all(&desk).await[0].from, "+15550100009");
}

#[actix::test]
async fn a_template_is_filled_completely_or_refused() {
    let mut desk = Desk::open().await;
    let template = |name: &str| asked("send_sms", json!({ "template": name }));
    assert!(refusal(desk.run(template("confirmation")).await).contains("has no templates"));
    let mut profile = open_on_weekdays("Europe/Berlin");
    profile["name"] = json!("Roofs & {Co}");
    profile["sms_templates"] =
        json!([{ "name": "Confirmation", "text": "{service} for {name} on {appointment}. {business}" }]);
    set_business(&desk.store, 1, profile).await;
    assert!(refusal(desk.run(template("welcome")).await).contains("Confirmation"));
    let missing = refusal(desk.run(template("confirmation")).await);
    assert!(missing.contains("service is not known"), "{missing}");
    let at = slot();
    let hold: Value =
        json!({ "action": "hold", "service": "inspection", "starts_at": at, "name": "Ann {business}" });
    let id = held(desk.run(asked("book_estimate", hold)).await);
    desk.run(template("confirmation")).await.unwrap();
    let message = all(&desk).await.remove(0);
    let there = at.with_timezone(&chrono_tz::Europe::Berlin).format("%Y-%m-%d %H:%M");
    assert_eq!(message.body, format!("Inspection for Ann {{business}} on {there}. Roofs & {{Co}}"));
    assert_eq!(message.template.as_deref(), Some("Confirmation"));
    // Held, but not confirmed in time: the caller has no appointment.
    let lapse = move |connection: &mut Connection, organization_id| {
        let mut appointment = query::appointment(connection, organization_id, id)?.unwrap();
        let read = appointment.updated_at;
        appointment.hold_until = Some(now());
        appointment.updated_at = read.next_change(now());
        change::update_appointment(connection, &appointment, read, now())
    };
    let organization_id = desk.store.organization_id();
    assert!(desk.store.change(move |connection| lapse(connection, organization_id)).await.unwrap());
    let missing = refusal(desk.run(template("confirmation")).await);
    assert!(missing.contains("service is not known"), "{missing}");
}

#[actix::test]
async fn a_template_writes_the_time_in_the_businesss_language() {
    let mut desk = Desk::open().await;
    let mut profile = open_on_weekdays("Europe/Berlin");
    profile["languages"] = json!(["tr", "de-AT", "en"]);
    profile["sms_templates"] = json!([{ "name": "Termin", "text": "Bis {appointment} Uhr." }]);
    set_business(&desk.store, 1, profile).await;
    let at = slot();
    let hold = json!({ "action": "hold", "service": "Inspection", "starts_at": at });
    held(desk.run(asked("book_estimate", hold)).await);
    desk.run(asked("send_sms", json!({ "template": "Termin" }))).await.unwrap();
    let there = PageLanguage::De.short_moment(at, chrono_tz::Europe::Berlin);
    assert_eq!(all(&desk).await[0].body, format!("Bis {there} Uhr."));
}

#[actix::test]
async fn a_template_has_the_confirmed_time_among_held_ones() {
    let mut desk = Desk::open().await;
    let mut profile = open_on_weekdays("UTC");
    profile["sms_templates"] = json!([{ "name": "Confirmation", "text": "See you on {appointment}." }]);
    set_business(&desk.store, 1, profile).await;
    let agreed = slot();
    let hold = |at: chrono::DateTime<chrono::Utc>| {
        asked("book_estimate", json!({ "action": "hold", "service": "Inspection", "starts_at": at }))
    };
    let id = held(desk.run(hold(agreed)).await);
    // Held as well, but not confirmed.
    held(desk.run(hold(agreed + chrono::TimeDelta::hours(2))).await);
    let confirm = asked("book_estimate", json!({ "action": "confirm", "appointment": id }));
    desk.run(confirm).await.unwrap();
    desk.run(asked("send_sms", json!({ "template": "Confirmation" }))).await.unwrap();
    let there = agreed.format("%Y-%m-%d %H:%M");
    assert_eq!(all(&desk).await[0].body, format!("See you on {there}."));
}

#[actix::test]
async fn a_template_has_the_moved_appointment_of_an_earlier_call() {
    let mut desk = Desk::open().await;
    let mut profile = open_on_weekdays("UTC");
    profile["sms_templates"] = json!([{ "name": "Confirmation", "text": "See you on {appointment}." }]);
    set_business(&desk.store, 1, profile).await;
    let later = |hours| slot() + chrono::TimeDelta::hours(hours);
    let hold = |hours| {
        asked(
            "book_estimate",
            json!({ "action": "hold", "service": "Inspection", "starts_at": later(hours) }),
        )
    };
    let of = |action: &str, id| {
        asked("book_estimate", json!({ "action": action, "appointment": id, "starts_at": later(4) }))
    };
    let id = held(desk.run(hold(0)).await);
    desk.run(of("confirm", id)).await.unwrap();
    desk.next_call().await;
    // The caller considers a second appointment, and moves the first one instead.
    held(desk.run(hold(2)).await);
    desk.run(of("move", id)).await.unwrap();
    desk.run(asked("send_sms", json!({ "template": "Confirmation" }))).await.unwrap();
    assert_eq!(all(&desk).await[0].body, format!("See you on {}.", later(4).format("%Y-%m-%d %H:%M")));
}

#[actix::test]
async fn no_message_follows_a_stop_until_a_start() {
    let mut desk = Desk::open().await;
    // No database stores a NUL; a message with a NUL is still a message.
    assert!(receive(&desk.store, "SM6", "a\0b").await);
    assert_eq!(all(&desk).await[0].body, "a\u{fffd}b");
    assert!(receive(&desk.store, "SM7", "Stop.").await);
    assert!(refusal(desk.run(text("Hello")).await).contains("asked for no text messages"));
    // Repeating it changes nothing, also after a later state.
    assert!(receive(&desk.store, "SM8", "START").await);
    assert!(!receive(&desk.store, "SM7", "Stop.").await);
    let id = written(&mut desk).await;
    assert_eq!(all(&desk).await.len(), 4);
    // The provider knows of a STOP that was sent elsewhere.
    hear(&desk.store, MessageName::Id(id), MessageStatus::Failed, Some(21_610)).await.unwrap();
    assert!(refusal(desk.run(text("Hello")).await).contains("asked for no text messages"));
}

/// Whether the customer with the number that conversations come from wants no messages; none if there is no such customer.
async fn caller_wants_none(desk: &Desk) -> Option<bool> {
    let caller = KnownCaller::parse(CALLER, &OwnNumbers::default()).unwrap();
    let known = desk.read(move |connection, id| query::customer_known_as(connection, id, &caller)).await;
    known.map(|customer| customer.sms_opted_out)
}

/// Wishes of one sender in the order in which they become known, each with the minutes after which it is fetched if no webhook has brought it; and
/// whether they want no messages in the end.
type Wishes = (&'static [(Option<u64>, &'static str)], bool);

const WISHES: [Wishes; 8] = [
    (&[(None, "STOP"), (Some(5), "START")], true),
    (&[(None, "START"), (Some(5), "STOP")], false),
    (&[(Some(9), "START"), (Some(5), "STOP")], true),
    (&[(Some(9), "STOP"), (Some(5), "START")], false),
    // In two passes, of which the first one has missed the older message.
    (&[(Some(5), "STOP"), (Some(9), "START")], true),
    (&[(Some(5), "START"), (Some(9), "STOP")], false),
    // They are on the list of opt-outs since the first one.
    (&[(Some(9), "STOP"), (None, "STOP"), (Some(5), "START")], true),
    (&[(None, "Hello"), (Some(5), "STOP"), (None, "Are you there?")], true),
];

#[actix::test]
async fn wishes_count_in_the_order_in_which_they_were_sent() {
    let room = Room::new();
    let store = room.store();
    for (number, (wishes, wants_none)) in WISHES.into_iter().enumerate() {
        let from = format!("+4930123400{number}");
        for (step, (minutes, body)) in wishes.iter().enumerate() {
            let sent_at = minutes.map(|minutes| now() - minutes * 60_000);
            let sid = format!("SM{number}{step}");
            let message = Incoming { from: from.clone(), sent_at, ..incoming(&store, &sid, body) };
            assert!(keep(&store, message).await, "{wishes:?}");
        }
        let sender = KnownCaller::parse(&from, &OwnNumbers::default()).unwrap();
        let known =
            read(&store, |connection| query::customer_known_as(connection, store.organization_id(), &sender));
        assert_eq!(known.map(|known| known.sms_opted_out), Some(wants_none), "{wishes:?}");
    }
}

#[actix::test]
async fn a_fetched_text_shows_when_it_was_sent() {
    let desk = Desk::open().await;
    let sent_at = now() - 3_600_000;
    let fetched = || Incoming { sent_at: Some(sent_at), ..incoming(&desk.store, "SM1", "Ya basta") };
    assert!(keep(&desk.store, fetched()).await);
    assert!(!keep(&desk.store, fetched()).await);
    let [message] = &all(&desk).await[..] else { panic!("not one") };
    assert_eq!((message.created_at, message.status), (sent_at, MessageStatus::Received));
    assert!(message.updated_at > sent_at, "it is kept as long as one that comes now");
    assert_eq!(caller_wants_none(&desk).await, Some(false));
    // Its webhook comes after all, with the provider's own reading.
    let webhook = Incoming { keyword: Some(Keyword::Stop), ..incoming(&desk.store, "SM1", "Ya basta") };
    assert!(!keep(&desk.store, webhook).await);
    assert_eq!((caller_wants_none(&desk).await, all(&desk).await.len()), (Some(true), 1));
}

#[actix::test]
async fn stored_texts_and_the_newest_are_known_by_organization() {
    let desk = Desk::open().await;
    let (ours, others) = (desk.store.organization_id(), OrganizationId(Uuid::now_v7()));
    for name in ["SM1", "SM2"] {
        assert!(receive(&desk.store, name, name).await);
    }
    for (owner, found) in [(None, vec!["SM1"]), (Some(ours), vec!["SM1"]), (Some(others), vec![])] {
        let sids = ["SM1", "SM9"].map(str::to_owned);
        let stored = desk.read(move |connection, _| query::stored_texts(connection, owner, &sids)).await;
        assert_eq!(stored.iter().map(String::as_str).collect::<Vec<_>>(), found, "{owner:?}");
    }
    let newest = all(&desk).await[0].created_at;
    for (of, before, found) in [
        (TextsOf::One(ours), newest + 60_000, Some(newest)),
        (TextsOf::One(others), newest + 60_000, None),
        (TextsOf::AllBut(vec![]), newest + 60_000, Some(newest)),
        (TextsOf::AllBut(vec![others]), newest + 60_000, Some(newest)),
        (TextsOf::AllBut(vec![ours]), newest + 60_000, None),
        (TextsOf::One(ours), newest - 60_000, None),
    ] {
        let which = format!("{of:?}, {before:?}");
        let at = desk.read(move |connection, _| query::newest_text(connection, &of, before)).await;
        assert_eq!(at, found, "{which}");
    }
}

/// Deletes that customer.
async fn forget_caller(desk: &Desk) {
    let (caller, organization_id) =
        (KnownCaller::parse(CALLER, &OwnNumbers::default()).unwrap(), desk.store.organization_id());
    let forget = move |connection: &mut Connection| {
        let known = query::customer_known_as(connection, organization_id, &caller)?.unwrap();
        change::forget_customer(connection, organization_id, known.id)
    };
    assert!(desk.store.change(forget).await.unwrap());
}

#[actix::test]
async fn a_stop_outlives_its_customer_until_a_start() {
    let mut desk = Desk::open().await;
    assert!(receive(&desk.store, "SM1", "STOP").await);
    forget_caller(&desk).await;
    assert_eq!(caller_wants_none(&desk).await, None);
    assert!(refusal(desk.run(text("Hello")).await).contains("asked for no text messages"));
    // The next customer with that number wants no messages either.
    assert!(receive(&desk.store, "SM2", "Hello?").await);
    assert_eq!(caller_wants_none(&desk).await, Some(true));
    assert!(refusal(desk.run(text("Hello")).await).contains("asked for no text messages"));
    forget_caller(&desk).await;
    assert!(receive(&desk.store, "SM3", "START").await);
    assert_eq!(caller_wants_none(&desk).await, Some(false));
    written(&mut desk).await;
    forget_caller(&desk).await;
    written(&mut desk).await;
}

#[actix::test]
async fn a_late_report_does_not_bring_a_deleted_customer_back() {
    let mut desk = Desk::open().await;
    assert!(receive(&desk.store, "SM7", "Hello?").await);
    let id = written(&mut desk).await;
    forget_caller(&desk).await;
    hear(&desk.store, MessageName::Id(id), MessageStatus::Failed, Some(21_610)).await.unwrap();
    assert_eq!(caller_wants_none(&desk).await, None);
    assert!(refusal(desk.run(text("Hello")).await).contains("asked for no text messages"));
}

#[actix::test]
async fn a_waiting_message_is_not_sent_after_a_stop() {
    let mut desk = Desk::open().await;
    let (id, organization_id) = (written(&mut desk).await, desk.store.organization_id());
    assert!(receive(&desk.store, "SM7", "STOP").await);
    let claim = move |connection: &mut Connection| change::claim_text(connection, organization_id, id, now());
    assert!(desk.store.change(claim).await.unwrap().is_none());
    let shown = desk.read(move |connection, organization| query::message(connection, organization, id)).await;
    let shown = shown.unwrap();
    assert_eq!((shown.status, shown.error_code), (MessageStatus::Failed, Some(21_610)));
    let left = desk.read(|connection, _| query::texts_left(connection, UnixMs(0), now() + 60_000)).await;
    assert_eq!(left, TextsLeft::default());
}

#[actix::test]
async fn texts_come_from_a_number_of_the_sending_account() {
    let desk = Desk::open().await;
    let organization_id = desk.store.organization_id();
    let own: AccountSid = format!("AC{}", "1".repeat(32)).parse().unwrap();
    has_number(&desk.store, "+493098765001").await;
    has_number_proved(&desk.store, "+493098765002", Proof::Account(own.clone())).await;
    for (account, from) in [(None, "+493098765001"), (Some(own), "+493098765002")] {
        let policy = DialPolicy { numbers_allowed: vec!["+49*".parse().unwrap()], ..DialPolicy::default() };
        let settings = TextSettings { account, policy, ..TextSettings::default() };
        let write = move |connection: &mut Connection| {
            let to = "+493012345678".parse().unwrap();
            let wanted = TextWanted { organization_id, to, call_id: None, from: None, at: now() };
            let admitted = change::admit_text(connection, &settings, &OwnNumbers::default(), wanted)?;
            let said = TextSaid { body: "Hello".to_owned(), template: None, customer_id: None };
            let id = change::queue_text(connection, admitted.unwrap(), said)?.unwrap();
            query::message(connection, organization_id, id)
        };
        assert_eq!(desk.store.change(write).await.unwrap().unwrap().from, from);
    }
}

#[actix::test]
async fn a_call_sends_a_limited_number_of_texts() {
    let mut desk = Desk::open().await;
    for _ in 0..TEXTS_PER_CALL_MAX {
        written(&mut desk).await;
    }
    assert!(refusal(desk.run(text("one more")).await).contains("may send no more"));
    desk.next_call().await;
    written(&mut desk).await;
}

#[actix::test]
async fn texts_that_were_never_sent_use_up_no_day() {
    let desk = Desk::open().await;
    has_number(&desk.store, "+493098765001").await;
    let (organization_id, at) = (desk.store.organization_id(), now());
    for (has_sid, refused) in [(false, None), (true, Some(TextRefused::DayFull))] {
        let policy = DialPolicy { numbers_allowed: vec!["+49*".parse().unwrap()], ..DialPolicy::default() };
        let settings = TextSettings { policy, ..TextSettings::default() };
        // A change has 2 s, also on a busy machine.
        for begin in (0..TEXTS_PER_DAY_MAX).step_by(100) {
            let write = move |connection: &mut Connection| {
                for number in begin..TEXTS_PER_DAY_MAX.min(begin + 100) {
                    let failed = Message {
                        id: MessageId(Uuid::now_v7()),
                        organization_id,
                        customer_id: None,
                        call_id: None,
                        direction: Direction::Outbound,
                        from: "+493098765001".to_owned(),
                        to: "+493012345678".to_owned(),
                        body: "A missed call".to_owned(),
                        template: None,
                        status: MessageStatus::Failed,
                        sid: has_sid.then(|| format!("SM{number}")),
                        error_code: None,
                        segments: Some(1),
                        done_at: None,
                        done_by: None,
                        created_at: at,
                        updated_at: at,
                    };
                    change::create_message(connection, &failed)?;
                }
                Ok(())
            };
            desk.store.change(write).await.unwrap();
        }
        let admit = move |connection: &mut Connection| {
            let to = "+493012345678".parse().unwrap();
            let wanted = TextWanted { organization_id, to, call_id: None, from: None, at };
            change::admit_text(connection, &settings, &OwnNumbers::default(), wanted)
        };
        assert_eq!(desk.store.change(admit).await.unwrap().err(), refused);
    }
}

#[actix::test]
async fn the_same_words_are_sent_once_in_a_call() {
    let mut desk = Desk::open().await;
    let first = desk.run(text("See you")).await.unwrap().written;
    let Some(Written::TextQueued(id)) = first else { panic!("{first:?}") };
    let again = desk.run(text(" See you ")).await.unwrap();
    assert!(again.written.is_none() && again.note.contains("on its way already"), "{again:?}");
    for (status, told) in
        [(MessageStatus::Unknown, "nobody knows"), (MessageStatus::Sent, "was already sent")]
    {
        hear(&desk.store, MessageName::Id(id), status, None).await.unwrap();
        let again = desk.run(text("See you")).await.unwrap();
        assert!(again.written.is_none() && again.note.contains(told), "{again:?}");
    }
    desk.run(text("See you on Monday")).await.unwrap();
    assert_eq!(all(&desk).await.len(), 2);
    // A message that did not arrive may be sent again, and so may the words on another call.
    hear(&desk.store, MessageName::Id(id), MessageStatus::Failed, Some(30_003)).await.unwrap();
    assert!(desk.run(text("See you")).await.unwrap().written.is_some());
    desk.next_call().await;
    assert!(desk.run(text("See you")).await.unwrap().written.is_some());
}

#[actix::test]
async fn one_of_sixteen_senders_sends_a_message() {
    let mut desk = Desk::open().await;
    let (id, organization_id) = (written(&mut desk).await, desk.store.organization_id());
    let claim = move |connection: &mut Connection| change::claim_text(connection, organization_id, id, now());
    let claims = (0..16).map(|_| desk.store.change(claim));
    let claimed = futures_util::future::join_all(claims).await;
    assert_eq!(claimed.into_iter().filter(|claimed| claimed.as_ref().unwrap().is_some()).count(), 1);
    // A server that ended while it was sending: the result is unknown, and no server sends it again.
    let later = now() + 60_000;
    let give_up = move |connection: &mut Connection| {
        assert!(query::texts_left(connection, later, later)?.is_any_late);
        assert_eq!(change::give_up_texts(connection, later, later)?, 1);
        query::texts_left(connection, UnixMs(0), later)
    };
    let mut changes = desk.store.changes();
    assert_eq!(desk.store.change(give_up).await.unwrap(), TextsLeft::default());
    assert_eq!(changes.try_recv().unwrap().what, Thing::Message, "pages are notified");
    assert_eq!(all(&desk).await[0].status, MessageStatus::Unknown);
    let known = hear(&desk.store, MessageName::Id(id), MessageStatus::Delivered, None).await.unwrap();
    assert_eq!((known.status, known.sid.as_deref()), (MessageStatus::Delivered, Some("SM1")));
}

#[actix::test]
async fn late_or_repeated_reports_do_not_change_a_message() {
    let mut desk = Desk::open().await;
    let id = written(&mut desk).await;
    for (told, stands) in [
        (MessageStatus::Sent, MessageStatus::Sent),
        (MessageStatus::Sending, MessageStatus::Sent),
        (MessageStatus::Delivered, MessageStatus::Delivered),
        (MessageStatus::Undelivered, MessageStatus::Delivered),
        (MessageStatus::Delivered, MessageStatus::Delivered),
    ] {
        let message = hear(&desk.store, MessageName::Id(id), told, None).await.unwrap();
        assert_eq!(message.status, stands, "{told:?}");
    }
    let by_name = hear(&desk.store, MessageName::Sid("SM1".to_owned()), MessageStatus::Sent, None).await;
    assert_eq!(by_name.map(|message| message.id), Some(id));
    assert_eq!(hear(&desk.store, MessageName::Sid("SM9".to_owned()), MessageStatus::Sent, None).await, None);
    // An incoming message has no delivery.
    receive(&desk.store, "SM2", "Hello").await;
    assert_eq!(
        hear(&desk.store, MessageName::Sid("SM2".to_owned()), MessageStatus::Failed, None).await,
        None
    );
}

#[actix::test]
async fn an_ambiguous_sender_becomes_no_customer() {
    let room = Room::new();
    let store = with_own_numbers(&room).await;
    for (number, from) in ANYBODY.into_iter().enumerate() {
        let sid = format!("SM{number}");
        let message = Incoming { from: from.to_owned(), ..incoming(&store, &sid, "STOP") };
        assert!(keep(&store, message).await, "{from:?}");
    }
    let (organization_id, query) =
        (store.organization_id(), CustomerQuery { limit: 9, ..CustomerQuery::default() });
    let customers = read(&store, move |connection| query::customers(connection, organization_id, query));
    assert_eq!(customers, []);
}

#[actix::test]
async fn inbound_texts_are_listed_in_order_done_or_not() {
    let room = Room::new();
    let store = room.store();
    for name in ["SM1", "SM2", "SM3", "SM4"] {
        assert!(receive(&store, name, name).await);
    }
    let inbound = MessageQuery { direction: Some(Direction::Inbound), limit: 9, ..MessageQuery::default() };
    let listed =
        |query| read(&store, |connection| query::messages(connection, store.organization_id(), query));
    let bodies = |query| -> Vec<String> { listed(query).into_iter().map(|message| message.body).collect() };
    let all = listed(inbound);
    for message in [all[1].clone(), all[2].clone()] {
        let done = Some((now(), None));
        let see_to = move |connection: &mut Connection| change::set_message_done(connection, &message, done);
        store.change(see_to).await.unwrap();
    }
    assert_eq!(bodies(inbound), ["SM4", "SM3", "SM2", "SM1"]);
    assert_eq!(bodies(MessageQuery { limit: 3, ..inbound }), ["SM4", "SM3", "SM2"]);
    assert_eq!(bodies(MessageQuery { before: Some(all[1].id), ..inbound }), ["SM2", "SM1"]);
    assert_eq!(bodies(MessageQuery { is_done: Some(true), ..inbound }), ["SM3", "SM2"]);
}
