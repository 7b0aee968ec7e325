//! Keys with which requests are carried out once.

use std::sync::Arc;

use cordboard::store::{
    Before, Claim, Connection, Keep, KeptAnswer, Keyed, Once, Store, StoreError, change, done_once, query,
};
use cordboard_schema::dial::DialPolicy;
use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::limits::{
    FORGOTTEN_AT_ONCE, IDEMPOTENCY_KEY_MS, IDEMPOTENCY_KEYS_OF_ONE_MAX, IDEMPOTENCY_KEYS_OF_ORGANIZATION_MAX,
    IDEMPOTENT_ANSWER_BYTES_MAX, IDEMPOTENT_ANSWERS_OF_ONE_BYTES_MAX,
    IDEMPOTENT_ANSWERS_OF_ORGANIZATION_BYTES_MAX,
};
use cordboard_schema::outbound::IdempotencyKey;
use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use uuid::Uuid;

use super::room::{Room, read};

const ASKED: Uuid = Uuid::from_u128(1);
const OTHERWISE: Uuid = Uuid::from_u128(2);

async fn claim(store: &Store, request: Uuid, call_id: CallId) -> Claim {
    let (organization_id, key) = (store.organization_id(), "order-17".parse::<IdempotencyKey>().unwrap());
    let claimed = store
        .change(move |connection| change::claim_key(connection, organization_id, &key, request, call_id));
    claimed.await.unwrap().0
}

#[actix::test]
async fn a_refused_calls_key_is_free_unless_claimed_again() {
    let room = Room::new();
    let (first, second) = (CallId(Uuid::now_v7()), CallId(Uuid::now_v7()));
    let store = room.store();
    let (organization_id, key) = (store.organization_id(), "order-17".parse::<IdempotencyKey>().unwrap());
    let claim_at = |request: Uuid, call_id: CallId| {
        let key = key.clone();
        store.change(move |connection: &mut Connection| {
            change::claim_key(connection, organization_id, &key, request, call_id)
        })
    };
    let release = |call_id: CallId, claimed_at| {
        let key = key.clone();
        store.change(move |connection: &mut Connection| {
            change::release_key(connection, organization_id, &key, call_id, claimed_at)
        })
    };
    let (ours, at) = claim_at(ASKED, first).await.unwrap();
    let (again, later) = claim_at(ASKED, second).await.unwrap();
    assert_eq!((ours, again), (Claim::Ours, Claim::Theirs(first)));
    release(first, at).await.unwrap();
    assert_eq!(claim(&store, OTHERWISE, second).await, Claim::Reused, "the second may be dialling");
    release(first, later).await.unwrap();
    assert_eq!(rows(&room, "idempotency_keys"), 0);
    assert_eq!(claim(&store, OTHERWISE, second).await, Claim::Ours);
}

#[actix::test]
async fn a_key_stays_its_first_requests_after_a_restart() {
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
async fn yesterdays_keys_are_free() {
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

fn keyed(organization_id: OrganizationId, key: &str) -> Keyed {
    let (asker, request) = ("user 7".to_owned(), "a digest".to_owned());
    Keyed { organization_id, asker, key: key.parse().unwrap(), request }
}

/// Makes a change under this key that succeeds or fails.
async fn change_once(store: &Store, once: &Once, works: bool) -> Result<(), StoreError> {
    let organization_id = store.organization_id();
    let change = store.change(move |connection: &mut Connection| {
        change::set_dial_policy(connection, organization_id, &DialPolicy::default())?;
        if works { Ok(()) } else { Err(StoreError::NoBeginning) }
    });
    done_once(once.clone(), change).await
}

fn before(store: &Store, keyed: &Keyed) -> Before {
    read(store, |connection| query::answer_before(connection, keyed))
}

#[actix::test]
async fn a_key_is_kept_only_together_with_its_change() {
    let room = Room::new();
    let store = room.store();
    let key = keyed(store.organization_id(), "one");
    let once = Once::new(key.clone(), Arc::default());
    let refuse = store.change_or_refuse(|_: &mut Connection| Ok(Err::<(), _>("taken")));
    assert_eq!(done_once(once.clone(), refuse).await.unwrap(), Err("taken"));
    assert_eq!((once.has_changed(), before(&store, &key)), (false, Before::Nothing), "nothing was made");
    change_once(&store, &once, false).await.unwrap_err();
    assert_eq!((once.has_changed(), before(&store, &key)), (false, Before::Nothing));
    change_once(&store, &once, true).await.unwrap();
    assert_eq!((once.has_changed(), before(&store, &key)), (true, Before::UnderWay));
    change_once(&store, &once, true).await.unwrap();

    let another = Once::new(key.clone(), Arc::default());
    assert!(matches!(change_once(&store, &another, true).await, Err(StoreError::KeyInUse)));
    let answer = KeptAnswer { status: 201, location: Some("/there".to_owned()), body: "{}".to_owned() };
    let (keeping, kept) = (key.clone(), Keep::Whole(answer.clone()));
    store.change(move |connection| change::keep_answer(connection, &keeping, &kept)).await.unwrap();
    assert_eq!(before(&store, &key), Before::Answered(answer));
    assert_eq!(before(&store, &Keyed { request: "another".to_owned(), ..key.clone() }), Before::Another);
    assert_eq!(before(&store, &Keyed { asker: "user 8".to_owned(), ..key }), Before::Nothing);
}

/// Returns the same key of another user.
fn of_another(keyed: &Keyed) -> Keyed {
    Keyed { asker: "user 8".to_owned(), ..keyed.clone() }
}

/// Carries out a request with this key, and stores its answer.
async fn keep(store: &Store, key: &Keyed, body: String) {
    change_once(store, &Once::new(key.clone(), Arc::default()), true).await.unwrap();
    let (key, keep) = (key.clone(), Keep::Whole(KeptAnswer { status: 201, location: None, body }));
    store.change(move |connection| change::keep_answer(connection, &key, &keep)).await.unwrap();
}

#[actix::test]
async fn kept_answers_are_bounded_for_one_and_all_together() {
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let long = keyed(organization_id, "long");
    keep(&store, &long, "x".repeat(IDEMPOTENT_ANSWER_BYTES_MAX + 1)).await;
    assert_eq!(before(&store, &long), Before::Unanswered { subject: None });
    let most = keyed(organization_id, "most");
    keep(&store, &most, "x".repeat(IDEMPOTENT_ANSWER_BYTES_MAX)).await;
    assert!(matches!(before(&store, &most), Before::Answered(_)));

    let fill = |bytes: i64| {
        let all_but_ten = format!("UPDATE idempotent_answers SET bytes = {} WHERE key = 'most'", bytes - 10);
        room.stranger().batch_execute(&all_but_ten).unwrap();
    };
    fill(IDEMPOTENT_ANSWERS_OF_ONE_BYTES_MAX);
    let beyond = keyed(organization_id, "beyond");
    keep(&store, &beyond, "more than ten".to_owned()).await;
    assert_eq!(before(&store, &beyond), Before::Unanswered { subject: None }, "its owner's share is used up");
    let theirs = of_another(&beyond);
    keep(&store, &theirs, "more than ten".to_owned()).await;
    assert!(matches!(before(&store, &theirs), Before::Answered(_)), "another's is not");
    fill(IDEMPOTENT_ANSWERS_OF_ORGANIZATION_BYTES_MAX);
    let none_left = of_another(&keyed(organization_id, "none-left"));
    keep(&store, &none_left, "more than ten".to_owned()).await;
    assert_eq!(before(&store, &none_left), Before::Unanswered { subject: None });
}

#[actix::test]
async fn keys_are_bounded_for_one_and_all_together() {
    let room = Room::new();
    let store = room.store();
    let key = keyed(store.organization_id(), "first");
    change_once(&store, &Once::new(key.clone(), Arc::default()), true).await.unwrap();
    let fill = |asker: &str, count: i64| {
        let more = format!(
            "INSERT INTO idempotent_answers (organization_id, asker, key, request, bytes, created_at) \
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
             SELECT organization_id, '{asker}', 'n' || i, request, 0, created_at FROM n, idempotent_answers WHERE key = 'first'"
        );
        room.stranger().batch_execute(&more).unwrap();
    };
    let refused = async |keyed: Keyed| {
        let once = Once::new(keyed, Arc::default());
        let refused = change_once(&store, &once, true).await.unwrap_err();
        assert!(!once.has_changed());
        refused
    };
    fill("user 7", IDEMPOTENCY_KEYS_OF_ONE_MAX - 1);
    let told = refused(Keyed { key: "one-too-many".parse().unwrap(), ..key.clone() }).await;
    let StoreError::KeysUsedUp { max, of, retry_after_s } = told else { panic!("{told}") };
    assert_eq!((max, of), (IDEMPOTENCY_KEYS_OF_ONE_MAX, "this user or token"));
    let day_s = IDEMPOTENCY_KEY_MS / 1_000;
    assert!(
        (day_s - 600..=day_s + 1).contains(&retry_after_s),
        "no key is free before that: {retry_after_s}"
    );
    fill("user 9", IDEMPOTENCY_KEYS_OF_ORGANIZATION_MAX - IDEMPOTENCY_KEYS_OF_ONE_MAX - 1);
    let theirs = Once::new(of_another(&key), Arc::default());
    change_once(&store, &theirs, true).await.expect("others have keys left");
    let told = refused(of_another(&keyed(store.organization_id(), "one-too-many"))).await;
    let StoreError::KeysUsedUp { max, of, .. } = told else { panic!("{told}") };
    assert_eq!((max, of), (IDEMPOTENCY_KEYS_OF_ORGANIZATION_MAX, "this organization"));
}

/// An SQL expression: as many seconds after the beginning of 2020 as `n.i`.
fn long_ago(connection: &Connection) -> &'static str {
    match connection {
        Connection::Sqlite(_) => "datetime('2020-01-01', i || ' seconds')",
        Connection::Postgres(_) => "timestamp '2020-01-01 00:00:00' + i * interval '1 second'",
    }
}

fn rows(room: &Room, table: &str) -> i64 {
    super::room::rows(&mut room.stranger(), table)
}

#[actix::test]
async fn old_keys_are_deleted_in_parts_and_block_no_request() {
    const OLD: i64 = IDEMPOTENCY_KEYS_OF_ORGANIZATION_MAX;
    let room = Room::new();
    let store = room.store();
    let organization_id = store.organization_id();
    let young = keyed(organization_id, "young");
    change_once(&store, &Once::new(young.clone(), Arc::default()), true).await.unwrap();
    let mut stranger = room.stranger();
    let then = long_ago(&stranger);
    let make_old = format!(
        "INSERT INTO idempotent_answers (organization_id, asker, key, request, bytes, created_at) \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OLD}) \
         SELECT organization_id, asker, 'old-' || i, request, {IDEMPOTENT_ANSWER_BYTES_MAX}, {then} FROM n, idempotent_answers"
    );
    stranger.batch_execute(&make_old).unwrap();

    // The newest of the old keys, of which as many are kept as an organization may have.
    let again = keyed(organization_id, &format!("old-{OLD}"));
    change_once(&store, &Once::new(again.clone(), Arc::default()), true).await.unwrap();
    let mut left = OLD - FORGOTTEN_AT_ONCE - 1;
    assert_eq!(rows(&room, "idempotent_answers"), left + 2);
    while left > 0 {
        let is_more = store.change(change::forget_answers).await.unwrap();
        assert_eq!(is_more, left >= FORGOTTEN_AT_ONCE);
        left = (left - FORGOTTEN_AT_ONCE).max(0);
        assert_eq!(rows(&room, "idempotent_answers"), left + 2);
    }
    for kept in [young, again] {
        assert_ne!(before(&store, &kept), Before::Nothing, "{kept:?}");
    }
}

#[actix::test]
async fn old_keys_of_calls_are_deleted_in_parts_and_free() {
    const OLD: i64 = 3 * FORGOTTEN_AT_ONCE;
    let room = Room::new();
    let (first, second) = (CallId(Uuid::now_v7()), CallId(Uuid::now_v7()));
    let store = room.store();
    assert_eq!(claim(&store, ASKED, first).await, Claim::Ours);
    let mut stranger = room.stranger();
    let then = long_ago(&stranger);
    // A key that is claimed again is the newest of the old ones.
    let make_old = format!(
        "INSERT INTO idempotency_keys (organization_id, key, request, call_id, created_at) \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OLD}) \
         SELECT organization_id, 'old-' || i, request, call_id, {then} FROM n, idempotency_keys; \
         DELETE FROM idempotency_keys WHERE key = 'order-17'; \
         UPDATE idempotency_keys SET key = 'order-17' WHERE key = 'old-{OLD}'"
    );
    stranger.batch_execute(&make_old).unwrap();
    assert_eq!(claim(&store, OTHERWISE, second).await, Claim::Ours);
    assert_eq!(rows(&room, "idempotency_keys"), OLD - FORGOTTEN_AT_ONCE);
    assert_eq!(claim(&store, OTHERWISE, first).await, Claim::Theirs(second));
}
