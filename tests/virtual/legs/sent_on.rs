//! Callers whom their dialplan sends on, and which reports that it has no such place: an Asterisk without AMI.

use std::time::Duration;

use cordboard_test_support::server::Token;
use tokio::time::sleep;
use uuid::Uuid;

use crate::book::Book;
use crate::hearing::assert_heard;
use crate::world::{Setting, World, world};

const SETTINGS: [Setting<'static>; 2] =
    [("extensions.operator", "people,operator,1"), ("calls.silence_prompt_s", "300")];
const CALLER: Uuid = Uuid::from_u128(1);
/// The place to which key 0 leads.
const GOES_TO: &str = "goto people,operator,1";
const MOMENT: Duration = Duration::from_millis(10);

/// Sends the caller on by key 0, up to the dialplan's request for the destination.
async fn sent_on(world: &World, announced: &str) -> String {
    let path = format!("/api/v1/calls/expect?uuid={CALLER}{announced}");
    assert_eq!(world.get(&path, Token::Dialplan).await.status, 200);
    let caller = world.caller(CALLER).await;
    let id = world.call_of(CALLER).await["id"].as_str().unwrap().to_owned();
    world.wait_said(&id, "greeting").await;
    caller.press('0');
    caller.until_ended().await;
    assert_heard(&caller.heard(), "transferring");
    assert_eq!(next(world, "").await, GOES_TO);
    id
}

async fn next(world: &World, more: &str) -> String {
    world.get(&format!("/api/v1/calls/{CALLER}/next{more}"), Token::Dialplan).await.text()
}

#[test]
fn the_assistant_resumes_when_the_dialplan_has_no_such_place() {
    world(&SETTINGS, async |world| {
        let id = sent_on(world, "&tells_lack=1").await;
        assert_eq!(next(world, "?lacks=1").await, "again");
        let caller = world.caller(CALLER).await;
        world.wait_said(&id, "transfer_refused").await;
        assert_heard(&caller.heard(), "transfer_refused");
        assert_eq!(world.event(&id, "transfer_failed").await["failure"], "unallocated");
        caller.hang_up();
        assert_eq!(world.ending(&id).await, ("normal_clearing".into(), "caller".into()));
    });
}

#[test]
fn a_transfer_counts_two_seconds_after_the_dialplans_answer() {
    world(&SETTINGS, async |world| {
        let id = sent_on(world, "&tells_lack=1").await;
        assert_eq!(world.ending(&id).await.0, "call_transferred");
        let at = async |kind: &str| world.times_of(&id, kind).await[0];
        assert_eq!(at("ended").await - at("next_answered").await, Duration::from_secs(2));
        // It is too late now, and the dialplan takes care of the person.
        assert_ne!(next(world, "?lacks=1").await, "again");
    });
}

#[test]
fn without_a_reporting_dialplan_a_transfer_counts_at_once() {
    world(&SETTINGS, async |world| {
        let id = sent_on(world, "").await;
        assert_eq!(world.ending(&id).await.0, "call_transferred");
        let at = async |kind: &str| world.times_of(&id, kind).await[0];
        assert!(at("ended").await <= at("next_answered").await);
    });
}

#[test]
fn a_dialplan_gets_the_same_answer_for_a_minute() {
    world(&SETTINGS, async |world| {
        let id = sent_on(world, "").await;
        assert_eq!(world.ending(&id).await.0, "call_transferred");
        let ended = world.times_of(&id, "ended").await[0];
        let minute = Duration::from_secs(60);
        for (after, answer) in [(MOMENT, GOES_TO), (minute - MOMENT, GOES_TO), (minute + MOMENT, "hangup")] {
            sleep((ended + after).saturating_sub(world.passed())).await;
            assert_eq!(next(world, "").await, answer, "{after:?} after the end of the call");
        }
    });
}
