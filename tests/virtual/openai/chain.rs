//! The provider is gone for good: what remains for the caller.

use cordboard_test_support::audiosocket::LegEnd;
use cordboard_test_support::openai::{Answer, Door, Pace, Script, Trouble};

use super::stage::{Stage, ms};
use crate::world::virtually;

/// Nothing listens on the discard port.
const NOBODY: &str = "http://127.0.0.1:9/v1";

#[test]
fn without_a_provider_the_built_in_assistant_answers_and_transfers() {
    virtually(async || {
        let stage = Stage::open_with(Script::new(), &[("OPENAI_BASE_URL", NOBODY)]).await;
        let talk = stage.call().await;
        talk.wait_prompt("assistant_away").await;
        let begun = talk.heard().first_sound().unwrap();
        assert!(begun <= ms(1_000), "{begun:?}");
        assert_eq!(talk.event("assistant_failed").await["failure"], "unreachable");
        talk.caller.press('0');
        assert_eq!(talk.wait_leg_ended().await.0, LegEnd::Hangup);
        assert_eq!(talk.next().await, "goto people,operator,1");
        stage.close().await;
    });
}

#[test]
fn without_a_provider_a_message_can_be_left() {
    virtually(async || {
        let stage = Stage::open_with(Script::new(), &[("OPENAI_BASE_URL", NOBODY)]).await;
        let talk = stage.call().await;
        talk.wait_prompt("assistant_away").await;
        talk.caller.press('1');
        talk.wait_prompt("message_intro").await;
        talk.caller.say(&cordboard_test_support::ear::speech("message_text"));
        talk.said().await;
        talk.caller.press('#');
        talk.event("message_taken").await;
        talk.wait_prompt("message_saved").await;
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn a_provider_dying_mid_word_is_replaced_without_dead_air() {
    virtually(async || {
        let away = || Door::Refuse { status: 503, code: "service_unavailable".into(), retry_after_s: None };
        let mut script = Script::new()
            .greeting(
                Answer::say("A long story.", 1000.0, ms(6000))
                    .paced(Pace::Times(1.2))
                    .until(ms(1500), Trouble::Abort),
            )
            .door(Door::Open { expires_in: None });
        for _ in 0..20 {
            script = script.door(away());
        }
        let stage = Stage::open(script).await;
        let talk = stage.call().await;
        talk.wait_tone(1000.0).await;
        talk.wait_prompt("assistant_away").await;
        let (died_at, _) = stage.provider.wait(0, "the death", |of| of.ended.clone()).await;
        // Up to the prompt's last word.
        let end = talk.heard().length() - ms(500);
        talk.assert_no_dead_air(died_at, end);
        let kinds: Vec<String> =
            talk.events().await.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect();
        let place = |kind: &str| {
            kinds.iter().position(|of| of == kind).unwrap_or_else(|| panic!("no {kind}: {kinds:?}"))
        };
        assert!(place("assistant_interrupted") < place("assistant_failed"), "{kinds:?}");
        assert!(place("assistant_failed") < place("assistant_replaced"), "{kinds:?}");
        assert!(stage.provider.connection_count() > 2, "it was not tried again");
        assert_eq!(talk.row().await["provider"], "openai");
        talk.hang_up().await;
        stage.close().await;
    });
}
