//! Keys by which requests are done once.

use cordboard::store::{Claim, Connection, Store, StoreError, change};
use cordboard_schema::ids::CallId;
use cordboard_schema::outbound::IdempotencyKey;
use diesel::RunQueryDsl as _;
use uuid::Uuid;

use super::room::Room;

const ASKED: Uuid = Uuid::from_u128(1);
const OTHERWISE: Uuid = Uuid::from_u128(2);

async fn claim(store: &Store, request: Uuid, call_id: CallId) -> Claim {
    let (organization_id, key) = (store.organization_id(), "order-17".parse::<IdempotencyKey>().unwrap());
    let claimed = store
        .change(move |connection| change::claim_key(connection, organization_id, &key, request, call_id));
    claimed.await.unwrap()
}

#[actix::test]
async fn a_key_is_its_first_requests_also_for_the_next_process() {
    let room = Room::new();
    let (first, second) = (CallId(Uuid::now_v7()), CallId(Uuid::now_v7()));
    let store = room.store();
    assert_eq!(claim(&store, ASKED, first).await, Claim::Ours);
    drop(store);
    let store = room.store();
    assert_eq!(claim(&store, ASKED, second).await, Claim::Theirs(first));
    assert_eq!(claim(&store, OTHERWISE, second).await, Claim::Reused);
}

#[actix::test]
async fn a_key_of_yesterday_is_anybodys() {
    let room = Room::new();
    let (first, second) = (CallId(Uuid::now_v7()), CallId(Uuid::now_v7()));
    let store = room.store();
    assert_eq!(claim(&store, ASKED, first).await, Claim::Ours);
    let age = |hours: &'static str| {
        store.change(move |connection: &mut Connection| -> Result<usize, StoreError> {
            let then = match connection {
                Connection::Sqlite(_) => format!("datetime('now', '-{hours} hours')"),
                Connection::Postgres(_) => format!("now() AT TIME ZONE 'UTC' - interval '{hours} hours'"),
            };
            let older = format!("UPDATE idempotency_keys SET created_at = {then}");
            Ok(diesel::sql_query(older).execute(connection)?)
        })
    };
    age("23").await.unwrap();
    assert_eq!(claim(&store, OTHERWISE, second).await, Claim::Reused);
    age("25").await.unwrap();
    assert_eq!(claim(&store, OTHERWISE, second).await, Claim::Ours);
}
