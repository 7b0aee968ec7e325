//! The provider refuses the call. `failures.rs`, next to the code, tests for each refusal whether it is tried again.

use cordboard_test_support::openai::{Answer, Door, Script};

use super::stage::{Stage, ms};
use crate::world::virtually;

fn refused(status: u16, code: &str) -> Door {
    Door::Refuse { status, code: code.to_owned(), retry_after_s: None }
}

fn greeting() -> Script {
    Script::new().greeting(Answer::say("Hello.", 1000.0, ms(800)))
}

/// A refusal that would repeat: no call tries twice, and the built-in assistant answers.
async fn given_up(door: Door, failure: &str) {
    let stage = Stage::open(greeting().door(door)).await;
    let talk = stage.call().await;
    talk.wait_prompt("assistant_away").await;
    assert_eq!(talk.event("assistant_failed").await["failure"], failure);
    let replaced = talk.event("assistant_replaced").await;
    assert_eq!((&replaced["role"], &replaced["failure"]), (&"standby".into(), &failure.into()));
    assert_eq!(stage.provider.connection_count(), 1);
    let begun = talk.heard().first_sound().unwrap();
    talk.assert_no_dead_air(talk.caller.connected_at(), begun + ms(100));
    talk.hang_up().await;
    stage.close().await;
}

/// A refusal that may be temporary is retried, and the caller hears something until then.
async fn tried_again(door: Door) {
    let stage = Stage::open(greeting().door(door)).await;
    let talk = stage.call().await;
    let greeted = talk.wait_tone_end(1000.0).await;
    assert_eq!(stage.provider.connection_count(), 2);
    talk.assert_no_dead_air(talk.caller.connected_at(), greeted.start);
    assert_eq!(talk.events_of("assistant_replaced").await.len(), 0);
    talk.hang_up().await;
    stage.close().await;
}

#[test]
fn a_wrong_key_is_not_tried_again() {
    virtually(async || {
        given_up(refused(401, "invalid_api_key"), "unauthorized").await;
    });
}

#[test]
fn an_empty_account_is_not_tried_again() {
    virtually(async || {
        given_up(refused(429, "insufficient_quota"), "quota_exhausted").await;
    });
}

#[test]
fn a_failing_server_is_tried_again() {
    virtually(async || {
        tried_again(refused(503, "service_unavailable")).await;
    });
}

#[test]
fn a_connection_without_a_word_is_tried_again() {
    virtually(async || {
        tried_again(Door::Mute).await;
    });
}

#[test]
fn an_upgrade_without_a_session_is_tried_again() {
    virtually(async || {
        tried_again(Door::Silent).await;
    });
}

#[test]
fn a_session_that_is_closed_at_once_is_tried_again() {
    virtually(async || {
        tried_again(Door::Close(1013)).await;
    });
}

#[test]
fn the_caller_waits_for_a_slow_connection() {
    virtually(async || {
        let stage = Stage::open(greeting().door(Door::Slow(ms(1500)))).await;
        let talk = stage.call().await;
        let greeted = talk.wait_tone_end(1000.0).await;
        talk.assert_no_dead_air(talk.caller.connected_at(), greeted.start);
        assert_eq!(stage.provider.connection_count(), 1);
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn a_caller_hanging_up_before_the_session_leaves_nothing_behind() {
    virtually(async || {
        let stage = Stage::open(greeting().door(Door::Silent)).await;
        let talk = stage.call().await;
        let opened = async || (stage.provider.connection_count() > 0).then_some(());
        talk.wait("a connection", opened).await;
        talk.hang_up().await;
        stage.provider.wait(0, "the end of the connection", |connection| connection.ended.clone()).await;
        stage.close().await;
    });
}
