//! The outbox: manual retries, and attempts that end late.

use cordboard::store::{Attempted, Connection, DeliveryQuery, NotRedelivered, Store, change, query};
use cordboard_schema::customer::Customer;
use cordboard_schema::delivery::{Delivery, DeliveryState};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CustomerId, DeliveryId, WebhookId};
use cordboard_schema::limits::{DELIVERIES_WAITING_MAX, DELIVERY_AHEAD_MS_MAX, FORGOTTEN_AT_ONCE};
use cordboard_schema::notice::NoticeSettings;
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::{EventKind, LeadPayload, Webhook, WebhookEvent};
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::room::{Room, read};
use crate::entries::Conversation;

/// Attempts after which a delivery pauses for long.
const MANY: u32 = 9;

/// Creates a webhook that gets events of this kind.
async fn webhook_of(store: &Store, kind: EventKind) -> WebhookId {
    let webhook = Webhook {
        id: WebhookId(Uuid::now_v7()),
        organization_id: store.organization_id(),
        url: "https://example.com/".to_owned(),
        events: vec![kind],
        secret: String::new(),
        enabled: true,
        failing_since: None,
        off_reason: None,
        created_at: UnixMs::from(chrono::Utc::now()),
    };
    let id = webhook.id;
    let make = move |connection: &mut Connection| change::create_webhook(connection, &webhook);
    store.change(make).await.unwrap();
    id
}

/// Creates a webhook that should get a lead; returns it with the time of the lead.
async fn to_be_told(store: &Store) -> (WebhookId, UnixMs) {
    let organization_id = store.organization_id();
    let now = UnixMs::from(chrono::Utc::now());
    let id = webhook_of(store, EventKind::LeadCreated).await;
    let lead = LeadPayload {
        id: "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10".parse().unwrap(),
        call_id: None,
        customer_id: None,
        name: None,
        phone: None,
        need: None,
        urgency: None,
        budget: None,
        address: None,
    };
    let tell = move |connection: &mut Connection| {
        change::enqueue(connection, organization_id, WebhookEvent::LeadCreated(lead))
    };
    store.change(tell).await.unwrap();
    (id, now + 1_000)
}

/// Claims the only delivery of a webhook at that time, for a minute.
async fn claimed(store: &Store, webhook: WebhookId, at: UnixMs) -> Option<Delivery> {
    let owner = store.organization_id().to_string();
    let claim = move |connection: &mut Connection| {
        change::claim_deliveries(connection, (&owner, &webhook.to_string()), 9, at, at + 60_000)
    };
    store.change(claim).await.unwrap().pop()
}

async fn finished(store: &Store, delivery: Delivery, state: DeliveryState, due_at: UnixMs) {
    let attempted = Attempted { delivery, state, due_at, status: Some(500), answer: "no".to_owned() };
    store.change(move |connection| change::finish_delivery(connection, &attempted)).await.unwrap();
}

async fn tried_again(store: &Store, webhook: WebhookId, id: DeliveryId) -> Delivery {
    let organization_id = store.organization_id();
    let again =
        move |connection: &mut Connection| change::redeliver(connection, organization_id, webhook, id);
    store.change(again).await.unwrap().unwrap()
}

fn shown(store: &Store, webhook: WebhookId) -> Delivery {
    let query = DeliveryQuery { webhook_id: Some(webhook), before: None, limit: 9 };
    read(store, |connection| query::deliveries(connection, store.organization_id(), query)).remove(0)
}

#[actix::test]
async fn a_manually_retried_delivery_starts_over_at_once() {
    let room = Room::new();
    let store = room.store();
    let (webhook, mut now) = to_be_told(&store).await;
    for _ in 0..MANY {
        let delivery = claimed(&store, webhook, now).await.unwrap();
        now = now + 1_000;
        finished(&store, delivery, DeliveryState::Waiting, now).await;
    }
    let before = shown(&store, webhook);
    assert_eq!(before.attempts, MANY);
    let again = tried_again(&store, webhook, before.id).await;
    assert_eq!((again.attempts, again.state), (0, DeliveryState::Waiting));
    assert!(again.due_at.unwrap() <= UnixMs::from(chrono::Utc::now()), "it is due: {again:?}");
    assert_eq!(
        claimed(&store, webhook, now).await.unwrap().attempts,
        0,
        "its pauses start with the shortest"
    );
}

#[actix::test]
async fn damaged_webhooks_and_notices_keep_no_event_from_others() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let damaged = webhook_of(&store, EventKind::LeadCreated).await;
    let notices = NoticeSettings::default();
    let set =
        move |connection: &mut Connection| change::set_notice_settings(connection, organization_id, &notices);
    store.change(set).await.unwrap();
    // As of a later version.
    let webhook = format!("UPDATE webhooks SET events = '[\"of.later\"]' WHERE id = '{damaged}'");
    room.stranger().batch_execute(&webhook).unwrap();
    room.stranger().batch_execute("UPDATE notice_settings SET settings = '7'").unwrap();
    let (whole, told_by) = to_be_told(&store).await;
    assert!(claimed(&store, whole, told_by).await.is_some());
    let listed = read(&store, |connection| query::webhooks(connection, organization_id));
    assert_eq!(listed.iter().map(|webhook| webhook.id).collect::<Vec<_>>(), [whole]);
}

#[actix::test]
async fn deliveries_postponed_by_a_clock_running_ahead_are_brought_back() {
    let room = Room::new();
    let store = room.store();
    let (webhook, told) = to_be_told(&store).await;
    // A delivery that is retried manually is due by then.
    let now = told + 30_000;
    let latest = now + DELIVERY_AHEAD_MS_MAX;
    let far = || read(&store, |connection| query::deliveries_too_far_ahead(connection, latest));
    let put_off = async |until: UnixMs| {
        let delivery = claimed(&store, webhook, now).await.unwrap();
        finished(&store, delivery, DeliveryState::Waiting, until).await;
    };
    let soon = now + 60_000;
    let back = async |ids: Vec<String>| {
        let back =
            move |connection: &mut Connection| change::bring_deliveries_back(connection, &ids, latest, soon);
        store.change(back).await.unwrap();
    };

    put_off(latest).await;
    let waits = shown(&store, webhook);
    assert_eq!(far(), Vec::<String>::new(), "the longest pause is not too far ahead");
    back(vec![waits.id.to_string()]).await;
    assert_eq!(shown(&store, webhook).due_at, Some(latest), "it may wait until its longest pause ends");

    tried_again(&store, webhook, waits.id).await;
    put_off(latest + 1).await;
    assert_eq!(far(), [waits.id.to_string()]);
    back(far()).await;
    assert_eq!(shown(&store, webhook).due_at, Some(soon));
    let tried = claimed(&store, webhook, soon).await.unwrap();
    finished(&store, tried, DeliveryState::Delivered, latest + 1).await;
    assert_eq!(far(), Vec::<String>::new(), "the delivery is finished");
}

#[actix::test]
async fn a_delivery_is_only_claimed_for_its_organization() {
    let room = Room::new();
    let store = room.store();
    let (webhook, now) = to_be_told(&store).await;
    let owner = store.organization_id().to_string();
    assert_eq!(read(&store, |connection| query::due_organizations(connection, now)), [&*owner]);
    let targets_of = |owner: &str| read(&store, |connection| query::due_targets(connection, owner, now));
    assert_eq!(targets_of(&owner), [webhook.to_string()]);
    assert_eq!(targets_of("another"), Vec::<String>::new());
    let claim = move |connection: &mut Connection| {
        change::claim_deliveries(connection, ("another", &webhook.to_string()), 9, now, now + 60_000)
    };
    assert_eq!(store.change(claim).await.unwrap(), Vec::new());
    assert!(claimed(&store, webhook, now).await.is_some());
}

#[actix::test]
async fn a_late_attempt_leaves_the_newer_one_alone() {
    let room = Room::new();
    let store = room.store();
    let (webhook, now) = to_be_told(&store).await;
    let late = claimed(&store, webhook, now).await.unwrap();
    let id = late.id;
    tried_again(&store, webhook, id).await;
    // In the same millisecond: only the claim distinguishes them.
    let newer = claimed(&store, webhook, now).await.unwrap();
    finished(&store, late, DeliveryState::Failed, now).await;
    assert_eq!(shown(&store, webhook).state, DeliveryState::Waiting, "the newer attempt is under way");
    finished(&store, newer, DeliveryState::Delivered, now).await;
    let over = shown(&store, webhook);
    assert_eq!((over.state, over.attempts), (DeliveryState::Delivered, 1));
}

#[actix::test]
async fn the_missing_length_of_a_recording_is_reported() {
    let room = Room::new();
    let store = room.store();
    let webhook = webhook_of(&store, EventKind::RecordingReady).await;
    for (lost, told) in [(&[][..], None), (&[1_200, 300], Some(1_500))] {
        let mut said = Conversation::new(store.organization_id());
        let mut entries = said.live();
        entries.extend(lost.iter().map(|lost_ms| said.entry(Fact::RecordingLost { lost_ms: *lost_ms })));
        entries.push(said.entry(Fact::RecordingFinished { duration_ms: 2_340 }));
        store.journal(entries);
        store.commit().await.unwrap();
        let later = UnixMs::from(chrono::Utc::now()) + 60_000;
        let delivery = claimed(&store, webhook, later).await.unwrap();
        let data = serde_json::from_str::<Value>(&delivery.body).unwrap()["data"].clone();
        assert_eq!((&data["call_id"], &data["duration_ms"]), (&json!(said.call_id), &json!(2_340)));
        assert_eq!(data.get("lost_ms").and_then(Value::as_u64), told, "{data}");
        finished(&store, delivery, DeliveryState::Delivered, later).await;
    }
}

#[actix::test]
async fn a_recording_that_was_never_written_is_not_ready() {
    let room = Room::new();
    let store = room.store();
    let webhook = webhook_of(&store, EventKind::RecordingReady).await;
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    entries.push(said.entry(Fact::RecordingFailed { reason: "No space left on device".to_owned() }));
    entries.push(said.entry(Fact::RecordingLost { lost_ms: 2_340 }));
    entries.push(said.entry(Fact::RecordingFinished { duration_ms: 0 }));
    store.journal(entries);
    store.commit().await.unwrap();
    let later = UnixMs::from(chrono::Utc::now()) + 60_000;
    assert_eq!(claimed(&store, webhook, later).await, None);
}

#[actix::test]
async fn old_deliveries_are_deleted_in_parts_and_waiting_ones_stay() {
    let room = Room::new();
    let store = room.store();
    let (webhook, now) = to_be_told(&store).await;
    let young = claimed(&store, webhook, now).await.unwrap();
    finished(&store, young, DeliveryState::Delivered, now).await;
    let old = 2 * FORGOTTEN_AT_ONCE + 1;
    room.stranger()
        .batch_execute(&format!(
            "INSERT INTO deliveries (id, organization_id, channel, webhook_id, target, event, body, state, attempts, created_at, \
             due_at, claimed, give_up_at) \
             WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {old}) \
             SELECT '00000000-0000-7000-8000-' || (100000000000 + i), organization_id, channel, webhook_id, target, event, body, \
             CASE WHEN i = 0 THEN 'waiting' ELSE 'delivered' END, attempts, '2020-01-01 00:00:00', due_at, claimed, give_up_at \
             FROM n, deliveries"
        ))
        .unwrap();
    let left = || {
        let query = DeliveryQuery { webhook_id: Some(webhook), before: None, limit: 2 * old };
        let all = read(&store, |connection| query::deliveries(connection, store.organization_id(), query));
        i64::try_from(all.len()).unwrap()
    };
    let before = now - 30 * 24 * 3_600_000;
    for (is_more, over) in [(true, FORGOTTEN_AT_ONCE + 1), (true, 1), (false, 0)] {
        let forget = move |connection: &mut Connection| change::forget_deliveries(connection, before);
        assert_eq!(store.change(forget).await.unwrap(), is_more);
        assert_eq!(left(), over + 2, "the young one and the one that waits are kept");
    }
}

#[actix::test]
async fn a_webhook_that_accepts_nothing_delays_no_other() {
    let room = Room::new();
    let store = room.store();
    let (silent, _) = to_be_told(&store).await;
    room.stranger()
        .batch_execute(&format!(
            "INSERT INTO deliveries (id, organization_id, channel, webhook_id, target, event, body, state, attempts, created_at, \
             due_at, claimed, give_up_at) \
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {DELIVERIES_WAITING_MAX}) \
             SELECT '00000000-0000-7000-8000-' || (100000000000 + i), organization_id, channel, webhook_id, target, event, body, \
             state, attempts, created_at, due_at, claimed, give_up_at FROM n, deliveries"
        ))
        .unwrap();
    let told = |webhook: WebhookId| {
        let query =
            DeliveryQuery { webhook_id: Some(webhook), before: None, limit: 2 * DELIVERIES_WAITING_MAX };
        let all = read(&store, |connection| query::deliveries(connection, store.organization_id(), query));
        i64::try_from(all.len()).unwrap()
    };
    assert_eq!(told(silent), DELIVERIES_WAITING_MAX + 1);
    // Both subscribe to this event.
    let (other, _) = to_be_told(&store).await;
    assert_eq!((told(silent), told(other)), (DELIVERIES_WAITING_MAX + 1, 1));
    let organization_id = store.organization_id();
    for (webhook, is_tried) in [(silent, false), (other, true)] {
        let test = move |connection: &mut Connection| {
            let webhook = query::webhook(connection, organization_id, webhook)?.unwrap();
            change::test_webhook(connection, &webhook, UnixMs::from(chrono::Utc::now()))
        };
        assert_eq!(store.change(test).await.unwrap().is_some(), is_tried);
    }
    // A finished delivery takes room when it is sent again.
    let later = UnixMs::from(chrono::Utc::now()) + 1_000;
    let delivery = claimed(&store, silent, later).await.unwrap();
    let id = delivery.id;
    finished(&store, delivery, DeliveryState::Failed, later).await;
    let again = move |connection: &mut Connection| change::redeliver(connection, organization_id, silent, id);
    assert_eq!(store.change(again).await.unwrap().err(), Some(NotRedelivered::Full));
}

#[actix::test]
async fn failing_webhooks_are_switched_off_despite_unreadable_notices() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let (id, now) = to_be_told(&store).await;
    room.stranger()
        .batch_execute(&format!(
            "INSERT INTO notice_settings (organization_id, settings) VALUES ('{organization_id}', '{{')"
        ))
        .unwrap();
    let fail = move |connection: &mut Connection| {
        let webhook = query::webhook(connection, organization_id, id)?.unwrap();
        change::webhook_failed(connection, &webhook, now, 0)?;
        change::webhook_failed(connection, &webhook, now + 1, 0)
    };
    store.change(fail).await.unwrap();
    let webhook = read(&store, |connection| query::webhook(connection, organization_id, id)).unwrap();
    assert_eq!((webhook.enabled, shown(&store, id).state), (false, DeliveryState::Failed));
}

#[actix::test]
async fn a_late_attempt_of_a_switched_off_webhook_changes_nothing() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let (id, now) = to_be_told(&store).await;
    let late = claimed(&store, id, now).await.unwrap();
    let fail = move |connection: &mut Connection| {
        let webhook = query::webhook(connection, organization_id, id)?.unwrap();
        change::webhook_failed(connection, &webhook, now, 0)?;
        change::webhook_failed(connection, &webhook, now + 1, 0)
    };
    store.change(fail).await.unwrap();
    finished(&store, late, DeliveryState::Waiting, now + 60_000).await;
    let given_up = shown(&store, id);
    assert_eq!(given_up.state, DeliveryState::Failed);
    assert_eq!(given_up.answer.as_deref(), Some("the webhook was switched off"));
}

#[actix::test]
async fn emails_to_a_deleted_customer_are_never_sent() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let ada = Customer {
        email: "Ada@example.com".to_owned(),
        ..Customer::new(CustomerId(Uuid::now_v7()), organization_id, None, UnixMs::from(chrono::Utc::now()))
    };
    let id = ada.id;
    store.change(move |connection| change::create_customer(connection, &ada)).await.unwrap();
    for (target, event, state) in [
        ("ada@example.com", "campaign.email", "delivered"),
        ("ada@example.com", "campaign.email", "waiting"),
        ("ben@example.com", "campaign.email", "delivered"),
        ("ada@example.com", "new_lead", "delivered"),
    ] {
        room.stranger()
            .batch_execute(&format!(
                "INSERT INTO deliveries (id, organization_id, channel, target, event, body, state, attempts, created_at, due_at, \
                 claimed, give_up_at) VALUES ('{}', '{organization_id}', 'email', '{target}', '{event}', '{{}}', '{state}', 1, \
                 '2026-01-01 00:00:00', '2026-01-01 00:00:00', false, '2026-01-02 00:00:00')",
                Uuid::now_v7()
            ))
            .unwrap();
    }
    let forget = move |connection: &mut Connection| change::forget_customer(connection, organization_id, id);
    assert!(store.change(forget).await.unwrap());
    let query = DeliveryQuery { webhook_id: None, before: None, limit: 9 };
    let left = read(&store, |connection| query::deliveries(connection, organization_id, query));
    let mut left: Vec<_> = left.into_iter().map(|delivery| (delivery.target, delivery.event)).collect();
    left.sort();
    let kept = [("ada@example.com", "new_lead"), ("ben@example.com", "campaign.email")];
    assert_eq!(left, kept.map(|(target, event)| (target.to_owned(), event.to_owned())));
}
