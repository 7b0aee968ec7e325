//! As many calls as `calls.max` allows, however many come at once.

use std::time::Duration;

use cordboard_test_support::audiosocket::{LegEnd, TaskCaller};
use cordboard_test_support::server::Token;
use tokio::time::sleep;
use uuid::Uuid;

use crate::book::Book;
use crate::calls::assert_even;
use crate::hearing::assert_heard;
use crate::world::{Setting, world};

const SETTINGS: [Setting<'static>; 3] = [
    ("calls.max", "8"),
    ("extensions.operator", "internal,2001,1"),
    ("calls.fallback_extension", "operator"),
];
const CALLS_MAX: usize = 8;
const ARRIVALS: usize = 4 * CALLS_MAX;

#[test]
fn never_one_call_too_many() {
    world(&SETTINGS, async |world| {
        let mut callers: Vec<(Uuid, TaskCaller)> = Vec::new();
        for number in 1..=ARRIVALS as u128 {
            let uuid = Uuid::from_u128(number);
            callers.push((uuid, world.caller(uuid).await));
        }
        sleep(Duration::from_millis(500)).await;
        let (refused, admitted): (Vec<_>, Vec<_>) =
            callers.into_iter().partition(|(_, caller)| caller.ended().is_some());
        assert_eq!((admitted.len(), refused.len()), (CALLS_MAX, ARRIVALS - CALLS_MAX));
        let ready = world.get("/readyz", Token::None).await;
        assert_eq!(ready.status, 503);
        assert!(ready.json()["reasons"].to_string().contains("calls.max"), "{}", ready.text());

        // Their dialplans go on to another destination, and the callers are recorded.
        for (uuid, caller) in &refused {
            assert_eq!(caller.until_ended().await, (LegEnd::Hangup, Duration::ZERO));
            assert_eq!((caller.report().frames, caller.report().violations), (vec![], vec![]));
            let next = world.get(&format!("/api/v1/calls/{uuid}/next"), Token::Dialplan).await;
            assert_eq!((next.status, next.text().as_str()), (200, "goto internal,2001,1"));
            let row = world.ended(*uuid).await;
            assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"no_capacity".into(), &"server".into()));
        }
        let path = format!("/api/v1/calls/expect?uuid={}", Uuid::from_u128(99));
        assert_eq!(world.get(&path, Token::Dialplan).await.status, 503);

        // Those who were admitted are served, and a place that becomes free is used.
        sleep(Duration::from_secs(10)).await;
        for (_, caller) in &admitted {
            assert_even(&caller.report());
            assert_heard(&caller.heard(), "greeting");
        }
        admitted[0].1.hang_up();
        let is_ready = async || (world.get("/readyz", Token::None).await.status == 200).then_some(());
        world.wait("a free place", is_ready).await;
        let next_caller = world.caller(Uuid::from_u128(100)).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(next_caller.ended(), None);
        let figure = world.figure("cordboard_calls_live").await;
        assert_eq!(figure, CALLS_MAX as u64);
        drop((admitted, refused, next_caller));
        world.balanced().await;
        assert_eq!(world.get("/readyz", Token::None).await.status, 200);
    });
}
