//! The session is up, and an answer of the model fails.

use cordboard_test_support::openai::{Answer, Script, Trouble};

use super::stage::{Stage, ms};
use crate::world::virtually;

fn script() -> Script {
    Script::new().greeting(Answer::say("Hello.", 1000.0, ms(600)))
}

#[test]
fn an_exhausted_quota_brings_the_built_in_assistant() {
    virtually(async || {
        let stage = Stage::open(script().turn(Answer::fail("insufficient_quota"))).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.wait_prompt("assistant_away").await;
        assert_eq!(talk.event("assistant_failed").await["failure"], "quota_exhausted");
        assert_eq!(talk.event("assistant_replaced").await["role"], "standby");
        let failed_at = stage.connection(0).from_server("response.done").last().unwrap().at;
        talk.assert_no_dead_air(failed_at, talk.place_of(failed_at) + ms(2500));
        assert_eq!(stage.provider.connection_count(), 1);
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn a_rate_limited_answer_is_journalled_and_requested_again() {
    virtually(async || {
        let again = Answer::say("There I am.", 700.0, ms(600));
        let limited = Answer::fail("rate_limit_exceeded");
        // Requested again on the same session or on another: either way it is the next answer.
        let stage = Stage::open(script().turn(limited).turn(again.clone()).greeting(again)).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.wait_tone(700.0).await;
        let failed_at = stage.connection(0).from_server("response.done").nth(1).unwrap().at;
        let answered = talk.wait_tone_end(700.0).await.start;
        talk.assert_no_dead_air(failed_at, answered);
        let journal = talk.events().await;
        assert!(journal.iter().any(|event| event["failure"] == "rate_limited"), "{journal:?}");
        assert_eq!(talk.events_of("assistant_replaced").await.len(), 0);
        talk.hang_up().await;
        stage.close().await;
    });
}

/// Only the rest of the answer was lost.
#[test]
fn an_answer_that_fails_midway_is_continued() {
    virtually(async || {
        let broken = Answer::fail("internal_error").and_say("There is so much to say", 700.0, ms(900));
        let rest = Answer::say("that I stop here.", 600.0, ms(500));
        let stage = Stage::open(script().turn(broken).greeting(rest)).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(600.0).await;
        assert_eq!(stage.provider.connection_count(), 1);
        let asked = stage.connection(0).from_client("response.create").last().unwrap().event.clone();
        let instructions = asked["response"]["instructions"].as_str().unwrap();
        assert!(instructions.contains("broke off in the middle"), "{instructions}");
        assert!(!instructions.contains("connection"), "{instructions}");
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn a_call_goes_on_after_an_answer_hits_its_limit() {
    virtually(async || {
        let script = script()
            .turn(Answer::say("There is so much to say that", 700.0, ms(900)).incomplete("max_output_tokens"))
            .turn(Answer::say("Yes.", 600.0, ms(500)));
        let stage = Stage::open(script).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.ask(600.0).await;
        assert_eq!(stage.provider.connection_count(), 1);
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn an_error_that_does_not_concern_the_call_changes_nothing() {
    virtually(async || {
        let error = Trouble::Error { kind: "invalid_request_error".into(), code: "invalid_value".into() };
        let script = script().turn(Answer::say("We open at nine.", 700.0, ms(2000)).until(ms(500), error));
        let stage = Stage::open(script).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        let heard = talk.wait_tone_end(700.0).await.length();
        assert_eq!(heard, ms(2000));
        assert_eq!(stage.provider.connection_count(), 1);
        talk.hang_up().await;
        stage.close().await;
    });
}
