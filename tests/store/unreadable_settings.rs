//! Unreadable settings of an organization: the organization gets less than it had, no other organization does, and the server starts.

use actix::{Actor, Addr};
use cordboard::store::{Connection, Store, StoreActor, StoreError, change, query};
use cordboard_actors::messages::{Dialling, LoadDialling, LoadFloor, LoadProfiles};
use cordboard_schema::audit::Actor as Author;
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::extension::Extension;
use cordboard_schema::grant::{Granted, Grants};
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::profile::PublishedProfile;
use cordboard_schema::queue::Floor;
use diesel::connection::SimpleConnection;

use super::floor::{another, changed, queue, user};
use super::room::{Room, read};
use crate::entries::now;

async fn profiles(actor: &Addr<StoreActor>) -> Vec<PublishedProfile> {
    actor.send(LoadProfiles::default()).await.unwrap().unwrap().unwrap().found
}

/// Returns the organizations whose profiles new calls get.
async fn answered(actor: &Addr<StoreActor>) -> Vec<OrganizationId> {
    profiles(actor).await.iter().map(|published| published.profile.organization_id).collect()
}

async fn dialling(actor: &Addr<StoreActor>, of: OrganizationId) -> Dialling {
    let seen = actor.send(LoadDialling { day: now().utc_day(), known: None }).await.unwrap().unwrap();
    seen.said.unwrap().found.remove(&of).unwrap()
}

async fn floors(actor: &Addr<StoreActor>) -> Vec<Floor> {
    let load = LoadFloor { organization_id: None, known: None };
    actor.send(load).await.unwrap().unwrap().unwrap().found
}

fn held_up(store: &Store) -> [usize; 3] {
    let counts = store.job_faults().counts();
    ["profiles", "dialling", "desks"].map(|job| counts[job])
}

fn wide() -> DialPolicy {
    DialPolicy { numbers_allowed: vec!["+49*".parse().unwrap()], ..DialPolicy::default() }
}

fn sales(organization_id: OrganizationId) -> Extension {
    let (name, target) = ("sales".to_owned(), "internal,2002,1".parse().unwrap());
    Extension { organization_id, name, title: String::new(), target }
}

fn granted() -> Grants {
    let names = ["pbx1".to_owned()];
    Grants { switches: names.clone().into(), trunks: names.into(), ..Grants::default() }
}

/// Settings that both organizations have.
async fn furnish(store: &Store, organization_id: OrganizationId) {
    let make = move |connection: &mut Connection| {
        change::set_dial_policy(connection, organization_id, &wide())?;
        change::create_extension(connection, &sales(organization_id))?;
        change::set_grants(connection, organization_id, &granted())
    };
    changed(store, make).await;
}

#[actix::test]
async fn unreadable_dialling_rules_forbid_dialling_until_set_again() {
    let room = Room::new();
    let (first, other) = {
        let store = room.store();
        let other = another(&store).await;
        furnish(&store, store.organization_id()).await;
        furnish(&store, other).await;
        (store.organization_id(), other)
    };
    room.stranger()
        .batch_execute(&format!(
            "UPDATE dial_policies SET numbers_allowed = '{{' WHERE organization_id = '{other}'; \
             UPDATE extensions SET target = 'nowhere' WHERE organization_id = '{other}'; \
             UPDATE grants SET kind = 'everything' WHERE organization_id = '{other}' AND kind = 'trunk'"
        ))
        .unwrap();
    // A start finds them.
    let store = room.store();
    assert_eq!(store.organization_id(), first);
    let actor = StoreActor::new(store.clone()).start();
    let said = dialling(&actor, other).await;
    assert_eq!((said.policy, said.extensions.len()), (Some(DialPolicy::none()), 0));
    assert!(said.withheld.contains("sales"), "{:?}", said.withheld);
    let switches = Grants { trunks: Default::default(), ..granted() };
    assert_eq!(said.grants, switches, "unreadable grants grant nothing");
    let shown = read(&store, |connection| query::granted(connection, other));
    assert_eq!(shown, Granted::Named(switches));
    let whole = dialling(&actor, first).await;
    assert_eq!((whole.policy, whole.extensions.len()), (Some(wide()), 1));
    assert!(whole.withheld.is_empty(), "{:?}", whole.withheld);
    assert_eq!(held_up(&store), [0, 1, 0]);
    assert_eq!(answered(&actor).await, [first, other], "its calls are still answered");

    let mend = move |connection: &mut Connection| {
        change::set_dial_policy(connection, other, &wide())?;
        change::delete_extension(connection, other, "sales")?;
        change::create_extension(connection, &sales(other))?;
        change::set_grants(connection, other, &granted())
    };
    changed(&store, mend).await;
    let said = dialling(&actor, other).await;
    assert_eq!((said.policy, said.grants, said.extensions.len()), (Some(wide()), granted(), 1));
    assert_eq!((said.withheld.len(), held_up(&store)), (0, [0; 3]));
}

#[actix::test]
async fn an_unreadable_profile_answers_no_call_until_republished() {
    let room = Room::new();
    let other = another(&room.store()).await;
    let spoil = "UPDATE agent_profile_versions SET profile = '{' WHERE organization_id = ";
    let first = room.store().organization_id();
    room.stranger().batch_execute(&format!("{spoil} '{first}'")).unwrap();
    let store = room.store();
    let actor = StoreActor::new(store.clone()).start();
    assert_eq!(store.organization_id(), first, "the other organization does not take its place");
    assert_eq!((answered(&actor).await, held_up(&store)), (vec![other], [1, 0, 0]));
    let drafts = read(&store, |connection| query::readable_profile_drafts(connection, first)).found;
    assert_eq!(drafts.len(), 1, "the start created another draft");

    let publish = move |connection: &mut Connection| {
        change::publish_profile(connection, &drafts[0], Author::System, "").map(drop)
    };
    changed(&store, publish).await;
    assert_eq!((answered(&actor).await, held_up(&store)), (vec![first, other], [0; 3]));

    // The promises that assistants must not make are unknown if the business can't be read.
    let business = r#"{"never_promise":["a price"]}"#;
    let profile = serde_json::from_str(business).unwrap();
    changed(&store, move |c| change::set_business_profile(c, first, 0, &profile).map(drop)).await;
    room.stranger().batch_execute("UPDATE business_profiles SET profile = '{'").unwrap();
    assert_eq!((answered(&actor).await, held_up(&store)), (vec![other], [1, 0, 0]));
    let profile = serde_json::from_str(business).unwrap();
    let is_set = changed(&store, move |c| change::set_business_profile(c, first, 0, &profile)).await;
    assert!(is_set, "the business is described again");
    let published = profiles(&actor).await;
    assert_eq!(published[0].business.as_ref().unwrap().never_promise, ["a price"]);
    assert_eq!(held_up(&store), [0; 3]);
}

#[actix::test]
async fn unreadable_agents_and_queues_do_not_affect_other_desks() {
    let room = Room::new();
    let store = room.store();
    let (first, other) = (store.organization_id(), another(&store).await);
    let (ada, grace) = (user(&store, first, "Ada").await, user(&store, first, "Grace").await);
    let eve = user(&store, other, "Eve").await;
    let queues = [
        queue(first, "sales", &[(ada.id, 0)]),
        queue(first, "help", &[(ada.id, 0), (grace.id, 1)]),
        queue(other, "sales", &[(eve.id, 0)]),
    ];
    let make = move |connection: &mut Connection| {
        queues.iter().try_for_each(|queue| change::create_queue(connection, queue))
    };
    changed(&store, make).await;
    let actor = StoreActor::new(store.clone()).start();
    let whole = floors(&actor).await;
    room.stranger()
        .batch_execute(&format!(
            "UPDATE users SET role = 'nobody' WHERE id = '{}'; \
             UPDATE queues SET strategy = '?' WHERE organization_id = '{first}' AND name = 'sales'",
            ada.id
        ))
        .unwrap();
    let seen = floors(&actor).await;
    assert_eq!(seen[1], whole[1], "the other's");
    let named = |floor: &Floor| {
        let agents: Vec<String> = floor.agents.iter().map(|agent| agent.name.clone()).collect();
        (agents, floor.queues.iter().map(|queue| queue.name.clone()).collect::<Vec<_>>())
    };
    assert_eq!(named(&seen[0]), (vec!["Grace".to_owned()], vec!["help".to_owned()]));
    assert_eq!(held_up(&store), [0, 0, 1]);

    let mut stranger = room.stranger();
    if let Connection::Sqlite(_) = stranger {
        // PostgreSQL accepts no such moment. On SQLite the driver can't read the row, and does not say whose it is.
        stranger
            .batch_execute(&format!("UPDATE users SET created_at = 'once' WHERE id = '{}'", ada.id))
            .unwrap();
        assert_eq!(floors(&actor).await, whole[1..]);
        assert_eq!(held_up(&store), [0, 0, 1]);
        stranger.batch_execute("UPDATE users SET created_at = '2026-10-24 00:00:00'").unwrap();
    }
    stranger
        .batch_execute("UPDATE users SET role = 'agent'; UPDATE queues SET strategy = 'ring_all'")
        .unwrap();
    let mended = floors(&actor).await;
    assert_eq!(mended.iter().map(named).collect::<Vec<_>>(), whole.iter().map(named).collect::<Vec<_>>());
    assert_eq!(held_up(&store), [0; 3]);
}

#[actix::test]
async fn an_invalid_organization_id_stops_starting_only_if_possibly_first() {
    // Ids before and after all others.
    for id in ["!", "no id"] {
        let room = Room::new();
        let (first, other) = {
            let store = room.store();
            (store.organization_id(), another(&store).await)
        };
        let add = format!(
            "INSERT INTO organizations (id, name, created_at) VALUES ('{id}', 'Nobody', '2020-10-24 00:00:00')"
        );
        room.stranger().batch_execute(&add).unwrap();
        assert_eq!(room.store().organization_id(), first);

        let spoil =
            format!("UPDATE agent_profiles SET organization_id = '{id}' WHERE organization_id = '{first}'");
        room.stranger().batch_execute(&spoil).unwrap();
        let Err(StoreError::BadRow(fault)) = Store::open(&room.settings()) else {
            panic!("{other} has the rights of the first one")
        };
        assert!(fault.to_string().contains("restore a backup"), "{fault}");
        if id == "no id" {
            let younger =
                format!("UPDATE organizations SET created_at = '2200-10-24 00:00:00' WHERE id = '{id}'");
            room.stranger().batch_execute(&younger).unwrap();
            assert_eq!(room.store().organization_id(), first, "the other organization was created later");
        }
    }
}
