//! Settings of calls and desks are only read again after they have changed, whoever changed them.

use std::collections::BTreeMap;

use actix::{Actor, Addr};
use cordboard::store::{Store, StoreActor, change};
use cordboard_actors::messages::{LoadDialling, LoadFloor, LoadProfiles, Revision};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::did::Proof;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::integration::{Integration, IntegrationKind, IntegrationSettings};
use diesel::connection::SimpleConnection as _;
use serde_json::json;

use super::floor::{changed, queue, user};
use super::room::Room;
use crate::entries::{Conversation, now};

/// A copy of all settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Known {
    profiles: Option<Revision>,
    dialling: Option<Revision>,
    floors: Option<Revision>,
}

/// Returns which parts were read again: profiles, dialling, floors.
type Read = [bool; 3];

const NOTHING: Read = [false; 3];

impl Known {
    async fn looks(&mut self, actor: &Addr<StoreActor>) -> Read {
        let profiles = actor.send(LoadProfiles { known: self.profiles }).await.unwrap().unwrap();
        let dialling = LoadDialling { day: now().utc_day(), known: self.dialling };
        let dialling = actor.send(dialling).await.unwrap().unwrap().said;
        let floors = LoadFloor { organization_id: None, known: self.floors };
        let floors = actor.send(floors).await.unwrap().unwrap();
        let read = [profiles.is_some(), dialling.is_some(), floors.is_some()];
        self.profiles = profiles.map(|seen| seen.revision).or(self.profiles);
        self.dialling = dialling.map(|seen| seen.revision).or(self.dialling);
        self.floors = floors.map(|seen| seen.revision).or(self.floors);
        read
    }
}

/// Statements that change each table that is read, and the parts to read again after them.
fn statements(first: OrganizationId, user: &str) -> Vec<(String, Read)> {
    let at = "'2026-11-24 12:00:00'";
    let tool = format!(
        "INSERT INTO custom_tools (id, organization_id, profile_id, name, description, method, url, parameters, headers, timeout_ms, created_at) \
         SELECT '0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10', '{first}', id, 'tool', '', 'GET', 'https://example.com/', '{{}}', '[]', 1, {at} FROM agent_profiles"
    );
    let number = "UPDATE phone_numbers SET number = '+15550100002'";
    [
        (format!("UPDATE organizations SET name = 'Roofs' WHERE id = '{first}'"), [true, true, true]),
        ("UPDATE business_profiles SET revision = revision + 1".to_owned(), [true, true, true]),
        ("DELETE FROM business_profiles".to_owned(), [true, true, true]),
        ("UPDATE agent_profiles SET revision = revision + 1".to_owned(), [true, false, true]),
        ("UPDATE agent_profile_versions SET note = 'x'".to_owned(), [true, false, true]),
        (tool, [true, false, true]),
        ("DELETE FROM custom_tools".to_owned(), [true, false, true]),
        (number.to_owned(), [false, true, false]),
        ("DELETE FROM phone_numbers".to_owned(), [false, true, false]),
        (
            format!("INSERT INTO extensions (organization_id, name, title, target, created_at) VALUES ('{first}', 'x', '', 'c,1,1', {at})"
            ),
            [false, true, false],
        ),
        ("DELETE FROM extensions".to_owned(), [false, true, false]),
        ("DELETE FROM dial_policies".to_owned(), [false, true, false]),
        (
            format!("INSERT INTO grants (organization_id, kind, name) VALUES ('{first}', 'switch', 'pbx')"),
            [false, true, false],
        ),
        ("DELETE FROM grants".to_owned(), [false, true, false]),
        (format!("UPDATE users SET name = 'Grace' WHERE id = '{user}'"), [false, false, true]),
        (format!("UPDATE users SET status = 'disabled' WHERE id = '{user}'"), [false, false, true]),
        ("UPDATE queue_members SET tier = 3".to_owned(), [false, false, true]),
        ("DELETE FROM queue_members".to_owned(), [false, false, true]),
        ("UPDATE queues SET title = 'Sales'".to_owned(), [false, true, true]),
        ("DELETE FROM queues".to_owned(), [false, true, true]),
    ]
    .into()
}

/// Every table has a row, so that each statement changes something.
async fn furnished(store: &Store) -> String {
    let first = store.organization_id();
    let ada = user(store, first, "Ada").await;
    let sales = queue(first, "sales", &[(ada.id, 0)]);
    changed(store, move |connection| change::create_queue(connection, &sales)).await;
    let policy = Default::default();
    changed(store, move |connection| change::set_dial_policy(connection, first, &policy)).await;
    let business = serde_json::from_value(super::tool_writes::open_on_weekdays("Europe/Berlin")).unwrap();
    changed(store, move |connection| change::set_business_profile(connection, first, 0, &business).map(drop))
        .await;
    super::texts::has_number(store, "+15550100009").await;
    ada.id.to_string()
}

#[actix::test]
async fn only_changed_things_are_read_again_whoever_changed_them() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let user = furnished(&store).await;
    let actor = StoreActor::new(store.clone()).start();
    let mut known = Known::default();
    assert_eq!(known.looks(&actor).await, [true; 3], "nothing was read before");
    assert_eq!(known.looks(&actor).await, NOTHING);

    // Calls and sign-ins change none of it.
    let mut said = Conversation::new(first);
    let mut entries = said.live();
    entries.extend(said.ended(NextStep::Hangup));
    store.journal(entries);
    store.commit().await.unwrap();
    let signing_in = user.parse().unwrap();
    changed(&store, move |connection| change::note_sign_in(connection, first, signing_in)).await;
    assert_eq!(known.looks(&actor).await, NOTHING);

    let mut stranger = room.stranger();
    for (statement, read) in statements(first, &user) {
        stranger.batch_execute(&statement).unwrap();
        assert_eq!(known.looks(&actor).await, read, "{statement}");
        assert_eq!(known.looks(&actor).await, NOTHING, "{statement}");
    }
}

/// The dialling of new calls is also read again when the account changes.
#[actix::test]
async fn calls_show_no_number_proved_by_an_earlier_account() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let account = |digit: &str| format!("AC{}", digit.repeat(32));
    super::texts::has_number(&store, "+15550100001").await;
    let proof = Proof::Account(account("1").parse().unwrap());
    super::texts::has_number_proved(&store, "+15550100002", proof).await;
    let set = async |account_sid: String| {
        let settings = serde_json::from_value(json!({ "account_sid": account_sid })).unwrap();
        let settings = IntegrationSettings::Twilio(settings);
        let secrets = BTreeMap::new();
        let integration = Integration { organization_id: first, settings, secrets, updated_at: now() };
        changed(&store, move |connection| change::set_integration(connection, &integration)).await;
    };
    let actor = StoreActor::new(store.clone()).start();
    let mut known = None;
    let (own, both) = (vec!["+15550100001"], vec!["+15550100001", "+15550100002"]);
    for (step, shown) in
        [("none", &own), ("proves", &both), ("another", &own), ("proves", &both), ("gone", &own)]
    {
        match step {
            "proves" => set(account("1")).await,
            "another" => set(account("2")).await,
            "gone" => {
                let twilio = IntegrationKind::TWILIO;
                changed(&store, move |connection| change::delete_integration(connection, first, twilio))
                    .await;
            }
            _ => {}
        }
        let look = LoadDialling { day: now().utc_day(), known };
        let seen = actor.send(look).await.unwrap().unwrap().said.unwrap();
        known = Some(seen.revision);
        let numbers: Vec<_> = seen.found[&first].own_numbers.iter().map(String::as_str).collect();
        assert_eq!(&numbers, shown, "{step}");
    }
}
