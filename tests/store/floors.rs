//! The floors of all organizations, read at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cordboard::store::{Connection, StoreError, change, query};
use cordboard_schema::account::{User, UserStatus};
use cordboard_schema::agent::Agent;
use cordboard_schema::queue::Floor;
use diesel::Connection as _;
use diesel::connection::InstrumentationEvent;

use super::floor::{another, changed, queue, user};
use super::room::{Room, read};

/// Counts the queries of `read`.
fn queries_of<T>(
    connection: &mut Connection,
    query: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> (usize, T) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let result = query(connection).unwrap();
    (count.load(Ordering::Relaxed), result)
}

#[actix::test]
async fn all_floors_need_as_many_queries_as_one() {
    let room = Room::new();
    let store = room.store();
    let first = store.organization_id();
    let mut connection = room.stranger();
    let ada = user(&store, first, "Ada").await;
    let (for_one, alone) = queries_of(&mut connection, query::floors_everywhere);
    assert_eq!(alone.found, [read(&store, |connection| query::floor(connection, first))]);

    let other = another(&store).await;
    let (eve, mallory) = (user(&store, other, "Eve").await, user(&store, other, "Mallory").await);
    let gone = User { status: UserStatus::Disabled, ..user(&store, other, "Gone").await };
    changed(&store, move |connection| change::update_user(connection, &gone)).await;
    // Both have an extension and queues of one name.
    let [at_first, at_other] = [(first, &ada), (other, &mallory)].map(|(organization_id, user)| {
        let extension = Some("200".to_owned());
        Agent { extension, ..Agent::new(organization_id, user.id, user.name.clone()) }
    });
    let queues = [
        queue(first, "sales", &[(ada.id, 0)]),
        queue(other, "sales", &[(eve.id, 1), (mallory.id, 0)]),
        queue(other, "help", &[]),
    ];
    let (agents, made) = ([at_first.clone(), at_other.clone()], queues.clone());
    let make = move |connection: &mut Connection| {
        agents.iter().try_for_each(|agent| change::set_agent(connection, agent))?;
        made.iter().try_for_each(|queue| change::create_queue(connection, queue))
    };
    changed(&store, make).await;

    let (for_two, floors) = queries_of(&mut connection, query::floors_everywhere);
    let [sales, mut their_sales, help] = queues;
    their_sales.members.reverse();
    let expected = [
        Floor { organization_id: first, agents: vec![at_first], queues: vec![sales], hours: None },
        Floor {
            organization_id: other,
            agents: vec![Agent::new(other, eve.id, "Eve".to_owned()), at_other],
            queues: vec![help, their_sales],
            hours: None,
        },
    ];
    assert_eq!(floors.found, expected);
    // Hours are read if a queue uses them.
    assert_eq!(for_two, for_one + 1);
}
