//! A self-hosted recognizer without streaming: each utterance is a request.

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::cascade::{CascadeStandIn, Fault, Manners};
use cordboard_test_support::openai::{Answer, Pace, Script, Words};
use serde_json::json;

use super::stage::KEYS;
use crate::openai::ears::{longest_silence, tone_length};
use crate::openai::stage::{DEAD_AIR_MAX, RATE, Talk, ms};
use crate::world::{World, virtually};

/// A server whose recognizer accepts utterances, and its services.
async fn opened(script: Script) -> (World, CascadeStandIn, tempfile::TempDir) {
    let provider = CascadeStandIn::start_here(Manners::new(KEYS), script).unwrap();
    let base_url = provider.base_url();
    let settings = [
        ("assistant.provider", "cascade"),
        ("cascade.recognizer", "openai"),
        ("cascade.recognizer_url", &*base_url),
        ("cascade.recognizer_key", KEYS[0]),
        ("cascade.recognizer_model", "gpt-4o-mini-transcribe"),
        ("cascade.llm_base_url", &*base_url),
        ("cascade.llm_key", KEYS[1]),
        ("cascade.speech_base_url", &*base_url),
        ("cascade.speech_key", KEYS[2]),
        ("calls.silence_prompt_s", "300"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let server = World::open(folder.path(), &settings).await;
    (server, provider, folder)
}

#[test]
fn a_call_is_whole_on_both_sides() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .words(Words::Heard("When do you open?".to_owned(), ms(200)))
            .turn(Answer::say("We open at nine.", 700.0, ms(800)));
        let (server, provider, _folder) = opened(script).await;
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
        let said = ["assistant: Good day.", "caller: When do you open?", "assistant: We open at nine."];
        assert_eq!(talk.transcript().await, said);
        let utterances = provider.utterances();
        assert_eq!(utterances.len(), 1);
        assert!(utterances[0] >= ms(900) && utterances[0] < ms(2_000), "{utterances:?}");
        assert_eq!(provider.connection_count(), 0, "it has no stream");
        // The utterance is paid, and not the minutes of the call.
        let used = talk.events_of("usage").await;
        let of_recognizer = used.iter().filter(|event| event["model"] == "gpt-4o-mini-transcribe");
        let paid: Vec<_> = of_recognizer.map(|event| [&event["audio_input"], &event["audio_ms"]]).collect();
        assert_eq!(paid, [[&json!(10), &json!(0)]]);
        talk.hang_up().await;
        server.balanced().await;
        server.close().await;
        provider.finish();
    });
}

/// A self-hosted speech model may need seconds.
#[test]
fn the_caller_hears_sound_while_a_slow_recognizer_works() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .words(Words::Heard("When do you open?".to_owned(), ms(4_000)))
            .turn(Answer::say("We open at nine.", 700.0, ms(800)));
        let (server, provider, _folder) = opened(script).await;
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        // After a pause their turn is over.
        let silent_since = talk.heard().length() + ms(500);
        let answered = talk.wait_tone_end(700.0).await;
        let silence = longest_silence(&talk.heard(), silent_since, answered.start);
        assert!(silence <= DEAD_AIR_MAX, "the caller heard nothing for {silence:?}");
        talk.wait_written("the words", async || {
            talk.transcript().await.contains(&"caller: When do you open?".to_owned()).then_some(())
        })
        .await;
        let lines = talk.transcript().await;
        assert_eq!(lines.iter().filter(|line| line.starts_with("caller: ")).count(), 1, "{lines:?}");
        talk.hang_up().await;
        server.close().await;
        provider.finish();
    });
}

#[test]
fn long_speech_interrupts_and_a_short_murmur_does_not() {
    virtually(async || {
        let script = Script::new()
            .greeting(
                Answer::say("Once upon a time there was an operator.", 1000.0, ms(8_000)).paced(Pace::Burst),
            )
            .words(Words::Heard("Mhm.".to_owned(), ms(100)))
            .words(Words::Heard("Stop, please.".to_owned(), ms(100)))
            .turn(Answer::say("Yes?", 700.0, ms(500)));
        let (server, provider, _folder) = opened(script).await;
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_for(1000.0, ms(1_500)).await;
        talk.caller.say(&babble(3, ms(400), RATE));
        talk.caller.say(&silence(ms(1_500), RATE));
        talk.said().await;
        assert_eq!(talk.events_of("barge_in").await.len(), 0);
        talk.caller.say(&babble(7, ms(1_400), RATE));
        talk.wait_tone_end(700.0).await;
        let heard_ms = talk.event("barge_in").await["heard_ms"].as_u64().unwrap();
        assert_eq!(tone_length(&talk.heard(), 1000.0), ms(heard_ms));
        talk.hang_up().await;
        server.close().await;
        provider.finish();
    });
}

/// The recognizer refuses the caller's question this many times in a row.
async fn refused(times: usize) -> (World, CascadeStandIn, tempfile::TempDir) {
    let script = Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .words(Words::Heard("When do you open?".to_owned(), ms(200)))
        .turn(Answer::say("We open at nine.", 700.0, ms(800)))
        .greeting(Answer::say("Pardon?", 600.0, ms(500)));
    let opened = opened(script).await;
    for _ in 0..times {
        opened.1.utterance_fault(Fault::Refuse(503, json!({ "error": { "message": "overloaded" } })));
    }
    opened
}

#[test]
fn an_utterance_refused_for_the_moment_is_sent_again() {
    virtually(async || {
        let (server, provider, _folder) = refused(1).await;
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
        assert_eq!(talk.transcript().await[1], "caller: When do you open?");
        assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
        talk.hang_up().await;
        server.close().await;
        provider.finish();
    });
}

#[test]
fn an_utterance_refused_twice_fails_the_recognition() {
    virtually(async || {
        let (server, provider, _folder) = refused(2).await;
        let talk = Talk::at(&server, RATE).await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        let interrupted = talk.event("assistant_interrupted").await;
        assert!(interrupted["reason"].as_str().unwrap().starts_with("speech recognition"), "{interrupted}");
        talk.wait_tone_end(600.0).await;
        talk.hang_up().await;
        server.close().await;
        provider.finish();
    });
}
