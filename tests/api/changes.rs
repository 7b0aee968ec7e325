//! Changes that pages follow: reported by kind, and only to users who may read that kind.

use cordboard::store::{Asker, DeliveryReport, MessageName, change};
use cordboard_schema::call::Direction;
use cordboard_schema::ids::MessageId;
use cordboard_schema::known_caller::OwnNumbers;
use cordboard_schema::message::{Message, MessageStatus};
use cordboard_schema::permission::Role;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::callbacks::callback;
use crate::floor::Person;
use crate::inbox::text_from;
use crate::isolation::{another_organization, somebody};
use crate::live::{Viewer, open_as};
use crate::people::bearer;
use crate::setup::Setup;

/// Opens a viewer that only follows changes, after its snapshot.
fn viewer(setup: &Setup, token: &Value) -> Viewer {
    let mut viewer = open_as(setup, "?topics=changes", token.as_str().unwrap());
    let snapshot = viewer.event();
    assert_eq!((&snapshot["kind"], &snapshot["calls"]), (&json!("snapshot"), &json!([])));
    viewer
}

/// Returns the next change: its kind and its id.
fn next(viewer: &mut Viewer) -> (Value, Value) {
    let event = viewer.event();
    assert_eq!(event["kind"], "changed", "{event}");
    let members: Vec<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["at", "id", "kind", "seq", "what"], "a change has an id and no contents");
    (event["what"].clone(), event["id"].clone())
}

fn lead(setup: &Setup, who: &Person, name: &str) -> String {
    let made = who.send(setup, "POST", "/api/v1/leads", &json!({ "name": name }));
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["id"].as_str().unwrap().to_owned()
}

#[test]
fn pages_learn_of_changes_to_what_they_show() {
    let setup = Setup::open();
    let [ada, grace] = ["Ada", "Grace"].map(|name| Person::of(&setup, name, Role::Owner));
    let mut seen = viewer(&setup, &grace.token);
    let id = lead(&setup, &ada, "Tom");
    assert_eq!(next(&mut seen), (json!("lead"), json!(id)));
    let path = format!("/api/v1/leads/{id}");
    assert_eq!(ada.send(&setup, "PATCH", &path, &json!({ "status": "won" })).status, 200);
    assert_eq!(next(&mut seen), (json!("lead"), json!(id)));
    // Neither a refused request nor one that only reads is a change.
    ada.send(&setup, "PATCH", &path, &json!({ "value_minor": -1 })).problem(422);
    ada.send(&setup, "GET", "/api/v1/leads.csv", &Value::Null);
    let link = ada.send(
        &setup,
        "POST",
        "/api/v1/webhooks",
        &json!({ "url": "https://example.com/x", "events": ["lead.created"] }),
    );
    assert_eq!(link.status, 201, "{link:?}");
    assert_eq!(next(&mut seen), (json!("webhook"), link.json()["id"].clone()));
}

#[test]
fn an_inbox_learns_that_a_text_is_done() {
    let setup = Setup::open();
    let [ada, grace] = ["Ada", "Grace"].map(|name| Person::of(&setup, name, Role::Agent));
    let text = text_from(&setup, "+493012345678", "Are you open?");
    let mut seen = viewer(&setup, &grace.token);
    let path = format!("/api/v1/messages/{}", text.id);
    for done in [true, false] {
        assert_eq!(ada.send(&setup, "PATCH", &path, &json!({ "done": done })).status, 200);
        assert_eq!(next(&mut seen), (json!("message"), json!(text.id)));
    }
}

#[test]
fn an_inbox_learns_what_removed_users_leave() {
    let setup = Setup::open();
    let owner = Person::of(&setup, "Ada", Role::Owner);
    let tom = Person::of(&setup, "Tom", Role::Agent);
    let claim = format!("/api/v1/callbacks/{}/claim", callback(&setup, "a door").id);
    assert_eq!(tom.send(&setup, "POST", &claim, &Value::Null).status, 200);
    let todo = json!({ "type": "todo", "title": "Order pumps", "owner_id": tom.id });
    assert_eq!(tom.send(&setup, "POST", "/api/v1/activities", &todo).status, 201);
    let mut seen = viewer(&setup, &owner.token);
    assert_eq!(owner.send(&setup, "DELETE", &tom.at("/api/v1/users"), &Value::Null).status, 204);
    let several = json!(setup.store.organization_id());
    let told = [next(&mut seen), next(&mut seen), next(&mut seen)];
    let user = (json!("user"), tom.id.clone());
    assert_eq!(told, [(json!("callback"), several.clone()), (json!("activity"), several), user]);
}

#[test]
fn a_calendar_learns_that_a_hold_expired() {
    let setup = Setup::open();
    let owner = Person::of(&setup, "Ada", Role::Owner);
    let path = "/api/v1/appointments";
    let mut body = json!({ "service": "Inspection", "starts_at": "2032-03-01T09:00:00Z" });
    let made = owner.send(&setup, "POST", path, &body).json();
    assert_eq!(owner.send(&setup, "POST", path, &body).problem_code(409), "slot_taken");
    let held = format!("{path}/{}", made["id"].as_str().unwrap());
    let over = "UPDATE appointments SET status = 'held', hold_until = '2026-01-01 00:00:00'";
    setup.stranger().batch_execute(over).unwrap();
    let mut seen = viewer(&setup, &owner.token);
    body["name"] = json!("Tom");
    let next_one = owner.send(&setup, "POST", path, &body).json();
    assert_eq!(owner.send(&setup, "GET", &held, &Value::Null).json()["status"], "cancelled");
    let told = [next(&mut seen), next(&mut seen)];
    assert_eq!(told, [&made, &next_one].map(|one| (json!("appointment"), one["id"].clone())));
}

#[test]
fn pages_learn_of_customers_who_want_no_texts() {
    let setup = Setup::open();
    let owner = Person::of(&setup, "Ada", Role::Owner);
    let number = "+493012345678";
    let body = json!({ "name": "Tom", "phone": number });
    let customer = owner.send(&setup, "POST", "/api/v1/customers", &body).json()["id"].clone();
    let came = text_from(&setup, number, "Are you open?");
    let sent = Message {
        id: MessageId(Uuid::now_v7()),
        direction: Direction::Outbound,
        from: came.to.clone(),
        to: number.to_owned(),
        status: MessageStatus::Sending,
        sid: None,
        ..came
    };
    let id = sent.id;
    setup.change(move |connection| change::create_message(connection, &sent));
    let mut seen = viewer(&setup, &owner.token);
    // The provider's report for a phone whose owner asked for no more texts.
    let heard = DeliveryReport { status: MessageStatus::Failed, sid: None, error_code: Some(21_610) };
    setup.change(move |connection| {
        let known = (&OwnNumbers::default(), crate::entries::now());
        change::hear_of_text(connection, None, &MessageName::Id(id), &heard, known).map(drop)
    });
    let told = [next(&mut seen), next(&mut seen)];
    assert_eq!(told, [(json!("message"), json!(id)), (json!("customer"), customer)]);
}

#[test]
fn pages_of_records_learn_that_their_customer_is_gone() {
    let setup = Setup::open();
    let owner = Person::of(&setup, "Ada", Role::Owner);
    let made = |path: &str, body: &Value| {
        let made = owner.send(&setup, "POST", path, body);
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["id"].as_str().unwrap().to_owned()
    };
    let customers = "/api/v1/customers";
    for (is_merged, starts_at) in [(true, "2032-03-01T09:00:00Z"), (false, "2032-03-02T09:00:00Z")] {
        let [kept, other] = ["Tom", "Thomas"].map(|name| made(customers, &json!({ "name": name })));
        let lead = made("/api/v1/leads", &json!({ "name": "Tom", "customer_id": other }));
        let slot = json!({ "service": "Inspection", "starts_at": starts_at, "customer_id": other });
        let appointment = made("/api/v1/appointments", &slot);
        let mut seen = viewer(&setup, &owner.token);
        let answer = match is_merged {
            true => owner.send(&setup, "POST", &format!("{customers}/{kept}/merge/{other}"), &json!({})),
            false => owner.send(&setup, "DELETE", &format!("{customers}/{other}"), &Value::Null),
        };
        assert!((200..300).contains(&answer.status), "{answer:?}");
        let told = [next(&mut seen), next(&mut seen), next(&mut seen)];
        let gone = [("lead", lead), ("appointment", appointment), ("customer", other)];
        assert_eq!(told, gone.map(|(what, id)| (json!(what), json!(id))), "merged: {is_merged}");
    }
}

#[test]
fn agents_only_learn_of_changes_that_they_may_read() {
    let setup = Setup::open();
    let owner = Person::of(&setup, "Ada", Role::Owner);
    let agent = Person::of(&setup, "Grace", Role::Agent);
    let (mut all, mut some) = (viewer(&setup, &owner.token), viewer(&setup, &agent.token));
    let url = "https://example.com/hook";
    owner.send(&setup, "POST", "/api/v1/webhooks", &json!({ "url": url, "events": ["lead.created"] }));
    owner.send(&setup, "POST", "/api/v1/api-tokens", &json!({ "name": "sync", "scopes": ["leads_read"] }));
    owner.send(&setup, "POST", "/api/v1/agent-profiles", &json!({ "name": "Secretary", "language": "en" }));
    owner.send(
        &setup,
        "POST",
        "/api/v1/invitations",
        &json!({ "email": "eve@example.com", "role": "agent" }),
    );
    let id = lead(&setup, &owner, "Tom");
    let told: Vec<_> = (0..5).map(|_| next(&mut all).0).collect();
    assert_eq!(told, ["webhook", "api_token", "profile", "invitation", "lead"]);
    assert_eq!(next(&mut some), (json!("lead"), json!(id)), "it is the first change that an agent sees");
}

#[test]
fn an_organization_only_learns_of_its_own_changes() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Owner);
    let other = another_organization(&setup);
    let eve = somebody(&setup, other, Role::Owner);
    let mut seen = viewer(&setup, &eve);
    lead(&setup, &ada, "Tom");
    let theirs = bearer(&setup, "POST", "/api/v1/leads", &eve, &json!({ "name": "Mallory" })).json();
    assert_eq!(next(&mut seen), (json!("lead"), theirs["id"].clone()));
}

#[test]
fn clients_get_changes_only_if_they_subscribe() {
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Owner);
    let token = ada.token.as_str().unwrap().to_owned();
    let mut calls = open_as(&setup, "", &token);
    let mut both = open_as(&setup, "?topics=calls,changes", &token);
    calls.event();
    both.event();
    lead(&setup, &ada, "Tom");
    let mut said = crate::entries::Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    assert_eq!(both.event()["kind"], "changed");
    assert_eq!(calls.event()["kind"], "entry", "it is the first event");
    setup.get("/api/v1/live?topics=customers").problem(400);
}

#[test]
fn a_change_that_was_rolled_back_is_not_reported() {
    use cordboard::store::{StoreError, asked_by, change};
    let setup = Setup::open();
    let ada = Person::of(&setup, "Ada", Role::Owner);
    let mut seen = viewer(&setup, &ada.token);
    let organization_id = setup.store.organization_id();
    let entry = cordboard_schema::audit::AuditEntry {
        id: cordboard_schema::ids::AuditId(Uuid::now_v7()),
        organization_id,
        at: crate::entries::now(),
        actor: cordboard_schema::audit::Actor::System,
        action: "customer.updated".to_owned(),
        subject: "never".to_owned(),
        address: None,
        detail: String::new(),
    };
    let refused = setup.block_on(asked_by(
        Asker::Installation,
        setup.store.change(move |connection| {
            change::record_audit(connection, &entry)?;
            Err::<(), _>(StoreError::NoConnection("changed my mind".to_owned()))
        }),
    ));
    assert!(refused.is_err());
    let id = lead(&setup, &ada, "Tom");
    assert_eq!(next(&mut seen), (json!("lead"), json!(id)));
}

#[test]
fn pages_that_follow_changes_leave_room_for_live_views() {
    use cordboard_schema::limits::{LIVE_CLIENTS_OF_ONE_MAX, PAGES_FOLLOWING_OF_ONE_MAX};
    let setup = Setup::open();
    // An owner of the first organization is an operator, for whom some places are reserved.
    let ada = Person::of(&setup, "Ada", Role::Supervisor);
    let following: Vec<_> = (0..PAGES_FOLLOWING_OF_ONE_MAX).map(|_| viewer(&setup, &ada.token)).collect();
    let refused = ada.send(&setup, "GET", "/api/v1/live?topics=changes", &Value::Null);
    assert_eq!(refused.problem_code(429), "share_used_up");
    let token = ada.token.as_str().unwrap();
    let mut calls: Vec<_> = (0..LIVE_CLIENTS_OF_ONE_MAX).map(|_| open_as(&setup, "", token)).collect();
    calls.iter_mut().for_each(|viewer| assert_eq!(viewer.event()["kind"], "snapshot"));
    drop(following);
}

#[test]
fn pages_showing_a_campaign_learn_of_its_progress() {
    let setup = Setup::open();
    let owner = Person::of(&setup, "Ada", Role::Owner);
    let mut seen = viewer(&setup, &owner.token);
    let made = owner.send(&setup, "POST", "/api/v1/campaigns", &json!({ "name": "Renewals" })).json();
    let id = made["id"].clone();
    let (path, number) = (format!("/api/v1/campaigns/{}", id.as_str().unwrap()), "+493055501234");
    owner.send(&setup, "POST", "/api/v1/suppressions", &json!({ "number": number }));
    let people = json!({ "contacts": [{ "number": number }] });
    owner.send(&setup, "POST", &format!("{path}/contacts"), &people);
    let mut told = |many: usize| -> Vec<_> { (0..many).map(|_| next(&mut seen)).collect() };
    let campaign = (json!("campaign"), id.clone());
    let suppression = (json!("suppression"), json!(number));
    assert_eq!(told(3), [campaign.clone(), suppression, campaign.clone()]);
    assert_eq!(owner.send(&setup, "POST", &format!("{path}/start"), &Value::Null).status, 200);
    // A change without a request: the contact is finished, and the campaign with it.
    let (organization_id, now) = (setup.store.organization_id(), crate::entries::now());
    let campaign_id = id.as_str().unwrap().parse().unwrap();
    setup.change(move |connection| {
        change::reserve_attempts(connection, organization_id, campaign_id, now, 1).map(drop)
    });
    assert_eq!(told(3), [campaign.clone(), (json!("contact"), id), campaign]);
}
