//! Speech over ElevenLabs' WebSocket: an answer is sent as its sentences are written, ends on purpose, and is cut at the exact word.

use std::time::Duration;

use cordboard_test_support::cascade::{Fault, Manners, VoiceSocket};
use cordboard_test_support::openai::{Answer, Pace, Script, Trouble, Words};
use serde_json::json;
use tokio::time::sleep;

use super::stage::{KEYS, Stage, StreamedStage, VOICE};
use crate::openai::ears::tone_length;
use crate::openai::stage::ms;
use crate::suites::voice::VoiceStage;
use crate::world::{Setting, virtually};

const STORY: &str =
    "Once upon a time there was an operator. She connected everybody with everybody else. She never slept.";

fn script() -> Script {
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .turn(Answer::say("We open at nine. We close at five.", 700.0, ms(1_600)))
        .greeting(Answer::say("As I said, at nine.", 600.0, ms(800)))
}

async fn opened(script: Script, more: &[Setting<'_>]) -> Stage {
    Stage::of_streamed(Manners::new(KEYS), script, more).await
}

/// The sockets on which something was said, in order.
fn used(stage: &Stage) -> Vec<VoiceSocket> {
    stage.provider.voices().into_iter().filter(|socket| !socket.texts.is_empty()).collect()
}

fn refusal(status: u16, code: &str) -> Fault {
    Fault::Refuse(status, json!({ "error": { "message": "as the test has it", "type": code, "code": code } }))
}

#[test]
fn an_answers_sentences_use_one_socket_which_is_then_closed() {
    virtually(async || {
        let stage = opened(script(), &[]).await;
        stage.with_profile(|profile| profile["voice"] = json!("pNInz6obpgDQGcFmaJgB")).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
        let answer = &used(&stage)[1];
        assert_eq!(answer.texts, ["We open at nine. ", "We close at five. "]);
        assert!(answer.has_end && answer.voice == "pNInz6obpgDQGcFmaJgB", "{answer:?}");
        let octets = ("output_format".to_owned(), "ulaw_8000".to_owned());
        assert!(answer.query.contains(&octets), "a telephone's octets: {answer:?}");
        assert_eq!(tone_length(&talk.heard(), 700.0), ms(1_600));
        talk.hang_up().await;
        stage.world().balanced().await;
        let open = stage.provider.voices().into_iter().filter(|socket| socket.ended.is_none()).count();
        assert_eq!(open, 0, "unclosed sockets");
        stage.closed().await;
    });
}

#[test]
fn given_words_are_flushed() {
    virtually(async || {
        let stage = opened(script(), &[]).await;
        stage.with_profile(|profile| profile["greeting"] = json!("Praxis Beispiel. Guten Tag!")).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let greeting = &used(&stage)[0];
        assert_eq!(greeting.voice, VOICE);
        assert!(greeting.is_flushed && greeting.has_end, "{greeting:?}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn an_interruption_ends_the_socket_and_only_heard_words_remain() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say(STORY, 1000.0, ms(10_100)).paced(Pace::Times(1.3)))
            .words(Words::Heard("Stop, please.".to_owned(), ms(50)))
            .turn(Answer::say("Yes?", 700.0, ms(500)));
        let stage = opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_for(1000.0, ms(2_000)).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        let heard_ms = talk.event("barge_in").await["heard_ms"].as_u64().unwrap();
        assert_eq!(tone_length(&talk.heard(), 1000.0), ms(heard_ms), "a late piece was heard");
        // The first sentence, with its space, sounds for as long as its share of all letters.
        let (sentence, whole) = (STORY.find(". ").unwrap() + 1, STORY.len());
        let letter_us = 10_100_000 * sentence / whole / (sentence + 1);
        let letters = usize::try_from(heard_ms).unwrap() * 1_000 / letter_us;
        assert!(letters < sentence, "{heard_ms} ms were heard");
        let words_within = |letters: usize| match STORY[letters..].starts_with(' ') {
            true => &STORY[..letters],
            false => STORY[..letters].rsplit_once(' ').map_or("", |(words, _)| words),
        };
        let line = talk.transcript().await.remove(0);
        let line = line.strip_prefix("assistant: ").unwrap();
        // Times are reported in whole ms.
        let expected = [letters - 1, letters, letters + 1].map(words_within);
        assert!(expected.contains(&line), "{line:?}, and not {expected:?}");
        let remembers = stage.remembers(0);
        assert!(remembers.contains(&format!("assistant: {line} —")), "not {line:?}:\n{remembers}");
        let greeting = &used(&stage)[0];
        assert!(greeting.ended.is_some(), "the socket still speaks");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_socket_closed_when_idle_is_replaced_before_being_needed() {
    virtually(async || {
        let stage = opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        // Longer than the server waits for a text.
        sleep(Duration::from_secs(200)).await;
        talk.ask(700.0).await;
        assert_eq!(stage.connections(), 1, "the assistant was reconnected");
        assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_socket_failing_before_its_first_sound_is_reopened_once() {
    virtually(async || {
        let stage = opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.speech_fault(refusal(503, "internal_error"));
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        assert_eq!(tone_length(&talk.heard(), 700.0), ms(1_600), "text that was sent before is said, too");
        assert_eq!(stage.connections(), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn speech_that_fails_twice_is_reported_as_a_synthesis_failure() {
    virtually(async || {
        let stage = opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        for _ in 0..2 {
            stage.provider.speech_fault(refusal(503, "internal_error"));
        }
        talk.say_words().await;
        talk.wait_tone_end(600.0).await;
        let interrupted = talk.event("assistant_interrupted").await;
        assert_eq!(interrupted["failure"], "provider_error");
        assert!(interrupted["reason"].as_str().unwrap().starts_with("speech synthesis"), "{interrupted}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn silent_speech_is_detected() {
    virtually(async || {
        let stage = opened(script(), &[("cascade.stall_timeout_ms", "1000")]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.speech_fault(Fault::Mute);
        talk.say_words().await;
        talk.wait_tone_end(600.0).await;
        assert_eq!(talk.event("assistant_interrupted").await["failure"], "stalled");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn empty_accounts_and_unknown_voices_bring_the_built_in_assistant() {
    virtually(async || {
        let stage = opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.speech_fault(refusal(402, "quota_exceeded"));
        talk.say_words().await;
        talk.wait_prompt("assistant_away").await;
        assert_eq!(talk.event("assistant_replaced").await["failure"], "quota_exhausted");
        talk.hang_up().await;
        stage.closed().await;
    });
    virtually(async || {
        let stage = opened(script(), &[("cascade.speech_voice", "nobody")]).await;
        let talk = stage.caller().await;
        talk.wait_prompt("assistant_away").await;
        assert_eq!(talk.event("assistant_replaced").await["failure"], "unknown_model");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_wrong_key_is_noticed_when_connecting() {
    virtually(async || {
        let stage = opened(script(), &[("cascade.speech_key", "another-key-0123456789")]).await;
        let talk = stage.caller().await;
        talk.wait_prompt("assistant_away").await;
        let failed = talk.event("assistant_failed").await;
        assert_eq!(failed["failure"], "unauthorized");
        assert!(!failed["reason"].as_str().unwrap().contains("another-key"), "{failed}");
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn garbage_and_endless_speech_are_bounded() {
    let mp3 = Fault::Body(b"ID3\x04\0\0\0\0\0\0 and so on".to_vec());
    virtually(async || {
        let stage = opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.speech_fault(mp3.clone());
        talk.say_words().await;
        talk.wait_prompt("assistant_away").await;
        assert!(talk.event("assistant_failed").await["reason"].as_str().unwrap().contains("MP3"));
        talk.hang_up().await;
        stage.closed().await;
    });
    virtually(async || {
        let stage = opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.speech_fault(Fault::Endless(vec![0x20; 8_000]));
        talk.say_words().await;
        let ended = async || {
            let spoken = used(&stage);
            (spoken.len() == 2 && spoken[1].ended.is_some()).then_some(())
        };
        talk.wait("the end of the socket", ended).await;
        talk.hang_up().await;
        stage.world().balanced().await;
        stage.closed().await;
    });
}

#[test]
fn losing_a_socket_mid_word_counts_as_losing_the_assistant() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .turn(Answer::say(STORY, 700.0, ms(8_000)).paced(Pace::Times(1.2)))
            .greeting(Answer::say("As I said.", 600.0, ms(800)));
        let stage = StreamedStage(opened(script, &[]).await);
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.wait_tone_for(700.0, ms(2_500)).await;
        stage.0.provider.strike_speech(Trouble::Close(1012));
        talk.wait_tone_end(600.0).await;
        assert_eq!(talk.event("assistant_interrupted").await["failure"], "disconnected");
        assert!(stage.remembers(1).contains("Once upon a time"), "{}", stage.remembers(1));
        talk.hang_up().await;
        stage.closed().await;
    });
}
