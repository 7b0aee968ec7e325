//! A database that is unreachable when a call ends: its dialplan learns what is on disk, or that the server can't say it.

use std::time::Duration;

use cordboard::store::fault::{self, DatabaseFault};
use cordboard_test_support::server::Token;
use tokio::join;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::world::world;

/// How long a request waits for the end of its call to be on disk.
const COMMIT_WAIT: Duration = Duration::from_secs(2);

/// The database is unreachable for this long after the caller left. Returns the answer to a dialplan that asks at once, and how long it took.
fn asked_while_away(away: Duration) -> (u16, String, Duration) {
    world(&[], async |world| {
        fault::set(None);
        let uuid = Uuid::from_u128(1);
        let caller = world.caller(uuid).await;
        sleep(Duration::from_secs(3)).await;
        fault::set(Some(DatabaseFault::Away));
        caller.hang_up();
        // The server has read the end of the leg.
        sleep(Duration::from_millis(100)).await;
        let path = format!("/api/v1/calls/{uuid}/next");
        let asks = async {
            let asked = Instant::now();
            let answer = world.get(&path, Token::Dialplan).await;
            (answer.status, answer.text(), asked.elapsed())
        };
        let returns = async {
            sleep(away).await;
            fault::set(None);
        };
        let (answer, ()) = join!(asks, returns);
        assert_eq!(world.ended(uuid).await["hangup_cause"], "normal_clearing");
        let told = world.get(&path, Token::Dialplan).await;
        assert_eq!((told.status, told.text().as_str()), (200, "hangup"));
        answer
    })
}

#[test]
fn a_dialplan_waits_through_a_short_database_outage() {
    let (status, told, took) = asked_while_away(Duration::from_millis(900));
    assert_eq!((status, told.as_str()), (200, "hangup"));
    assert!(took > Duration::from_millis(800) && took < COMMIT_WAIT, "{took:?}");
}

#[test]
fn a_dialplan_soon_learns_that_a_calls_end_is_unsaved() {
    let (status, _, took) = asked_while_away(Duration::from_secs(30));
    // If the call is gone by then, the store answers, which waits just as long for a connection.
    assert_eq!(status, 503);
    assert!(took >= COMMIT_WAIT && took <= 2 * COMMIT_WAIT, "{took:?}");
}
