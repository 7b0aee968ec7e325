//! Shadows' answers on calls, and their costs.

use cordboard::store::{Connection, change, query};
use cordboard_schema::ids::{CallId, OrganizationId, ProfileId, ShadowCallId};
use cordboard_schema::limits::SHADOW_CALLS_KEPT;
use cordboard_schema::shadow::{ShadowCall, ShadowTurn};
use cordboard_schema::time::UnixMs;
use cordboard_schema::voice_chain::VoiceName;
use uuid::Uuid;

use super::room::{Room, first_profile, read};
use crate::entries::now;

const DAY_MS: u64 = 24 * 3_600_000;
const CAP: u64 = 1_000;

pub(super) fn of_call(
    organization_id: OrganizationId,
    profile_id: ProfileId,
    started_at: UnixMs,
) -> ShadowCall {
    ShadowCall {
        id: ShadowCallId(Uuid::now_v7()),
        organization_id,
        profile_id,
        call_id: CallId(Uuid::now_v7()),
        given_by: "openai".to_owned(),
        provider: VoiceName::known("gemini"),
        started_at,
        ended_at: None,
        failure: None,
        cost_micros: 0,
        turns: Vec::new(),
    }
}

#[actix::test]
async fn shadows_run_until_their_month_reaches_its_cost_cap() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let profile = read(&store, |connection| first_profile(connection, owner));
    let since = now() - 10 * DAY_MS;
    let begin = async |call: &ShadowCall| {
        let call = call.clone();
        let begin = move |connection: &mut Connection| change::begin_shadow(connection, &call, (CAP, since));
        store.change(begin).await.unwrap()
    };
    let keep = async |call: &ShadowCall| {
        let call = call.clone();
        let keep = move |connection: &mut Connection| change::keep_shadow(connection, &call, (CAP, since));
        store.change(keep).await.unwrap()
    };
    // Earlier costs do not count.
    let mut before = of_call(owner, profile, now() - 20 * DAY_MS);
    before.cost_micros = 5 * CAP;
    assert!(begin(&before).await);
    // Nor do those of a later month, which a clock that was ahead has left.
    let mut ahead = of_call(owner, profile, now() + 60 * DAY_MS);
    ahead.cost_micros = 5 * CAP;
    assert!(begin(&ahead).await);
    let mut one = of_call(owner, profile, now());
    assert!(begin(&one).await);
    one.cost_micros = CAP - 1;
    one.turns.push(ShadowTurn { said: "Hello.".to_owned(), ..ShadowTurn::new(now()) });
    // PostgreSQL stores no NUL.
    one.failure = Some("no\0model".to_owned());
    assert!(keep(&one).await, "the month has room");
    one.failure = Some("no\u{fffd}model".to_owned());
    let mut other = of_call(owner, profile, now());
    assert!(begin(&other).await);
    other.cost_micros = 1;
    assert!(!keep(&other).await, "the cap is reached");
    let late = of_call(owner, profile, now());
    assert!(!begin(&late).await, "no further one begins");
    let kept = read(&store, |connection| query::shadow_calls(connection, owner, profile, None, 10));
    assert_eq!(kept, [other.clone(), one.clone(), ahead, before]);
    let found = read(&store, |connection| query::shadow_call(connection, owner, profile, one.id));
    assert_eq!(found, Some(one.clone()));
    assert_eq!(read(&store, |connection| query::shadow_costs(connection, owner, profile, since)), CAP);

    // Another organization sees none of it, whatever ids it names.
    let stranger = OrganizationId(Uuid::now_v7());
    assert_eq!(read(&store, |connection| query::shadow_call(connection, stranger, profile, one.id)), None);
    assert!(
        read(&store, |connection| query::shadow_calls(connection, stranger, profile, None, 10)).is_empty()
    );
    assert_eq!(read(&store, |connection| query::shadow_costs(connection, stranger, profile, since)), 0);
    let mut forged = one.clone();
    (forged.organization_id, forged.cost_micros) = (stranger, 0);
    keep(&forged).await;
    assert_eq!(read(&store, |connection| query::shadow_call(connection, owner, profile, one.id)), Some(one));
}

#[actix::test]
async fn the_oldest_shadows_are_deleted_unless_of_this_month() {
    let room = Room::new();
    let store = room.store();
    let owner = store.organization_id();
    let profile = read(&store, |connection| first_profile(connection, owner));
    let since = now() - DAY_MS;
    let calls: Vec<ShadowCall> = (0..SHADOW_CALLS_KEPT + 3)
        .map(|at| of_call(owner, profile, if at < 2 { now() - 2 * DAY_MS } else { now() }))
        .collect();
    let (first, third) = (calls[0].id, calls[2].id);
    for calls in calls.chunks(200) {
        let calls = calls.to_vec();
        let begin = move |connection: &mut Connection| {
            for call in &calls {
                assert!(change::begin_shadow(connection, call, (CAP, since))?);
            }
            Ok(())
        };
        store.change(begin).await.unwrap();
    }
    let there = |id| read(&store, |connection| query::shadow_call(connection, owner, profile, id)).is_some();
    assert!(!there(first), "the oldest is there");
    assert!(there(third), "a shadow of this month was forgotten with its cost");
}
