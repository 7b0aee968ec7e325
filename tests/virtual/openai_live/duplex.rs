//! Both at the same time: who gives way, and sound by the clock.

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::openai::{Answer, Script, Trouble};
use cordboard_test_support::openai_live::Manners;
use serde_json::json;
use tokio::time::sleep;

use super::stage::{KEY, Stage};
use crate::openai::ears::tone_length;
use crate::openai::stage::{RATE, ms};
use crate::suites::voice::VoiceStage;
use crate::world::virtually;

const STORY: &str = "Once upon a time there was an operator who connected everybody with everybody else";

fn story() -> Script {
    Script::new().greeting(Answer::say(STORY, 1000.0, ms(5000))).turn(Answer::say(
        "We open at nine.",
        700.0,
        ms(800),
    ))
}

#[test]
fn an_mhm_that_the_model_speaks_over_cuts_nothing() {
    virtually(async || {
        let manners = Manners { gives_way_after: ms(2_000), ..Manners::new(KEY) };
        let stage = Stage::of(manners, story(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_for(1000.0, ms(1500)).await;
        talk.caller.say(&babble(3, ms(500), RATE));
        talk.said().await;
        talk.caller.say(&silence(ms(300), RATE));
        talk.wait_tone_end(1000.0).await;
        assert_eq!(tone_length(&talk.heard(), 1000.0), ms(5000), "something of it was cut");
        assert_eq!(talk.events_of("barge_in").await.len(), 0);
        talk.wait_written("two lines", async || (talk.transcript().await.len() == 2).then_some(())).await;
        let lines = talk.transcript().await;
        assert!(lines.contains(&format!("assistant: {STORY}")), "{lines:?}");
        assert!(lines.contains(&"caller: Words of turn 1.".to_owned()), "{lines:?}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn words_sent_after_their_sound_are_placed_with_it() {
    virtually(async || {
        let manners = Manners { words_late: ms(400), ..Manners::new(KEY) };
        let stage = Stage::of(manners, story(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        sleep(ms(1_000)).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
        let said = [
            format!("assistant: {STORY}"),
            "caller: Words of turn 1.".to_owned(),
            "assistant: We open at nine.".to_owned(),
        ];
        assert_eq!(talk.transcript().await, said);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_late_burst_of_sound_is_dropped_to_catch_up() {
    virtually(async || {
        let script = Script::new().greeting(Answer::say(STORY, 1000.0, ms(8000)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_for(1000.0, ms(1000)).await;
        let began = talk.heard().first_sound().unwrap();
        stage.provider.strike(Trouble::Stalls(ms(2_000)));
        sleep(ms(9_500)).await;
        let end = talk.wait_tone_end(1000.0).await.end;
        // 8 s of sound, of which some 2 s were late: it ends when it would have ended, apart from what may wait.
        let took = end.saturating_sub(began);
        assert!(took <= ms(8_000 + 500), "it stays late: {took:?}");
        let heard = tone_length(&talk.heard(), 1000.0);
        assert!((ms(5_800)..=ms(6_800)).contains(&heard), "{heard:?} of it were heard");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_line_that_sends_nothing_is_silence_to_the_model() {
    virtually(async || {
        let stage = Stage::opened(story(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        // The stand-in checks the audio against the clock.
        talk.caller.fall_silent(ms(20_000));
        sleep(ms(20_500)).await;
        talk.ask(700.0).await;
        assert_eq!(stage.connections(), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn the_model_is_muted_only_while_a_message_is_taken() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Hello.", 1000.0, ms(500)))
            .turn(Answer::call("take_message", &json!({})));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.event("tool_started").await;
        let told = |kind: &str| stage.connection(0).from_client(kind).count();
        talk.wait("the introduction", async || {
            (talk.events_of("item_complete").await.len() == 2).then_some(())
        })
        .await;
        assert_eq!((told("session.input_audio.mute"), told("session.input_audio.unmute")), (1, 0));
        sleep(ms(1_500)).await;
        let before = stage.connection(0).heard.length();
        talk.say_words().await;
        talk.caller.say(&silence(ms(1_500), RATE));
        talk.said().await;
        assert_eq!(stage.connection(0).heard.length(), before, "it heard the message");
        talk.caller.press('#');
        talk.event("message_taken").await;
        sleep(ms(500)).await;
        assert_eq!((told("session.input_audio.mute"), told("session.input_audio.unmute")), (1, 1));
        talk.hang_up().await;
        stage.closed().await;
    });
}
