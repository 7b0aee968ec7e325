//! Hostile services: what they send is bounded, and the call goes on, or is handed to a person.

use cordboard_test_support::cascade::Fault;
use cordboard_test_support::openai::{Answer, Script};
use serde_json::json;
use tokio::time::sleep;

use super::stage::Stage;
use crate::openai::stage::ms;
use crate::suites::voice::VoiceStage;
use crate::world::virtually;

fn script() -> Script {
    Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600))).turn(Answer::say(
        "We open at nine.",
        700.0,
        ms(800),
    ))
}

/// An answer of the model, as events.
fn events(events: &[String]) -> Vec<u8> {
    events.iter().flat_map(|event| format!("data: {event}\n\n").into_bytes()).collect()
}

fn words(text: &str) -> String {
    json!({ "choices": [{ "index": 0, "delta": { "content": text } }] }).to_string()
}

#[test]
fn events_of_any_shape_and_size_change_nothing() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let long = "a".repeat(10 << 20);
        for text in [
            json!({ "type": "UtteranceEnd" }).to_string(),
            json!({ "type": "Results" }).to_string(),
            json!({ "type": "Results", "channel": { "alternatives": [{ "transcript": 7 }] } }).to_string(),
            json!([1, 2, 3]).to_string(),
            json!({ "type": null }).to_string(),
            json!({ "type": "Mood", "deep": [{ "words": "a".repeat(1_000_000) }] }).to_string(),
        ] {
            stage.provider.recognizes_raw(&text);
            sleep(ms(20)).await;
        }
        // The model's events, too: 10 MB in a line, garbage, and an answer between them.
        let answer = [
            words(&long),
            "{".to_owned(),
            "[]".to_owned(),
            words("We open "),
            words("at nine."),
            "[DONE]".to_owned(),
        ];
        stage.provider.model_fault(Fault::Body(events(&answer)));
        talk.say_words().await;
        talk.wait("an answer", async || (stage.spoken().len() == 2).then_some(())).await;
        assert_eq!(stage.spoken()[1], "We open at nine.");
        talk.ask(700.0).await;
        assert_eq!(stage.connections(), 1, "it was reconnected");
        assert_eq!(talk.events_of("assistant_failed").await.len(), 0);
        talk.hang_up().await;
        stage.world().balanced().await;
        stage.closed().await;
    });
}

#[test]
fn an_endless_model_is_cut_and_the_call_continues() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.model_fault(Fault::Endless(events(&[words(
            "On and on it goes, and nobody knows where it ends. ",
        )])));
        talk.say_words().await;
        talk.wait("the end of the request", async || (stage.thoughts().1 == 1).then_some(())).await;
        talk.hang_up().await;
        stage.world().balanced().await;
        stage.closed().await;
    });
}

#[test]
fn speech_in_another_format_is_never_played_as_noise() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.speech_fault(Fault::Body(b"ID3\x04\0\0\0\0\0\0\0\0\0\0 and so on".to_vec()));
        talk.say_words().await;
        talk.wait_prompt("assistant_away").await;
        let replaced = talk.event("assistant_replaced").await;
        assert_eq!(replaced["failure"], "bad_protocol");
        assert!(talk.event("assistant_failed").await["reason"].as_str().unwrap().contains("MP3"));
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn speech_that_never_ends_is_cut() {
    virtually(async || {
        let stage = Stage::opened(script(), &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.speech_fault(Fault::Endless(vec![0; 48_000]));
        talk.say_words().await;
        talk.wait("the end of the request", async || {
            stage
                .provider
                .asked()
                .iter()
                .any(|asked| asked.path.ends_with("/speech") && asked.is_cancelled)
                .then_some(())
        })
        .await;
        talk.hang_up().await;
        stage.world().balanced().await;
        stage.closed().await;
    });
}

#[test]
fn an_unoffered_tool_is_refused_and_the_model_continues() {
    virtually(async || {
        let script = script().turn(Answer::call("drop_tables", &json!({}))).after_tools(Answer::say(
            "I can't.",
            1300.0,
            ms(600),
        ));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.ask(1300.0).await;
        assert_eq!(stage.returned(0), 1);
        talk.hang_up().await;
        stage.closed().await;
    });
}
