//! Turns: guesses that are discarded, murmurs that interrupt nothing, and what the model knows of the heard words.

use std::time::Duration;

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::cascade::Manners;
use cordboard_test_support::openai::{Answer, Pace, Script, Words};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::stage::{KEYS, Stage};
use crate::openai::ears::{has_tone, tone_length};
use crate::openai::stage::{RATE, ms};
use crate::suites::voice::VoiceStage;
use crate::world::virtually;

const STORY: &str =
    "Once upon a time there was an operator. She connected everybody with everybody else. She never slept.";

fn heard(text: &str) -> Words {
    Words::Heard(text.to_owned(), ms(50))
}

#[test]
fn a_guessed_answer_is_silently_dropped_if_callers_go_on() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Hello.", 1000.0, ms(500)))
            .words(heard("I want an appointment"))
            .words(heard("on Monday."))
            .turn(Answer::say("When would you like to come?", 700.0, ms(900)).delayed(ms(5_000)))
            .turn(Answer::say("Monday it is.", 1300.0, ms(900)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        // The words are known; the pause is too short to end a turn.
        talk.caller.say(&silence(ms(460), RATE));
        talk.said().await;
        assert_eq!(stage.thoughts(), (2, 0), "the greeting, and a guess");
        talk.ask(1300.0).await;
        talk.wait_tone_end(1300.0).await;
        let (thoughts, broken_off) = stage.thoughts();
        assert!(thoughts >= 3 && broken_off >= 1, "{thoughts} requests, {broken_off} were broken off");
        assert!(!has_tone(&talk.heard(), 700.0), "the guess was heard");
        let said =
            ["assistant: Hello.", "caller: I want an appointment on Monday.", "assistant: Monday it is."];
        talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
        assert_eq!(talk.transcript().await, said);
        talk.hang_up().await;
        // Their server reports no tokens.
        let used = talk.events_of("usage").await;
        let is_estimate = |event: &&Value| event["source"].as_str().unwrap().contains("/estimated-answer-");
        let estimates: Vec<&Value> = used.iter().filter(is_estimate).collect();
        assert_eq!(estimates.len(), broken_off, "{used:?}");
        assert!(estimates.iter().all(|event| event["text_input"].as_u64().unwrap() > 100), "{estimates:?}");
        stage.world().balanced().await;
        stage.closed().await;
    });
}

#[test]
fn a_murmur_does_not_interrupt() {
    for murmur in ["Mhm.", "Ja, genau.", "Okay."] {
        virtually(async || {
            let script = Script::new()
                .greeting(Answer::say(STORY, 1000.0, ms(8_000)).paced(Pace::Burst))
                .words(heard(murmur));
            let stage = Stage::opened(script, &[]).await;
            let talk = stage.caller().await;
            talk.wait_tone_for(1000.0, ms(2_000)).await;
            talk.caller.say(&babble(3, ms(400), RATE));
            talk.said().await;
            talk.wait_tone_end(1000.0).await;
            assert_eq!(tone_length(&talk.heard(), 1000.0), ms(8_000), "{murmur} has cut it");
            assert_eq!(talk.events_of("barge_in").await.len(), 0);
            sleep(Duration::from_secs(4)).await;
            assert_eq!(stage.thoughts(), (1, 0), "{murmur} was answered");
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}

#[test]
fn an_interrupted_model_stops_and_knows_what_was_heard() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say(STORY, 1000.0, ms(8_000)).paced(Pace::Times(1.3)))
            .words(heard("Stop, please."))
            .turn(Answer::say("Yes?", 700.0, ms(500)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_for(1000.0, ms(2_000)).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        let heard_ms = talk.event("barge_in").await["heard_ms"].as_u64().unwrap();
        assert_eq!(tone_length(&talk.heard(), 1000.0), ms(heard_ms), "a late piece was heard");
        let line = talk.transcript().await.remove(0);
        let line = line.strip_prefix("assistant: ").unwrap();
        assert!(!line.is_empty() && STORY.starts_with(line) && line.len() < STORY.len() * 3 / 4, "{line:?}");
        assert!(STORY[line.len()..].starts_with(' '), "cut within a word: {line:?}");
        let remembers = stage.remembers(0);
        assert!(remembers.contains(&format!("assistant: {line} —")), "not {line:?}:\n{remembers}");
        assert!(
            !stage.spoken().contains(&"She never slept.".to_owned()),
            "text that nobody hears was spoken"
        );
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_greeting_is_said_verbatim_in_profile_voice_and_language() {
    virtually(async || {
        let script = Script::new().greeting(Answer::say("any words", 1000.0, ms(600)));
        let stage = Stage::opened(script, &[]).await;
        stage
            .with_profile(|profile| {
                profile["greeting"] = json!("Praxis Beispiel, was kann ich für Sie tun?");
                profile["instructions"] = json!("You answer the phone for Example Dental.");
                profile["voice"] = json!("af_sky");
                profile["language"] = json!("de-DE");
            })
            .await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.wait_written("a line", async || (talk.transcript().await.len() == 1).then_some(())).await;
        assert_eq!(talk.transcript().await, ["assistant: Praxis Beispiel, was kann ich für Sie tun?"]);
        assert_eq!(stage.thoughts(), (0, 0), "the words come from the profile");
        assert_eq!(stage.provider.asked()[0].body["voice"], "af_sky");
        talk.say_words().await;
        talk.wait("an answer", async || (stage.thoughts().0 == 1).then_some(())).await;
        let query = stage.provider.connection(0).unwrap().query;
        for (name, value) in [("language", "de"), ("encoding", "mulaw"), ("sample_rate", "8000")] {
            assert!(query.contains(&(name.to_owned(), value.to_owned())), "{query:?}");
        }
        let remembers = stage.remembers(0);
        assert!(remembers.contains("Example Dental") && remembers.contains("Praxis Beispiel"), "{remembers}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// The profile's delay counts, as with every other provider, and the server's pause where the profile sets none.
#[test]
fn a_caller_is_answered_after_the_profiles_reply_delay() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Hello.", 1000.0, ms(500)))
            .words(heard("Is anybody there?"))
            .turn(Answer::say("Yes?", 700.0, ms(500)));
        let stage = Stage::opened(script, &[]).await;
        stage.with_profile(|profile| profile["style"]["response_delay_ms"] = json!(3_000)).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        sleep(ms(2_500)).await;
        assert_eq!(talk.events_of("transcript").await.len(), 0, "their turn is over too early");
        assert_eq!(talk.events_of("item_started").await.len(), 1, "they are not asked for a moment");
        talk.wait_tone_end(700.0).await;
        assert_eq!(talk.events_of("transcript").await.len(), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_line_that_sends_no_audio_keeps_its_recognizer() {
    virtually(async || {
        let script = Script::new().greeting(Answer::say("Hello.", 1000.0, ms(500))).turn(Answer::say(
            "Yes?",
            700.0,
            ms(500),
        ));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.caller.fall_silent(ms(18_000));
        sleep(ms(18_500)).await;
        let controls = stage.provider.connection(0).unwrap().controls;
        assert!(controls.iter().filter(|kind| *kind == "KeepAlive").count() >= 2, "{controls:?}");
        talk.ask(700.0).await;
        assert_eq!(stage.connections(), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn the_caller_hears_sound_while_a_slow_model_answers() {
    virtually(async || {
        let script = Script::new().greeting(Answer::say("Hello.", 1000.0, ms(500))).turn(Answer::say(
            "We open at nine.",
            700.0,
            ms(800),
        ));
        let manners = Manners { thinks: ms(3_000), ..Manners::new(KEYS) };
        let stage = Stage::of(manners, script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.wait_tone_end(700.0).await;
        assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn the_model_gets_the_profiles_longest_answer() {
    for (longest, sent) in
        [(json!(300), json!(300)), (Value::Null, Value::Null), (json!(100_000), Value::Null)]
    {
        virtually(async || {
            let script = Script::new().greeting(Answer::say("Hello.", 1000.0, ms(500)));
            let stage = Stage::opened(script, &[]).await;
            stage.with_profile(|profile| profile["max_output_tokens"] = longest.clone()).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            let thought =
                stage.provider.asked().into_iter().find(|asked| asked.path.ends_with("/completions"));
            assert_eq!(thought.unwrap().body["max_tokens"], sent, "{longest}");
            talk.hang_up().await;
            stage.closed().await;
        });
    }
}
